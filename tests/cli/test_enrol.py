"""`moiety enrol`: a code, or a clear refusal and nothing at all."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from moiety.consent import Consent
from moiety.credential.code import Credential

Stage = Any  # the fixtures of tests/conftest.py
Run = Callable[..., Any]
Process = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def enrol(stage: Stage, moiety: Run, tmp_path: Path) -> Run:
    """`moiety enrol` with good arguments, save those given; whatever fails must leave its folder empty."""
    folder = tmp_path / "out"
    folder.mkdir()

    def run(*more: str | Path, face: tuple[str, ...] = ("lisa/1", "lisa/2"), **changes: Any) -> Any:
        given = {
            "home": stage.home,
            "consent": stage.folder / "consent.json",
            "out": folder / "code.png",
        } | changes
        options = [part for name, value in given.items() for part in (f"--{name}", value)]
        faces = [part for one in face for part in ("--face", one if "." in one else stage.face(one))]
        ran = moiety("enrol", *options, *faces, *more)
        if ran.code:
            assert list(folder.iterdir()) == []
            assert ran.out == ""
            assert len(ran.err) > 20
        return ran

    return run


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".txt"])
def test_it_writes_the_code_and_says_what_to_do_next(suffix: str, enrol: Run, tmp_path: Path) -> None:
    out = tmp_path / "out" / f"code{suffix}"
    ran = enrol(out=out)
    assert ran.code == 0
    assert [one.name for one in out.parent.iterdir()] == [out.name]
    assert "no picture was kept" in ran.out
    assert "moiety verify" in ran.out
    if suffix in (".png", ".txt"):
        assert Credential.read(out).claims.profile == "card"


def test_a_home_that_only_issues_sends_nobody_to_verify_there(
    enrol: Run, moiety: Run, tmp_path: Path
) -> None:
    issuer, desk = tmp_path / "issuer", tmp_path / "desk"
    moiety("init", "--home", issuer, "--role", "issuer", "--issuer-uri", "https://health.example/i")
    moiety("init", "--home", desk, "--role", "verifier")
    moiety("keys", "public", "group", "--home", desk, "--out", tmp_path / "desk.pem")
    moiety("trust", "add", "--home", issuer, "--group-key", tmp_path / "desk.pem", "--group-name", "desk")
    ran = enrol(home=issuer)
    assert ran.code == 0, ran.err
    assert "--home VERIFIER" in ran.out
    assert f"--home {issuer} --face" not in ran.out


def test_the_open_profile_is_warned_of(enrol: Run, tmp_path: Path) -> None:
    ran = enrol("--profile", "open")
    assert ran.code == 0
    assert "not sealed" in ran.out
    assert Credential.read(tmp_path / "out" / "code.png").claims.profile == "open"
    assert "not sealed" not in enrol("--profile", "paper").out


def test_one_picture_only_when_said(enrol: Run) -> None:
    ran = enrol(face=("lisa/1",))
    assert ran.code == 64
    assert "--single" in ran.err
    assert enrol(face=("lisa/1",) * 6).code == 64
    assert enrol("--single", face=("lisa/1",)).code == 0


def test_two_people_as_one_is_2(enrol: Run) -> None:
    ran = enrol(face=("lisa/1", "london/101/neutral"))
    assert ran.code == 2
    assert "do not match each other" in ran.err


def test_a_poor_picture_is_2_and_says_which_and_what_to_do(enrol: Run, stage: Stage) -> None:
    grey = stage.folder / "grey.png"
    cv2.imwrite(str(grey), np.full((480, 640, 3), 120, np.uint8))
    ran = enrol(face=("lisa/1", str(grey)))
    assert ran.code == 2
    assert "Picture 2" in ran.err
    assert "face the camera" in ran.err


@pytest.mark.parametrize("data", [b"", b"a letter", b"\xff\xd8\xff\xe0 cut"])
def test_an_unreadable_picture_is_4(data: bytes, enrol: Run, stage: Stage) -> None:
    (stage.folder / "bad.jpg").write_bytes(data)
    assert enrol(face=("lisa/1", str(stage.folder / "bad.jpg"))).code == 4


def test_a_missing_picture_is_4(enrol: Run) -> None:
    ran = enrol(face=("lisa/1", "none.jpg"))
    assert ran.code == 4
    assert "none.jpg" in ran.err


@pytest.mark.parametrize(
    "kind", ["missing", "damaged", "withdrawn", "expired", "future", "fingers", "too short"]
)
def test_without_consent_it_is_5_and_no_picture_is_opened(kind: str, enrol: Run, tmp_path: Path) -> None:
    path = tmp_path / "consent.json"
    good = Consent.given("tests of the command line")
    records = {
        "withdrawn": replace(good, withdrawn_at=1),
        "expired": Consent.given("tests", now=1_500_000_000),
        "future": Consent.given("tests", now=4_000_000_000),
        "fingers": Consent.given("tests", modalities=("finger",)),
        "too short": Consent.given("tests", days=3),
    }
    if kind in records:
        records[kind].save(path)
    elif kind == "damaged":
        path.write_text("{}")
    faces = ("none.jpg", "none.jpg") if kind != "too short" else ("lisa/1", "lisa/2")
    ran = enrol(*(["--days", "10"] if kind == "too short" else []), face=faces, consent=path)
    assert ran.code == 5


@pytest.mark.parametrize("days", ["0", "-5"])
def test_impossible_days_are_64(days: str, enrol: Run) -> None:
    assert enrol("--days", days).code == 64


@pytest.mark.parametrize("text", ["", "\n\n", "12\n", "\x00\x01\x02\x03\x04"])
def test_an_impossible_pin_is_64_and_not_repeated(text: str, enrol: Run, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text(text)
    ran = enrol("--pin-file", tmp_path / "pin")
    assert ran.code == 64
    assert "12" not in ran.err.replace("4 to 64", "")


def test_no_home_is_78(enrol: Run, tmp_path: Path) -> None:
    ran = enrol(home=tmp_path / "nowhere")
    assert ran.code == 78
    assert "moiety init" in ran.err


def test_a_verifiers_home_is_78(enrol: Run, moiety: Run, tmp_path: Path) -> None:
    assert moiety("init", "--home", tmp_path / "v", "--role", "verifier").code == 0
    assert enrol(home=tmp_path / "v").code == 78


def test_a_home_that_others_can_reach_is_78(enrol: Run, stage: Stage) -> None:
    stage.home.chmod(0o755)
    ran = enrol()
    assert ran.code == 78
    assert "chmod" in ran.err


def test_a_missing_key_is_78(enrol: Run, stage: Stage) -> None:
    for key in (stage.home / "keys").glob("issuer-*.pem"):
        key.unlink()
    assert enrol().code == 78


def test_an_altered_trust_bundle_is_78(enrol: Run, stage: Stage) -> None:
    file = stage.home / "trust.cbor"
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 4
    file.write_bytes(data)
    assert enrol().code == 78


def test_a_folder_that_is_not_there_is_74(enrol: Run, tmp_path: Path) -> None:
    assert enrol(out=tmp_path / "nowhere" / "code.png").code == 74


def test_a_full_disk_is_74_and_leaves_the_old_code(
    enrol: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    real = os.fsync
    old = tmp_path / "old.png"
    old.write_bytes(b"the code of before")

    def full(descriptor: int) -> None:
        if "old.png" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    ran = enrol(out=old)
    assert ran.code == 74
    assert "No space left" in ran.err
    assert old.read_bytes() == b"the code of before"
    assert not [one.name for one in tmp_path.iterdir() if one.name.endswith(".tmp")]


def test_a_disk_that_fills_up_is_74(stage: Stage, process: Process, tmp_path: Path) -> None:
    """The kernel refuses every byte over a limit, at whichever file comes first."""
    out = tmp_path / "out"
    out.mkdir()
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))\n"
        "from moiety_entry import entry; entry()"
    )
    arguments = ["enrol", "--home", str(stage.home), "--consent", str(stage.folder / "consent.json")]
    arguments += ["--face", stage.face("lisa/1"), "--single", "--out", str(out / "code.png")]
    done = process(["-c", script, *arguments])
    assert done.returncode == 74, done.stderr
    assert b"Traceback" not in done.stderr
    assert list(out.iterdir()) == []
    assert not list(stage.home.rglob("*.tmp"))


def test_no_message_carries_what_must_not_be_printed(enrol: Run, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("271828\n")
    ran = enrol("--pin-file", tmp_path / "pin")
    assert ran.code == 0
    text = Credential.read(tmp_path / "out" / "code.png").text
    for printed in (ran.out, ran.err):
        assert "271828" not in printed
        assert text[:40] not in printed
    record = json.loads((tmp_path / "stage" / "consent.json").read_text())
    assert record["salt"] not in ran.out + ran.err
