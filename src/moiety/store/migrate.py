"""Bringing a store to the newest shape: Alembic's migrations, whole or not at all, one process at a time."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from moiety.errors import StoreUnavailable
from moiety.store.engine import Store
from moiety.store.tables import metadata

_FOLDER: Final = Path(__file__).parent / "migrations"


def upgrade(store: Store) -> None:
    """Make or change the tables, as far as this version knows.

    Raises:
        StoreUnavailable: the database is away, or of a newer version than this.
    """
    script = _script()
    with store.begin() as connection:
        store.lock(connection, "moiety/migrate")
        _require_known(connection, script)

        def steps(revision: Any, _: MigrationContext) -> Any:
            return script._upgrade_revs("head", revision)

        with EnvironmentContext(Config(), script, fn=steps, destination_rev="head") as environment:
            environment.configure(connection=connection, target_metadata=metadata)
            environment.run_migrations()


def is_current(store: Store) -> bool:
    """Whether the tables are those of this version.

    Raises:
        StoreUnavailable: the database is away.
    """
    with store.reading() as connection:
        return set(_heads(connection)) == _newest()


@cache
def _newest() -> frozenset[str]:
    return frozenset(_script().get_heads())


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def _heads(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


def _require_known(connection: Connection, script: ScriptDirectory) -> None:
    known = {one.revision for one in script.walk_revisions()}
    if not set(_heads(connection)) <= known:
        raise StoreUnavailable(
            "The database is of a newer version of Moiety than this one.",
            remedy="Run the newer version; a database is never taken back.",
        )
