"""The group keys that lie in a home: named at once, read only when one is used.

Opening what is sealed is the last step of a verification, and the key that does it is touched last: a code
that is refused before never brings a private key into memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from moiety.errors import KeyUnavailable
from moiety.keys import KEY_ID_BYTES, GroupPrivateKey, refuse_if_open_to_others

_DIGITS = frozenset("0123456789abcdef")


class GroupKeys(Mapping[bytes, GroupPrivateKey]):
    """The group keys in a directory, by identifier. Looking one up reads its file."""

    __slots__ = ("_files",)

    def __init__(self, directory: Path) -> None:
        """Look at the files' names and modes, not into them.

        Raises:
            PermissionsTooOpen: others could read one.
        """
        named = ((identifier_of(file, "group"), file) for file in sorted(directory.glob("group-*.pem")))
        self._files = {identifier: file for identifier, file in named if identifier is not None}
        for file in self._files.values():
            refuse_if_open_to_others(os.lstat(file), file)

    def __getitem__(self, identifier: bytes) -> GroupPrivateKey:
        file = self._files[identifier]
        key = GroupPrivateKey.read(file)
        if key.key_id != identifier:
            raise KeyUnavailable(f"{file.name} holds another key than its name says.")
        return key

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._files

    def __repr__(self) -> str:
        return f"GroupKeys({', '.join(identifier.hex() for identifier in self._files)})"


def identifier_of(file: Path, kind: str) -> bytes | None:
    """The key identifier in the name of a key file, such as `group-0123456789abcdef.pem`."""
    digits = file.stem.removeprefix(f"{kind}-")
    return bytes.fromhex(digits) if len(digits) == 2 * KEY_ID_BYTES and set(digits) <= _DIGITS else None
