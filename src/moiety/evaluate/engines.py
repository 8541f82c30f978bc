"""What an evaluation needs of a modality: a picture in, templates for both roles and findings out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from moiety.errors import InputError, UsageError

UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True)
class Job:
    """One picture to work on. The hash is checked again, since files change under long runs."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """What is kept of one picture until the run ends. Plain data, so that it can travel and be cached.

    `reference`, `probe`: float32 embeddings as bytes, empty when there is none; `failure`: why there is none;
    `verify`, `enrol`: codes of what each gate finds wanting; `quality`: by the worst measure, 0 at the
    verification gate's limit and 1 at the enrolment gate's; `milliseconds`: decoding and extraction.
    """

    reference: bytes
    probe: bytes
    failure: str
    verify: tuple[str, ...]
    enrol: tuple[str, ...]
    quality: float | None
    milliseconds: float

    def record(self) -> dict[str, Any]:
        """As plain data for the cache."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: object) -> Extracted:
        """The inverse of `record`."""
        if not isinstance(record, dict):
            raise InputError("The cache holds something else than templates.", remedy="Remove it.")
        return cls(**{**record, "verify": tuple(record["verify"]), "enrol": tuple(record["enrol"])})


@dataclass(frozen=True, slots=True)
class Engine:
    """A modality: its name, its models (identifier to SHA-256), and how it treats pictures and pairs.

    `extract` and `score` are plain functions, so that they can travel. Where `score` is None the templates
    are vectors, compared as blocks; otherwise `score(reference, probe)` compares two templates as bytes.
    """

    name: str
    model: str
    models: dict[str, str]
    extract: Callable[[Job], Extracted]
    score: Callable[[bytes, bytes], float] | None = None

    @property
    def identity(self) -> str:
        """Changes when anything does that a template depends on."""
        return hashlib.sha256(repr((self.name, self.model, sorted(self.models.items()))).encode()).hexdigest()


def face_engine(model: str | None = None, home: Path | None = None) -> Engine:
    """The shipped face pipeline, or with an embedder of the operator's, which a home registers.

    Raises:
        UsageError: a home without a model.
        ModelError: there is no such model, or it isn't a face embedder.
    """
    from moiety.face import detect, embed
    from moiety.models import entry, register_home

    if home is not None and model is None:
        raise UsageError("--home goes with --model: it is where that model is registered.")
    if home is not None:
        register_home(home)
    embedder = embed.MODEL if model is None else model
    embed.require_embedder(embedder)
    used = {name: entry(name).sha256 for name in (detect.MODEL, embedder)}
    if embedder == embed.MODEL:
        return Engine("face", embedder, used, extract_face)
    # Workers are other processes: each registers the home's models for itself.
    extract = partial(extract_face, model=embedder, home=None if home is None else str(home.resolve()))
    return Engine("face", embedder, used, extract)


def portrait_engine() -> Engine:
    """The shipped face pipeline, for references that are documents' portraits (`portraits.portraits_of`)."""
    return replace(face_engine(), name="portrait")


def finger_engine() -> Engine:
    """The shipped pipeline and matcher for prints that a scanner took; each folder is one finger."""
    from moiety.finger import minutiae
    from moiety.models import entry

    used = {minutiae.MODEL: entry(minutiae.MODEL).sha256}
    return Engine("finger", minutiae.MODEL, used, extract_finger, score_fingers)


def extract_finger(job: Job) -> Extracted:
    """Run the finger pipeline on one scan, gate off; then ask both gates about what was measured."""
    from moiety.finger import pipeline, quality
    from moiety.image import SCANS, load

    started = time.perf_counter()
    data = same_bytes(job)
    if data is None:
        return failed(UNREADABLE, started)
    try:
        found = pipeline.extract(load(data, formats=SCANS), gate=quality.NONE)
    except InputError as error:
        return failed(error.code, started)
    if found.template is None:
        return failed(found.findings[0].code if found.findings else "no-template", started)
    template = found.template.to_bytes()
    verify, enrol = (tuple(one.code for one in quality.findings_of(found.quality, gate))
                     for gate in (quality.VERIFY, quality.ENROL))  # fmt: skip
    names = ("minutiae", "certainty", "area")
    margin = _margin(found.quality, quality.VERIFY, quality.ENROL, names)
    return Extracted(template, template, "", verify, enrol, margin, (time.perf_counter() - started) * 1000)


def score_fingers(reference: bytes, probe: bytes) -> float:
    """Compare two finger templates as their codes would hold them."""
    from moiety.finger.matcher import compare
    from moiety.finger.minutiae import MODEL
    from moiety.finger.template import FingerTemplate

    first, second = (FingerTemplate.from_bytes(each, model=MODEL) for each in (reference, probe))
    return compare(first, second)


def extract_face(job: Job, *, model: str | None = None, home: str | None = None) -> Extracted:
    """Run the face pipeline on one picture, gates off; then ask both gates about what it saw."""
    from moiety.face import gate, pipeline
    from moiety.face.embed import MODEL, embed, unit
    from moiety.image import load

    if home is not None:
        _register(home)
    chosen = MODEL if model is None else model
    started = time.perf_counter()
    data = same_bytes(job)
    if data is None:
        return failed(UNREADABLE, started)
    try:
        image = load(data)
    except InputError as error:
        return failed(error.code, started)
    seen: dict[str, Any] = {}
    sample = pipeline.probe(image, gate.NONE, model=chosen, explain=seen.__setitem__)
    if sample.embedding is None or sample.quality is None:
        return failed(sample.findings[0].code if sample.findings else "no-template", started)
    # The reference as `pipeline.reference` makes it, without embedding the same crop twice.
    mirrored = embed(np.ascontiguousarray(seen["crop"][:, ::-1]), chosen).vector
    reference = unit(sample.embedding + mirrored)
    codes = {}
    for each in (gate.VERIFY, gate.ENROL):
        _, several = gate.pick(seen["faces"], image, each)
        codes[each.name] = tuple(one.code for one in (*several, *gate.findings_of(sample.quality, each)))
    return Extracted(
        reference.tobytes(), sample.embedding.tobytes(), "",
        codes["verify"], codes["enrol"], _margin(sample.quality, gate.VERIFY, gate.ENROL, _FACE_MEASURES),
        (time.perf_counter() - started) * 1000,
    )  # fmt: skip


@cache
def _register(home: str) -> None:
    from moiety.models import register_home

    register_home(home)


_FACE_MEASURES: Final = (
    "eye_distance", "detector_score", "nose_offset", "outside", "sharpness", "noise", "shadows", "lights",
)  # fmt: skip


def _margin(measured: object, verify: object, enrol: object, names: Sequence[str]) -> float:
    """The worst measure, each on a scale that is 0 at the verification gate and 1 at the enrolment gate."""
    margins = [1.0]
    for name in names:
        low, high = getattr(verify, name), getattr(enrol, name)
        if low is not None and high is not None and low != high:
            margins.append((getattr(measured, name) - low) / (high - low))
    return float(min(margins)) if len(margins) == 1 else float(min(margins[1:]))


def pack_faces(model: str, embeddings: Sequence[Sequence[bytes]]) -> NDArray[np.int8]:
    """(N, D) int8 templates, each from the float32 embeddings of its pictures, as the pipeline makes them."""
    from moiety.face.packing import pack
    from moiety.face.template import FaceTemplate

    templates = []
    for pictures in embeddings:
        rows = np.stack([np.frombuffer(each, np.float32) for each in pictures])
        templates.append(FaceTemplate.from_embedding(rows.mean(axis=0), model=model, samples=len(rows)))
    return pack(templates)


def same_bytes(job: Job) -> bytes | None:
    """The bytes of a picture, or None where the file is gone or has changed."""
    try:
        data = Path(job.path).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == job.sha256 else None


def failed(code: str, started: float) -> Extracted:
    """The outcome of a picture that gave no template; `started` is a `time.perf_counter`."""
    return Extracted(b"", b"", code, (code,), (code,), None, (time.perf_counter() - started) * 1000)
