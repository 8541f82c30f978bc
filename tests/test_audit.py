"""Static and supply-chain checks: bandit over the source; the advisories known for what the locks name."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tests.conftest import ROOT


def test_bandit_finds_nothing_of_medium_severity() -> None:
    """Findings of medium and high severity; what is accepted says `nosec` with its reason at its place."""
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-r", str(ROOT / "src"), "-ll", "-f", "json"],
        capture_output=True, check=False, cwd=ROOT,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert report["errors"] == []
    assert report["metrics"]["_totals"]["loc"] > 10_000
    found = [
        f"{one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text']}"
        for one in report["results"]
    ]
    assert found == []


def test_no_advisory_is_known_for_what_the_lock_names() -> None:
    """pip-audit. Where no advisory database can be reached, this says so, and passes for nothing."""
    lock = ROOT / "requirements" / "runtime.lock"
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "-r", str(lock), "--no-deps", "--disable-pip", "-f", "json"],
        capture_output=True, check=False, cwd=ROOT, timeout=300,
    )  # fmt: skip
    try:
        report = json.loads(done.stdout)["dependencies"]
    except ValueError:
        pytest.skip("NOT AUDITED: the advisory database cannot be reached from here")
    audited = [one for one in report if "version" in one]
    known = {one["name"]: [each["id"] for each in one.get("vulns", [])] for one in audited}
    assert {name: found for name, found in known.items() if found} == {}
    if not known:
        pytest.skip(f"NOT AUDITED: no advisory database knows any of the {len(report)} packages of the lock")
