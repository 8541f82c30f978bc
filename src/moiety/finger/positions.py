"""Which finger: the ten positions of ISO/IEC 19794-2:2005, table 2, and their names."""

from __future__ import annotations

from enum import IntEnum

from moiety.errors import UsageError


class FingerPosition(IntEnum):
    """A finger of a hand; the numbers are those of ISO/IEC 19794-2:2005, table 2."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10

    @property
    def label(self) -> str:
        """The name for people and command lines, such as "right-index"."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of_label(cls, label: str) -> FingerPosition:
        """The position of a name such as "right-index".

        Raises:
            UsageError: no finger has that name.
        """
        known = {one.label: one for one in cls if one is not cls.UNKNOWN}
        if label not in known:
            raise UsageError(f"No finger is called {label!r}.", remedy=f"Name one of: {', '.join(known)}.")
        return known[label]
