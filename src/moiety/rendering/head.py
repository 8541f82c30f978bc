"""A face picture on a head with depth: turn it, and see it as a camera would."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from moiety.errors import ImageUnreadable
from moiety.face.detect import detect
from moiety.image import Image, Source, load
from moiety.rendering import parameters

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]


ORIGIN: Final = np.array(
    [parameters.TEXTURE_SIDE / 2, parameters.TEXTURE_SIDE * parameters.TEXTURE_EYES_DOWN], np.float64
)
"""Column and row of the eyes' middle in a texture."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How a head is held.

    Attributes:
        yaw: degrees, to the person's left positive.
        pitch: degrees, up positive.
        roll: degrees, towards the person's left shoulder positive.
        shift: (right, down) of the eyes' middle from the picture's middle, in shares of its width.
        eyes: distance of the eyes in the picture, frontal, as a share of its width.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple[float, float] = (0.0, -0.04)
    eyes: float = 0.14


class Relief:
    """A picture with a depth: what a camera sees of it in a pose.

    Lengths are in eye distances: x to the right, y down, z towards the camera, the eyes' middle at (0, 0).
    """

    def __init__(
        self, texture: Pixels, depth: Plane, alpha: Plane, *,
        pivot: tuple[float, float, float] = parameters.PIVOT,
        reach: tuple[float, float] = (parameters.NEAR, parameters.FAR),
    ) -> None:  # fmt: skip
        """`texture` (side, side, 3) as `Head` lays it out, `depth` and `alpha` (side, side) beside it.

        It turns about `pivot`; in no pose does it come nearer or farther than `reach`.
        """
        self.texture, self.depth, self.alpha = texture, depth, alpha
        self.pivot, self.reach = pivot, reach

    def render(
        self,
        pose: Pose,
        size: tuple[int, int] = (640, 480),
        background: Pixels | None = None,
        light: tuple[float, float, float] | None = None,
    ) -> Pixels:
        """The relief in a pose: uint8 of shape (height, width, 3), red first; `size` is (width, height).

        `background` has that size too; by default it is plain grey. `light` multiplies red, green and blue of
        what is near the camera, as the light of its screen does.
        """
        width, height = size
        across, down = self._where(pose, size)
        face = cv2.remap(self.texture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        alpha = cv2.remap(self.alpha, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        lit = face.astype(np.float32)
        if light is not None:
            lit *= np.array(light, np.float32)
        behind = np.full((height, width, 3), parameters.GREY, np.uint8) if background is None else background
        mixed = behind + alpha[..., None] * (lit - behind)
        return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)

    def _where(self, pose: Pose, size: tuple[int, int]) -> tuple[Plane, Plane]:
        """For each pixel, the place in the texture that is seen there: the first that the pixel's ray meets.

        The ray is walked from near to far in even steps, then halved down (relief mapping, Policarpo 2005).
        """
        width, height = size
        coarse = (max(2, width // parameters.COARSE), max(2, height // parameters.COARSE))
        centre, focal = _camera(pose, size)
        u = (np.arange(coarse[0], dtype=np.float32) + 0.5) * (width / coarse[0]) - 0.5 - centre[0]
        v = (np.arange(coarse[1], dtype=np.float32) + 0.5) * (height / coarse[1]) - 0.5 - centre[1]
        rays = np.stack(np.meshgrid(u / focal, v / focal), axis=-1).astype(np.float32)
        walk = _Walk(self, rays, rotation(pose).astype(np.float32))
        near = np.full(rays.shape[:2], self.reach[0], np.float32)
        hit = np.full(rays.shape[:2], self.reach[1], np.float32)
        open_ = np.ones(rays.shape[:2], bool)
        step = (self.reach[0] - self.reach[1]) / parameters.LAYERS
        for layer in range(1, parameters.LAYERS):
            z = self.reach[0] - layer * step
            below = open_ & walk.below(np.float32(z))
            hit[below] = z
            near[below] = z + step
            open_ &= ~below
        near[open_] = self.reach[1] + step
        for _ in range(parameters.HALVINGS):
            middle = np.asarray((near + hit) / 2, np.float32)
            below = walk.below(middle)
            hit = np.where(below, middle, hit)
            near = np.where(below, near, middle)
        across, down, _ = walk.at(hit)
        return (
            cv2.resize(across, size, interpolation=cv2.INTER_LINEAR),
            cv2.resize(down, size, interpolation=cv2.INTER_LINEAR),
        )


class Head(Relief):
    """One person's head: their picture, and the depth of a generic head behind it."""

    def __init__(self, image: Image, landmarks: NDArray[np.float32], *, seed: int = 0) -> None:
        """`landmarks` (5, 2) in pixels; `seed` varies the depth of nose, mouth and skull."""
        self.texture, self.points = lay_out(image, landmarks)
        depth = self._depth(np.random.default_rng(seed))
        alpha = silhouette(self.texture)
        alpha[:2] = 0  # what lies beyond the picture's upper edge is not the person
        super().__init__(self.texture, depth, alpha)

    @classmethod
    def of(cls, picture: Source, *, seed: int = 0) -> Head:
        """The head of the one face in a picture.

        Raises:
            ImageUnreadable: there is not exactly one face.
        """
        image = load(picture)
        faces = detect(image)
        if len(faces) != 1:
            raise ImageUnreadable(f"The picture shows {len(faces)} faces; one is needed.")
        return cls(image, faces[0].landmarks, seed=seed)

    def landmarks(self, pose: Pose, size: tuple[int, int] = (640, 480)) -> NDArray[np.float64]:
        """Where the five landmarks truly are in the picture of a pose, (5, 2) in pixels."""
        at = np.column_stack([self.points, [self._depth_at(x, y) for x, y in self.points]])
        pivot = np.array(self.pivot)
        turned = (at - pivot) @ rotation(pose).T + pivot
        centre, focal = _camera(pose, size)
        return np.asarray(
            turned[:, :2] * (focal / (parameters.DISTANCE - turned[:, 2:])) + centre, np.float64
        )

    def _depth_at(self, x: float, y: float) -> float:
        column, row = np.array([x, y]) * parameters.TEXTURE_EYES + ORIGIN
        side = parameters.TEXTURE_SIDE - 1
        return float(self.depth[int(np.clip(round(row), 0, side)), int(np.clip(round(column), 0, side))])

    def _depth(self, rng: np.random.Generator) -> Plane:
        """Depth over the texture: an ellipsoid, with nose, sockets and mouth where this face has them."""
        side = parameters.TEXTURE_SIDE
        grid = (np.arange(side, dtype=np.float64)[None] - ORIGIN[:, None]) / parameters.TEXTURE_EYES
        x, y = np.meshgrid(grid[0], grid[1])
        vary = 1 + parameters.VARIETY * np.clip(rng.standard_normal(4), -2, 2)
        skull, nose, mouth, sockets = vary
        centre, (a, b, c) = parameters.SKULL_CENTRE, parameters.SKULL_AXES
        inside = np.clip(1 - ((x - centre[0]) / a) ** 2 - ((y - centre[1]) / b) ** 2, 0, None)
        z = centre[2] + c * skull * np.sqrt(inside) + c * (1 - skull)
        tip_x, tip_y = self.points[2]
        z += nose * _nose(x, y, float(tip_x), float(tip_y))
        mouth_y = float(self.points[3:, 1].mean())
        z += mouth * parameters.MOUTH * np.exp(-((x / 0.42) ** 2) - ((y - mouth_y) / 0.3) ** 2)
        for eye in (-0.5, 0.5):
            z -= sockets * parameters.SOCKET * np.exp(-(((x - eye) / 0.22) ** 2) - (y / 0.16) ** 2)
        blur = parameters.SOFT * parameters.TEXTURE_EYES
        return np.asarray(cv2.GaussianBlur(z.astype(np.float32), (0, 0), blur), np.float32)


class _Walk:
    """Rays through one turned head."""

    def __init__(self, head: Relief, rays: NDArray[np.float32], turn: NDArray[np.float32]) -> None:
        self._head, self._rays, self._turn = head, rays, turn

    def at(self, z: NDArray[np.float32] | np.float32) -> tuple[Plane, Plane, Plane]:
        """Where the rays are at depth `z`, on the head as in its frontal pose: texture column, row; depth."""
        pivot = self._head.pivot
        x = self._rays[..., 0] * (parameters.DISTANCE - z) - pivot[0]
        y = self._rays[..., 1] * (parameters.DISTANCE - z) - pivot[1]
        w = z - pivot[2]
        r = self._turn  # its transpose turns back
        own = [r[0, i] * x + r[1, i] * y + r[2, i] * w + pivot[i] for i in range(3)]
        origin, scale = ORIGIN, parameters.TEXTURE_EYES
        return (
            np.asarray(own[0] * scale + origin[0], np.float32),
            np.asarray(own[1] * scale + origin[1], np.float32),
            np.asarray(own[2], np.float32),
        )

    def below(self, z: NDArray[np.float32] | np.float32) -> NDArray[np.bool_]:
        """Whether the rays are at or behind the surface at depth `z`."""
        across, down, own = self.at(z)
        surface = cv2.remap(self._head.depth, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(own <= surface, np.bool_)


def lay_out(image: Image, landmarks: NDArray[np.float32]) -> tuple[Pixels, NDArray[np.float64]]:
    """A picture turned and scaled so that its eyes lie where a texture has them, and its landmarks in eye
    distances.
    """
    right, left = landmarks[0].astype(np.float64), landmarks[1].astype(np.float64)
    scale = parameters.TEXTURE_EYES / float(np.hypot(*(left - right)))
    turn = math.degrees(math.atan2(left[1] - right[1], left[0] - right[0]))
    middle = (right + left) / 2
    matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), turn, scale)
    matrix[:, 2] += ORIGIN - middle
    side = parameters.TEXTURE_SIDE
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    texture = cv2.warpAffine(image.rgb, matrix, (side, side), flags=way, borderMode=cv2.BORDER_REPLICATE)
    points = landmarks.astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(texture, np.uint8), (points - ORIGIN) / parameters.TEXTURE_EYES


def render_turn(
    face_image: Source | Head,
    yaw: float,
    pitch: float = 0.0,
    *,
    roll: float = 0.0,
    size: tuple[int, int] = (640, 480),
    shift: tuple[float, float] = (0.0, -0.04),
    eyes: float = 0.14,
    background: Pixels | None = None,
) -> Pixels:
    """One frame of a face picture turned by `yaw` (to the person's left) and `pitch` (up) degrees.

    Give a `Head` where many frames of one person are wanted: `Head.of(picture)`. The rest is as in `Pose` and
    `Head.render`. Returns a uint8 array of shape (height, width, 3), red first.
    """
    head = face_image if isinstance(face_image, Head) else Head.of(face_image)
    return head.render(Pose(yaw, pitch, roll, shift, eyes), size, background)


def rotation(pose: Pose) -> NDArray[np.float64]:
    """The 3x3 matrix of a pose, for columns (x right, y down, z to the camera)."""
    yaw, pitch, roll = (math.radians(one) for one in (pose.yaw, pose.pitch, pose.roll))
    # To the person's left, the nose (+z) goes to the right of the picture; up, it goes up.
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, np.float64)


def _camera(pose: Pose, size: tuple[int, int]) -> tuple[NDArray[np.float64], float]:
    """The eyes' middle in the frontal picture, and the focal length, both in pixels."""
    width, height = size
    centre = np.array([width / 2 + pose.shift[0] * width, height / 2 + pose.shift[1] * width])
    return centre, pose.eyes * width * parameters.DISTANCE


def _nose(x: NDArray[np.float64], y: NDArray[np.float64], tip_x: float, tip_y: float) -> NDArray[np.float64]:
    """A ridge that rises from between the eyes to the tip, and falls off below it."""
    along = np.clip(y / tip_y, 0, 1)
    ridge = tip_x * along
    broad = 0.09 + 0.09 * along
    up = np.where(y <= tip_y, along**1.2, np.exp(-(((y - tip_y) / 0.13) ** 2)))
    return np.asarray(parameters.NOSE * up * np.exp(-(((x - ridge) / broad) ** 2)), np.float64)


def _usual_outline(side: int) -> Plane:
    """1 on a usual head and its shoulders, 0 around them."""
    grid = (np.arange(side, dtype=np.float32)[None] - ORIGIN[:, None]) / parameters.TEXTURE_EYES
    x, y = np.meshgrid(grid[0], grid[1])
    (head_x, head_y, middle), (shoulder_x, shoulder_y, top) = parameters.OUTLINE
    head = (x / head_x) ** 2 + ((y - middle) / head_y) ** 2 < 1
    shoulders = (x / shoulder_x) ** 2 + ((y - top - shoulder_y) / shoulder_y) ** 2 < 1
    return np.asarray(cv2.GaussianBlur((head | shoulders).astype(np.float32), (0, 0), 2.0), np.float32)


def silhouette(texture: Pixels) -> Plane:
    """1 on the person, 0 on the plain background, as far as the picture's corners tell it.

    A picture whose upper corners are not one plain colour is cut along a usual head and shoulders: what is
    behind a person doesn't turn with them.
    """
    side = len(texture)
    lab = cv2.cvtColor(texture, cv2.COLOR_RGB2LAB).astype(np.float32)
    strip = side // 12
    corners = np.concatenate([lab[:strip, :strip].reshape(-1, 3), lab[:strip, -strip:].reshape(-1, 3)])
    if float(corners.std(axis=0).max()) > parameters.PLAIN:
        return _usual_outline(side)
    away = np.abs(cv2.GaussianBlur(lab, (0, 0), 1.5) - np.median(corners, axis=0))
    person = (np.hypot(away[..., 1], away[..., 2]) > 4.0) | (away[..., 0] > 45.0)
    mask = cv2.morphologyEx(person.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    flooded = np.zeros((side + 2, side + 2), np.uint8)
    outer = mask.copy()
    cv2.floodFill(outer, flooded, (0, 0), 2)
    cv2.floodFill(outer, flooded, (side - 1, 0), 2)
    solid = (outer != 2).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(solid, (0, 0), 2.0), np.float32)
