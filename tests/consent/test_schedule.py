"""Retention schedules: what each law allows, the strictest of several, and no period beyond them."""

from __future__ import annotations

import pytest

from moiety.consent.schedule import LAWS, Item, Schedule
from moiety.errors import UsageError

DAY = 86_400


def test_illinois_ends_a_code_three_years_after_the_last_interaction() -> None:
    bipa = Schedule.of(["bipa"])
    assert bipa.days(Item.CODE) == 3 * 365
    assert bipa.rules[Item.CODE].source == "740 ILCS 14/15(a)"
    for longer in (1096, 4000):
        with pytest.raises(UsageError) as refused:
            Schedule.of(["bipa"], {"code-validity": longer})
        assert "740 ILCS" in refused.value.remedy
    assert Schedule.of(["bipa"], {"code-validity": 100}).days(Item.CODE) == 100


def test_texas_erases_within_a_year_after_the_purpose() -> None:
    assert Schedule.of(["cubi"], {"withdrawn-records": 365}).days(Item.RECORD) == 365
    with pytest.raises(UsageError, match="366"):
        Schedule.of(["cubi"], {"withdrawn-records": 366})


def test_europe_erases_within_a_month() -> None:
    assert Schedule.of(["gdpr"]).days(Item.RECORD) == 30
    with pytest.raises(UsageError):
        Schedule.of(["gdpr"], {"withdrawn-records": 31})


def test_of_several_laws_the_strictest_holds() -> None:
    both = Schedule.of(["bipa", "gdpr", "bipa"])
    assert both.laws == ("bipa", "gdpr")
    for item in Item:
        assert both.days(item) == min(LAWS[law][item].days for law in ("bipa", "gdpr"))
    with pytest.raises(UsageError):  # allowed in Illinois alone
        Schedule.of(["bipa", "gdpr"], {"withdrawn-records": 1825})


@pytest.mark.parametrize("law", LAWS)
def test_every_law_says_something_of_everything_and_keeps_its_own_limits(law: str) -> None:
    assert set(LAWS[law]) == set(Item)
    for rule in LAWS[law].values():
        assert rule.days >= 1
        assert rule.most is None or rule.days <= rule.most
        assert rule.source


@pytest.mark.parametrize(
    ("laws", "chosen"),
    [
        ([], None),
        (["lex"], None),
        (["gdpr", ""], None),
        (["plain"], {"code-validity": 0}),
        (["plain"], {"code-validity": -1}),
        (["plain"], {"templates": 5}),
    ],
)
def test_what_no_schedule_can_be(laws: list[str], chosen: dict[str, int] | None) -> None:
    with pytest.raises(UsageError):
        Schedule.of(laws, chosen)


def test_the_cutoff_is_so_many_days_ago() -> None:
    plain = Schedule.of(["plain"])
    assert plain.cutoff(Item.RECORD, 1_790_000_000) == 1_790_000_000 - 30 * DAY


def test_it_is_published_with_its_sources() -> None:
    told = Schedule.of(["gdpr"], {"ceremonies": 1}).to_json()
    assert told["laws"] == ["gdpr"]
    items = told["items"]
    assert isinstance(items, list)
    assert {one["item"] for one in items} == {item.value for item in Item}
