"""The clock floor: a machine's clock cannot be earlier than the newest thing it holds that carries a date."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from moiety.credential.trust_parameters import CLOCK_TOLERANCE_S
from moiety.errors import ClockSetBack


def seconds(now: int | None) -> int:
    """`now` as given (UTC seconds), or the machine's clock."""
    return int(time.time()) if now is None else now


def require_not_before(floor: int, now: int) -> None:
    """Refuse a clock that is earlier than `floor`, the newest signed date that this home has seen.

    Set back, it would let an expired code or a stale status list pass. Clocks of two machines may differ by
    `CLOCK_TOLERANCE_S`.

    Raises:
        ClockSetBack: it is earlier by more than that.
    """
    if now + CLOCK_TOLERANCE_S < floor:
        raise ClockSetBack(
            f"This machine's clock says {day(now)}, but it holds a list or bundle of {day(floor)}: the clock "
            "is behind now, or it was ahead when that was signed.",
            remedy="Compare the clock with another one. If it is behind, set it right. If it is right, it "
            "was ahead before: where the root key is, run moiety trust renew --home DIR --clock-was-ahead, "
            "and import the new bundle at every verifier that took in the old one.",
        )


def day(moment: int) -> str:
    """A moment (UTC seconds) for people: date and minute in UTC."""
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return f"second {moment}"
