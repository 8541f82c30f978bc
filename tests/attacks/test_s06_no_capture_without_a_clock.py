"""S6: a program with a token sent a capture in one request, rendered when it knew the challenge, and was
accepted for a person who was never there; its frames served again in later ceremonies."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from tests.conftest import Picture, Stage
from tests.service.conftest import Clock, Service, open_service

from moiety.errors import CeremonyRefused
from moiety.image import Image, load
from moiety.liveness import Challenge
from moiety.presence import LiveFrame, Watch
from moiety.rendering import attacks
from moiety.rendering.head import Head
from moiety.service.ceremonies import live
from moiety.service.ceremonies.captured import Captured
from moiety.service.roles import Role
from moiety.session import Kind, begin
from moiety.store import frames

Frames = list[tuple[float, bytes]]


@pytest.fixture
def shipped(stage: Stage) -> Iterator[Service]:
    """A service as it is shipped."""
    opened = open_service(stage, Clock())
    yield opened
    opened.state.store.close()
    opened.state.work.close()


def program(service: Service, *given: Role, captures: bool | None) -> TestClient:
    """A program with a token; None where the version knows no clients that may send captures."""
    asked: dict[str, Any] = {"name": "Program", "roles": [one.value for one in given]}
    if captures is not None:
        asked["captures"] = captures
    made = service.operator(Role.ADMINISTRATOR).post("/v1/clients", json=asked)
    assert made.status_code == 201, made.text
    client = service.client()
    client.headers["Authorization"] = f"Bearer {made.json()['token']}"
    return client


def film(picture: bytes, challenge: Challenge) -> Frames:
    """A still picture on a rendered head that does all of a challenge: no person is needed."""
    rendered = attacks.injected_reactive(Head.of(picture), challenge, np.random.default_rng(1))
    return [(at, jpeg(frame)) for at, frame in rendered]


def jpeg(pixels: Any, quality: int = 95) -> bytes:
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert done
    return data.tobytes()


def posted(client: TestClient, path: str, told: dict[str, Any], shown: Frames, **fields: Any) -> Any:
    return client.post(
        f"{path}/{told['ceremony']}/complete",
        data={"nonce": told["nonce"], "frame_ms": [str(at) for at, _ in shown], "motion": "turn", **fields},
        files=[("frame", ("frame.jpg", data, "image/jpeg")) for _, data in shown],
    )


def test_a_still_picture_rendered_after_begin_is_accepted_nowhere(shipped: Service, picture: Picture) -> None:
    """The attack as it was run: a photograph of the holder, and everything that a token gives."""
    attacker = program(shipped, Role.VERIFIER, Role.ENROLLER, captures=True)
    begun = attacker.post("/v1/verifications", json={"code": shipped.code})
    assert begun.status_code == 201, begun.text
    told = begun.json()
    assert "steps" not in begun.text and "onset" not in begun.text, "no prompt is told before its time"
    shown = film(picture("lisa/4"), Challenge.from_nonce(bytes.fromhex(told["nonce"])))
    answer = posted(attacker, "/v1/verifications", told, shown, code=shipped.code)
    assert answer.json().get("outcome") != "accept", answer.text
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "request-malformed")
    assert "WebSocket" in answer.json()["error"]["remedy"]


@pytest.mark.parametrize("path", ["withdrawals", "renewals", "enrolments"])
def test_no_other_ceremony_takes_frames_in_one_request_either(
    shipped: Service, picture: Picture, path: str
) -> None:
    attacker = program(shipped, Role.VERIFIER, Role.ENROLLER, captures=True)
    fields = {"code": shipped.code, "consent": "0" * 32}
    told = {"ceremony": "0" * 32, "nonce": "0" * 64}
    answer = posted(attacker, f"/v1/{path}", told, [(0.0, picture("lisa/4"))], **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "request-malformed"), answer.text


def test_the_nonce_gives_no_prompt_away(shipped: Service) -> None:
    """Who has the nonce, as every client does, cannot work out what will be asked."""
    now = shipped.state.now()
    drawn = []
    for _ in range(8):
        begun = begin(Kind.VERIFY, actor="0" * 32, now=now, bound=None)
        asked = live.challenge_of(shipped.state, begun.ceremony, begun.nonce, "turn", flash=False)
        again = live.challenge_of(shipped.state, begun.ceremony, begun.nonce, "turn", flash=False)
        assert asked == again, "every process asks the same"
        drawn.append(asked == Challenge.from_nonce(begun.nonce))
    assert sum(drawn) < 3


def test_a_program_sends_captures_only_where_an_administrator_said_so(
    shipped: Service, picture: Picture
) -> None:
    plain = program(shipped, Role.VERIFIER, captures=None)
    told = plain.post("/v1/verifications", json={"code": shipped.code}).json()
    refused = plain.post(
        f"/v1/verifications/{told['ceremony']}/complete",
        data={"nonce": told["nonce"], "code": shipped.code},
        files={"face": ("now.jpg", picture("lisa/3"), "image/jpeg")},
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not-allowed"), refused.text
    assert opened(plain, told, shipped.code) == "not-allowed"
    named = program(shipped, Role.VERIFIER, captures=True)
    told = named.post("/v1/verifications", json={"code": shipped.code}).json()
    assert opened(named, told, shipped.code) == "ready"
    listed = shipped.operator(Role.AUDITOR).get("/v1/clients").json()
    assert sorted(one["captures"] for one in listed) == [False, True]


def opened(client: TestClient, told: dict[str, Any], code: str) -> str:
    """What a capture's socket says to an opening: "ready", or why not."""
    try:
        with client.websocket_connect(f"/v1/capture/{told['ceremony']}") as socket:
            socket.send_text(json.dumps({"do": "open", "nonce": told["nonce"], "code": code}))
            heard = json.loads(socket.receive_text())
    except WebSocketDenialResponse as refused:  # the handshake itself
        return str(refused.json()["error"]["code"])
    return str(heard["error"]["code"] if heard["say"] == "failed" else heard["say"])


@pytest.fixture
def seen(picture: Picture) -> list[Image]:
    """Some frames with a face."""
    face = load(picture("lisa/3"))
    return [load(np.clip(face.rgb.astype(int) + step, 0, 255).astype(np.uint8)) for step in range(4)]


def watch_of(service: Service, ceremony: Any, nonce: bytes, seen: list[Image]) -> Captured:
    asked = live.challenge_of(service.state, ceremony, nonce, "turn", flash=False)
    watch = Watch(asked)
    for number, image in enumerate(seen):
        watch.see(LiveFrame(number * 100.0, image))
    return Captured(live=watch)


def test_a_frame_counts_for_one_ceremony_in_every_process(
    stage: Stage, database_url: str, seen: list[Image]
) -> None:
    """Two services over one database: what one has taken, the other does not take, today or tomorrow."""
    clock = Clock()
    one, other = (open_service(stage, clock, database=database_url) for _ in range(2))
    try:
        first, second, third = (
            begin(Kind.VERIFY, actor="0" * 32, now=one.state.now(), bound=None) for _ in range(3)
        )
        taken = watch_of(one, first.ceremony, first.nonce, seen)
        assert live.admitted(one.state, first.ceremony, first.nonce, taken) is taken.live
        replayed = watch_of(other, second.ceremony, second.nonce, seen[:1])
        with pytest.raises(CeremonyRefused, match="used before"):
            live.admitted(other.state, second.ceremony, second.nonce, replayed)
        clock.ahead += 86_400
        replayed = watch_of(other, third.ceremony, third.nonce, seen[2:])
        with pytest.raises(CeremonyRefused, match="used before"):
            live.admitted(other.state, third.ceremony, third.nonce, replayed)
        clock.ahead += 2 * 86_400
        with other.state.store.begin() as connection:
            assert frames.remember(connection, [b"x" * 16], other.state.now())
    finally:
        for each in (one, other):
            each.state.store.close()
            each.state.work.close()


def test_a_frame_is_known_by_its_pixels_and_twice_within_a_ceremony_too(
    shipped: Service, seen: list[Image]
) -> None:
    """Another file of the same pixels is the same frame; a camera that stalls for a moment is no replay."""
    lossless = load(cv2.imencode(".png", cv2.cvtColor(seen[0].rgb, cv2.COLOR_RGB2BGR))[1].tobytes())
    begun = begin(Kind.VERIFY, actor="0" * 32, now=shipped.state.now(), bound=None)
    twice = watch_of(shipped, begun.ceremony, begun.nonce, [seen[0], seen[1], lossless])
    with pytest.raises(CeremonyRefused, match="used before"):
        live.admitted(shipped.state, begun.ceremony, begun.nonce, twice)
    stalled = watch_of(shipped, begun.ceremony, begun.nonce, [seen[2], seen[2], seen[3]])
    assert live.admitted(shipped.state, begun.ceremony, begun.nonce, stalled) is not None


def test_to_remember_a_frame_costs_far_less_than_a_millisecond(shipped: Service) -> None:
    digests = [number.to_bytes(16) for number in range(100)]
    spent = []
    for step in range(5):
        begun = time.process_time()
        with shipped.state.store.begin() as connection:
            assert frames.remember(connection, [bytes([step]) + one for one in digests], shipped.state.now())
        spent.append((time.process_time() - begun) / len(digests))
    assert min(spent) < 0.5e-3, spent
