"""A home in one archive under a passphrase: every setting and key. Restoring never overwrites."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
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
from moiety.keys_pkcs11 import module_of

_FORMAT: Final = "moiety/backup/1"
_REMEDY: Final = "Give the file that moiety keys backup wrote, as it wrote it."
_SETTINGS: Final = r"home\.json|root\.pub\.pem|trust\.cbor|policy\.json|consent\.json|ledger\.head"
_CALIBRATION: Final = r"calibration/[A-Za-z0-9._-]{1,100}\.json"
_KEYS: Final = r"(keys/(issuer|group|device|ledger|document)|root/root)-[0-9a-f]{16}\.(pem|p11)"
_LAN: Final = r"lan/(certificate|key)\.pem"
_REGISTER: Final = "register.sqlite3"
_NAME: Final = re.compile(f"{_SETTINGS}|{_CALIBRATION}|{_KEYS}|{_LAN}|{re.escape(_REGISTER)}")
_PRIVATE: Final = re.compile(rf"{_KEYS}|lan/key\.pem")
_MUST_FIT: Final = re.compile(r"calibration/.*\.json")
"""What the home reads whatever its name: a name that cannot be restored is refused, not left out."""

_PARTS: Final = (
    ("the home's role and address", re.compile(r"home\.json")),
    ("the pinned root (root.pub.pem)", re.compile(r"root\.pub\.pem")),
    ("trust and status lists (trust.cbor)", re.compile(r"trust\.cbor")),
    ("what people are asked to agree to (consent.json)", re.compile(r"consent\.json")),
    ("the policy (policy.json)", re.compile(r"policy\.json")),
    ("calibration tables", re.compile(_CALIBRATION)),
    ("keys", re.compile(_KEYS)),
    ("the newest checkpoint that the log signed (ledger.head)", re.compile(r"ledger\.head")),
    ("the register of codes", re.compile(re.escape(_REGISTER))),
    ("the certificate for the local network", re.compile(_LAN)),
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a backup of a home takes, and what it leaves out.

    Attributes:
        files: content by name, relative to the home. Never printed: it holds keys.
        left_out: the names of the files that it doesn't take, such as the service's database.
    """

    files: Mapping[str, bytes]
    left_out: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Gathered({len(self.files)} files, {len(self.left_out)} left out)"

    def sealed(self, passphrase: str) -> bytes:
        """The archive.

        Raises:
            UsageError: the passphrase is too short.
        """
        box = lock(envelope.canonical(dict(self.files)), passphrase, purpose=_FORMAT)
        return envelope.canonical([_FORMAT, box])


def gather(home: Home) -> Gathered:
    """Read everything that the home cannot do without, and name every other file in it.

    Raises:
        UsageError: a table has a name that cannot be restored, or there are too many files.
        PermissionsTooOpen, KeyUnavailable: a key file cannot be used as it is.
    """
    files: dict[str, bytes] = {}
    left_out: list[str] = []
    for file in sorted(one for one in home.path.rglob("*") if not one.is_dir()):
        name = file.relative_to(home.path).as_posix()
        if not _NAME.fullmatch(name):
            if _MUST_FIT.fullmatch(name):
                remedy = "Rename it: letters, digits, dots, dashes and underscores only."
                raise UsageError(f"The home holds {name!r}, which no backup takes.", remedy=remedy)
            left_out.append(name)
        elif name == _REGISTER:
            with Register(file) as register:
                files[name] = register.dump()
        elif _PRIVATE.fullmatch(name):
            files[name] = read_private(file)
        else:
            files[name] = read_bounded(file, MAX_BACKUP_BYTES, what="file of the home")
    if len(files) > MAX_MAP_ENTRIES:
        remedy = "Move old calibration tables out of the home."
        raise UsageError(f"The home holds {len(files)} files, more than a backup takes.", remedy=remedy)
    return Gathered(files, tuple(left_out))


def backup(home: Home, passphrase: str) -> bytes:
    """An archive of everything that the home cannot do without: settings, keys, trust and register.

    Raises:
        UsageError, PermissionsTooOpen, KeyUnavailable: as `gather` and `Gathered.sealed`.
    """
    return gather(home).sealed(passphrase)


def parts(home: Home) -> tuple[tuple[str, int], ...]:
    """What a backup takes of this home: each part in words, with how many files it has (0: it has none)."""
    names = [one.relative_to(home.path).as_posix() for one in home.path.rglob("*") if not one.is_dir()]
    return tuple((part, sum(bool(like.fullmatch(name)) for name in names)) for part, like in _PARTS)


def restore(
    archive: str | Path, passphrase: str, target: str | Path, *, token_module: str | None = None
) -> Home:
    """Make a home from an archive, where there is none.

    Keys in a hardware token name a library, which is loaded to reach them. A library that `token_module`
    doesn't name is refused: whoever made the archive would choose what runs here.

    Raises:
        UsageError: the archive names another library than `token_module`.
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
        _require_module(files, token_module)
        for directory in {"keys", *(name.split("/")[0] for name in files if "/" in name)}:
            make_private_directory(aside / directory)
        for name, content in files.items():
            write_atomically(aside / name, content, mode=PRIVATE_FILE_MODE)
    return Home.open(place)


def _require_module(files: Mapping[str, bytes], allowed: str | None) -> None:
    """Refuse names of libraries that nobody here has confirmed."""
    for name, content in files.items():
        if not name.endswith(".p11"):
            continue
        module = module_of(content)
        if module != allowed:
            raise UsageError(
                f"{name} in the backup names the library {module!r}, which would be loaded to reach its key.",
                remedy="If that is your token's own library, say so: --token-module PATH.",
            )


def _box(data: bytes) -> Any:
    try:
        body = envelope.strict_loads(data, "backup")
    except TrustRefused as error:
        raise DocumentUnreadable(
            "This isn't a backup of a home, or it is damaged.", remedy=_REMEDY
        ) from error
    if not isinstance(body, list) or len(body) != 2 or body[0] != _FORMAT:
        raise DocumentUnreadable("This isn't a backup of a home.", remedy=_REMEDY)
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
