"""The enrolment ceremony: a present, consenting person's pictures in, one credential out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import cast

from moiety.consent import Consent
from moiety.credential.claims import PROFILE_NUMBERS, Profile
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer
from moiety.credential.trust_parameters import ISSUE_DAYS
from moiety.decision import parameters
from moiety.decision.calibration import Tables
from moiety.errors import ConsentError, LivenessRefused, PicturesDisagree, QualityRefused, UsageError
from moiety.face import compare, gate, pipeline
from moiety.face.embed import MODEL, require_embedder
from moiety.face.template import FaceTemplate
from moiety.face.turned import named_if_turned
from moiety.finger.seen import SeenHand
from moiety.image import Image, Source, load
from moiety.liveness.level import Liveness
from moiety.presence import LiveCapture, Watch, examine

MOST_PICTURES = 5
LIVE_PICTURES = 3


def enrol(
    *,
    face: Source | Sequence[Source] | None = None,
    fingers: Mapping[str, Source | Sequence[Source]] | None = None,
    hands: Mapping[str, Source | SeenHand] | None = None,
    live: LiveCapture | Watch | None = None,
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
        hands: photographs of four fingers by side, {"right": "hand.jpg"}, or of those that the name adds, as
            in "right:index,middle,little". The card profile keeps the first two, the others all. Also
            hands that `finger.capture.see_hand` saw already.
        live: frames of a live capture, in place of `face`: liveness must be shown, and up to three pictures
            are taken from the same frames.
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
        LivenessRefused: live frames were given, and do not show a live person.
        QualityRefused: a picture fails the enrolment gate; the message says what to do.
        PicturesDisagree: the pictures do not match each other.
        OverBudget, HomeError, StorageError: see `Issuer.issue`.
    """
    # 1. Consent comes before any pixel is looked at.
    if not isinstance(consent, Consent):
        raise ConsentError("Enrolment needs a consent record.")
    if not callable(getattr(issuer, "issue", None)):  # practice enrols into an issuer of its own
        raise UsageError(
            f"issuer is an Issuer, not a {type(issuer).__name__}.",
            remedy="Open it from its home: issuer=moiety.Issuer.open(HOME).",
        )
    if profile not in PROFILE_NUMBERS:
        raise UsageError(
            f"There is no profile {profile!r}.", remedy=f"Choose from: {', '.join(PROFILE_NUMBERS)}."
        )
    require_embedder(model)
    consent.require(_modalities(face if live is None else live, fingers, hands), now=now)
    # 2. As many pictures as the ceremony asks for; live frames show liveness first.
    # 3. Each passes the enrolment gate: a poor reference lets strangers in.
    samples = _samples(face, single, model) if live is None else _live_samples(live, face, single, model)
    known = Tables.shipped() if tables is None else tables
    # 4. Each matches the others: mixed people and failed captures stop here.
    _self_check(samples, known, model)
    prints = _prints(fingers, hands, profile, known)
    # 5. Templates, sealed and signed; the pictures and the templates go no further.
    faces = [_sealed(pipeline.template(samples, model=model))] if samples else []
    return issuer.issue(
        Contents((*faces, *prints), consent.commitment(), "files" if live is None else "live"),
        profile=profile,
        pin=pin,
        valid_days=_days(consent, valid_days, now),
        now=now,
    )


def _samples(face: Source | Sequence[Source] | None, single: bool, model: str) -> list[pipeline.Sample]:
    pictures = [] if face is None else _pictures(face, single=single)
    return [_enrolled(load(one), number, model) for number, one in enumerate(pictures, 1)]


def _enrolled(picture: Image, number: int, model: str) -> pipeline.Sample:
    sample = pipeline.reference(picture, gate.ENROL, model=model)
    return _fit(named_if_turned(sample, picture), f"Picture {number}")


def _live_samples(live: LiveCapture | Watch, face: object, single: bool, model: str) -> list[pipeline.Sample]:
    if face is not None:
        raise UsageError(
            "Pictures of the face were given beside live frames.",
            remedy="Give the live frames alone: the pictures are taken from them.",
        )
    shown = examine(live, gate.ENROL, count=1 if single else LIVE_PICTURES, model=model, reference=True)
    if shown.presence.level is not Liveness.SHOWN:
        raise LivenessRefused(" ".join(one.text for one in shown.presence.reasons))
    fit = [one for one in shown.samples if not one.findings]
    if len(fit) < (1 if single else 2):
        if not shown.samples:
            raise QualityRefused("No frame shows one face that looks at the camera.")
        unfit = next((one for one in shown.samples if one.findings), shown.samples[0])
        _fit(unfit, "The live frames")
        raise QualityRefused("Too few of the live frames are fit to be a reference.")
    return fit


def _prints(
    fingers: Mapping[str, Source | Sequence[Source]] | None,
    hands: Mapping[str, Source | SeenHand] | None,
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


def _fit(sample: pipeline.Sample, name: str) -> pipeline.Sample:
    if sample.findings:
        told = " ".join(one.text for one in sample.findings)
        raise QualityRefused(f"{name}: {told}", remedy="Take this picture again.")
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
