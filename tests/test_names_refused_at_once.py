"""Every flag and keyword that takes a name refuses a wrong one at once, and says which there are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, Picture, Run, Stage

import moiety as product
from moiety.decision.policy import REQUIREMENTS
from moiety.errors import UsageError


@pytest.mark.parametrize("name", sorted(REQUIREMENTS))
def test_a_policy_takes_each_requirement_by_its_name(name: Any) -> None:
    made = product.Policy(require=name)
    assert made.require == REQUIREMENTS[name]()
    assert product.Policy().changed(require=name) == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"require": "face-or-fingers"}, {"require": None}, {"require": 3}, {"require": object},
        {"liveness": "optional"}, {"poor_portrait": "most"}, {"fmr": "1e-4"}, {"fmr": True}, {"fmr": 1.0},
        {"max_status_age_s": "1"}, {"max_status_age_s": -1},
    ],
    ids=str,
)  # fmt: skip
def test_a_policy_refuses_what_it_cannot_ask_for(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        product.Policy(**wrong)


def test_a_home_in_place_of_trust_or_issuer_is_refused_with_what_to_write(
    stage: Stage, picture: Picture
) -> None:
    trust: Any = str(stage.home)
    with pytest.raises(UsageError, match="trust is a TrustBundle, not a str") as refused:
        product.verify(credential=stage.credential, face=picture("lisa/3"), trust=trust)
    assert "TrustBundle.open" in refused.value.remedy
    policy: Any = "face"
    with pytest.raises(UsageError, match="policy is a Policy"):
        held = product.TrustBundle.open(stage.home)
        product.verify(credential=stage.credential, face=picture("lisa/3"), trust=held, policy=policy)


@pytest.mark.parametrize(
    "call",
    [
        ["verify", "c.txt", "--home", "HOME", "--face", "x.jpg", "--require", "nose"],
        ["verify", "c.txt", "--home", "HOME", "--face", "x.jpg", "--liveness", "perhaps"],
        ["enrol", "--home", "HOME", "--consent", "c.json", "--out", "x.png", "--profile", "wallet"],
        ["init", "--home", "new", "--role", "boss"],
        ["keys", "public", "toe", "--home", "HOME", "--out", "x"],
        ["evaluate", "ear", "HOME", "--out", "x"],
        ["evaluate", "fusion", "HOME", "HOME", "--tables", "absent", "--out", "x"],
        ["no-such-command"],
    ],
    ids=lambda call: " ".join(call[:1] + call[-2:]),
)
def test_a_wrong_name_on_the_command_line_is_refused(
    stage: Stage, moiety: Run, call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = moiety(*(str(stage.home) if one == "HOME" else one for one in call))
    assert ran.code == 64, ran.err
    assert not (tmp_path / "x").exists()


def test_the_errors_are_there_in_a_fresh_process() -> None:
    asked = "import moiety; print(moiety.errors.UsageError)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False, env=environment
    )
    assert "moiety.errors" in ran.stdout, ran.stderr
