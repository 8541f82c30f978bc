"""Runs: the engine answers as in life, each trouble shows as itself, and nothing reaches the disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.practice.conftest import Play

from moiety import catalogue
from moiety.errors import UsageError
from moiety.practice import Realm, Run, scenarios
from moiety.practice.actions import Action
from moiety.practice.debrief import debrief, pictures
from moiety.practice.page import render
from moiety.practice.score import score

# What the engine must say at the first capture or scan that shows the trouble.
TROUBLE = {
    "dark": ("capture", "inconclusive", {"no-face", "too-dark"}),
    "bright": ("capture", "inconclusive", {"too-bright"}),
    "blurred": ("capture", "inconclusive", {"blurred"}),
    "too-far": ("capture", "inconclusive", {"too-far"}),
    "tilted-code": ("scan", "unreadable", {"code-unreadable"}),
    "half-code": ("scan", "unreadable", {"code-unreadable"}),
    "two-faces": ("capture", "inconclusive", {"liveness-several-faces"}),
    "mask": ("capture", "inconclusive", {"liveness-not-shown", "unclear-face"}),
    "cannot-turn": ("capture", "inconclusive", {"liveness-not-turned"}),
    "bandage": ("capture", "inconclusive", {"blurred", "unclear-face"}),
    "wrong-person": ("capture", "reject", {"face-no-match"}),
    "wrong-finger": ("capture", "reject", {"finger-no-match"}),
    "revoked": ("scan", "refused", {"revoked"}),
    "suspended": ("scan", "refused", {"suspended"}),
    "expired": ("scan", "refused", {"expired"}),
    "other-issuer": ("scan", "refused", {"issuer-untrusted"}),
    "altered": ("scan", "refused", {"signature-invalid"}),
    "printed-photo": ("capture", "inconclusive", {"liveness-not-shown"}),
    "replayed-video": ("capture", "inconclusive", {"liveness-not-shown"}),
}
WHOLE = ("good", "dark", "cannot-turn", "bandage")


def test_every_scenario_is_here() -> None:
    assert {*TROUBLE, "good"} == set(scenarios())


@pytest.mark.parametrize("name", TROUBLE)
def test_each_trouble_shows_as_itself(name: str, play: Play) -> None:
    action, outcome, codes = TROUBLE[name]
    good = scenarios()[name].good
    upto = good.index(Action(action)) + 1
    if name in WHOLE:
        upto = len(good)
    run = play(name, [one.value for one in good[:upto]])
    step = next(one for one in run.steps if one.action is Action(action))
    assert step.outcome == outcome
    assert set(step.reasons) & codes, step.reasons


@pytest.mark.parametrize("name", WHOLE)
def test_a_good_operator_gets_there_with_all_points(name: str, play: Play) -> None:
    run = play(name, [one.value for one in scenarios()[name].good])
    assert score(run).points == 100
    captures = [one for one in run.steps if one.action is Action.CAPTURE]
    assert captures[-1].outcome == "accept"
    assert all(one.helped for one in run.steps if one.helped is not None)


def test_no_attack_is_ever_accepted_however_often_it_is_tried(play: Play) -> None:
    run = play("printed-photo", ["scan", "capture", "closer", "capture", "other-way"])
    assert "accept" not in {one.outcome for one in run.steps}
    assert score(run).points >= 90


# --- the score: what an operator could know, not what turned out ----------------------------------------


def test_guessing_costs_everything_even_when_it_was_right(play: Play) -> None:
    run = play("dark", ["scan", "capture", "accept"])
    assert run.scenario.genuine
    assert score(run).points == 0
    assert [one.code for one in score(run).notes] == ["guessed"]


def test_asking_for_a_better_capture_beats_every_way_of_guessing(play: Play) -> None:
    best = score(play("dark", [one.value for one in scenarios()["dark"].good])).points
    others = [
        play("dark", ["scan", "capture", "accept"]),
        play("dark", ["scan", "capture", "turn-away"]),
        play("dark", ["scan", "capture", "other-way"]),
        play("dark", ["scan", "accept"]),
        play("dark", ["turn-away"]),
    ]
    assert all(score(one).points < best for one in others)


def test_turning_the_holder_away_costs_more_than_the_other_way(play: Play) -> None:
    away = score(play("dark", ["scan", "capture", "turn-away"])).points
    other = score(play("dark", ["scan", "capture", "other-way"])).points
    assert away < other < 100


def test_asking_in_vain_costs_little_and_never_as_much_as_not_asking(play: Play) -> None:
    idle = score(play("revoked", ["scan", "more-light", "closer", "other-way"]))
    assert 90 <= idle.points < 100
    assert "asked-idly" in [one.code for one in idle.notes]


def test_nobody_is_sent_away_without_the_other_way(play: Play) -> None:
    assert score(play("revoked", ["scan", "turn-away"])).points < 100
    assert score(play("revoked", ["scan", "other-way"])).points == 100


def test_the_code_is_looked_at_first(play: Play) -> None:
    assert "code-not-looked-at" in [one.code for one in score(play("revoked", ["other-way"])).notes]


# --- a run keeps its order ------------------------------------------------------------------------------


def test_an_ended_run_does_nothing_more(play: Play) -> None:
    run = play("revoked", ["scan", "other-way"])
    assert run.allowed == ()
    with pytest.raises(UsageError):
        run.do(Action.SCAN)


def test_a_run_ends_at_last(realm: Realm) -> None:
    run = Run(scenarios()["revoked"], realm)
    for _ in range(30):
        run.do(Action.MORE_LIGHT)
    with pytest.raises(UsageError):
        run.do(Action.SCAN)
    run.do(Action.OTHER_WAY)


def test_a_debrief_needs_an_end(realm: Realm) -> None:
    with pytest.raises(UsageError):
        debrief(Run(scenarios()["good"], realm), "en")


def test_each_capture_has_a_challenge_of_its_own(realm: Realm) -> None:
    run = Run(scenarios()["revoked"], realm, seed=9)
    first = run.challenge()
    run.do(Action.CLOSER)
    assert run.challenge() != first


# --- the debrief ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", catalogue.languages())
def test_the_page_says_on_every_side_that_nothing_is_real(language: str, play: Play) -> None:
    run = play("dark", [one.value for one in scenarios()["dark"].good])
    page = render(run, debrief(run, language))
    assert page.count(catalogue.text("practice.mark", language)) == 2
    assert f"dir='{catalogue.direction(language)}'" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert page.count("data:image/jpeg") >= 3


def test_the_debrief_shows_what_the_engine_saw(play: Play) -> None:
    face = play("good", ["scan", "capture", "accept"])
    assert [one.key for one in pictures(face, face.steps[1])] == ["landmarks", "crop", "curve"]
    finger = play("bandage", [one.value for one in scenarios()["bandage"].good])
    assert [one.key for one in pictures(finger, finger.steps[3])] == ["ridges", "pairings", "curve"]


def test_what_is_exported_holds_no_picture(play: Play) -> None:
    run = play("bandage", [one.value for one in scenarios()["bandage"].good])
    text = json.dumps(debrief(run, "en").to_json())
    assert len(text) < 6000
    for part in ("data:", "base64", "svg", "landmark", "minutia"):
        assert part not in text
    assert json.loads(text)["practice"] == catalogue.text("practice.mark", "en")


def test_nothing_of_a_practice_capture_is_on_disk_afterwards(tmp_path: Path) -> None:
    """A run in a process of its own, whose home, working and temporary folders are looked into afterwards."""
    for name in ("home", "tmp", "work"):
        (tmp_path / name).mkdir()
    environment = {
        **os.environ, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp"),
        "XDG_CACHE_HOME": str(tmp_path / "home"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    entry = "import sys; from moiety.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", entry, "practice", "run", "wrong-finger", "--json"]
    done = subprocess.run(
        [*command, "--actions", "scan,capture,other-way"],
        capture_output=True, text=True, env=environment, cwd=tmp_path / "work", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["score"] == 100
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []
