"""The reference is complete and true: every command, option, exit code, error, noun, model and folder."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import moiety
from moiety import errors
from moiety.cli.main import COMMANDS, EXIT_CODES, INTERNAL_ERROR
from moiety.decision.policy import Policy
from moiety.decision.policy_file import home_policy
from moiety.face import gate
from moiety.face.quality import FaceQuality
from moiety.models import entries
from moiety.models.manifest import _parse

ROOT: Final = Path(__file__).resolve().parents[2]
REFERENCE: Final = ROOT / "docs" / "reference"
COMMAND_LINE: Final = (REFERENCE / "command-line.md").read_text("utf-8")
PYTHON: Final = (REFERENCE / "python.md").read_text("utf-8")
MODELS: Final = (REFERENCE / "models.md").read_text("utf-8")
ARCHITECTURE: Final = (ROOT / "ARCHITECTURE.md").read_text("utf-8")


def section(text: str, title: str) -> str:
    """The part of a page under one heading, up to the next of the same level or a higher one."""
    match = re.search(rf"^(#+) {re.escape(title)}$\n(.*?)(?=^#{{1,2}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match is not None, f"there is no heading {title!r}"
    return match[2]


def parser_of(name: str) -> argparse.ArgumentParser:
    """The argument parser of a command."""
    module = importlib.import_module(COMMANDS[name][0])
    parser = argparse.ArgumentParser(prog=f"moiety {name}")
    module.configure(parser)
    return parser


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of a parser and of the parsers below it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield argparse.Action([], dest=f"action:{name}")
                yield from actions(sub)
        else:
            yield action


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_nothing_else_is(name: str) -> None:
    told = re.sub(r"^```.*?^```$|<!--.*?-->", "", section(COMMAND_LINE, f"moiety {name}"), flags=re.M | re.S)
    found = list(actions(parser_of(name)))
    options = {one for action in found for one in action.option_strings if one.startswith("--")} - {"--help"}
    assert options - set(re.findall(r"`(--[\w-]+)", told)) == set(), "not documented"
    assert set(re.findall(r"(?<![\w-])(--[a-z][\w-]*)", told)) - options - {"--help"} == set(), "no option"
    for action in found:
        if action.dest.startswith("action:"):
            assert f"`{action.dest[7:]}" in told or f"{name} {action.dest[7:]}" in told, action.dest
        for choice in action.choices or ():
            assert f"`{choice}`" in told or f"`{name} {choice}" in told, f"{action.dest}: {choice}"


def test_every_command_has_its_summary_in_the_table() -> None:
    for name, (_, summary) in COMMANDS.items():
        assert f"[`{name}`](#moiety-{name}) | {summary} |" in COMMAND_LINE


def test_every_exit_code_is_in_the_table_with_its_errors() -> None:
    told = section(COMMAND_LINE, "Exit codes")
    rows = {int(code): text for code, text in re.findall(r"^\| (\d+) \| (.*) \|$", told, re.MULTILINE)}
    assert set(rows) == {0, 1, 2, INTERNAL_ERROR, *(code for _, code in EXIT_CODES)}
    for kind, code in EXIT_CODES:
        if issubclass(kind, errors.MoietyError):
            assert f"`{kind.__name__}`" in rows[code]


def test_every_error_and_its_code_are_in_the_table() -> None:
    kinds = [
        one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.MoietyError)
    ]
    drawn = set(str(errors.__doc__).split())
    assert {kind.__name__ for kind in kinds} <= drawn
    told = section(PYTHON, "Errors")
    assert len(kinds) > 20
    for kind in kinds:
        assert re.search(rf"`{kind.__name__}` \| `{re.escape(kind.code)}` \|", told), kind.__name__


def test_every_public_noun_and_verb_has_a_heading() -> None:
    titles = set(re.findall(r"^### `(\w+)", PYTHON, re.MULTILINE))
    assert titles == set(moiety.__all__) - {"__version__", "errors"}  # a package, with a section of its own


def test_every_measure_and_finding_of_a_face_is_told() -> None:
    told = section(PYTHON, "What is measured on a face")
    names = {field.name for field in dataclasses.fields(FaceQuality)}
    codes = {code for code, *_ in gate._CHECKS} | {"no-face", "several-faces"}
    assert names | codes <= set(re.findall(r"`([\w-]+)`", told))


@pytest.mark.parametrize("verb", [moiety.enrol, moiety.verify], ids=["enrol", "verify"])
def test_every_argument_of_the_two_verbs_is_told(verb: object) -> None:
    assert callable(verb)
    told = section(PYTHON, f"`{getattr(verb, '__name__', '')}`")
    for name in inspect.signature(verb).parameters:
        assert f"`{name}`" in told, name


def test_every_model_has_a_card_with_its_digest_and_licence() -> None:
    for one in entries():
        pages = [page.read_text("utf-8") for page in REFERENCE.glob("model*.md")]
        assert any(one.id in page and one.sha256 in page and one.licence in page for page in pages), one.id
        assert one.id in MODELS


def test_examples_in_json_are_what_the_program_takes(tmp_path: Path) -> None:
    examples = dict.fromkeys(re.findall(r"^```json\n(.*?)^```$", COMMAND_LINE + MODELS, re.M | re.S))
    policy, manifest = examples
    (tmp_path / "policy.json").write_text(policy, "utf-8")
    assert home_policy(tmp_path) == Policy(fmr=1e-4, liveness="none", max_status_age_s=604800)
    (parsed,) = _parse(manifest.encode(), directory="somewhere")
    assert parsed.role == "face-embedder"


def test_the_map_shows_every_folder_and_every_module_at_the_top() -> None:
    told = section(ARCHITECTURE, "The house")
    package = ROOT / "src" / "moiety"
    folders = {path.parent.relative_to(package).as_posix() for path in package.rglob("*.py")} - {"."}
    files = {path.name for path in package.glob("*.py")} - {"__init__.py", "_version.py"}
    shown = set(re.findall(r"^ +([\w/]+(?:/|\.py)) ", told, re.MULTILINE))
    assert {f"{folder}/" for folder in folders} | files == shown
