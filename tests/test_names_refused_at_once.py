"""Every flag and keyword that takes a name refuses a wrong one at once, and says which there are."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, Picture, Run, Stage

import moiety as product
from moiety.cli.main import COMMANDS
from moiety.decision.policy import REQUIREMENTS
from moiety.errors import InputError, ModelError, UsageError


@pytest.mark.parametrize("name", sorted(REQUIREMENTS))
def test_a_policy_takes_each_requirement_by_its_name(name: Any) -> None:
    made = product.Policy(require=name)
    assert made.require == REQUIREMENTS[name]()
    assert product.Policy().changed(require=name) == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"require": "face-or-fingers"}, {"require": None}, {"require": 3}, {"require": object},
        {"liveness": "optional"}, {"poor_portrait": "most"}, {"fmr": "1e-4"}, {"fmr": True}, {"fmr": 1.0},
        {"max_status_age_s": "1"}, {"max_status_age_s": -1},
    ],
    ids=str,
)  # fmt: skip
def test_a_policy_refuses_what_it_cannot_ask_for(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        product.Policy(**wrong)


def test_a_home_in_place_of_trust_or_issuer_is_refused_with_what_to_write(
    stage: Stage, picture: Picture
) -> None:
    trust: Any = str(stage.home)
    with pytest.raises(UsageError, match="trust is a TrustBundle, not a str") as refused:
        product.verify(credential=stage.credential, face=picture("lisa/3"), trust=trust)
    assert "TrustBundle.open" in refused.value.remedy
    policy: Any = "face"
    with pytest.raises(UsageError, match="policy is a Policy"):
        held = product.TrustBundle.open(stage.home)
        product.verify(credential=stage.credential, face=picture("lisa/3"), trust=held, policy=policy)


@pytest.mark.parametrize(
    "call",
    [
        ["verify", "c.txt", "--home", "HOME", "--face", "x.jpg", "--require", "nose"],
        ["verify", "c.txt", "--home", "HOME", "--face", "x.jpg", "--liveness", "perhaps"],
        ["enrol", "--home", "HOME", "--consent", "c.json", "--out", "x.png", "--profile", "wallet"],
        ["init", "--home", "new", "--role", "boss"],
        ["keys", "public", "toe", "--home", "HOME", "--out", "x"],
        ["evaluate", "ear", "HOME", "--out", "x"],
        ["evaluate", "fusion", "HOME", "HOME", "--tables", "absent", "--out", "x"],
        ["no-such-command"],
    ],
    ids=lambda call: " ".join(call[:1] + call[-2:]),
)
def test_a_wrong_name_on_the_command_line_is_refused(
    stage: Stage, moiety: Run, call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = moiety(*(str(stage.home) if one == "HOME" else one for one in call))
    assert ran.code == 64, ran.err
    assert not (tmp_path / "x").exists()


def test_the_errors_are_there_in_a_fresh_process() -> None:
    asked = "import moiety; print(moiety.errors.UsageError)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False, env=environment
    )
    assert "moiety.errors" in ran.stdout, ran.stderr


def chosen(words: list[str], parser: argparse.ArgumentParser) -> Iterator[tuple[list[str], argparse.Action]]:
    """Each argument of this parser that takes one of a list or a number, with the words that lead to it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from chosen([*words, name], below)
        elif action.nargs != 0 and (action.choices is not None or action.type not in (None, Path)):
            yield words, action


def every_chosen() -> list[tuple[list[str], str]]:
    found = []
    for name, (module, _) in COMMANDS.items():
        parser = argparse.ArgumentParser()
        importlib.import_module(module).configure(parser)
        found += [(words, (one.option_strings or [""])[0]) for words, one in chosen([name], parser)]
    return found


def test_every_option_that_takes_one_of_a_list_or_a_number_refuses_another(moiety: Run) -> None:
    every = every_chosen()
    assert len(every) > 25
    for words, option in every:
        ran = moiety(*words, f"{option}=nosuch" if option else "nosuch")
        assert (ran.code, "nosuch" in ran.err) == (64, True), (words, option, ran.err)


AT_ONCE: list[tuple[int, str]] = [
    (78, "enrol --home HOME --consent absent --out x.png --face absent --model nosuch"),
    (78, "verify absent --home HOME --face absent --model nosuch"),
    (78, "verify absent --home HOME --face absent --model yunet-2023mar-int8bq"),
    (78, "evaluate face absent --out x --model nosuch"),
    (78, "calibrate face absent --name n --out x --model nosuch"),
    (64, "enrol --home HOME --consent absent --out x.png --finger left-toe=absent"),
    (64, "enrol --home HOME --consent absent --out x.png --hand right:toe=absent"),
    (64, "verify absent --home HOME --finger toe=absent"),
    (64, "verify absent --home HOME --face absent --demand stauts"),
    (64, "calibrate face absent --name ../n --out x"),
    (64, "calibrate portrait absent --name n --out x --portrait GIF:1:1"),
    (64, "trust add --home HOME --document-root absent --name n --kinds bogus"),
    (64, "trust remove --home HOME --name nosuch"),
    (64, "trust policy --home HOME --name nosuch --remove"),
    (64, "keys destroy-epoch nosuch --home HOME"),
    (64, "revoke --home HOME --cti zz"),
    (64, "serve --home HOME --database mysql://x/y"),
    (64, "serve --home HOME --trusted-proxy nonsense"),
    (64, "serve --home HOME --origin nonsense"),
    (64, "witness serve --place absent --port 99999"),
    (4, "witness init --place x --name n --log nonsense"),
    (4, "witness add-log --place absent --log nonsense"),
    (64, "practice run nosuch"),
    (64, "practice run revoked --actions dance"),
    (64, "practice run revoked --actions scan --seed=-1"),
    (64, "ledger prove nosuch --home HOME"),
]
"""A wrong name beside files that aren't there: the name is what is refused. 78: a model; 4: a key's text."""


@pytest.mark.parametrize(("code", "call"), AT_ONCE, ids=[call for _, call in AT_ONCE])
def test_a_wrong_name_is_refused_before_any_file_is_read(
    stage: Stage, moiety: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = moiety(*(str(stage.home) if one == "HOME" else one for one in call.split()))
    assert (ran.code, "does not exist" in ran.err) == (code, False), ran.err
    assert "evidence" not in ran.err  # nobody is accused of what was mistyped
    assert not (tmp_path / "n.json").exists()


def test_a_wrong_profile_or_model_is_refused_before_a_picture_is_read(stage: Stage) -> None:
    consent, issuer = product.Consent.given("names that are refused"), stage.issuer
    wrong: Any = "wallet"
    with pytest.raises(UsageError, match="no profile 'wallet'"):
        product.enrol(face=["absent", "absent"], consent=consent, issuer=issuer, profile=wrong)
    with pytest.raises(ModelError, match="no model 'nosuch'"):
        product.enrol(face=["absent", "absent"], consent=consent, issuer=issuer, model="nosuch")
    with pytest.raises(ModelError, match="no model 'nosuch'"):
        product.verify(credential="absent", face="absent", trust=stage.trust, model="nosuch")
    with pytest.raises(InputError):
        product.verify(credential="absent", face="absent", trust=stage.trust)


def test_calibrate_reads_its_groups_before_any_picture(tmp_path: Path, moiety: Run) -> None:
    for person in "ab":
        (tmp_path / "root" / person).mkdir(parents=True)
        (tmp_path / "root" / person / "1.jpg").write_bytes(person.encode())
    (tmp_path / "groups.csv").write_text("subject,age\na,1\nb,2\n")
    ran = moiety("calibrate", "face", tmp_path / "root", "--name", "n", "--out", tmp_path / "out",
                 "--groups", tmp_path / "groups.csv", "--alike", "nosuch")  # fmt: skip
    assert (ran.code, "no column nosuch" in ran.err) == (4, True), ran.err
