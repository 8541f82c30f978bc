"""Programs that tests start and Moiety doesn't bring: where one is, or the test skips; in CI it fails."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def find(name: str) -> str:
    """The path of an installed program."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/bin")
    return found or skip(name)


def skip(what: str) -> NoReturn:
    """End a test that needs what this machine doesn't have."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"{what} isn't installed")
