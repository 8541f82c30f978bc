"""The open connections: how many in all and from one address, how long each may take, and which gives way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from moiety.service.listening import parameters as p


def _nothing() -> None:
    pass


def _never() -> bool:
    return False


class Seat:
    """One connection's place.

    Attributes:
        subject: whose it is, as limits count it.
        cut: ends the connection at once.
        spare: asked when the time is over; True grants as much again, because there was progress.
    """

    __slots__ = ("_allowed_s", "_seats", "cut", "due", "since", "spare", "subject", "waits")

    def __init__(self, seats: Seats, subject: str) -> None:
        self._seats = seats
        self.subject = subject
        self.cut: Callable[[], object] = _nothing
        self.spare: Callable[[], bool] = _never
        self.wait(p.HEAD_S)

    def wait(self, seconds: float) -> None:
        """The connection waits for its peer, so long at most; where there are too many, it may give way."""
        self.waits, self.since, self._allowed_s = True, self._seats.clock(), seconds
        self.due: float | None = self.since + seconds

    def work(self) -> None:
        """The peer waits for us: the connection stays."""
        self.waits, self.due = False, None

    def leave(self) -> None:
        """The connection has ended."""
        self._seats.give_back(self)

    def expire(self, now: float) -> None:
        """End the connection if its time is over and nothing has moved."""
        if self.due is None or now < self.due:
            return
        if self.spare():
            self.due = now + self._allowed_s
            return
        self.drop()

    def drop(self) -> None:
        """End the connection."""
        self.leave()
        self.cut()


class Seats:
    """All connections of one process."""

    def __init__(
        self,
        most: int,
        *,
        from_one: int = p.FROM_ONE_ADDRESS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most: Final = most
        self._from_one: Final = from_one
        self.clock: Final = clock
        self._by: dict[str, dict[Seat, None]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def take(self, subject: str, *, unlimited: bool = False) -> Seat | None:
        """A place for a new connection; None where all are taken and none that only waits can give way.

        Where the places of one address or of the process run out, the connection that has waited longest for
        its peer ends: one that sends nothing, or half a request, never keeps anybody else out. `unlimited` is
        for trusted proxies, which speak for many.
        """
        own = self._by.get(subject, {})
        if not unlimited and len(own) >= self._from_one and not _make_way(own):
            return None
        if self._count >= self._most and not self._make_way_anywhere():
            return None
        seat = Seat(self, subject)
        self._by.setdefault(subject, {})[seat] = None
        self._count += 1
        return seat

    def give_back(self, seat: Seat) -> None:
        """A connection has ended; saying so twice does no harm."""
        own = self._by.get(seat.subject)
        if own is None or seat not in own:
            return
        del own[seat]
        self._count -= 1
        if not own:
            del self._by[seat.subject]

    def sweep(self) -> None:
        """End the connections whose time is over."""
        now = self.clock()
        for seat in [one for own in self._by.values() for one in own]:
            seat.expire(now)

    def _make_way_anywhere(self) -> bool:
        """Of the address with the most connections first."""
        return any(_make_way(own) for own in sorted(self._by.values(), key=len, reverse=True))


def _make_way(seats: Iterable[Seat]) -> bool:
    longest = min((one for one in seats if one.waits), key=lambda one: one.since, default=None)
    if longest is None:
        return False
    longest.drop()
    return True
