"""The service beside the bare engine, on the same pictures in the same run; its tail, and its memory.

    python -m benchmarks.service [--rounds 4] [--seconds 15] [--count 10000] [--processes 2]

The service runs as `deploy/compose.yaml` has it: two processes over one PostgreSQL, with one capture thread a
core each. Two clients in another process verify through HTTP: begin, then complete, with a picture (no
liveness: the least work that a verification can have, so that what the service adds weighs most). In place of
a balancer, connections go to the processes by turns. The bare engine is `moiety.verify` in as many threads,
one a request. The two take turns in short rounds. The database runs without fsync, as the tests' does. Prints
one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import cycle
from pathlib import Path
from typing import Any

import cv2

from moiety.consent import Consent
from moiety.credential.check import check, open_contents
from moiety.credential.code import Credential
from moiety.credential.home import create_home
from moiety.credential.issuer import Issuer
from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import Tables
from moiety.decision.policy import Policy
from moiety.enrolment import enrol
from moiety.verification import verify

ROOT = Path(__file__).parents[1]
CORES = len(os.sched_getaffinity(0))
CLIENTS = 2
PORT = 8799
PER_CODE = 9  # the service allows ten ceremonies a code in a quarter of an hour
FACES = ("lisa/3", "lisa/4", "london/101/neutral", "london/139/smiling")


def database_server(folder: Path) -> Any:
    """A throw-away PostgreSQL, as the tests start it; a package on the way is called `tests` as well."""
    ours = types.ModuleType("tests")
    ours.__path__ = [str(ROOT / "tests")]
    sys.modules["tests"] = ours
    module = importlib.import_module("tests.databases")
    return module.Server(module.PLACES[0], folder)


def picture(name: str) -> bytes:
    """A packaged face."""
    return files("moiety.demo").joinpath("faces", f"{name}.jpg").read_bytes()


def codes(home: Path, count: int) -> list[str]:
    """So many codes of one person, issued in this home."""
    issuer = Issuer.open(home)
    consent = Consent.given("benchmark of the service")
    first = enrol(face=[picture("lisa/1"), picture("lisa/2")], consent=consent, issuer=issuer)
    trust = TrustBundle.open(home)
    inside = open_contents(check(first, trust), trust, None)
    return [first.text, *(issuer.issue(inside).text for _ in range(count - 1))]


def bare(home: Path, code: str, seconds: float) -> float:
    """Verifications a second of the bare engine, one thread a request."""
    trust, tables, policy = TrustBundle.open(home), Tables.of_home(home), Policy(liveness="none")
    pictures = [picture(name) for name in FACES]

    def one(number: int) -> None:
        verify(
            credential=Credential.from_text(code),
            face=pictures[number % len(pictures)],
            trust=trust,
            policy=policy,
            tables=tables,
        )

    return len(timed(lambda: one, seconds=seconds)) / seconds


def timed(
    make: Callable[[], Callable[[int], Any]], *, seconds: float = 0, count: int = 0, clients: int = CLIENTS
) -> list[float]:
    """How long each call took, of so many threads, for a time or a number of calls in all."""
    taken: list[float] = []
    lock, number = threading.Lock(), iter(range(10**9))
    until = time.perf_counter() + (seconds if seconds else 10**9)

    def run() -> None:
        call = make()
        while time.perf_counter() < until:
            with lock:
                this = next(number)
            if count and this >= count:
                return
            begun = time.perf_counter()
            call(this)
            done = time.perf_counter()
            if done <= until:
                with lock:
                    taken.append(done - begun)

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return taken


class Remote:
    """Clients of the service. Each code is used as often as the service allows.

    They share the cores with what is measured, as clients elsewhere do not: so they do no more than a socket
    asks for. What they send is written out beforehand, save the nonce.
    """

    def __init__(self, token: str, known: list[str], ports: list[int]) -> None:
        self._token = token
        self._ports = cycle(ports)
        self._codes: Iterator[str] = (code for code in known for _ in range(PER_CODE))
        self._faces = cycle([_field("face", picture(name), name="now.jpg") for name in FACES])
        self._lock = threading.Lock()

    def client(self) -> Callable[[int], None]:
        """One client with a connection of its own."""
        with self._lock:
            port = next(self._ports)
        connection = socket.create_connection(("localhost", port), timeout=60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = connection.makefile("rb")

        def post(path: str, kind: str, *body: bytes) -> tuple[int, Any]:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {self._token}\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {sum(map(len, body))}\r\n\r\n"
            )
            connection.sendall(b"".join([head.encode(), *body]))
            status, length = int(answers.readline().split()[1]), 0
            while (line := answers.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split()[1])
            return status, json.loads(answers.read(length))

        def call(_: int) -> None:
            with self._lock:
                code, face = next(self._codes), next(self._faces)
            status, begun = post("/v1/verifications", "application/json", json.dumps({"code": code}).encode())
            assert status == 201, begun
            text = _field("nonce", begun["nonce"].encode()) + _field("code", code.encode())
            path = f"/v1/verifications/{begun['ceremony']}/complete"
            status, done = post(path, f"multipart/form-data; boundary={BOUNDARY}", text, face, _END)
            assert status == 200, done
            assert done["outcome"] in ("accept", "reject"), done
            assert done["ledger"]["proof"] is not None, done

        return call


def _field(field: str, value: bytes, *, name: str | None = None) -> bytes:
    """One part of a form, or a file of it."""
    told = "" if name is None else f'; filename="{name}"\r\nContent-Type: image/jpeg'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{told}\r\n\r\n'
    return head.encode() + value + b"\r\n"


BOUNDARY = "7d1f0c5e"
_END = f"--{BOUNDARY}--\r\n".encode()


class Spent:
    """Processor time, of processes with the children that they have now or had; in milliseconds."""

    def __init__(self, **processes: list[int]) -> None:
        self._processes = processes
        self._begun = {name: sum(map(_cpu_ms, pids)) for name, pids in processes.items()}

    def per(self, count: int) -> dict[str, float]:
        """What each has spent since, for each of so many verifications."""
        now = {name: sum(map(_cpu_ms, pids)) for name, pids in self._processes.items()}
        return {name: round((now[name] - self._begun[name]) / count, 2) for name in now}


def _cpu_ms(pid: int) -> float:
    with Path(f"/proc/{pid}/stat").open() as file:
        fields = file.read().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) * 1000 / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(_cpu_ms(int(child)) for child in children) if pid != os.getpid() else own


def serve(home: Path, database: str, port: int) -> None:
    """One process of the service."""
    from moiety.service.app import create_app
    from moiety.service.listening.server import server_of
    from moiety.service.memory import give_back
    from moiety.service.roles import Role
    from moiety.service.settings import Settings
    from moiety.service.tokens import Token
    from moiety.store import operators
    from moiety.store.operators import Client

    give_back()  # as `moiety serve` does
    settings = Settings(
        home=home,
        origin=f"http://localhost:{PORT}",
        database=database,
        unsafe_no_liveness=True,
        workers=CORES,
    )
    app = create_app(settings)
    token, now = Token.new(), int(time.time())
    if port == PORT:
        with app.state.moiety.store.begin() as connection:
            client = Client(
                "0" * 32, "benchmark", Role.VERIFIER.value, now, now + 86_400, None, captures=True
            )
            operators.add_client(connection, client, token.hash)
        (home / "token").write_text(token.text)
    with socket.create_server(("localhost", port)) as listener:
        server_of(app, settings.proxies).run(sockets=[listener])


def started(home: Path, database: str, port: int) -> subprocess.Popen[bytes]:
    """A process of the service that answers."""
    command = [sys.executable, "-m", "benchmarks.service", "--serve", str(home), database, str(port)]
    process = subprocess.Popen(command)
    for _ in range(1800):
        time.sleep(0.1)
        with contextlib.suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
            return process
    raise TimeoutError(port)


def memory_mb(pids: list[int]) -> float:
    """Resident memory of some processes together."""
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return round(sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024, 1)


def measure(
    home: Path, remote: Remote, code: str, processes: dict[str, list[int]], args: argparse.Namespace
) -> dict[str, Any]:
    """The rounds, and then the long run."""
    bare(home, code, 2)
    timed(remote.client, count=20)
    alone = timed(remote.client, count=60, clients=1)
    rounds, under_load = [], []
    for _ in range(args.rounds):
        spent = Spent(engine=[os.getpid()])
        engine = bare(home, code, args.seconds)
        of_engine = spent.per(round(engine * args.seconds))
        spent = Spent(clients=[os.getpid()], **processes)
        taken = timed(remote.client, seconds=args.seconds)
        under_load += taken
        each = {
            "engine_per_s": round(engine, 2),
            "service_per_s": round(len(taken) / args.seconds, 2),
            "cpu_ms_a_verification": {**of_engine, **spent.per(len(taken))},
        }
        rounds.append(each)
        print(json.dumps(each), file=sys.stderr)
    ratio = statistics.median(one["service_per_s"] / one["engine_per_s"] for one in rounds)
    median = statistics.median(alone)
    p95 = statistics.quantiles(under_load, n=20)[-1]
    held = [memory_mb(processes["service"])]
    for _ in range(10):
        timed(remote.client, count=args.count // 10)
        held.append(memory_mb(processes["service"]))
    return {
        "cores": CORES,
        "clients": CLIENTS,
        "processes": args.processes,
        "rounds": rounds,
        "service_of_engine": round(ratio, 3),
        "target_service_of_engine": 0.85,
        "median_unloaded_ms": round(median * 1000, 1),
        "p95_ms": round(p95 * 1000, 1),
        "p95_of_median": round(p95 / median, 2),
        "target_p95_of_median": 3,
        "verifications_for_memory": 10 * (args.count // 10),
        "memory_mb": held,
        "memory_growth_after_first_tenth_mb": round(held[-1] - held[1], 1),
    }


def main() -> None:
    """Set everything up, measure, print, clear away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--serve", nargs=3, metavar=("HOME", "DATABASE", "PORT"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(Path(args.serve[0]), args.serve[1], int(args.serve[2]))
        return
    cv2.setNumThreads(1)
    folder = Path(tempfile.mkdtemp(prefix="moiety-bench-"))
    database = Path(tempfile.mkdtemp(prefix="moiety-pg-"))
    server = database_server(database)
    running: list[subprocess.Popen[bytes]] = []
    try:
        home = folder / "home"
        create_home(home, issuer_uri="https://issuer.example.org/")
        needed = args.count + int(args.rounds * args.seconds * 60 * CORES) + 200
        known = codes(home, needed // PER_CODE + 1)
        name, ports = server.new_database(), [PORT + number for number in range(args.processes)]
        running += [started(home, name, port) for port in ports]
        processes = {"service": [one.pid for one in running], "database": [server.pid]}
        remote = Remote((home / "token").read_text(), known, ports)
        print(json.dumps(measure(home, remote, known[-1], processes, args), indent=2))
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(20)
        server.stop()
        shutil.rmtree(database, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
