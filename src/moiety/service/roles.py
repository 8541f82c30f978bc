"""The four roles. None of them can read a template: no route returns one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from moiety.errors import RequestMalformed


class Role(StrEnum):
    """What an operator or an API client may do."""

    ENROLLER = "enroller"
    VERIFIER = "verifier"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


def encode(roles: Iterable[Role]) -> str:
    """Roles as the store keeps them: their names, sorted, with spaces between."""
    return " ".join(sorted({one.value for one in roles}))


def decode(text: str) -> frozenset[Role]:
    """Roles from the store; a name that this version does not know gives nothing."""
    known = {one.value: one for one in Role}
    return frozenset(known[name] for name in text.split() if name in known)


def of_client(text: str) -> frozenset[Role]:
    """An API client's roles from the store. None is an administrator, even if an earlier version let it."""
    return decode(text) - {Role.ADMINISTRATOR}


def require_some(roles: Iterable[Role]) -> frozenset[Role]:
    """At least one role.

    Raises:
        RequestMalformed: none.
    """
    given = frozenset(roles)
    if not given:
        raise RequestMalformed("At least one role is needed.")
    return given
