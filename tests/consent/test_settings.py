"""A site's settings: strict, within the law, and with honest defaults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.consent.conftest import settings_document

from moiety import catalogue
from moiety.consent.schedule import Item
from moiety.consent.settings import ConsentSettings
from moiety.errors import DocumentUnreadable, MoietyError, UsageError


def test_a_home_without_a_file_has_the_plain_schedule_and_says_so(tmp_path: Path) -> None:
    made = ConsentSettings.open(tmp_path, "https://issuer.example")
    assert not made.stated
    assert made.schedule.laws == ("plain",)
    assert made.controller.name == "https://issuer.example"
    for language in catalogue.languages():
        assert made.purpose("verification", language)


def test_a_file_is_read(tmp_path: Path) -> None:
    document = settings_document(days=90, child_days=30, periods={"event-bodies": 10})
    (tmp_path / "consent.json").write_text(json.dumps(document))
    made = ConsentSettings.open(tmp_path, "https://issuer.example")
    assert made.stated
    assert (made.days, made.child_days) == (90, 30)
    assert (made.most_days(child=False), made.most_days(child=True)) == (90, 30)
    assert made.schedule.days(Item.EVENT) == 10
    assert made.purpose("medicine", "es") == "Recoger medicinas."


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "moiety/consent-settings/2"},
        {"more": 1},
        {"controller": None},
        {"controller": {"name": "x"}},
        {"controller": {"name": "ok", "address": "ok", "contact": "a\nb"}},
        {"jurisdictions": None},
        {"jurisdictions": "gdpr"},
        {"jurisdictions": [1]},
        {"purposes": {}},
        {"purposes": {"medicine": {}}},
        {"purposes": {"medicine": {"de": "Medizin"}}},
        {"purposes": {"medicine": {"en": "x"}}},
        {"purposes": {"medicine": {"en": "x" * 501}}},
        {"purposes": {str(one): {"en": "xyz"} for one in range(100, 200)}},
        {"days": 0},
        {"days": True},
        {"days": 1096},
        {"days": "365"},
        {"child_days": 366},
        {"periods": {"event-bodies": "10"}},
        {"periods": [1]},
        {"withdraw_at": 5},
        {"other_purposes": 1},
    ],
    ids=lambda one: str(one)[:40],
)
def test_what_no_settings_can_be(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentUnreadable):
        ConsentSettings.parse(settings_document(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"jurisdictions": []},
        {"jurisdictions": ["moon"]},
        {"periods": {"withdrawn-records": 31}},
        {"periods": {"faces": 31}},
        {"days": 100, "child_days": 101},
    ],
    ids=str,
)
def test_what_no_law_allows(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        ConsentSettings.parse(settings_document(**changes))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 10_000, '{"days": 1, "days": 2}', "\0"])
def test_what_is_no_json(text: str, tmp_path: Path) -> None:
    (tmp_path / "consent.json").write_text(text)
    with pytest.raises(DocumentUnreadable):
        ConsentSettings.open(tmp_path, "https://issuer.example")


def test_an_unknown_purpose_or_one_of_another_language_is_refused() -> None:
    made = ConsentSettings.parse(settings_document(purposes={"medicine": {"en": "To collect medicine."}}))
    for name, language in (("loans", "en"), ("medicine", "ar"), ("medicine", "de")):
        with pytest.raises(UsageError):
            made.purpose(name, language)


def test_a_purpose_in_words_is_for_sites_that_allow_it() -> None:
    free = ConsentSettings.parse(settings_document(other_purposes=True))
    assert free.purpose(" For the food programme. ", "ar") == "For the food programme."
    for bad in ("", "ab", "x" * 501, "a\nb", "\x00abc"):
        with pytest.raises(UsageError):
            free.purpose(bad, "en")
    with pytest.raises(UsageError):
        ConsentSettings.parse(settings_document()).purpose("For the food programme.", "en")


@given(
    st.sampled_from(sorted(settings_document())),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_any_value_in_any_member_gives_settings_or_a_refusal(name: str, value: object) -> None:
    try:
        ConsentSettings.parse(settings_document(**{name: value}))
    except MoietyError as error:
        assert error.remedy or isinstance(error, UsageError)
