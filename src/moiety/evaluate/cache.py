"""Extracted templates kept on disk so that an interrupted run goes on: encrypted, under the run's own key.

A file of records, each `length (4 bytes) || nonce (12) || AES-256-GCM ciphertext`, appended as pictures are
done. The key is a file of the run's output folder, readable by its owner only; when the run ends well both
are removed, so that no templates stay behind. A torn last record is cut off.
"""

from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from moiety.errors import DocumentUnreadable, StorageError
from moiety.files import make_folder, write_atomically

KEY_NAME = "run.key"
CACHE_NAME = "templates.cache"
_HEADER = b"moiety/templates/1\n"
_LENGTH = struct.Struct(">I")
_LONGEST = 1 << 20


class TemplateCache:
    """Records of one run, by the picture that they were made of. Use as a context manager."""

    def __init__(self, folder: Path, run_folder: Path, model: str) -> None:
        self._path = folder / CACHE_NAME
        self._key_path = run_folder / KEY_NAME
        self._bound_to = model.encode()
        make_folder(folder)
        self._cipher = AESGCM(self._key())
        self._records = dict(self._read())
        try:
            self._stream = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
            if self._path.stat().st_size == 0:
                self._stream.write(_HEADER)
        except OSError as error:
            raise StorageError(f"The cache cannot be written: {error.strerror}.") from error

    def __enter__(self) -> TemplateCache:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __len__(self) -> int:
        return len(self._records)

    def get(self, identity: str) -> object | None:
        """The record of a picture (its name and hash), or None."""
        return self._records.get(identity)

    def put(self, identity: str, record: object) -> None:
        """Keep a record; it is on its way to the disk when this returns."""
        nonce = secrets.token_bytes(12)
        sealed = nonce + self._cipher.encrypt(nonce, cbor2.dumps([identity, record]), self._bound_to)
        try:
            self._stream.write(_LENGTH.pack(len(sealed)) + sealed)
            self._stream.flush()
        except OSError as error:
            raise StorageError(f"The cache cannot be written: {error.strerror}.") from error
        self._records[identity] = record

    def destroy(self) -> None:
        """Remove the key first, then the file: from then on nothing can be read."""
        self._stream.close()
        self._key_path.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    def _key(self) -> bytes:
        if self._key_path.exists():
            key = self._key_path.read_bytes()
            if len(key) != 32:
                raise DocumentUnreadable(f"{KEY_NAME!r} is not a run's key.", remedy="Remove it.")
            return key
        self._path.unlink(missing_ok=True)  # without its key, a cache is noise
        key = secrets.token_bytes(32)
        write_atomically(self._key_path, key, mode=0o600)
        return key

    def _read(self) -> Iterator[tuple[str, object]]:
        if not self._path.exists():
            return
        with self._path.open("r+b") as stream:
            whole = len(_HEADER) if stream.read(len(_HEADER)) == _HEADER else 0
            while whole and (record := self._next(stream.read(_LENGTH.size), stream.read)) is not None:
                whole = stream.tell()
                yield record
            stream.truncate(whole)

    def _next(self, prefix: bytes, read: Callable[[int], bytes]) -> tuple[str, object] | None:
        if len(prefix) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(prefix)
        if not 28 <= length <= _LONGEST:
            return None
        sealed = read(length)
        if len(sealed) < length:
            return None
        try:
            identity, record = cbor2.loads(self._cipher.decrypt(sealed[:12], sealed[12:], self._bound_to))
        except InvalidTag:
            return None  # of another model, or altered: everything from here on is made anew
        return str(identity), record
