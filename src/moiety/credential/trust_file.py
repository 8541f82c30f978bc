"""How trust travels from home to home.

A *trust file* carries the root's public key (to compare, not to believe), the signed bundle, status lists
fresher than those inside the bundle, and, only when asked for, group keys under a passphrase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from moiety.credential import envelope
from moiety.credential.locked import lock, unlock
from moiety.credential.trust_parameters import MAX_BUNDLE_BYTES, MAX_KEYS, MAX_LISTS
from moiety.errors import DocumentUnreadable, TrustRefused, UsageError
from moiety.files import read_bounded
from moiety.keys import PUBLIC_KEY_BYTES, GroupPrivateKey, VerifyingKey

_REMEDY: Final = "Give a file that moiety trust export wrote, as it wrote it."
_FORMAT: Final = "moiety/trust/1"
_GROUP_KEYS: Final = "moiety/trust/group-keys/1"


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A trust file taken apart; nothing in it is verified yet."""

    root: VerifyingKey
    bundle: bytes = field(repr=False)
    fresh: tuple[bytes, ...] = field(default=(), repr=False)
    group_keys: Any = field(default=None, repr=False)

    def encode(self) -> bytes:
        """Canonical CBOR."""
        return envelope.canonical([_FORMAT, self.root.public, self.bundle, list(self.fresh), self.group_keys])

    @classmethod
    def decode(cls, data: bytes) -> TrustFile:
        """Take a trust file apart.

        Raises:
            DocumentUnreadable: it is none.
        """
        try:
            body = envelope.strict_loads(data, "trust file")
        except TrustRefused as error:
            raise DocumentUnreadable("This isn't a trust file, or it is damaged.", remedy=_REMEDY) from error
        if not isinstance(body, list) or len(body) != 5 or body[0] != _FORMAT:
            raise DocumentUnreadable("This isn't a trust file, or it is of another version.", remedy=_REMEDY)
        _, root, bundle, fresh, group_keys = body
        if not (isinstance(root, bytes) and len(root) == PUBLIC_KEY_BYTES and isinstance(bundle, bytes)):
            raise DocumentUnreadable("This trust file is damaged.")
        if (
            not isinstance(fresh, list)
            or len(fresh) > MAX_LISTS
            or not all(isinstance(x, bytes) for x in fresh)
        ):
            raise DocumentUnreadable("This trust file is damaged.")
        return cls(VerifyingKey(root), bundle, tuple(fresh), group_keys)

    @classmethod
    def read(cls, path: str | Path) -> TrustFile:
        """Read a trust file.

        Raises:
            DocumentUnreadable: missing, too large, or no trust file.
        """
        return cls.decode(read_bounded(path, MAX_BUNDLE_BYTES, what="trust file"))


def lock_group_keys(keys: Iterable[GroupPrivateKey], passphrase: str) -> Any:
    """Group keys as a trust file carries them.

    Raises:
        UsageError: the passphrase is too short.
    """
    return lock(envelope.canonical([key.to_pem() for key in keys]), passphrase, purpose=_GROUP_KEYS)


def unlock_group_keys(box: Any, passphrase: str | None) -> list[GroupPrivateKey]:
    """The group keys in a trust file; none without a passphrase.

    Raises:
        UsageError: a passphrase, and nothing that it could open.
        KeyUnavailable: the passphrase does not open them.
        DocumentUnreadable: damaged.
    """
    if box is None or passphrase is None:
        if passphrase is not None:
            raise UsageError("A passphrase was given, and the trust file carries no group key.")
        return []
    try:
        pems = envelope.strict_loads(unlock(box, passphrase, purpose=_GROUP_KEYS), "group keys")
    except TrustRefused as error:
        raise DocumentUnreadable("The group keys in the trust file are damaged.") from error
    if not isinstance(pems, list) or len(pems) > MAX_KEYS or not all(isinstance(pem, bytes) for pem in pems):
        raise DocumentUnreadable("The group keys in the trust file are damaged.")
    return [GroupPrivateKey.from_pem(pem, name="group key") for pem in pems]
