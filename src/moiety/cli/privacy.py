"""Write the impact assessment that this configuration can write about itself."""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from moiety._version import __version__
from moiety.cli.output import Output
from moiety.cli.retention import settings_of
from moiety.cli.stores import add_database, stored
from moiety.consent.assessment import OPEN, Facts, assess
from moiety.consent.settings import ConsentSettings
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import Tables
from moiety.decision.policy import REQUIREMENTS
from moiety.decision.policy_file import home_policy
from moiety.errors import HomeError
from moiety.files import write_atomically
from moiety.models import entries, register_home

if TYPE_CHECKING:
    from moiety.consent.assessment import Numbers

_DAY_S = 86_400


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety privacy`."""
    actions = parser.add_subparsers(dest="action", required=True)
    report = actions.add_parser("report", help="write the assessment, in Markdown", allow_abbrev=False)
    report.add_argument("--home", required=True, type=Path, metavar="DIR", help="the home")
    report.add_argument("--out", required=True, type=Path, metavar="FILE", help="where to write it")
    add_database(report)


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety privacy report`."""
    text = assess(gather(args.home, args.database, int(time.time())))
    write_atomically(args.out, text.encode())
    out.say(f"Written to {args.out}: {text.count(OPEN)} points are open, and yours to fill in.")
    return 0


def gather(place: Path, database: str | None, now: int) -> Facts:
    """What a home's configuration, and its service's database if there is one, know of themselves.

    Raises:
        HomeError, TrustRefused: the home cannot be used.
        StoreUnavailable: a database was named, and is away.
    """
    home = Home.open(place)
    settings = settings_of(place)
    register_home(place)
    policy = home_policy(place)
    required = next(name for name, made in REQUIREMENTS.items() if made() == policy.require)
    trust = TrustBundle.held(home)
    return Facts(
        version=__version__,
        now=now,
        role=home.role,
        issuer=home.issuer_uri,
        settings=settings,
        fmr=policy.fmr,
        liveness=policy.liveness,
        require=required,
        status_age_days=policy.max_status_age_s / _DAY_S,
        tables=[(one.name, one.counts["people"], one.counts["comparisons"]) for one in Tables.of_home(place)],
        models=[(one.id, one.licence, one.source) for one in entries()],
        groups=[(one.name, one.expires, one.key.key_id in trust.group_key_ids) for one in trust.groups],
        database=_kind(place, database),
        core_dumps_off=_core_dumps_off(),
        numbers=_numbers(place, database, settings, now),
    )


def _core_dumps_off() -> bool:
    """Whether this process may not leave a core dump; where the system cannot say, it counts as not so."""
    try:
        import resource
    except ImportError:
        return False
    return resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def _kind(place: Path, database: str | None) -> str | None:
    if database is not None:
        return "postgresql" if database.startswith("postgres") else "sqlite"
    return "sqlite" if (place / "service.sqlite3").is_file() else None


def _numbers(place: Path, database: str | None, settings: ConsentSettings, now: int) -> Numbers | None:
    with contextlib.ExitStack() as stack:
        try:
            store = stack.enter_context(stored(place, database))
        except HomeError:
            return None  # no service yet: there is nothing to count
        from moiety.store import numbers

        with store.reading() as connection:
            return numbers.count(connection, settings.schedule, now)
