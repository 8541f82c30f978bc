"""Who attacks whom on rendered material, and whether the product would have accepted what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from moiety.decision import parameters
from moiety.decision.calibration import Tables
from moiety.decision.faces import HeldFace
from moiety.face import gate, pipeline
from moiety.face.embed import Vector
from moiety.image import load
from moiety.liveness import Liveness
from moiety.presence import COMPARED, Shown


def face_of(picture: Path) -> Vector | None:
    """A picture's face; None where it shows no single one."""
    return pipeline.probe(load(picture), gate.NONE).embedding


def chosen_strangers(faces: Sequence[Vector | None], seed: int) -> list[tuple[int, ...]]:
    """For each person, who splices in their name: the one who resembles them most, and one at random."""
    known = [number for number, face in enumerate(faces) if face is not None]
    chosen: list[tuple[int, ...]] = []
    for number, face in enumerate(faces):
        others = [one for one in known if one != number]
        if face is None or not others:
            chosen.append(())
            continue
        alike = max(others, key=lambda one: float(np.dot(face, faces[one])))  # type: ignore[arg-type]
        drawn = np.random.default_rng([seed, number]).choice(others)
        chosen.append((alike, int(drawn)))
    return chosen


def held_face(picture: Path | None) -> HeldFace | None:
    """What a person enrolled with one picture presents; None without a picture."""
    if picture is None:
        return None
    sample = pipeline.reference(load(picture), gate.NONE)
    if sample.embedding is None:
        return None
    return HeldFace(pipeline.template([sample]), "face", Tables.shipped())


def accepted(shown: Shown, held: HeldFace | None) -> bool:
    """Whether a verification at the default policy accepts a capture: liveness, and every face of it."""
    if held is None or shown.presence.level is not Liveness.SHOWN or len(shown.samples) != COMPARED:
        return False
    if any(one.embedding is None for one in shown.samples):
        return False
    worst = held.worst(shown.samples)
    return worst.rate.value <= parameters.DEFAULT_FMR and held.is_of(worst, shown.between)
