"""What a browser gets where something fails: a page in its reader's language; programs get JSON."""

from __future__ import annotations

import re
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient
from tests.service.conftest import Service

from moiety import catalogue
from moiety.consent.secret import new_secret, written
from moiety.service.routes import withdraw_page
from moiety.service.written import LANGUAGE_COOKIE

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("nobody expected this")


def send(client: TestClient, status: int) -> Any:
    """A request of a browser that the service answers with this status."""
    if status == 404:
        return client.get("/no-such-page", headers=BROWSER)
    if status == 405:
        return client.request("PUT", "/withdraw", headers=BROWSER)
    if status == 401:
        return client.get("/v1/session", headers=BROWSER)
    if status == 415:
        return client.post("/withdraw", data={"secret": "x"}, headers=BROWSER)
    if status == 413:
        return client.post("/withdraw", files={"secret": (None, "x" * 2_000_000)}, headers=BROWSER)
    if status == 403:
        headers = {**BROWSER, "Origin": "https://evil.example"}
        return client.post("/withdraw", files={"secret": (None, "x")}, headers=headers)
    sent = [{"secret": (None, written(new_secret()))} for _ in range(24)]
    return [client.post("/withdraw", files=one, headers=BROWSER) for one in sent][-1]


def test_a_browser_gets_a_page_with_a_way_on(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    client = service.client()
    for language in catalogue.languages():
        client.cookies.set(LANGUAGE_COOKIE, language)
        for status in (401, 403, 404, 405, 413, 415):
            _shows_a_way_on(send(client, status), status, language)
    _shows_a_way_on(send(client, 429), 429, language)
    monkeypatch.setattr(withdraw_page, "write_page", broken)
    _shows_a_way_on(client.get("/withdraw", headers=BROWSER), 500, language)


def _shows_a_way_on(answer: Response, status: int, language: str) -> None:
    assert answer.status_code == status, answer.text[:300]
    page = answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<html lang='{language}' dir='{catalogue.direction(language)}'>" in page
    assert "class='brand' href='/'" in page, "the way home"
    assert re.search(r"<main.*(<a class='button|<button)", page), "a way on"
    assert '{"error"' not in page
    assert "role='alert'" in page


def test_a_program_gets_the_one_shape(service: Service) -> None:
    client = service.client()
    for path in ("/no-such-page", "/v1/session"):
        for accept in ("*/*", "application/json"):
            told = client.get(path, headers={"Accept": accept}).json()["error"]
            assert set(told) == {"code", "text", "remedy"}


def test_a_language_that_was_chosen_comes_before_the_browsers(service: Service) -> None:
    client = service.client()
    asked = {**BROWSER, "Accept-Language": "en"}
    client.cookies.set("moiety.language", "es")
    assert "<html lang='es'" in client.get("/schedule", headers=asked).text
    assert "<html lang='ar'" in client.get("/schedule?language=ar", headers=asked).text
    assert "<html lang='es'" in client.get("/schedule?language=%3Cb%3E", headers=asked).text


def test_a_form_whose_browser_hides_where_it_came_from_is_taken_from_this_site_alone(
    service: Service,
) -> None:
    client = service.client()
    for fetched, status in (("same-origin", 422), ("cross-site", 403), (None, 403)):
        headers = {"Origin": "null", **({} if fetched is None else {"Sec-Fetch-Site": fetched})}
        answer = client.post("/withdraw", files={"secret": (None, "x")}, headers=headers)
        assert answer.status_code == status, fetched
