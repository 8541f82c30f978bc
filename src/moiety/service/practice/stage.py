"""The stage: runs of scenarios and own faces under practice, in this process's memory, each gone in time.

Nothing of it touches the store, the home, the trust or the device key. A restart forgets it all.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from moiety.credential.code import Credential
from moiety.decision.decision import Decision
from moiety.decision.policy import Policy
from moiety.errors import NotFound, RateLimited
from moiety.image import Image, load
from moiety.practice import Realm, Run
from moiety.practice.scenario import Scenario
from moiety.presence import LiveCapture, Watch
from moiety.service.parameters import PRACTICE_EACH, PRACTICE_MOST, PRACTICE_S
from moiety.verification import verify

_DAY_S: Final = 86_400
Held = TypeVar("Held")


@dataclass(slots=True, eq=False)
class Own:
    """An operator's own face under practice: a realm of its own, its one code, and the picture in use."""

    realm: Realm
    credential: Credential = field(repr=False)
    nonce: bytes = field(repr=False)
    last: Image | None = field(default=None, repr=False)

    def compare(self, face: bytes | None, live: LiveCapture | Watch | None, fresh: bytes) -> Decision:
        """Compare a capture with the own code: with liveness where frames came, else without.

        Raises:
            InputError, UsageError: nothing was compared.
        """
        self.nonce = fresh
        policy = Policy(liveness="none") if live is None else Policy()
        picture = None if face is None else load(face)
        decision = verify(
            credential=self.credential, face=picture, live=live, trust=self.realm.trust(),
            policy=policy, now=self.realm.now,
        )  # fmt: skip
        self.last = picture
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

    def begin_own(self, actor: str, faces: list[bytes], now: int) -> tuple[str, Own]:
        """Enrol somebody's own face into a realm of its own.

        Raises:
            InputError, CaptureRefused, UsageError: as an enrolment.
            RateLimited: too much under way.
        """
        realm = Realm(now)
        made = realm.enrol([load(one) for one in faces])
        own = Own(realm, made, secrets.token_bytes(32))
        with self._lock:
            return self._add(self._own, actor, own, now), own

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
        return identifier

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
