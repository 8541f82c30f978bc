"""`moiety ledger` and `moiety witness`: from a home's key to a log that others check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from moiety.credential.home import create_home
from moiety.store import open_store
from moiety.store.events import record
from moiety.witness.app import create_witness_app
from moiety.witness.place import open_witness

Run = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    create_home(tmp_path / "home", issuer_uri="https://issuer.example.org/")
    return tmp_path / "home"


def note_event(home: Path, number: int) -> str:
    store = open_store(f"sqlite:///{home / 'service.sqlite3'}")
    with store.begin() as connection:
        identifier = record(connection, "revoked", {"n": number}, 5)
    store.close()
    return identifier.hex()


def test_a_log_is_made_proven_published_and_checked(home: Path, tmp_path: Path, moiety: Run) -> None:
    key = moiety("ledger", "init", "--home", home).out.strip()
    assert key.startswith("issuer.example.org/ledger/")
    assert moiety("ledger", "key", "--home", home).out.strip() == key
    assert moiety("ledger", "init", "--home", home).code == 78, "a log keeps its key"
    assert moiety("ledger", "sequence", "--home", home).out == "The log is empty.\n"
    event = note_event(home, 1)
    note_event(home, 2)
    proof = tmp_path / "event.tlog-proof"
    told = moiety("ledger", "prove", event, "--home", home, "--out", proof)
    entry = told.err.rsplit(" ", 1)[1].strip()
    assert moiety("ledger", "verify", proof, "--key", key, "--entry", entry).code == 0
    assert moiety("ledger", "prove", event, "--home", home).out == proof.read_text()
    wrong = moiety("ledger", "verify", proof, "--key", key, "--entry", "00" * 32)
    assert (wrong.code, "Entry 0 is not in the tree" in wrong.err) == (6, True)
    log = tmp_path / "log"
    assert moiety("ledger", "publish", "--home", home, "--out", log, "--bodies").code == 0
    done = moiety("ledger", "verify", log, "--key", key)
    assert (done.code, "2 entries" in done.out, "Bodies checked: 2" in done.out) == (0, True, True)
    (log / "events.jsonl").write_text((log / "events.jsonl").read_text().replace('\\"n\\":2', '\\"n\\":3'))
    bad = moiety("ledger", "verify", log, "--key", key)
    assert (bad.code, "body of entry 1 " in bad.err) == (6, True)


def test_two_copies_of_a_log_that_differ_are_told_apart(home: Path, tmp_path: Path, moiety: Run) -> None:
    key = moiety("ledger", "init", "--home", home).out.strip()
    copies = []
    for name, numbers in (("one", (1, 2, 3)), ("two", (1, 4))):
        for file in (*home.glob("service.sqlite3*"), *home.glob("ledger.head")):
            file.unlink()
        moiety("ledger", "sequence", "--home", home)
        for number in numbers:
            note_event(home, number)
        moiety("ledger", "publish", "--home", home, "--out", tmp_path / name)
        copies.append(tmp_path / name)
    told = moiety("ledger", "verify", copies[0], "--key", key, "--against", copies[1])
    assert (told.code, "differ from entry 0 on" in told.err) == (6, True)
    assert moiety("ledger", "verify", copies[0], "--key", key, "--against", copies[0]).code == 0
    since = moiety("ledger", "verify", copies[1], "--key", key, "--since", copies[0])
    assert (since.code, "entries 2 to 2 " in since.err) == (6, True)
    kept = moiety("ledger", "verify", copies[0], "--key", key, "--since", copies[0] / "checkpoint")
    assert "continues" in kept.out


def test_a_witness_cosigns_through_the_command(
    home: Path, tmp_path: Path, moiety: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = moiety("ledger", "init", "--home", home).out.strip()
    place = tmp_path / "witness"
    witness = moiety("witness", "init", "--place", place, "--name", "w.example", "--log", key).out.strip()
    assert moiety("witness", "key", "--place", place).out.strip() == witness
    assert moiety("witness", "add-log", "--place", place, "--log", key).code == 0
    client = TestClient(create_witness_app(open_witness(place)))

    def through(url: str, *, content: bytes, timeout: float) -> Any:
        return client.post(url.removeprefix("http://witness"), content=content)

    monkeypatch.setattr("moiety.witness.client.httpx.post", through)
    moiety("ledger", "sequence", "--home", home)
    note_event(home, 1)
    cosign = ("ledger", "cosign", "--home", home, "--witness", "http://witness", "--witness-key", witness)
    assert moiety(*cosign).code == 0
    moiety("ledger", "publish", "--home", home, "--out", tmp_path / "log")
    verify = ("ledger", "verify", tmp_path / "log", "--key", key, "--witness-key", witness)
    assert "Cosigned by: w.example" in moiety(*verify).out
    for file in (*home.glob("service.sqlite3*"), *home.glob("ledger.head")):
        file.unlink()
    moiety("ledger", "sequence", "--home", home)
    note_event(home, 2)
    forked = moiety(*cosign)
    assert (forked.code, "entry from 0 to 0 is not the one" in forked.err) == (6, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("prove", "xyz", "--home", "HOME"),
        ("verify", "HOME", "--key", "KEY", "--entry", "00"),
        ("verify", "HOME/note", "--key", "KEY"),
        ("verify", "HOME/note", "--key", "KEY", "--entry", "zz"),
        ("verify", "HOME/note", "--key", "KEY", "--entry", "00", "--receipt", "HOME/home.json"),
        ("verify", "HOME/note", "--key", "KEY", "--since", "HOME/note"),
        ("verify", "HOME", "--key", "KEY", "--receipt", "HOME/home.json"),
        ("verify", "HOME/home.json", "--key", "KEY", "--entry", "zz"),
    ],
)
def test_wrong_calls_are_told(home: Path, moiety: Run, arguments: tuple[str, ...]) -> None:
    key = moiety("ledger", "init", "--home", home).out.strip()
    (home / "note").write_text("no proof")
    asked = [one.replace("HOME", str(home)).replace("KEY", key) for one in arguments]
    assert moiety("ledger", *asked).code == 64


def test_a_home_without_a_log_key_is_told_what_to_do(home: Path, moiety: Run) -> None:
    told = moiety("ledger", "sequence", "--home", home)
    assert (told.code, "moiety ledger init" in told.err) == (78, True)
