"""The root's policies are a floor: a verifier may ask for more than they do, and for no less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from moiety.decision.policy import POOR_PORTRAITS, REQUIREMENTS, Policy
from moiety.errors import PolicyTooLax

Floors = Mapping[str, Mapping[str, Any]]
KEYS: Final = ("fmr", "liveness", "max_status_age_s", "poor_portrait", "require", "demands")
_MEETS: Final[Mapping[str, frozenset[str]]] = {
    "face": frozenset({"face", "face-or-finger"}),
    "finger": frozenset({"finger", "face-or-finger"}),
    "two-fingers": frozenset({"two-fingers", "finger", "face-or-finger"}),
    "face-and-finger": frozenset({"face-and-finger", "face", "finger", "face-or-finger"}),
    "face-or-finger": frozenset({"face-or-finger"}),
    "fused": frozenset({"fused"}),
}
"""Of each requirement, which ones it meets by itself, at the same rate."""
_LAXEST_FIRST: Final = ("same", "more", "refuse")


def require_floor(policy: Policy, floors: Floors) -> None:
    """Refuse a policy that asks for less than any policy of the trust bundle does.

    Raises:
        PolicyTooLax: it does, or the bundle names something that this version can't hold a policy against.
    """
    for name, floor in sorted(floors.items()):
        short = list(_shortcomings(policy, floor))
        if short:
            raise PolicyTooLax(
                f"This verifier's policy asks for less than the root's policy {name!r}: {'; '.join(short)}.",
                remedy="Ask for at least as much, in policy.json of the home and on the command line. Only "
                "the root can lower it: moiety trust policy.",
            )


def _shortcomings(policy: Policy, floor: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(set(floor) - set(KEYS)):
        yield f"it names {key!r}, which this version doesn't know"
    if policy.fmr > float(floor.get("fmr", policy.fmr)):
        yield f"a false match rate of {policy.fmr:g} instead of {float(floor['fmr']):g}"
    if floor.get("liveness") == "required" and policy.liveness != "required":
        yield "no liveness"
    if policy.max_status_age_s > int(floor.get("max_status_age_s", policy.max_status_age_s)):
        yield f"status lists of up to {policy.max_status_age_s} s instead of {floor['max_status_age_s']} s"
    asked = floor.get("poor_portrait", "same")
    if asked not in POOR_PORTRAITS or _LAXEST_FIRST.index(policy.poor_portrait) < _LAXEST_FIRST.index(asked):
        yield f"{policy.poor_portrait!r} for poor portraits instead of {asked!r}"
    if "require" in floor and floor["require"] not in _met_by(policy):
        yield f"another requirement than {floor['require']!r}"
    demanded = {one.strip() for one in str(floor.get("demands", "")).split(",") if one.strip()}
    if demanded - policy.demands:  # a name that this version doesn't know is missing too
        yield f"a document's {', '.join(sorted(demanded - policy.demands))} may be unknown"


def _met_by(policy: Policy) -> frozenset[str]:
    named = (name for name, make in REQUIREMENTS.items() if make() == policy.require)
    return _MEETS.get(next(named, ""), frozenset())
