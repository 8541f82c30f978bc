"""Live captures through the ceremonies' own functions: verified, enrolled, given back, never taken twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Face, Stage
from tests.service.conftest import Clock, Service, open_service
from tests.test_presence import CHALLENGE, recorded

from moiety.credential.code import Credential
from moiety.document.own import OwnCode
from moiety.errors import CeremonyRefused, LivenessRefused
from moiety.presence import LiveCapture, Watch
from moiety.service.auth import Actor
from moiety.service.ceremonies import enrolment, live, verification
from moiety.service.ceremonies.captured import Captured
from moiety.service.roles import Role
from moiety.store import ceremonies

SOMEBODY = Actor("0" * 32, "Somebody", frozenset(Role), "a session")


@pytest.fixture
def shipped(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service as it is shipped, that asks for the turns that were rendered."""
    monkeypatch.setattr(live, "challenge_of", lambda *_, **__: CHALLENGE)
    opened = open_service(stage, Clock())
    yield opened
    opened.state.store.close()
    opened.state.work.close()


@pytest.fixture(scope="module")
def film(face: Face) -> LiveCapture:
    """The holder of the stage's code, who follows the prompts."""
    return recorded(face("lisa/3"), CHALLENGE)


def watched(film: LiveCapture, step: int = 1) -> Watch:
    """The film, looked at as a connection does; and every which frame of it."""
    watch = Watch(film.challenge)
    for frame in film.frames[::step]:
        watch.see(frame)
    return watch


def counted(service: Service, identifier: bytes) -> int:
    """An attempt of a ceremony, as its desk counts it."""
    with service.state.store.reading() as connection:
        return live.attempt(service.state, ceremonies.find(connection, identifier))


def test_a_live_person_is_accepted_and_the_same_film_is_not_taken_again(
    shipped: Service, film: LiveCapture
) -> None:
    state, code, watch = shipped.state, OwnCode(Credential.from_text(shipped.code)), watched(film)
    for _ in range(4):  # more than three: each is given back
        begun = verification.begin(state, SOMEBODY, code).begun
        counted(shipped, begun.ceremony.id)
        with state.store.reading() as connection:
            under_way = ceremonies.find(connection, begun.ceremony.id)
        live.give_back(state, under_way, Captured(attempted_at=state.now()))
    begun = verification.begin(state, SOMEBODY, code).begun
    taken = Captured(live=watch, attempted_at=counted(shipped, begun.ceremony.id))
    answer = verification.complete(state, SOMEBODY, begun.ceremony.id, begun.nonce, code, taken)
    assert (answer.outcome, answer.liveness.level) == ("accept", "shown")
    assert answer.credential.enrolled == "files"
    begun = verification.begin(state, SOMEBODY, code).begun
    with pytest.raises(CeremonyRefused, match="used before"):
        verification.complete(state, SOMEBODY, begun.ceremony.id, begun.nonce, code, taken)


def test_live_frames_make_a_code_that_says_so_and_too_few_make_none(
    shipped: Service, film: LiveCapture
) -> None:
    state, consent = shipped.state, bytes.fromhex(shipped.consent())
    for step, refused in ((30, True), (1, False)):
        frames = film.frames[::step] if refused else [one for i, one in enumerate(film.frames) if i % 30]
        watch = watched(LiveCapture(film.challenge, frames))
        begun = enrolment.begin(state, SOMEBODY, consent, modalities=frozenset({"face"}))
        taken = Captured(live=watch, attempted_at=counted(shipped, begun.ceremony.id))
        if refused:
            with pytest.raises(LivenessRefused):
                enrolment.complete(state, SOMEBODY, begun.ceremony.id, begun.nonce, consent, taken)
        else:
            made = enrolment.complete(state, SOMEBODY, begun.ceremony.id, begun.nonce, consent, taken)
            assert made.credential.claims.enrolled == "live"
