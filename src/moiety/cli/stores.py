"""The service's database, as commands beside `serve` open it: only if it is there already."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from moiety.errors import HomeError, UsageError

if TYPE_CHECKING:
    from moiety.store import Store


def add_database(parser: argparse.ArgumentParser) -> None:
    """Declare `--database`."""
    parser.add_argument(
        "--database",
        metavar="URL",
        help="the service's database, where it is not the file in the home: postgresql://USER@HOST/NAME",
    )


@contextlib.contextmanager
def stored(home: Path, database: str | None) -> Iterator[Store]:
    """The store of a home's service, brought to this version's shape.

    Raises:
        UsageError: the service's libraries are not installed, or a URL that is none.
        HomeError: no service ran here yet.
        StoreUnavailable: the database is away.
    """
    try:
        from moiety.service.settings import DATABASE_FILE
        from moiety.store import open_store
        from moiety.store.migrate import upgrade
    except ImportError as error:
        raise UsageError(
            "The service's libraries are not installed.", remedy="Install them: pip install 'moiety[serve]'."
        ) from error
    file = home / DATABASE_FILE
    if database is None and not file.is_file():
        raise HomeError(
            "There is no service's database in this home.",
            remedy="Start the service once (moiety serve), or name its database: --database URL.",
        )
    store = open_store(f"sqlite:///{file}" if database is None else database)
    try:
        upgrade(store)
        yield store
    finally:
        store.close()
