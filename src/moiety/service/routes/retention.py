"""Retention over HTTP: the public schedule, what was erased and is due, and the way without biometrics."""

from __future__ import annotations

import html
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from moiety import catalogue
from moiety.consent.notice import day_of
from moiety.consent.schedule import OURS, Schedule
from moiety.service.auth import Actor, anyone, require
from moiety.service.consent.asking import settings_of
from moiety.service.failures import responses
from moiety.service.roles import Role
from moiety.service.routing import GuardedRoute
from moiety.service.state import Shared
from moiety.service.written import read_language, write_link, write_page
from moiety.store import consents, numbers, retention

router = APIRouter(tags=["retention"], route_class=GuardedRoute)
AtDesk = Annotated[Actor, Depends(require(Role.ENROLLER, Role.VERIFIER))]
Reader = Annotated[Actor, Depends(require(Role.AUDITOR, Role.ADMINISTRATOR))]
Administrator = Annotated[Actor, Depends(require(Role.ADMINISTRATOR))]


class Kept(BaseModel):
    """One thing that is kept, for how many days, and why that long."""

    item: str
    days: int
    basis: str
    ours: Annotated[bool, Field(description="Whether no law says so, but this project chose it.")]


class PublicSchedule(BaseModel):
    """What is kept, for how long, under which laws, and when erasure last ran (UTC seconds)."""

    laws: list[str]
    items: list[Kept]
    last_run: int | None


class RetentionState(PublicSchedule):
    """The schedule, with how much is overdue and how often the way without biometrics was taken."""

    overdue: dict[str, int]
    fallbacks: Annotated[
        dict[str, dict[str, int]],
        Field(description="By stage, in 365 days: how often it was `taken`, and `of` how many in all."),
    ]


class RetentionRun(BaseModel):
    """What a run did."""

    ended: int
    shares: Annotated[int, Field(description="Shares of expired blind codes that were deleted.")]
    erased: dict[str, int]


class TakenFallback(BaseModel):
    """At which stage somebody took the way without biometrics. There is no place for a reason."""

    model_config = ConfigDict(extra="forbid")
    ceremony: Literal["enrol", "verify"]


@router.get(
    "/v1/schedule", summary="The retention schedule", dependencies=[Depends(anyone)], responses=responses()
)
def schedule(state: Shared) -> PublicSchedule:
    """For everybody to read: what is kept, and for how long."""
    with state.store.reading() as connection:
        last = retention.last_run(connection)
    return PublicSchedule.model_validate(_told(settings_of(state).schedule, last))


@router.get(
    "/schedule",
    summary="The retention schedule as a page",
    dependencies=[Depends(anyone)],
    response_class=HTMLResponse,
    responses=responses(),
)
def page(request: Request, state: Shared) -> HTMLResponse:
    """The same, as a page in the reader's language; it needs no script."""
    settings = settings_of(state)
    with state.store.reading() as connection:
        last = retention.last_run(connection)
    return _page(request, settings.schedule, settings.controller.name, last)


@router.get("/v1/retention", summary="What is due, and the rates", responses=responses(401, 403))
def state_of_retention(state: Shared, _: Reader) -> RetentionState:
    """For whoever watches: nothing should be overdue, and the other way should be free to take."""
    rules, now = settings_of(state).schedule, state.now()
    with state.store.reading() as connection:
        last = retention.last_run(connection)
        due = retention.overdue(connection, rules, now)
        counted = numbers.count(connection, rules, now)
    done = {"enrol": counted.enrolled, "verify": counted.verified}
    taken = {stage: counted.fallbacks.get(stage, 0) for stage in done}
    return RetentionState.model_validate(
        {
            **_told(rules, last),
            "overdue": {item.value: number for item, number in due.items()},
            "fallbacks": {stage: {"taken": taken[stage], "of": taken[stage] + done[stage]} for stage in done},
        }
    )


@router.post("/v1/retention/runs", summary="Erase what is due", responses=responses(401, 403))
def run(state: Shared, _: Administrator) -> RetentionRun:
    """As `moiety retention run` does: end, erase, and keep a proof of each erasure."""
    done = retention.run(state.store, settings_of(state).schedule, state.now())
    counts = {item.value: number for item, number in done.counts.items()}
    return RetentionRun(ended=done.ended, shares=done.shares, erased=counts)


@router.post(
    "/v1/fallbacks", summary="Count the other way", status_code=204, responses=responses(401, 403, 422)
)
def fallback(body: TakenFallback, state: Shared, _: AtDesk) -> None:
    """Somebody took the way without biometrics: counted by day, without a reason and without a person."""
    with state.store.begin() as connection:
        consents.count_fallback(connection, body.ceremony, state.now())


def _told(rules: Schedule, last: int | None) -> dict[str, Any]:
    items = [
        {"item": item.value, "days": rule.days, "basis": rule.source, "ours": rule.source == OURS}
        for item, rule in rules.rules.items()
    ]
    return {"laws": list(rules.laws), "items": items, "last_run": last}


def _page(request: Request, rules: Schedule, controller: str, last: int | None) -> HTMLResponse:
    language = read_language(request)

    def told(key: str, **values: str | int) -> str:
        return html.escape(catalogue.text(f"schedule.{key}", language, **values))

    def days(number: int) -> str:
        return told(f"days.{catalogue.plural(number, language)}", days=number)

    rows = "".join(
        f"<tr><th scope='row'>{told(item.value)}</th><td>{days(rule.days)}"
        f"</td><td dir='auto'>{told('ours') if rule.source == OURS else html.escape(rule.source)}</td></tr>"
        for item, rule in rules.rules.items()
    )
    when = told("never-run") if last is None else told("last-run", date=day_of(last))
    content = (
        f"<p>{told('intro', controller=controller)}</p>"
        f"<div class='scroll' tabindex='0' role='region' aria-label='{told('title')}'>"
        f"<table><thead><tr><th scope='col'>{told('item')}</th><th scope='col'>{told('period')}</th>"
        f"<th scope='col'>{told('basis')}</th></tr></thead><tbody>{rows}</tbody></table></div><p>{when}</p>"
        f"<div class='actions'>{write_link('/withdraw', 'receipt.withdraw-title', language, name='withdraw')}"
        f"{write_link('/', 'pages.to-start', language, name='to-start', main=False)}</div>"
    )
    return write_page(request, catalogue.text("schedule.title", language), content)
