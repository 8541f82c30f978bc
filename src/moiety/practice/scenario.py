"""A scenario: who stands there, what the camera gives, what is true, and what a good operator does.

Each is a small file in `scenarios/`, TOML, read strictly. What people read about it is in the catalogue,
under `practice.NAME.title`, `.story`, `.lesson` and `.cost`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, get_args

from moiety.errors import DocumentUnreadable
from moiety.practice.actions import ASKS, ENDINGS, Action

CodeState = Literal["valid", "revoked", "suspended", "expired", "other-issuer", "altered"]
Presented = Literal["live", "print", "replay", "stiff"]
Effect = Literal["dark", "bright", "blurred", "far", "mask", "two-faces"]
CodeEffect = Literal["tilted", "half"]
FingerEffect = Literal["", "same", "other", "smudged"]


@dataclass(frozen=True, slots=True)
class Camera:
    """What the camera gives at one moment.

    Attributes:
        person: whose face it sees.
        presented: how: in person, as a print, as a replayed video, or in person but unable to turn.
        effects: what stands in the way.
        code: what stands in the way of the code.
        finger: which finger is presented instead of the face: the enrolled one, another, or a smudged print.
        low_motion: whether the camera goes round the head.
    """

    person: str
    presented: Presented = "live"
    effects: frozenset[str] = frozenset()
    code: frozenset[str] = frozenset()
    finger: FingerEffect = ""
    low_motion: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario.

    Attributes:
        name: of its file.
        holder: whose code it is.
        genuine: whether the person is the holder, is there in person, and the code holds.
        code_state: the state of the code.
        camera: what the camera gives at first.
        asks: what it gives from then on, once something is asked for.
        good: what a good operator does, in order; the last action ends it.
    """

    name: str
    holder: str
    genuine: bool
    code_state: CodeState
    camera: Camera
    asks: Mapping[Action, Camera] = field(default_factory=dict)
    good: tuple[Action, ...] = ()


@cache
def scenarios() -> Mapping[str, Scenario]:
    """The scenarios that come with the package, by name, in the order of their files."""
    folder = files("moiety.practice") / "scenarios"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    made = [parse(one.name[3:-5], one.read_text("utf-8")) for one in found]
    return {one.name: one for one in made}


def parse(name: str, text: str) -> Scenario:
    """A scenario from its file's text.

    Raises:
        DocumentUnreadable: not TOML, or with a member, a word or an order of actions that there is not.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DocumentUnreadable(f"The scenario {name!r} is no TOML.", remedy=_REMEDY) from error
    try:
        return _parse(name, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentUnreadable(f"The scenario {name!r} is not as it must be.", remedy=_REMEDY) from error


_REMEDY: Final = "See docs/how-to/practise.md for its members."
_MEMBERS: Final = frozenset({"holder", "genuine", "code", "camera", "asks", "good"})
_SETS: Final = frozenset({"effects", "code"})
_CAMERA: Final[Mapping[str, tuple[str, ...] | type]] = {
    "person": str,
    "presented": get_args(Presented),
    "effects": get_args(Effect),
    "code": get_args(CodeEffect),
    "finger": get_args(FingerEffect),
    "low_motion": bool,
}


def _parse(name: str, document: dict[str, Any]) -> Scenario:
    if not set(document) <= _MEMBERS or type(document["genuine"]) is not bool:
        raise ValueError("members")
    holder, state = document["holder"], document.get("code", "valid")
    if not isinstance(holder, str) or state not in get_args(CodeState):
        raise ValueError("holder or code")
    first = _camera(Camera(holder), document["camera"])
    asks = {Action(ask): _camera(first, change) for ask, change in document.get("asks", {}).items()}
    good = tuple(Action(one) for one in document["good"])
    if not set(asks) <= ASKS or not good or good[-1] not in ENDINGS or set(good[:-1]) & ENDINGS:
        raise ValueError("actions")
    return Scenario(name, holder, document["genuine"], state, first, asks, good)


def _camera(before: Camera, changes: dict[str, Any]) -> Camera:
    """A camera with some of its members changed."""
    made: dict[str, Any] = {}
    for name, value in changes.items():
        allowed = _CAMERA[name]
        if isinstance(allowed, type):
            right = type(value) is allowed
        elif name in _SETS:
            right = isinstance(value, list) and set(value) <= set(allowed)
        else:
            right = isinstance(value, str) and value in allowed
        if not right:
            raise ValueError(name)
        made[name] = frozenset(value) if name in _SETS else value
    return replace(before, **made)
