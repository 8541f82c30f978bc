"""Signed JSON that people keep: flattened JWS JSON (RFC 7515, 7.2.2), with Ed25519 (RFC 9864) alone."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from moiety.errors import ConsentError
from moiety.keys import Signer, VerifyingKey

_MEMBERS: Final = ("payload", "protected", "signature")
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def sign(payload: bytes, signer: Signer, *, kind: str) -> dict[str, str]:
    """The three members of a signed document; `kind` is its media type, without "application/"."""
    header = {"alg": "Ed25519", "kid": signer.verifying_key.key_id.hex(), "typ": kind}
    protected = _encode(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
    body = _encode(payload)
    return {
        "payload": body,
        "protected": protected,
        "signature": _encode(signer.sign(f"{protected}.{body}".encode())),
    }


def verified(document: Mapping[str, Any], keys: Iterable[VerifyingKey], *, kind: str) -> bytes:
    """The payload of a document that one of `keys` signed.

    Raises:
        ConsentError: malformed, of another kind or algorithm, by another key, or altered.
    """
    parts = [document.get(name) for name in _MEMBERS]
    if not all(isinstance(one, str) for one in parts):
        raise ConsentError("This is no signed document.")
    payload, protected, signature = (str(one) for one in parts)
    header = _header(protected)
    if header != {"alg": "Ed25519", "kid": header.get("kid"), "typ": kind}:
        raise ConsentError("This is a signed document of another kind.")
    named = [key for key in keys if key.key_id.hex() == header["kid"]]
    message = f"{protected}.{payload}".encode()
    if not any(key.verifies(_decode(signature), message) for key in named):
        raise ConsentError("The signature does not hold, or is by a key that is not trusted here.")
    return _decode(payload)


def _header(protected: str) -> dict[str, Any]:
    try:
        header = json.loads(_decode(protected))
    except (ValueError, RecursionError) as error:
        raise ConsentError("This is no signed document.") from error
    if not isinstance(header, dict):
        raise ConsentError("This is no signed document.")
    return header


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Base64url without padding, in its one canonical spelling."""
    if not set(text) <= _ALPHABET:
        raise ConsentError("This is no signed document.")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ConsentError("This is no signed document.") from error
    if _encode(data) != text:
        raise ConsentError("This is no signed document.")
    return data
