"""London at the default policy: everybody is accepted as themselves, and hardly anybody as someone else."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from moiety.decision.calibration import Tables
from moiety.decision.policy import Policy
from moiety.face import compare, gate, pipeline
from moiety.face.template import FaceTemplate
from moiety.image import load

pytestmark = pytest.mark.data

MODEL = "sface-2021dec-int8bq"


class Captures:
    """One reference from the neutral picture and one probe from the smiling one, for every person."""

    def __init__(self, folder: Path) -> None:
        self.references: dict[str, FaceTemplate] = {}
        self.probes: dict[str, FaceTemplate] = {}
        self.refused: list[str] = []
        for person in sorted(one for one in (folder / "faces" / "london").iterdir() if one.is_dir()):
            reference = pipeline.reference(load(person / "neutral.jpg"), gate.ENROL)
            probe = pipeline.probe(load(person / "smiling.jpg"), gate.VERIFY)
            if reference.findings or probe.findings:
                self.refused.append(person.name)
            else:
                self.references[person.name] = pipeline.template([reference])
                self.probes[person.name] = pipeline.template([probe])


def accepted(reference: FaceTemplate, probe: FaceTemplate) -> bool:
    table = Tables.shipped().find("face", MODEL, reference.samples)
    return table.fmr(compare.score(reference, probe)).value <= Policy().fmr


def test_london_at_the_default_policy(data_folder: Path) -> None:
    """Everybody is accepted as themselves; of 5,151 pairs of people at most one is confused.

    A pair counts once, whichever of the two brought the other's code, and with either picture. One test, so
    that the pictures are looked at once however the tests are spread over processes.
    """
    captures = Captures(data_folder)
    assert captures.refused == []
    references, probes = captures.references, captures.probes
    assert len(references) == 102
    assert [who for who in references if not accepted(references[who], probes[who])] == []
    pairs = list(combinations(sorted(references), 2))
    assert len(pairs) == 5151
    confused = [
        (one, other)
        for one, other in pairs
        if accepted(references[one], probes[other])
        or accepted(references[other], probes[one])
        or accepted(references[one], references[other])
    ]
    assert len(confused) <= 1
