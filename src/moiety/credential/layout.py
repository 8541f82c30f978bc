"""Where things lie in a home, and the refusal of a home that others can reach into.

home/                 0700
  home.json           format, role, issuer URI
  root.pub.pem        the pinned root: whose bundles count here
  trust.cbor          the newest bundle and status lists
  ledger.head         the newest checkpoint that this home's log signed, apart from the service's database
  keys/               0700: issuer-ID.pem, group-ID.pem, device-ID.pem, ledger-ID.pem, document-ID.pem: 0600
  root/               0700: root-ID.pem, to be moved offline
                      KIND-ID.p11 in the place of a .pem names a key in a hardware token
  register.sqlite3    issuers only: which place in which status list belongs to which code
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from moiety.credential.group_keys import GroupKeys, identifier_of
from moiety.errors import DocumentUnreadable, HomeError, KeyUnavailable, TrustRefused
from moiety.files import read_bounded, write_atomically
from moiety.keys import (
    GroupPrivateKey,
    Signer,
    SigningKey,
    VerifyingKey,
    check_private_directory,
    read_public,
    write_private,
)

Role = Literal["issuer", "verifier", "both"]
ROLES: Final[tuple[str, ...]] = get_args(Role)
HOME_FORMAT: Final = 1
_MAX_CONFIG_BYTES: Final = 4096
_KEY_FILES: Final = (".pem", ".p11")


@dataclass(frozen=True, slots=True)
class Home:
    """An opened home: its place, its role, and the issuer's URI if it has one."""

    path: Path
    role: Role
    issuer_uri: str | None

    @classmethod
    def open(cls, path: str | Path) -> Home:
        """Open a home.

        Raises:
            HomeError: there is none, or it is damaged or of another version.
            PermissionsTooOpen: others could reach its keys.
        """
        place = Path(path)
        if not (place / "home.json").is_file():
            raise HomeError(f"There is no home at {place.name or place}.")
        check_private_directory(place)
        check_private_directory(place / "keys")
        role, uri = _read_config(place / "home.json")
        return cls(place, role, uri)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time reads this home's trust, changes it and writes it: no change undoes another.

        Not to be held twice by one thread.
        """
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @property
    def issues(self) -> bool:
        """Whether this home may hold an issuer's key."""
        return self.role in ("issuer", "both")

    @property
    def keys(self) -> Path:
        """The directory of private keys."""
        return self.path / "keys"

    @property
    def trust_file(self) -> Path:
        """The newest bundle and status lists."""
        return self.path / "trust.cbor"

    @property
    def register_file(self) -> Path:
        """Which place in which status list belongs to which code."""
        return self.path / "register.sqlite3"

    @property
    def pinned_root_file(self) -> Path:
        """The pinned root's public key."""
        return self.path / "root.pub.pem"

    def root(self) -> Signer:
        """The root's private key.

        Raises:
            KeyUnavailable: it is not here, as it should be most of the time.
        """
        files = [one for one in sorted((self.path / "root").glob("root-*")) if one.suffix in _KEY_FILES]
        if not files:
            remedy = (
                "Bring the root key back into root/ (or join its shares: moiety keys join-root), run this, "
            )
            raise KeyUnavailable(
                "The root key is not in this home.", remedy=remedy + "and take it away again."
            )
        check_private_directory(self.path / "root")
        if len(files) > 1:
            raise KeyUnavailable("There is more than one root key here.", remedy="Leave only the pinned one.")
        key = _signer(files[0])
        if key.verifying_key != self.pinned_root():
            raise KeyUnavailable("The root key in root/ is not the one pinned in this home.")
        return key

    def pinned_root(self) -> VerifyingKey:
        """The root whose bundles count here.

        Raises:
            TrustRefused: none was pinned yet.
        """
        if not self.pinned_root_file.exists():
            raise TrustRefused(
                "This home trusts nobody yet.", remedy="Import a bundle: moiety trust import --home DIR FILE."
            )
        try:
            key: object = read_public(self.pinned_root_file)
        except DocumentUnreadable:
            key = None
        if not isinstance(key, VerifyingKey):
            raise HomeError(
                "The pinned root is no Ed25519 key.", remedy="Restore root.pub.pem from a backup."
            )
        return key

    def pin_root(self, root: VerifyingKey) -> None:
        """Pin the root; only where none is pinned."""
        if self.pinned_root_file.exists():
            raise HomeError("A root is pinned already.")
        write_atomically(self.pinned_root_file, root.to_pem())

    def signing_key(self, kind: Literal["issuer", "device", "ledger"], identifier: bytes) -> Signer:
        """A signing key of this home by its identifier.

        Raises:
            KeyUnavailable: not here.
            PermissionsTooOpen: others could read it.
        """
        file = self.keys / f"{kind}-{identifier.hex()}"
        hardware = file.with_suffix(".p11")
        return _signer(hardware if hardware.exists() else file.with_suffix(".pem"))

    def device_key(self) -> SigningKey:
        """The key with which this verifier signs its receipts.

        Raises:
            KeyUnavailable: not here.
            PermissionsTooOpen: others could read it.
        """
        files = sorted(self.keys.glob("device-*.pem"))
        if not files:
            raise KeyUnavailable("This home has no device key.")
        return SigningKey.read(files[-1])

    def group_keys(self) -> GroupKeys:
        """The group keys that this home holds, by identifier; each is read when it is looked up.

        Raises:
            PermissionsTooOpen: others could read one.
        """
        return GroupKeys(self.keys)

    def issuer_key_ids(self) -> set[bytes]:
        """The identifiers of the issuer keys that lie here, by their file names."""
        files = (file for file in self.keys.glob("issuer-*") if file.suffix in _KEY_FILES)
        named = (identifier_of(file, "issuer") for file in files)
        return {identifier for identifier in named if identifier is not None}

    def add_key(self, kind: Literal["issuer", "device", "root", "ledger"], key: Signer) -> None:
        """Write a new signing key, or what names one in a token; a root goes into its own directory."""
        file = (
            self.path / "root" if kind == "root" else self.keys
        ) / f"{kind}-{key.verifying_key.key_id.hex()}"
        if isinstance(key, SigningKey):
            write_private(file.with_suffix(".pem"), key.to_pem())
            return
        from moiety.keys_pkcs11 import HardwareKey, write_hardware

        if not isinstance(key, HardwareKey):
            raise KeyUnavailable("Only a key file or a key in a token can belong to a home.")
        write_hardware(file.with_suffix(".p11"), key)

    def add_group_key(self, key: GroupPrivateKey) -> None:
        """Write a new group key; one that is already here is left as it is."""
        file = self.keys / f"group-{key.key_id.hex()}.pem"
        if not file.exists():
            write_private(file, key.to_pem())


def _signer(file: Path) -> Signer:
    if file.suffix != ".p11":
        return SigningKey.read(file)
    from moiety.keys_pkcs11 import read_hardware  # the driver is loaded where there is a token

    return read_hardware(file)


def encode_config(role: Role, issuer_uri: str | None) -> bytes:
    """The bytes of `home.json`."""
    body = {"format": HOME_FORMAT, "role": role, "issuer_uri": issuer_uri}
    return (json.dumps(body, indent=2) + "\n").encode()


def _read_config(file: Path) -> tuple[Role, str | None]:
    try:
        body: Any = json.loads(read_bounded(file, _MAX_CONFIG_BYTES, what="home"))
    except (DocumentUnreadable, ValueError, RecursionError) as error:
        raise HomeError("home.json is damaged.", remedy="Restore the home from its backup.") from error
    if not isinstance(body, dict) or body.get("format") != HOME_FORMAT or body.get("role") not in ROLES:
        raise HomeError(
            "home.json is damaged, or of another version.", remedy="Restore the home from its backup."
        )
    uri = body.get("issuer_uri")
    if uri is not None and not isinstance(uri, str):
        raise HomeError("home.json is damaged.", remedy="Restore the home from its backup.")
    return cast(Role, body["role"]), uri
