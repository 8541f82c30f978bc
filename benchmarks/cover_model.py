"""Fit the network that tells whether eyes or mouth are covered, and write models/cover/cover.npz.

    python -m benchmarks.cover_model [--out FILE | --held-out]

It learns on the development half of the London set and on ORL (never on LFW): each picture as it is, with
drawn spectacles, and with a patch of random texture laid over an eye, both eyes or the mouth. None of the
eight covers of `benchmarks.covers`, which the published table uses, is shown to it. The same data and
versions give the same file. With --held-out nothing is written: it prints the shares of clean and of covered
faces above the verification gate's limits, for people whom each of five networks did not see.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from benchmarks.covers import (
    LEFT_EYE,
    RIGHT_EYE,
    ROOM,
    SIDE,
    ZOOM,
    Draw,
    Layer,
    at,
    cloth,
    colour_of,
    cover,
    glasses,
    noise,
    only_face,
)
from moiety.evaluate.rendered import half_of
from moiety.face.align import similarity
from moiety.face.cover import describe_parts
from moiety.face.detect import Face
from moiety.face.gate import VERIFY
from moiety.image import Image, load

SEED: Final = 5
HIDDEN: Final = 12
FOLDS: Final = 5
PATTERNS: Final = ("plain", "stripes", "checks", "dots", "print")
SHIPPED: Final = Path(__file__).parents[1] / "src" / "moiety" / "models" / "cover" / "cover.npz"
Rows = dict[str, list[NDArray[np.float32]]]
Truth = dict[str, list[int]]


def pictures() -> Iterator[tuple[Path, int]]:
    """Every picture to learn from, and how often it is varied."""
    root = Path(os.environ.get("MOIETY_DATA", "../shared/data")) / "faces"
    for person in sorted(one for one in (root / "london").iterdir() if one.is_dir()):
        if half_of(person.name) == "development":
            yield from ((person / f"{name}.jpg", 5) for name in ("neutral", "smiling"))
    for person in sorted(one for one in (root / "orl").iterdir() if one.is_dir()):
        yield from ((one, 2) for one in sorted(person.glob("*.png"))[:6])


def flat(rng: np.random.Generator) -> Layer:
    """One colour."""
    return np.ones((SIDE, SIDE, 3), np.float32) * colour_of(rng, 5, 250)


def woven(rng: np.random.Generator) -> Layer:
    """Cloth of two colours."""
    return cloth(rng, colour_of(rng), colour_of(rng), str(rng.choice(PATTERNS)))


def cloudy(rng: np.random.Generator) -> Layer:
    """A colour with smooth noise."""
    return colour_of(rng) + noise(rng, rng.uniform(2, 40))[..., None] * np.float32(rng.uniform(5, 40))


def graded(rng: np.random.Generator) -> Layer:
    """A colour that changes from one side to the other."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    turn = rng.uniform(0, 2 * np.pi)
    along = (x * np.cos(turn) + y * np.sin(turn))[..., None]
    return np.asarray(colour_of(rng) + along * rng.uniform(-150, 150, 3), np.float32)


def lined(rng: np.random.Generator) -> Layer:
    """A few lines of any width on a ground."""
    colours = flat(rng)
    for _ in range(int(rng.integers(2, 14))):
        start, end = rng.integers(0, SIDE, (2, 2)).tolist()
        ink = colour_of(rng).tolist()
        cv2.line(colours, tuple(start), tuple(end), ink, int(rng.uniform(1, 30)), cv2.LINE_AA)
    return colours


def folded(rng: np.random.Generator) -> Layer:
    """Cloth or paper of one colour with parallel folds, rounded as a face is."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / ZOOM - ROOM
    turn, period = rng.normal() * 0.3, rng.uniform(4, 16)
    across = y * np.cos(turn) + x * np.sin(turn) + rng.uniform(-0.006, 0.006) * (x - 56) ** 2
    creases = np.clip(np.sin(across * 2 * np.pi / period + rng.uniform(0, 6)), 0, 1) ** rng.uniform(1, 8)
    middle = (56 + rng.normal() * 6, 80 + rng.normal() * 10)
    form = 1 - rng.uniform(0, 0.35) * (((x - middle[0]) / 45) ** 2 + ((y - middle[1]) / 60) ** 2)
    shaded = form * (1 - rng.uniform(0, 0.35) * creases) * (1 + 0.05 * noise(rng, 8))
    return np.asarray(colour_of(rng, 20, 245) * np.clip(shaded, 0.1, 1.3)[..., None], np.float32)


def elsewhere(picture: Layer, rng: np.random.Generator) -> Layer:
    """The picture itself, turned, shifted and scaled: skin, hair and background where they don't belong."""
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), rng.uniform(0, 360), rng.uniform(0.7, 1.6))
    matrix[:, 2] += rng.uniform(-70, 70, 2) * ZOOM
    moved = cv2.warpAffine(picture, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.float32)


def outline(part: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """An ellipse, a rectangle or two rounds over both eyes or over the mouth."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    if part == "eye" and rng.random() < 0.5:
        for x, y in (RIGHT_EYE, LEFT_EYE):
            size = (round(rng.uniform(13, 18) * ZOOM), round(rng.uniform(10, 15) * ZOOM))
            cv2.ellipse(mask, at(x, y + 1), size, 0, 0, 360, 255, -1, cv2.LINE_AA)
        return mask
    across, down = ((36, 60), (9, 20)) if part == "eye" else ((22, 60), (14, 34))
    middle = (56 + rng.normal() * 2, (51 if part == "eye" else rng.uniform(86, 96)) + rng.normal() * 2)
    half, turn = (rng.uniform(*across) * ZOOM, rng.uniform(*down) * ZOOM), rng.uniform(-15, 15)
    if rng.random() < 0.5:
        cv2.ellipse(mask, at(*middle), (round(half[0]), round(half[1])), turn, 0, 360, 255, -1, cv2.LINE_AA)
    else:
        box = cv2.boxPoints((at(*middle), (2 * half[0], 2 * half[1]), turn)).astype(np.int32)
        cv2.fillPoly(mask, [box], 255, cv2.LINE_AA)
    return mask


def patch(part: str, picture: Layer) -> Draw:
    """What draws a patch of random texture over a part of the face."""

    def draw(rng: np.random.Generator, skin: Layer) -> tuple[Layer, Layer]:
        kind = int(rng.integers(8))
        drawn = (flat, woven, cloudy, graded, lined, folded, folded)
        colours = elsewhere(picture, rng) if kind == len(drawn) else drawn[kind](rng)
        if kind != len(drawn) and rng.random() < 0.3:
            colours = colours / (float(colours.mean()) + 1) * float(skin.mean())
        soft = cv2.GaussianBlur(outline(part, rng), (0, 0), rng.uniform(0.2, 2) * ZOOM)
        return colours, soft.astype(np.float32) / 255 * np.float32(rng.uniform(0.93, 1))

    return draw


def spectacles(rng: np.random.Generator, _: Layer) -> tuple[Layer, Layer]:
    """Clear glasses: a rim, and a faint sheen on the lenses. They cover nothing."""
    lenses, frame = glasses(rng)
    rim = frame * (1 - lenses)
    sheen = np.clip(noise(rng, 20) - 0.8, 0, 1) * lenses * 0.35
    colours = np.where((rim > 0.2)[..., None], colour_of(rng, 5, 200), np.float32(235))
    return np.asarray(colours, np.float32), np.asarray(np.maximum(rim, sheen), np.float32)


def vary(image: Image, face: Face, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The aligned face, a little turned, shifted, scaled, lit, blurred, noisy or compressed."""
    turn, size = np.deg2rad(rng.normal() * 3), np.exp(rng.normal() * 0.04)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * size
    middle = np.array([56, 72.0])
    jitter = np.hstack([rotation, (middle - rotation @ middle + rng.normal(size=2) * 1.2)[:, None]])
    full = np.vstack([jitter, [0, 0, 1]]) @ np.vstack([similarity(face.landmarks), [0, 0, 1]])
    crop = cv2.warpAffine(image.rgb, full[:2], (112, 112)).astype(np.float32)
    if rng.random() < 0.3:
        crop = crop[:, ::-1]
    if rng.random() < 0.5:
        crop = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.3, 1.6))
    crop = 255 * (np.clip(crop, 0, 255) / 255) ** rng.uniform(0.5, 2)
    crop = (crop - 127) * rng.uniform(0.35, 1.1) + 127 + rng.uniform(-50, 30)
    if rng.random() < 0.5:
        crop = crop * (1 + rng.uniform(-0.6, 0.6) * np.linspace(-1, 1, 112)[None, :, None])
    crop = np.clip(crop + rng.normal(size=crop.shape) * rng.uniform(0, 8), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        coded = cv2.imencode(".jpg", np.ascontiguousarray(crop), quality)[1]
        crop = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(crop)


def add(rows: Rows, truth: Truth, crop: NDArray[np.uint8], eyes: int, mouth: int) -> None:
    """One example of each part."""
    right, left, lower = describe_parts(crop)
    rows["eye"] += [right, left]
    truth["eye"] += [eyes, eyes]
    rows["mouth"].append(lower)
    truth["mouth"].append(mouth)


def learn_from(path: Path, times: int, rows: Rows, truth: Truth, rng: np.random.Generator) -> None:
    """All examples of one picture."""
    image = load(path.read_bytes())
    face = only_face(image)
    if face is None:
        return
    to_canvas = np.array([[ZOOM, 0, ROOM * ZOOM], [0, ZOOM, ROOM * ZOOM], [0, 0, 1]])
    matrix = (to_canvas @ np.vstack([similarity(face.landmarks), [0, 0, 1]]))[:2]
    canvas = cv2.warpAffine(image.rgb, matrix, (SIDE, SIDE)).astype(np.float32)
    for _ in range(2 * times):
        add(rows, truth, vary(image, face, rng), 0, 0)
    worn = cover(image, face, spectacles, rng)
    for _ in range(times):
        add(rows, truth, vary(worn, only_face(worn) or face, rng), 0, 0)
    for part in ("eye", "mouth") * times:
        hidden = cover(image, face, patch(part, canvas), rng)
        seen = only_face(hidden) or face
        if np.abs(seen.landmarks - face.landmarks).max() < 0.35 * face.eye_distance:
            add(rows, truth, vary(hidden, seen, rng), int(part == "eye"), int(part == "mouth"))


def learnt(rows: NDArray[np.float32], truth: NDArray[np.int64]) -> MLPClassifier:
    """One hidden layer, stopped where a tenth that was held back gets no better."""
    return MLPClassifier(
        (HIDDEN,), alpha=1.0, early_stopping=True, random_state=1, max_iter=60, learning_rate_init=2e-3
    ).fit(rows, truth)


def fit(rows: list[NDArray[np.float32]], truth: list[int]) -> dict[str, NDArray[Any]]:
    """The network of one part as arrays."""
    network = learnt(np.stack(rows), np.array(truth))
    (into, out), (into_bias, out_bias) = network.coefs_, network.intercepts_
    parts = {"in": into, "in_bias": into_bias, "out": out[:, 0], "out_bias": out_bias}
    return {name: np.asarray(value, np.float16) for name, value in parts.items()}


def odds_held_out(
    rows: list[NDArray[np.float32]], truth: list[int], people: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Log odds of each example by a network that saw nobody of its fifth of the people; and the truth."""
    known, number = np.unique(people, return_inverse=True)
    part = (np.random.default_rng(1).permutation(len(known)) % FOLDS)[number]
    features, answers, odds = np.stack(rows), np.array(truth), np.zeros(len(truth))
    for fold in range(FOLDS):
        network = learnt(features[part != fold], answers[part != fold])
        likely = network.predict_proba(features[part == fold])[:, 1]
        odds[part == fold] = np.log(likely / (1 - likely))
    return odds, answers


def held_out(rows: Rows, truth: Truth, people: dict[str, list[str]]) -> None:
    """Print how often the verification gate's limits fire on people who were held out."""
    odds, answers = odds_held_out(rows["eye"], truth["eye"], people["eye"])
    right, left, eyes = odds[0::2], odds[1::2], answers[0::2] == 1
    one, both, mouth = (float(getattr(VERIFY, f"covered_{part}") or 0) for part in ("eyes", "both", "mouth"))
    fired = (np.maximum(right, left) > one) | ((right + left) / 2 > both)
    odds, answers = odds_held_out(rows["mouth"], truth["mouth"], people["mouth"])
    for name, found, hidden in (("eyes", fired, eyes), ("mouth", odds > mouth, answers == 1)):
        clean, caught = found[~hidden].mean(), found[hidden].mean()
        print(f"{name}: {clean:.2%} of {np.sum(~hidden):,} clean, {caught:.0%} of {hidden.sum():,} covered")
    clear = ~eyes & (answers == 0)
    print(f"either: {(fired | (odds > mouth))[clear].mean():.2%} of {clear.sum():,} with neither covered")


def main() -> None:
    """Learn, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--held-out", action="store_true")
    args = parser.parse_args()
    rng = np.random.default_rng(SEED)
    rows: Rows = {"eye": [], "mouth": []}
    truth: Truth = {"eye": [], "mouth": []}
    people: dict[str, list[str]] = {"eye": [], "mouth": []}
    for path, times in pictures():
        learn_from(path, times, rows, truth, rng)
        for part, names in people.items():
            names.extend([f"{path.parents[1].name}/{path.parent.name}"] * (len(rows[part]) - len(names)))
    if args.held_out:
        held_out(rows, truth, people)
        return
    network = {
        f"{part}_{name}": value for part in rows for name, value in fit(rows[part], truth[part]).items()
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(args.out, **network)  # type: ignore[arg-type] # read as its keyword allow_pickle
    print({part: (len(truth[part]), sum(truth[part])) for part in truth})


if __name__ == "__main__":
    main()
