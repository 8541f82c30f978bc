"""Signed JSON (JWS, RFC 7515, compact): strict JSON, strict base64url, the algorithm by the key."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from moiety.credential.parameters import MAX_CERTIFICATE_BYTES, MAX_CHAIN
from moiety.document.parameters import MAX_JSON_DEPTH
from moiety.document_keys import JOSE, DocumentKey
from moiety.errors import CodeMalformed, DocumentUnreadable

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_CURVES: Final[dict[str, tuple[type[ec.EllipticCurve], int]]] = {
    "P-256": (ec.SECP256R1, 32),
    "P-384": (ec.SECP384R1, 48),
    "P-521": (ec.SECP521R1, 66),
}


@dataclass(frozen=True, slots=True, repr=False)
class Jws:
    """A JWS taken apart and not yet verified.

    Attributes:
        header: the protected header.
        payload: the claims.
        signed: what the signature is over.
        signature: empty where it is not signed.
    """

    header: dict[str, Any]
    payload: dict[str, Any]
    signed: bytes
    signature: bytes

    @property
    def algorithm(self) -> int | None:
        """The COSE number of the algorithm that the header names; None for one that is not taken."""
        name = self.header.get("alg")
        return JOSE.get(name) if isinstance(name, str) else None

    def chain(self) -> tuple[bytes, ...]:
        """The certificates of `x5c` (RFC 7515, 4.1.6), the signer's first; empty where none are given.

        Raises:
            CodeMalformed: they are not as they should be.
        """
        value = self.header.get("x5c")
        if value is None:
            return ()
        if not isinstance(value, list) or not 0 < len(value) <= MAX_CHAIN:
            raise _malformed("its certificates are not where they should be")
        found = []
        for one in value:
            if not isinstance(one, str) or len(one) > 2 * MAX_CERTIFICATE_BYTES:
                raise _malformed("its certificates are not where they should be")
            try:
                found.append(base64.b64decode(one, validate=True))
            except (ValueError, binascii.Error) as error:
                raise _malformed("its certificates are not where they should be") from error
        return tuple(found)


def decode(text: str) -> Jws:
    """Take a compact JWS apart.

    Raises:
        CodeMalformed: it is none, or demands an extension.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise _malformed("it is no signed token of three parts")
    header, payload = (json_object(unpadded(part)) for part in parts[:2])
    if "crit" in header:
        raise _malformed("it demands an extension that this version does not know")
    return Jws(header, payload, f"{parts[0]}.{parts[1]}".encode("ascii"), unpadded(parts[2]))


def media_type(value: object) -> str | None:
    """A `typ` without "application/", which writers may leave out (RFC 7515, 4.1.9), in lower case."""
    return value.lower().removeprefix("application/") if isinstance(value, str) else None


def unpadded(text: str) -> bytes:
    """base64url without padding (RFC 7515, appendix C), in its one right form.

    Raises:
        CodeMalformed: anything else.
    """
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise _malformed("a part is no base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_unpadded(data) != text:
        raise _malformed("a part is no base64url")
    return data


def encode_unpadded(data: bytes) -> str:
    """The inverse of `unpadded`."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def json_value(data: bytes) -> Any:
    """One JSON value: no key twice, no NaN, bounded depth.

    Raises:
        CodeMalformed: anything else.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise _malformed("a part is no strict JSON") from error
    _require_shallow(value)
    return value


def json_object(data: bytes) -> dict[str, Any]:
    """As `json_value`, and an object."""
    value = json_value(data)
    if not isinstance(value, dict):
        raise _malformed("a part is no JSON object")
    return value


def key_of_jwk(value: object) -> DocumentKey:
    """A public key from a JWK (RFC 7517): EC on the NIST curves, or Ed25519.

    Raises:
        CodeMalformed: no such key.
    """
    if not isinstance(value, dict):
        raise _malformed("the holder's key is missing")
    try:
        x = unpadded(value.get("x", "") if isinstance(value.get("x"), str) else "")
        if (value.get("kty"), value.get("crv")) == ("OKP", "Ed25519"):
            return DocumentKey.of(Ed25519PublicKey.from_public_bytes(x))
        curve, width = _CURVES.get(str(value.get("crv")), (None, 0))
        y = unpadded(value.get("y", "") if isinstance(value.get("y"), str) else "")
        if value.get("kty") != "EC" or curve is None or len(x) != width or len(y) != width:
            raise _malformed("the holder's key is of a kind that is not taken")
        return DocumentKey.of(ec.EllipticCurvePublicKey.from_encoded_point(curve(), b"\x04" + x + y))
    except (ValueError, DocumentUnreadable) as error:
        raise _malformed("the holder's key is none") from error


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _require_shallow(value: Any) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise _malformed(f"it is nested more than {MAX_JSON_DEPTH} deep")


def _malformed(why: str) -> CodeMalformed:
    return CodeMalformed(f"The document is malformed: {why}.")
