"""WSQ in a process of its own, with little memory and time: its decoder is C, written for friendly files."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.errors import ImageTooLarge, ImageUnreadable

SECONDS: Final = 10
MEMORY_BYTES: Final = 1_000_000_000
"""Address space for interpreter, libraries and 25 megapixels as floats, twice."""

MAX_PIXELS: Final = 25_000_000
"""A card of ten rolled prints at 500 ppi has 16 megapixels."""

_CHILD: Final = """
import io, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2])))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import wsq
from PIL import Image
with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("WSQ",)) as picture:
    if picture.width * picture.height > int(sys.argv[3]):
        sys.exit(9)
    grey = picture.convert("L")
size = grey.width.to_bytes(4, "big") + grey.height.to_bytes(4, "big")
sys.stdout.buffer.write(size + grey.tobytes())
"""


def decode(data: bytes) -> NDArray[np.uint8]:
    """Decode a WSQ scan to a uint8 array of shape (height, width).

    Raises:
        ImageUnreadable: the optional decoder is not installed, failed, or took more than `SECONDS`.
        ImageTooLarge: more than `MAX_PIXELS`.
    """
    if importlib.util.find_spec("wsq") is None:
        raise ImageUnreadable(
            "WSQ scans need the optional decoder.", remedy="Install moiety[wsq], or export the scan as PNG."
        )
    command = [sys.executable, "-I", "-c", _CHILD, str(MEMORY_BYTES), str(SECONDS), str(MAX_PIXELS)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS + 2, check=False)
    except subprocess.TimeoutExpired as error:
        raise ImageUnreadable("The WSQ scan took too long to decode.") from error
    if done.returncode == 9:
        raise ImageTooLarge("The WSQ scan has too many pixels.")
    width, height = int.from_bytes(done.stdout[:4], "big"), int.from_bytes(done.stdout[4:8], "big")
    if done.returncode != 0 or len(done.stdout) != 8 + width * height:
        raise ImageUnreadable("The WSQ scan is truncated or damaged.")
    return np.frombuffer(done.stdout, np.uint8, offset=8).reshape(height, width)
