"""The process that decodes apart, attacked again: what it answers isn't believed either."""

from __future__ import annotations

import io
import resource
from pathlib import Path

import pytest
from PIL import Image

from moiety import image, image_apart
from moiety.errors import ImageUnreadable

TAKEN_OVER = """
import struct, sys
REQUEST, ANSWER = struct.Struct(">16sIIQB"), struct.Struct(">BIIdBB")
_, _, size, _, _ = REQUEST.unpack(sys.stdin.buffer.read(REQUEST.size))
sys.stdin.buffer.read(size)
sys.stdout.buffer.write(ANSWER.pack(0, 30000, 30000, 72.0, 1, 0))
try:
    while True:
        sys.stdout.buffer.write(bytes(1 << 20))
except OSError:
    pass
"""


def webp() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 64)).save(stream, "WEBP")
    return stream.getvalue()


def test_a_decoder_that_was_taken_over_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "taken_over.py"
    program.write_text(TAKEN_OVER)
    image_apart._end()  # none that began with the right program
    monkeypatch.setattr(image_apart, "_PROGRAM", program)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageUnreadable):
        image.load(webp())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB; it promised 2.7 GB
    assert image_apart._children.take() is None


def test_no_answer_waits_for_another_persons_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends a reading, the process that still holds the pixels ends with it."""

    def interrupted(*_: object) -> object:
        raise MemoryError

    image_apart._end()
    begun = list[image_apart._Child]()
    keep = image_apart._Child.__init__

    def noted(child: image_apart._Child) -> None:
        keep(child)
        begun.append(child)

    monkeypatch.setattr(image_apart._Child, "__init__", noted)
    with monkeypatch.context() as short:
        short.setattr("moiety.image_apart.np.empty", interrupted)
        with pytest.raises(MemoryError):
            image.load(webp())
    assert len(begun) == 1 and begun[0].process.returncode is not None
    assert image.load(webp()).width == 64
