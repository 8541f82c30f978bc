"""The faces of one capture against one reference: all of them must be the holder's, and the worst decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moiety.decision import parameters
from moiety.decision.calibration import Tables
from moiety.decision.decision import Comparison
from moiety.decision.judge import calibrate
from moiety.face import compare, pipeline
from moiety.face.embed import MODEL, Vector
from moiety.face.template import FaceTemplate


@dataclass(frozen=True, slots=True, repr=False)
class HeldFace:
    """The face of what the holder presents.

    Attributes:
        template: one person's.
        family: of calibration tables: "face", or a document's portrait.
        tables: what calibrates the scores.
        model: the embedder of what is captured; a template of another one is never compared.
    """

    template: FaceTemplate
    family: str
    tables: Tables
    model: str = MODEL

    def worst(self, samples: Sequence[pipeline.Sample]) -> Comparison:
        """The comparison that is worst: one face of the holder does not make up for a stranger's."""
        templates = [pipeline.template([one], model=self.model) for one in samples]
        return min((self._compared(one) for one in templates), key=lambda one: one.score)

    def is_of(self, worst: Comparison | None, between: Sequence[Vector]) -> bool:
        """Whether the face that was shown alive is the holder's, also while it turned.

        Liveness of one person says nothing of the finger of another, nor of a picture that somebody holds up.
        No face need match at the policy's rate, but each at the laxest one.
        """
        turned = [FaceTemplate.from_embedding(one, model=self.model, samples=1) for one in between]
        made = [*([] if worst is None else [worst]), *(self._compared(one) for one in turned)]
        return worst is not None and all(one.rate.value <= parameters.FMR_HIGHEST for one in made)

    def _compared(self, probe: FaceTemplate) -> Comparison:
        score = compare.score(self.template, probe)
        held = self.template
        done = calibrate(score, self.tables, modality=self.family, model=held.model, samples=held.samples)
        return replace(done, modality="face")
