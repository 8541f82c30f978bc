"""The API as a page: every route of the document is on it with who may call it, and nothing is active."""

from __future__ import annotations

import html
import re

from tests.service.conftest import Service

from moiety.service.table import SOCKET, authorisation


def test_every_route_is_on_the_page_with_who_may_call_it(service: Service) -> None:
    answer = service.client().get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    page = html.unescape(answer.text)
    for (method, path), allowed in authorisation(service.app).items():
        if method == SOCKET or path == "/s/{number}":  # the same as /v1/status/{number}, for codes to name
            continue
        who = "anyone" if allowed is None else ", ".join(sorted(allowed))
        heading = f"<h3><code>{method} {path.replace(':path}', '}')}</code></h3>"
        assert heading in page, heading
        assert f"For: {who}." in page.partition(heading)[2][:300], heading


def test_what_a_route_takes_is_told(service: Service) -> None:
    page = html.unescape(service.client().get("/docs").text)
    part = page.partition("POST /v1/enrolments/{ceremony}/complete</code></h3>")[2].partition("<h3>")[0]
    for field in ("ceremony", "nonce", "consent", "face", "pin", "valid_days"):
        assert f"<code>{field}</code>" in part, field
    assert "--form nonce=NONCE" in part
    assert "422: " in part


def test_the_page_runs_nothing_and_loads_nothing_from_elsewhere(service: Service) -> None:
    page = service.client().get("/docs").text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page)
    assert set(re.findall(r"(?:src|href)='([^']+)'", page)) >= {"/style.css", "/openapi.json"}
    assert all(one.startswith(("/", "#")) for one in re.findall(r"(?:src|href)='([^']+)'", page))
    assert len(page) < 400_000
