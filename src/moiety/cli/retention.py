"""Show the retention schedule, erase what is due, or check that nothing is overdue."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from moiety.cli.output import Output
from moiety.cli.stores import add_database, stored
from moiety.consent.settings import ConsentSettings
from moiety.credential.layout import Home
from moiety.errors import HomeError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety retention`."""
    actions = parser.add_subparsers(dest="action", required=True)
    show = actions.add_parser("show", help="the schedule that holds in this home", allow_abbrev=False)
    run_ = actions.add_parser("run", help="erase what is due, and prove it", allow_abbrev=False)
    check = actions.add_parser("check", help="fail if anything is overdue", allow_abbrev=False)
    for one in (show, run_, check):
        one.add_argument("--home", required=True, type=Path, metavar="DIR", help="the home")
        one.add_argument("--json", action="store_true", help="print JSON")
    for one in (run_, check):
        add_database(one)


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety retention`."""
    schedule = settings_of(args.home).schedule
    if args.action == "show":
        if args.json:
            out.json(schedule.to_json())
            return 0
        out.say(f"Laws: {', '.join(schedule.laws)}.")
        for item, rule in schedule.rules.items():
            out.say(f"  {item.value:<18} {rule.days:>5} days  {rule.source}")
        return 0
    from moiety.store import retention

    now = int(time.time())
    with stored(args.home, args.database) as store:
        if args.action == "run":
            done = retention.run(store, schedule, now)
            counts = {item.value: number for item, number in done.counts.items()}
            if args.json:
                out.json({"ended": done.ended, "shares": done.shares, "erased": counts})
            else:
                out.say(f"{done.ended} consents ended, and their codes were revoked.")
                out.say(f"{done.shares} shares of expired blind codes were deleted.")
                for name, number in counts.items():
                    out.say(f"  {name:<18} {number:>6} erased")
                out.say(
                    "Each erasure is an event; its proof is the commitment on the person's receipt.", "dim"
                )
            return 0
        with store.reading() as connection:
            late = {
                item.value: number for item, number in retention.overdue(connection, schedule, now).items()
            }
    if any(late.values()):
        told = ", ".join(f"{number} {item}" for item, number in late.items() if number)
        raise HomeError(f"Overdue: {told}.", remedy="Erase them: moiety retention run --home DIR.")
    if args.json:
        out.json({"overdue": late})
    else:
        out.say("Nothing is overdue.")
    return 0


def settings_of(place: Path) -> ConsentSettings:
    """The consent settings of a home.

    Raises:
        HomeError: no home. DocumentUnreadable, UsageError: its settings.
    """
    home = Home.open(place)
    return ConsentSettings.open(home.path, home.issuer_uri or "this service")
