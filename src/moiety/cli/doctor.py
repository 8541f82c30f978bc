"""Check this installation, and a home, and say what to do about what is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from moiety._version import __version__
from moiety.cli.main import exit_code
from moiety.cli.output import Output
from moiety.consent.settings import ConsentSettings
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import Tables
from moiety.decision.floor import require_floor
from moiety.decision.policy_file import home_policy
from moiety.errors import MoietyError
from moiety.keys import read_private, refuse_if_open_to_others
from moiety.models import entries, register_home, weights
from moiety.service.settings import DATABASE_FILE

_Check = tuple[str, Callable[[], str]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `moiety doctor`."""
    parser.add_argument("--home", metavar="DIR", help="a home to check too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace, out: Output) -> int:
    """Run `moiety doctor`: the exit code of the first thing that is wrong, or 0."""
    failure: MoietyError | None = None
    rows: list[dict[str, object]] = []
    for name, check in _checks(args.home):
        try:
            rows.append({"check": name, "ok": True, "text": check()})
        except MoietyError as error:
            failure = error if failure is None else failure
            rows.append({"check": name, "ok": False, "text": error.diagnostics()})
    if args.json:
        out.json({"ok": failure is None, "checks": rows})
        return 0 if failure is None else exit_code(failure)
    for row in rows:
        out.say(
            f"{'ok  ' if row['ok'] else 'FAIL'} {row['check']}: {row['text']}",
            "plain" if row["ok"] else "bad",
        )
    if failure is not None:
        raise type(failure)(
            f"{sum(not row['ok'] for row in rows)} of {len(rows)} checks failed.", remedy=failure.remedy
        )
    return 0


def _checks(home: str | None) -> Iterator[_Check]:
    yield "version", lambda: f"moiety {__version__}, Python {sys.version_info.major}.{sys.version_info.minor}"
    yield "models", lambda: _models(home)
    yield "calibration", lambda: ", ".join(one.name for one in Tables.shipped())
    if home is not None:
        yield "home", lambda: f"role {Home.open(home).role}"
        yield "trust", lambda: _trust(home)
        yield "policy", lambda: _policy(home)
        yield "consent", lambda: _consent(home)
        yield "site calibration", lambda: _site(home)
        yield "keys", lambda: _keys(home)
        yield "database", lambda: _database(home)


def _models(home: str | None) -> str:
    if home is not None:
        register_home(home)
    return ", ".join(f"{one.id} ({len(weights(one.id)):,} bytes)" for one in entries())


def _trust(home: str) -> str:
    bundle = TrustBundle.open(home).bundle
    return f"{len(bundle.issuers)} issuers, {len(bundle.groups)} group epochs"


def _consent(home: str) -> str:
    opened = Home.open(home)
    settings = ConsentSettings.open(opened.path, opened.issuer_uri or "this service")
    if not settings.stated:
        return "no consent.json: people read the issuer's address, and any purpose is taken"
    return f"{settings.controller.name}, {len(settings.purposes)} purposes"


def _keys(home: str) -> str:
    opened = Home.open(home)
    keys = [one for one in opened.keys.glob("*-*.pem") if one.is_file()]
    for file in keys:
        read_private(file)
    if opened.role != "issuer":
        opened.device_key()
    return f"{len(keys)} private keys, closed to others"


def _database(home: str) -> str:
    file = Path(home) / DATABASE_FILE
    if not file.exists():
        return "none in the home"
    refuse_if_open_to_others(file.stat(), file, holds="consents and operators")
    return f"{DATABASE_FILE}, closed to others"


def _policy(home: str) -> str:
    policy = home_policy(home)
    floors = TrustBundle.held(Home.open(home)).policies
    require_floor(policy, floors)
    told = f"; at least what the root asks for ({', '.join(sorted(floors))})" if floors else ""
    return f"FMR {policy.fmr:g}, liveness {policy.liveness}{told}"


def _site(home: str) -> str:
    shipped = {one.digest for one in Tables.shipped()}
    own = [one for one in Tables.of_home(home) if one.digest not in shipped]
    named = ", ".join(f"{one.name} (SHA-256 {one.digest[:16]})" for one in own)
    return named or "none of its own: the shipped tables count"
