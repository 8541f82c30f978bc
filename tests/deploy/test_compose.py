"""The services of deploy/compose.yaml, started by hand from their commands: a credential lives its life."""

from __future__ import annotations

import configparser
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest
import yaml  # type: ignore[import-untyped]
from tests import programs
from tests.conftest import ISSUER, Picture
from tests.databases import PLACES, Server
from tests.store.test_consents import agreed

from moiety.consent.secret import new_secret, secret_hash
from moiety.credential.home import create_home
from moiety.service import roles, tokens
from moiety.service.roles import Role
from moiety.store import consents, open_store, operators
from moiety.store.operators import Client
from moiety.store.tables.events import events
from moiety.store.tables.ledger import ledger_heads, ledger_tiles

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
PROGRAM: Final = "from moiety.cli.main import main; raise SystemExit(main())"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def by_hand(service: str, **changed: str) -> list[str]:
    """A service's command, with this machine's paths and ports in the place of the container's."""
    command = [changed.get(one, one) for one in COMPOSE["services"][service]["command"]]
    return [sys.executable, "-c", PROGRAM, *command[1:]] if command[0] == "moiety" else command


@contextlib.contextmanager
def running(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def database() -> Iterator[str]:
    """The `db` service, from its command."""
    if not PLACES:
        programs.skip("PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="moiety-pg-"))
    server = Server(PLACES[0], folder)  # makes the cluster
    server.stop()
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    who: dict[str, Any] = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid}
    name, *arguments = by_hand("db")
    place = ["-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses="]
    with running([str(PLACES[0] / name), *arguments, *place], cwd=folder, **who):
        url = f"postgresql://moiety@/postgres?host={folder}"
        _until(lambda: psycopg.connect(f"host={folder} user=moiety dbname=postgres").close())
        yield url
    shutil.rmtree(folder, ignore_errors=True)


def _until(ready: Callable[[], object]) -> None:
    for _ in range(300):
        try:
            ready()
            return
        except Exception:
            time.sleep(0.2)
    ready()


def answers(url: str) -> None:
    """Wait until something answers at this address."""
    _until(lambda: httpx.get(url))


@dataclass(frozen=True, slots=True)
class Desk:
    """A program with a token, at one process of the service."""

    url: str
    token: str

    def post(self, path: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.post(f"{self.url}{path}", headers=headers, timeout=60, **body)

    def verify(self, code: str, picture: bytes) -> httpx.Response:
        begun = self.post("/v1/verifications", json={"code": code})
        if begun.status_code != 201:
            return begun
        told = begun.json()
        return self.post(
            f"/v1/verifications/{told['ceremony']}/complete",
            data={"nonce": told["nonce"], "code": code},
            files={"face": ("now.jpg", picture, "image/jpeg")},
        )


def token_for(url: str, *given: Role) -> str:
    """What an administrator does on the account page: a token for a program."""
    store, token = open_store(url), tokens.Token.new()
    now = int(time.time())
    client = Client(tokens.new_id(), "test", roles.encode(given), now, now + 3600, None, captures=True)
    with store.begin() as connection:
        operators.add_client(connection, client, token.hash)
    store.close()
    return token.text


def consent_in(url: str) -> str:
    store, now = open_store(url), int(time.time())
    record, notice = agreed(now=now, days=90)
    with store.begin() as connection:
        consents.give(connection, record, notice, secret_hash(new_secret()), now)
    store.close()
    identifier: str = record.consent.record_id
    return identifier


def enrol(desk: Desk, consent: str, *pictures: bytes) -> str:
    begun = desk.post("/v1/enrolments", json={"consent": consent}).json()
    made = desk.post(
        f"/v1/enrolments/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "consent": consent},
        files=[("face", ("face.jpg", one, "image/jpeg")) for one in pictures],
    )
    assert made.status_code == 200, made.text
    code: str = made.json()["code"]
    return code


def without_entry(url: str, leaf: int) -> None:
    """Fork the log: one event is gone, as if it had never been, and all others get their places anew."""
    store = open_store(url)
    with store.begin() as connection:
        connection.execute(events.delete().where(events.c.leaf == leaf))
        connection.execute(events.update().values(leaf=None))
        connection.execute(ledger_tiles.delete())
        connection.execute(ledger_heads.delete())
    store.close()


def test_a_credential_lives_its_life_in_the_services_of_the_compose_file(
    tmp_path: Path, picture: Picture, moiety: Callable[..., Any]
) -> None:
    home = tmp_path / "home"
    create_home(home, issuer_uri=ISSUER)
    ports = [free_port(), free_port()]
    assert COMPOSE["services"]["service"]["deploy"]["replicas"] == len(ports)
    with database() as url, contextlib.ExitStack() as stack:
        paths = {
            "/var/lib/moiety/home": str(home),
            "postgresql://moiety@db/moiety": url,
            "0.0.0.0": "127.0.0.1",
        }
        for port in ports:
            address = {"https://verify.example.org": f"http://localhost:{port}", "8000": str(port)}
            # Pictures from files show no liveness: the one thing that the test adds.
            command = [*by_hand("service", **paths, **address), "--unsafe-no-liveness", "--enrol-from-files"]
            stack.enter_context(running(command, cwd=tmp_path))
            answers(f"http://127.0.0.1:{port}/healthz")
        key = moiety("ledger", "key", "--home", home).out.strip()
        place = tmp_path / "witness"
        shown = ("--log", key, "--address", f"http://127.0.0.1:{ports[0]}/ledger")
        made = moiety("witness", "init", "--place", place, "--name", "w.example", *shown)
        witness_port = str(free_port())
        changed = {"/var/lib/witness": str(place), "0.0.0.0": "127.0.0.1", "8100": witness_port}
        stack.enter_context(running(by_hand("witness", **changed), cwd=tmp_path))
        answers(f"http://127.0.0.1:{witness_port}/none/checkpoint")

        token = token_for(url, Role.ENROLLER, Role.VERIFIER)
        one, other = (Desk(f"http://127.0.0.1:{port}", token) for port in ports)
        code = enrol(one, consent_in(url), picture("lisa/1"), picture("lisa/2"))
        accepted = other.verify(code, picture("lisa/3")).json()
        assert accepted["outcome"] == "accept"
        assert accepted["proof"].startswith("c2sp.org/tlog-proof@v1")
        assert one.verify(code, picture("london/101/neutral")).json()["outcome"] == "reject"
        revoked = one.post("/v1/credentials/status", json={"code": code, "status": "revoked"})
        assert revoked.status_code == 200
        refused = other.verify(code, picture("lisa/3"))
        assert refused.json()["error"]["code"] == "revoked", "the other process knows it at once"

        at = ("--home", home, "--database", url)
        witness = ("--witness", f"http://127.0.0.1:{witness_port}", "--witness-key", made.out.strip())
        assert moiety("ledger", "cosign", *at, *witness).code == 0
        job = by_hand("publish", **paths, **{"/srv/log": str(tmp_path / "log")})
        assert subprocess.run(job, cwd=tmp_path, check=False, capture_output=True).returncode == 0
        checked = moiety(
            "ledger", "verify", tmp_path / "log", "--key", key, "--witness-key", made.out.strip()
        )
        assert (checked.code, "Cosigned by: w.example" in checked.out) == (0, True)
        without_entry(url, 1)
        refused = moiety("ledger", "cosign", *at, *witness)
        assert (refused.code, "this home signed" in refused.err) == (6, True), "the home remembers its log"
        (home / "ledger.head").unlink()  # a home that was restored together with its database
        forked = moiety("ledger", "cosign", *at, *witness)
        assert (forked.code, "entry 1 is not the one that it cosigned" in forked.err) == (6, True)


def test_the_containers_keep_what_they_are_given_and_no_more() -> None:
    for name in ("service", "publish", "witness"):
        service = COMPOSE["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert "USER moiety" in text and "--require-hashes" in text
    for path in (line.split()[1] for line in text.splitlines() if line.startswith("COPY")):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.name)
def test_the_units_start_commands_that_there_are(unit: Path, moiety: Callable[..., Any]) -> None:
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(unit)
    program, *arguments = read["Service"]["ExecStart"].split()
    assert program == "/opt/moiety/.venv/bin/moiety"
    # An unknown option would end with 64; a home that is not there ends with 78.
    assert moiety(*arguments).code == 78
    if shutil.which("systemd-analyze"):
        done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, check=False)
        assert b"Unknown" not in done.stderr
