"""The verification ceremony: one credential and one live capture in, one explained decision out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from moiety.credential.trust import TrustBundle
from moiety.decision.calibration import Tables
from moiety.decision.decision import (
    CaptureEvidence,
    Comparison,
    Decision,
    Liveness,
    Outcome,
    Reason,
)
from moiety.decision.faces import HeldFace
from moiety.decision.floor import require_floor
from moiety.decision.judge import judge
from moiety.decision.policy import Policy
from moiety.decision.portraits import for_portrait
from moiety.document.demands import require_demands
from moiety.document.read import Document, presented
from moiety.document.reference import Accepted, Presented, Reference, Wanted
from moiety.errors import TemplateMismatch, UsageError
from moiety.face import gate, pipeline
from moiety.face.embed import MODEL, Vector, require_embedder
from moiety.face.quality import measures
from moiety.face.turned import named_if_turned
from moiety.findings import Finding
from moiety.finger.seen import SeenHand
from moiety.finger_verification import LiveFingers, capture_fingers, compare_fingers
from moiety.image import Source, load
from moiety.liveness.verdict import Presence
from moiety.presence import COMPARED, LiveCapture, Watch, examine


def verify(
    *,
    credential: Document | Presented,
    face: Source | None = None,
    fingers: Mapping[str, Source] | None = None,
    hands: Mapping[str, Source | SeenHand] | None = None,
    live: LiveCapture | Watch | None = None,
    trust: TrustBundle,
    policy: Policy | None = None,
    pin: str | None = None,
    tables: Tables | None = None,
    model: str = MODEL,
    now: int | None = None,
    explain: pipeline.Explain | None = None,
) -> Decision:
    """Decide whether the person who is captured now is the one who enrolled for one credential.

    Args:
        credential: what the holder presents: their credential, a picture or text file of its code, or
            another signed document with their portrait (see `moiety.document.read`). A bare photograph is
            none.
        face: one picture, taken now. A picture shows no liveness: the policy must say `liveness="none"` for
            it to be compared at all.
        fingers: one scan of each finger by its name, such as {"right-index": "now.png"}.
        hands: photographs of four fingers by side, {"right": "hand.jpg"}, or of those that the name adds, as
            in "right:index,middle,little". Fingers that are fit and enrolled are compared, all of them, and
            never the best of them chosen. Also hands that `finger.capture.see_hand` saw already.
        live: frames of a live capture with the challenge that they answer. Liveness is judged on them, and
            the face is compared from the same frames: never from a separate picture.
        trust: whom this verifier trusts, and the group keys that it holds, opened from its home.
        policy: what to ask for; by default the face at FMR 1e-4 with liveness. What is captured never
            changes what is asked for.
        pin: the holder's PIN, where the credential has one.
        tables: calibration tables; by default those that this version ships.
        model: the face embedder; a credential made with another is refused.
        now: UTC seconds, for tests.
        explain: receives every intermediate, for demonstration on one's own pictures.

    Returns:
        A `Decision`. That the person does not match is a result, not an exception.

    Raises:
        UsageError: nothing was captured, or a picture of the face beside live frames.
        PolicyTooLax: the policy asks for less than the root's.
        InputError: the code or a picture cannot be read.
        CredentialRefused: the code must not be relied on; the subclass says why.
        HomeError, TrustRefused: this verifier is not fit to verify.
    """
    asked = Policy() if policy is None else policy
    _refuse_wrong_kinds(trust, asked)
    require_embedder(model)
    # 1. Read what the holder presents: a code, or another signed document.
    shown = presented(credential)
    require_floor(asked, trust.policies)
    # 2. Signature, validity, status, trust; nothing is opened yet.
    accepted = shown.accept(trust, now=now, max_status_age=asked.max_status_age_s)
    require_demands(accepted, asked)
    # 3. The capture: one face, and fingers, fit to be compared.
    if face is None and live is None and not fingers and not hands:
        raise UsageError("Nothing was captured.", remedy="Give a picture of the face, or fingers.")
    faces = _capture_face(face, live, model, explain)
    taken = capture_fingers(fingers, hands, explain=explain)
    # 4. Liveness, then quality: without them nothing is compared, so nothing can be learned.
    seen = _Seen(faces, taken, accepted, asked)
    hindrance = _hindrance(seen)
    if hindrance:
        return seen.decision(Outcome.INCONCLUSIVE, hindrance, None, {})
    # 5. The key that opens the template is touched last.
    reference = accepted.open(trust, Wanted(bool(faces.samples), bool(taken.fingers), model, pin))
    seen = replace(seen, reference=reference)
    if reference.hindrances:
        return seen.decision(Outcome.INCONCLUSIVE, _told(reference.hindrances), None, {})
    # 6. Compare, calibrate, judge; the templates end with this call.
    known = Tables.shipped() if tables is None else tables
    if faces.samples and reference.face is None:
        raise TemplateMismatch("The document holds no face to compare with.")
    held = None if reference.face is None else HeldFace(reference.face, reference.family, known, model)
    of_face = None if held is None or not faces.samples else held.worst(faces.samples)
    of_fingers, notes = compare_fingers(
        reference.fingers, taken, known, foreign=reference.foreign, explain=explain
    )
    made = [*([] if of_face is None else [of_face]), *of_fingers.values()]
    outcome, reasons = judge(made, seen.liveness, for_portrait(asked, reference.portrait))
    shown_by_holder = held is not None and held.is_of(of_face, faces.between)
    if outcome is Outcome.ACCEPT and asked.liveness == "required" and not shown_by_holder:
        outcome, reasons = Outcome.INCONCLUSIVE, (_ANOTHER,)
    return seen.decision(outcome, (*reasons, *notes, *reference.notes), of_face, of_fingers)


@dataclass(frozen=True, slots=True)
class _Faces:
    """What was captured of the face.

    Attributes:
        samples: the faces to compare, all of which must match: one of a picture, two of a live capture.
        presence: what was shown of liveness; None for a picture, which shows none.
        between: the face between the compared ones, while it turned (`presence.Shown`).
    """

    samples: tuple[pipeline.Sample, ...]
    presence: Presence | None = None
    between: tuple[Vector, ...] = ()


def _refuse_wrong_kinds(trust: object, policy: object) -> None:
    """Refuse at once what would fail later and less clearly, such as a home's path in place of trust."""
    if not isinstance(trust, TrustBundle):
        raise UsageError(
            f"trust is a TrustBundle, not a {type(trust).__name__}.",
            remedy="Open it from its home: trust=moiety.TrustBundle.open(HOME).",
        )
    if not isinstance(policy, Policy):
        raise UsageError(
            f"policy is a Policy, not a {type(policy).__name__}.", remedy="Make one: moiety.Policy(...)."
        )


def _capture_face(
    face: Source | None, live: LiveCapture | Watch | None, model: str, explain: pipeline.Explain | None
) -> _Faces:
    if live is None:
        picture = None if face is None else load(face)
        if picture is None:
            return _Faces(())
        sample = pipeline.probe(picture, gate.VERIFY, model=model, explain=explain)
        return _Faces((named_if_turned(sample, picture),))
    if face is not None:
        raise UsageError(
            "A picture of the face was given beside live frames.",
            remedy="Give the live frames alone: the face is compared from them.",
        )
    shown = examine(live, gate.VERIFY, model=model, explain=explain)
    samples = shown.samples if len(shown.samples) == COMPARED else (_NO_FACE,)
    return _Faces(samples, shown.presence, shown.between)


_NO_FACE: Final = pipeline.Sample(
    None, None, (Finding("no-face", "No frame shows one face that looks at the camera.", 0, 1),)
)


_ANOTHER: Final = Reason(
    "liveness-of-another", "The face that was shown alive is not the one of the holder: nothing was decided."
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a decision repeats, whatever its outcome."""

    faces: _Faces
    fingers: LiveFingers
    accepted: Accepted
    policy: Policy
    reference: Reference | None = None

    @property
    def liveness(self) -> Liveness:
        """What is known of liveness; a picture shows none."""
        return Liveness.NONE if self.faces.presence is None else self.faces.presence.level

    def decision(
        self,
        outcome: Outcome,
        reasons: tuple[Reason, ...],
        of_face: Comparison | None,
        of_fingers: Mapping[int, Comparison],
    ) -> Decision:
        face = None
        if self.faces.samples:
            worst = max(self.faces.samples, key=lambda one: len(one.findings))
            quality = {} if worst.quality is None else measures(worst.quality)
            face = CaptureEvidence(quality, worst.findings, of_face)
        evidence = self.accepted.evidence
        if self.reference is not None:
            evidence = replace(evidence, portrait=self.reference.portrait)
        return Decision(
            outcome=outcome,
            reasons=reasons,
            face=face,
            liveness=self.liveness,
            credential=evidence,
            presence=self.faces.presence,
            target_fmr=self.policy.fmr,
            fingers=self.fingers.evidence(of_fingers),
        )


def _hindrance(seen: _Seen) -> tuple[Reason, ...]:
    """What stands in the way of a comparison."""
    unmet = seen.policy.liveness_unmet(seen.liveness)
    findings = dict.fromkeys(one for face in seen.faces.samples for one in face.findings)
    found = _told((*findings, *seen.fingers.hindrances()))
    if unmet is None:
        return found
    presence = seen.faces.presence
    why = () if presence is None else presence.reasons
    return (unmet, *_told(why), *found)


def _told(findings: Iterable[Finding]) -> tuple[Reason, ...]:
    return tuple(Reason(one.code, one.text) for one in findings)
