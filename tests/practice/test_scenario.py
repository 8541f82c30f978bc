"""Scenario files: small, strict, whole in every language, and each playable by its own good operator."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety import catalogue
from moiety.errors import DocumentUnreadable
from moiety.practice.actions import ASKS, ENDINGS, Action
from moiety.practice.people import CAST
from moiety.practice.scenario import parse, scenarios

GOOD = 'holder = "101"\ngenuine = true\ngood = ["scan", "capture", "accept"]\n[camera]\nperson = "101"\n'


def test_there_are_at_least_twelve_and_every_kind_of_trouble_is_among_them() -> None:
    found = scenarios().values()
    assert len(found) >= 12
    assert {one.code_state for one in found} == {
        "valid", "revoked", "suspended", "expired", "other-issuer", "altered",
    }  # fmt: skip
    assert {one.camera.presented for one in found} == {"live", "print", "replay", "stiff"}
    seen = set().union(*(one.camera.effects | one.camera.code for one in found))
    assert seen == {"dark", "bright", "blurred", "far", "mask", "two-faces", "tilted", "half"}
    assert any(one.holder != one.camera.person for one in found)
    assert sum(one.genuine for one in found) * 2 >= len(found) - 1  # nobody learns to say no


def test_files_are_small_and_say_first_what_they_are() -> None:
    for file in (files("moiety.practice") / "scenarios").iterdir():
        if file.name.endswith(".toml"):
            text = file.read_text("utf-8")
            assert text.startswith("# ")
            assert len(text.splitlines()) < 25


@pytest.mark.parametrize("name", scenarios())
@pytest.mark.parametrize("language", catalogue.languages())
def test_every_scenario_is_told_in_every_language(name: str, language: str) -> None:
    for part in ("title", "story", "lesson", "cost"):
        assert catalogue.text(f"practice.{name}.{part}", language)


@pytest.mark.parametrize("language", catalogue.languages())
def test_every_action_has_its_words(language: str) -> None:
    for action in Action:
        assert catalogue.text(f"practice.action.{action.value}", language)


@pytest.mark.parametrize("name", scenarios())
def test_a_good_operator_ends_well(name: str) -> None:
    one = scenarios()[name]
    assert {one.holder, one.camera.person} <= set(CAST)
    assert one.good[-1] is (Action.ACCEPT if one.genuine else Action.OTHER_WAY)
    assert set(one.good) & ASKS == set(one.asks)


def test_what_an_ask_changes_is_that_alone() -> None:
    one = parse(
        "x", 'holder = "101"\ngenuine = true\ngood = ["accept"]\n[camera]\nperson = "005"\n'
        'effects = ["dark", "far"]\n[asks.closer]\neffects = ["dark"]\n',
    )  # fmt: skip
    asked = one.asks[Action.CLOSER]
    assert (asked.person, asked.effects) == ("005", frozenset({"dark"}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "holder = ",
        GOOD.replace("genuine = true", "genuine = 1"),
        GOOD.replace("genuine = true\n", ""),
        GOOD.replace("good =", "bad ="),
        GOOD.replace('"accept"]', '"capture"]'),
        GOOD.replace('"scan", ', '"accept", '),
        GOOD.replace('"scan"', '"scna"'),
        GOOD.replace("good = [", "good = [] #"),
        GOOD.replace("[camera]", "[cam]"),
        GOOD + 'effects = ["drak"]\n',
        GOOD + 'effects = "dark"\n',
        GOOD + 'presented = "video"\n',
        GOOD + "person = 5\n",
        GOOD + "low_motion = 1\n",
        GOOD + "more = true\n",
        GOOD + "[asks.scan]\neffects = []\n",
        GOOD + "[asks.louder]\neffects = []\n",
        GOOD.replace("genuine", 'code = "lost"\ngenuine'),
    ],
)
def test_what_no_scenario_can_be(text: str) -> None:
    assert parse("x", GOOD).name == "x"
    with pytest.raises(DocumentUnreadable):
        parse("x", text)


@given(st.text(max_size=200))
def test_any_text_is_refused_or_read(text: str) -> None:
    with pytest.raises(DocumentUnreadable):
        parse("x", text)


def test_endings_and_asks_are_apart() -> None:
    assert not ENDINGS & ASKS
