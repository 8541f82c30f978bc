"""Are printed codes read from photographs? A thousand random codes through a simulated print and photograph.

Each code is issued as any other: a face, with no, two or four fingers. Random bytes stand for templates:
sealed bytes are random to a reader anyway. The print is tilted by up to 25 degrees about a random axis
in its plane, turned within it, and photographed at 4 pixels a module at its centre; then blur of sd 1.2
pixels, noise of sd 8 grey levels, and JPEG of quality 70. The optics are simulated: the figure is about
the reader, not about any phone. The seed fixes all but the sealed bytes, which are drawn afresh as in
any issuing.

    python -m benchmarks.print_and_photograph [--codes 1000] [--seed 169] [--pixels 4.0]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.credential import qr
from moiety.credential.claims import StatusReference
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.issue import IssuerIdentity, issue
from moiety.credential.parameters import QUIET_ZONE_MODULES
from moiety.errors import MoietyError
from moiety.keys import GroupPrivateKey, SigningKey

SEED: Final = 169
NOW: Final = 1_790_000_000
_PRINT_PIXELS: Final = 8  # a module in the print before it is photographed
_OVERSAMPLING: Final = 2


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the photograph is taken; the defaults are those of the target."""

    pixels_per_module: float = 4.0
    tilt_degrees: float = 25.0
    turn_degrees: float = 180.0
    blur_px: float = 1.2
    noise_levels: float = 8.0
    jpeg_quality: int = 70


def random_code(rng: np.random.Generator, signer: SigningKey, group: GroupPrivateKey) -> Credential:
    """A code with a face and 0, 2 or 4 fingers of 108 to 150 bytes."""
    fingers = int(rng.choice([0, 0, 2, 2, 4]))
    templates = [SealedTemplate("face", "sface-2021dec-int8bq", rng.bytes(128), 4, 0, "face", False)]
    for position in range(2, 2 + fingers):
        size = 108 + 3 * int(rng.integers(0, 15))
        templates.append(
            SealedTemplate("finger", "random", rng.bytes(size), 1, position, "contactless", False)
        )
    return issue(
        Contents(tuple(templates), rng.bytes(32)),
        issuer=IssuerIdentity("https://issuer.example.org/", signer),
        group=group.group,
        profile="paper" if fingers == 4 else "card",
        valid_from=NOW,
        valid_until=NOW + 365 * 86_400,
        now=NOW,
        status=StatusReference("https://issuer.example.org/status/1", int(rng.integers(1 << 20))),
    )


def photograph(text: str, rng: np.random.Generator, conditions: Conditions) -> NDArray[np.uint8]:
    """A simulated photograph of a printed code: uint8, shape (height, width, 3)."""
    print_ = _printed(text)
    side = print_.shape[0] / _PRINT_PIXELS  # modules, margin included
    tilt = np.deg2rad(rng.uniform(0, conditions.tilt_degrees))
    axis, turn = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(-1, 1) * conditions.turn_degrees)
    rotation = _about(axis, tilt) @ _about_z(turn)
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) * side / 2
    placed = corners @ rotation.T
    distance = 2.5 * side  # a code that fills 40 % of the width of a phone's picture
    scale = conditions.pixels_per_module * _OVERSAMPLING
    seen = placed[:, :2] * (distance / (distance + placed[:, 2:])) * scale
    seen += rng.uniform(0, 1, 2) * _OVERSAMPLING - seen.min(axis=0) + 6 * scale
    size = np.ceil((seen.max(axis=0) + 6 * scale) / _OVERSAMPLING).astype(int) * _OVERSAMPLING
    source = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32) * print_.shape[0] - 0.5
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), seen.astype(np.float32))
    paper, ink = rng.uniform(190, 240), rng.uniform(15, 60)
    warped = cv2.warpPerspective(
        print_, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_LINEAR, borderValue=(255.0,)
    )
    small = cv2.resize(warped, None, fx=1 / _OVERSAMPLING, fy=1 / _OVERSAMPLING, interpolation=cv2.INTER_AREA)
    lit = ink + (paper - ink) * small.astype(np.float64) / 255
    blurred = cv2.GaussianBlur(lit, (0, 0), conditions.blur_px)
    noisy = blurred[:, :, None] + rng.normal(0, conditions.noise_levels, (*blurred.shape, 3))
    pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    _, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, conditions.jpeg_quality])
    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    if decoded is None:
        raise RuntimeError("OpenCV could not decode its own JPEG")
    return np.ascontiguousarray(decoded[:, :, ::-1]).astype(np.uint8)


def _printed(text: str) -> NDArray[np.uint8]:
    modules = np.pad(np.array(qr.symbol(text), dtype=bool), QUIET_ZONE_MODULES)
    return np.kron(np.where(modules, 0, 255), np.ones((_PRINT_PIXELS, _PRINT_PIXELS))).astype(np.uint8)


def _about(axis: float, angle: float) -> NDArray[np.float64]:
    vector = np.array([np.cos(axis), np.sin(axis), 0.0]) * angle
    matrix, _ = cv2.Rodrigues(vector)
    return np.asarray(matrix, dtype=np.float64)


def _about_z(angle: float) -> NDArray[np.float64]:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the codes: `by_version` maps a version to (read, all)."""

    codes: int
    read: int
    wrong: int
    by_version: dict[int, tuple[int, int]]
    seconds_per_read: float


def run(codes: int, seed: int, conditions: Conditions) -> Outcome:
    """Photograph and read `codes` random codes; each with its own picture."""
    rng = np.random.default_rng(seed)
    signer, group = SigningKey.generate(), GroupPrivateKey.generate()
    read: Counter[int] = Counter()
    every: Counter[int] = Counter()
    wrong, spent = 0, 0.0
    for _ in range(codes):
        credential = random_code(rng, signer, group)
        picture = photograph(credential.text, rng, conditions)
        version = credential.version or 0
        every[version] += 1
        begun = time.perf_counter()
        try:
            found = Credential.from_picture(picture)
        except MoietyError:
            found = None
        spent += time.perf_counter() - begun
        if found is not None:
            wrong += found != credential
            read[version] += found == credential
    by_version = {version: (read[version], every[version]) for version in sorted(every)}
    return Outcome(codes, sum(read.values()), wrong, by_version, spent / codes)


def main() -> int:
    """Run, print one JSON object, and fail under 99.5 % or on any wrong read."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--codes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pixels", type=float, default=4.0)
    asked = parser.parse_args()
    conditions = Conditions(pixels_per_module=asked.pixels)
    outcome = run(asked.codes, asked.seed, conditions)
    print(
        json.dumps({"outcome": _plain(outcome), "conditions": str(conditions), "seed": asked.seed}, indent=2)
    )
    return 0 if outcome.wrong == 0 and outcome.read >= 0.995 * outcome.codes else 1


def _plain(outcome: Outcome) -> dict[str, object]:
    return {
        "codes": outcome.codes,
        "read": outcome.read,
        "wrong": outcome.wrong,
        "by_version": {
            str(version): f"{read} of {all_}" for version, (read, all_) in outcome.by_version.items()
        },
        "seconds_per_read": round(outcome.seconds_per_read, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
