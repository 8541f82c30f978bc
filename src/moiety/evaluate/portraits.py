"""What an issuer does to a photograph before it goes into a document: crop, shrink, compress to a size."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from moiety.errors import InputError, UsageError
from moiety.face import gate, pipeline
from moiety.face.detect import Face, detect
from moiety.image import DOCUMENT_PORTRAITS, Image, load

from .engines import Engine, Extracted, Job, failed, same_bytes

Format = Literal["JPEG", "JPEG2000", "WEBP", "AVIF"]
FORMATS: Final[tuple[Format, ...]] = ("JPEG", "JPEG2000", "WEBP", "AVIF")

WIDTH_IN_EYE_DISTANCES: Final = 4.0
HEIGHT_IN_EYE_DISTANCES: Final = 5.0
EYES_FROM_TOP: Final = 0.45
"""ISO/IEC 19794-5:2011, 8.3 (full frontal): the eyes are a quarter of the width apart, in the middle, and lie
at 50 to 70 % of the height from below; the picture is 1.25 times as high as it is wide."""

_BEST_QUALITY: Final = 95


@dataclass(frozen=True, slots=True)
class PortraitKind:
    """One way of making a document's portrait: `width` pixels across, in at most `size` bytes."""

    format: Format
    size: int
    width: int

    def __post_init__(self) -> None:
        if self.format not in FORMATS or not 16 <= self.width <= 2000 or not 100 <= self.size <= 1_000_000:
            raise UsageError(
                f"There is no portrait of {self.width} px in {self.size} bytes of {self.format}.",
                remedy="Name JPEG, JPEG2000, WEBP or AVIF, 16 to 2000 px, 100 to 1,000,000 bytes.",
            )

    @property
    def label(self) -> str:
        """As tables name it."""
        return f"{self.format} of {self.size} bytes, {self.width} px wide"


def document_portrait(photograph: Image, kind: PortraitKind) -> bytes:
    """The portrait that an issuer would put into a document, at the best quality that fits.

    Raises:
        InputError: no single face in the photograph, or not even the poorest quality fits.
    """
    face, _ = gate.pick(detect(photograph), photograph, gate.NONE)
    if face is None:
        raise InputError("There is no face to make a portrait of.")
    pixels = _cropped(photograph, face, kind.width)
    low, high, best = 1, _BEST_QUALITY, None
    while low <= high:
        quality = (low + high) // 2
        data = _encoded(pixels, kind.format, quality)
        if len(data) <= kind.size:
            best, low = data, quality + 1
        else:
            high = quality - 1
    if best is None:
        raise InputError(f"No {kind.label} can be made of this picture.")
    return best


def portraits_of(engine: Engine, kind: PortraitKind) -> Engine:
    """A face engine whose references are portraits of this kind; its probes are the pictures as they are.

    A picture is never compared with its own portrait, since genuine pairs are of two pictures.
    """
    return replace(engine, extract=partial(extract_portrait, kind), models={**engine.models, kind.label: ""})


def extract_portrait(kind: PortraitKind, job: Job) -> Extracted:
    """One picture as probe, and its portrait as reference, both with the gates off."""
    started = time.perf_counter()
    data = same_bytes(job)
    if data is None:
        return failed("unreadable", started)
    try:
        photograph = load(data)
        probe = pipeline.probe(photograph, gate.NONE)
        portrait = load(document_portrait(photograph, kind), formats=DOCUMENT_PORTRAITS)
        reference = pipeline.reference(portrait, gate.NONE)
    except InputError as error:
        return failed(error.code, started)
    if probe.embedding is None or reference.embedding is None:
        return failed("no-face", started)
    spent = (time.perf_counter() - started) * 1000
    return Extracted(reference.embedding.tobytes(), probe.embedding.tobytes(), "", (), (), None, spent)


def _cropped(photograph: Image, face: Face, width: int) -> NDArray[np.uint8]:
    scale = width / (WIDTH_IN_EYE_DISTANCES * face.eye_distance)
    height = round(width * HEIGHT_IN_EYE_DISTANCES / WIDTH_IN_EYE_DISTANCES)
    eyes = face.landmarks[:2].mean(axis=0)
    shift_x, shift_y = width / 2 - scale * eyes[0], height * EYES_FROM_TOP - scale * eyes[1]
    # Averaging first: a plain affine map would leave out pixels where it shrinks.
    soft = photograph.rgb
    if scale < 1:
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), 0.4 / scale), np.uint8)
    matrix = np.array([[scale, 0, shift_x], [0, scale, shift_y]], np.float64)
    drawn = cv2.warpAffine(
        soft, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(drawn, np.uint8)


def _encoded(pixels: NDArray[np.uint8], kind: Format, quality: int) -> bytes:
    out = BytesIO()
    picture = pillow.fromarray(pixels)
    if kind == "JPEG":
        picture.save(out, "JPEG", quality=quality, optimize=True, progressive=False)
    elif kind == "WEBP":
        picture.save(out, "WEBP", quality=quality, method=6)
    elif kind == "AVIF":
        picture.save(out, "AVIF", quality=quality, speed=6)
    else:
        picture.save(out, "JPEG2000", quality_mode="rates", quality_layers=[2.0 ** ((100 - quality) / 10)])
    return out.getvalue()
