"""A home's own policy: what this verifier asks for when the command line says nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from moiety.decision.policy import Policy, demands, requirement
from moiety.errors import DocumentUnreadable, UsageError
from moiety.files import read_bounded, refuse_if_others_write

COMMA: Final = "Write a point instead, as in 0.0001."
_COMMA: Final = re.compile(r"\s*[+-]?\d+[,\u066b\u060c\uff0c]\d+([eE][+-]?\d+)?\s*")
_ENTRY: Final = re.compile(
    r'"(\w{1,40})"\s*:\s*"?(\s*[+-]?\d+[,\u066b\u060c\uff0c]\d+([eE][+-]?\d+)?)"?\s*[,}\n]'
)
FILE_NAME: Final = "policy.json"
MAX_BYTES: Final = 10_000
_KEYS: Final[dict[str, tuple[type, ...]]] = {
    "fmr": (float,),
    "liveness": (str,),
    "max_status_age_s": (int,),
    "require": (str,),
    "poor_portrait": (str,),
    "demands": (str,),
}


def home_policy(home: str | Path) -> Policy:
    """The policy in `policy.json` of a home; the default policy where there is no such file.

    The file is one JSON object with any of `fmr`, `liveness`, `max_status_age_s`, `poor_portrait`, `demands`
    (names in `policy.DEMANDS` with commas between them) and `require`, a name in `policy.REQUIREMENTS`.

    Raises:
        DocumentUnreadable: not such an object; an unknown key is refused, since it may be a misspelt limit.
        UsageError: a value that no policy can have.
        PermissionsTooOpen: others could change the file.
    """
    path = Path(home) / FILE_NAME
    if not path.exists():
        return Policy()
    refuse_if_others_write(path)
    values = read_policy(path)
    try:
        return policy_of(values)
    except UsageError as error:
        raise UsageError(f"The home's {FILE_NAME}: {error}", remedy=error.remedy) from error


def policy_of(values: Mapping[str, Any]) -> Policy:
    """The policy with these values, as `read_policy` gives them.

    Raises:
        UsageError: a value that no policy can have.
    """
    named: dict[str, Any] = {}
    if "require" in values:
        named["require"] = requirement(values["require"])
    if "demands" in values:
        named["demands"] = demands(values["demands"])
    return Policy(**{**values, **named})


def read_policy(path: Path) -> dict[str, Any]:
    """The entries of a policy file, each of its type.

    Raises:
        DocumentUnreadable: as `home_policy`.
    """
    data = read_bounded(path, MAX_BYTES, what="policy")
    _refuse_comma(data)
    try:
        document: dict[str, Any] = json.loads(data)
        unknown = set(document) - set(_KEYS)
        right = all(type(value) in _KEYS[name] for name, value in document.items() if name in _KEYS)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise DocumentUnreadable(
            f"The policy file {path.name} isn't a JSON object.", remedy="See docs/reference/command-line.md."
        ) from error
    if unknown or not right:
        wrong = ", ".join(sorted(unknown)) if unknown else "a value of another type"
        raise DocumentUnreadable(
            f"The policy file {path.name} has a wrong entry: {wrong}.",
            remedy=f"It may have: {', '.join(_KEYS)}.",
        )
    return document


def has_comma(text: str) -> bool:
    """Whether a text is a number with a decimal comma, in any script's digits."""
    return _COMMA.fullmatch(text) is not None


def _refuse_comma(data: bytes) -> None:
    """Name the entry whose number has a decimal comma: of JSON alone, no error would name it."""
    found = _ENTRY.search(data.decode("utf-8", "replace"))
    if found is not None:
        raise DocumentUnreadable(
            f"The policy file has a decimal comma in {found[1]!r}: {found[2].strip()}.", remedy=COMMA
        )
