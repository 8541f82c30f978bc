"""The packaged people as a scripted camera shows them: rendered in poses, as JPEGs a browser can draw."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.finger.positions import FOUR_FINGERS
from moiety.finger.synthesis import Scene, master_of, photograph
from moiety.rendering import media
from moiety.rendering.head import Head, Relief
from moiety.rendering.head import Pose as Pose

YAWS = tuple(range(-42, 43, 3))
"""Degrees: as far as a willing person turns, in steps that no frame-to-frame test notices."""


PRINTS = {"print-bent": media.bent_paper, "print-cut-out": media.cut_out}
"""Paper that has some depth of its own; a flat sheet the scripted camera draws itself."""


@cache
def head(person: str, expression: str) -> Head:
    """A packaged London face on a head of generic depth."""
    picture = files("moiety.demo").joinpath("faces", "london", person, f"{expression}.jpg").read_bytes()
    return Head.of(picture, seed=int(person))


def seen(person: str, expression: str, *, yaw: float = 0.0) -> bytes:
    """A camera's picture of a person, as a JPEG file."""
    return jpeg(head(person, expression).render(Pose(yaw=yaw)), 95)


def jpeg(pixels: NDArray[np.uint8], quality: int = 90) -> bytes:
    """A picture's file."""
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return data.tobytes()


@cache
def turning(person: str, expression: str = "smiling", *, eyes: float = 0.14) -> dict[str, Any]:
    """All yaws of one person, for `scripted.install`."""
    made = [head(person, expression).render(Pose(yaw=float(yaw), eyes=eyes)) for yaw in YAWS]
    return {"frames": [as_url(jpeg(one)) for one in made], "yaws": list(YAWS)}


@cache
def held(person: str, instrument: str, *, eyes: float = 0.14) -> dict[str, Any]:
    """All yaws of a print of one person in somebody's hands, for `scripted.install`."""
    sheet: Relief = PRINTS[instrument](head(person, "smiling"), np.random.default_rng(int(person)))
    made = [sheet.render(Pose(yaw=float(yaw), eyes=eyes)) for yaw in YAWS]
    return {"frames": [as_url(jpeg(one)) for one in made], "yaws": list(YAWS)}


@cache
def hand(person: int, seed: int) -> bytes:
    """A synthetic photograph of a right hand, as a JPEG file."""
    masters = {f"right-{name}": master_of(person, f"right-{name}") for name in FOUR_FINGERS}
    scene = Scene(rotation=4.0 * seed, tone=float(seed))
    return jpeg(photograph(scene, masters, np.random.default_rng(seed)).rgb, 92)


@cache
def frontal(person: str, expression: str = "smiling") -> str:
    """One frontal picture, as a data URL."""
    return as_url(jpeg(head(person, expression).render(Pose())))


def as_url(data: bytes) -> str:
    """A JPEG as a data URL."""
    return f"data:image/jpeg;base64,{b64encode(data).decode()}"
