"""The enrolment ceremony: a present, consenting person's pictures in, one credential out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import cast

from moiety.consent import Consent
from moiety.credential.claims import Profile
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer
from moiety.credential.trust_parameters import ISSUE_DAYS
from moiety.decision import parameters
from moiety.decision.calibration import Tables
from moiety.errors import ConsentError, PicturesDisagree, QualityRefused, UsageError
from moiety.face import compare, gate, pipeline
from moiety.face.embed import MODEL
from moiety.face.template import FaceTemplate
from moiety.image import Source, load

MOST_PICTURES = 5


def enrol(
    *,
    face: Source | Sequence[Source] | None = None,
    fingers: Mapping[str, Source | Sequence[Source]] | None = None,
    hands: Mapping[str, Source] | None = None,
    consent: Consent,
    issuer: Issuer,
    profile: Profile = "card",
    pin: str | None = None,
    single: bool = False,
    valid_days: int | None = None,
    model: str = MODEL,
    tables: Tables | None = None,
    now: int | None = None,
) -> Credential:
    """Enrol one person who is present and agrees, and return the credential that they take away.

    Args:
        face: two to five pictures of their face, taken now; one alone only with `single=True`. None for a
            person who prefers fingers alone.
        fingers: scans of prints by the finger's name, such as {"right-index": "a.png"}; a second scan of a
            finger is checked against the first.
        hands: photographs of four fingers by side, {"right": "hand.jpg"}. The card profile keeps the index
            and middle finger, the others all four.
        consent: their consent, recorded before the pictures were taken.
        issuer: who signs, opened from its home.
        profile: "card" or "paper" (sealed to the verifier group), or "open" (readable by anyone).
        pin: a PIN that the holder chooses, asked for at every verification.
        single: take one picture; the number of pictures is recorded in the credential, and calibrated for.
        valid_days: days that the credential is valid; by default a year, and never beyond the consent.
        model: the face embedder; verifiers must use the same.
        tables: calibration tables for the self-check; by default those that this version ships.
        now: UTC seconds, for tests.

    Raises:
        ConsentError: no consent that covers what is captured now.
        UsageError: nothing to enrol, too few or too many pictures, or a finger given twice over.
        ImageUnreadable, ImageTooLarge: a picture cannot be read.
        QualityRefused: a picture fails the enrolment gate; the message says what to do.
        PicturesDisagree: the pictures do not match each other.
        OverBudget, HomeError, StorageError: see `Issuer.issue`.
    """
    # 1. Consent comes before any pixel is looked at.
    if not isinstance(consent, Consent):
        raise ConsentError("Enrolment needs a consent record.")
    consent.require(_modalities(face, fingers, hands), now=now)
    # 2. As many pictures as the ceremony asks for.
    pictures = [] if face is None else _pictures(face, single=single)
    # 3. Each passes the enrolment gate: a poor reference lets strangers in.
    samples = [_fit(picture, number, model) for number, picture in enumerate(pictures, 1)]
    known = Tables.shipped() if tables is None else tables
    # 4. Each matches the others: mixed people and failed captures stop here.
    _self_check(samples, known, model)
    prints = _prints(fingers, hands, profile, known)
    # 5. Templates, sealed and signed; the pictures and the templates go no further.
    faces = [_sealed(pipeline.template(samples, model=model))] if samples else []
    return issuer.issue(
        Contents((*faces, *prints), consent.commitment()),
        profile=profile,
        pin=pin,
        valid_days=_days(consent, valid_days, now),
        now=now,
    )


def _prints(
    fingers: Mapping[str, Source | Sequence[Source]] | None,
    hands: Mapping[str, Source] | None,
    profile: Profile,
    tables: Tables,
) -> tuple[SealedTemplate, ...]:
    if not fingers and not hands:
        return ()
    from moiety.finger_enrolment import sealed_fingers  # a face alone does not wait for these

    return sealed_fingers(fingers, hands, profile, tables)


def _modalities(face: object, fingers: object, hands: object) -> frozenset[str]:
    """What consent has to cover."""
    asked = {"face"} if face is not None else set[str]()
    if fingers or hands:
        asked.add("finger")
    if not asked:
        raise UsageError("There is nothing to enrol.", remedy="Give pictures of the face, or fingers.")
    return frozenset(asked)


def _pictures(face: Source | Sequence[Source], *, single: bool) -> list[Source]:
    several = isinstance(face, Sequence) and not isinstance(face, (str, bytes))
    pictures = cast("list[Source]", list(face) if several else [face])  # type: ignore[arg-type]
    if len(pictures) > MOST_PICTURES:
        raise UsageError(f"{len(pictures)} pictures were given; {MOST_PICTURES} at most are taken.")
    if len(pictures) < 2 and not single:
        raise UsageError(
            "Enrolment needs at least two pictures of the face.",
            remedy="Take three; or say that one must do (--single, single=True): it is recorded.",
        )
    if not pictures:
        raise UsageError("Enrolment needs a picture of the face.")
    return pictures


def _fit(picture: Source, number: int, model: str) -> pipeline.Sample:
    sample = pipeline.reference(load(picture), gate.ENROL, model=model)
    if sample.findings:
        told = " ".join(one.text for one in sample.findings)
        raise QualityRefused(f"Picture {number}: {told}", remedy="Take this picture again.")
    return sample


def _self_check(samples: Sequence[pipeline.Sample], tables: Tables, model: str) -> None:
    templates = [pipeline.template([one], model=model) for one in samples]
    for (i, one), (j, other) in combinations(enumerate(templates, 1), 2):
        if one.to_bytes() == other.to_bytes():
            # The code says how many pictures are in it, and its calibration believes that.
            raise PicturesDisagree(f"Pictures {i} and {j} are one picture.", remedy="Take another one.")
        table = tables.find("face", model, 1)
        if table.fmr(compare.score(one, other)).value > parameters.SELF_CHECK_FMR:
            raise PicturesDisagree(f"Pictures {i} and {j} do not match each other.")


def _sealed(template: FaceTemplate) -> SealedTemplate:
    return SealedTemplate("face", template.model, template.to_bytes(), template.samples, 0, "face", False)


def _days(consent: Consent, asked: int | None, now: int | None) -> int:
    """Whole days of validity: what was asked, and never beyond the consent."""
    left = consent.days_left(now=now)
    if asked is not None and asked > left:
        raise ConsentError(f"The consent covers {left} more days; {asked} were asked for.")
    return min(left, ISSUE_DAYS) if asked is None else asked
