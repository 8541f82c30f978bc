"""How recent the log, the status lists and the erasure are, as the Account page shows it."""

from __future__ import annotations

from base64 import b64encode

from tests.service.conftest import Service

from moiety.service.roles import Role
from moiety.store import events
from moiety.store.ledger import sequence_all
from moiety.store.ledger_reading import head_of


def test_ages_follow_what_happens(service: Service) -> None:
    auditor, administrator = service.operator(Role.AUDITOR), service.operator(Role.ADMINISTRATOR)
    assert service.state.log is not None
    now = service.state.now()
    sequence_all(service.state.store, service.state.log, now=now)
    before = auditor.get("/v1/ages").json()
    assert before["waiting"] == 0
    assert before["erased_at"] is None
    (own,) = before["lists"]
    assert own["signed_at"] <= before["now"] < own["expires"]

    with service.state.store.begin() as connection:
        events.record(connection, "fallback", {}, now)
    assert auditor.get("/v1/ages").json()["waiting"] == 1
    service.clock.ahead = 7200
    administrator, auditor = service.operator(Role.ADMINISTRATOR), service.operator(Role.AUDITOR)
    sequence_all(service.state.store, service.state.log, now=service.state.now())
    assert administrator.post("/v1/retention/runs").status_code == 200
    after = auditor.get("/v1/ages").json()
    with service.state.store.reading() as connection:
        head = head_of(connection)
    assert head is not None
    assert after["ledger"] == {
        "size": head.checkpoint.size, "root": b64encode(head.checkpoint.root).decode(),
        "signed_at": head.signed_at, "cosigned": False,
    }  # fmt: skip
    assert after["ledger"]["signed_at"] >= now + 7200
    assert after["erased_at"] >= now + 7200


def test_a_log_without_entries_is_told_as_none(service: Service) -> None:
    told = service.operator(Role.AUDITOR).get("/v1/ages").json()
    assert told["ledger"] is None
