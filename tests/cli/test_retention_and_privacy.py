"""`moiety retention` and `moiety privacy report`, as an administrator runs them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Stage
from tests.consent.conftest import settings_document
from tests.store.test_consents import agreed

from moiety.consent.secret import new_secret, secret_hash
from moiety.store import consents, open_store
from moiety.store.migrate import upgrade

Run = Callable[..., Any]
DAY = 86_400


def served(stage: Stage, **kept: int) -> Path:
    """A home in which a service ran, with consents withdrawn so many days ago."""
    store = open_store(f"sqlite:///{stage.home / 'service.sqlite3'}")
    upgrade(store)
    now = int(time.time())
    for days in kept.values():
        one, told = agreed(now=now - days * DAY, days=1000)
        with store.begin() as connection:
            consents.give(connection, one, told, secret_hash(new_secret()), now - days * DAY)
            stored = consents.find(connection, bytes.fromhex(one.consent.record_id))
            assert stored is not None
            consents.end(connection, stored, "receipt", now - days * DAY)
    store.close()
    return stage.home


def test_the_schedule_is_shown_with_its_sources(moiety: Run, stage: Stage) -> None:
    (stage.home / "consent.json").write_text(json.dumps(settings_document(jurisdictions=["bipa", "cubi"])))
    ran = moiety("retention", "show", "--home", stage.home)
    assert ran.code == 0
    assert "bipa, cubi" in ran.out
    assert "740 ILCS 14/15(a)" in ran.out
    told = json.loads(moiety("retention", "show", "--home", stage.home, "--json").out)
    assert told["laws"] == ["bipa", "cubi"]


def test_what_is_overdue_fails_the_check_until_a_run(moiety: Run, stage: Stage) -> None:
    home = served(stage, long_ago=40, lately=3)
    late = moiety("retention", "check", "--home", home, "--json")
    assert late.code == 78
    assert json.loads(late.out)["reasons"][0]["text"] == "Overdue: 1 withdrawn-records."
    done = moiety("retention", "run", "--home", home, "--json")
    assert done.code == 0
    assert json.loads(done.out)["erased"]["withdrawn-records"] == 1
    assert set(
        json.loads(moiety("retention", "check", "--home", home, "--json").out)["overdue"].values()
    ) == {0}
    assert moiety("retention", "check", "--home", home).out.strip() == "Nothing is overdue."
    again = moiety("retention", "run", "--home", home)
    assert again.code == 0
    assert "0 consents ended" in again.out


def test_where_no_service_ran_there_is_nothing_to_erase(moiety: Run, stage: Stage) -> None:
    for action in ("run", "check"):
        ran = moiety("retention", action, "--home", stage.home)
        assert ran.code == 78
        assert "no service's database" in ran.err
        assert not (stage.home / "service.sqlite3").exists()


@pytest.mark.parametrize(
    "document", [{"periods": {"withdrawn-records": 31}}, {"jurisdictions": ["moon"]}, {"more": 1}], ids=str
)
def test_settings_beyond_the_law_stop_it_before_anything_is_erased(
    moiety: Run, stage: Stage, document: dict[str, Any]
) -> None:
    home = served(stage, long_ago=40)
    (home / "consent.json").write_text(json.dumps(settings_document(**document)))
    assert moiety("retention", "run", "--home", home).code in (4, 64)
    (home / "consent.json").unlink()
    assert moiety("retention", "check", "--home", home).code == 78


def test_a_database_that_is_away_is_told(moiety: Run, stage: Stage, tmp_path: Path) -> None:
    ran = moiety("retention", "run", "--home", stage.home, "--database", f"postgresql://x@/y?host={tmp_path}")
    assert ran.code == 74
    assert "Nothing answers" in ran.err


def test_the_report_is_written_from_the_running_configuration(
    moiety: Run, stage: Stage, tmp_path: Path
) -> None:
    (stage.home / "policy.json").write_text('{"fmr": 0.00001, "require": "face-or-finger"}')
    ran = moiety("privacy", "report", "--home", stage.home, "--out", tmp_path / "dpia.md")
    assert ran.code == 0
    text = (tmp_path / "dpia.md").read_text("utf-8")
    for part in (
        "1e-05",
        "face-or-finger",
        "moiety-face-1-1-picture: 2,086 people",
        "sface-2021dec",
    ):
        assert part in text
    assert "What the service counted" not in text
    served(stage, lately=3)
    assert moiety("privacy", "report", "--home", stage.home, "--out", tmp_path / "dpia.md").code == 0
    text = (tmp_path / "dpia.md").read_text("utf-8")
    assert "0 hold (0 of children), 1 withdrawn" in text
    assert "never ran" in text


def test_a_report_without_a_home_or_a_place(moiety: Run, stage: Stage, tmp_path: Path) -> None:
    assert moiety("privacy", "report", "--home", tmp_path / "none", "--out", tmp_path / "a").code == 78
    assert moiety("privacy", "report", "--home", stage.home, "--out", tmp_path / "no" / "a").code == 74
