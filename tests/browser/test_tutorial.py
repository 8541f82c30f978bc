"""The service's tutorial as a newcomer does it: its commands, a real service, a passkey in a browser."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests import programs
from tests.browser import watching
from tests.browser.conftest import PHONE, free_port, wait_for
from tests.browser.test_sign_in import invited, with_passkeys
from tests.conftest import ROOT
from tests.docs.test_blocks import Command, blocks, commands, matches

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "tutorial" / "from-serve-to-a-verified-code.md"
CODE = re.compile(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}")
MARK = "@@"


def told(port: int) -> list[Command]:
    """The page's commands, for a service on this port; all are exempt where pages run by themselves."""
    text = PAGE.read_text("utf-8")
    assert "not run: tests/browser/test_tutorial.py" in text
    text = re.sub(r"<!-- not run: [^\n]+ -->\n", "", text).replace("localhost:8000", f"localhost:{port}")
    return [one for block in blocks(text) for one in commands(block)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A newcomer's folder, with the package's faces."""
    shutil.copytree(ROOT / "src" / "moiety" / "demo" / "faces", tmp_path / "faces")
    return tmp_path


@pytest.fixture
def environment(place: Path) -> dict[str, str]:
    """With `moiety` on the path."""
    tools = place / "bin"
    tools.mkdir()
    shim = tools / "moiety"
    start = "from moiety_entry import entry; entry()"
    shim.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c '{start}' \"$@\"\n")
    shim.chmod(stat.S_IRWXU)
    path = os.pathsep.join([str(tools), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}


class Serving:
    """The service as the tutorial starts it, and what it printed before it served."""

    def __init__(self, command: str, place: Path, environment: dict[str, str]) -> None:
        with (place / "log").open("w") as log:
            self._process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=place, env=environment, text=True,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip

    def printed(self, count: int) -> list[str]:
        """Its first lines."""
        assert self._process.stdout is not None
        return [self._process.stdout.readline().rstrip("\n") for _ in range(count)]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def printed(port: int, place: Path, environment: dict[str, str]) -> Iterator[list[str]]:
    """The service, started by the page's first commands; gives what it says on standard output."""
    init, serve = told(port)[:2]
    subprocess.run(["bash", "-c", init.text], cwd=place, env=environment, check=True, capture_output=True)
    assert serve.text.startswith("moiety serve ")
    assert serve.shown is not None
    serving = Serving(f"{serve.text} --port {port}", place, environment)
    lines = serving.printed(5)
    log = (place / "log").read_text()
    assert matches(serve.shown[:5], lines), (lines, log)
    yield lines
    serving.stop()
    assert serve.shown[5] in (place / "log").read_text()


def token_of(browser: Browser, port: int, code: str) -> str:
    """Sign in with a virtual authenticator, and make a token on the Account page, as the page says."""
    context = watching.context_of(browser, viewport=PHONE, base_url=f"http://localhost:{port}")
    page = context.new_page()
    for _ in range(100):  # it says where it serves a moment before it does
        try:
            page.goto("/")
            break
        except Exception:
            page.wait_for_timeout(200)
    page.wait_for_selector("main[data-state]")
    wait_for(page, "sign-in")
    with_passkeys(page)
    invited(page, code)
    wait_for(page, "choose")
    page.click("#card-account")
    page.click("#tab-programs")
    page.fill("#program-name", "Tutorial")
    for role in ("enroller", "verifier"):
        page.check(f'input[name=program-role][value="{role}"]')
    page.check("#program-captures")
    page.click("#make-token")
    token = page.locator("#program-token")
    token.wait_for()
    found = token.inner_text()
    context.close()
    return found


def test_a_newcomer_gets_from_serve_to_a_verified_code(
    printed: list[str], browser: Browser, port: int, place: Path, environment: dict[str, str]
) -> None:
    programs.find("curl")
    code = CODE.search("\n".join(printed))
    assert code is not None, printed
    token = token_of(browser, port, code[0])
    asked = told(port)[2:]
    assert asked[0].text == "TOKEN='THE TOKEN'"
    lines = [f"TOKEN={shlex.quote(token)}", *(one.text for one in asked[1:])]
    script = "\n".join(f"echo {MARK}\n{one}" for one in lines)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, text=True,
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    # An answer of the service ends without a new line: the next mark then follows on its line.
    parts = done.stdout.split(f"{MARK}\n")[1:]
    assert done.returncode == 0, (done.stderr, parts[-1:])
    assert len(parts) == len(asked)
    for command, output in zip(asked, parts, strict=True):
        if command.shown is not None:
            assert matches(command.shown, output.splitlines()), f"line {command.line}: {output}"
    assert "accept" in done.stdout
