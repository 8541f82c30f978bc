"""The cues of pixels and colours, weighed: what speaks against a live person, and what leaves doubt."""

from __future__ import annotations

from collections.abc import Iterator

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.flash import Reflection
from moiety.liveness.verdict import Cues


def weigh(cues: Cues) -> Iterator[Finding]:
    """What the cues say against a live person; more of a cue never says less."""
    if cues.moire is not None and cues.moire > parameters.MOIRE_MOST:
        text = "A regular pattern lies on the face, as on a screen."
        yield Finding("liveness-screen", text, cues.moire, parameters.MOIRE_MOST)
    if cues.around is not None and cues.around > parameters.AROUND_MOST:
        text = "All that is around the face changed at one moment: keep the camera still."
        yield Finding("liveness-surroundings", text, cues.around, parameters.AROUND_MOST)
    if cues.passive is not None and cues.passive < parameters.PASSIVE_LEAST:
        text = "The operator's network takes the face for a picture of a face."
        yield Finding("liveness-passive", text, cues.passive, parameters.PASSIVE_LEAST)


def doubt(cues: Cues, reflected: Reflection | None) -> Iterator[Finding]:
    """What in the cues leaves doubt, and can be helped."""
    if cues.bezel is not None and cues.bezel > parameters.BEZEL_MOST:
        text = "Straight edges frame the face: move away from what is behind you."
        yield Finding("liveness-framed", text, cues.bezel, parameters.BEZEL_MOST)
    if reflected is not None and (
        reflected.correlation < parameters.FLASH_LEAST or reflected.chance > parameters.FLASH_CHANCE
    ):
        text = "The face did not follow the colours of the screen: find a darker place."
        yield Finding("liveness-no-flash", text, reflected.correlation, parameters.FLASH_LEAST)
