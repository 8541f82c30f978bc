"""The wall between practice and life: whose issuers are practice issuers, and that the two never meet.

A practice issuer has a URI that no home can have. A bundle names practice issuers alone, or none; one that
names them is kept in no home; and a code is checked only against trust of its own side.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from moiety.errors import LiveCode, PracticeCode, TrustRefused

PRACTICE: Final = "urn:moiety:practice"
"""What the URI of every practice issuer begins with."""


def is_practice(uri: str) -> bool:
    """Whether an issuer's URI is that of a practice issuer."""
    return uri == PRACTICE or uri.startswith(f"{PRACTICE}:")


def side_of(uris: Iterable[str]) -> bool | None:
    """Whether issuers are practice issuers; None where there are none.

    Raises:
        TrustRefused: some are, and some are not.
    """
    sides = {is_practice(uri) for uri in uris}
    if len(sides) > 1:
        raise TrustRefused("The trust bundle mixes practice issuers with others.")
    return sides.pop() if sides else None


def refuse_practice(uris: Iterable[str]) -> None:
    """Keep practice trust out of a home.

    Raises:
        TrustRefused: an issuer of the practice range is among these.
    """
    if any(is_practice(uri) for uri in uris):
        raise TrustRefused("This trust is of the practice range; no home keeps it.")


def require_same_side(issuer: str, trusted: Iterable[str]) -> None:
    """Refuse a code from the other side of the wall.

    Raises:
        PracticeCode: a practice code, where the trust is not of the practice range.
        LiveCode: any other code, where it is.
    """
    practice = bool(side_of(trusted))
    if is_practice(issuer) and not practice:
        raise PracticeCode("This is a code of the practice range.")
    if practice and not is_practice(issuer):
        raise LiveCode("This is a person's code, and this is the practice range.")
