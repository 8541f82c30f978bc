"""An issuer's status lists: their URIs, and what is to be published in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moiety.credential.status import Status, StatusToken

if TYPE_CHECKING:
    from moiety.credential.places import Places


def list_uri(issuer_uri: str, number: int) -> str:
    """The URI of an issuer's status list; short, since every code carries it."""
    if issuer_uri.lower().startswith(("http://", "https://")):
        return f"{issuer_uri.rstrip('/')}/s/{number}"
    return f"{issuer_uri}:s:{number}"


def list_number(issuer_uri: str, uri: str) -> int | None:
    """The number in such a URI; None for another's."""
    stem = list_uri(issuer_uri, 0)[:-1]
    number = uri.removeprefix(stem)
    return int(number) if uri.startswith(stem) and number.isascii() and number.isdigit() else None


def known_statuses(register: Places, number: int, published: StatusToken | None) -> dict[int, int]:
    """What the register says of a list, and what was published before and the register does not know.

    They differ where the register was restored from a backup: a revocation made after it must not be undone.
    """
    held = register.statuses(number)
    statuses = dict(held)
    before = {} if published is None else published.statuses.not_valid()
    for index, value in before.items():
        if value == Status.REVOKED or not (index in held or register.knows(number, index)):
            statuses[index] = value
    return statuses
