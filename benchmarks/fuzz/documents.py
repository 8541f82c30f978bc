"""The decoders of other issuers' documents: the first byte of a case says at which layer the rest goes in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from moiety.credential import anchors, base45, cbor, inflate
from moiety.document import disclosures, encrypted, jose, mdoc, mobile_security, sd_jwt
from moiety.document.claim169 import portrait_of
from moiety.document.read import presented
from moiety.errors import MoietyError

_FILES: Final = Path(__file__).parents[2] / "tests" / "bad_inputs" / "documents"
LAYERS: Final = 6


def one_case(data: bytes) -> None:
    """Decode `data[1:]` at layer `data[0] % 6`. Raises nothing that the decoders are meant to raise."""
    if not data:
        return
    try:
        _DECODERS[data[0] % LAYERS](data[1:])
    except MoietyError:
        return


def _whole(data: bytes) -> None:
    shown = presented(data)
    _ = (repr(shown), shown.kind)


def _mobile(data: bytes) -> None:
    document = mdoc.decode(data)
    signed = mobile_security.decode(document.message.payload)
    for item in document.items:
        signed.require_digest(item)


def _security(data: bytes) -> None:
    mobile_security.decode(data)


def _token(data: bytes) -> None:
    shown = sd_jwt.decode(data.decode("latin-1"))
    claims = disclosures.disclosed(shown.token.payload, shown.disclosures, "sha256")
    sd_jwt.portrait_of(claims)
    shown.token.chain()
    jose.key_of_jwk(shown.token.payload.get("cnf"))


def _packed(data: bytes) -> None:
    if encrypted.is_encrypted(data):
        encrypted.decode("", data)
    else:
        _ = portrait_of(presented(base45.encode(inflate.deflate(data))).credential.statement.attributes)  # type: ignore[attr-defined]


def _anchor(data: bytes) -> None:
    anchors.decode(cbor.decode(data))


_DECODERS: Final = (_whole, _mobile, _security, _token, _packed, _anchor)


def seeds() -> list[bytes]:
    """The committed bad documents, at the layers where they belong."""
    found: list[bytes] = []
    for name in json.loads((_FILES / "index.json").read_text("utf-8")):
        data = (_FILES / name).read_bytes()
        found.append(b"\x00" + data)
        if name.startswith("mdoc"):
            found.append(b"\x01" + data)
        elif name.startswith("sd-jwt"):
            found.append(b"\x03" + data)
        else:
            found.append(b"\x04" + inflate.inflate(base45.decode(data.decode("ascii"))))
    return found
