"""What a connection looks for: a face in the outline, faces to enrol, a challenge's turns, a hand, a code.

Each scene takes one frame after another and answers with messages for the page. Scenes run in a worker
thread, one frame at a time, and know of no network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from moiety.document.read import text_in_picture
from moiety.errors import CodeUnreadable, Unread
from moiety.face import gate, pipeline
from moiety.face.detect import Face
from moiety.finger.capture import see_hand
from moiety.finger.positions import HandShown
from moiety.finger.seen import SeenHand
from moiety.guidance import Best, Hint, Sight, Steady, hint_for, look, look_at_hand, margin
from moiety.guidance.codes import Near
from moiety.guidance.hints import shown_of
from moiety.guidance.sight import pose
from moiety.image import Image
from moiety.liveness import Challenge
from moiety.liveness.parameters import TURNING
from moiety.presence import LiveFrame, Watch
from moiety.service.capture import parameters as p
from moiety.service.capture.frames import Frame

Message = Mapping[str, object]

_AS_HINT: Final = {
    "no-face": "no-face", "several-faces": "several-faces", "too-far": "too-far", "unclear-face": "uncover",
    "covered-eyes": "uncover-eyes", "covered-mouth": "uncover-mouth",
    "turned-away": "look-straight", "cut-off": "too-near", "too-dark": "too-dark", "too-bright": "too-bright",
    "too-noisy": "too-dark", "blurred": "focus", "too-compressed": "focus", "weak-face": "hold-still",
}  # fmt: skip
"""The hint that says what a finding of the gate says."""

_AS_CODE_HINT: Final = {
    Unread.NONE: "code-none", Unread.SEVERAL: "code-two", Unread.OTHER: "code-other",
    Unread.DAMAGED: "code-none",
}  # fmt: skip
"""The hint that says why no code was read."""


class Scene(Protocol):
    """Looks at frames in the order they come."""

    def see(self, frame: Frame, image: Image) -> Sequence[Message]:
        """What to tell the page about this frame."""
        ...

    def shutter(self) -> Sequence[Message]:
        """The person pressed the shutter."""
        ...


def want() -> Message:
    """Ask the page for a full-size frame."""
    return {"say": "want"}


class _Framed:
    """One hint at a time about a face that should look straight into the camera."""

    def __init__(self) -> None:
        self._steady = Steady()
        self._before: Sight | None = None
        self.good = 0

    def hint(self, frame: Frame, image: Image) -> tuple[Hint, str]:
        """The frame's own hint, and the code to show."""
        sight = look(image)
        raw = hint_for(sight, before=self._before, shown=self._steady.shown)
        self._before = sight
        self.good = self.good + 1 if raw.good else 0
        return raw, self._steady.say(raw.code, frame.at_ms)


class Framing:
    """Until a face is well in the outline, for a moment."""

    def __init__(self) -> None:
        self._framed = _Framed()
        self._said = False

    def see(self, frame: Frame, image: Image) -> Sequence[Message]:
        """A hint, and once "framed"."""
        _, code = self._framed.hint(frame, image)
        share = min(1.0, self._framed.good / p.GOOD_FRAMES)
        told: list[Message] = [{"say": "hint", "seq": frame.seq, "code": code, "progress": share}]
        if share >= 1 and not self._said:
            self._said = True
            told.append({"say": "framed"})
        return told

    def shutter(self) -> Sequence[Message]:
        """The page itself goes on."""
        return ()


class Faces:
    """Pictures of a face to enrol, or the one to verify: the best of several full-size frames, each."""

    def __init__(self, count: int, face_gate: gate.Gate) -> None:
        self._count = count
        self._gate = face_gate
        self._framed = _Framed()
        self._best: Best[tuple[int, bytes]] = Best(1)
        self._seen = 0
        self._asked = False
        self._forced = False
        self._last_ms: int | None = None
        self.taken: list[bytes] = []

    def see(self, frame: Frame, image: Image) -> Sequence[Message]:
        """A hint about a small frame, or what became of a full-size one."""
        if len(self.taken) >= self._count:
            return ()
        if frame.full:
            return self._consider(frame, image)
        raw, code = self._framed.hint(frame, image)
        share = (len(self.taken) + min(1.0, self._framed.good / p.TAKE_AFTER) / 2) / self._count
        told: list[Message] = [{"say": "hint", "seq": frame.seq, "code": code, "progress": share}]
        rested = self._last_ms is None or frame.at_ms - self._last_ms >= p.APART_MS
        if raw.good and self._framed.good >= p.TAKE_AFTER and rested and not self._asked:
            self._asked = True
            told.append(want())
        return told

    def shutter(self) -> Sequence[Message]:
        """Take one now: the gate still judges it."""
        if len(self.taken) >= self._count:
            return ()
        self._asked = self._forced = True
        return (want(),)

    def _consider(self, frame: Frame, image: Image) -> Sequence[Message]:
        self._asked = False
        sample = pipeline.probe(image, self._gate)
        if sample.quality is not None and not sample.findings:
            self._best.offer((frame.seq, frame.jpeg), margin(sample.quality, self._gate), frame.at_ms)
        self._seen += 1
        code = _AS_HINT.get(sample.findings[0].code, "hold-still") if sample.findings else "good"
        told: list[Message] = [{"say": "hint", "seq": frame.seq, "code": code}]
        if len(self._best) and (self._forced or self._seen >= p.CANDIDATES):
            ((seq, jpeg),) = self._best.take()
            self.taken.append(jpeg)
            self._last_ms, self._seen, self._forced = frame.at_ms, 0, False
            told.append({"say": "taken", "picture": seq, "index": len(self.taken) - 1, "of": self._count})
        elif not sample.findings:
            self._asked = True
            told.append(want())
        self._forced = False
        return told


class Turns:
    """The frames of a challenge, taken in as they come; the liveness judge looks at them at the end."""

    def __init__(self, challenge: Challenge) -> None:
        self.watch = Watch(challenge)
        self._challenge = challenge
        self._moving = TURNING[challenge.motion]
        self.last_ms = -1

    def see(self, frame: Frame, image: Image) -> Sequence[Message]:
        """How much of the movement that is asked for is shown."""
        if frame.full or frame.at_ms <= self.last_ms:
            return ({"say": "passed", "seq": frame.seq},)  # small, and times rise, or it does not count
        faces = self.watch.see(LiveFrame(frame.at_ms, image))
        self.last_ms = frame.at_ms
        share = self._progress(self.asked_at(frame.at_ms), faces)
        return ({"say": "hint", "seq": frame.seq, "code": "wait", "progress": share},)

    def shutter(self) -> Sequence[Message]:
        """Nothing can be hurried here."""
        return ()

    def judge_ahead(self) -> None:
        """Judge what was seen before it is asked for: the verdict does not wait for it then."""
        if self.watch.observations:
            self.watch.shown(gate.VERIFY)

    def _progress(self, way: str, faces: Sequence[Face]) -> float:
        if len(faces) != 1 or way == "centre":
            return 0.0
        # A nose that the judge sees displaced by so much stands this far off in an unrectified picture.
        least = self._moving.tilt if way.startswith("tilt") else self._moving.across * p.FORESHORTENED
        return min(max(shown_of(way, *pose(faces[0])) / least, 0.0), 1.0)

    def asked_at(self, at_ms: float) -> str:
        """The prompt that stands at a moment of the challenge."""
        return next((one.kind for one in reversed(self._challenge.steps) if one.onset_ms <= at_ms), "centre")


class Hand:
    """One photograph of four fingers, taken when all of them can be read."""

    def __init__(self, side: str) -> None:
        self.side = side
        self._steady = Steady()
        self._good = 0
        self._asked = False
        self._forced = False
        self.taken: SeenHand | None = None

    def see(self, frame: Frame, image: Image) -> Sequence[Message]:
        """A hint about a small frame, or what became of a full-size one."""
        if self.taken is not None:
            return ()
        if frame.full:
            return self._consider(frame, image)
        raw = look_at_hand(image, self.side)
        self._good = self._good + 1 if raw.good else 0
        share = min(1.0, self._good / p.TAKE_AFTER) * 0.75
        code = self._steady.say(raw.code, frame.at_ms)
        told: list[Message] = [{"say": "hint", "seq": frame.seq, "code": code, "progress": share}]
        if self._good >= p.TAKE_AFTER and not self._asked:
            self._asked = True
            told.append(want())
        return told

    def shutter(self) -> Sequence[Message]:
        """Take one now, with as many fingers as it shows."""
        if self.taken is not None:
            return ()
        self._asked = self._forced = True
        return (want(),)

    def _consider(self, frame: Frame, image: Image) -> Sequence[Message]:
        seen = see_hand(image, HandShown.of_label(self.side))
        reading = seen.reading
        usable = len(reading.usable)
        enough = usable >= (1 if self._forced else p.HAND_USABLE)
        self._asked = self._forced = False
        if enough:
            self.taken = seen
            return (
                {"say": "hint", "seq": frame.seq, "code": "good", "progress": 1.0},
                {"say": "taken", "picture": frame.seq, "index": 0, "of": 1, "side": self.side},
            )
        self._good = 0
        codes = {one.code for finger in reading.fingers for one in finger.findings}
        code = "hand-too-far" if "finger-far" in codes else "glare" if "finger-glare" in codes else "ridges"
        if not reading.fingers:
            code = look_at_hand(image, self.side).code
        return ({"say": "hint", "seq": frame.seq, "code": code, "progress": usable / 8},)


class Code:
    """Until the one code in a frame is read."""

    def __init__(self) -> None:
        self._steady = Steady()
        self._near = Near()
        self._looks = 0
        self.text: str | None = None

    def see(self, frame: Frame, image: Image) -> Sequence[Message]:
        """The code's text, or what stands in the way. A picture from a file is looked at in every way."""
        if self.text is not None:
            return ()
        try:
            self.text = text_in_picture(image.rgb, turn=None if frame.full else self._looks)
        except CodeUnreadable as error:
            raw = _AS_CODE_HINT[error.reason]
            if error.reason is Unread.NONE and not frame.full and self._near.see(image.rgb, frame.at_ms):
                raw = "code-near"
            self._looks += 1
            return ({"say": "hint", "seq": frame.seq, "code": self._steady.say(raw, frame.at_ms)},)
        return ({"say": "hint", "seq": frame.seq, "code": "good"}, {"say": "code", "text": self.text})

    def shutter(self) -> Sequence[Message]:
        """Reading goes on by itself."""
        return ()
