"""A million entries appended durably on SQLite and PostgreSQL, proofs, and two processes against one.

python -m benchmarks.ledger [--entries 1000000] [--group 1000] [--only sqlite|postgresql] [--folder DIR]

PostgreSQL is started for the run with its defaults, so that every commit is on the disk before it is told
(fsync and synchronous_commit are on); SQLite runs as the store always opens it (WAL, synchronous = FULL). The
log is checked at the end by tests/ledger/plain.py, which shares no code with what is measured.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import pwd
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from moiety.keys import SigningKey
from moiety.store import Store, open_store
from moiety.store.events import record, record_all
from moiety.store.ledger import Log, proven, sequence, sequence_all
from moiety.store.ledger_reading import head_of, prove
from moiety.store.migrate import upgrade
from moiety.store.tables.events import events
from moiety.store.tables.status import places

LOG: Final = Log("bench.example/log", SigningKey.from_seed(bytes(32)))
PLACES: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
PROOFS: Final = 500
SECONDS: Final = 15.0


def plain_verifier() -> Any:
    """tests/ledger/plain.py: another package in an environment may be called `tests` as well."""
    file = Path(__file__).parents[1] / "tests" / "ledger" / "plain.py"
    spec = importlib.util.spec_from_file_location("plain", file)
    if spec is None or spec.loader is None:
        raise SystemExit("The plain verifier is missing: run this from the repository.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A PostgreSQL with its own defaults; the URL of an empty database."""
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    who: dict[str, Any] = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}
    place = Path(tempfile.mkdtemp(prefix="moiety-pg-", dir=folder))
    if account is not None:
        folder.chmod(0o755)
        os.chown(place, account.pw_uid, account.pw_gid)
    quiet: dict[str, Any] = {"cwd": place, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    data = str(place / "data")
    make = [str(PLACES[0] / "initdb"), "-D", data, "-U", "moiety", "-A", "trust", "-E", "UTF8"]
    subprocess.run(make, check=True, **quiet, **who)
    start = [str(PLACES[0] / "postgres"), "-D", data, "-k", str(place), "-c", "listen_addresses="]
    running = subprocess.Popen(start, **quiet, **who)
    try:
        url = f"postgresql://moiety@/postgres?host={place}"
        for _ in range(200):
            try:
                with sa.create_engine(url.replace("postgresql", "postgresql+psycopg")).connect():
                    break
            except sa.exc.OperationalError:
                time.sleep(0.05)
        yield url
    finally:
        running.send_signal(signal.SIGINT)  # not waiting for connections
        running.wait(30)
        shutil.rmtree(place, ignore_errors=True)


def append(store: Store, entries: int, group: int) -> dict[str, float]:
    """Record and sequence `entries` events, `group` a transaction: events first, then their places."""
    begun = time.perf_counter()
    recording = 0.0
    for start in range(0, entries, group):
        one = time.perf_counter()
        with store.begin() as connection:
            told = [("verified", {"n": number}) for number in range(start, min(start + group, entries))]
            record_all(connection, told, 1_790_000_000)
        recording += time.perf_counter() - one
        sequence(store, LOG, now=1_790_000_000)
    sequence_all(store, LOG, now=1_790_000_000)
    spent = time.perf_counter() - begun
    return {
        "seconds": round(spent, 1),
        "entries_a_second": round(entries / spent),
        "seconds_recording": round(recording, 1),
    }


def proofs(store: Store) -> dict[str, float]:
    """How long the proof of a random event takes, read from the store."""
    with store.reading() as connection:
        size = connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
        chance = random.Random(6962)
        leaves = [chance.randrange(size) for _ in range(PROOFS)]
        wanted = sa.select(events.c.event_id).where(events.c.leaf.in_(leaves))
        identifiers = connection.execute(wanted).scalars().all()
    times = []
    for one in identifiers:
        begun = time.perf_counter()
        prove(store, bytes(one))
        times.append(1000 * (time.perf_counter() - begun))
    times.sort()
    return {
        "median_ms": round(statistics.median(times), 2),
        "p99_ms": round(times[int(0.99 * len(times))], 2),
    }


def checked(store: Store) -> dict[str, object]:
    """The root over all entries by the plain verifier, against the one that was signed."""
    with store.reading() as connection:
        rows = connection.execute(sa.select(events.c.commitment).order_by(events.c.leaf))
        entries = [bytes(row.commitment) for row in rows]
        head = head_of(connection)
    plain = plain_verifier()
    size, root = plain.checkpoint(head.note.encode(), LOG.verifier.key.public) if head else (0, b"")
    return {"entries": size, "plain_verifier_agrees": plain.root_of_many(entries) == root}


def work(url: str, until: float) -> int:
    """What a verification leaves behind, the engine aside: status, event, place, proof, signature."""
    store, device, done = open_store(url), SigningKey.generate(), 0
    while time.time() < until:
        with store.begin() as connection:
            where = (places.c.list == 1) & (places.c.place == done % 1000)
            status = connection.execute(sa.select(places.c.status).where(where)).scalar()
            event = record(connection, "verified", {"status": status, "n": done}, 1_790_000_000)
        proof = proven(store, LOG, event, now=1_790_000_000)
        device.sign(proof.encode())
        done += 1
    store.close()
    return done


def processes(url: str) -> dict[str, object]:
    """Receipts a second with one, two and four processes on one PostgreSQL."""
    store = open_store(url)
    upgrade(store)
    with store.begin() as connection:
        rows = [{"list": 1, "place": one, "cti": None, "expires": None, "status": 0} for one in range(1000)]
        connection.execute(places.insert(), rows)
    result: dict[str, object] = {}
    rates: dict[int, float] = {}
    for count in (1, 2, 4):
        until = time.time() + 3 + SECONDS
        command = [sys.executable, "-m", "benchmarks.ledger", "--work", url, "--until", str(until)]
        begun = until - SECONDS
        running = [
            subprocess.Popen([*command, "--begin", str(begun)], stdout=subprocess.PIPE) for _ in range(count)
        ]
        done = sum(int(one.communicate()[0]) for one in running)
        rates[count] = done / SECONDS
        result[f"receipts_a_second_{count}"] = round(rates[count], 1)
    result["two_against_one"] = round(rates[2] / rates[1], 2)
    result |= checked(store)
    store.close()
    return result


def measure(url: str, entries: int, group: int) -> dict[str, object]:
    """All that is measured on one database."""
    store = open_store(url)
    upgrade(store)
    told: dict[str, object] = {**append(store, entries, group)}
    told["proof"] = proofs(store)
    told |= checked(store)
    store.close()
    return told


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--group", type=int, default=1000)
    parser.add_argument("--only", choices=("sqlite", "postgresql", "processes"))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--begin", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        time.sleep(max(0.0, args.begin - time.time()))
        print(work(args.work, args.until))
        return
    report: dict[str, object] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(dir=args.folder, prefix="moiety-ledger-") as name:
        folder = Path(name)
        if args.only in (None, "sqlite"):
            report["sqlite"] = measure(f"sqlite:///{folder / 'bench.sqlite3'}", args.entries, args.group)
        if args.only in (None, "postgresql"):
            with server(folder) as url:
                report["postgresql"] = measure(url, args.entries, args.group)
        if args.only in (None, "processes"):
            with server(folder) as url:
                report["processes"] = processes(url)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
