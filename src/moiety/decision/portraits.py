"""What more is asked where the reference is a poor portrait: a rarer match, or a finger beside the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from moiety.decision import parameters
from moiety.decision.decision import Comparison, Outcome, PortraitEvidence, Reason
from moiety.decision.policy import FingersMatch, Judgement, Policy, Requirement

UNDATED: Final = "undated"
"""The holder may have withheld how old the portrait is: it is asked for as much as an old one."""


@dataclass(frozen=True, slots=True)
class MoreForPoor:
    """What a policy requires, of a poor portrait.

    Met at a tenth of the policy's rate, or at the rate itself if a finger of the document matches too. What
    is not met is undecided and no rejection: on a poor portrait the holder's own face fails too often.
    """

    inner: Requirement
    why: tuple[str, ...]

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        """Judge the comparisons made against a target false match rate."""
        strict = self.inner.judge(comparisons, fmr * parameters.POOR_PORTRAIT_SHARE)
        if strict.outcome is Outcome.ACCEPT:
            return strict
        plain = self.inner.judge(comparisons, fmr)
        if plain.outcome is Outcome.ACCEPT:
            fingers = FingersMatch().judge(comparisons, fmr)
            if fingers.outcome is Outcome.ACCEPT:
                both = dict.fromkeys((*plain.reasons, *fingers.reasons))
                return Judgement(Outcome.ACCEPT, tuple(both))
        # An age that isn't known makes nobody's own face fail: a non-match stays one.
        if self.why == (UNDATED,) and plain.outcome is Outcome.REJECT:
            return plain
        return Judgement(Outcome.INCONCLUSIVE, (poor(self.why), *plain.reasons))


@dataclass(frozen=True, slots=True)
class NoneForPoor:
    """Nothing is decided on a poor portrait."""

    why: tuple[str, ...]

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:  # noqa: ARG002
        """Undecided, whatever was compared."""
        return Judgement(Outcome.INCONCLUSIVE, (poor(self.why),))


def for_portrait(policy: Policy, portrait: PortraitEvidence | None) -> Policy:
    """The policy for a reference that may be a poor portrait."""
    if portrait is None or not portrait.poor or policy.poor_portrait == "same":
        return policy
    if policy.poor_portrait == "refuse":
        return replace(policy, require=NoneForPoor(portrait.poor))
    return replace(policy, require=MoreForPoor(policy.requirement, portrait.poor))


def poor(why: tuple[str, ...]) -> Reason:
    """The reason that names what makes a portrait poor."""
    text = (
        f"The document's portrait is poor ({', '.join(why)}): more evidence is asked for. "
        "Take a finger that the document holds, or another document, or enrol."
    )
    return Reason("portrait-poor", text)
