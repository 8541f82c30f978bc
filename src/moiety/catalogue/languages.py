"""The languages of the catalogue: how each is written, how it counts, and which one a reader asks for."""

from __future__ import annotations

from typing import Final, Literal

from moiety.errors import UsageError

Direction = Literal["ltr", "rtl"]
Plural = Literal["one", "few", "many", "other"]

DEFAULT: Final = "en"
_DIRECTIONS: Final[dict[str, Direction]] = {"en": "ltr", "ar": "rtl", "es": "ltr"}
_MOST_ASKED: Final = 20  # ranges of one Accept-Language header that are looked at


def languages() -> tuple[str, ...]:
    """The codes (ISO 639-1) of the languages there are, English first."""
    return tuple(_DIRECTIONS)


def direction(language: str) -> Direction:
    """How a language is written: "ltr" or "rtl", the values of HTML's `dir`.

    Raises:
        UsageError: no such language.
    """
    if language not in _DIRECTIONS:
        raise UsageError(
            "There is no catalogue in this language.", remedy=f"Choose one of: {', '.join(_DIRECTIONS)}."
        )
    return _DIRECTIONS[language]


def plural(number: int, language: str) -> Plural:
    """Which form of a text goes with a whole number: the key's last part, by the rules of CLDR 46.

    Forms that a language has and these texts do not (zero and two in Arabic) are "other".
    """
    if language == "ar":
        rest = number % 100
        if number == 1:
            return "one"
        return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"
    if number == 1:
        return "one"
    return "many" if language == "es" and number and number % 1_000_000 == 0 else "other"


def preferred(accept: str | None) -> str:
    """The language that fits an Accept-Language header best (RFC 9110, section 12.5.4); English if none does.

    A region is ignored ("es-MX" is served Spanish). A header that is malformed counts as absent.
    """
    best, weight = DEFAULT, 0.0
    for part in ("" if accept is None else accept).split(",")[:_MOST_ASKED]:
        name, _, parameter = part.strip().partition(";")
        code = name.strip().lower().split("-")[0]
        wanted = _quality(parameter)
        if code in _DIRECTIONS and wanted > weight:
            best, weight = code, wanted
    return best


def _quality(parameter: str) -> float:
    """The weight of a language range, 0 to 1: 1 where none is stated, 0 where it is malformed."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    plain = value.strip()
    if name.strip().lower() != "q" or not plain.replace(".", "", 1).isdecimal() or len(plain) > 5:
        return 0.0
    return min(1.0, float(plain))
