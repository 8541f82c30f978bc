"""Every file that a command saves is read, as it was saved, by each command that the docs name for it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

import pytest
from tests.cli.options import kind_of, options
from tests.conftest import ROOT, Run, Stage

from moiety.service.settings import DATABASE_FILE
from moiety.store import open_store
from moiety.store.events import record_all
from moiety.store.migrate import upgrade

HERE: Final = "tests/cli/test_saved_is_read.py::"
RESTORED: Final = "tests/deploy/test_backup_keeps_settings.py"
CALIBRATED: Final = "tests/evaluate/test_calibrate_then_verify.py"
PEOPLE: Final = "read by people, and by no command"
SAVED: Final[dict[str, str]] = {
    "init --home": "tests/conftest.py::_master",
    "consent new --out": f"{HERE}test_backup_shares_keys_and_consent_are_read_again",
    "enrol --out": f"{HERE}test_a_code_is_read_in_each_form_in_which_it_is_saved",
    "serve --traces": PEOPLE,
    "privacy report --out": PEOPLE,
    "trust export --out": f"{HERE}test_what_trust_exports_is_imported",
    "keys backup --out": f"{HERE}test_backup_shares_keys_and_consent_are_read_again",
    "keys restore --home": f"{RESTORED}::test_a_restored_service_answers_as_before",
    "keys public --out": f"{HERE}test_backup_shares_keys_and_consent_are_read_again",
    "keys split-root --out": f"{HERE}test_backup_shares_keys_and_consent_are_read_again",
    "evaluate --out": PEOPLE,
    "evaluate --cache": "tests/evaluate/test_cache.py",
    "calibrate --out": f"{CALIBRATED}::test_a_site_calibrates_enrols_and_verifies",
    "calibrate --cache": "tests/evaluate/test_cache.py",
    "ledger prove --out": f"{HERE}test_a_proof_and_a_published_log_are_read",
    "ledger publish --out": f"{HERE}test_a_proof_and_a_published_log_are_read",
    "witness init --place": f"{HERE}test_a_proof_and_a_published_log_are_read",
    "witness serve --mark": "tests/witness/test_holding.py",
    "practice run --debrief": PEOPLE,
    "demo --out": "tests/cli/test_demo.py::test_it_writes_the_page_the_code_and_the_card",
}
"""What each option saves: the test that gives it to the commands that read it, or that none does.

What the pages save (decision receipts, consent receipts, cards) is in tests/service/test_saved_files.py.
"""


def test_each_option_that_saves_something_is_in_the_table() -> None:
    """A new option that saves a file fails here until a test reads what it saves."""
    saving = {
        f"{words} {option}"
        for words, option, action in options()
        if kind_of(words, option, action).startswith("new")
    }
    assert saving == set(SAVED)
    for test in set(SAVED.values()) - {PEOPLE}:
        file, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / file).read_text("utf-8"), test


def test_a_proof_and_a_published_log_are_read(stage: Stage, moiety: Run, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{stage.home / DATABASE_FILE}")
    upgrade(store)
    with store.begin() as connection:
        (event,) = record_all(connection, [("verified", {"n": 1})], 5)
    store.close()
    log, proof, kept = tmp_path / "log", tmp_path / "proof", tmp_path / "kept"
    (tmp_path / "log.key").write_text(moiety("ledger", "init", "--home", stage.home).out)
    key, place = ("--key", tmp_path / "log.key"), tmp_path / "witness"
    for command in (
        ("ledger", "publish", "--home", stage.home, "--out", log),
        ("ledger", "verify", log, *key),
        ("ledger", "publish", "--home", stage.home, "--out", kept, "--bodies"),
        ("ledger", "verify", log, *key, "--since", kept / "checkpoint", "--against", kept),
        ("ledger", "verify", log, *key, "--since", kept),
        ("ledger", "prove", event.hex(), "--home", stage.home, "--out", proof),
        ("witness", "init", "--place", place, "--name", "w.example", "--log", tmp_path / "log.key"),
        ("witness", "key", "--place", place),
    ):
        ran = moiety(*command)
        assert ran.code == 0, (command, ran.err)
    with sqlite3.connect(stage.home / DATABASE_FILE) as base:
        (entry,) = base.execute("SELECT commitment FROM events").fetchone()
    base.close()
    ran = moiety("ledger", "verify", proof, *key, "--entry", bytes(entry).hex())
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".txt"])
def test_a_code_is_read_in_each_form_in_which_it_is_saved(stage: Stage, moiety: Run, suffix: str) -> None:
    saved = stage.folder / f"saved{suffix}"
    stage.credential.save(str(saved))
    for command in (
        ("inspect", saved, "--home", stage.home),
        ("verify", saved, "--home", stage.home, "--face", stage.face("lisa/3"), "--liveness", "none"),
        ("revoke", saved, "--home", stage.home),
    ):
        ran = moiety(*command)
        assert ran.code == 0, (command[0], ran.err)


def test_a_sheet_is_read(stage: Stage, moiety: Run) -> None:
    from moiety.credential import card

    saved = stage.folder / "sheet.pdf"
    saved.write_bytes(card.sheet([stage.credential]))
    assert moiety("inspect", saved).code == 0


@pytest.mark.parametrize("name", ["trust", "trust-with-keys", "list"])
def test_what_trust_exports_is_imported(stage: Stage, moiety: Run, tmp_path: Path, name: str) -> None:
    secret, saved, desk = tmp_path / "secret", tmp_path / "saved", tmp_path / "desk"
    secret.write_text("velvet anchor seventeen plum orbit\n")
    secret.chmod(0o600)
    sealed = ("--passphrase-file", secret)
    assert moiety("init", "--home", desk, "--role", "verifier").code == 0
    export = {"trust": (), "trust-with-keys": ("--with-group-key", *sealed), "list": ("--status-list",)}[name]
    if name == "list":  # a list counts where its issuer is trusted
        assert moiety("trust", "export", "--home", stage.home, "--out", tmp_path / "first").code == 0
        assert moiety("trust", "import", tmp_path / "first", "--home", desk).code == 0
    assert moiety("trust", "export", "--home", stage.home, "--out", saved, *export).code == 0
    ran = moiety("trust", "import", saved, "--home", desk, *(sealed if name == "trust-with-keys" else ()))
    assert ran.code == 0, ran.err


def test_backup_shares_keys_and_consent_are_read_again(stage: Stage, moiety: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("velvet anchor seventeen plum orbit\n")
    secret.chmod(0o600)
    sealed = ("--passphrase-file", secret)
    shares = [tmp_path / "shares" / f"share-{number}-of-3.txt" for number in (1, 3)]
    for command in (
        ("keys", "backup", "--home", stage.home, "--out", tmp_path / "backup", *sealed),
        ("keys", "restore", tmp_path / "backup", "--home", tmp_path / "again", *sealed),
        ("keys", "split-root", "--home", stage.home, "--shares", "3", "--needed", "2",
         "--out", tmp_path / "shares"),
        ("keys", "public", "issuer", "--home", stage.home, "--out", tmp_path / "issuer.pem"),
        ("inspect", stage.code, "--issuer-key", tmp_path / "issuer.pem"),
        ("keys", "public", "group", "--home", stage.home, "--out", tmp_path / "group.pem"),
        ("consent", "new", "--purpose", "files that are read", "--out", tmp_path / "consent.json"),
        ("enrol", "--home", stage.home, "--consent", tmp_path / "consent.json", "--out", tmp_path / "c.txt",
         "--face", stage.face("lisa/1"), "--face", stage.face("lisa/2")),
    ):  # fmt: skip
        ran = moiety(*command)
        assert ran.code == 0, (command, ran.err)
    for one in (stage.home / "root").iterdir():
        one.unlink()
    (stage.home / "root").rmdir()
    ran = moiety("keys", "join-root", "--home", stage.home, *shares)
    assert ran.code == 0, ran.err
    assert moiety("trust", "renew", "--home", stage.home).code == 0
