"""What a page or a command saves is read, as it was saved, by the commands that the docs name for it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest
from tests.conftest import Picture, Run
from tests.service.conftest import Service
from tests.service.test_life import begin, complete

from moiety.service.roles import Role

Saved = dict[str, Path]


@pytest.fixture
def saved(service: Service, picture: Picture, tmp_path: Path, moiety: Run) -> Saved:
    """Files as the verdict page saves them, keys as text and as files."""
    verifier = service.operator(Role.VERIFIER)
    begun = begin(verifier, service.code).json()
    decided = complete(verifier, begun, service.code, picture("lisa/3")).json()
    files = {name: tmp_path / name for name in ("page.json", "ascii.json", "text", "bytes", "device", "log")}
    kept = {"receipt": decided["receipt"], "ledger": decided["ledger"]}
    files["page.json"].write_text(json.dumps(kept, ensure_ascii=False), "utf-8")  # as JSON.stringify does
    files["ascii.json"].write_text(json.dumps(kept))
    files["text"].write_text(decided["receipt"])
    padded = decided["receipt"] + "=" * (-len(decided["receipt"]) % 4)
    files["bytes"].write_bytes(urlsafe_b64decode(padded))
    assert urlsafe_b64encode(files["bytes"].read_bytes()).decode().rstrip("=") == decided["receipt"]
    home = service.stage.home
    assert moiety("keys", "public", "device", "--home", home, "--out", files["device"]).code == 0
    files["log"].write_text(moiety("ledger", "key", "--home", home).out)
    return files


@pytest.mark.parametrize("name", ["page.json", "ascii.json", "text", "bytes"])
def test_a_decision_receipt_is_read_as_it_was_saved(saved: Saved, moiety: Run, name: str) -> None:
    ran = moiety("receipt", "verify", saved[name], "--key", saved["device"])
    assert ran.code == 0, ran.err
    assert "ACCEPT" in ran.out
    assert saved[name].read_bytes().isascii() is (name in ("ascii.json", "text"))


@pytest.mark.parametrize("name", ["page.json", "ascii.json"])
def test_its_entry_is_checked_with_the_key_as_text_or_as_a_file(saved: Saved, moiety: Run, name: str) -> None:
    for key in (saved["log"], saved["log"].read_text().strip()):
        ran = moiety("ledger", "verify", saved[name], "--key", key)
        assert ran.code == 0, ran.err


def test_a_device_key_is_taken_as_text_too(saved: Saved, moiety: Run) -> None:
    from moiety.keys import read_public

    digits = read_public(saved["device"]).public.hex()
    assert moiety("receipt", "verify", saved["page.json"], "--key", digits).code == 0


@pytest.mark.parametrize("command", [["receipt", "verify"], ["ledger", "verify"]])
def test_a_key_that_is_none_says_so_and_accuses_nobody(saved: Saved, moiety: Run, command: list[str]) -> None:
    ran = moiety(*command, saved["page.json"], "--key", "absent.txt")
    assert ran.code == 4
    assert "There is no file 'absent.txt'" in ran.err
    assert "evidence" not in ran.err
    ran = moiety(*command, saved["page.json"], "--key", saved["page.json"])
    assert ran.code == 4
    assert "page.json" in ran.err
