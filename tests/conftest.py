"""What all tests share: real faces, homes with a code, the command line, the evaluation data."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest
from tests.databases import database_url as database_url
from tests.databases import postgresql as postgresql
from tests.databases import store as store

from moiety.cli.main import main
from moiety.consent import Consent
from moiety.credential.code import Credential
from moiety.credential.home import Issuer, create_home
from moiety.credential.trust import TrustBundle
from moiety.enrolment import enrol
from moiety.image import Image, load

ROOT = Path(__file__).parents[1]
ISSUER = "https://issuer.example.org/"
HOLDER = ("lisa/1", "lisa/2")
PEOPLE = ("005", "025", "061", "066", "101", "139")

Picture = Callable[[str], bytes]
Face = Callable[[str], Image]


@pytest.fixture(scope="session")
def picture() -> Picture:
    """The bytes of a packaged face: "london/101/neutral" or "lisa/1"."""

    def read(name: str) -> bytes:
        return files("moiety.demo").joinpath("faces", f"{name}.jpg").read_bytes()

    return read


@pytest.fixture(scope="session")
def face(picture: Picture) -> Face:
    """A packaged face, decoded."""
    return lambda name: load(picture(name))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The evaluation data; without it a test skips, save in CI, where it fails."""
    folder = Path(os.environ.get("MOIETY_DATA", str(ROOT.parent / "shared" / "data")))
    if not (folder / "faces").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs the evaluation data: set MOIETY_DATA to its folder")
        pytest.skip("the evaluation data is absent; set MOIETY_DATA to its folder")
    return folder


@dataclass(frozen=True, slots=True)
class Stage:
    """A home of both roles, one code that it issued for the person of `lisa`, and pictures."""

    home: Path
    credential: Credential
    folder: Path

    @property
    def trust(self) -> TrustBundle:
        """What the home trusts now."""
        return TrustBundle.open(self.home)

    @property
    def issuer(self) -> Issuer:
        """The home's issuer."""
        return Issuer.open(self.home)

    @property
    def code(self) -> str:
        """The code's picture."""
        return str(self.folder / "code.png")

    def face(self, name: str) -> str:
        """The path of a packaged face in this folder: "lisa/3"."""
        return str(self.folder / f"{name.replace('/', '-')}.jpg")


@pytest.fixture(scope="session")
def _master(tmp_path_factory: pytest.TempPathFactory, picture: Picture) -> Stage:
    folder = tmp_path_factory.mktemp("master")
    home = folder / "home"
    create_home(home, issuer_uri=ISSUER)
    consent = Consent.given("tests of the two ceremonies")
    consent.save(folder / "consent.json")
    for name in ("lisa/1", "lisa/2", "lisa/3", "lisa/4", "london/101/neutral", "london/139/smiling"):
        (folder / f"{name.replace('/', '-')}.jpg").write_bytes(picture(name))
    credential = enrol(face=[picture(one) for one in HOLDER], consent=consent, issuer=Issuer.open(home))
    credential.save(folder / "code.png")
    return Stage(home, credential, folder)


@pytest.fixture
def stage(_master: Stage, tmp_path: Path) -> Stage:
    """A copy of a home with a code, free to be changed."""
    folder = tmp_path / "stage"
    shutil.copytree(_master.folder, folder)
    return Stage(folder / "home", _master.credential, folder)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def moiety(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process. Whatever comes of it, no traceback is printed."""

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        logging.getLogger("moiety").handlers.clear()  # an earlier test's stream is closed
        try:
            code = main([str(one) for one in arguments])
        except SystemExit as end:  # argparse, on --help and on a wrong call
            code = end.code if isinstance(end.code, int) else 70
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def process() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run a Python in a process of its own, with this tree's package."""

    def run(arguments: Sequence[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *_python_path()])}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [sys.executable, *arguments],
            **{"capture_output": True, "timeout": 120, "check": False, "env": environment, **options},
        )

    return run


def _python_path() -> list[str]:
    return [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
