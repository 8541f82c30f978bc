from __future__ import annotations

import importlib
import importlib.util
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

from moiety.errors import ImageUnreadable
from moiety.finger.scan import load

HAS_WSQ = importlib.util.find_spec("wsq") is not None
WITH_WSQ = pytest.mark.skipif(not HAS_WSQ, reason="the wsq extra is not installed")


def scan_bytes(kind: str) -> bytes:
    y, x = np.mgrid[:200, :160]
    grey = (128 + 100 * np.cos(x * 0.5 + y * 0.3)).astype(np.uint8)
    out = BytesIO()
    pillow.fromarray(grey).save(out, kind, dpi=(500, 500))
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "JPEG"])
def test_reads_scans_with_their_resolution(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "scan"
    file.write_bytes(scan_bytes(kind))
    image = load(file)
    assert (image.height, image.width) == (200, 160)
    assert image.ppi == pytest.approx(500, abs=0.5)


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"BM", b"II*\x00" + bytes(40)])
def test_refuses_what_is_no_scan(data: bytes) -> None:
    with pytest.raises(ImageUnreadable):
        load(data)


@pytest.mark.skipif(HAS_WSQ, reason="the wsq extra is installed")
def test_says_how_to_read_wsq() -> None:
    with pytest.raises(ImageUnreadable) as refused:
        load(b"\xff\xa0\xff\xa8" + bytes(100))
    assert "moiety[wsq]" in refused.value.remedy


@WITH_WSQ
def test_refuses_damaged_wsq() -> None:
    with pytest.raises(ImageUnreadable):
        load(b"\xff\xa0\xff\xa8" + bytes(100))


@WITH_WSQ
def test_reads_wsq(tmp_path: Path) -> None:
    importlib.import_module("wsq")  # registers the format
    grey = pillow.open(BytesIO(scan_bytes("PNG")))
    grey.save(tmp_path / "scan.wsq")
    image = load(tmp_path / "scan.wsq")
    assert (image.height, image.width) == (200, 160)
    assert np.abs(image.rgb[..., 0].astype(int) - np.asarray(grey).astype(int)).mean() < 6
