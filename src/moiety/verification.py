"""The verification ceremony: one credential and one live capture in, one explained decision out."""

from __future__ import annotations

from pathlib import Path

from moiety.credential.check import Checked, check, open_contents
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import Tables
from moiety.decision.decision import (
    CaptureEvidence,
    Comparison,
    CredentialEvidence,
    Decision,
    Liveness,
    Outcome,
    Reason,
)
from moiety.decision.judge import calibrate, judge
from moiety.decision.policy import Policy
from moiety.errors import TemplateMismatch
from moiety.face import compare, gate, pipeline
from moiety.face.embed import MODEL
from moiety.face.quality import measures
from moiety.face.template import FaceTemplate
from moiety.image import Source, load


def verify(
    *,
    credential: Credential | str | Path,
    face: Source,
    trust: TrustBundle,
    policy: Policy | None = None,
    pin: str | None = None,
    tables: Tables | None = None,
    model: str = MODEL,
    now: int | None = None,
    explain: pipeline.Explain | None = None,
) -> Decision:
    """Decide whether the person in one picture is the one who enrolled for one credential.

    Args:
        credential: the holder's credential, or a picture or text file of its code.
        face: one picture, taken now. A picture shows no liveness: the policy must say `liveness="none"` for
            it to be compared at all.
        trust: whom this verifier trusts, and the group keys that it holds, opened from its home.
        policy: what to ask for; by default FMR 1e-4 with liveness.
        pin: the holder's PIN, where the credential has one.
        tables: calibration tables; by default those that this version ships.
        model: the face embedder; a credential made with another is refused.
        now: UTC seconds, for tests.
        explain: receives every intermediate, for demonstration on one's own pictures.

    Returns:
        A `Decision`. That the person does not match is a result, not an exception.

    Raises:
        InputError: the code or the picture cannot be read.
        CredentialRefused: the code must not be relied on; the subclass says why.
        HomeError, TrustRefused: this verifier is not fit to verify.
    """
    asked = Policy() if policy is None else policy
    # 1. Read the code.
    code = credential if isinstance(credential, Credential) else Credential.read(credential)
    # 2. Signature, validity, status, trust; nothing is opened yet.
    checked = check(code, trust, now=now, max_status_age=asked.max_status_age_s)
    # 3. The capture: one face, fit to be compared.
    probe = pipeline.probe(load(face), gate.VERIFY, model=model, explain=explain)
    # 4. Liveness, then quality: without them nothing is compared, so nothing can be learned.
    liveness = Liveness.NONE
    hindrance = _hindrance(probe, liveness, asked)
    if hindrance:
        return _decision(Outcome.INCONCLUSIVE, hindrance, probe, None, liveness, checked, asked)
    # 5. The key that opens the template is touched last.
    reference = _reference(open_contents(checked, trust, pin))
    # 6. Compare, calibrate, judge; the templates end with this call.
    score = compare.score(reference, pipeline.template([probe], model=model))
    known = Tables.shipped() if tables is None else tables
    done = calibrate(score, known, modality="face", model=reference.model, samples=reference.samples)
    outcome, reasons = judge([done], liveness, asked)
    return _decision(outcome, reasons, probe, done, liveness, checked, asked)


def _hindrance(probe: pipeline.Sample, liveness: Liveness, policy: Policy) -> tuple[Reason, ...]:
    """What stands in the way of a comparison."""
    unmet = policy.liveness_unmet(liveness)
    found = tuple(Reason(one.code, one.text) for one in probe.findings)
    return found if unmet is None else (unmet, *found)


def _reference(contents: Contents) -> FaceTemplate:
    """The one face template of the credential."""
    faces = [one for one in contents.templates if one.modality == "face"]
    if len(faces) != 1:
        raise TemplateMismatch(f"The code holds {len(faces)} face templates; one is needed.")
    return FaceTemplate.from_bytes(faces[0].data, model=faces[0].model, samples=faces[0].samples)


def _decision(
    outcome: Outcome,
    reasons: tuple[Reason, ...],
    probe: pipeline.Sample,
    comparison: Comparison | None,
    liveness: Liveness,
    checked: Checked,
    policy: Policy,
) -> Decision:
    quality = {} if probe.quality is None else measures(probe.quality)
    return Decision(
        outcome=outcome,
        reasons=reasons,
        face=CaptureEvidence(quality, probe.findings, comparison),
        liveness=liveness,
        credential=CredentialEvidence(
            checked.issuer, checked.not_after, checked.status, checked.status_age_s
        ),
        target_fmr=policy.fmr,
    )
