"""The stage: runs of scenarios and own faces under practice, in this process's memory, each gone in time.

Nothing of it touches the store, the home, the trust or the device key. A restart forgets it all.
"""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from moiety.credential.code import Credential
from moiety.decision.decision import Decision, Liveness
from moiety.decision.policy import Policy
from moiety.errors import CeremonyRefused, NotFound, RateLimited, RequestMalformed
from moiety.image import Image, load
from moiety.liveness import Challenge
from moiety.practice import Realm, Run
from moiety.practice.scenario import Scenario
from moiety.presence import LiveCapture, LiveFrame
from moiety.service.ceremonies.captured import Captured
from moiety.service.parameters import PRACTICE_EACH, PRACTICE_LATE_S, PRACTICE_MOST, PRACTICE_S
from moiety.session.parameters import NONCE_BYTES
from moiety.verification import verify

_DAY_S: Final = 86_400
Held = TypeVar("Held")


@dataclass(slots=True, eq=False)
class Own:
    """An operator's own face under practice: a realm of its own, its one code, and the frame in use.

    Only live frames of whoever sits there make the code, and only live frames are compared with it: from
    photographs it would say whether any two of them show one person.
    """

    realm: Realm
    nonce: bytes = field(repr=False)
    begun: float
    credential: Credential | None = field(default=None, repr=False)
    last: Image | None = field(default=None, repr=False)

    def begin(self, now: float) -> None:
        """Draw another challenge, whose time runs from now (UTC seconds)."""
        self.nonce, self.begun = secrets.token_bytes(NONCE_BYTES), now

    def taken(self, captured: Captured, now: float) -> LiveCapture:
        """The live frames that answer the challenge, which is then used up.

        Raises:
            RequestMalformed: pictures instead of frames.
            CeremonyRefused: they came before the challenge could end, or too late.
        """
        nonce, begun = self.nonce, self.begun
        self.begin(-math.inf)
        if captured.faces or captured.fingers or captured.hands or not captured.frames:
            raise RequestMalformed(
                "Practice with your own face takes the frames of a live capture, and no pictures.",
                remedy="Follow the prompts in front of the camera.",
            )
        challenge = Challenge.from_nonce(nonce, motion=captured.motion)
        waited = now - begun - challenge.duration_ms / 1000
        if not 0 <= waited <= PRACTICE_LATE_S:
            early = waited < 0
            raise CeremonyRefused(
                "The frames came before the last prompt."
                if early
                else "The prompts were shown too long ago.",
                remedy="Begin again.",
            )
        return LiveCapture(challenge, [LiveFrame(at, data) for at, data in captured.frames])

    def enrol(self, live: LiveCapture) -> None:
        """Make the practice code from live frames.

        Raises:
            LivenessRefused, CaptureRefused, InputError: no code was made.
        """
        self.credential = self.realm.enrol(None, live=live)

    def compare(self, live: LiveCapture) -> Decision:
        """Compare live frames with the own code, as at a desk that requires liveness.

        Raises:
            InputError, UsageError: nothing was compared.
            CeremonyRefused: there is no code yet.
        """
        if self.credential is None:
            raise CeremonyRefused("There is no practice code yet.", remedy="Make it first.")
        decision = verify(
            credential=self.credential, live=live, trust=self.realm.trust(), policy=Policy(),
            now=self.realm.now,
        )  # fmt: skip
        if decision.liveness is Liveness.SHOWN:
            self.last = load(live.frames[-1].image)
        return decision


@dataclass(slots=True)
class _Entry(Generic[Held]):
    actor: str
    until: int
    held: Held
    lock: threading.Lock = field(default_factory=threading.Lock)


class Stage:
    """What is practised in this process now. Safe for several threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._runs: Final[dict[str, _Entry[Run]]] = {}
        self._own: Final[dict[str, _Entry[Own]]] = {}
        self._realm: Realm | None = None
        self._timer: threading.Timer | None = None

    def begin(self, actor: str, scenario: Scenario, now: int) -> str:
        """Begin a scenario for somebody; returns the run's identifier, 32 hexadecimal digits.

        Raises:
            RateLimited: they, or all together, have too much under way.
        """
        with self._lock:
            realm = self._realm
            if realm is None or now - realm.now > _DAY_S or now < realm.now:
                realm = self._realm = Realm(now)
            run = Run(scenario, realm, seed=secrets.randbelow(1 << 30))
            return self._add(self._runs, actor, run, now)

    def begin_own(self, actor: str, now: float) -> tuple[str, Own]:
        """Open a realm of its own for somebody's own face.

        Raises:
            RateLimited: too much under way.
        """
        own = Own(Realm(int(now)), secrets.token_bytes(NONCE_BYTES), now)
        with self._lock:
            return self._add(self._own, actor, own, int(now)), own

    def with_run(self, actor: str, identifier: str, now: int, use: Callable[[Run], Held]) -> Held:
        """Do something with one's own run, one at a time.

        Raises:
            NotFound: unknown, another's, or past its time.
        """
        entry = self._find(self._runs, actor, identifier, now)
        with entry.lock:
            return use(entry.held)

    def with_own(self, actor: str, identifier: str, now: int, use: Callable[[Own], Held]) -> Held:
        """The same with one's own face; the picture that was compared is dropped at the end.

        Raises:
            NotFound: as `with_run`.
        """
        entry = self._find(self._own, actor, identifier, now)
        with entry.lock:
            try:
                return use(entry.held)
            finally:
                entry.held.last = None

    def forget(self, actor: str, identifier: str, now: int) -> None:
        """Drop a run or an own face, with every picture in it.

        Raises:
            NotFound: as `with_run`.
        """
        with self._lock:
            self._sweep(now)
            if identifier in self._runs and self._runs[identifier].actor == actor:
                del self._runs[identifier]
                return
            if identifier in self._own and self._own[identifier].actor == actor:
                del self._own[identifier]
                return
        raise NotFound("There is no such practice, or it is over.")

    def _add(self, held: dict[str, _Entry[Held]], actor: str, one: Held, now: int) -> str:
        self._sweep(now)
        actors = [*(one.actor for one in self._runs.values()), *(one.actor for one in self._own.values())]
        if actors.count(actor) >= PRACTICE_EACH or len(actors) >= PRACTICE_MOST:
            raise RateLimited("Too much is practised at once.", remedy="End what you have begun.")
        identifier = secrets.token_hex(16)
        held[identifier] = _Entry(actor, now + PRACTICE_S, one)
        if self._timer is None:
            self._wait(PRACTICE_S, now)
        return identifier

    def _wait(self, seconds: int, now: int) -> None:
        """Have what is over dropped then, whether or not anybody practises until then."""
        self._timer = threading.Timer(seconds, self._drop, (now + seconds,))
        self._timer.daemon = True
        self._timer.start()

    def _drop(self, now: int) -> None:
        with self._lock:
            self._sweep(now)
            self._timer = None
            ends = [one.until for one in self._runs.values()] + [one.until for one in self._own.values()]
            if ends:
                self._wait(max(1, min(ends) - now), now)

    def _find(self, held: dict[str, _Entry[Held]], actor: str, identifier: str, now: int) -> _Entry[Held]:
        with self._lock:
            self._sweep(now)
            entry = held.get(identifier)
        if entry is None or entry.actor != actor:
            raise NotFound("There is no such practice, or it is over.", remedy="Begin another.")
        return entry

    def _sweep(self, now: int) -> None:
        for held in (self._runs, self._own):
            for identifier in [name for name, entry in held.items() if entry.until <= now]:
                del held[identifier]
