"""What a site tells the people it asks: who it is, what for, under which laws, for how long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from moiety import catalogue
from moiety.consent import parameters as p
from moiety.consent.schedule import Schedule
from moiety.errors import DocumentUnreadable, UsageError
from moiety.files import read_bounded

FILE: Final = "consent.json"
SCHEMA: Final = "moiety/consent-settings/1"
DEFAULT_PURPOSE: Final = "verification"
_MEMBERS: Final = frozenset(
    {
        "schema", "controller", "jurisdictions", "purposes", "other_purposes", "days", "child_days",
        "withdraw_at", "periods",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Controller:
    """Who is responsible, as people can reach them."""

    name: str
    address: str
    contact: str


@dataclass(frozen=True, slots=True)
class ConsentSettings:
    """One site's settings.

    Attributes:
        controller: who is responsible.
        schedule: the retention schedule of its laws.
        purposes: by name, what for, in each language that the site writes it in.
        days: how long a consent lasts at most.
        child_days: how long a child's lasts at most.
        other_purposes: whether an operator may state a purpose in words, as a home without a file allows.
        withdraw_at: where a person withdraws, an address, or empty for the service's own page.
        stated: whether a site wrote these, or they are the defaults of a home without a file.
    """

    controller: Controller
    schedule: Schedule
    purposes: Mapping[str, Mapping[str, str]]
    days: int = p.CONSENT_DAYS
    child_days: int = p.CHILD_DAYS
    withdraw_at: str = ""
    other_purposes: bool = False
    stated: bool = field(default=True, compare=False)

    @classmethod
    def default(cls, issuer_uri: str) -> ConsentSettings:
        """What holds where a home has no file: the issuer's address, the plain schedule, one purpose."""
        told = {one: catalogue.text("notice.verification", one) for one in catalogue.languages()}
        controller = Controller(issuer_uri, issuer_uri, issuer_uri)
        schedule, purposes = Schedule.of(["plain"]), {DEFAULT_PURPOSE: told}
        return cls(controller, schedule, purposes, other_purposes=True, stated=False)

    @classmethod
    def open(cls, home: Path, issuer_uri: str) -> ConsentSettings:
        """The settings in a home's `consent.json`, or the defaults where there is none.

        Raises:
            DocumentUnreadable: the file is none.
            UsageError: it asks for what cannot be had, such as a period beyond what a law allows.
        """
        if not (home / FILE).exists():
            return cls.default(issuer_uri)
        data = read_bounded(home / FILE, p.SETTINGS_BYTES, what="consent settings")
        try:
            document = json.loads(data, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise DocumentUnreadable(f"The home's {FILE} is not valid JSON.", remedy=_REMEDY) from error
        try:
            return cls.parse(document)
        except (DocumentUnreadable, UsageError) as error:
            raise type(error)(f"The home's {FILE}: {error}", remedy=error.remedy) from error

    @classmethod
    def parse(cls, document: object) -> ConsentSettings:
        """Settings from their JSON.

        Raises:
            DocumentUnreadable: a member is missing, unknown, or of the wrong type.
            UsageError: it asks for what cannot be had.
        """
        if (
            not isinstance(document, dict)
            or not set(document) <= _MEMBERS
            or document.get("schema") != SCHEMA
        ):
            raise DocumentUnreadable("The consent settings hold what they must not.", remedy=_REMEDY)
        periods = document.get("periods", {})
        laws = document.get("jurisdictions")
        if not isinstance(laws, list) or not all(isinstance(one, str) for one in laws):
            raise DocumentUnreadable("The consent settings name no jurisdictions.", remedy=_REMEDY)
        if not isinstance(periods, dict) or not all(type(days) is int for days in periods.values()):
            raise DocumentUnreadable("The periods of the consent settings are no days.", remedy=_REMEDY)
        made = cls(
            controller=_controller(document.get("controller")),
            schedule=Schedule.of(laws, periods),
            purposes=_purposes(document.get("purposes")),
            days=_days(document, "days", p.CONSENT_DAYS, p.IDLE_DAYS),
            child_days=_days(document, "child_days", p.CHILD_DAYS, p.CHILD_DAYS_MOST),
            withdraw_at=_text(document.get("withdraw_at", ""), 0, 200),
            other_purposes=_flag(document.get("other_purposes", False)),
        )
        if made.child_days > made.days:
            raise UsageError("A child's consent cannot last longer than a grown person's.")
        return made

    def purpose(self, name: str, language: str) -> str:
        """A purpose in a language: one of the site's by its name, or in the operator's words if it may be.

        Raises:
            UsageError: no such purpose, not written in this language, or words that are none.
        """
        catalogue.direction(language)
        if name not in self.purposes and self.other_purposes:
            if not 3 <= len(name.strip()) <= 500 or not name.isprintable():
                raise UsageError("A purpose has 3 to 500 characters.", remedy="Say what the code is for.")
            return name.strip()
        if name not in self.purposes:
            raise UsageError("There is no such purpose here.", remedy=f"One of: {', '.join(self.purposes)}.")
        if language not in self.purposes[name]:
            raise UsageError(
                "This purpose is not written in this language.",
                remedy=f"Write it in {FILE}, or read it in: {', '.join(self.purposes[name])}.",
            )
        return self.purposes[name][language]

    def most_days(self, *, child: bool) -> int:
        """How long a consent given now may last."""
        return self.child_days if child else self.days


_REMEDY: Final = "See docs/how-to/ask-for-consent.md for its members."


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def _text(value: object, least: int, most: int) -> str:
    if not isinstance(value, str) or not least <= len(value.strip()) <= most or not value.isprintable():
        raise DocumentUnreadable("A text of the consent settings is missing or too long.", remedy=_REMEDY)
    return value.strip()


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise DocumentUnreadable("other_purposes is neither true nor false.", remedy=_REMEDY)
    return value


def _controller(value: object) -> Controller:
    if not isinstance(value, dict) or set(value) != {"name", "address", "contact"}:
        raise DocumentUnreadable("The consent settings do not say who is responsible.", remedy=_REMEDY)
    return Controller(*(_text(value[name], 2, 200) for name in ("name", "address", "contact")))


def _purposes(value: object) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict) or not 1 <= len(value) <= 50:
        raise DocumentUnreadable("The consent settings name no purpose.", remedy=_REMEDY)
    found: dict[str, dict[str, str]] = {}
    for name, told in value.items():
        if not isinstance(told, dict) or not told or not set(told) <= set(catalogue.languages()):
            raise DocumentUnreadable("A purpose is written in no known language.", remedy=_REMEDY)
        found[_text(name, 2, 50)] = {language: _text(text, 3, 500) for language, text in told.items()}
    return found


def _days(document: Mapping[str, Any], name: str, default: int, most: int) -> int:
    days = document.get(name, default)
    if type(days) is not int or not 1 <= days <= most:
        raise DocumentUnreadable(f"{name} is no number of days from 1 to {most}.", remedy=_REMEDY)
    return days
