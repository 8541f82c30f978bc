"""The practice range over HTTP: scenarios, runs, debriefs, and one's own face; nothing of it is real or kept.

No route here takes a code, a credential or a document: runs have their own, made in memory.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import cv2
import numpy as np
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from moiety import catalogue
from moiety.errors import NotFound
from moiety.image import Image
from moiety.liveness import Challenge
from moiety.practice import Run, insight, scenarios
from moiety.practice.actions import Action
from moiety.practice.debrief import action_text, debrief, pictures, reason_text, told
from moiety.practice.run import codes_of
from moiety.service.auth import PERSON, SIGNED_IN, Actor
from moiety.service.ceremonies.captured import Captured
from moiety.service.failures import responses
from moiety.service.parameters import LIMIT_PRACTICE
from moiety.service.practice.stage import Own, Stage
from moiety.service.routes.form import captured
from moiety.service.routing import UploadRoute
from moiety.service.state import Shared, State
from moiety.store import limits
from moiety.store.limits import DAY_S

MARK = "X-Moiety-Practice"


def marked(response: Response) -> None:
    """Every answer says in its head that nothing in it is real."""
    response.headers[MARK] = "nothing here is real"


router = APIRouter(
    prefix="/v1/practice", tags=["practice"], route_class=UploadRoute, dependencies=[Depends(marked)]
)
Somebody = Annotated[Actor, Depends(SIGNED_IN)]
Person = Annotated[Actor, Depends(PERSON)]
LanguageCode = Literal["en", "ar", "es"]
_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


class PracticeAnswer(BaseModel):
    """What every answer begins with: that nothing is real, in words."""

    practice: str


class PracticeScenario(BaseModel):
    """A scenario that can be played."""

    name: str
    title: str


class PracticeList(PracticeAnswer):
    """The scenarios there are."""

    scenarios: list[PracticeScenario]


class NewRun(BaseModel):
    """Which scenario to play."""

    model_config = ConfigDict(extra="forbid")
    scenario: Annotated[str, Field(max_length=40)]
    language: LanguageCode | None = None


class PracticeAction(BaseModel):
    """Something that can be done, and what it is called."""

    action: str
    text: str


class BegunRun(PracticeAnswer):
    """A run that has begun."""

    run: str
    title: str
    story: str
    actions: list[PracticeAction]


class TakenAction(BaseModel):
    """What is done next."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    language: LanguageCode | None = None


class PracticeStep(PracticeAnswer):
    """What came of an action, in words; without any number of a comparison."""

    action: str
    outcome: str
    outcome_text: str
    reasons: list[str]
    reasons_text: list[str]
    helped: bool | None
    ended: bool


class PracticeDrawing(BaseModel):
    """What the engine saw, as a picture that is shown now and kept nowhere."""

    key: str
    caption: str
    picture: Annotated[str, Field(description="A data URI.")]


class PracticeInsight(PracticeAnswer):
    """The drawings, step by step."""

    steps: list[list[PracticeDrawing]]


class BegunOwn(PracticeAnswer):
    """A place in this process's memory for one's own face, and the challenge that begins now."""

    own: str
    nonce: Annotated[str, Field(description="The challenge of the next comparison is drawn from it.")]
    challenges: dict[Literal["turn", "low"], dict[str, Any]]


class OwnCompared(PracticeAnswer):
    """What the engine decided, and what it saw."""

    outcome: str
    reasons: list[str]
    reasons_text: list[str]
    drawings: list[PracticeDrawing]


@router.get("/scenarios", summary="The scenarios", responses=responses(401, 403))
def listed(request: Request, _: Somebody, language: LanguageCode | None = None) -> PracticeList:
    """On people who agreed to be practised on."""
    chosen = _language(request, language)
    return PracticeList(
        practice=_mark(chosen),
        scenarios=[
            PracticeScenario(name=name, title=catalogue.text(f"practice.{name}.title", chosen))
            for name in scenarios()
        ],
    )


@router.post(
    "/runs", summary="Begin a scenario", status_code=201, responses=responses(401, 403, 404, 422, 429)
)
def begin(body: NewRun, request: Request, state: Shared, actor: Somebody) -> BegunRun:
    """In memory, for half an hour, for whoever began it alone."""
    if body.scenario not in scenarios():
        raise NotFound("There is no such scenario.")
    language = _language(request, body.language)
    scenario = scenarios()[body.scenario]
    identifier = state.work.run(lambda: _stage(state).begin(actor.id, scenario, state.now()))
    return BegunRun(
        practice=_mark(language),
        run=identifier,
        title=catalogue.text(f"practice.{scenario.name}.title", language),
        story=catalogue.text(f"practice.{scenario.name}.story", language),
        actions=[PracticeAction(action=one.value, text=action_text(one, language)) for one in Action],
    )


@router.get(
    "/runs/{run}/view",
    summary="What the camera sees",
    response_class=Response,
    responses={**_JPEG, **responses(401, 403, 404)},
)
def view(run: str, state: Shared, actor: Somebody) -> Response:
    """One frame, of somebody who agreed to be shown, or of a drawn finger."""
    return _jpeg(_in(state, actor, run, Run.view))


@router.get(
    "/runs/{run}/code",
    summary="What the camera sees of the code",
    response_class=Response,
    responses={**_JPEG, **responses(401, 403, 404)},
)
def code(run: str, state: Shared, actor: Somebody) -> Response:
    """The practice code as it is held; it counts nowhere else."""
    return _jpeg(_in(state, actor, run, Run.code))


@router.post("/runs/{run}/actions", summary="Do something", responses=responses(401, 403, 404, 422))
def act(run: str, body: TakenAction, request: Request, state: Shared, actor: Somebody) -> PracticeStep:
    """The engine answers as it would in life."""
    language = _language(request, body.language)

    def done(one: Run) -> dict[str, Any]:
        return {**told(one.do(body.action), language), "ended": one.ended}

    return PracticeStep.model_validate({"practice": _mark(language), **_in(state, actor, run, done)})


@router.get("/runs/{run}/debrief", summary="The debrief", responses=responses(401, 403, 404, 422))
def debriefed(
    run: str, request: Request, state: Shared, actor: Somebody, language: LanguageCode | None = None
) -> dict[str, Any]:
    """What happened, what a good operator does, what an error means, and the points; no picture."""
    chosen = _language(request, language)
    made: dict[str, Any] = _in(state, actor, run, lambda one: debrief(one, chosen)).to_json()
    made["points"] = made.pop("score")
    return made


@router.get("/runs/{run}/insight", summary="What the engine saw", responses=responses(401, 403, 404, 422))
def seen(
    run: str, request: Request, state: Shared, actor: Somebody, language: LanguageCode | None = None
) -> PracticeInsight:
    """Landmarks, ridges, pairings and the curve, of a run that has ended."""
    chosen = _language(request, language)

    def drawn(one: Run) -> list[list[PracticeDrawing]]:
        debrief(one, chosen)  # refuses one that has not ended
        return [_drawings(pictures(one, step), chosen) for step in one.steps]

    return PracticeInsight(practice=_mark(chosen), steps=_in(state, actor, run, drawn))


@router.delete(
    "/{practice}",
    summary="Forget a run or one's own face",
    status_code=204,
    responses=responses(401, 403, 404),
)
def forget(practice: str, state: Shared, actor: Somebody) -> None:
    """At once, with every picture in it; otherwise in half an hour."""
    _stage(state).forget(actor.id, practice, state.now())


@router.post(
    "/own",
    summary="Practise with one's own face",
    status_code=201,
    responses=responses(401, 403, 429),
)
def begin_own(request: Request, state: Shared, actor: Person) -> BegunOwn:
    """A realm of its own, in memory alone, for whoever sits there now. The first challenge begins at once."""
    _admit(state, actor)
    identifier, own = _stage(state).begin_own(actor.id, state.clock())
    return _begun(request, identifier, own)


@router.post(
    "/own/{own}/begin",
    summary="Draw another challenge",
    responses=responses(401, 403, 404, 429),
)
def begin_again(own: str, request: Request, state: Shared, actor: Person) -> BegunOwn:
    """Its time runs from this answer on; the one before counts no longer."""
    _admit(state, actor)

    def drawn(one: Own) -> BegunOwn:
        one.begin(state.clock())
        return _begun(request, own, one)

    return _stage(state).with_own(actor.id, own, state.now(), drawn)


@router.post(
    "/own/{own}/code",
    summary="Make one's own practice code",
    status_code=204,
    responses=responses(401, 403, 404, 408, 409, 413, 415, 422, 429),
)
def enrol_own(
    own: str, state: Shared, actor: Person, capture: Annotated[Captured, Depends(captured)]
) -> None:
    """From the live frames that answer the challenge. No picture is taken; nobody else can use the code."""
    arrived = state.clock()
    state.work.run(
        lambda: _stage(state).with_own(
            actor.id, own, state.now(), lambda one: one.enrol(one.taken(capture, arrived))
        )
    )


@router.post(
    "/own/{own}/comparisons",
    summary="Compare oneself with one's own practice code",
    responses=responses(401, 403, 404, 408, 409, 413, 415, 422, 429),
)
def compare_own(
    own: str,
    request: Request,
    state: Shared,
    actor: Person,
    capture: Annotated[Captured, Depends(captured)],
) -> OwnCompared:
    """The live frames that answer the challenge; then what the engine saw, for whoever sits there.

    Without the curve: it shows the score, towards which a face could be changed step by step.
    """
    arrived = state.clock()
    language = _language(request, None)

    def compared(one: Own) -> OwnCompared:
        decision = one.compare(one.taken(capture, arrived))
        drawn: tuple[insight.Picture, ...] = ()
        if one.last is not None and one.credential is not None:
            drawn = insight.of_face(one.last, one.credential, one.realm.trust(), one.realm.now)
        codes = codes_of(decision)
        return OwnCompared(
            practice=_mark(language),
            outcome=decision.outcome.value,
            reasons=list(codes),
            reasons_text=[reason_text(each, language) for each in codes],
            drawings=_drawings(tuple(each for each in drawn if each.key != "curve"), language),
        )

    return state.work.run(lambda: _stage(state).with_own(actor.id, own, state.now(), compared))


def _begun(request: Request, identifier: str, own: Own) -> BegunOwn:
    return BegunOwn(
        practice=_mark(_language(request, None)),
        own=identifier,
        nonce=own.nonce.hex(),
        challenges=_challenges(own.nonce),
    )


def _in(state: State, actor: Actor, run: str, use: Any) -> Any:
    """Use a run on one of this machine's cores."""
    return state.work.run(lambda: _stage(state).with_run(actor.id, run, state.now(), use))


def _admit(state: State, actor: Actor) -> None:
    """Let a person compare their own face, so many times an hour, beside what they may do at the desk.

    Raises:
        RateLimited: too many.
    """
    now = state.now()
    with state.store.begin() as connection:
        subject = limits.pseudonym(connection, actor.id.encode(), now // DAY_S)
        limits.count(connection, LIMIT_PRACTICE, subject, now)


def _stage(state: State) -> Stage:
    return state.practice


def _challenges(nonce: bytes) -> dict[Literal["turn", "low"], dict[str, Any]]:
    return {
        "turn": Challenge.from_nonce(nonce, motion="turn").to_json(),
        "low": Challenge.from_nonce(nonce, motion="low").to_json(),
    }


def _drawings(found: tuple[insight.Picture, ...], language: str) -> list[PracticeDrawing]:
    return [
        PracticeDrawing(
            key=one.key,
            caption=catalogue.text(f"practice.insight.{one.key}", language),
            picture=one.source(),
        )
        for one in found
    ]


def _jpeg(image: Image) -> Response:
    pixels = np.ascontiguousarray(image.rgb[..., ::-1])
    _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return Response(coded.tobytes(), media_type="image/jpeg", headers={MARK: "nothing here is real"})


def _language(request: Request, asked: str | None) -> str:
    return catalogue.preferred(request.headers.get("accept-language")) if asked is None else asked


def _mark(language: str) -> str:
    return catalogue.text("practice.mark", language)
