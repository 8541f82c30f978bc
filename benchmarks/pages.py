"""How long a person waits on the pages: hints, verdicts and loading, in a real browser on this machine.

    python -m benchmarks.pages

Six people are verified live by face, then by face and four fingers; a page is loaded anew ten times. The
service, Chromium and the canvas that plays the camera share the same cores; a phone of its own would leave
the service more. Times are the page's (`performance.now()`): a hint's from the frame that was sent, a
verdict's from the last frame before "finish" to the second animation frame after the verdict stands in the
document.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import tempfile
import threading
import time
from base64 import b64encode
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from moiety.consent import Consent
from moiety.credential.home import Issuer, create_home
from moiety.enrolment import enrol
from moiety.finger.synthesis import Scene, master_of, photograph
from moiety.service import auth, roles, sign_in, tokens
from moiety.service.app import create_app
from moiety.service.roles import Role
from moiety.service.settings import Settings
from moiety.store import operators
from moiety.store.operators import Operator

ROOT = Path(__file__).parents[1]
PEOPLE = ("005", "025", "061", "066", "101", "139")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
)
TARGETS = {"hint": 150, "face": 1000, "face and fingers": 2500, "load": 1000}
"""Milliseconds, issue 7."""

WATCH = """() => {
  window.clocked = { sent: new Map(), hints: [], seen: 0, verdict: 0 };
  const of = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data !== "string") {
      const view = new DataView(data.buffer ?? data);
      window.clocked.sent.set(view.getUint32(4), performance.now());
      window.clocked.last = performance.now();
    } else if (JSON.parse(data).do === "finish") {
      window.clocked.seen = window.clocked.last;
    }
    if (!this.watched) {
      this.watched = true;
      this.addEventListener("message", (event) => {
        const told = JSON.parse(event.data);
        const at = window.clocked.sent.get(told.seq);
        if (told.say === "hint" && at !== undefined) window.clocked.hints.push(performance.now() - at);
      });
    }
    return of.call(this, data);
  };
  new MutationObserver(() => {
    const state = document.querySelector("main")?.dataset.state;
    if (["verdict", "code"].includes(state) && !window.clocked.verdict) {
      requestAnimationFrame(() => requestAnimationFrame(() => {
        window.clocked.verdict = performance.now();
      }));
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


def people() -> Any:
    """The tests' scripted people: rendered in poses from the packaged pictures."""
    spec = importlib.util.spec_from_file_location("people", ROOT / "tests" / "browser" / "people.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["people"] = module
    spec.loader.exec_module(module)
    return module


@cache
def hand(person: str, seed: int) -> bytes:
    """A synthetic photograph of a right hand, as a JPEG."""
    fingers = ("index", "middle", "ring", "little")
    masters = {f"right-{name}": master_of(int(person), f"right-{name}") for name in fingers}
    scene = Scene(rotation=4.0 * seed, tone=float(seed))
    rgb = photograph(scene, masters, np.random.default_rng(seed)).rgb
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    return data.tobytes()


def serve(home: Path) -> tuple[Any, str, uvicorn.Server]:
    """A service on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    origin = f"http://localhost:{port}"
    app = create_app(Settings(home=home, origin=origin, workers=2))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.02)
    return app, origin, server


def cookie(app: Any) -> str:
    """A session of a new operator."""
    state, now = app.state.moiety, int(time.time())
    operator = Operator(tokens.new_id(), "Bench", roles.encode(list(Role)), None, None, now, None)
    with state.store.begin() as connection:
        operators.add(connection, operator)
        return sign_in.open_session(connection, operator, now).cookie


def opened(browser: Browser, app: Any, origin: str) -> Page:
    """A page as an operator, before the scripted camera."""
    context = browser.new_context(base_url=origin, viewport={"width": 390, "height": 844}, locale="en")
    name = auth.cookie_name(app.state.moiety.settings)
    context.add_cookies([{"name": name, "value": cookie(app), "url": origin}])
    context.add_init_script((ROOT / "tests" / "browser" / "camera.js").read_text("utf-8"))
    return context.new_page()


def verify(
    page: Page, shown: dict[str, Any], code: str, palm: bytes | None
) -> tuple[str, float, list[float]]:
    """One live verification: outcome, milliseconds to the verdict, milliseconds to each hint."""
    page.goto("/verify.html")
    page.wait_for_selector('main[data-state="start"]')
    page.click("summary")
    page.fill("#typed", code)
    page.click("#use-typed")
    page.wait_for_selector('main[data-state="before"]')
    page.evaluate("(shown) => scripted.install(shown)", shown)
    if palm is not None:
        url = f"data:image/jpeg;base64,{b64encode(palm).decode()}"
        page.evaluate("(url) => scripted.hold(url)", url)
    page.evaluate(WATCH)
    page.click("#start-camera")
    page.wait_for_selector('main[data-state="verdict"], main[data-state="error"]', timeout=120_000)
    page.wait_for_timeout(300)
    found = page.evaluate("({ ...clocked, sent: undefined })")
    if page.locator(".verdict").count() == 0:
        return f"error: {page.locator('.trouble').get_attribute('data-code')}", 0.0, found["hints"]
    outcome = page.locator(".verdict").get_attribute("data-outcome") or ""
    return outcome, found["verdict"] - found["seen"], found["hints"]


def p95(values: list[float]) -> float:
    """The 95th percentile, a measured value."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def row(name: str, values: list[float], **more: Any) -> str:
    """One line of the result."""
    figures = {"median_ms": round(median(values)), "p95_ms": round(p95(values))} if values else {}
    return json.dumps({"what": name, **figures, "count": len(values), "target_p95_ms": TARGETS[name], **more})


def enrolled(home: Path, who: Any, *, fingers: bool) -> dict[str, str]:
    """A code of each person, issued before the service takes the home over."""
    issuer, codes = Issuer.open(home), {}
    for person in PEOPLE:
        codes[person] = enrol(
            face=[who.seen(person, "neutral", yaw=yaw) for yaw in (-3.0, 3.0)],
            hands={"right": hand(person, 1)} if fingers else None,
            consent=Consent.given("benchmark", modalities=("face", "finger") if fingers else ("face",)),
            issuer=issuer,
            profile="paper" if fingers else "card",
        ).text
    return codes


def measure(require: str, who: Any, browser: Browser) -> None:
    """All verifications under one policy; with the face alone also hints and loading."""
    fingers = require != "face"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        create_home(home, issuer_uri="https://issuer.example.org/")
        (home / "policy.json").write_text(json.dumps({"require": require}))
        codes = enrolled(home, who, fingers=fingers)
        shown = {person: (who.turning(person), hand(person, 2) if fingers else None) for person in PEOPLE}
        app, origin, server = serve(home)
        time.sleep(2)
        page = opened(browser, app, origin)
        done = [verify(page, shown[one][0], codes[one], shown[one][1]) for one in PEOPLE]
        verdicts = [took for outcome, took, _ in done if outcome in ("accept", "reject")]
        name = "face and fingers" if fingers else "face"
        print(row(name, verdicts, outcomes=[outcome for outcome, *_ in done]), flush=True)
        if not fingers:
            print(row("hint", [one for *_, hints in done for one in hints]), flush=True)
            print(row("load", [load(browser, app, origin) for _ in range(10)]), flush=True)
        server.should_exit = True


def load(browser: Browser, app: Any, origin: str) -> float:
    """Milliseconds from the address to the first screen, nothing cached."""
    page = opened(browser, app, origin)
    begun = time.perf_counter()
    page.goto("/verify.html")
    page.wait_for_selector('main[data-state="start"]')
    took = (time.perf_counter() - begun) * 1000
    page.context.close()
    return took


def main() -> None:
    """Measure, and print a line of JSON each."""
    who = people()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(SWITCHES))
        for require in sys.argv[1:] or ("face", "face-and-finger"):
            measure(require, who, browser)
        browser.close()


if __name__ == "__main__":
    main()
