"""Whatever a service answers before a backup it answers after the restore, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from tests.conftest import ROOT, Run, Stage
from tests.databases import Server
from tests.deploy.test_backup_and_upgrade import copied
from tests.service.conftest import SITE, Clock, Service

from moiety.service.app import create_app
from moiety.service.roles import Role
from moiety.service.settings import DATABASE_FILE, Settings
from moiety.service.table import authorisation

PASSPHRASE: Final = "correct horse battery staple"
VOLATILE: Final = frozenset({"/v1/metrics", "/metrics", "/v1/session", "/v1/sessions", "/v1/session/oidc"})
CONSENT: Final = {
    "schema": "moiety/consent-settings/1",
    "controller": {"name": "Clinica Sur", "address": "Calle 1, Lima", "contact": "datos@example.org"},
    "jurisdictions": ["gdpr"],
    "purposes": {"clinic": {"en": "To find your record", "es": "Para su ficha", "ar": "لملفك الطبي"}},
    "days": 300,
}


@pytest.fixture
def furnished(stage: Stage) -> Stage:
    """A home with every file of settings that one can have."""
    (stage.home / "consent.json").write_text(json.dumps(CONSENT))
    (stage.home / "policy.json").write_text('{"fmr": 1e-5, "max_status_age_s": 86400}')
    (stage.home / "calibration").mkdir()
    shipped = ROOT / "src/moiety/decision/tables/moiety-face-1-1-picture.json"
    (stage.home / "calibration" / "site.json").write_bytes(shipped.read_bytes())
    return stage


@contextmanager
def served(home: Path, stage: Stage, clock: Clock, database: str) -> Iterator[Service]:
    settings = Settings(home=home, origin=SITE, workers=1, database=database)
    opened = Service(create_app(settings, clock=clock), stage, clock)
    try:
        yield opened
    finally:
        opened.state.work.close()
        opened.state.store.close()


def answers(service: Service) -> dict[str, Any]:
    """What every address without a parameter answers to somebody in all roles."""
    client = service.operator(*Role, name="Looks at everything")
    found = {}
    for method, path in sorted(authorisation(service.app)):
        if method == "GET" and "{" not in path and path not in VOLATILE:
            response = client.get(path, headers={"Accept-Language": "en"})
            told = response.text if "json" not in response.headers["content-type"] else response.json()
            found[path] = (response.status_code, told)
    return found


def steady(found: dict[str, Any]) -> dict[str, Any]:
    """Without the operators whom `answers` adds to look, and how often it looked."""
    status, people = found["/v1/operators"]
    return {
        **found,
        "/v1/operators": (status, [one for one in people if one["name"] != "Looks at everything"]),
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restored_service_answers_as_before(
    kind: str, furnished: Stage, tmp_path: Path, request: pytest.FixtureRequest, moiety: Run
) -> None:
    server: Server | None = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    url = f"sqlite:///{furnished.home / DATABASE_FILE}" if server is None else server.new_database()
    clock = Clock()
    stopped = clock()
    clock._now = lambda: stopped
    with served(furnished.home, furnished, clock, url) as before:
        administrator = before.operator(Role.ADMINISTRATOR, name="Amina")
        named = {"name": "Desk software", "roles": ["verifier"], "days": 30}
        assert administrator.post("/v1/clients", json=named).status_code == 201
        before.consent()
        first = steady(answers(before))
    assert "Clinica Sur" in json.dumps(first, ensure_ascii=False)
    copy = copied(url, tmp_path, server)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    archive = tmp_path / "home.backup"
    assert (
        moiety(
            "keys", "backup", "--home", furnished.home, "--out", archive,
            "--passphrase-file", tmp_path / "passphrase",
        ).code
        == 0
    )  # fmt: skip
    again = tmp_path / "again"
    assert (
        moiety("keys", "restore", archive, "--home", again, "--passphrase-file", tmp_path / "passphrase").code
        == 0
    )
    with served(again, furnished, clock, copy) as after:
        second = steady(answers(after))
        assert after.state.policy == before.state.policy
        assert [one.name for one in after.state.tables] == [one.name for one in before.state.tables]
    assert second.keys() == first.keys()
    for path, told in first.items():
        assert second[path] == told, path


@pytest.mark.parametrize("name", ["consent.json", "policy.json", "calibration/site.json"])
def test_a_service_refuses_a_damaged_file_of_settings_before_it_starts(
    furnished: Stage, moiety: Run, name: str
) -> None:
    (furnished.home / name).write_text("{bad")
    ran = moiety("serve", "--home", furnished.home)
    assert ran.code == 4
    assert Path(name).name in ran.err
    assert "Serving" not in ran.out


def test_backup_and_restore_say_what_they_took_and_what_they_left_out(
    furnished: Stage, tmp_path: Path, moiety: Run
) -> None:
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    for name in (DATABASE_FILE, "notes.txt"):
        (furnished.home / name).touch()
    said = ("--passphrase-file", tmp_path / "passphrase")
    ran = moiety("keys", "backup", "--home", furnished.home, "--out", tmp_path / "b", *said)
    assert ran.code == 0
    for told in ("consent.json", "policy.json", f"Left out: {DATABASE_FILE}", "settings: notes.txt"):
        assert told in ran.err
    ran = moiety("keys", "restore", tmp_path / "b", "--home", tmp_path / "again", *said)
    assert ran.code == 0
    assert "(consent.json)" in ran.err
    assert "calibration tables" in ran.err


def test_restoring_a_backup_from_before_says_that_it_had_no_consent_settings(
    stage: Stage, tmp_path: Path, moiety: Run
) -> None:
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    said = ("--passphrase-file", tmp_path / "passphrase")
    assert moiety("keys", "backup", "--home", stage.home, "--out", tmp_path / "b", *said).code == 0
    ran = moiety("keys", "restore", tmp_path / "b", "--home", tmp_path / "again", *said)
    assert "The backup had no consent.json" in ran.err
