"""One connection from its opening to its end: orders and frames in, messages out, nothing kept.

A page says what it wants (`guide`, `challenge`, `shutter`, `finish`, ...), and sends frames. One task
listens, one looks at frames, one shows prompts at their times. Whatever cannot keep pace is dropped: a
frame, never the connection. Frames of a challenge are not: they are let in by when they arrive, acknowledged
at once, and looked at as fast as the machine can, so that a slow one costs time and not the challenge.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, cast

from moiety import image
from moiety.errors import ImageUnreadable, InputError, MoietyError, RequestMalformed
from moiety.liveness import Challenge
from moiety.service.capture import parameters as p
from moiety.service.capture import scenes
from moiety.service.capture.desk import Desk, Taken
from moiety.service.capture.frames import HEADER, Frame, Pace, Waiting, parse
from moiety.service.capture.scenes import Message, Scene
from moiety.service.failures import INTERNAL, body_of

logger: Final = logging.getLogger("moiety.service")
_CHALLENGE_CLOCK: Final = 1
Run = Callable[[Callable[[], object]], Awaitable[object]]
"""Runs what blocks in a worker thread."""


class Link(Protocol):
    """The two ends of a WebSocket, as far as a conversation needs them."""

    async def receive(self) -> str | bytes | None:
        """The next message, or None at the end."""
        ...

    async def send(self, text: str) -> None:
        """Send a message.

        Raises:
            ConnectionError: nobody is there any more.
        """
        ...

    def allow(self, most: int) -> None:
        """Set how many bytes the next message may have."""
        ...


class Conversation:
    """One connection. `open_desk` is called with the first order, in a worker thread."""

    def __init__(
        self,
        link: Link,
        open_desk: Callable[[Mapping[str, object]], Desk] | None,
        run: Run,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._open_desk = open_desk
        self._run = run
        self._clock = clock
        self._desk: Desk | None = None
        self._scene: Scene | None = None
        self._taken = Taken()
        self._waiting = Waiting()
        self._orders: asyncio.Queue[Mapping[str, object]] = asyncio.Queue(maxsize=16)
        self._stir = asyncio.Event()
        self._sending = asyncio.Lock()
        self._pace = Pace()
        self._wanted = 0
        self._started: float | None = None
        self._arrived_ms = -1
        self._looking = False
        self._prompter: asyncio.Task[None] | None = None
        self._silence_s = p.SILENCE_S
        self._ended = False

    async def hold(self) -> None:
        """Hold the conversation until it ends, for whatever reason; then let go of every frame."""
        self._want(0)
        listener = asyncio.create_task(self._listen())
        try:
            async with asyncio.timeout(p.CONNECTION_S):
                await self._work(listener)
        except TimeoutError:
            await self._fail(RequestMalformed("This capture took too long.", remedy="Begin a new one."))
        except MoietyError as error:
            await self._fail(error)
        except ConnectionError:
            pass  # the page is gone: nobody is there to be told
        except Exception as error:
            # Its type alone: a library's message could carry what must not be logged.
            logger.error("internal error %s in a capture", type(error).__name__)
            await self._say({"say": "failed", "error": INTERNAL})
        finally:
            for task in (listener, self._prompter):
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, Exception):
                        await task
            self._taken.clear()
            self._waiting.clear()
            self._scene = self._desk = None

    # --- listening -----------------------------------------------------------------------------------------
    async def _listen(self) -> None:
        told = 0
        while True:
            async with asyncio.timeout(self._silence_s):
                message = await self._link.receive()
            if message is None:
                return
            if isinstance(message, bytes):
                await self._admit(message)
                continue
            told += 1
            if told > p.MESSAGES_MOST or len(message) > p.TEXT_BYTES_MOST:
                raise RequestMalformed("Too many or too long messages.")
            self._orders.put_nowait(order_of(message))
            self._stir.set()

    async def _admit(self, data: bytes) -> None:
        frame = parse(data)
        if frame.full and self._wanted == 0:  # nobody asked for it
            await self._say({"say": "passed", "seq": frame.seq})
            return
        if frame.full:
            self._want(self._wanted - 1)
        if not self._pace.allows(self._clock()):
            await self._say({"say": "passed", "seq": frame.seq})  # told, or the page would wait for it
            return
        challenged = isinstance(self._scene, scenes.Turns)
        if challenged and not self._timely(frame):
            await self._say({"say": "passed", "seq": frame.seq})
            return
        self._waiting.put(frame)
        self._stir.set()
        if challenged:
            self._arrived_ms = frame.at_ms
            await self._say({"say": "got", "seq": frame.seq, "behind": len(self._waiting)})

    # --- working -------------------------------------------------------------------------------------------
    async def _work(self, listener: asyncio.Task[None]) -> None:
        while not self._ended:
            if not self._orders.empty():
                await self._obey(self._orders.get_nowait())
            elif (frame := self._waiting.take()) is not None:
                await self._look(frame)
            elif listener.done():
                _raise_of(listener)
                return
            else:
                self._stir.clear()
                stirred = asyncio.create_task(self._stir.wait())
                await asyncio.wait({stirred, listener}, return_when=asyncio.FIRST_COMPLETED)
                stirred.cancel()

    async def _look(self, frame: Frame) -> None:
        scene = self._scene
        if scene is None or (isinstance(scene, scenes.Turns) and frame.clock != _CHALLENGE_CLOCK):
            await self._say({"say": "passed", "seq": frame.seq})
            return
        self._looking = True
        try:
            told = await self._run(lambda: _see(scene, frame))
        except InputError:
            await self._say({"say": "passed", "seq": frame.seq})  # one spoilt frame is no reason to stop
            return
        finally:
            self._looking = False
        if scene is self._scene:  # else an order has come in between
            for message in cast("list[Message]", told):
                await self._tell(message)

    async def _tell(self, message: Message) -> None:
        if message["say"] == "taken":
            self._keep()
        if message["say"] == "code":
            self._ended = True
        await self._say(message)

    def _want(self, count: int) -> None:
        """So many full-size frames are expected; the rest is small."""
        self._wanted = count
        self._link.allow(HEADER.size + (p.FULL_BYTES_MOST if count else p.SMALL_BYTES_MOST))

    def _keep(self) -> None:
        if isinstance(self._scene, scenes.Faces):
            self._taken.faces = list(self._scene.taken)
        if isinstance(self._scene, scenes.Hand) and self._scene.taken is not None:
            self._taken.hands[self._scene.side] = self._scene.taken

    def _timely(self, frame: Frame) -> bool:
        """Whether a frame of a challenge arrives when its date says: recorded ones do not."""
        if self._started is None or frame.clock != _CHALLENGE_CLOCK or frame.full:
            return False
        if len(frame.jpeg) > p.BACKLOG_BYTES_MOST:
            return False
        now_ms = (self._clock() - self._started) * 1000
        return frame.at_ms - p.AHEAD_MS <= now_ms <= frame.at_ms + p.LATE_MS

    # --- orders --------------------------------------------------------------------------------------------
    async def _obey(self, order: Mapping[str, object]) -> None:
        do = order.get("do")
        if do == "code" and self._open_desk is None:
            self._scene = scenes.Code()
            self._want(1)  # a file that the page reads a code from
            return
        if do == "open" and self._desk is None and self._open_desk is not None:
            open_desk = self._open_desk
            self._desk = cast(Desk, await self._run(lambda: open_desk(order)))
            await self._say({"say": "ready", "hands": list(self._desk.hands)})
            return
        if self._desk is None:
            raise RequestMalformed("This capture was not opened.")
        await self._obey_opened(str(do), order, self._desk)

    async def _obey_opened(self, do: str, order: Mapping[str, object], desk: Desk) -> None:
        match do:
            case "guide":
                self._guide(order, desk)
            case "challenge":
                await self._challenge(order, desk)
            case "shutter":
                for message in () if self._scene is None else self._scene.shutter():
                    await self._say(message)
            case "skip":
                self._scene = None
            case "stay":
                self._silence_s = p.REVIEW_S
            case "again":
                self._taken.clear()
                self._scene = None
            case "finish":
                await self._finish(order, desk)
            case _:
                raise RequestMalformed("There is no such order.")

    def _guide(self, order: Mapping[str, object], desk: Desk) -> None:
        what, count = order.get("what"), order.get("count", 0)
        if what == "face" and type(count) is int and 0 <= count <= desk.most_faces:
            self._scene = scenes.Faces(count, desk.face_gate) if count else scenes.Framing()
        elif what == "hand" and order.get("side") in ("left", "right"):
            self._scene = scenes.Hand(str(order["side"]))
        else:
            raise RequestMalformed("There is nothing of that kind to capture.")

    async def _challenge(self, order: Mapping[str, object], desk: Desk) -> None:
        motion, flash = order.get("motion", "turn"), order.get("flash", False)
        if motion not in ("turn", "low") or type(flash) is not bool or self._prompter is not None:
            raise RequestMalformed("There is no such challenge, or one was begun already.")
        begun = await self._run(lambda: desk.challenge(motion, flash=flash))
        challenge, self._taken.attempted_at = cast("tuple[Challenge, int]", begun)
        turns = scenes.Turns(challenge)
        self._scene, self._taken.live = turns, turns.watch
        self._waiting.hold(p.BACKLOG_MOST)
        self._started = self._clock()
        await self._say({"say": "started"})
        self._prompter = asyncio.create_task(self._prompt(turns))

    async def _prompt(self, turns: scenes.Turns) -> None:
        """Show each prompt and each colour at its time, and no sooner.

        Nobody can work the challenge out before: it is drawn under a key of the service. A program can still
        answer each prompt as it comes: that is injection, which a page cannot rule out (docs/decisions/0048).
        """
        begun, challenge = self._started, turns.watch.challenge
        if begun is None:
            return
        for onset_ms, message in shown_in_time(challenge):
            await asyncio.sleep(max(0.0, begun + onset_ms / 1000 - self._clock()))
            await self._say(message)
        until = begun + challenge.duration_ms / 1000
        last = until + p.GRACE_MS / 1000
        await asyncio.sleep(max(0.0, until - self._clock()))
        while self._clock() < last and self._arrived_ms < challenge.duration_ms:
            await asyncio.sleep(0.02)
        self._started = None  # nothing more is let in; what waits is looked at
        await self._say({"say": "looking", "behind": len(self._waiting)})
        while self._clock() < last + p.BEHIND_S and (len(self._waiting) or self._looking):
            await asyncio.sleep(0.02)
        self._scene = None
        self._waiting.hold(p.WAITING_MOST)
        await self._say({"say": "seen"})
        if self._desk is not None and self._desk.hands:  # else the verdict is asked for at once
            with contextlib.suppress(MoietyError):  # it is raised where the verdict is made
                await self._run(turns.judge_ahead)

    async def _finish(self, order: Mapping[str, object], desk: Desk) -> None:
        self._scene = None
        await self._say({"say": "working"})
        answer = await self._run(lambda: desk.complete(self._taken, order))
        await self._say({"say": "done", "answer": answer})
        self._ended = True

    # --- saying --------------------------------------------------------------------------------------------
    async def _say(self, message: Mapping[str, object]) -> None:
        if message["say"] == "want":
            self._want(min(p.FULL_WAITING_MOST, self._wanted + 1))
        async with self._sending:
            await self._link.send(json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    async def _fail(self, error: MoietyError) -> None:
        async with self._sending:
            await tell_failure(self._link, error)


def shown_in_time(challenge: Challenge) -> list[tuple[int, Message]]:
    """The prompts and colours of a challenge by their onsets, in milliseconds from its beginning."""
    of = len(challenge.steps)
    prompts: list[tuple[int, Message]] = [
        (one.onset_ms, {"say": "prompt", "kind": one.kind, "index": i, "of": of, "hold_ms": one.hold_ms})
        for i, one in enumerate(challenge.steps)
    ]
    colours = [(one.onset_ms, {"say": "colour", "rgb": list(one.rgb)}) for one in challenge.flash]
    return sorted([*prompts, *colours], key=lambda one: one[0])


async def tell_failure(link: Link, error: MoietyError) -> None:
    """Say why a conversation ends, if anybody still listens."""
    with contextlib.suppress(Exception):
        await link.send(json.dumps({"say": "failed", **body_of(error)}))


def _see(scene: Scene, frame: Frame) -> list[Message]:
    most = image.MAX_DECODED_PIXELS if frame.full else p.SMALL_PIXELS_MOST
    picture = image.load(frame.jpeg, formats=("JPEG",))
    if picture.width * picture.height > most:
        raise ImageUnreadable("The frame has too many pixels.")
    return list(scene.see(frame, picture))


def order_of(text: str) -> Mapping[str, object]:
    """What the page wants.

    Raises:
        RequestMalformed: it is no JSON object that says what to do.
    """
    try:
        order = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RequestMalformed("A message is a JSON object.") from error
    if not isinstance(order, dict) or not isinstance(order.get("do"), str):
        raise RequestMalformed("A message is a JSON object that says what to do.")
    return order


def _raise_of(listener: asyncio.Task[None]) -> None:
    error = listener.exception()
    if isinstance(error, TimeoutError):
        raise RequestMalformed("Nothing came for too long.", remedy="Begin a new capture.")
    if isinstance(error, asyncio.QueueFull):
        raise RequestMalformed("Too many messages at once.")
    if error is not None:
        raise error
