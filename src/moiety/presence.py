"""A live capture: frames with times in; liveness, and the faces to compare from those same frames, out."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.errors import ImageTooLarge, UsageError
from moiety.face import pipeline
from moiety.face.align import align
from moiety.face.detect import Face, detect
from moiety.face.embed import MODEL, Vector, embed
from moiety.face.gate import VERIFY, Gate, findings_of
from moiety.face.landmarks import refine
from moiety.face.passive import bona_fide
from moiety.face.quality import assess
from moiety.findings import Finding
from moiety.image import Image, Source, load
from moiety.liveness import Challenge, Cues, Liveness, Observation, Presence, judge, parameters
from moiety.liveness.cues import Traces
from moiety.liveness.flash import face_colour
from moiety.liveness.relief import level
from moiety.liveness.same_face import faces_of, hidden, one_face, resembling
from moiety.liveness.stream import usable
from moiety.liveness.surroundings import Surroundings

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
class _Look:
    """The face of one frame; measured where it was asked to face the camera: it may be compared then."""

    at_ms: float
    crop: NDArray[np.uint8]
    measured: pipeline.Seen | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a live capture came to.

    Attributes:
        presence: the level, with its reasons.
        samples: the faces to compare, from the frames that were judged: one from before the moves and one
            from after them, all of which must match; fewer where none was frontal.
        between: unit vectors of the face meanwhile, which a reference must resemble too: whoever turned is
            whom it shows. Empty unless presence is shown.
    """

    presence: Presence
    samples: tuple[pipeline.Sample, ...]
    between: tuple[Vector, ...] = ()


COMPARED: Final = 2
"""Faces that are compared with a reference: one of before the moves, one of after them."""


class Watch:
    """A live capture that is looked at frame by frame, so that a verdict needs no wait at the end.

    Give it to `verify(live=...)` once all frames are seen. It keeps landmarks and two crops of the face, of
    112 and of 40 pixels; of the last half second also whole frames, 80 pixels across; no other picture.
    """

    def __init__(self, challenge: Challenge, *, passive: str | None = None) -> None:
        self.challenge: Final = challenge
        self._passive: Final = passive
        self._answers: Final[list[float]] = []
        self.observations: Final[list[Observation]] = []
        self._looks: Final[list[_Look]] = []
        self._traces: Final = Traces(challenge)
        self.surroundings: Final = Surroundings()
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
            self._traces.add(frame.at_ms, image.rgb, points)
            self.surroundings.add(frame.at_ms, image.rgb, points)
            levelled = level(cv2.cvtColor(image.rgb, cv2.COLOR_RGB2GRAY), points)
            look = self._look(frame.at_ms, image, faces[0], points)
            colour = face_colour(look.crop) if self.challenge.flash else None
        self.observations.append(Observation(frame.at_ms, len(faces), landmarks, colour, repeated, levelled))
        return faces

    def cues(self) -> Cues:
        """What the pixels of the frames so far told."""
        # The least of all frames that may be compared: a mean would hide one portrait among faces.
        passive = float(np.min(self._answers)) if self._answers else None
        return Cues(
            moire=self._traces.moire(),
            bezel=self._traces.bezel(),
            around=self.surroundings.change(),
            passive=passive,
        )

    def presence(self, model: str = MODEL) -> Presence:
        """What the judge says of the frames so far, and whether they show one person."""
        return self._judged(model, {one.at_ms: None for one in self._compared(COMPARED)})[0]

    def samples(
        self, gate: Gate, *, count: int = COMPARED, model: str = MODEL, reference: bool = False,
        explain: pipeline.Explain | None = None,
    ) -> tuple[pipeline.Sample, ...]:  # fmt: skip
        """The faces of the `count` frames that the challenge fixes in advance, the last one first.

        No face is compared with any reference before it is chosen.
        """
        return tuple(
            pipeline.seen(one.measured, gate, model=model, mirror=reference, explain=explain)
            for one in self._compared(count, gate)
            if one.measured is not None  # none but measured ones are compared
        )

    def shown(
        self, gate: Gate, *, count: int = COMPARED, model: str = MODEL, reference: bool = False,
        explain: pipeline.Explain | None = None,
    ) -> Shown:  # fmt: skip
        """What the frames so far come to. It is held until another frame comes: whoever has time before it is
        asked for, as while a hand is captured, asks in advance.
        """
        asked = (len(self.observations), gate, count, model, reference)
        if explain is None and self._before is not None and self._before[0] == asked:
            return self._before[1]
        samples = self.samples(gate, count=count, model=model, reference=reference, explain=explain)
        compared: dict[float, Vector | None] = {one.at_ms: None for one in self._compared(COMPARED, gate)}
        taken = zip(self._compared(count, gate), samples, strict=True)
        compared.update({one.at_ms: None if reference else sample.embedding for one, sample in taken})
        presence, faces = self._judged(model, compared)
        found = Shown(presence, samples, faces)
        self._before = (asked, found)
        return found

    def _judged(
        self, model: str, compared: Mapping[float, Vector | None]
    ) -> tuple[Presence, tuple[Vector, ...]]:
        """The judge's verdict, and whether it is one face all the way.

        `compared` are the times of the frames to compare, with their vectors where they are known.
        """
        found = judge(self.challenge, self.observations, self.cues())
        if found.level is Liveness.NOT_SHOWN:
            return found, ()
        if len(compared) < COMPARED:
            return _worse(found, [], [_NO_FRONT]), ()
        faces = faces_of(self.challenge, self.observations, tuple(compared))
        crops = {one.at_ms: one.crop for one in self._looks}
        vectors = [(at, compared.get(at)) for at in faces.at_ms]
        rows = np.stack([embed(crops[at], model).vector if one is None else one for at, one in vectors])
        measures = dict(found.measures)
        against = list(one_face(faces, rows, self.challenge.motion, measures))
        doubts = list(hidden(self.challenge, self.observations, max(compared)))
        doubts += [_TOO_NEAR] if self.surroundings.change() is None else []
        judged = _worse(Presence(found.level, found.reasons, measures), against, doubts)
        shown = judged.level is Liveness.SHOWN
        return judged, resembling(faces, rows) if shown else ()

    def _look(self, at_ms: float, image: Image, face: Face, points: NDArray[np.float64]) -> _Look:
        frontal = self._is_frontal(at_ms)
        # Faces to compare are aligned as references are. Tilted ones need the landmarks that were read again:
        # by the first, a face that is tilted by 20 degrees can look like another's.
        crop = align(image, face.landmarks if frontal else points.astype(np.float32))
        measured = None
        if frontal:
            measured = pipeline.Seen(face, crop, assess(image, face, crop))
            if self._passive is not None:
                self._answers.append(bona_fide(image, face, self._passive))
        look = _Look(at_ms, crop, measured)
        self._looks.append(look)
        return look

    def _compared(self, count: int, gate: Gate = VERIFY) -> list[_Look]:
        """The frames to compare: nearest to each of the two moments that are fixed, the last moment first.

        One that the gate finds unfit gives way to the next nearest. Where more are asked for, those nearest
        to the moments that are `APART_MS` from what is taken.
        """
        known = {one.at_ms for one in usable(self.observations)}
        frontal = [one for one in self._looks if one.measured is not None and one.at_ms in known]
        taken: list[_Look] = []
        for moment in self.challenge.compared_ms[::-1][:count]:
            near = [one for one in frontal if abs(one.at_ms - moment) <= parameters.COMPARED_WITHIN_MS]
            taken += sorted(near, key=lambda one: (_unfit(one, gate), abs(one.at_ms - moment)))[:1]
        rest = sorted(frontal, key=lambda one: (_unfit(one, gate), self._away(one)))
        for one in rest if count > COMPARED else ():
            if len(taken) < count and all(abs(one.at_ms - two.at_ms) >= APART_MS for two in taken):
                taken.append(one)
        return taken

    def _away(self, one: _Look) -> float:
        return min(abs(one.at_ms - moment) for moment in self.challenge.compared_ms)

    def _refuse(self, at_ms: float) -> None:
        if len(self.observations) >= parameters.FRAMES_MOST:
            raise UsageError(f"More than {parameters.FRAMES_MOST} frames were given.")
        if not math.isfinite(at_ms) or (self.observations and at_ms <= self.observations[-1].at_ms):
            raise UsageError("The times of the frames are not finite and rising.")

    def _is_frontal(self, at_ms: float) -> bool:
        """Whether the face was asked to look at the camera, and had the time to."""
        first, last = self.challenge.moves[0], self.challenge.steps[-1]
        return at_ms <= first.onset_ms or at_ms >= last.onset_ms + parameters.SETTLED_MS


APART_MS: Final = 300.0
"""Pictures of one enrolment are at least this far apart: closer ones hardly differ."""


def examine(
    live: LiveCapture | Watch, gate: Gate, *, count: int = COMPARED, model: str = MODEL,
    reference: bool = False, explain: pipeline.Explain | None = None,
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


def _unfit(one: _Look, gate: Gate) -> bool:
    return one.measured is None or bool(findings_of(one.measured.quality, gate))


_NO_FRONT: Final = Finding(
    "liveness-no-front", "Look straight at the camera before the first move and after the last."
)

_TOO_NEAR: Final = Finding("liveness-too-near", "Too little is seen around the face: move back a little.")


def _worse(found: Presence, against: Sequence[Finding], doubts: Sequence[Finding]) -> Presence:
    """A verdict with what was found besides."""
    level = Liveness.NOT_SHOWN if against else found.level
    if doubts and level is Liveness.SHOWN:
        level = Liveness.INCONCLUSIVE
    return Presence(level, (*against, *found.reasons, *doubts), found.measures)
