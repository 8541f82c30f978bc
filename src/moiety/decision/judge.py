"""Score to comparison, and comparisons to outcome: the two steps between matcher and decision."""

from __future__ import annotations

from collections.abc import Sequence

from moiety.decision.calibration import Tables
from moiety.decision.decision import Comparison, Liveness, Outcome, Reason
from moiety.decision.policy import Policy
from moiety.models import entries


def calibrate(
    score: float, tables: Tables, *, modality: str, model: str, samples: int, position: int = 0
) -> Comparison:
    """What a raw score stands for, by the table of its modality, model and number of reference samples."""
    table = tables.find(modality, model, samples)
    llr = min(table.llr(score), table.llr_cap())
    rate = table.fmr(score)
    made_with = (table.digest, model_digest(model))
    return Comparison(modality, position, score, rate, llr, table.name, model, *made_with)


def model_digest(model: str) -> str:
    """SHA-256 of a model's file, in hexadecimal; empty where templates are made without one."""
    return next((one.sha256 for one in entries() if one.id == model), "")


def judge(
    comparisons: Sequence[Comparison], liveness: Liveness, policy: Policy
) -> tuple[Outcome, tuple[Reason, ...]]:
    """The outcome of a policy on comparisons already made, and why.

    Liveness that the policy does not ask for is still named, so that nobody reads more into an acceptance.
    """
    unmet = policy.liveness_unmet(liveness)
    if unmet is not None:
        return Outcome.INCONCLUSIVE, (unmet,)
    judgement = policy.requirement.judge(comparisons, policy.fmr)
    reasons = judgement.reasons
    if judgement.outcome is Outcome.ACCEPT and liveness is not Liveness.SHOWN:
        reasons = (*reasons, _allowed(liveness))
    return judgement.outcome, reasons


def _allowed(liveness: Liveness) -> Reason:
    """That a policy allowed an acceptance without liveness, and what the frames said if there were any."""
    if liveness is Liveness.NONE:
        return Reason("liveness-none", "Accepted without liveness, as the policy allows.")
    told = liveness.value.replace("_", " ")
    return Reason(
        f"liveness-{liveness.value.replace('_', '-')}",
        f"Accepted as the policy allows, although liveness was {told}.",
    )
