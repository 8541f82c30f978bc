"""A live capture: frames with times in; liveness, and the faces to compare from those same frames, out."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.errors import ImageTooLarge, UsageError
from moiety.face import parameters as face_parameters
from moiety.face import pipeline
from moiety.face.align import align
from moiety.face.detect import Face, detect
from moiety.face.embed import MODEL, embed
from moiety.face.gate import Gate, findings_of
from moiety.face.landmarks import refine
from moiety.face.passive import bona_fide
from moiety.face.quality import FaceQuality, assess
from moiety.findings import Finding
from moiety.image import Image, Source, load
from moiety.liveness import Challenge, Cues, Liveness, Observation, Presence, judge, parameters
from moiety.liveness.cues import Patterns, sides
from moiety.liveness.flash import face_colour
from moiety.liveness.relief import level

__all__ = ["LiveCapture", "LiveFrame", "Shown", "Watch", "examine"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LiveFrame:
    """One frame of a live capture.

    Attributes:
        at_ms: when it was taken, in milliseconds from the moment that the first prompt was shown, by the
            clock that showed the prompts.
        image: the picture, not mirrored; frames may differ in size but not in what the camera sees.
    """

    at_ms: float
    image: Source


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LiveCapture:
    """A challenge and all frames that were taken while it ran, in the order of their times.

    Attributes:
        challenge: drawn from the session's nonce; the session must have drawn it, not the client.
        frames: from the first prompt to the end of the last, 5 to 10 a second. Frames of 640x480 and more are
            needed while the person looks at the camera, since the face is compared from them.
        passive: an operator's network of the role "presentation-attack"; none by default.
    """

    challenge: Challenge
    frames: Sequence[LiveFrame]
    passive: str | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Candidate:
    """A frame from which the face may be compared: it was asked to be frontal then."""

    at_ms: float
    image: Image
    crop: NDArray[np.uint8]
    quality: FaceQuality


@dataclass(frozen=True, slots=True)
class Shown:
    """What a live capture came to.

    Attributes:
        presence: the level, with its reasons.
        samples: the faces to compare, from the frames that were judged; empty when none was frontal.
    """

    presence: Presence
    samples: tuple[pipeline.Sample, ...]


class Watch:
    """A live capture that is looked at frame by frame, so that a verdict needs no wait at the end.

    Give it to `verify(live=...)` once all frames are seen. It keeps the pictures of the two "centre" prompts
    alone, in memory; of all others only landmarks and two crops of the face, of 112 and of 40 pixels.
    """

    def __init__(self, challenge: Challenge, *, passive: str | None = None) -> None:
        self.challenge: Final = challenge
        self._passive: Final = passive
        self._answers: Final[list[float]] = []
        self.observations: Final[list[Observation]] = []
        self._candidates: Final[list[_Candidate]] = []
        self._taken: list[_Candidate] = []
        self._crops: Final[list[tuple[float, NDArray[np.uint8]]]] = []
        self._patterns: Final = Patterns()
        self._sides: Final[list[int]] = []
        self._digest = b""
        self.digests: Final[list[bytes]] = []
        self._before: tuple[object, Shown] | None = None

    def see(self, frame: LiveFrame) -> list[Face]:
        """Take in the next frame, and return the faces in it, largest first, for hints.

        What was taken before the first prompt or after the last is passed over: nobody asked for it.

        Raises:
            UsageError: too many frames, or a time that is not after the last.
            ImageUnreadable, ImageTooLarge: the picture cannot be read, or has over 1.3 megapixels.
        """
        self._refuse(frame.at_ms)
        if not 0 <= frame.at_ms <= self.challenge.duration_ms:
            return []
        image = load(frame.image, max_pixels=parameters.FRAME_PIXELS_MOST)
        if image.width * image.height > parameters.FRAME_PIXELS_MOST:  # of pixels that were decoded before
            raise ImageTooLarge("A frame of a live capture has too many pixels.", remedy="Send 640x480.")
        digest = hashlib.blake2b(image.rgb.tobytes(), digest_size=16).digest()
        repeated, self._digest = digest == self._digest, digest
        faces = detect(image)
        landmarks, colour, levelled = None, None, None
        if len(faces) == 1:
            points = refine(image, faces[0], len(self.observations)).astype(np.float64)
            landmarks = points / image.width
            if not repeated:  # a camera that repeats its last picture has not used it twice
                self.digests.append(digest)
            self._patterns.add(image.rgb, points)
            if frame.at_ms <= self.challenge.moves[0].onset_ms:
                self._sides.append(sides(image.rgb, points))
            if self._is_frontal(frame.at_ms) and self._passive is not None:
                self._answers.append(bona_fide(image, faces[0], self._passive))
            crop = align(image, faces[0].landmarks)
            levelled = level(cv2.cvtColor(image.rgb, cv2.COLOR_RGB2GRAY), points)
            colour = face_colour(crop) if self.challenge.flash else None
            self._crops.append((frame.at_ms, crop))
            if self._is_frontal(frame.at_ms):
                self._keep(_Candidate(frame.at_ms, image, crop, assess(image, faces[0], crop)))
        self.observations.append(Observation(frame.at_ms, len(faces), landmarks, colour, repeated, levelled))
        return faces

    def cues(self) -> Cues:
        """What the pixels of the frames so far told."""
        bezel = float(np.mean(self._sides)) if self._sides else None
        # The least of all frames that may be compared: a mean would hide one portrait among faces.
        passive = float(np.min(self._answers)) if self._answers else None
        return Cues(moire=self._patterns.strength(), bezel=bezel, passive=passive)

    def presence(self, model: str = MODEL) -> Presence:
        """What the judge says of the frames so far, and whether they show one person."""
        found = judge(self.challenge, self.observations, self.cues())
        if found.level is Liveness.NOT_SHOWN:
            return found
        likeness = self._likeness(model)
        alike = likeness >= parameters.ONE_PERSON[self.challenge.motion]
        if alike or (math.isnan(likeness) and found.level is not Liveness.SHOWN):
            return Presence(found.level, found.reasons, {**found.measures, "likeness": likeness})
        text = "Not all frames show the same person."
        other = Finding(
            "liveness-several-people", text, likeness, parameters.ONE_PERSON[self.challenge.motion]
        )
        return Presence(Liveness.NOT_SHOWN, (other, *found.reasons), {**found.measures, "likeness": likeness})

    def samples(
        self, gate: Gate, *, count: int, model: str = MODEL, reference: bool = False,
        explain: pipeline.Explain | None = None,
    ) -> tuple[pipeline.Sample, ...]:  # fmt: skip
        """The `count` frontal faces of highest quality, at least `APART_MS` apart, or as many as there are.

        Quality alone chooses; no face is compared with any reference before it is chosen.
        """
        taken: list[_Candidate] = []
        for one in sorted(self._candidates, key=lambda one: _rank(one, gate)):
            if len(taken) < count and all(abs(one.at_ms - two.at_ms) >= APART_MS for two in taken):
                taken.append(one)
        self._taken = taken
        process = pipeline.reference if reference else pipeline.probe
        return tuple(process(one.image, gate, model=model, explain=explain) for one in taken)

    def shown(
        self, gate: Gate, *, count: int = 1, model: str = MODEL, reference: bool = False,
        explain: pipeline.Explain | None = None,
    ) -> Shown:  # fmt: skip
        """What the frames so far come to. It is held until another frame comes: whoever has time before it is
        asked for, as while a hand is captured, asks in advance.
        """
        asked = (len(self.observations), gate, count, model, reference)
        if explain is None and self._before is not None and self._before[0] == asked:
            return self._before[1]
        samples = self.samples(gate, count=count, model=model, reference=reference, explain=explain)
        found = Shown(self.presence(model), samples)
        self._before = (asked, found)
        return found

    def _keep(self, one: _Candidate) -> None:
        self._candidates.append(one)
        if len(self._candidates) > parameters.CANDIDATES_MOST:
            self._candidates.remove(min(self._candidates, key=lambda kept: kept.quality.sharpness))

    def _refuse(self, at_ms: float) -> None:
        if len(self.observations) >= parameters.FRAMES_MOST:
            raise UsageError(f"More than {parameters.FRAMES_MOST} frames were given.")
        if not math.isfinite(at_ms) or (self.observations and at_ms <= self.observations[-1].at_ms):
            raise UsageError("The times of the frames are not finite and rising.")

    def _is_frontal(self, at_ms: float) -> bool:
        """Whether the face was asked to look at the camera, and had the time to."""
        first, last = self.challenge.moves[0], self.challenge.steps[-1]
        return at_ms <= first.onset_ms or at_ms >= last.onset_ms + parameters.SETTLED_MS

    def _likeness(self, model: str) -> float:
        """The least similarity between two faces of the capture, -1 to 1; NaN for one face."""
        if len(self._crops) < 2:
            return math.nan
        picks = np.unique(np.linspace(0, len(self._crops) - 1, parameters.LIKENESS_FRAMES).astype(int))
        # What is compared must be what was shown: a face slipped in for the frames that are taken shows here.
        crops = [*(self._crops[i][1] for i in picks), *(one.crop for one in self._taken)]
        rows = np.stack([embed(crop, model).vector for crop in crops])
        return float((rows @ rows.T).min())


APART_MS: Final = 300.0
"""Pictures of one enrolment are at least this far apart: closer ones hardly differ."""


def examine(
    live: LiveCapture | Watch, gate: Gate, *, count: int = 1, model: str = MODEL, reference: bool = False,
    explain: pipeline.Explain | None = None,
) -> Shown:  # fmt: skip
    """Judge a live capture, and pick the faces to compare from its frames.

    Raises:
        UsageError: no frames, too many, or times that do not rise.
        ImageUnreadable, ImageTooLarge: a frame cannot be read.
    """
    watch = live
    if isinstance(live, LiveCapture):
        watch = Watch(live.challenge, passive=live.passive)
        for frame in live.frames:
            watch.see(frame)
    if not isinstance(watch, Watch):
        raise UsageError("A live capture is a LiveCapture, or a Watch that saw its frames.")
    if not watch.observations:
        raise UsageError("Nothing was captured.", remedy="Give the frames of the whole challenge.")
    return watch.shown(gate, count=count, model=model, reference=reference, explain=explain)


def _rank(one: _Candidate, gate: Gate) -> tuple[int, float, float]:
    """Fewest findings first, then eyes far enough apart for the embedder, then the sharpest."""
    quality = one.quality
    enough = min(quality.eye_distance, 2 * face_parameters.CROP_EYE_DISTANCE)
    return len(findings_of(quality, gate)), -round(enough / 8), -quality.sharpness
