"""Chimeric people share nothing, the shipped rule is what is measured, and rates are those of plain loops."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moiety.cli.main import main
from moiety.decision.calibration import Tables
from moiety.decision.fusion import fuse
from moiety.decision.judge import calibrate
from moiety.decision.policy import FingersMatch
from moiety.errors import InputError, UsageError
from moiety.evaluate import fusing, fusion_figures
from moiety.evaluate.chimeras import Trials, chimeras
from moiety.evaluate.engines import Engine, Extracted, Job, face_engine, finger_engine
from moiety.evaluate.fusing import StudyOptions, score_all, study
from moiety.evaluate.report import page

MODELS = (face_engine().model, finger_engine().model)


@pytest.fixture(scope="module")
def trials() -> Trials:
    faces = np.repeat(np.arange(9), [3, 1, 2, 2, 4, 2, 2, 1, 2])
    fingers = [np.repeat(np.arange(5), 3), np.repeat(np.arange(5, 11), 2)]
    return chimeras(faces, fingers, [np.arange(15), np.arange(15, 27)], 4)


def test_nobody_is_their_own_impostor_and_no_finger_is_shared(trials: Trials) -> None:
    impostor = ~trials.genuine
    assert (trials.people[impostor, 0] != trials.people[impostor, 1]).all()
    for row in np.flatnonzero(impostor):
        assert not set(trials.fingers[row, 0].tolist()) & set(trials.fingers[row, 1].tolist())
        assert len(set(trials.fingers[row].ravel().tolist())) == 4
        assert len({int(finger) >= 5 for finger in trials.fingers[row].ravel()}) == 1, "one set of fingers"


def test_genuine_trials_compare_different_samples_of_the_same_subjects(trials: Trials) -> None:
    own = trials.genuine
    finger_of = np.concatenate([np.repeat(np.arange(5), 3), np.repeat(np.arange(5, 11), 2)])
    assert (trials.people[own, 0] == trials.people[own, 1]).all()
    assert (trials.fingers[own, 0] == trials.fingers[own, 1]).all()
    assert (trials.faces[own, 0] < trials.faces[own, 1]).all()
    assert (trials.prints[own, 0] != trials.prints[own, 1]).all()
    assert np.array_equal(finger_of[trials.prints], trials.fingers)
    assert not np.isin(trials.people, [1, 7]).any(), (
        "a person of one picture cannot be compared with themselves"
    )


def test_pairings_repeat_by_seed_and_differ_between_seeds() -> None:
    faces, fingers = np.repeat(np.arange(6), 2), np.repeat(np.arange(8), 2)
    first, again = (chimeras(faces, [fingers], [np.arange(16)], 3) for _ in range(2))
    assert np.array_equal(first.fingers, again.fingers)
    hands = [tuple(row) for row in first.fingers[first.genuine][:, 0].tolist()]
    assert len(set(hands[:6])) == 4, "four hands of eight fingers, dealt in turn"
    assert set(hands[:6]) != set(hands[6:12])


@pytest.mark.parametrize(
    ("faces", "fingers"), [([0, 1, 1], [0, 0, 1, 1, 2, 2, 3, 3]), ([0, 0, 1, 1], [0, 0, 1, 1, 2, 2])]
)
def test_too_few_subjects_are_refused(faces: list[int], fingers: list[int]) -> None:
    with pytest.raises(InputError):
        chimeras(np.array(faces), [np.array(fingers)], [np.arange(len(fingers))], 1)


def test_the_shipped_rule_is_what_is_measured() -> None:
    random = np.random.default_rng(5)
    faces, prints = random.uniform(0, 0.8, 40), random.uniform(0, 0.14, (40, 2))
    tables = Tables.shipped()
    face, finger, fingers, fused = score_all(faces, prints, tables, MODELS)
    for row in range(40):
        one = calibrate(float(faces[row]), tables, modality="face", model=MODELS[0], samples=1)
        two = [calibrate(float(prints[row, slot]), tables, modality="finger", model=MODELS[1], samples=1,
                         position=2 + slot) for slot in range(2)]  # fmt: skip
        assert 10 ** -face.claimed[row] == pytest.approx(one.rate.value, rel=1e-9)
        assert 10 ** -fused.claimed[row] == pytest.approx(fuse([one, *two]).value, rel=1e-9)
        for target in fusion_figures.TARGETS:
            accepted = FingersMatch(1).judge(two, target).outcome.value == "accept"
            assert accepted == bool(fingers.claimed[row] >= fusion_figures._claim(target))
    assert np.array_equal(finger.score, prints[:, 0])


def made_up(seed: int = 3) -> tuple[Trials, list[fusion_figures.System]]:
    faces, fingers = np.repeat(np.arange(90), 2), np.repeat(np.arange(12), 3)
    trials = chimeras(faces, [fingers], [np.arange(36)], 3)
    random = np.random.default_rng(seed)
    shift = np.where(trials.genuine, 0.45, 0.0)
    face = shift + random.normal(0.1, 0.14, len(trials))
    prints = (
        np.abs(random.normal(0.02, 0.015, (len(trials), 2))) + np.where(trials.genuine, 0.05, 0.0)[:, None]
    )
    return trials, score_all(face, prints, Tables.shipped(), MODELS)


def test_figures_are_those_of_plain_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fusion_figures, "BOOTSTRAP_REPLICATES", 100)
    trials, systems = made_up()
    found = fusion_figures.figures(trials, systems)
    pairs = {tuple(sorted(pair)) for pair in trials.people[~trials.genuine].tolist()}
    assert found["people_pairs"] == len(pairs)
    for system in systems:
        own, others = system.score[trials.genuine].tolist(), system.score[~trials.genuine].tolist()
        for target in fusion_figures.TARGETS:
            rate = found["systems"][system.name]["fnmr_at_fmr"][f"{target:.10f}".rstrip("0")]
            supported = found["systems"][system.name]["supporting_pairs"] >= 3 / target
            assert rate["modelled"] == (not supported)
            if supported:
                allowed = math.floor(target * len(others) + 1e-9)
                threshold = math.nextafter(sorted(others, reverse=True)[allowed], 9)
                assert rate["value"] == sum(score < threshold for score in own) / len(own)
                assert rate["false_matches"] == sum(score >= threshold for score in others)
            else:
                claimed = system.claimed[trials.genuine].tolist()
                assert rate["value"] == sum(c < -math.log10(target) - 1e-12 for c in claimed) / len(own)
            assert rate["low"] <= rate["value"] <= rate["high"]


def test_drawn_weights_are_products_over_all_subjects() -> None:
    trials, _ = made_up()
    random = np.random.default_rng(1)
    people, fingers = random.integers(0, 3, 90).astype(float), random.integers(0, 3, 12).astype(float)
    weights = fusion_figures._weights(trials, people, fingers)
    for row in (0, len(trials) // 2, len(trials) - 1):
        sides = (0,) if trials.genuine[row] else (0, 1)
        face = math.prod(people[trials.people[row, side]] for side in sides)
        hand = [math.prod(fingers[trials.fingers[row, side, slot]] for side in sides) for slot in (0, 1)]
        assert weights[True, 0][row] == face
        assert weights[False, 1][row] == hand[0]
        assert weights[True, 2][row] == face * hand[0] * hand[1]


def read_number(job: Job) -> Extracted:
    text = Path(job.path).read_bytes()
    return Extracted(text, text, "", (), (), None, 0.0)


def near(reference: bytes, probe: bytes) -> float:
    return float(np.exp(-abs(float(reference) - float(probe))))


def near_prints(reference: bytes, probe: bytes) -> float:
    return 0.14 * near(reference, probe)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("made")
    random = np.random.default_rng(8)
    for kind, subjects in (("faces", 12), ("fingers", 8)):
        for subject in range(subjects):
            place = root / kind / f"{subject:03}"
            place.mkdir(parents=True)
            for sample in range(2):
                (place / f"{sample}.png").write_text(f"{6 * subject + random.normal(0, 0.1):.6f}")
    return root / "faces", root / "fingers"


@pytest.fixture(scope="module")
def results(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    options = StudyOptions(folders[0], (folders[1],), tmp_path_factory.mktemp("out"))
    face = Engine("face", MODELS[0], {"stand-in": "0" * 64}, read_number, near)
    finger = Engine("finger", MODELS[1], {"stand-in": "0" * 64}, read_number, near_prints)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion_figures, "BOOTSTRAP_REPLICATES", 100)
        return study(options, face, finger, lambda _: None)


def test_a_study_runs_from_folders_to_a_report(results: dict[str, Any]) -> None:
    json.dumps(results, allow_nan=False)
    assert results["people"] == 12
    assert results["fingers"] == 8
    assert results["people_pairs"] <= 12 * 11 // 2
    assert results["finger_pairs"] <= 8 * 7 // 2
    fused = results["systems"]["fused"]["fnmr_at_fmr"]["0.001"]
    assert fused["modelled"], "66 pairs of people show no rate of 1 in 1,000"
    assert not any(row["ahead"] and row["fnmr"] == 0 for row in results["comparison"])
    text = page(results)
    assert "(modelled)" in text
    assert "Not shown" in text
    for system in results["systems"].values():
        assert system["title"] in text


def test_every_print_is_compared_once(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def counted(reference: bytes, probe: bytes) -> float:
        seen.append((reference, probe))
        return near_prints(reference, probe)

    monkeypatch.setattr(fusing, "CHIMERIC_SEEDS", 2)
    monkeypatch.setattr(fusion_figures, "BOOTSTRAP_REPLICATES", 10)
    face = Engine("face", MODELS[0], {}, read_number, near)
    finger = Engine("finger", MODELS[1], {}, read_number, counted)
    study(StudyOptions(folders[0], (folders[1],), tmp_path), face, finger, lambda _: None)
    assert len(seen) == len(set(seen)) > 0


def test_options_that_do_not_fit_are_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    faces, fingers = folders
    for options in (
        StudyOptions(faces, (), tmp_path),
        StudyOptions(faces, (fingers, fingers), tmp_path),
        StudyOptions(faces, (fingers,), fingers / "out"),
    ):
        with pytest.raises(UsageError):
            study(options, face_engine(), finger_engine(), lambda _: None)


@pytest.mark.parametrize(
    "extra", [["--fvc"], ["--max-genuine", "3"], ["--audit-labels"], ["--groups", "x.csv"]]
)
def test_the_command_refuses_what_a_study_does_not_take(
    extra: list[str], folders: tuple[Path, Path], tmp_path: Path
) -> None:
    faces, fingers = folders
    assert main(["evaluate", "fusion", str(faces), str(fingers), "--out", str(tmp_path), *extra]) == 64


def test_other_modalities_take_one_folder(folders: tuple[Path, Path], tmp_path: Path) -> None:
    faces, fingers = folders
    for modality, root in itertools.product(("face", "finger", "pad"), (faces,)):
        assert main(["evaluate", modality, str(root), str(fingers), "--out", str(tmp_path)]) == 64
