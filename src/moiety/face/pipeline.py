"""Pictures of one face in, one template or findings out. Read this first: one stage a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from moiety.face.align import align
from moiety.face.detect import Face, detect
from moiety.face.embed import MODEL, Crop, Embedding, Vector, embed, embed_with_mirror
from moiety.face.gate import Gate, findings_of, pick
from moiety.face.quality import FaceQuality, assess
from moiety.face.template import FaceTemplate
from moiety.findings import Finding
from moiety.image import Image

Explain = Callable[[str, object], None]
"""Receives each intermediate by name, in process only. Off by default, and then it costs nothing."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sample:
    """One picture's outcome: its embedding, or why there is none.

    Attributes:
        embedding: unit float32 vector of the face, or None.
        quality: what was measured, or None where no single face was found.
        findings: what the gate found wanting; empty when it passes.
    """

    embedding: Vector | None
    quality: FaceQuality | None
    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        return f"Sample(findings={[one.code for one in self.findings]})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Seen:
    """The one face of a frame, found, aligned and measured."""

    face: Face
    crop: Crop
    quality: FaceQuality


def probe(image: Image, gate: Gate, *, model: str = MODEL, explain: Explain | None = None) -> Sample:
    """Process one picture for comparison: exactly one face, fit to be compared."""
    return _sample(image, gate, lambda crop: embed(crop, model), explain)


def reference(image: Image, gate: Gate, *, model: str = MODEL, explain: Explain | None = None) -> Sample:
    """Process one picture for enrolment: as `probe`, averaged with its mirror image.

    The average costs nothing at verification, and lowers FNMR (measured in docs/reference/accuracy.md).
    """
    return _sample(image, gate, lambda crop: embed_with_mirror(crop, model), explain)


def template(samples: Sequence[Sample], *, model: str = MODEL) -> FaceTemplate:
    """One template from one person's pictures: the mean of their vectors, quantised.

    Raises:
        ValueError: a sample did not pass its gate, or there is none.
    """
    if not samples or any(one.embedding is None for one in samples):
        raise ValueError("every sample needs an embedding")
    rows = np.stack([one.embedding for one in samples if one.embedding is not None])
    return FaceTemplate.from_embedding(rows.mean(axis=0), model=model, samples=len(rows))


def seen(
    seen: Seen, gate: Gate, *, model: str = MODEL, mirror: bool = False, explain: Explain | None = None
) -> Sample:
    """Process a face that was found and measured before: as `probe`, or with `mirror` as `reference`."""
    _tell(explain, seen.face, seen.crop, seen.quality)
    return _measured(
        seen.crop, seen.quality, gate, lambda crop: (embed_with_mirror if mirror else embed)(crop, model)
    )


def _sample(
    image: Image, gate: Gate, embedder: Callable[[Crop], Embedding], explain: Explain | None
) -> Sample:
    faces = detect(image)
    if explain is not None:
        explain("faces", faces)
    face, findings = pick(faces, image, gate)
    if face is None:
        return Sample(None, None, findings)
    crop = align(image, face.landmarks)
    quality = assess(image, face, crop)
    _tell(explain, face, crop, quality)
    return _measured(crop, quality, gate, embedder)


def _measured(crop: Crop, quality: FaceQuality, gate: Gate, embedder: Callable[[Crop], Embedding]) -> Sample:
    findings = findings_of(quality, gate)
    if findings:
        return Sample(None, quality, findings)
    embedding = embedder(crop)
    quality = replace(quality, strength=embedding.strength)
    findings = findings_of(quality, gate)
    return Sample(None if findings else embedding.vector, quality, findings)


def _tell(explain: Explain | None, face: Face, crop: Crop, quality: FaceQuality) -> None:
    if explain is not None:
        explain("face", face)
        explain("crop", crop)
        explain("quality", quality)
