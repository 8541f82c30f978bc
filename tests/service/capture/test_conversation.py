"""One connection against a desk of the test's: orders in order, prompts at their times, nothing kept."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import Picture

from moiety.errors import CeremonyRefused
from moiety.face import gate
from moiety.face.gate import Gate
from moiety.liveness import Challenge, Step
from moiety.liveness.challenge import Flash, Motion
from moiety.service.capture import parameters as p
from moiety.service.capture.conversation import Conversation, Run
from moiety.service.capture.desk import Desk, Taken
from moiety.service.capture.frames import FULL, HEADER, SMALL


class FakeDesk:
    """Takes what was captured, and remembers how much."""

    def __init__(self, refuse: bool = False) -> None:
        self.seen: dict[str, Any] = {}
        self.refuse = refuse

    @property
    def face_gate(self) -> Gate:
        return gate.ENROL

    @property
    def most_faces(self) -> int:
        return 3

    @property
    def hands(self) -> tuple[str, ...]:
        return ()

    def challenge(self, motion: Motion, *, flash: bool = False) -> tuple[Challenge, int]:
        steps = (Step("centre", 0, 500), Step("left", 500, 400), Step("centre", 900, 300))
        colours = (Flash((255, 176, 110), 0, 600), Flash((110, 176, 255), 600, 600))
        return Challenge(motion, steps, colours if flash else ()), 0

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        if self.refuse:
            raise CeremonyRefused("This ceremony has expired.")
        frames = 0 if taken.live is None else len(taken.live.observations)
        self.seen = {"faces": len(taken.faces), "hands": sorted(taken.hands), "frames": frames, **order}
        return {"outcome": "accept"}


class Page:
    """The page's end: sends what a script says, hears everything."""

    def __init__(self) -> None:
        self.to_service: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.heard: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self.seq = 0
        self.most = 0

    async def receive(self) -> str | bytes | None:
        return await self.to_service.get()

    def allow(self, most: int) -> None:
        self.most = most

    async def send(self, text: str) -> None:
        self.heard.append(json.loads(text))
        self._news.set()

    def tell(self, **order: object) -> None:
        self.to_service.put_nowait(json.dumps(order))

    def frame(self, jpeg: bytes, *, full: bool = False, clock: int = 1, at_ms: int = 0) -> None:
        self.seq += 1
        self.to_service.put_nowait(HEADER.pack(FULL if full else SMALL, clock, self.seq, at_ms) + jpeg)

    async def until(self, say: str, **more: object) -> dict[str, Any]:
        while True:
            for one in self.heard:
                if one["say"] == say and more.items() <= one.items():
                    self.heard.remove(one)
                    return one
            self._news.clear()
            async with asyncio.timeout(20):
                await self._news.wait()


async def in_thread(task: Callable[[], object]) -> object:
    return await asyncio.to_thread(task)


def small(pixels: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".jpg", pixels)
    assert done
    return data.tobytes()


@pytest.fixture(scope="module")
def portrait(picture: Picture) -> bytes:
    """A packaged portrait, as large as it is: eyes 80 px apart and more."""
    return picture("london/101/neutral")


@pytest.fixture(scope="module")
def framed(portrait: bytes) -> bytes:
    """The same as a small frame in which the face fills the outline."""
    pixels = cv2.imdecode(np.frombuffer(portrait, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return small(np.asarray(cv2.resize(pixels, (320, 320)), np.uint8))


def talk(script: Callable[[Page], Any], desk: Desk | None, run_in: Run = in_thread) -> Page:
    """Hold a conversation with a page that acts by `script`."""

    async def run() -> Page:
        page = Page()
        opened = None if desk is None else (lambda order: desk)
        holding = asyncio.create_task(Conversation(page, opened, run_in).hold())
        try:
            await script(page)
        finally:
            page.to_service.put_nowait(None)
            async with asyncio.timeout(20):
                await holding
        return page

    return asyncio.run(run())


def test_three_faces_are_taken_and_the_ceremony_is_completed(framed: bytes, portrait: bytes) -> None:
    desk = FakeDesk()

    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        await page.until("ready")
        page.tell(do="guide", what="face", count=3)
        at = 0
        for index in range(3):
            while not any(one["say"] == "want" for one in page.heard):
                at += 400
                page.frame(framed, at_ms=at)
                await page.until("hint", seq=page.seq)
                await asyncio.sleep(0.1)
            while any(one["say"] == "want" for one in page.heard):
                await page.until("want")
                page.frame(portrait, full=True, at_ms=at)
                await page.until("hint", seq=page.seq)
                await asyncio.sleep(0.1)
            taken = await page.until("taken")
            assert (taken["index"], taken["of"]) == (index, 3)
            at += 1000
        page.tell(do="finish", pin=None)
        assert (await page.until("done"))["answer"] == {"outcome": "accept"}

    talk(script, desk)
    assert desk.seen["faces"] == 3


def test_prompts_come_at_their_times_and_not_before(portrait: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the clock of the conversation; the frames of the wrong moments are not looked at.

    How much later than its time a prompt comes is up to the machine, and is not tested.
    """
    monkeypatch.setattr(p, "GRACE_MS", 300)
    monkeypatch.setattr(p, "LATE_MS", 600)
    desk = FakeDesk()
    challenge, _ = desk.challenge("turn")
    times: list[tuple[str, float]] = []

    async def script(page: Page) -> None:
        loop = asyncio.get_running_loop()
        page.tell(do="open", nonce="00")
        await page.until("ready")
        page.tell(do="challenge", motion="turn")
        await page.until("started")
        begun = loop.time()
        page.frame(portrait, at_ms=60_000)
        assert (await page.until("passed"))["seq"] == 1  # from a time that has not come
        page.frame(portrait, at_ms=10)
        await page.until("hint")
        for _ in challenge.steps:
            prompt = await page.until("prompt")
            times.append((prompt["kind"], (loop.time() - begun) * 1000))
        page.frame(portrait, at_ms=20)
        assert (await page.until("passed"))["seq"] == 3  # held back
        page.frame(portrait, clock=0, at_ms=int((loop.time() - begun) * 1000))
        assert (await page.until("passed"))["seq"] == 4  # dated by the clock before the challenge
        await page.until("seen")
        page.tell(do="finish")
        await page.until("done")

    talk(script, desk)
    assert [kind for kind, _ in times] == [one.kind for one in challenge.steps]
    assert all(at - step.onset_ms >= -50 for (_, at), step in zip(times, challenge.steps, strict=True))
    assert desk.seen["frames"] == 1


@pytest.mark.parametrize("agreed", [None, False, True])
def test_colours_come_only_where_they_were_agreed_to(
    agreed: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p, "GRACE_MS", 50)

    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        await page.until("ready")
        page.tell(do="challenge", motion="turn", **({} if agreed is None else {"flash": agreed}))
        await page.until("seen")
        told = [one for one in page.heard if one["say"] in ("prompt", "colour")]
        colours = [one["rgb"] for one in told if one["say"] == "colour"]
        assert colours == ([[255, 176, 110], [110, 176, 255]] if agreed else [])
        assert [one["say"] for one in told] == (
            ["prompt", "colour", "prompt", "colour", "prompt"] if agreed else ["prompt"] * 3
        )

    talk(script, FakeDesk())


@pytest.mark.parametrize("flash", ["yes", 1, None])
def test_what_is_no_agreement_to_colours_is_refused(flash: object) -> None:
    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        await page.until("ready")
        page.tell(do="challenge", motion="turn", flash=flash)
        assert (await page.until("failed"))["error"]["code"] == "request-malformed"

    talk(script, FakeDesk())


def test_a_slow_machine_costs_time_and_no_frame_of_a_challenge(
    portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is looked at before the challenge is over: all frames are let in, and judged after it."""
    monkeypatch.setattr(p, "GRACE_MS", 15_000)
    desk, free = FakeDesk(), asyncio.Event()

    async def slow(task: Callable[[], object]) -> object:
        await free.wait()
        return await in_thread(task)

    async def script(page: Page) -> None:
        free.set()
        page.tell(do="open", nonce="00")
        await page.until("ready")
        page.tell(do="challenge", motion="turn")
        await page.until("started")
        free.clear()
        await page.until("prompt", kind="left")
        for number in range(p.FRAMES_AT_ONCE):
            page.frame(portrait, at_ms=number * 80)
            assert (await page.until("got", seq=page.seq))["behind"] <= number + 1
        await page.until("prompt", index=2)
        page.frame(portrait, at_ms=1200)
        await page.until("got", seq=page.seq)
        await page.until("looking")
        assert not any(one["say"] in ("hint", "seen") for one in page.heard)
        page.frame(portrait, at_ms=1201)
        assert (await page.until("passed"))["seq"] == page.seq  # the challenge is over: nothing more counts
        free.set()
        await page.until("seen")
        page.tell(do="finish")
        await page.until("done")

    talk(script, desk, slow)
    assert desk.seen["frames"] == p.FRAMES_AT_ONCE + 1


@pytest.mark.parametrize("spoil", ["full", "large"])
def test_a_challenge_takes_small_frames_alone(
    portrait: bytes, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        await page.until("ready")
        page.tell(do="challenge", motion="turn")
        await page.until("started")
        if spoil == "large":
            monkeypatch.setattr(p, "BACKLOG_BYTES_MOST", len(portrait) - 1)
        page.frame(portrait, full=spoil == "full", at_ms=1)
        assert (await page.until("passed"))["seq"] == page.seq

    talk(script, FakeDesk())


@pytest.mark.parametrize(
    "order",
    [
        {"do": "guide", "what": "face"},
        {"do": "finish"},
        {"do": "challenge"},
        {"do": "explode"},
        {"what": "face"},
        {"do": 7},
    ],
    ids=["guide", "finish", "challenge", "unknown", "no do", "a number"],
)
def test_nothing_is_done_before_the_ceremony_is_opened(order: dict[str, object]) -> None:
    desk = FakeDesk()

    async def script(page: Page) -> None:
        page.tell(**order)
        assert (await page.until("failed"))["error"]["code"] == "request-malformed"

    talk(script, desk)
    assert desk.seen == {}


@pytest.mark.parametrize(
    "order",
    [
        {"do": "guide", "what": "face", "count": 4},
        {"do": "guide", "what": "face", "count": -1},
        {"do": "guide", "what": "face", "count": True},
        {"do": "guide", "what": "hand", "side": "both"},
        {"do": "guide", "what": "gait"},
        {"do": "challenge", "motion": "none"},
        {"do": "challenge", "motion": ["turn"]},
        {"do": "challenge", "steps": [], "motion": "given"},
        {"do": "open", "nonce": "00"},
    ],
)
def test_orders_out_of_their_bounds_end_the_conversation(order: dict[str, object]) -> None:
    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        await page.until("ready")
        page.tell(**order)
        assert (await page.until("failed"))["error"]["code"] == "request-malformed"

    talk(script, FakeDesk())


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 5000, '{"do": "open"' + " " * 9000 + "}"])
def test_what_is_no_order_ends_the_conversation(text: str) -> None:
    async def script(page: Page) -> None:
        page.to_service.put_nowait(text)
        assert (await page.until("failed"))["error"]["code"] == "request-malformed"

    talk(script, FakeDesk())


def test_a_refusal_of_the_ceremony_is_told_in_the_one_shape() -> None:
    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        page.tell(do="finish")
        error = (await page.until("failed"))["error"]
        assert error["code"] == "ceremony-refused"
        assert set(error) == {"code", "text", "remedy"}

    talk(script, FakeDesk(refuse=True))


def test_a_spoilt_frame_is_passed_over(portrait: bytes) -> None:
    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        page.tell(do="guide", what="face")
        await page.until("ready")
        page.frame(portrait[:2000])
        assert (await page.until("passed"))["seq"] == 1
        page.frame(portrait)
        await page.until("hint")

    talk(script, FakeDesk())


def test_a_bomb_of_pixels_is_passed_over() -> None:
    bomb = small(np.zeros((4000, 4000), np.uint8))
    assert len(bomb) < p.SMALL_BYTES_MOST

    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        page.tell(do="guide", what="face")
        await page.until("ready")
        page.frame(bomb)
        await page.until("passed")

    talk(script, FakeDesk())


def test_a_flood_of_frames_is_dropped_and_the_hints_are_about_now(framed: bytes) -> None:
    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        page.tell(do="guide", what="face")
        await page.until("ready")
        for at in range(400):
            page.frame(framed, at_ms=at)
        await asyncio.sleep(1.0)
        hints = [one["seq"] for one in page.heard if one["say"] == "hint"]
        assert 1 <= len(hints) <= p.FRAMES_AT_ONCE + p.WAITING_MOST
        page.frame(framed, at_ms=5000)
        await asyncio.sleep(1.0)
        assert page.heard[-1]["seq"] == page.seq

    talk(script, FakeDesk())


def test_frames_end_with_their_connection(framed: bytes) -> None:
    taken: list[weakref.ref[Taken]] = []

    class Remembering(FakeDesk):
        def complete(self, one: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
            taken.append(weakref.ref(one))
            return super().complete(one, order)

    async def script(page: Page) -> None:
        page.tell(do="open", nonce="00")
        page.tell(do="guide", what="face", count=1)
        await page.until("ready")
        page.frame(framed)
        await page.until("hint")
        page.tell(do="finish")
        await page.until("done")

    talk(script, Remembering())
    gc.collect()
    assert len(taken) == 1
    assert taken[0]() is None


def test_silence_ends_the_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(p, "SILENCE_S", 0.1)

    async def script(page: Page) -> None:
        assert (await page.until("failed"))["error"]["code"] == "request-malformed"

    talk(script, FakeDesk())
