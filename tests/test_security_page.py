"""SECURITY.md and the tests that hold it stay in step."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "SECURITY.md").read_text("utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def rows() -> list[list[str]]:
    """The cells of every threat, the heads of the tables left out."""
    lines = [one for one in PAGE.splitlines() if one.startswith("|") and not one.startswith("|---")]
    cells = [[cell.strip() for cell in one.strip("|").split("|")] for one in lines]
    return [one for one in cells if one[0] != "threat"]


@cache
def functions_of(path: Path) -> frozenset[str]:
    """The names of the functions in a module, without running it."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(
        one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_there_are_rows() -> None:
    assert len(rows()) > 50


@pytest.mark.parametrize("row", rows(), ids=lambda row: re.sub(r"\W+", "-", row[0])[:50])
def test_each_row_names_tests_that_there_are(row: list[str]) -> None:
    assert len(row) == 4
    named = NAMED.findall(row[2])
    assert named or row[2] == "none"
    for file, function in named:
        assert function in functions_of(TESTS / file), f"{file} has no {function}"


def test_what_nothing_stands_against_says_so() -> None:
    assert all(row[1].startswith("nothing") for row in rows() if row[2] == "none")


def test_every_attack_has_its_row() -> None:
    named = {file for row in rows() for file, _ in NAMED.findall(row[2])}
    attacks = {f"attacks/{one.name}" for one in (TESTS / "attacks").glob("test_*.py")}
    assert attacks <= named
    assert len(attacks) >= 21
