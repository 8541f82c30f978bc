"""A live capture in a ceremony: its challenge, how often one may be tried, and that its frames are new.

The challenge is drawn from the ceremony's nonce under the key of its day, which no client has: a client
learns a prompt when it is shown. An attempt counts as soon as its challenge begins, so that nobody can leave
one that goes badly; it is given back once the person was shown to be live.
"""

from __future__ import annotations

from typing import Final

from moiety.errors import CeremonyRefused
from moiety.liveness import Challenge
from moiety.liveness.challenge import Motion
from moiety.presence import Watch
from moiety.service.ceremonies.captured import Captured
from moiety.service.parameters import LIMIT_LIVENESS, LIMIT_LIVENESS_DAY
from moiety.service.state import State
from moiety.session import Ceremony
from moiety.store import ceremonies, frames, limits
from moiety.store.limits import DAY_S

_LABEL: Final = b"moiety/challenge/1\x00"
ATTEMPTS: Final = (LIMIT_LIVENESS, LIMIT_LIVENESS_DAY)


def challenge_of(state: State, ceremony: Ceremony, nonce: bytes, motion: Motion, *, flash: bool) -> Challenge:
    """The one challenge of a ceremony and a way of moving."""
    with state.store.begin() as connection:
        (seed,) = limits.keyed(connection, [_LABEL + ceremony.id + nonce], ceremony.begun_at // DAY_S)
    return Challenge.from_nonce(seed, motion=motion, flash=flash)


def attempt(state: State, ceremony: Ceremony) -> int:
    """Count the attempt at a ceremony's one challenge, for whatever it is bound to; when it was counted.

    Raises:
        CeremonyRefused: it has begun before, in another connection: its prompts are known.
        RateLimited: there were three failed ones, in any process and by any caller.
    """
    now = state.now()
    with state.store.begin() as connection:
        if ceremony.bound is not None:
            limits.count_all(connection, [(limit, ceremony.bound) for limit in ATTEMPTS], now)
        if not ceremonies.challenged(connection, ceremony.id):
            raise CeremonyRefused("The challenge of this ceremony was shown already: each is shown once.")
    return now


def give_back(state: State, ceremony: Ceremony, captured: Captured) -> None:
    """Count an attempt no longer: it has shown a live person."""
    if captured.attempted_at is None or ceremony.bound is None:
        return
    with state.store.begin() as connection:
        for limit in ATTEMPTS:
            limits.give_back(connection, limit, ceremony.bound, captured.attempted_at)


def admitted(state: State, ceremony: Ceremony, nonce: bytes, captured: Captured) -> Watch | None:
    """The live capture of a ceremony, its frames kept as used; None where there is none.

    Raises:
        CeremonyRefused: it answers another challenge, or some of its frames were used before.
    """
    live = captured.live
    if live is None:
        return None
    met = live.challenge
    if met != challenge_of(state, ceremony, nonce, met.motion, flash=bool(met.flash)):
        raise CeremonyRefused("What was captured answers another challenge.")
    with state.store.begin() as connection:
        unused = frames.remember(connection, live.digests, state.now())
    if not unused:
        raise CeremonyRefused(
            "Some frames of this capture were used before, in it or in another one.",
            remedy="Capture again. If that does not help, use another camera: this one repeats its pictures.",
        )
    return live
