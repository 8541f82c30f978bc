from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.errors import DocumentUnreadable, UsageError
from moiety.finger import formats
from moiety.finger.template import FingerTemplate, minutiae_of

from .conftest import make_minutiae, packed

MODEL = "leader-2026"

# Written by hand after ISO/IEC 19794-2:2005, 7.3 and 7.4: a left index, two minutiae, no extended data.
BY_HAND = bytes.fromhex(
    "464d520020323000"  # "FMR\0", " 20\0"
    "0000002a"  # 42 bytes
    "0000"  # capture device
    "01840176"  # 388 x 374 pixels
    "00c500c5"  # 197 pixels a centimetre
    "0100"  # one view, reserved
    "07005002"  # left index, view 0 and live-scan plain, quality 80, two minutiae
    "404500648063"  # ending at (69, 100), 128 x 1.40625 = 180 degrees, quality 99
    "80c500c84032"  # bifurcation at (197, 200), 90 degrees, quality 50
    "0000"
)


def test_reads_a_record_made_by_hand() -> None:
    record = formats.read(BY_HAND, model=MODEL)
    (template,) = record.templates
    found = minutiae_of(template)
    assert record.quirks == ()
    assert (template.position, template.kind, template.model) == (7, "contact", MODEL)
    assert found.x[1] - found.x[0] == pytest.approx(128 / 19.7, abs=0.1)
    assert found.y[1] - found.y[0] == pytest.approx(100 / 19.7, abs=0.1)
    assert found.angle == pytest.approx([np.pi, np.pi / 2])
    assert found.ending.tolist() == [True, False]
    assert repr(record) == "FingerRecord(1 views, quirks=[])"


def test_what_is_written_is_read_back() -> None:
    one, other = packed(make_minutiae(1), position=2), packed(make_minutiae(2, 50), position=3)
    data = formats.write([one, other])
    record = formats.read(data, model=MODEL)
    assert record.quirks == ()
    assert len(data) == 24 + 2 * (4 + 2) + 6 * 90
    assert int.from_bytes(data[8:12], "big") == len(data)
    for before, after in zip((one, other), record.templates, strict=True):
        a, b = minutiae_of(before), minutiae_of(after)
        assert after.position == before.position
        assert np.abs(a.x - b.x).max() <= 0.1 + 1e-9
        assert np.abs(a.y - b.y).max() <= 0.1 + 1e-9
        assert np.array_equal(a.angle, b.angle)
        assert np.array_equal(a.ending, b.ending)


def test_contactless_prints_go_through() -> None:
    one = packed(make_minutiae(1), kind="contactless", mirrored=True)
    (after,) = formats.read(formats.write([one]), model=MODEL).templates
    assert (after.kind, after.mirrored) == ("contactless", True)


def test_refuses_to_write_what_the_format_cannot_say(template: FingerTemplate) -> None:
    with pytest.raises(UsageError):
        formats.write([])
    with pytest.raises(UsageError):
        formats.write([packed(make_minutiae(1), kind="contactless")])
    with pytest.raises(UsageError):
        formats.write([template] * 17)
    with pytest.raises(UsageError):
        formats.write([template], width=10, height=10)
    assert formats.read(formats.write([template] * 16, width=500, height=500), model=MODEL).quirks == ()


def test_keeps_the_fifty_of_highest_quality() -> None:
    rows = b"".join(struct.pack(">HHBB", (1 << 14) | (4 * i), 300, 0, i + 1) for i in range(80))
    body = struct.pack(">BBBB", 1, 0, 0, 80) + rows + b"\0\0"
    data = BY_HAND[:8] + struct.pack(">I", 24 + len(body)) + BY_HAND[12:24] + body
    found = minutiae_of(formats.read(data, model=MODEL).templates[0])
    assert len(found) == 50
    assert np.all(np.diff(found.x) < 0)  # quality rises with x here, and the best come first


def edited(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("data", "quirk"),
    [
        (edited(BY_HAND, 8, b"\0\0\0\0"), "length-field"),
        (BY_HAND[:-2], "no-extended-length"),
        (BY_HAND + b"\0\0\0", "trailing-zeros"),
        (edited(BY_HAND, 33, b"\xff"), "quality-over-100"),
        (edited(BY_HAND, 23, b"\x07"), "reserved-bits"),
        (edited(BY_HAND, 30, b"\xc0"), "reserved-bits"),
        (edited(BY_HAND, 14, b"\0\x64"), "outside-image"),
        (edited(BY_HAND, 18, bytes(4)), "no-resolution"),
        (edited(BY_HAND[:22] + b"\0" + BY_HAND[25:-2], 18, bytes(4)), "no-view-count"),
    ],
)
def test_quirks_are_tolerated_by_name(data: bytes, quirk: str) -> None:
    record = formats.read(data, model=MODEL)
    assert quirk in record.quirks
    assert set(record.quirks) <= set(formats.QUIRKS)
    assert record.templates[0].minutiae == 2


def test_extended_data_is_passed_over() -> None:
    area = struct.pack(">HH", 1, 8) + b"\x01\x02\x03\x04"
    data = BY_HAND[:-2] + struct.pack(">H", len(area)) + area
    data = edited(data, 8, struct.pack(">I", len(data)))
    assert formats.read(data, model=MODEL).quirks == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"FMR\0",
        edited(BY_HAND, 0, b"FIR\0"),
        edited(BY_HAND, 4, b"030\0"),
        edited(BY_HAND, 8, b"\0\x2a\0\x00"),
        edited(BY_HAND, 18, b"\0\0"),
        edited(BY_HAND, 22, b"\0"),
        edited(BY_HAND, 22, b"\x02"),
        edited(BY_HAND, 24, b"\x0b"),
        edited(BY_HAND, 25, b"\x05"),
        edited(BY_HAND, 27, b"\x00"),
        edited(BY_HAND, 27, b"\x03"),
        edited(BY_HAND, 28, b"\xc0"),
        BY_HAND[:-1],
        BY_HAND[:35],
        BY_HAND + b"\0\1",
        BY_HAND[:-2] + b"\0\x04\0\1\0\x03",
        BY_HAND[:-2] + b"\0\x04\0\1\0\xff",
        BY_HAND[:-2] + b"\0\x03\0\1\0",
        BY_HAND[:-2] + b"\0\x09\0\1\0\x04",
        bytes(70_000),
    ],
)
def test_bad_records_are_refused(data: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        formats.read(data, model=MODEL)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    record = bytearray(
        data.draw(st.sampled_from([BY_HAND, formats.write([packed(make_minutiae(1, 9))] * 2)]))
    )
    for _ in range(data.draw(st.integers(0, 6))):
        record[data.draw(st.integers(0, len(record) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(record[: data.draw(st.integers(0, len(record)))]) + data.draw(st.binary(max_size=8))
    try:
        found = formats.read(cut, model=MODEL)
    except DocumentUnreadable:
        return
    assert all(1 <= one.minutiae <= 50 for one in found.templates)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        formats.read(data, model=MODEL)
    with pytest.raises(DocumentUnreadable):
        formats.read(b"FMR\0 20\0" + data[:15], model=MODEL)
