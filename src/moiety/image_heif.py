"""HEIC in a process of its own, with little memory and time: libheif has had memory bugs (see its CVEs)."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.errors import ImageTooLarge, ImageUnreadable

SECONDS: Final = 10
MEMORY_BYTES: Final = 1_500_000_000
"""Address space for interpreter, libraries and 50 megapixels at 4 bytes, twice."""

_CHILD: Final = """
import io, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2])))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import pillow_heif
from PIL import Image, ImageOps
pillow_heif.register_heif_opener(thumbnails=False)
with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("HEIF",)) as picture:
    if picture.width * picture.height > int(sys.argv[3]):
        sys.exit(9)
    upright = ImageOps.exif_transpose(picture).convert("RGB")
size = upright.width.to_bytes(4, "big") + upright.height.to_bytes(4, "big")
sys.stdout.buffer.write(size + upright.tobytes())
"""


def decode(data: bytes, *, max_pixels: int = 50_000_000) -> NDArray[np.uint8]:
    """Decode a HEIC picture to a uint8 array of shape (height, width, 3), red first.

    Raises:
        ImageUnreadable: the decoder failed, ran out of memory, or took more than `SECONDS`.
        ImageTooLarge: more than `max_pixels`.
    """
    command = [sys.executable, "-I", "-c", _CHILD, str(MEMORY_BYTES), str(SECONDS), str(max_pixels)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS + 2, check=False)
    except subprocess.TimeoutExpired as error:
        raise ImageUnreadable("The HEIC picture took too long to decode.") from error
    if done.returncode == 9:
        raise ImageTooLarge("The HEIC picture has too many pixels.")
    width, height = int.from_bytes(done.stdout[:4], "big"), int.from_bytes(done.stdout[4:8], "big")
    if done.returncode != 0 or len(done.stdout) != 8 + width * height * 3:
        raise ImageUnreadable("The HEIC picture is truncated or damaged.")
    return np.frombuffer(done.stdout, np.uint8, offset=8).reshape(height, width, 3)
