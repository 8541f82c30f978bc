"""`moiety verify`: each outcome with its exit code, in words and as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from moiety.credential.contents import Contents, SealedTemplate

Stage = Any  # the fixtures of tests/conftest.py
Run = Callable[..., Any]
DAY = 86_400


@pytest.fixture
def verify(stage: Stage, moiety: Run) -> Run:
    """`moiety verify` with good arguments, save those given."""

    def run(
        *more: str | Path, code: Any = None, face: str = "lisa/3", home: Any = None, liveness: bool = True
    ) -> Any:
        picture = face if "." in face else stage.face(face)
        none = ["--liveness", "none"] if liveness else []
        place = stage.home if home is None else home
        given = stage.code if code is None else code
        return moiety("verify", given, "--home", place, "--face", picture, *none, *more)

    return run


def test_accept_is_0(verify: Run) -> None:
    ran = verify()
    assert ran.code == 0
    assert ran.out.startswith("ACCEPT\n")
    assert "1 in 10,000 was asked for" in ran.out
    assert "Accepted without liveness" in ran.out
    assert ran.err == ""


def test_reject_is_1_and_says_what_to_do(verify: Run) -> None:
    ran = verify(face="london/101/neutral")
    assert ran.code == 1
    assert ran.out.startswith("REJECT\n")
    assert "without biometrics" in ran.out


def test_without_a_word_about_liveness_it_is_2(verify: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = verify(liveness=False)
    assert ran.code == 2
    assert ran.out.startswith("INCONCLUSIVE\n")
    assert "No liveness was shown" in ran.out
    assert verify("--liveness", "required", liveness=False).code == 2


def test_a_homes_policy_may_say_it(verify: Run, stage: Stage) -> None:
    (stage.home / "policy.json").write_text('{"liveness": "none", "fmr": 1e-5}')
    ran = verify(liveness=False)
    assert ran.code == 0
    assert "1 in 100,000 was asked for" in ran.out
    assert verify("--liveness", "required", liveness=False).code == 2
    assert "1 in 1,000 was asked for" in verify("--fmr", "1e-3").out
    (stage.home / "policy.json").write_text('{"livenes": "none"}')
    ran = verify()
    assert ran.code == 4
    assert "livenes" in ran.err


@pytest.mark.parametrize("kind", ["nobody", "two", "blurred"])
def test_a_poor_picture_is_2(kind: str, verify: Run, stage: Stage) -> None:
    one, other = (cv2.imread(stage.face(name)) for name in ("london/101/neutral", "london/139/smiling"))
    assert one is not None
    assert other is not None
    pictures = {
        "nobody": np.full((480, 640, 3), 120, np.uint8),
        "two": np.hstack([one, other]),
        "blurred": cv2.GaussianBlur(one, (0, 0), 16),
    }
    path = stage.folder / "poor.png"
    cv2.imwrite(str(path), pictures[kind])
    ran = verify(face=str(path))
    assert ran.code == 2
    assert "Nothing was decided" in ran.out
    shape = json.loads(verify("--json", face=str(path)).out)
    assert shape["outcome"] == "inconclusive"
    assert shape["face"]["score"] is None
    assert shape["face"]["quality"]["findings"][0]["text"] in ran.out


# --- JSON --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("face", "outcome", "code"), [("lisa/4", "accept", 0), ("london/101/neutral", "reject", 1)]
)
def test_json_has_the_shape_of_the_contract(face: str, outcome: str, code: int, verify: Run) -> None:
    ran = verify("--json", face=face)
    shape = json.loads(ran.out)
    assert ran.code == code
    assert shape["outcome"] == outcome
    assert all(set(one) == {"code", "text"} for one in shape["reasons"])
    assert {"score", "fmr", "calibration", "quality"} <= set(shape["face"])
    assert isinstance(shape["face"]["score"], float)
    assert (shape["face"]["fmr"] <= 1e-4) == (outcome == "accept")
    assert shape["liveness"] == {"level": "none"}
    told = {"issuer", "not_after", "status", "status_age_s", "kind", "portrait", "enrolled", "document_type"}
    assert told == set(shape["credential"])
    assert shape["credential"]["issuer"] == "https://issuer.example.org/"
    assert shape["credential"]["status"] == "valid"


def test_a_refusal_is_json_too(verify: Run, stage: Stage) -> None:
    stage.issuer.revoke(stage.credential)
    ran = verify("--json")
    assert ran.code == 3
    shape = json.loads(ran.out)
    assert shape["outcome"] == "refused"
    assert shape["reasons"][0]["code"] == "revoked"
    assert shape["reasons"][0]["remedy"]
    missing = verify("--json", code="none.png")
    assert missing.code == 4
    assert json.loads(missing.out)["outcome"] == "error"


def test_json_carries_no_template_and_no_picture(verify: Run) -> None:
    out = verify("--json").out
    assert len(out) < 4000
    assert max(len(word) for word in out.split()) < 80


# --- refused codes: 3 --------------------------------------------------------------------------------------


def test_one_altered_character_is_3(verify: Run, stage: Stage) -> None:
    text = stage.credential.text
    for at in range(5, len(text), 97):
        altered = stage.folder / "altered.txt"
        altered.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
        ran = verify(code=altered)
        assert ran.code in (3, 4)
        assert ran.out == ""
        assert text[10:40] not in ran.err


@pytest.mark.parametrize(("change", "word"), [("revoke", "revoked"), ("suspend", "suspended")])
def test_withdrawn_codes_are_3(change: str, word: str, verify: Run, stage: Stage) -> None:
    getattr(stage.issuer, change)(stage.credential)
    ran = verify()
    assert ran.code == 3
    assert word in ran.err


def test_an_expired_code_is_3(verify: Run, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    last = stage.credential.claims.expires
    monkeypatch.setattr(time, "time", lambda: last + 60.0)
    ran = verify()
    assert ran.code == 3
    assert "expired" in ran.err


def test_a_stale_status_list_is_3(verify: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 40 * DAY
    monkeypatch.setattr(time, "time", lambda: later)
    ran = verify()
    assert ran.code == 3
    assert "status list" in ran.err


def test_a_clock_set_back_is_78(verify: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = time.time() - 2 * DAY
    monkeypatch.setattr(time, "time", lambda: earlier)
    ran = verify()
    assert ran.code == 78
    assert "clock" in ran.err


def test_another_issuers_code_is_3(verify: Run, moiety: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert moiety("init", "--home", other, "--issuer-uri", "https://other.example.org/").code == 0
    ran = verify(home=other)
    assert ran.code == 3
    assert "trust bundle" in ran.err


def test_a_code_for_another_group_is_3(verify: Run, stage: Stage) -> None:
    for key in (stage.home / "keys").glob("group-*.pem"):
        key.unlink()
    ran = verify()
    assert ran.code == 3
    assert "group" in ran.err


def test_another_models_template_is_3(verify: Run, stage: Stage) -> None:
    template = SealedTemplate("face", "arcface-r100", bytes(range(1, 129)), 2, 0, "face", False)
    code = stage.folder / "other-model.txt"
    stage.issuer.issue(Contents((template,), bytes(32))).save(code)
    ran = verify(code=code)
    assert ran.code == 3
    assert "arcface-r100" in ran.err


def test_the_pin_right_wrong_missing_unreadable(verify: Run, stage: Stage, moiety: Run) -> None:
    right, wrong, code = (stage.folder / name for name in ("right", "wrong", "pin.png"))
    right.write_text("271828\n")
    wrong.write_text("314159\n")
    consent = stage.folder / "consent.json"
    faces = ["--face", stage.face("lisa/1"), "--face", stage.face("lisa/2")]
    assert (
        moiety(
            "enrol", "--home", stage.home, *faces, "--consent", consent, "--out", code, "--pin-file", right
        ).code
        == 0
    )
    assert verify("--pin-file", right, code=code).code == 0
    for arguments, word in (([], "none was given"), (["--pin-file", wrong], "does not open")):
        ran = verify(*arguments, code=code)
        assert ran.code == 3
        assert word in ran.err
        assert "271828" not in ran.err
        assert "314159" not in ran.err
    assert verify("--pin-file", stage.folder / "none", code=code).code == 4
    assert verify("--pin-file", stage.face("lisa/1"), code=code).code in (4, 64)


# --- what cannot be read: 4, 64, 78 ------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"HELLO", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7", bytes(200)])
def test_an_unreadable_code_is_4(data: bytes, verify: Run, stage: Stage) -> None:
    path = stage.folder / "bad.png"
    path.write_bytes(data)
    ran = verify(code=path)
    assert ran.code == 4
    assert ran.out == ""


def test_a_face_is_no_code_and_a_code_is_no_face(verify: Run, stage: Stage) -> None:
    ran = verify(code=stage.face("lisa/1"))
    assert ran.code == 4
    assert "No code" in ran.err
    assert verify(face=stage.code).code == 2


@pytest.mark.parametrize("data", [b"", b"a letter", b"\xff\xd8\xff\xe0 cut"])
def test_an_unreadable_face_is_4(data: bytes, verify: Run, stage: Stage) -> None:
    path = stage.folder / "bad.jpg"
    path.write_bytes(data)
    assert verify(face=str(path)).code == 4


@pytest.mark.parametrize("fmr", ["0", "1", "0.5", "1e-9", "-1e-4", "nan", "inf"])
def test_a_rate_that_cannot_be_asked_for_is_64(fmr: str, verify: Run) -> None:
    ran = verify(f"--fmr={fmr}")
    assert ran.code == 64
    assert "1e-06 to 0.01" in ran.err


def test_a_stricter_rate_never_accepts_more(verify: Run) -> None:
    scores = {
        json.loads(verify("--json", "--fmr", fmr).out)["face"]["score"] for fmr in ("1e-2", "1e-4", "1e-6")
    }
    assert len(scores) == 1
    assert verify("--fmr", "1e-6").code == 0
    assert verify("--fmr", "1e-2", face="london/101/neutral").code == 1


def test_homes_that_cannot_be_used_are_78(verify: Run, stage: Stage, tmp_path: Path) -> None:
    assert verify(home=tmp_path / "nowhere").code == 78
    (stage.home / "home.json").write_text("{}")
    assert verify().code == 78


@pytest.mark.parametrize("what", ["home", "keys", "key"])
def test_a_key_that_others_can_read_is_78(what: str, verify: Run, stage: Stage) -> None:
    key = next((stage.home / "keys").glob("group-*.pem"))
    {"home": stage.home, "keys": stage.home / "keys", "key": key}[what].chmod(
        0o755 if what != "key" else 0o644
    )
    ran = verify()
    assert ran.code == 78
    assert "chmod" in ran.err


@pytest.mark.parametrize("spoil", ["absent", "altered", "cut"])
def test_a_spoiled_trust_bundle_is_78(spoil: str, verify: Run, stage: Stage) -> None:
    file = stage.home / "trust.cbor"
    data = bytearray(file.read_bytes())
    if spoil == "absent":
        file.unlink()
    elif spoil == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 3] ^= 4
        file.write_bytes(data)
    assert verify().code == 78


def test_a_spoiled_site_table_is_no_verdict(verify: Run, stage: Stage) -> None:
    (stage.home / "calibration").mkdir(exist_ok=True)
    (stage.home / "calibration" / "site.json").write_text("{}")
    assert verify().code == 4


def test_verifying_writes_nothing(verify: Run, stage: Stage) -> None:
    def state() -> dict[str, bytes]:
        return {str(one): one.read_bytes() for one in stage.folder.rglob("*") if one.is_file()}

    before = state()
    verify()
    verify(face="london/101/neutral")
    assert state() == before
