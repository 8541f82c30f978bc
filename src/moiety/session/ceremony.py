"""The states of a ceremony and the only ways between them; pure, kept in the store by the service.

::

    begun ──> capturing ──> completed
      │           └───────> failed
      └──> expired

One use: what is captured is worked on once, whatever comes of it. Bound: to the operator or client who began
it, and to one subject (the code, or the record of consent), so that a second code needs a new ceremony.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from moiety.errors import CeremonyRefused
from moiety.keys import same
from moiety.session.parameters import ID_BYTES, LIFETIME_S, NONCE_BYTES, WORKING_S

Options = Mapping[str, str | int | bool | None]
_PREFIX: Final = b"moiety/ceremony-nonce/1\x00"


class Kind(StrEnum):
    """What the ceremony is for."""

    ENROL = "enrol"
    VERIFY = "verify"
    RENEW = "renew"
    WITHDRAW = "withdraw"


class State(StrEnum):
    """How far it is."""

    BEGUN = "begun"
    CAPTURING = "capturing"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"


ENDED: Final = frozenset({State.COMPLETED, State.FAILED, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Ceremony:
    """One ceremony. Times are UTC seconds; `bound` is a keyed hash of what it is for, 32 bytes.

    The nonce itself is with the client alone; here is its hash.
    """

    id: bytes
    kind: Kind
    state: State
    nonce_hash: bytes = field(repr=False)
    actor: str
    bound: bytes | None = field(repr=False)
    options: Options
    begun_at: int
    expires: int
    ended_at: int | None = None

    def capturing(self, kind: Kind, actor: str, nonce: bytes, bound: bytes | None, now: int) -> Ceremony:
        """Take what was captured, once.

        Raises:
            CeremonyRefused: of another kind, another's, another nonce or code, used, over, or too late. What
            is another's is told as unknown.
        """
        if self.kind is not kind or self.actor != actor or not same(self.nonce_hash, hashed(nonce)):
            raise unknown()
        if self.state is not State.BEGUN:
            raise CeremonyRefused(f"This ceremony is {self.state.value} already: each is used once.")
        if not self.begun_at <= now + WORKING_S or now >= self.expires:
            raise CeremonyRefused("This ceremony has expired.")
        if self.bound is not None and (bound is None or not same(self.bound, bound)):
            raise CeremonyRefused(
                "This ceremony was begun for another code or another consent.",
                remedy="Begin one for this code: what was captured for one is never compared with another.",
            )
        return replace(self, state=State.CAPTURING)

    def ended(self, state: State, now: int) -> Ceremony:
        """Come to an end: completed or failed.

        Raises:
            CeremonyRefused: it was not being worked on.
        """
        if self.state is not State.CAPTURING or state not in (State.COMPLETED, State.FAILED):
            raise CeremonyRefused("This ceremony cannot end so: it is out of order.")
        return replace(self, state=state, ended_at=now)

    def seen(self, now: int) -> Ceremony:
        """The ceremony as it is at `now`: past its time, it is expired."""
        late = self.state is State.BEGUN and now >= self.expires
        lost = self.state is State.CAPTURING and now >= self.expires + WORKING_S
        return replace(self, state=State.EXPIRED, ended_at=self.expires) if late or lost else self


@dataclass(frozen=True, slots=True)
class Begun:
    """A ceremony that has just begun, with the nonce that only its client gets (32 bytes)."""

    ceremony: Ceremony
    nonce: bytes = field(repr=False)


def begin(
    kind: Kind,
    *,
    actor: str,
    now: int,
    bound: bytes | None,
    options: Options | None = None,
    lifetime_s: int = LIFETIME_S,
) -> Begun:
    """Begin a ceremony for `actor`, bound to a subject (32 bytes) or, where there is none, to nobody else."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    ceremony = Ceremony(
        id=secrets.token_bytes(ID_BYTES),
        kind=kind,
        state=State.BEGUN,
        nonce_hash=hashed(nonce),
        actor=actor,
        bound=bound,
        options={} if options is None else options,
        begun_at=now,
        expires=now + lifetime_s,
    )
    return Begun(ceremony, nonce)


def hashed(nonce: bytes) -> bytes:
    """What the store keeps of a nonce: its SHA-256, 32 bytes."""
    return hashlib.sha256(_PREFIX + nonce).digest()


def unknown() -> CeremonyRefused:
    """What is said of a ceremony that is not there, or not this caller's: the same."""
    return CeremonyRefused("There is no such ceremony here.")
