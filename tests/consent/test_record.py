"""Without a consent that holds now, nothing begins; withdrawing it breaks no tie to the code."""

from __future__ import annotations

import json
import stat
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.consent import Consent
from moiety.errors import ConsentError, StorageError

NOW = 1_790_000_000
DAY = 86_400
FACE = frozenset({"face"})


def given_now(**changes: Any) -> Consent:
    return Consent.given("picking up medicine", now=NOW, **changes)


def document(**changes: Any) -> dict[str, Any]:
    body = {
        "schema": "moiety/consent/1",
        "record_id": "0" * 32,
        "salt": "1" * 32,
        "purpose": "picking up medicine",
        "modalities": ["face"],
        "notice_version": "2026-11",
        "given_at": NOW,
        "expires_at": NOW + DAY,
        "withdrawn_at": None,
    }
    return body | changes


def read(value: object, folder: Path) -> Consent:
    path = folder / "consent.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return Consent.read(path)


@pytest.mark.parametrize("late", [0, 1, 365 * DAY - 1])
def test_it_holds_until_it_expires(late: int) -> None:
    given_now().require(FACE, now=NOW + late)


@pytest.mark.parametrize(
    ("late", "why"), [(365 * DAY, "expired"), (10_000 * DAY, "expired"), (-301, "future")]
)
def test_outside_its_time_it_does_not(late: int, why: str) -> None:
    with pytest.raises(ConsentError, match=why) as refused:
        given_now().require(FACE, now=NOW + late)
    assert refused.value.remedy


def test_a_clock_five_minutes_behind_is_no_future() -> None:
    given_now().require(FACE, now=NOW - 300)


def test_withdrawn_is_withdrawn_even_before_the_moment_of_withdrawal() -> None:
    for moment in (NOW, NOW + DAY):
        with pytest.raises(ConsentError, match="withdrawn"):
            replace(given_now(), withdrawn_at=NOW + 10).require(FACE, now=moment)


@pytest.mark.parametrize(
    ("given_for", "asked", "missing"),
    [
        (("face",), {"finger"}, "finger"),
        (("finger",), {"face"}, "face"),
        (("face",), {"face", "finger"}, "finger"),
    ],
)
def test_what_was_not_agreed_to_is_named(given_for: tuple[str, ...], asked: set[str], missing: str) -> None:
    with pytest.raises(ConsentError, match=missing):
        given_now(modalities=given_for).require(frozenset(asked), now=NOW)


def test_days_left_are_whole() -> None:
    one = given_now(days=10)
    assert [one.days_left(now=NOW + late) for late in (0, 1, DAY, 11 * DAY)] == [10, 9, 9, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"days": 0},
        {"days": -1},
        {"days": 4000},
        {"modalities": ()},
        {"modalities": ("voice",)},
        {"modalities": ("face", "iris")},
    ],
)
def test_what_cannot_be_agreed_to(changes: dict[str, Any]) -> None:
    with pytest.raises(ConsentError):
        given_now(**changes)


@pytest.mark.parametrize("purpose", ["", "  ", "ab", "x" * 2001])
def test_a_purpose_is_needed(purpose: str) -> None:
    with pytest.raises(ConsentError, match="purpose"):
        Consent.given(purpose)


def test_two_records_are_never_the_same() -> None:
    one, other = given_now(), given_now()
    assert one.record_id != other.record_id
    assert one.salt != other.salt
    assert one.commitment() != other.commitment()


# --- the commitment ----------------------------------------------------------------------------------------


def test_the_commitment_is_32_bytes_and_stable(tmp_path: Path) -> None:
    one = given_now(modalities=("face", "finger"))
    one.save(tmp_path / "c.json")
    assert len(one.commitment()) == 32
    assert Consent.read(tmp_path / "c.json").commitment() == one.commitment()
    assert replace(one, modalities=("finger", "face")).commitment() == one.commitment()


def test_withdrawing_does_not_change_the_commitment() -> None:
    one = given_now()
    assert replace(one, withdrawn_at=NOW + DAY).commitment() == one.commitment()


OTHER: dict[str, Any] = {
    "record_id": "a" * 32,
    "salt": "b" * 32,
    "purpose": "something else",
    "modalities": ("face", "finger"),
    "notice_version": "2027-01",
    "given_at": NOW - 1,
    "expires_at": NOW + 400 * DAY,
}


def test_every_field_is_accounted_for() -> None:
    assert {*OTHER, "withdrawn_at"} == {one.name for one in fields(Consent)}


@pytest.mark.parametrize("name", sorted(OTHER))
def test_any_other_field_changes_the_commitment(name: str) -> None:
    one = given_now()
    assert replace(one, **{name: OTHER[name]}).commitment() != one.commitment()


def test_the_purpose_does_not_show_in_the_commitment() -> None:
    """The salt keeps a guessed purpose from being confirmed."""
    one = given_now()
    assert replace(one, salt="c" * 32).commitment() != one.commitment()


# --- the file ----------------------------------------------------------------------------------------------


def test_a_record_survives_its_file_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    one = Consent.given("Zahlung an der Kasse – für Über-18", now=NOW, modalities=("face", "finger"))
    one.save(tmp_path / "c.json")
    assert Consent.read(tmp_path / "c.json") == one
    assert stat.S_IMODE((tmp_path / "c.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "5",
        "null",
        "{}",
        "{",
        "[" * 20_000,
        document(schema="moiety/consent/2"),
        document(more=1),
        document(record_id="x"),
        document(record_id="G" * 32),
        document(salt=None),
        document(salt=5),
        document(purpose=None),
        document(purpose="a"),
        document(modalities=[]),
        document(modalities="face"),
        document(modalities=[5]),
        document(modalities=None),
        document(given_at=True),
        document(given_at="now"),
        document(given_at=1.5),
        document(expires_at=NOW),
        document(expires_at=NOW - 1),
        document(expires_at=NOW + 11 * 366 * DAY),
        document(withdrawn_at="yesterday"),
        document(withdrawn_at=False),
    ],
    ids=lambda one: str(one)[-50:],
)
def test_what_is_no_record_is_refused(value: object, tmp_path: Path) -> None:
    with pytest.raises(ConsentError):
        read(value, tmp_path)


@pytest.mark.parametrize("name", sorted(document()))
def test_a_record_without_a_field_is_refused(name: str, tmp_path: Path) -> None:
    body = document()
    del body[name]
    with pytest.raises(ConsentError):
        read(body, tmp_path)


def test_files_that_are_none(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ConsentError):
            Consent.read(path)
    (tmp_path / "large.json").write_bytes(b" " * 60_000)
    with pytest.raises(ConsentError):
        Consent.read(tmp_path / "large.json")
    with pytest.raises(StorageError):
        given_now().save(tmp_path / "none" / "c.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(document())), json_values)
def test_any_value_in_any_field_gives_a_record_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: object
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        one = read(document(**{name: value}), folder)
    except ConsentError:
        return
    assert len(one.commitment()) == 32
    one.days_left(now=NOW)
