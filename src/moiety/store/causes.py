"""Why a database cannot be used, from what its driver says; what the driver says itself is never repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import exc


@dataclass(frozen=True, slots=True)
class Cause:
    """A stable code for the log, what is wrong, and what to do."""

    code: str
    text: str
    remedy: str


GENERAL: Final = "The database is away, full, or too slow."

_STATES: Final = {
    "28P01": "password", "28000": "role", "3D000": "no-database", "53300": "too-many", "53100": "full",
    "57P03": "starting", "42501": "rights", "3F000": "schema", "42P01": "schema", "42703": "schema",
}  # fmt: skip
"""SQLSTATE to cause (PostgreSQL 15, appendix A)."""

_SAID: Final = (
    ("password authentication failed", "password"),
    ("no password supplied", "password"),
    ("pg_hba.conf", "role"),
    ("peer authentication failed", "role"),
    ("role ", "role"),
    ("database ", "no-database"),
    ("connection refused", "refused"),
    ("no such file or directory", "refused"),
    ("could not translate host name", "host"),
    ("failed to resolve host", "host"),
    ("name or service not known", "host"),
    ("connection timeout", "timeout"),
    ("timeout expired", "timeout"),
    ("too many clients", "too-many"),
    ("starting up", "starting"),
    ("no space left", "full"),
    ("disk is full", "full"),
    ("unable to open database file", "unopened"),
    ("readonly database", "readonly"),
    ("not a database", "damaged"),
    ("malformed", "damaged"),
    ("disk i/o error", "disk"),
    ("database is locked", "locked"),
    ("no such table", "schema"),
)
"""What libpq and SQLite say, in lower case, to cause. The first that fits counts."""

_ONLY_MISSING: Final = ("role ", "database ")
"""These words count only where the thing does not exist."""

_CAUSES: Final = {
    "password": ("The database refused the password.",
                 "Check the password file: libpq ignores it unless its mode is 0600."),
    "role": ("The database doesn't let this user in.", "Check the user in --database, and pg_hba.conf."),
    "no-database": ("There is no such database.", "Make it: createdb NAME; or check the name in --database."),
    "refused": ("Nothing answers at the database's address.",
                "Start the database, or check host and port in --database."),
    "host": ("The database's host name isn't known.", "Check the host in --database."),
    "timeout": ("The database didn't answer in time.", "Check that this machine can reach it."),
    "too-many": ("The database takes no more connections.",
                 "Raise max_connections, or run fewer processes."),
    "starting": ("The database is still starting.", "Try again in a moment."),
    "rights": ("The database's user may not do this.",
               "Let it make tables: GRANT CREATE, USAGE ON SCHEMA public TO the user."),
    "schema": ("The database holds other tables than Moiety's.", "Give it a database of its own."),
    "full": ("The database's disk is full.", "Make room, then start again."),
    "unopened": ("The database's file can't be opened.", "Check its folder, its owner and its mode (0600)."),
    "readonly": ("The database's file can't be written to.", "Check its owner and its mode."),
    "damaged": ("The database's file is damaged, or isn't SQLite.", "Restore it from its backup."),
    "disk": ("The disk refused.", "Check the disk under the database."),
    "locked": ("Another program holds the database.", "End it, or wait until it is done."),
}  # fmt: skip


def cause_of(error: BaseException) -> Cause | None:
    """The cause of a failure of SQLAlchemy or a driver; None where it is not one of these."""
    original = error.orig if isinstance(error, exc.DBAPIError) else None
    if original is None:
        return None
    state = getattr(original, "sqlstate", None) or ""
    code = _STATES.get(state) or _by_words(str(original).lower())
    return None if code is None else Cause(code, *_CAUSES[code])


def _by_words(said: str) -> str | None:
    for words, code in _SAID:
        if words in said and (words not in _ONLY_MISSING or "does not exist" in said):
            return code
    return None
