"""How long each thing is kept, and under which law: the schedule that is published and enforced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from moiety.consent import parameters as p
from moiety.errors import UsageError


class Item(StrEnum):
    """What is kept for a time."""

    CODE = "code-validity"
    """A code still counts so many days after its holder was last here."""
    RECORD = "withdrawn-records"
    """A consent record stays so many days after the consent ended."""
    EVENT = "event-bodies"
    FALLBACK = "fallback-counts"
    CEREMONY = "ceremonies"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one law lets one thing be kept.

    Attributes:
        days: by default.
        most: the longest that a site may choose, or None where the law names none.
        source: the law, or that it is this project's choice.
    """

    days: int
    most: int | None
    source: str


OURS: Final = "this project's choice"
_COUNTS: Final[Mapping[Item, Rule]] = {
    Item.FALLBACK: Rule(p.FALLBACK_COUNT_DAYS, None, OURS),
    Item.CEREMONY: Rule(p.CEREMONY_DAYS, None, OURS),
}

LAWS: Final[Mapping[str, Mapping[Item, Rule]]] = {
    "plain": {
        Item.CODE: Rule(p.IDLE_DAYS, None, OURS),
        Item.RECORD: Rule(p.AFTER_END_DAYS, None, OURS),
        Item.EVENT: Rule(p.EVENT_BODY_DAYS, None, OURS),
        **_COUNTS,
    },
    "gdpr": {
        Item.CODE: Rule(p.GDPR_IDLE_DAYS, None, "Regulation (EU) 2016/679, article 5(1)(e)"),
        Item.RECORD: Rule(
            p.AFTER_END_DAYS, p.AFTER_END_DAYS, "Regulation (EU) 2016/679, articles 12(3), 17(1)"
        ),
        Item.EVENT: Rule(p.EVENT_BODY_DAYS, p.EVENT_BODY_DAYS, "CNIL, deliberation 2021-122"),
        **_COUNTS,
    },
    "bipa": {
        Item.CODE: Rule(p.IDLE_DAYS, p.IDLE_DAYS, "740 ILCS 14/15(a)"),
        Item.RECORD: Rule(p.AFTER_END_DAYS, p.BIPA_AFTER_END_MOST, "740 ILCS 14/15(a), (b)"),
        Item.EVENT: Rule(p.EVENT_BODY_DAYS, None, OURS),
        **_COUNTS,
    },
    "cubi": {
        Item.CODE: Rule(p.IDLE_DAYS, None, OURS),
        Item.RECORD: Rule(p.AFTER_END_DAYS, p.CUBI_AFTER_END_MOST, "Tex. Bus. & Com. Code 503.001(c)(3)"),
        Item.EVENT: Rule(p.EVENT_BODY_DAYS, None, OURS),
        **_COUNTS,
    },
}
"""The laws by name. `plain` is for a place that has none of its own, and asks no less."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What holds at one site: for each item the strictest rule of its laws, or a shorter one of its own."""

    laws: tuple[str, ...]
    rules: Mapping[Item, Rule]

    @classmethod
    def of(cls, laws: Sequence[str], chosen: Mapping[str, int] | None = None) -> Schedule:
        """The schedule of one or several laws, with the periods that a site chose itself, in days.

        Raises:
            UsageError: no law, an unknown one, an unknown item, or a period beyond what a law allows.
        """
        unknown = sorted(set(laws) - set(LAWS))
        if unknown or not laws:
            raise UsageError(
                f"There is no retention schedule {', '.join(unknown) or 'without a law'}.",
                remedy=f"Choose from: {', '.join(LAWS)}.",
            )
        own = {} if chosen is None else dict(chosen)
        rules = {}
        for item in Item:
            rules[item] = _strictest([LAWS[law][item] for law in laws], item, own.pop(item.value, None))
        if own:
            raise UsageError(
                f"There is no period {', '.join(sorted(own))}.",
                remedy=f"Choose from: {', '.join(item.value for item in Item)}.",
            )
        return cls(tuple(dict.fromkeys(laws)), rules)

    def days(self, item: Item) -> int:
        """How many days `item` is kept."""
        return self.rules[item].days

    def cutoff(self, item: Item, now: int) -> int:
        """What began to wait at or before this moment (UTC seconds) has waited long enough."""
        return now - self.days(item) * p.DAY_S

    def to_json(self) -> dict[str, object]:
        """The schedule as plain data, for its public page."""
        return {
            "laws": list(self.laws),
            "items": [
                {"item": item.value, "days": rule.days, "source": rule.source}
                for item, rule in self.rules.items()
            ],
        }


def _strictest(rules: Sequence[Rule], item: Item, chosen: int | None) -> Rule:
    shortest = min(rules, key=lambda rule: rule.days)
    limits = [rule for rule in rules if rule.most is not None]
    most = min((rule.most for rule in limits if rule.most is not None), default=None)
    if chosen is None:
        return Rule(shortest.days if most is None else min(shortest.days, most), most, shortest.source)
    if chosen < 1 or (most is not None and chosen > most):
        allowed = "at least 1" if most is None else f"1 to {most}"
        sources = "; ".join(dict.fromkeys(rule.source for rule in limits))
        raise UsageError(
            f"A period of {chosen} days for {item.value} is not allowed.",
            remedy=f"Choose {allowed} days{f' ({sources})' if sources else ''}.",
        )
    return Rule(chosen, most, shortest.source if chosen <= shortest.days else "this site's choice")
