"""Liveness through the two HTTP requests of a verification: frames with times, shown, replayed, spoilt."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import cv2
import pytest
from starlette.testclient import TestClient
from tests.conftest import Face, Picture, Stage
from tests.service.conftest import Clock, Service, open_service
from tests.service.test_life import begin
from tests.test_presence import CHALLENGE, recorded

from moiety.image import Image
from moiety.liveness import Challenge
from moiety.service.parameters import MOST_FRAMES
from moiety.service.roles import Role

NONCE = bytes(31) + b"\x07"
Frames = list[tuple[float, bytes]]


def of_other_moves() -> bytes:
    """A nonce that asks for other turns than the challenge of NONCE."""
    wanted = [step.kind for step in CHALLENGE.moves]
    return next(
        one
        for one in (number.to_bytes(32) for number in range(1, 99))
        if [step.kind for step in Challenge.from_nonce(one).moves] != wanted
    )


@pytest.fixture
def live(stage: Stage, clock: Clock) -> Iterator[Service]:
    """A service as it is shipped: liveness is required. Its clock stands still while frames are rendered."""
    moment = time.time()
    clock._now = lambda: moment
    opened = open_service(stage, clock)
    yield opened
    opened.state.store.close()
    opened.state.work.close()


@pytest.fixture(scope="module")
def film(face: Face) -> Frames:
    """The holder of the stage's code, who follows the challenge of NONCE, as a camera's files."""
    return [(one.at_ms, jpeg(one.image)) for one in recorded(face("lisa/3"), CHALLENGE).frames]


def jpeg(source: Any) -> bytes:
    pixels = source.rgb if isinstance(source, Image) else source
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
    assert done
    return data.tobytes()


def begun(
    client: TestClient, code: str, monkeypatch: pytest.MonkeyPatch, nonce: bytes = NONCE
) -> dict[str, Any]:
    """A verification whose nonce is known, so that the same turns are asked for in every run."""
    with monkeypatch.context() as chosen:
        real = secrets.token_bytes
        chosen.setattr(secrets, "token_bytes", lambda size: nonce if size == len(nonce) else real(size))
        answer = begin(client, code)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    assert told["nonce"] == nonce.hex()
    assert told["challenges"]["turn"] == Challenge.from_nonce(nonce).to_json()
    return told


def send(client: TestClient, told: dict[str, Any], code: str, frames: Frames, **fields: Any) -> Any:
    return client.post(
        f"/v1/verifications/{told['ceremony']}/complete",
        data={
            "nonce": told["nonce"], "code": code, "frame_ms": [str(at) for at, _ in frames], **fields,
        },
        files=[("frame", ("frame.jpg", data, "image/jpeg")) for _, data in frames],
    )  # fmt: skip


def test_a_live_person_is_accepted_and_the_same_film_is_not_taken_again(
    live: Service, film: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = live.operator(Role.VERIFIER)
    first = begun(verifier, live.code, monkeypatch)
    assert first["liveness_required"]
    answer = send(verifier, first, live.code, film)
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"] == "accept"
    assert answer.json()["liveness"]["level"] == "shown"
    assert answer.json()["liveness"]["required"] is True
    # The very request again, and the film in a ceremony that asks for other turns.
    again = send(verifier, first, live.code, film)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "ceremony-refused")
    replayed = send(verifier, begun(verifier, live.code, monkeypatch, of_other_moves()), live.code, film)
    assert replayed.status_code == 200, replayed.text
    assert replayed.json()["outcome"] == "inconclusive"
    assert replayed.json()["liveness"]["level"] != "shown"


def test_without_a_challenge_nothing_is_compared(
    live: Service, film: Frames, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A single picture, a few frames, or frames all dated alike: none of them is a live person."""
    monkeypatch.setattr("moiety.document.own.open_contents", _never)
    verifier = live.operator(Role.VERIFIER)
    told = begun(verifier, live.code, monkeypatch)
    alone = verifier.post(
        f"/v1/verifications/{told['ceremony']}/complete",
        data={"nonce": told["nonce"], "code": live.code},
        files={"face": ("now.jpg", picture("lisa/3"), "image/jpeg")},
    )
    assert alone.status_code == 200, alone.text
    assert alone.json()["outcome"] == "inconclusive"
    few = send(verifier, begun(verifier, live.code, monkeypatch), live.code, film[:3])
    assert few.json()["outcome"] == "inconclusive", few.text


def test_frames_that_do_not_go_with_their_times_are_refused(
    live: Service, film: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moiety.document.own.open_contents", _never)
    verifier = live.operator(Role.VERIFIER)
    told = begun(verifier, live.code, monkeypatch)
    spoilt: dict[str, dict[str, Any]] = {
        "one time too few": {"frame_ms": ["0"]},
        "a time that is none": {"frame_ms": ["now", "later"]},
    }
    for what, fields in spoilt.items():
        refused = send(verifier, told, live.code, film[:2], **fields)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "request-malformed"), what
    many = send(verifier, told, live.code, [(float(at), b"x") for at in range(MOST_FRAMES + 1)])
    assert (many.status_code, many.json()["error"]["code"]) == (422, "request-malformed")
    for times in (("nan", "inf"), ("-5", "1e300"), ("9", "3")):
        odd = send(
            verifier, begun(verifier, live.code, monkeypatch), live.code, film[:2], frame_ms=list(times)
        )
        assert odd.status_code in (200, 422), times
        assert odd.status_code == 422 or odd.json()["outcome"] == "inconclusive", times


def _never(*_: object, **__: object) -> None:
    raise AssertionError("the sealed part was opened")
