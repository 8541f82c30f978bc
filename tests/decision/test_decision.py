"""A decision is read by its outcome, explains itself, and prints no secret."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from moiety.decision.calibration import Rate
from moiety.decision.decision import (
    CaptureEvidence,
    Comparison,
    CredentialEvidence,
    Decision,
    Liveness,
    Outcome,
    Reason,
)
from moiety.findings import Finding


def decision(**changes: Any) -> Decision:
    done = Comparison("face", 0, 0.61234567, Rate(3e-6, False, "london"), 9.0, "sface-1")
    values: dict[str, Any] = {
        "outcome": Outcome.ACCEPT,
        "reasons": (Reason("face-match", "The face matches."), Reason("liveness-none", "Accepted without.")),
        "face": CaptureEvidence({"eye_distance": 88.12345}, (), done),
        "liveness": Liveness.NONE,
        "credential": CredentialEvidence("https://issuer.example.org/", 1_800_000_000, "valid", 60),
        "target_fmr": 1e-4,
    }
    return Decision(**(values | changes))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_it_has_no_truth_value(outcome: Outcome) -> None:
    one = decision(outcome=outcome)
    with pytest.raises(TypeError, match="outcome"):
        bool(one)
    with pytest.raises(TypeError):
        all([one])  # what a hurried integration writes


def test_it_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        decision().outcome = Outcome.REJECT  # type: ignore[misc]


def test_its_reasons_are_numbered() -> None:
    assert decision().explain() == "ACCEPT\n1. The face matches.\n2. Accepted without."


def test_its_json_has_the_shape_of_the_contract() -> None:
    shape = decision().to_json()
    assert json.loads(json.dumps(shape, allow_nan=False)) == shape
    assert shape["outcome"] == "accept"
    assert shape["reasons"][0] == {"code": "face-match", "text": "The face matches."}
    assert shape["face"]["score"] == 0.612346
    assert shape["face"]["fmr"] == 3e-6
    assert shape["face"]["fmr_measured"] is False
    assert shape["face"]["calibration"] == "sface-1"
    assert shape["face"]["quality"] == {"measures": {"eye_distance": 88.1235}, "findings": []}
    assert shape["liveness"] == {"level": "none"}
    assert shape["credential"] == {
        "issuer": "https://issuer.example.org/",
        "not_after": 1_800_000_000,
        "status": "valid",
        "status_age_s": 60,
        "kind": "moiety",
        "portrait": None,
        "enrolled": None,
        "document_type": None,
    }


def test_without_a_comparison_the_numbers_are_null_and_the_findings_are_there() -> None:
    capture = CaptureEvidence({}, (Finding("too-far", "Move closer.", 24, 40),), None)
    shape = decision(outcome=Outcome.INCONCLUSIVE, face=capture).to_json()["face"]
    assert (shape["score"], shape["fmr"], shape["calibration"]) == (None, None, None)
    assert shape["quality"]["findings"][0]["code"] == "too-far"


@pytest.mark.parametrize("level", list(Liveness))
def test_liveness_has_the_levels_of_the_contract(level: Liveness) -> None:
    assert decision(liveness=level).to_json()["liveness"]["level"] in {
        "none",
        "shown",
        "not_shown",
        "inconclusive",
    }
