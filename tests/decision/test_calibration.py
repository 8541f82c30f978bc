"""A table takes a score to a false match rate that only falls, and is refused if it does not."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.decision.calibration import SCHEMA, CalibrationTable, Tables, read
from moiety.errors import DocumentUnreadable

MODEL = "sface-2021dec-int8bq"
POINTS = [[-1.0, 0.0, -9.0], [0.1, -0.5, -3.0], [0.4, -4.0, 5.0], [0.6, -7.0, 12.0]]
Document = dict[str, Any]


def document(**changes: Any) -> Document:
    return {
        "schema": SCHEMA,
        "name": "t-1",
        "modality": "face",
        "model": MODEL,
        "samples": 1,
        "fitted_on": "set a, set b",
        "measured_to": 1e-5,
        "counts": {"people": 100, "pairs_of_people": 4950},
        "points": POINTS,
        "binding": [{"from": -1.0, "set": "set a"}, {"from": 0.3, "set": "set b"}],
    } | changes


def table(**changes: Any) -> CalibrationTable:
    return read(json.dumps(document(**changes)).encode())


# --- the shipped tables ------------------------------------------------------------------------------------


def test_there_is_a_table_for_one_and_for_several_pictures() -> None:
    shipped = Tables.shipped()
    names = [shipped.find("face", MODEL, samples).name for samples in range(1, 6)]
    assert shipped.find("face", MODEL, 1).samples == 1
    assert len(set(names)) >= 3


@pytest.mark.parametrize("samples", [1, 2, 3])
@given(scores=st.lists(st.floats(-1, 1), min_size=2, max_size=20))
def test_more_alike_never_stands_for_a_higher_rate(samples: int, scores: list[float]) -> None:
    shipped = Tables.shipped().find("face", MODEL, samples)
    ordered = sorted(scores)
    rates = [shipped.fmr(score).value for score in ordered]
    ratios = [shipped.llr(score) for score in ordered]
    assert all(b <= a * (1 + 1e-9) for a, b in itertools.pairwise(rates))
    assert all(b >= a - 1e-9 for a, b in itertools.pairwise(ratios))
    assert all(0 <= rate <= 1 for rate in rates)


@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("fmr", [1e-2, 1e-3, 1e-4, 1e-5])
def test_the_threshold_of_a_rate_stands_for_that_rate(samples: int, fmr: float) -> None:
    shipped = Tables.shipped().find("face", MODEL, samples)
    at = shipped.score_at(fmr)
    if math.isinf(at):
        assert shipped.fmr(1.0).value > fmr
        return
    assert shipped.fmr(at).value <= fmr * (1 + 1e-6)
    assert shipped.fmr(at - 1e-3).value > fmr


def test_a_stranger_stands_for_a_high_rate_and_the_same_picture_for_a_low_one() -> None:
    shipped = Tables.shipped().find("face", MODEL, 1)
    assert shipped.fmr(0.0).value > 0.1
    assert shipped.fmr(1.0).value < 1e-4


# --- how a table is read -----------------------------------------------------------------------------------


def test_between_points_the_logarithm_is_linear() -> None:
    one = table()
    assert one.fmr(0.4).value == pytest.approx(1e-4)
    assert one.fmr(0.5).value == pytest.approx(10**-5.5)
    assert one.llr(0.25) == pytest.approx(1.0)


def test_beyond_the_last_point_nothing_more_is_claimed() -> None:
    one = table()
    assert one.fmr(0.99).value == one.fmr(0.6).value == pytest.approx(1e-7)
    assert one.fmr(-5).value == pytest.approx(1.0)


def test_measured_and_modelled_are_told_apart() -> None:
    one = table()
    assert one.fmr(0.4).measured
    assert not one.fmr(0.6).measured


def test_the_set_that_binds_is_named() -> None:
    one = table()
    assert [one.fmr(score).binds for score in (-1, 0.29, 0.3, 0.9)] == ["set a", "set a", "set b", "set b"]
    assert table(binding=[]).fmr(0.5).binds == "set a, set b"


def test_a_likelihood_ratio_is_capped_by_what_was_counted() -> None:
    assert table(measured_to=1e-3).llr_cap() == pytest.approx(math.log(1000))


def test_a_rate_below_the_table_has_no_threshold() -> None:
    assert table().score_at(1e-8) == math.inf
    assert table().score_at(1.0) == -1.0
    assert table().score_at(1e-4) == pytest.approx(0.4)


def test_a_curve_for_drawing_is_a_copy() -> None:
    one = table()
    scores, _ = one.curve()
    scores[:] = 0
    assert one.fmr(0.4).value == pytest.approx(1e-4)


WRONG: list[Document] = [
    document(schema="moiety/calibration/2"),
    document(points=[]),
    document(points=[POINTS[0]]),
    document(points=[[0, 0], [1, -1]]),
    document(points=[POINTS[1], POINTS[0]]),
    document(points=[POINTS[0], POINTS[0]]),
    document(points=[[-1, -4, 0], [1, -3, 1]]),
    document(points=[[-1, 0, 1], [1, -3, 0]]),
    document(points=[[-1, 0.5, 0], [1, -3, 1]]),
    document(points=[[-1, 0, 0], [1, None, 1]]),
    document(points=[[-1, 0, 0], [1, float("nan"), 1]]),
    document(points=[[-1, 0, 0], [1, -float("inf"), 1]]),
    document(points="points"),
    document(points=[[at / 20_001, 0, 0] for at in range(20_001)]),
    document(measured_to=0),
    document(measured_to=-1),
    document(measured_to=2),
    document(measured_to="x"),
    document(measured_to=float("nan")),
    document(samples=0),
    document(samples=True),
    document(samples=1.0),
    document(samples="1"),
    document(name=""),
    document(name=5),
    document(model="m" * 501),
    document(counts=[1]),
    document(counts={"people": "many"}),
    document(binding=[{"from": 0}]),
    document(binding=5),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: str(one)[-60:])
def test_a_malformed_table_is_refused(wrong: Document) -> None:
    with pytest.raises(DocumentUnreadable) as refused:
        read(json.dumps(wrong).encode())
    assert refused.value.remedy


@pytest.mark.parametrize("name", sorted(set(document()) - {"binding"}))
def test_a_table_without_one_of_its_entries_is_refused(name: str) -> None:
    whole = document()
    del whole[name]
    with pytest.raises(DocumentUnreadable):
        read(json.dumps(whole).encode())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from(sorted(document())), json_values)
def test_any_value_in_any_entry_gives_a_sound_table_or_a_refusal(name: str, value: object) -> None:
    try:
        one = read(json.dumps(document(**{name: value})).encode())
    except DocumentUnreadable:
        return
    rates = [one.fmr(score).value for score in np.linspace(-1.5, 1.5, 31)]
    assert all(0 <= b <= a <= 1 + 1e-6 for a, b in itertools.pairwise(rates))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        read(data)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(DocumentUnreadable):
        read(b"[" * 200_000)


# --- which table -------------------------------------------------------------------------------------------


def test_the_nearest_table_at_or_below_the_number_of_pictures() -> None:
    family = Tables([table(name="one", samples=1), table(name="three", samples=3)])
    found = {samples: family.find("face", MODEL, samples).name for samples in (1, 2, 3, 5)}
    assert found == {1: "one", 2: "one", 3: "three", 5: "three"}


@pytest.mark.parametrize(
    ("modality", "model", "samples"), [("face", "other", 1), ("finger", MODEL, 1), ("face", MODEL, 0)]
)
def test_no_table_is_a_refusal_and_never_another_one(modality: str, model: str, samples: int) -> None:
    with pytest.raises(DocumentUnreadable, match="no calibration table") as refused:
        Tables([table()]).find(modality, model, samples)
    assert "calibrate" in refused.value.remedy


def test_a_sites_own_table_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / "calibration"
    folder.mkdir()
    (folder / "site.json").write_text(json.dumps(document(name="site-1")))
    assert Tables.of_home(tmp_path).find("face", MODEL, 1).name == "site-1"
    assert Tables.shipped().find("face", MODEL, 1).name != "site-1"


def test_a_home_without_tables_has_the_shipped_ones(tmp_path: Path) -> None:
    assert [one.name for one in Tables.of_home(tmp_path)] == [one.name for one in Tables.shipped()]


@pytest.mark.parametrize(
    "spoil", [lambda file: file.write_text("{"), lambda file: file.write_bytes(bytes(2_000_001))]
)
def test_a_spoiled_site_table_is_not_passed_over(spoil: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "calibration").mkdir()
    spoil(tmp_path / "calibration" / "site.json")
    with pytest.raises(DocumentUnreadable):
        Tables.of_home(tmp_path)
