"""Frames at the door: bounded, paced, the newest first kept; hostile ones refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.errors import RequestMalformed
from moiety.service.capture import parameters as p
from moiety.service.capture.frames import FULL, HEADER, SMALL, Frame, Pace, Waiting, parse

JPEG = b"\xff\xd8\xff\xe0 and so on"


def frame(seq: int, *, kind: int = SMALL, at_ms: int = 0, jpeg: bytes = JPEG) -> bytes:
    return HEADER.pack(kind, 1, seq, at_ms) + jpeg


def test_a_frame_is_read() -> None:
    found = parse(frame(7, kind=FULL, at_ms=1234))
    assert (found.full, found.clock, found.seq, found.at_ms, found.jpeg) == (True, 1, 7, 1234, JPEG)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEADER.pack(0, 0, 1, 0),
        frame(1, kind=2),
        frame(1, jpeg=b"\x89PNG\r\n\x1a\n"),
        frame(1, jpeg=JPEG + b"\0" * p.SMALL_BYTES_MOST),
        frame(1, kind=FULL, jpeg=JPEG + b"\0" * p.FULL_BYTES_MOST),
    ],
    ids=["empty", "header alone", "unknown kind", "no JPEG", "small too large", "full too large"],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(RequestMalformed):
        parse(data)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    try:
        found = parse(data)
    except RequestMalformed:
        return
    assert found.jpeg.startswith(b"\xff\xd8\xff")


def test_older_frames_give_way_and_numbers_rise() -> None:
    waiting = Waiting()
    for seq in range(1, 9):
        waiting.put(parse(frame(seq)))
    waiting.put(parse(frame(9, kind=FULL)))
    assert waiting.dropped == 8 - p.WAITING_MOST
    taken = []
    while (one := waiting.take()) is not None:
        taken.append(one.seq)
    assert taken == [9, 6, 7, 8]
    with pytest.raises(RequestMalformed):
        waiting.put(parse(frame(9)))


@given(st.lists(st.floats(0, 0.2), max_size=200))
def test_no_more_pass_than_the_pace_allows(gaps: list[float]) -> None:
    pace, now, passed = Pace(), 0.0, 0
    for gap in gaps:
        now += gap
        passed += pace.allows(now)
    assert passed <= p.FRAMES_AT_ONCE + now * p.FRAMES_A_SECOND + 1


def test_an_honest_page_is_never_slowed_down() -> None:
    pace = Pace()
    assert all(pace.allows(i / 9) for i in range(300))


def test_a_frame_does_not_print_its_picture() -> None:
    assert "and so on" not in repr(Frame(False, 0, 1, 0, JPEG))
