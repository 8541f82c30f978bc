"""Policies: what must be shown before a person is accepted. Small, composable, and never empty."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol, cast, get_args, runtime_checkable

from moiety.decision import parameters
from moiety.decision.calibration import Rate
from moiety.decision.decision import Comparison, Liveness, Outcome, Reason, part_of
from moiety.decision.fusion import fuse
from moiety.errors import UsageError


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a requirement says of the comparisons made: met, not met, or not decidable, and why."""

    outcome: Outcome
    reasons: tuple[Reason, ...]


@runtime_checkable
class Requirement(Protocol):
    """Something that comparisons can meet at a false match rate."""

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        """Judge the comparisons made against a target false match rate."""
        ...


@dataclass(frozen=True, slots=True)
class FaceMatches:
    """The face matches at the policy's false match rate."""

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        """Met when the one face comparison reaches the rate; undecided when there is none."""
        done = [one for one in comparisons if one.modality == "face"]
        if len(done) != 1:
            reason = Reason("face-not-compared", "The face was not compared.")
            return Judgement(Outcome.INCONCLUSIVE, (reason,))
        return _single(done[0], fmr)


def _single(done: Comparison, fmr: float) -> Judgement:
    part = part_of(done.modality, done.position)
    stands = f"score {done.score:.3f} stands for FMR {told(done.rate)}"
    if done.rate.value <= fmr:
        text = f"The {part} matches: {stands}; {one_in(fmr)} was asked for."
        return Judgement(Outcome.ACCEPT, (Reason(f"{done.modality}-match", text),))
    text = f"The {part} does not match: {stands}; {one_in(fmr)} was asked for."
    return Judgement(Outcome.REJECT, (Reason(f"{done.modality}-no-match", text),))


@dataclass(frozen=True, slots=True)
class FingersMatch:
    """At least so many of the fingers that were compared match, whichever they are.

    With n fingers compared there are C(n, least) ways to be accepted, so each finger is judged at the
    policy's rate divided by that number (union bound): a further finger is no free attempt. One that is
    injured is left out of the capture, and another stands in.
    """

    least: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.least <= 10:
            raise UsageError("A policy asks for 1 to 10 fingers.")

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        """Met when enough fingers reach the rate; undecided when too few were compared."""
        done = [one for one in comparisons if one.modality == "finger"]
        if len(done) < self.least:
            asked = f"{_count(self.least).capitalize()} {'was' if self.least == 1 else 'were'} asked for"
            text = f"{asked}; {_count(len(done)) if done else 'none'} could be compared."
            return Judgement(Outcome.INCONCLUSIVE, (Reason("finger-not-compared", text),))
        each = [_single(one, fmr / math.comb(len(done), self.least)) for one in done]
        matched = [one for one in each if one.outcome is Outcome.ACCEPT]
        if len(matched) >= self.least:
            return Judgement(Outcome.ACCEPT, tuple(reason for one in matched for reason in one.reasons))
        failed = (one for one in each if one.outcome is Outcome.REJECT)
        return Judgement(Outcome.REJECT, tuple(reason for one in failed for reason in one.reasons))


@dataclass(frozen=True, slots=True)
class Fused:
    """Face and at least one finger, together: their log-likelihood ratios add (see `decision.fusion`)."""

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        """Met when the fused rate is reached; undecided unless both modalities were compared."""
        if {one.modality for one in comparisons} != {"face", "finger"}:
            reason = Reason("fusion-incomplete", "The face and at least one finger are needed together.")
            return Judgement(Outcome.INCONCLUSIVE, (reason,))
        rate = fuse(comparisons)
        matches = rate.value <= fmr
        text = (
            f"Face and {_count(len(comparisons) - 1)} together {'match' if matches else 'do not match'}: "
            f"they stand for FMR {told(rate)}; {one_in(fmr)} was asked for."
        )
        code = "fused-match" if matches else "fused-no-match"
        return Judgement(Outcome.ACCEPT if matches else Outcome.REJECT, (Reason(code, text),))


def _count(fingers: int) -> str:
    return "one finger" if fingers == 1 else f"{fingers} fingers"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of several requirements, each at the policy's rate."""

    requirements: tuple[Requirement, ...]

    def __post_init__(self) -> None:
        _refuse_empty(self.requirements)

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        """Not met if any is not met; undecided if any is undecided; else met."""
        parts = [one.judge(comparisons, fmr) for one in self.requirements]
        return _first_of(parts, Outcome.REJECT, Outcome.INCONCLUSIVE, Outcome.ACCEPT)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several requirements. Each is judged at the rate divided by their number (union bound)."""

    requirements: tuple[Requirement, ...]

    def __post_init__(self) -> None:
        _refuse_empty(self.requirements)

    def judge(self, comparisons: Sequence[Comparison], fmr: float) -> Judgement:
        """Met if any is met; undecided if any is undecided; else not met."""
        parts = [one.judge(comparisons, fmr / len(self.requirements)) for one in self.requirements]
        return _first_of(parts, Outcome.ACCEPT, Outcome.INCONCLUSIVE, Outcome.REJECT)


def _refuse_empty(requirements: tuple[Requirement, ...]) -> None:
    if not requirements:
        raise UsageError(
            "A policy that asks for nothing would accept anyone.", remedy="Name what must match."
        )


def _first_of(parts: Sequence[Judgement], *order: Outcome) -> Judgement:
    """The first outcome of `order` that any part has, with the reasons of the parts that have it."""
    outcome = next(one for one in order if any(part.outcome is one for part in parts))
    reasons = tuple(reason for part in parts if part.outcome is outcome for reason in part.reasons)
    return Judgement(outcome, reasons)


RequirementName = Literal["face", "finger", "two-fingers", "face-and-finger", "face-or-finger", "fused"]
PoorPortraits = Literal["more", "refuse", "same"]
POOR_PORTRAITS: Final[tuple[PoorPortraits, ...]] = ("more", "refuse", "same")

Demand = Literal["age", "country", "status"]
DEMANDS: Final[tuple[Demand, ...]] = get_args(Demand)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier asks for.

    Attributes:
        fmr: the false match rate at which to accept, 1e-6 to 1e-2; 1e-4 by default.
        liveness: "required", or "none" for pictures from a file, which show no liveness; the decision then
            repeats that none was shown.
        require: what must match: a name in `REQUIREMENTS` ("face", "finger", "two-fingers",
            "face-and-finger", "face-or-finger", "fused"), or a requirement; kept as a requirement.
        max_status_age_s: the oldest status list to rely on, in seconds.
        poor_portrait: what to do where the reference is a document's portrait that is small, weak, old or
            printed: "more" asks for more evidence (see `decision.portraits`), "refuse" decides nothing,
            "same" asks for no more than of any reference.
        demands: what must be known of another issuer's document: "status" (a status list that is held),
            "age" (of its portrait), "country" (of a mobile document's issuer). Otherwise the decision says
            what isn't known.

    Raises:
        UsageError: a rate outside the range, or an unknown word.
    """

    fmr: float = parameters.DEFAULT_FMR
    liveness: Literal["required", "none"] = "required"
    require: Requirement | RequirementName = field(default_factory=FaceMatches)
    max_status_age_s: int = parameters.MAX_STATUS_AGE_S
    poor_portrait: PoorPortraits = "more"
    demands: frozenset[Demand] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "require", _as_requirement(self.require))
        if isinstance(self.fmr, bool) or not isinstance(self.fmr, (int, float)):
            raise UsageError("A false match rate is a number, such as 1e-4.")
        if not parameters.FMR_LOWEST <= self.fmr <= parameters.FMR_HIGHEST:
            raise UsageError(
                f"A false match rate of {self.fmr:g} cannot be asked for.",
                remedy=f"Choose one from {parameters.FMR_LOWEST:g} to {parameters.FMR_HIGHEST:g}.",
            )
        if self.liveness not in ("required", "none"):
            raise UsageError(
                f"There is no liveness level {self.liveness!r}.", remedy="Choose required or none."
            )
        if self.poor_portrait not in POOR_PORTRAITS:
            raise UsageError(
                f"There is no way {self.poor_portrait!r} with a poor portrait.",
                remedy=f"Choose one of: {', '.join(POOR_PORTRAITS)}.",
            )
        if self.demands - set(DEMANDS):
            raise UsageError(
                f"A policy can't demand {', '.join(sorted(self.demands - set(DEMANDS)))}.",
                remedy=f"Choose from: {', '.join(DEMANDS)}.",
            )
        if isinstance(self.max_status_age_s, bool) or not isinstance(self.max_status_age_s, int):
            raise UsageError("The oldest status list's age is a whole number of seconds.")
        if self.max_status_age_s < 0:
            raise UsageError("The oldest status list cannot have a negative age.")

    def changed(
        self,
        *,
        fmr: float | None = None,
        liveness: Literal["required", "none"] | None = None,
        require: Requirement | RequirementName | None = None,
        poor_portrait: PoorPortraits | None = None,
        demands: frozenset[Demand] | None = None,
    ) -> Policy:
        """This policy with other values, where any are given."""
        return replace(
            self,
            fmr=self.fmr if fmr is None else fmr,
            liveness=self.liveness if liveness is None else liveness,
            require=self.require if require is None else _as_requirement(require),
            poor_portrait=self.poor_portrait if poor_portrait is None else poor_portrait,
            demands=self.demands if demands is None else demands,
        )

    @property
    def requirement(self) -> Requirement:
        """What must match, never as a name."""
        return _as_requirement(self.require)

    def liveness_unmet(self, shown: Liveness) -> Reason | None:
        """Why the liveness that was shown is not enough, or None when it is."""
        if self.liveness == "none" or shown is Liveness.SHOWN:
            return None
        if shown is Liveness.NONE:
            text = "No liveness was shown: a picture file cannot show that the person is present now."
            return Reason("liveness-none", text)
        return Reason(
            f"liveness-{shown.value.replace('_', '-')}", "It was not shown that a live person was present."
        )


REQUIREMENTS: Final[Mapping[str, Callable[[], Requirement]]] = {
    "face": FaceMatches,
    "finger": FingersMatch,
    "two-fingers": lambda: FingersMatch(2),
    "face-and-finger": lambda: AllOf((FaceMatches(), FingersMatch())),
    "face-or-finger": lambda: AnyOf((FaceMatches(), FingersMatch())),
    "fused": Fused,
}
"""What can be asked for by name, on the command line and in a home's policy."""


def requirement(name: str) -> Requirement:
    """The requirement of a name in `REQUIREMENTS`.

    Raises:
        UsageError: no such name.
    """
    if name not in REQUIREMENTS:
        raise UsageError(
            f"There is no requirement {name!r}.", remedy=f"Choose one of: {', '.join(REQUIREMENTS)}."
        )
    return REQUIREMENTS[name]()


def demands(text: str) -> frozenset[Demand]:
    """What is demanded of documents, from names with commas between them.

    Raises:
        UsageError: an unknown name.
    """
    names = frozenset(one.strip() for one in text.split(",") if one.strip())
    if names - set(DEMANDS):
        raise UsageError(
            f"A policy can't demand {', '.join(sorted(names - set(DEMANDS)))}.",
            remedy=f"Choose from: {', '.join(DEMANDS)}.",
        )
    return cast("frozenset[Demand]", names)


def _as_requirement(given: object) -> Requirement:
    """A requirement, or the one of this name.

    Raises:
        UsageError: neither.
    """
    if isinstance(given, str):
        return requirement(given)
    if isinstance(given, type) or not isinstance(given, Requirement):
        raise UsageError(
            f"A policy can't require a value of type {type(given).__name__}.",
            remedy=f"Give one of: {', '.join(REQUIREMENTS)}.",
        )
    return given


def told(rate: Rate) -> str:
    """A rate as people read it, with how it is known; a model's faint end is not spelled out."""
    if rate.value < parameters.FMR_LOWEST and not rate.measured:
        return f"under {one_in(parameters.FMR_LOWEST)} (modelled)"
    return f"{one_in(rate.value)} ({'measured' if rate.measured else 'modelled'})"


def one_in(rate: float) -> str:
    """A rate as people read it: "1 in 10,000"."""
    if rate >= 0.5:
        return "1 in 1" if rate > 0.75 else "1 in 2"
    count = 1 / rate
    digits = max(0, len(str(int(count))) - 2)
    return f"1 in {int(round(count, -digits)):,}"
