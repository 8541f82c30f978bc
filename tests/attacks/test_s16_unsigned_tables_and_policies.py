"""S16: a home's table under a shipped name makes a stranger match; a home's policy goes below the root's."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from moiety.cli.main import main
from moiety.credential import epochs
from moiety.credential.home import create_home
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import Tables
from moiety.decision.floor import require_floor
from moiety.decision.judge import calibrate
from moiety.decision.policy import Policy, demands, requirement
from moiety.errors import DocumentUnreadable, PermissionsTooOpen, PolicyTooLax, UsageError

TABLES = files("moiety.decision").joinpath("tables")
SHIPPED = sorted(one.name for one in TABLES.iterdir() if one.name.endswith(".json"))

FACE = next(one for one in SHIPPED if json.loads(TABLES.joinpath(one).read_bytes())["modality"] == "face")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri="https://issuer.example")


def forged(home: Home, shipped: str, name: str | None = None) -> Path:
    """A shipped table that calls every score a match, in the home."""
    table = json.loads(TABLES.joinpath(shipped).read_bytes())
    table["points"] = [[-1.0, 0.0, -5.0], [-0.9, -6.5, 15.0]]
    table["name"] = name or table["name"]
    file = home.path / "calibration" / "site.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(table))
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    "shipped", sorted(one.name for one in TABLES.iterdir() if one.name.endswith(".json"))
)
def test_no_table_of_a_home_has_the_name_of_a_shipped_one(home: Home, shipped: str) -> None:
    """Faces, portraits and fingers alike."""
    forged(home, shipped)
    with pytest.raises(DocumentUnreadable, match="has the name of another one"):
        Tables.of_home(home.path)
    assert main(["doctor", "--home", str(home.path)]) != 0


def test_a_table_of_its_own_is_named_by_its_hash(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = FACE
    forged(home, shipped, "our-own")
    one = next(iter(Tables.of_home(home.path)))
    made = calibrate(0.1, Tables.of_home(home.path), modality="face", model=one.model, samples=one.samples)
    assert made.calibration == "our-own"
    assert made.calibration_sha256 == one.digest
    assert len(made.calibration_sha256) == len(made.model_sha256) == 64
    assert main(["doctor", "--home", str(home.path)]) == 0
    assert f"our-own (SHA-256 {one.digest[:16]})" in capsys.readouterr().out


@pytest.mark.parametrize("mode", [0o666, 0o620])
def test_what_others_can_write_decides_nothing(home: Home, mode: int) -> None:
    shipped = FACE
    forged(home, shipped, "our-own").chmod(mode)
    with pytest.raises(PermissionsTooOpen, match="could change what it decides"):
        Tables.of_home(home.path)


def test_a_home_asks_for_no_less_than_the_root(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    floor: dict[str, int | float | str | bool] = {
        "fmr": 1e-4,
        "liveness": "required",
        "require": "face",
        "max_status_age_s": 86_400,
    }
    epochs.set_policy(home, "desk", floor)
    trust = TrustBundle.open(home.path)
    (home.path / "policy.json").write_text(json.dumps({"fmr": 1e-2, "liveness": "none"}))
    (home.path / "policy.json").chmod(0o600)
    assert main(["doctor", "--home", str(home.path)]) != 0
    assert "asks for less than the root's policy" in capsys.readouterr().out
    with pytest.raises(PolicyTooLax, match=r"rate of 0\.01 instead of 0\.0001; no liveness"):
        require_floor(Policy(fmr=1e-2, liveness="none"), trust.policies)
    day = Policy(max_status_age_s=86_400)
    require_floor(day, trust.policies)
    require_floor(Policy(fmr=1e-6, max_status_age_s=60, poor_portrait="refuse"), trust.policies)
    require_floor(Policy(max_status_age_s=9, require=requirement("face-and-finger")), trust.policies)
    for lax in ("finger", "two-fingers", "face-or-finger", "fused"):
        with pytest.raises(PolicyTooLax, match="another requirement"):
            require_floor(Policy(max_status_age_s=9, require=requirement(lax)), trust.policies)
    epochs.set_policy(home, "documents", {"demands": "status, country"})
    both = TrustBundle.open(home.path).policies
    for short in ("", "status", "age,country"):
        with pytest.raises(PolicyTooLax, match="may be unknown"):
            require_floor(replace(day, demands=demands(short)), both)
    require_floor(replace(day, demands=demands("status,age,country")), both)
    require_floor(replace(day, demands=demands("country,status")), both)
    epochs.set_policy(home, "documents", None)
    epochs.set_policy(home, "desk", None)
    require_floor(Policy(fmr=1e-2, liveness="none"), TrustBundle.open(home.path).policies)
    with pytest.raises(UsageError, match="no policy called"):
        epochs.set_policy(home, "desk", None)


def test_the_root_sets_it_on_the_command_line(home: Home, tmp_path: Path) -> None:
    (tmp_path / "floor.json").write_text('{"fmr": 1e-5}')
    arguments = ["trust", "policy", "--home", str(home.path), "--name", "all"]
    assert main([*arguments, "--file", str(tmp_path / "floor.json")]) == 0
    with pytest.raises(PolicyTooLax):
        require_floor(Policy(), TrustBundle.open(home.path).policies)
    assert main([*arguments, "--remove"]) == 0
    require_floor(Policy(), TrustBundle.open(home.path).policies)
