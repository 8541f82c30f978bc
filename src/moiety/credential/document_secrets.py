"""Keys that this verifier shares with issuers who encrypt their documents: AES keys, one file each."""

from __future__ import annotations

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Final

from moiety.credential.group_keys import identifier_of
from moiety.credential.layout import Home
from moiety.errors import KeyUnavailable
from moiety.keys import KEY_ID_BYTES, read_private, write_private

_HEAD: Final = b"-----BEGIN MOIETY DOCUMENT KEY-----\n"
_TAIL: Final = b"\n-----END MOIETY DOCUMENT KEY-----\n"
_SIZES: Final = (16, 24, 32)
MAX_SECRETS: Final = 16


class DocumentSecrets:
    """The AES keys that lie in a home; read only when an encrypted document is presented."""

    __slots__ = ("_directory",)

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory

    def read(self) -> tuple[bytes, ...]:
        """All of them, 16, 24 or 32 bytes each.

        Raises:
            KeyUnavailable, PermissionsTooOpen: one cannot be used.
        """
        if self._directory is None:
            return ()
        files = [
            one for one in sorted(self._directory.glob("document-*.pem")) if identifier_of(one, "document")
        ]
        return tuple(_parse(read_private(one), one.name) for one in files[:MAX_SECRETS])

    def __repr__(self) -> str:
        return "DocumentSecrets()"


def add_secret(home: Home, data: bytes) -> bytes:
    """Keep a key in a home: `data` is the key, bare or as hexadecimal digits. Returns its identifier.

    Raises:
        KeyUnavailable: no AES key, or one that is here already.
    """
    # Digits first: 32 of them are 16 bytes written out, and no honest key of 32 bytes is all digits.
    try:
        key = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        key = data
    if len(key) not in _SIZES:
        raise KeyUnavailable(
            "That is no AES key.", remedy="Give 16, 24 or 32 bytes, bare or as hexadecimal digits."
        )
    identifier = hashlib.sha256(b"moiety/document-key\0" + key).digest()[:KEY_ID_BYTES]
    write_private(home.keys / f"document-{identifier.hex()}.pem", _HEAD + base64.b64encode(key) + _TAIL)
    return identifier


def _parse(data: bytes, name: str) -> bytes:
    if not data.startswith(_HEAD) or not data.endswith(_TAIL):
        raise KeyUnavailable(f"{name} is damaged or no document key.")
    try:
        key = base64.b64decode(data[len(_HEAD) : -len(_TAIL)], validate=True)
    except binascii.Error as error:
        raise KeyUnavailable(f"{name} is damaged or no document key.") from error
    if len(key) not in _SIZES:
        raise KeyUnavailable(f"{name} is damaged or no document key.")
    return key
