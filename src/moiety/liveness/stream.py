"""The stream of frames: one face throughout, often enough to know what happened, and without a cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from moiety.findings import Finding
from moiety.liveness import parameters
from moiety.liveness.challenge import Challenge
from moiety.liveness.motion import Trace, proper
from moiety.liveness.verdict import Observation


def usable(observations: Sequence[Observation]) -> list[Observation]:
    """The frames whose landmarks can be those of a face."""
    found = [one for one in observations if one.landmarks is not None]
    if not found:
        return []
    fit = proper(np.stack([one.landmarks for one in found if one.landmarks is not None]))
    return [one for one, good in zip(found, fit, strict=True) if good]


def covered(challenge: Challenge, observations: Sequence[Observation]) -> Iterator[Finding]:
    """What keeps the frames from being judged at all."""
    several = sum(one.faces > 1 for one in observations)
    if several:
        yield Finding(
            "liveness-several-faces", "Another face came into view: only one person may be there.", several, 0
        )
    fresh = [one for one in observations if not one.repeated]
    shown = usable(fresh)
    lost = sum(one.faces <= 1 for one in fresh) - len(shown)
    if fresh and lost / len(fresh) > parameters.LOST_MOST:
        yield Finding(
            "liveness-face-lost",
            "The face was out of view for a part of the time: stay in the picture.",
            lost / len(fresh),
            parameters.LOST_MOST,
        )
    at = np.array([one.at_ms for one in shown], np.float64)
    at = at[(at >= 0) & (at <= challenge.duration_ms)]
    edges = np.concatenate([[0.0], at, [float(challenge.duration_ms)]])
    gap = float(np.diff(edges).max())
    rate = 1000.0 * len(at) / challenge.duration_ms
    if gap > parameters.GAP_MOST_MS or rate < parameters.RATE_LEAST:
        yield Finding(
            "liveness-too-few-frames",
            "Too few frames arrived to judge the movement: the connection or the camera is too slow.",
            rate,
            parameters.RATE_LEAST,
        )


def continuity(trace: Trace) -> Iterator[Finding]:
    """A jump that no head makes: one recording was cut to another."""
    seconds = np.maximum(np.diff(trace.at), 1.0) / 1000.0
    turned = np.degrees(np.arctan(trace.nose / parameters.NOSE_DEPTH))
    speed = np.hypot(*np.diff(turned, axis=0).T) / seconds
    shift = np.hypot(*np.diff(trace.place, axis=0).T) / seconds
    zoom = np.abs(np.diff(trace.size)) / seconds
    jumps = (speed > parameters.SPEED_MOST) | (shift > parameters.SHIFT_MOST) | (zoom > parameters.ZOOM_MOST)
    if jumps.any():
        yield Finding(
            "liveness-cut", "The face jumped as no head moves: the frames are not one recording.",
            float(jumps.sum()), 0,
        )  # fmt: skip
