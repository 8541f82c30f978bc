"""The finger template: at most 50 minutiae of three bytes, best first, that only a comparison can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NoReturn, get_args

import numpy as np
from numpy.typing import NDArray

from moiety.errors import TemplateMismatch
from moiety.finger.parameters import ANGLES, MAX_MINUTIAE, UNITS_PER_MM
from moiety.finger.positions import FingerPosition

Kind = Literal["contact", "contactless"]

MINUTIA_BYTES: Final = 3
_SPAN_X: Final = 1 << 8
_SPAN_Y: Final = 1 << 9


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Minutiae:
    """The minutiae of one print, best first, before they are packed. In-process only.

    Attributes:
        x: float64 (n,), millimetres, to the right.
        y: float64 (n,), millimetres, downward.
        angle: float64 (n,), radians, anticlockwise from the right (ISO/IEC 19794-2:2005, 6.4.4).
        ending: bool (n,), ridge ending rather than bifurcation.
        quality: float64 (n,), 0 to 1, descending.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    angle: NDArray[np.float64]
    ending: NDArray[np.bool_]
    quality: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.x.size)

    def __repr__(self) -> str:
        return f"Minutiae({len(self)})"

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Minutiae:
        """The chosen minutiae, in the order given."""
        return Minutiae(
            self.x[chosen], self.y[chosen], self.angle[chosen], self.ending[chosen], self.quality[chosen]
        )


def no_minutiae() -> Minutiae:
    """A print without any."""
    none = np.zeros(0, np.float64)
    return Minutiae(none, none, none, np.zeros(0, np.bool_), none)


class FingerTemplate:
    """An opaque finger template (ISO/IEC 2382-37: biometric template).

    It offers no minutiae, prints no content and cannot be pickled. `model` says which network found the
    minutiae, `position` which finger it is, `kind` how it was captured, and `mirrored` whether a contactless
    print was mirrored to agree with contact prints (a photograph shows the skin, a print its mirror image).
    """

    __slots__ = ("_data", "_prepared", "kind", "mirrored", "model", "position")

    def __init__(
        self,
        data: bytes,
        *,
        model: str,
        position: int = 0,
        kind: Kind = "contact",
        mirrored: bool = False,
    ) -> None:
        if len(data) % MINUTIA_BYTES or not 0 < len(data) <= MAX_MINUTIAE * MINUTIA_BYTES:
            raise TemplateMismatch("The finger template is malformed: its length is not one that is written.")
        if kind not in get_args(Kind) or (mirrored and kind != "contactless"):
            raise TemplateMismatch("The finger template states an impossible kind of capture.")
        if not 0 <= position <= FingerPosition.LEFT_LITTLE:
            raise TemplateMismatch("The finger template states an impossible finger.")
        self._data = bytes(data)
        self._prepared: object | None = None
        self.model = model
        self.position = FingerPosition(position)
        self.kind: Kind = kind
        self.mirrored = mirrored

    @classmethod
    def from_bytes(
        cls, data: bytes, *, model: str, position: int = 0, kind: Kind = "contact", mirrored: bool = False
    ) -> FingerTemplate:
        """Read what `to_bytes` wrote; the rest is carried beside it.

        Raises:
            TemplateMismatch: empty, over 50 minutiae, not a whole number of them, or impossible facts.
        """
        return cls(data, model=model, position=position, kind=kind, mirrored=mirrored)

    @classmethod
    def from_minutiae(
        cls,
        minutiae: Minutiae,
        *,
        model: str,
        position: int = 0,
        kind: Kind = "contact",
        mirrored: bool = False,
    ) -> FingerTemplate:
        """Pack minutiae, best first, at 0.1 mm and 64 angles; the 50 best that fit 25.5 by 51.1 mm.

        Raises:
            TemplateMismatch: no minutiae.
        """
        data = _pack(minutiae)
        return cls(data, model=model, position=position, kind=kind, mirrored=mirrored)

    @property
    def minutiae(self) -> int:
        """How many minutiae it holds, 1 to 50."""
        return len(self._data) // MINUTIA_BYTES

    @property
    def agrees_with_contact(self) -> bool:
        """Whether it has the handedness of a contact print."""
        return self.kind == "contact" or self.mirrored

    def truncated(self, most: int) -> FingerTemplate:
        """The same with its `most` best minutiae, for a code with less room.

        Raises:
            TemplateMismatch: `most` is under 1.
        """
        data = self._data[: max(most, 0) * MINUTIA_BYTES]
        return FingerTemplate(
            data, model=self.model, position=self.position, kind=self.kind, mirrored=self.mirrored
        )

    def to_bytes(self) -> bytes:
        """Three bytes a minutia, best first. For the seal, and for nothing else.

        From the highest bit: x (8 bits) and y (9) in units of 0.1 mm, right and down from the least of each;
        the angle (6) in units of 1/64 turn, anticlockwise from the right; 1 for an ending.
        """
        return self._data

    def __repr__(self) -> str:
        return f"FingerTemplate({self.position.label}, {self.kind}, model={self.model!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Templates are not pickled: they are compared in memory and dropped.")

    __hash__ = None  # type: ignore[assignment]


def minutiae_of(template: FingerTemplate) -> Minutiae:
    """Unpack a template, for the matcher and the record formats; quality is the rank, 1 down to 0."""
    data = np.frombuffer(template.to_bytes(), np.uint8).astype(np.int64).reshape(-1, MINUTIA_BYTES)
    word = (data[:, 0] << 16) | (data[:, 1] << 8) | data[:, 2]
    return Minutiae(
        x=(word >> 16) / UNITS_PER_MM,
        y=((word >> 7) & (_SPAN_Y - 1)) / UNITS_PER_MM,
        angle=(((word >> 1) & (ANGLES - 1)) * (2 * np.pi / ANGLES)).astype(np.float64),
        ending=(word & 1).astype(np.bool_),
        quality=1.0 - np.arange(len(word)) / len(word),
    )


def packed_origin(minutiae: Minutiae) -> tuple[float, float]:
    """Where a template of these minutiae has its origin, (x, y) in mm of theirs: for drawings.

    Raises:
        TemplateMismatch: no minutiae.
    """
    x, y, _ = _chosen(minutiae)
    return float(x.min()) / UNITS_PER_MM, float(y.min()) / UNITS_PER_MM


def _chosen(minutiae: Minutiae) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp]]:
    """Places in units and indices of those that a template holds."""
    x = np.rint(minutiae.x * UNITS_PER_MM).astype(np.int64)
    y = np.rint(minutiae.y * UNITS_PER_MM).astype(np.int64)
    inside = _window(x, _SPAN_X) & _window(y, _SPAN_Y)
    chosen = np.flatnonzero(inside)[:MAX_MINUTIAE]
    if chosen.size == 0:
        raise TemplateMismatch("There are no minutiae to make a finger template of.")
    return x[chosen], y[chosen], chosen


def _pack(minutiae: Minutiae) -> bytes:
    x, y, chosen = _chosen(minutiae)
    x, y = x - x.min(), y - y.min()
    angle = np.rint(minutiae.angle[chosen] * (ANGLES / (2 * np.pi))).astype(np.int64) % ANGLES
    word = (x << 16) | (y << 7) | (angle << 1) | minutiae.ending[chosen]
    return np.stack([word >> 16, word >> 8, word], axis=1).astype(np.uint8).tobytes()


def _window(values: NDArray[np.int64], span: int) -> NDArray[np.bool_]:
    """Which values lie in the stretch of `span` units that holds the most of them."""
    if values.size == 0:
        return np.zeros(0, np.bool_)
    ordered = np.sort(values)
    held = np.searchsorted(ordered, ordered + span, side="left") - np.arange(ordered.size)
    start = ordered[int(held.argmax())]
    inside: NDArray[np.bool_] = (values >= start) & (values < start + span)
    return inside
