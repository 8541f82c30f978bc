"""Keeping and deleting the service's half of a blind code's key; deleting it is the erasure of the code."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import Connection

from moiety.credential.blind import SHARE_BYTES, BlindCode
from moiety.credential.parameters import PIN_LANES, PIN_MEMORY_KIB, PIN_PASSES
from moiety.credential.pin import check as check_pin
from moiety.credential.pin import fold, foldings
from moiety.errors import UsageError
from moiety.keys import random_token, same
from moiety.store.events import record
from moiety.store.parameters import HASH_BYTES, IDENTIFIER_BYTES
from moiety.store.tables.shares import shares


def keep(connection: Connection, code: BlindCode, share: bytes, pin: str | None, now: int) -> None:
    """Keep share B of a code, in the transaction that issues it. Of a PIN only a slow hash is kept.

    Raises:
        UsageError: a share of another length, or a PIN that cannot be set.
    """
    if len(share) != SHARE_BYTES:
        raise UsageError(f"A share has {SHARE_BYTES} bytes.")
    salt = None if pin is None else random_token(IDENTIFIER_BYTES)
    if pin is not None:
        check_pin(pin)
    connection.execute(
        shares.insert().values(
            cti=code.cti,
            commitment=code.commitment,
            share=share,
            pin_salt=salt,
            pin_hash=None if pin is None or salt is None else pin_hash(fold(pin), salt),
            pin_failures=0,
            stored_at=now,
        )
    )
    record(connection, "share-stored", {"code": code.cti.hex(), "share_sha256": digest(share)}, now)


def delete(connection: Connection, cti: bytes, now: int, *, why: str) -> bool:
    """Delete share B for good: no copy of the code can be opened any more. Whether there was one.

    The event holds the share's hash, the same as when it was stored: what was deleted is what was kept.
    """
    gone = connection.execute(shares.delete().where(shares.c.cti == cti).returning(shares.c.share)).scalar()
    if gone is None:
        return False
    told = {"code": cti.hex(), "share_sha256": digest(bytes(gone)), "why": why}
    record(connection, "share-deleted", told, now)
    return True


def digest(share: bytes) -> str:
    """SHA-256 of a share: 32 random bytes cannot be guessed from it."""
    return hashlib.sha256(share).hexdigest()


def is_pin(pin: str, salt: bytes, wanted: bytes) -> bool:
    """Whether a PIN is the one that was kept, in the digits of any script."""
    return any(same(pin_hash(one, salt), wanted) for one in foldings(pin))


def pin_hash(folded: str, salt: bytes) -> bytes:
    """Argon2id of a folded PIN, with the cost of the PIN layer of other codes."""
    slow = Argon2id(
        salt=salt, length=HASH_BYTES, iterations=PIN_PASSES, lanes=PIN_LANES, memory_cost=PIN_MEMORY_KIB
    )
    return slow.derive(folded.encode("utf-8", "surrogatepass"))
