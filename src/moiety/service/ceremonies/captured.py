"""What a client captured: pictures in memory, for one request, and gone with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from moiety.errors import RequestMalformed
from moiety.finger.seen import SeenHand
from moiety.liveness.challenge import Motion
from moiety.presence import Watch
from moiety.session.parameters import ID_BYTES, NONCE_BYTES


@dataclass(frozen=True, slots=True, repr=False)
class Captured:
    """The captures of one person in one ceremony; every picture is the bytes of a file.

    Attributes:
        faces: pictures of the face: several to enrol, one to verify where no liveness is required.
        frames: the frames of a liveness challenge with their times (milliseconds from its beginning), for
            practice alone: a ceremony takes `live`, whose frames came through a connection with a clock.
        motion: which challenge they answer: "turn", or "low" for people who cannot turn their heads.
        live: frames that were looked at while they came, in place of `frames`; its challenge is checked.
        attempted_at: when the attempt at that challenge was counted, UTC seconds.
        fingers: one scan of each finger by its name.
        hands: photographs of four fingers by side, or the fingers that were found in them while they came.
    """

    faces: tuple[bytes, ...] = ()
    frames: tuple[tuple[float, bytes], ...] = ()
    motion: Motion = "turn"
    live: Watch | None = None
    attempted_at: int | None = None
    fingers: Mapping[str, bytes] = field(default_factory=dict)
    hands: Mapping[str, bytes | SeenHand] = field(default_factory=dict)


def identifier_of(text: str) -> bytes:
    """A ceremony's identifier from its hexadecimal text, 16 bytes.

    Raises:
        RequestMalformed: it is none.
    """
    return _octets(text, ID_BYTES, "A ceremony's identifier")


def nonce_of(text: str) -> bytes:
    """A ceremony's nonce from its hexadecimal text, 32 bytes.

    Raises:
        RequestMalformed: it is none.
    """
    return _octets(text, NONCE_BYTES, "A ceremony's nonce")


def _octets(text: str, length: int, what: str) -> bytes:
    try:
        data = bytes.fromhex(text) if text.isascii() and len(text) == 2 * length else b""
    except ValueError:
        data = b""
    if len(data) != length:
        raise RequestMalformed(f"{what} has {2 * length} hexadecimal digits.")
    return data
