"""What verifiers fetch and carry offline: the trust file, the status lists, the key that signs receipts."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from moiety.credential.status import STATUS_TYPE
from moiety.service.auth import anyone
from moiety.service.failures import responses
from moiety.service.parameters import TRUST_MAX_AGE_S
from moiety.service.state import Shared

router = APIRouter(tags=["trust"], dependencies=[Depends(anyone)])
TRUST_TYPE = "application/vnd.moiety.trust+cbor"
KEY_TYPE = "application/x-pem-file"
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def _answers(kind: str) -> dict[int | str, dict[str, Any]]:
    told: dict[int | str, dict[str, Any]] = {
        200: {"content": {kind: _BINARY}},
        304: {"description": "What the client has is the newest."},
    }
    return {**told, **responses(404)}


@router.get(
    "/v1/trust",
    summary="The trust file",
    response_class=Response,
    responses=_answers(TRUST_TYPE),
)
def trust(request: Request, state: Shared) -> Response:
    """The root's signed bundle with the newest status lists; import it with `moiety trust import`.

    It holds public keys and no secret. It can be mirrored, cached, and carried on a stick.
    """
    return _file(request, state.trust.current(state.now()).file().encode(), TRUST_TYPE)


@router.get(
    "/v1/status/{number}", summary="A status list", response_class=Response, responses=_answers(STATUS_TYPE)
)
@router.get("/s/{number}", include_in_schema=False, response_class=Response)
def status_list(number: Annotated[int, Path(ge=1, le=1 << 20)], request: Request, state: Shared) -> Response:
    """A signed Status List Token (CWT), two bits a code; also at the address in the codes, `/s/NUMBER`."""
    return _file(request, state.trust.token(number, state.now()).encoded, STATUS_TYPE)


@router.get(
    "/v1/receipts/key",
    summary="The key that signs decision receipts",
    response_class=Response,
    responses=_answers(KEY_TYPE),
)
def receipts_key(request: Request, state: Shared) -> Response:
    """The device's public key (SubjectPublicKeyInfo PEM), for `moiety receipt verify`."""
    return _file(request, state.device_key().verifying_key.to_pem(), KEY_TYPE)


def _file(request: Request, data: bytes, kind: str) -> Response:
    """A static file: the same bytes until they change, told by their hash."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={TRUST_MAX_AGE_S}",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=kind, headers=headers)
