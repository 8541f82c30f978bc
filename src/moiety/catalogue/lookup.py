"""A key and a language in, the text for a person out; strict, so that a gap is an error and not a blank."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from moiety.catalogue.languages import direction
from moiety.errors import UsageError

PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z_]*)\}")
"""What a text leaves open: a name in braces, and nothing else (no format, no attribute, no index)."""

_ISOLATE: Final = ("\u2068", "\u2069")  # FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE (UAX #9)


@cache
def texts(language: str) -> Mapping[str, str]:
    """All texts of a language by key, read once from the package's files.

    Raises:
        UsageError: no such language.
    """
    direction(language)  # refuses what is no language before it becomes a part of a path
    folder = resources.files("moiety.catalogue") / "texts" / language
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".json"):
            found.update(json.loads(file.read_text("utf-8")))
    return MappingProxyType(found)


def holds(key: str) -> bool:
    """Whether there is a text for `key`; if so, it is there in every language."""
    return key in texts("en")


def text(key: str, language: str, **values: str | int) -> str:
    """The text of `key`, its placeholders filled in.

    A value stands isolated in a language written from right to left, so that a name or an address in another
    script does not turn the sentence around it.

    Raises:
        UsageError: no such language or key, or values that are not those that the text leaves open.
    """
    known = texts(language)
    if key not in known:
        raise UsageError(f"The catalogue has no text {key!r}.", remedy="Add it in every language.")
    open_places = set(PLACEHOLDER.findall(known[key]))
    if open_places != set(values):
        wrong = ", ".join(sorted(open_places ^ set(values)))
        raise UsageError(f"The text {key!r} and its values disagree on: {wrong}.", remedy="Name them alike.")
    before, after = _ISOLATE if direction(language) == "rtl" else ("", "")
    return PLACEHOLDER.sub(lambda found: f"{before}{values[found[1]]}{after}", known[key])


def reason_text(code: str, language: str) -> str:
    """The text of a decision's reason, which may be a finding of the capture, without any number.

    Raises:
        UsageError: no such language or code.
    """
    key = f"reason.{code}"
    return text(key if holds(key) else f"finding.{code}", language)
