"""A wrong value of any option of any command is refused with its cause and what to do; nothing is written."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from tests.cli.options import RIGHT, call_of, kind_of, options
from tests.conftest import ROOT, Run, Stage

from moiety.service.settings import DATABASE_FILE
from moiety.store import open_store
from moiety.store.events import record_all
from moiety.store.migrate import upgrade

FILES: Final = ("absent", "folder", "empty", "garbage", "closed")
WRONG: Final[dict[str, tuple[str, ...]]] = {
    "home": ("absent", "folder", "empty"),
    "witness": ("absent", "folder", "empty"),
    "folder": ("absent", "empty"),
    "log": ("absent", "folder"),
    "file": FILES,
    "print": ("nosuch", *(f"right-index={one}" for one in FILES)),
    "hand": ("nosuch", *(f"right={one}" for one in FILES)),
    "key": FILES,
    "new file": ("folder", "absent/x", "empty/x", "sealed/x"),
    "new folder": ("empty", "empty/x", "sealed/x"),
    "new home": ("garbage", "empty/x", "sealed/x"),
    "count": ("nosuch", "-1", "0", "1.5x", "9" * 20),
    "number": ("nosuch", "-1", "1.5"),
    "name": ("nosuch",),
    "address": ("nosuch", "http://"),
    "choice": ("nosuch",),
    "text": (),
}
"""What is wrong for each kind of value; the empty value is wrong for all."""
ACCEPTED: Final = frozenset({
    ("evaluate", "--max-genuine", "9" * 20), ("calibrate", "--samples", "9" * 20),
    ("witness serve", "--port", "0"),
    *(("keys restore", "--token-module", one) for one in ("empty", "garbage", "closed")),
})  # fmt: skip
"""A limit that nothing reaches limits nothing; with port 0 a witness takes any that is free;
a library of a token is loaded where the backup has a key in one."""
CODES: Final = frozenset({3, 4, 5, 64, 74, 77, 78})
CAP_DAC: Final = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what root needs to pass a mode by


@contextlib.contextmanager
def as_anybody() -> Iterator[None]:
    """Without root's power to open what a mode closes; where the tests don't run as root, nothing changes."""
    if os.geteuid() != 0:
        yield
        return
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    held = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(header, held) == 0
    before = held[0]
    held[0] = before & ~CAP_DAC
    assert libc.capset(header, held) == 0
    try:
        yield
    finally:
        held[0] = before
        assert libc.capset(header, held) == 0


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder with a right file of each kind, by the word that stands for it in a call, and wrong ones."""

    place: Path
    home: Path
    files: dict[str, str]

    def state(self) -> dict[str, str]:
        """What each file holds now, but for the service's database: that is opened before all is known."""
        found = {}
        for folder in (self.place, self.home):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not path.name.startswith(DATABASE_FILE):
                    found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found


@pytest.fixture
def workshop(stage: Stage, moiety: Run, tmp_path: Path) -> Iterator[Workshop]:
    place, home = tmp_path / "place", stage.home
    place.mkdir()
    secret = place / "passphrase"
    secret.write_text("velvet anchor seventeen plum orbit\n")
    store = open_store(f"sqlite:///{home / DATABASE_FILE}")
    upgrade(store)
    with store.begin() as connection:
        record_all(connection, [("verified", {"n": 1})], 5)
    store.close()
    for call in (
        ("keys", "backup", "--home", home, "--out", place / "backup", "--passphrase-file", secret),
        ("trust", "export", "--home", home, "--out", place / "trust"),
        ("keys", "split-root", "--home", home, "--out", place / "shares"),
        ("keys", "public", "device", "--home", home, "--out", place / "device.pem"),
        ("keys", "public", "issuer", "--home", home, "--out", place / "issuer.pem"),
        ("ledger", "init", "--home", home),
        ("ledger", "publish", "--home", home, "--out", place / "log"),
    ):
        ran = moiety(*call)
        assert ran.code == 0, ran.err
    (place / "log.key").write_text(moiety("ledger", "key", "--home", home).out)
    witness = ("witness", "init", "--place", place / "witness", "--name", "w.example")
    (place / "witness.key").write_text(moiety(*witness, "--log", place / "log.key").out)
    (place / "policy.json").write_text('{"fmr": 1e-5}')
    (place / "receipt").write_bytes(b"\xd2\x84")
    (place / "proof").write_bytes(b"c2sp.org/tlog-proof@v1\n")
    (place / "groups.csv").write_text("subject,age\na,1\nb,1\n")
    (place / "recipe.json").write_text('{"name": "x", "samples": [1], "sets": [{"name": "s", "root": "."}]}')
    for folder in ("people", "fingers"):
        for person in "ab":
            (place / folder / person).mkdir(parents=True)
            for number in "12":
                (place / folder / person / f"{number}.jpg").write_bytes(f"{folder}{person}{number}".encode())
    (place / "garbage").write_bytes(bytes(range(256)) * 4)
    (place / "empty").touch()
    (place / "folder").mkdir()
    (place / "folder.png").mkdir()
    (place / "sealed").mkdir(mode=0o500)
    (place / "closed").write_text("nobody reads this\n")
    (place / "closed").chmod(0)
    with socket.socket() as taken, socket.socket() as probe:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        probe.bind(("127.0.0.1", 0))
        ports = {"TAKEN": taken.getsockname()[1], "FREE": probe.getsockname()[1]}
        probe.close()
        files = {
            "HOME": home, "CODE": stage.code, "FACE": stage.face("lisa/3"), "FACE2": stage.face("lisa/4"),
            "CONSENT": stage.folder / "consent.json", "SHARE": place / "shares" / "share-1-of-5.txt",
            "NEW": place / "new", "NEW.png": place / "new.png", "DEVICE": place / "device.pem",
            "ISSUER": place / "issuer.pem", "CERTIFICATE": ROOT / "README.md",
            "POLICY": place / "policy.json",
            "LOGKEY": place / "log.key", "WITNESSKEY": place / "witness.key", "GROUPS": place / "groups.csv",
            "RECIPE": place / "recipe.json", **ports,
            **{name.upper(): place / name for name in ("passphrase", "receipt", "backup", "trust", "people",
                                                       "fingers", "log", "witness", "proof")},
        }  # fmt: skip
        yield Workshop(place, home, {name: str(path) for name, path in files.items()})


def test_every_option_has_a_kind_and_every_command_a_call() -> None:
    for words, option, action in options():
        assert words in RIGHT, f"give {words!r} a right call in tests/cli/options.py"
        assert kind_of(words, option, action) in WRONG


def refused(words: str, option: str, value: str, workshop: Workshop, moiety: Run) -> str:
    """Why the call with this value isn't refused as it should be; nothing where it is."""
    call = [workshop.files.get(one, one) for one in call_of(words, option, value)]
    with as_anybody():
        ran = moiety(*call)
    said = [
        one for one in (ran.err + ran.out).splitlines() if one.strip() and not one.startswith(("{", "usage"))
    ]
    text = "\n".join(said)
    if ran.code not in CODES:
        return f"ended with {ran.code}"
    if "evidence" in text:
        return "accused somebody"
    if "gave a template" in text:
        return "looked at pictures first"
    if ran.code != 64 and len(said) < 2:
        return "said no remedy"
    if len(said) > 4 and words != "doctor" and "usage" not in ran.err:
        return "said too much"
    return ""


def test_a_wrong_value_is_refused_at_once_and_writes_nothing(
    workshop: Workshop, moiety: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(*_: object) -> None:
        raise AssertionError("it served")

    monkeypatch.setattr("moiety.cli.serve._serve", serve)
    monkeypatch.setattr("moiety.service.memory.give_back", lambda: None)
    monkeypatch.chdir(workshop.place)
    before, wrong = workshop.state(), []
    for words, option, action in options():
        for value in (*WRONG[kind_of(words, option, action)], ""):
            if (words, option, value) in ACCEPTED:
                continue
            given = f"{value}.png" if words == "enrol" and option == "--out" and value else value
            why = refused(words, option, given, workshop, moiety)
            after = workshop.state()
            if after != before:
                why += f" and wrote {sorted(set(after.items()) ^ set(before.items()))[:2]}"
                before = after
            if why:
                wrong.append(f"moiety {' '.join(call_of(words, option, value))}: {why}")
    assert not wrong, "\n".join(wrong)
