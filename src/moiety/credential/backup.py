"""A home in one archive under a passphrase: keys, trust, policy, register. Restoring never overwrites."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from moiety.credential import envelope
from moiety.credential.home import built_aside
from moiety.credential.layout import Home
from moiety.credential.locked import lock, unlock
from moiety.credential.parameters import MAX_MAP_ENTRIES
from moiety.credential.register import Register
from moiety.credential.trust_parameters import MAX_BACKUP_BYTES
from moiety.errors import DocumentUnreadable, KeyUnavailable, TrustRefused, UsageError
from moiety.files import read_bounded, write_atomically
from moiety.keys import PRIVATE_FILE_MODE, make_private_directory, read_private

_FORMAT: Final = "moiety/backup/1"
_NAME: Final = re.compile(
    r"home\.json|root\.pub\.pem|trust\.cbor|register\.sqlite3"
    r"|policy\.json|calibration/[A-Za-z0-9._-]{1,100}\.json"
    r"|(keys/(issuer|group|device|ledger|document)|root/root)-[0-9a-f]{16}\.(pem|p11)"
)


def backup(home: Home, passphrase: str) -> bytes:
    """An archive of everything that the home cannot do without: keys, pinned root, trust, policy and
    register.

    Raises:
        UsageError: the passphrase is too short, or a file has a name that no home has.
        PermissionsTooOpen, KeyUnavailable: a key file cannot be used as it is.
    """
    files: dict[str, bytes] = {}
    own = (home.path / "home.json", home.pinned_root_file, home.trust_file, home.path / "policy.json")
    for file in (*own, *sorted((home.path / "calibration").glob("*.json"))):
        if file.exists():
            files[str(file.relative_to(home.path))] = read_bounded(
                file, MAX_BACKUP_BYTES, what="file of the home"
            )
    for directory in ("keys", "root"):
        for file in sorted((home.path / directory).glob("*.p[e1][m1]")):
            files[f"{directory}/{file.name}"] = read_private(file)
    if home.register_file.exists():
        with Register(home.register_file) as register:
            files[home.register_file.name] = register.dump()
    strange = next((name for name in files if not _NAME.fullmatch(name)), None)
    if strange is not None or len(files) > MAX_MAP_ENTRIES:
        what = f"{strange!r}" if strange is not None else f"{len(files)} files"
        raise UsageError(f"The home holds {what}, which no backup takes.", remedy="Move it out of the home.")
    return envelope.canonical([_FORMAT, lock(envelope.canonical(files), passphrase, purpose=_FORMAT)])


def restore(archive: str | Path, passphrase: str, target: str | Path) -> Home:
    """Make a home from an archive, where there is none.

    Raises:
        HomeError: something is there already.
        DocumentUnreadable: no archive.
        KeyUnavailable: the passphrase is wrong, or the archive was altered.
        StorageError: the disk refused; nothing is left behind.
    """
    data = read_bounded(archive, MAX_BACKUP_BYTES, what="backup")
    box = _box(data)
    place = Path(target)
    with built_aside(place) as aside:
        # After the check that nothing is there, since opening the box takes a second.
        files = _files(unlock(box, passphrase, purpose=_FORMAT))
        for directory in {"keys", *(name.split("/")[0] for name in files if "/" in name)}:
            make_private_directory(aside / directory)
        for name, content in files.items():
            write_atomically(aside / name, content, mode=PRIVATE_FILE_MODE)
    return Home.open(place)


def _box(data: bytes) -> Any:
    try:
        body = envelope.strict_loads(data, "backup")
    except TrustRefused as error:
        raise DocumentUnreadable("This is no backup of a home, or a damaged one.") from error
    if not isinstance(body, list) or len(body) != 2 or body[0] != _FORMAT:
        raise DocumentUnreadable("This is no backup of a home.")
    return body[1]


def _files(data: bytes) -> dict[str, bytes]:
    try:
        files = envelope.strict_loads(data, "backup")
    except TrustRefused as error:
        raise DocumentUnreadable("The backup is damaged.") from error
    if not isinstance(files, dict) or "home.json" not in files:
        raise DocumentUnreadable("The backup is damaged.")
    for name, content in files.items():
        if not (isinstance(name, str) and _NAME.fullmatch(name) and isinstance(content, bytes)):
            raise KeyUnavailable("The backup holds something that is no part of a home.")
    return files
