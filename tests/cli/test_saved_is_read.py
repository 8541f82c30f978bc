"""Every file that a command saves is read, as it was saved, by each command that the docs name for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Run, Stage


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
