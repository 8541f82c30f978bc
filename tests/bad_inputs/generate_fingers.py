"""Bad captures of fingers, each a named file: run this to write `fingers/` anew.

    python tests/bad_inputs/generate_fingers.py

`fingers/index.json` says for each what it is, what must come of it, and why. Photographs are SYNTHETIC, of
the right hand of one synthetic person; scans are of one of its fingers. Only where ridges matter is a
photograph kept at full size.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from moiety.finger.synthesis import Scene, Touch, impression, master_of, photograph
from moiety.finger.synthesis.background import background

FOLDER: Final = Path(__file__).parent / "fingers"
FOUR: Final = ("index", "middle", "ring", "little")
GOOD: Final = Scene(height=1500, width=1640, scale=15.0, centre=(0.5, 0.32), defocus=0.4, noise=2.0, tone=4.0)
PERSON: Final = 7
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its name, its bytes and what must come of it.

    Attributes:
        kind: "photograph", "scan", "record" or "template".
        codes: findings, of which one must come and no other may: of the picture as a whole, or of `fingers`.
        fingers: those that have a finding, where some are found; the others have none.
        why: what is wrong with it.
    """

    name: str
    data: bytes
    kind: str
    codes: tuple[str, ...]
    fingers: tuple[str, ...]
    why: str


def _jpeg(rgb: Grey, *, small: bool, quality: int = 80) -> bytes:
    shrunk = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if small else rgb
    stream = BytesIO()
    pillow.fromarray(shrunk).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def _taken(**changes: Any) -> Grey:
    masters = {
        f"{side}-{name}": master_of(PERSON, f"{side}-{name}") for side in ("left", "right") for name in FOUR
    }
    return photograph(GOOD.but(**changes), masters, np.random.default_rng(5)).rgb


def _scenes() -> Iterator[Case]:
    """Photographs in which no finger may be named."""

    def case(name: str, rgb: Grey, codes: tuple[str, ...], why: str) -> Case:
        return Case(f"{name}.jpg", _jpeg(rgb, small=True), "photograph", codes, (), why)

    unsure = ("hand-contradicts", "fingers-missing")
    empty = background(GOOD.but(background="leaves"), np.random.default_rng(5))
    leaves = (np.clip(empty, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    hand = _taken()
    grey = cv2.GaussianBlur(cv2.cvtColor(hand, cv2.COLOR_RGB2GRAY), (0, 0), 6)
    drawn = 255 - cv2.dilate(cv2.Canny(grey, 10, 30), np.ones((9, 9), np.uint8))
    none = ("no-finger", "fingers-missing", "hand-contradicts")
    yield case("no-hand", leaves, none, "leaves, and no hand")
    yield case("two-hands", np.hstack([hand, hand[:, ::-1]]), ("fingers-surplus", *unsure), "both hands")
    yield case("palm-only", _taken(fingers=()), none, "a fist's palm: no finger is held out")
    yield case("back-of-the-hand", _taken(view="back"), unsure, "nails towards the camera")
    yield case("the-other-hand", _taken(side="left"), unsure, "a left hand, called a right one")
    yield case("mirrored", hand[:, ::-1], unsure, "mirrored, as selfie views are, and not said so")
    three = _taken(fingers=FOUR[:3])
    yield case("three-fingers-of-four", three, ("fingers-missing",), "the little finger is folded")
    yield case("drawing", np.dstack([drawn] * 3).astype(np.uint8), (*none, "fingers-surplus"), "an outline")
    dark = _jpeg(_taken(exposure=0.001), small=False)
    yield Case("no-light.jpg", dark, "photograph", ("too-dark",), (), "taken in the dark")


def _poor() -> Iterator[Case]:
    """Photographs whose fingers are named, and of which some cannot be used."""

    def case(name: str, rgb: Grey, code: str, fingers: tuple[str, ...], why: str) -> Case:
        # Fine ridges are the first thing that the compression takes.
        data = _jpeg(rgb, small=False, quality=92 if code == "finger-far" else 80)
        return Case(f"{name}.jpg", data, "photograph", (code,), fingers, why)

    yield case("motion-blur", _taken(motion=(25.0, 90.0)), "finger-unfocused", FOUR, "the camera was shaken")
    yield case("out-of-focus", _taken(defocus=4.0), "finger-unfocused", FOUR, "the lens was out of focus")
    yield case("too-far-away", _taken(scale=11.0), "finger-far", FOUR, "ridges 5.6 pixels apart")
    yield case("darkness", _taken(exposure=0.012), "finger-dark", FOUR, "very little light")
    yield case("cut-by-the-edge", _taken(centre=(0.66, 0.32), spread=0.9), "finger-cut", ("index",), "beyond")
    burnt = _taken()
    cv2.circle(burnt, (1029, 437), 62, (255, 255, 255), -1)
    yield case("glare", burnt, "finger-glare", ("middle",), "a lamp mirrored on the middle finger")


def _scan(name: str, grey: Grey, codes: tuple[str, ...], why: str) -> Case:
    stream = BytesIO()
    pillow.fromarray(grey).save(stream, "PNG", dpi=(500, 500), optimize=True)
    return Case(f"{name}.png", stream.getvalue(), "scan", codes, (), why)


def _scans() -> Iterator[Case]:
    """Scans of prints; the upside-down one compares all the same, and the upright one is there for that."""
    master = master_of(PERSON, "right-index")
    print_ = impression(master, Touch(), np.random.default_rng(1))
    large = cv2.resize(print_[120:360, 90:290], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    columns = np.mgrid[:200, :200][1]
    lines = (128 + 100 * np.cos(2 * np.pi / 9 * columns)).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (100, 100)).astype(np.uint8)
    yield _scan("upright", print_, (), "nothing is wrong with it: the next one is compared with it")
    yield _scan("upside-down", np.ascontiguousarray(print_[::-1, ::-1]), (), "turned by half a turn")
    yield _scan("wrong-resolution", large.astype(np.uint8), ("wrong-resolution",), "1,000 ppi, stated as 500")
    yield _scan("empty", np.full((128, 128), 200, np.uint8), ("no-print",), "no finger on the glass")
    yield _scan("noise", noise, ("no-print",), "a broken sensor")
    yield _scan("lines", lines, ("no-minutiae", "too-few-minutiae"), "parallel lines, no finger")
    corner = np.ascontiguousarray(print_[200:290, 150:240])
    yield _scan("corner-only", corner, ("print-too-small", "too-few-minutiae"), "a corner of a print")


def _records() -> Iterator[Case]:
    """Minutiae records (ISO/IEC 19794-2:2005), one view of three minutiae, each with one thing wrong."""
    rows = b"".join(struct.pack(">HHBB", (1 << 14) | x, 100, 40, 80) for x in (50, 90, 130))
    body = struct.pack(">BBBB", 2, 0, 80, 3) + rows + b"\0\0"
    size = 24 + len(body)
    good = struct.pack(">4s4sIHHHHHBB", b"FMR\0", b" 20\0", size, 0, 300, 400, 197, 197, 1, 0) + body

    def edited(at: int, new: bytes) -> bytes:
        return good[:at] + new + good[at + len(new) :]

    for name, data, why in (
        ("zero-bytes", b"", "an empty file"),
        ("not-a-record", b"FIR\0" + good[4:], "an image record's first bytes"),
        ("later-version", edited(4, b"030\0"), "of the edition of 2011"),
        ("ansi-378", edited(8, b"\0\x2e\0\x00"), "a length field as ANSI INCITS 378 has it"),
        ("impossible-resolution", edited(18, b"\0\1"), "one pixel a centimetre across"),
        ("more-views-than-data", edited(22, b"\x09"), "nine views are stated, one is there"),
        ("eleventh-finger", edited(24, b"\x0b"), "finger position 11"),
        ("impossible-impression", edited(25, b"\x05"), "an impression type that is not defined"),
        ("no-minutiae", edited(27, b"\0"), "a view without minutiae"),
        ("reserved-kind", edited(28, b"\xc0"), "a minutia of a kind that is reserved"),
        ("cut-within-minutiae", good[:40], "the file ends within a minutia"),
        ("bytes-behind", good + b"\0\1", "bytes behind the last view"),
        ("extended-too-long", good[:-2] + b"\0\x09\0\1\0\x04", "extended data longer than the file"),
        ("too-large", bytes(65_536), "over 65,535 bytes"),
    ):
        yield Case(f"record-{name}.fmr", data, "record", ("DocumentUnreadable",), (), why)


def _templates() -> Iterator[Case]:
    """Compact templates that are none, and one that is and may never match."""
    malformed = ("TemplateMismatch",)
    yield Case("template-empty.bin", b"", "template", malformed, (), "no minutia")
    yield Case("template-half-a-minutia.bin", bytes(4), "template", malformed, (), "four bytes")
    yield Case("template-too-long.bin", bytes(153), "template", malformed, (), "51 minutiae")
    one = b"\x40\x60\x21"
    yield Case("template-single-minutia.bin", one, "template", ("no-match",), (), "one minutia")
    yield Case("template-one-place.bin", one * 50, "template", ("no-match",), (), "fifty times the same")


def cases() -> Iterator[Case]:
    """All files, in the order of the index."""
    yield from _scenes()
    yield from _poor()
    yield from _scans()
    yield from _records()
    yield from _templates()


def main() -> None:
    """Write the files and their index."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    index: dict[str, dict[str, Any]] = {}
    for case in cases():
        (FOLDER / case.name).write_bytes(case.data)
        index[case.name] = {key: value for key, value in asdict(case).items() if key not in ("name", "data")}
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
