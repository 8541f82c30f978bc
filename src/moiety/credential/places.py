"""What an issuer asks of its register: places in status lists, and what each says of its code.

Two keep them: a file in the home (`register`), and the database of a service (`store.places`), where several
processes issue and revoke at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from moiety.credential.status import Status


@dataclass(frozen=True, slots=True)
class Place:
    """A code's place: the number of its list, its index there, and its status."""

    number: int
    index: int
    status: Status


class Places(Protocol):
    """An open register."""

    def alone(self) -> AbstractContextManager[None]:
        """Hold it against other processes; what is written inside is kept whole or not at all."""
        ...

    def reserve(self) -> Place:
        """A random free place, kept from now on."""
        ...

    def assign(self, place: Place, cti: bytes, expires: int) -> None:
        """Record which code has the place."""
        ...

    def find(self, cti: bytes) -> Place | None:
        """The place of the code with this identifier."""
        ...

    def adopt(self, number: int, index: int, cti: bytes, expires: int) -> Place:
        """Take over a code that this issuer signed but the register does not know."""
        ...

    def set_status(self, place: Place, status: Status) -> bool:
        """Record a status; False for a revoked code: that is for good."""
        ...

    def statuses(self, number: int) -> dict[int, int]:
        """All places of a list that are not valid: index to status."""
        ...

    def knows(self, number: int, index: int) -> bool:
        """Whether the place was given to a code."""
        ...

    def lists(self) -> list[int]:
        """The numbers of the lists begun."""
        ...

    def published(self, number: int, issued: int, show: Callable[[], None]) -> None:
        """A list was signed as of `issued` (UTC seconds). `show` puts it into the home's trust: not before
        what it says is kept.
        """
        ...


OpenPlaces = Callable[[], AbstractContextManager[Places]]
"""Opens the register for one change; what is done inside is kept at its end."""
