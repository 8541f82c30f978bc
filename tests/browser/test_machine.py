"""The state machines, read from the pages that run them: no state without a timeout and a way out."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import Visit, state_of

pytestmark = pytest.mark.slow

TABLE = """async (name) => {
  const page = await import(`/js/${name}.js`);
  return page.machine({ name: "", roles: [] }).table();
}"""
NAMES = ("verify", "enrol", "home", "account", "practise", "revoke")


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit("/verify.html")


def reachable(table: list[dict[str, Any]], start: str) -> set[str]:
    """All states that events and ways out lead to."""
    steps = {one["name"]: {*one["on"].values(), one["out"]} for one in table}
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += steps[name]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_state_ends_by_itself_and_has_a_way_out(page: Page, name: str) -> None:
    table = page.evaluate(TABLE, name)
    names = {one["name"] for one in table}
    assert len(names) >= 3
    for one in table:
        assert 0 < one["after"]["ms"] <= 60 * 60_000, one["name"]
        assert one["after"]["event"] in one["on"], one["name"]
        assert one["out"] in names, one["name"]
    start = table[0]["name"]
    assert reachable(table, start) == names, "a state that nothing leads to"
    # From everywhere the way without biometrics is at most two steps away.
    out = {one["name"]: one["out"] for one in table}
    for state in names:
        assert "other" in (state, out[state], out[out[state]]), state


def test_a_state_without_a_timeout_or_a_way_out_stops_the_page_at_its_start(page: Page) -> None:
    refused = page.evaluate(
        """async () => {
          const { Machine } = await import("/js/machine.js");
          const good = () => ({ enter() {}, on: { go: "a" }, after: { ms: 1000, event: "go" }, out: "a" });
          const told = [];
          for (const spoil of [
            (s) => delete s.after, (s) => { s.after.ms = 0; }, (s) => { s.after.event = "none"; },
            (s) => { s.out = "nowhere"; }, (s) => { s.on.go = "nowhere"; },
          ]) {
            const state = good(); spoil(state); try { new Machine({ a: state }, { initial: "a" });
            told.push("made"); } catch (error) { told.push(error.message); }
          }
          new Machine({ a: good() }, { initial: "a" });
          return told;
        }"""
    )
    assert len(refused) == 5
    assert "made" not in refused


def test_what_is_late_changes_nothing_and_time_moves_on(page: Page) -> None:
    seen = page.evaluate(
        """async () => {
          const { Machine } = await import("/js/machine.js");
          const went = [], left = [];
          const state = (on, ms) => ({
            enter: (m) => went.push(m.state), leave: (m) => left.push(m.state), on, after: { ms, event:
                "late" }, out: "a",
          }); const m = new Machine({ a: state({ go: "b", late: "a" }, 60000), b: state({ late: "a" }, 30)
          }, { initial: "a" }); m.start(); const stale = m.ticket(); const known = m.send("go"); const
          unknown = m.send("go"); await new Promise((done) => setTimeout(done, 120)); return { went, left,
          known, unknown, stale: stale() };
        }"""
    )
    assert seen == {
        "went": ["a", "b", "a"],
        "left": ["a", "b"],
        "known": True,
        "unknown": False,
        "stale": False,
    }


def test_an_idle_screen_returns_to_the_start_by_itself(visit: Visit) -> None:
    """With the browser's clock moved on, not waited for."""
    page = visit("/verify.html", clock=True)
    page.click("summary")
    page.fill("#typed", "not a code of anybody, which is long enough to be one: 1234567890 ABCDEFGHIJKLM")
    page.route("**/v1/verifications", lambda route: route.abort())
    page.click("#use-typed")
    page.wait_for_selector(".trouble")
    page.clock.run_for(11 * 60_000)
    page.wait_for_selector('main[data-state="start"]')
    assert state_of(page) == "start"
    assert page.locator("#typed").input_value() == ""
