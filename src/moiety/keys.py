"""Key files that only their owner can read, and the short identifiers by which keys are named.

Signatures are Ed25519 (RFC 8032); sealing to a verifier group is X25519 (RFC 7748). Private keys lie in
PKCS#8 PEM files (RFC 5958, RFC 8410) with mode 0600, in directories with mode 0700; public keys travel as
SubjectPublicKeyInfo PEM. A key identifier is the first 8 bytes of the SHA-256 of the raw public key: enough
to find a key in a bundle of a few, and never relied on for security, since the signature is what counts.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from moiety.errors import DocumentUnreadable, KeyUnavailable, PermissionsTooOpen, StorageError
from moiety.files import read_bounded, write_atomically

KEY_ID_BYTES: Final = 8
PUBLIC_KEY_BYTES: Final = 32
PRIVATE_DIRECTORY_MODE: Final = 0o700
PRIVATE_FILE_MODE: Final = 0o600
MAX_KEY_FILE_BYTES: Final = 4096  # a PKCS#8 PEM of either kind has about 120

_PEM = serialization.Encoding.PEM
_RAW = serialization.Encoding.Raw


def key_id(public: bytes) -> bytes:
    """The 8-byte identifier of a raw 32-byte public key: the head of its SHA-256."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES]


def fingerprint(public: bytes) -> str:
    """The whole SHA-256 of a raw public key in hexadecimal: what people compare before they pin a root."""
    return hashlib.sha256(public).hexdigest()


def random_token(length: int = 16) -> bytes:
    """`length` bytes from the operating system's generator."""
    return secrets.token_bytes(length)


def same(first: bytes, second: bytes) -> bool:
    """Compare in a time that does not depend on where the two differ."""
    return hmac.compare_digest(first, second)


@dataclass(frozen=True, slots=True, repr=False)
class VerifyingKey:
    """An Ed25519 public key: `public` is its raw 32 bytes."""

    public: bytes

    def __post_init__(self) -> None:
        if len(self.public) != PUBLIC_KEY_BYTES:
            raise DocumentUnreadable(f"An Ed25519 public key has 32 bytes, not {len(self.public)}.")

    def __repr__(self) -> str:
        return f"VerifyingKey({self.key_id.hex()})"

    @property
    def key_id(self) -> bytes:
        """The 8-byte identifier."""
        return key_id(self.public)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's signature over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_pem(self) -> bytes:
        """SubjectPublicKeyInfo PEM."""
        key = Ed25519PublicKey.from_public_bytes(self.public)
        return key.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True, repr=False)
class GroupPublicKey:
    """A verifier group's X25519 public key, to which codes are sealed: `public` is its raw 32 bytes."""

    public: bytes

    def __post_init__(self) -> None:
        if len(self.public) != PUBLIC_KEY_BYTES:
            raise DocumentUnreadable(f"An X25519 public key has 32 bytes, not {len(self.public)}.")

    def __repr__(self) -> str:
        return f"GroupPublicKey({self.key_id.hex()})"

    @property
    def key_id(self) -> bytes:
        """The 8-byte identifier of the group in one epoch."""
        return key_id(self.public)

    @property
    def key(self) -> X25519PublicKey:
        """The key, as `cryptography` takes it."""
        return X25519PublicKey.from_public_bytes(self.public)

    def to_pem(self) -> bytes:
        """SubjectPublicKeyInfo PEM."""
        return self.key.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class Signer(Protocol):
    """Whatever can sign with an Ed25519 key: a key file here, a hardware token behind the same two names."""

    @property
    def verifying_key(self) -> VerifyingKey:
        """The public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """A 64-byte Ed25519 signature over `message`."""
        ...


class _Secret:
    """What both kinds of private key share: nothing prints them and nothing pickles them."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError("A private key is not pickled; write it to a key file.")


@dataclass(frozen=True, slots=True)
class SigningKey(_Secret):
    """An Ed25519 private key in memory; a `Signer`."""

    key: Ed25519PrivateKey = field(repr=False, compare=False)
    verifying_key: VerifyingKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "verifying_key", VerifyingKey(self.key.public_key().public_bytes_raw()))

    @classmethod
    def generate(cls) -> SigningKey:
        """A fresh key from the operating system's generator."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """The key of a 32-byte seed (RFC 8032, 5.1.5)."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, data: bytes, *, name: str = "key file") -> SigningKey:
        """The key in a PKCS#8 PEM; `name` names it in the message.

        Raises:
            KeyUnavailable: it is no private key, or one of another kind.
        """
        key = _private_from_pem(data, name)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnavailable(f"{name} holds no Ed25519 key.")
        return cls(key)

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """Read a private key file; see `read_private` for what is refused."""
        return cls.from_pem(read_private(path), name=path.name)

    @property
    def key_id(self) -> bytes:
        """The 8-byte identifier."""
        return self.verifying_key.key_id

    def sign(self, message: bytes) -> bytes:
        """A 64-byte Ed25519 signature over `message`."""
        return self.key.sign(message)

    def seed(self) -> bytes:
        """The 32 secret bytes: for backup and splitting only."""
        return self.key.private_bytes_raw()

    def to_pem(self) -> bytes:
        """PKCS#8 PEM, unencrypted: for a key file only."""
        return _private_to_pem(self.key)


@dataclass(frozen=True, slots=True)
class GroupPrivateKey(_Secret):
    """A verifier group's X25519 private key in memory: it opens what was sealed to the group."""

    key: X25519PrivateKey = field(repr=False, compare=False)
    group: GroupPublicKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", GroupPublicKey(self.key.public_key().public_bytes_raw()))

    @classmethod
    def generate(cls) -> GroupPrivateKey:
        """A fresh key from the operating system's generator."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, data: bytes, *, name: str = "key file") -> GroupPrivateKey:
        """The key in a PKCS#8 PEM; `name` names it in the message.

        Raises:
            KeyUnavailable: it is no private key, or one of another kind.
        """
        key = _private_from_pem(data, name)
        if not isinstance(key, X25519PrivateKey):
            raise KeyUnavailable(f"{name} holds no X25519 key.")
        return cls(key)

    @classmethod
    def read(cls, path: Path) -> GroupPrivateKey:
        """Read a private key file; see `read_private` for what is refused."""
        return cls.from_pem(read_private(path), name=path.name)

    @property
    def key_id(self) -> bytes:
        """The 8-byte identifier of the group in one epoch."""
        return self.group.key_id

    def to_pem(self) -> bytes:
        """PKCS#8 PEM, unencrypted: for a key file only."""
        return _private_to_pem(self.key)


def read_public(path: str | Path) -> VerifyingKey | GroupPublicKey:
    """Read a public key file: SubjectPublicKeyInfo PEM, or an Ed25519 key bare (32 bytes, or 64 hex digits).

    Raises:
        DocumentUnreadable: missing, too large, or no such key.
    """
    data = read_bounded(path, MAX_KEY_FILE_BYTES, what="public key")
    name = Path(path).name
    bare = _bare_public(data)
    if bare is not None:
        return VerifyingKey(bare)
    try:
        key = serialization.load_pem_public_key(data)
    except ValueError as error:
        remedy = "Give a public key as PEM: -----BEGIN PUBLIC KEY-----."
        raise DocumentUnreadable(f"{name!r} is no public key.", remedy=remedy) from error
    if isinstance(key, Ed25519PublicKey):
        return VerifyingKey(key.public_bytes_raw())
    if isinstance(key, X25519PublicKey):
        return GroupPublicKey(key.public_bytes_raw())
    raise DocumentUnreadable(f"{name!r} is neither an Ed25519 nor an X25519 key.")


def _bare_public(data: bytes) -> bytes | None:
    if len(data) == PUBLIC_KEY_BYTES:
        return data
    try:
        raw = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        return None
    return raw if len(raw) == PUBLIC_KEY_BYTES else None


def write_private(path: Path, pem: bytes) -> None:
    """Write a private key file with mode 0600; it must not exist yet.

    Raises:
        KeyUnavailable: the file exists, and keys are never overwritten.
        StorageError: the disk refused.
    """
    if path.exists() or path.is_symlink():
        raise KeyUnavailable(
            f"{path.name} exists, and a key is never overwritten.", remedy="Move it away first."
        )
    write_atomically(path, pem, mode=PRIVATE_FILE_MODE)


def read_private(path: Path) -> bytes:
    """The bytes of a private key file that nobody but its owner can read.

    Raises:
        KeyUnavailable: missing, a symbolic link, not a plain file, or owned by someone else.
        PermissionsTooOpen: its mode lets others in.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        why = "is missing" if isinstance(error, FileNotFoundError) else "cannot be opened"
        raise KeyUnavailable(f"The key {path.name} {why}.") from error
    try:
        # Checked on the open file, so that it cannot be exchanged between the check and the reading.
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeyUnavailable(f"The key {path.name} is not a plain file.")
        refuse_if_open_to_others(status, path)
        return os.read(descriptor, MAX_KEY_FILE_BYTES)
    except OSError as error:
        raise KeyUnavailable(f"The key {path.name} cannot be read.") from error
    finally:
        os.close(descriptor)


def make_private_directory(path: Path) -> None:
    """Make a directory with mode 0700, and its parents as the umask says.

    Raises:
        StorageError: the disk refused.
        PermissionsTooOpen: the volume has no modes, or gives others a way in.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=PRIVATE_DIRECTORY_MODE)
        with contextlib.suppress(PermissionError):  # a volume without modes: told below
            path.chmod(PRIVATE_DIRECTORY_MODE)
        refuse_if_open_to_others(path.stat(), path)
    except OSError as error:
        reason = error.strerror or "the disk refused"
        raise StorageError(f"Could not make the directory {path.name}: {reason}.") from error


def check_private_directory(path: Path) -> None:
    """Refuse a directory of keys that others can enter or that belongs to someone else.

    Raises:
        KeyUnavailable: missing, or not a directory.
        PermissionsTooOpen: its mode lets others in, or it has another owner.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise KeyUnavailable(f"The directory {path.name} is missing or cannot be entered.") from error
    if not stat.S_ISDIR(status.st_mode):
        raise KeyUnavailable(f"{path.name} is not a directory.")
    refuse_if_open_to_others(status, path)


_OTHER_VOLUMES: Final = (
    "Where the mode stays as it is, the volume sets it: mount a FAT or network volume for this user alone "
    "(options uid= and umask=077, or file_mode=0600,dir_mode=0700), leave fsGroup out of a Kubernetes volume "
    "and let its owner run Moiety, or keep the home on another volume."
)


def refuse_if_open_to_others(status: os.stat_result, path: Path, *, holds: str = "a private key") -> None:
    """Refuse what group or others can touch, and what another user owns (on systems that know owners).

    `holds` is what others could reach there, for the message.
    """
    if os.name != "posix":
        return
    if status.st_uid not in (os.geteuid(), 0):
        raise PermissionsTooOpen(
            f"{path.name} belongs to another user.", remedy="Run as its owner, or let its owner hand it over."
        )
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        right = "chmod 700" if stat.S_ISDIR(status.st_mode) else "chmod 600"
        raise PermissionsTooOpen(
            f"{path.name} has mode {mode:04o}: others could reach {holds}.",
            remedy=f"Let only the owner in: {right} {path}. {_OTHER_VOLUMES}",
        )


def _private_from_pem(data: bytes, name: str) -> object:
    try:
        return serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise KeyUnavailable(f"{name} is damaged or no private key.") from error


def _private_to_pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
