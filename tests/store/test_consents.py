"""Consents in the store: each change whole with its event, a code dies with the consent it rests on."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.consent.conftest import DAY, NOW, settings_document

from moiety.consent import Consent
from moiety.consent.iso27560 import ConsentRecord, Relation, State
from moiety.consent.notice import Notice, notice
from moiety.consent.secret import new_secret, secret_hash
from moiety.consent.settings import ConsentSettings
from moiety.errors import ConsentError
from moiety.store import Store, consents
from moiety.store.events import record as record_event
from moiety.store.sightings import seeing, settle
from moiety.store.tables.consents import fallbacks, notices
from moiety.store.tables.events import events
from moiety.store.tables.status import places
from moiety.store.together import together

SITE = ConsentSettings.parse(settings_document())


def read_notice(language: str = "en") -> Notice:
    return notice(
        SITE, purpose="medicine", modalities=("face",), language=language,
        days=90, child=False, schedule_at="https://clinic.example/schedule", now=NOW,
    )  # fmt: skip


def agreed(language: str = "en", now: int = NOW, days: int = 90, **more: Any) -> tuple[ConsentRecord, Notice]:
    told = read_notice(language)
    consent = Consent.given("To collect medicine.", days=days, notice=told.reference, now=now)
    return ConsentRecord(consent, language, **more), told


Given = Callable[..., bytes]


@pytest.fixture
def given(store: Store) -> Given:
    """Record a consent; returns its identifier."""

    def record(
        *, cti: bytes | None = None, now: int = NOW, secret: bytes | None = None, **more: Any
    ) -> bytes:
        one, told = agreed(now=now, **more)
        kept = new_secret() if secret is None else secret
        identifier = bytes.fromhex(one.consent.record_id)
        with store.begin() as connection:
            consents.give(connection, one, told, secret_hash(kept), now)
            if cti is not None:
                place = secrets.randbelow(2**20)
                connection.execute(
                    places.insert().values(list=1, place=place, cti=cti, expires=now + 90 * DAY, status=0)
                )
                consents.bind(connection, identifier, cti, now)
        return identifier

    return record


def kinds(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(sa.select(events.c.kind).order_by(events.c.id)).scalars())


def test_what_is_kept_is_what_was_given(store: Store) -> None:
    one, told = agreed("ar", guardian=Relation.PARENT)
    with store.begin() as connection:
        consents.give(connection, one, told, secret_hash(bytes(16)), NOW)
    with store.reading() as connection:
        found = consents.find(connection, bytes.fromhex(one.consent.record_id))
        kept = connection.execute(sa.select(notices)).mappings().one()
        body = json.loads(connection.execute(sa.select(events.c.body)).scalar_one())
    assert found is not None
    assert found.record == one
    assert found.record.consent.commitment() == one.consent.commitment()
    assert (found.cti, found.seen_day, found.ending) == (None, NOW // DAY, None)
    assert json.loads(kept["told"]) == told.to_json()
    assert body == {
        "kind": "consent-given", "at": NOW, "consent": one.consent.record_id, "language": "ar", "child": True,
    }  # fmt: skip


def test_a_notice_is_kept_once(store: Store, given: Given) -> None:
    given()
    given()
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(notices)).scalar_one() == 1


def test_a_record_of_another_notice_is_refused_and_nothing_is_kept(store: Store) -> None:
    one, _ = agreed("en")
    with pytest.raises(ConsentError, match="another notice"), store.begin() as connection:
        consents.give(connection, one, read_notice("es"), secret_hash(bytes(16)), NOW)
    assert kinds(store) == []


def test_the_secret_is_nowhere(store: Store, given: Given) -> None:
    secret = new_secret()
    given(secret=secret)
    with store.reading() as connection:
        for table in ("consents", "notices", "events"):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}").all():
                for value in row:
                    data = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                    assert secret not in data
                    assert secret.hex().encode() not in data


def test_withdrawing_revokes_the_code_in_the_same_transaction(store: Store, given: Given) -> None:
    cti = secrets.token_bytes(16)
    identifier = given(cti=cti)
    with store.begin() as connection:
        stored = consents.find(connection, identifier)
        assert stored is not None
        assert consents.end(connection, stored, "receipt", NOW + 5)
    with store.reading() as connection:
        assert connection.execute(sa.select(places.c.status)).scalar_one() == 1
        after = consents.find(connection, identifier)
    assert after is not None
    assert (after.record.state, after.record.ended_at, after.ending) == (State.WITHDRAWN, NOW + 5, "receipt")
    assert after.record.consent.withdrawn_at == NOW + 5
    assert kinds(store) == ["consent-given", "consent-withdrawn", "revoked"]


def test_a_crash_between_two_writes_keeps_neither(
    store: Store, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    cti = secrets.token_bytes(16)
    identifier = given(cti=cti)
    genuine = record_event

    def crash(connection: Any, kind: str, body: Any, now: int) -> bytes:
        if kind == "revoked":
            raise KeyboardInterrupt
        return genuine(connection, kind, body, now)

    monkeypatch.setattr(consents, "record_event", crash)
    with pytest.raises(KeyboardInterrupt), store.begin() as connection:
        stored = consents.find(connection, identifier)
        assert stored is not None
        consents.end(connection, stored, "receipt", NOW + 5)
    monkeypatch.undo()
    with store.reading() as connection:
        after = consents.find(connection, identifier)
        assert after is not None
        assert after.record.state is State.GIVEN
        assert connection.execute(sa.select(places.c.status)).scalar_one() == 0
    assert kinds(store) == ["consent-given"]
    with store.begin() as connection:
        assert consents.end(connection, after, "receipt", NOW + 6)


def test_withdrawing_twice_is_once(store: Store, given: Given) -> None:
    identifier = given(cti=secrets.token_bytes(16))
    with store.begin() as connection:
        stored = consents.find(connection, identifier)
        assert stored is not None
        assert consents.end(connection, stored, "receipt", NOW)
        assert not consents.end(connection, stored, "live-match", NOW + 9)
    assert kinds(store).count("consent-withdrawn") == 1


@pytest.mark.parametrize("when", ["ended", "expired", "taken", "unknown"])
def test_no_code_rests_on_a_consent_that_does_not_hold(store: Store, given: Given, when: str) -> None:
    identifier = given(cti=secrets.token_bytes(16) if when == "taken" else None)
    with store.begin() as connection:
        stored = consents.find(connection, identifier)
        assert stored is not None
        if when == "ended":
            consents.end(connection, stored, "operator", NOW)
    target = secrets.token_bytes(16) if when == "unknown" else identifier
    late = NOW + (90 * DAY if when == "expired" else 0)
    with pytest.raises(ConsentError), store.begin() as connection:
        consents.bind(connection, target, secrets.token_bytes(16), late)


def test_a_renewed_code_takes_the_place_of_the_one_before(store: Store, given: Given) -> None:
    old, new = secrets.token_bytes(16), secrets.token_bytes(16)
    identifier = given(cti=old)
    with store.begin() as connection:
        consents.bind(connection, identifier, new, NOW + 9, instead_of=old)
        assert consents.find_by_code(connection, old) is None
        found = consents.find_by_code(connection, new)
        assert found is not None
        assert found.record_id == identifier
    with pytest.raises(ConsentError), store.begin() as connection:
        consents.bind(connection, identifier, secrets.token_bytes(16), NOW + 9, instead_of=old)


def test_a_code_is_found_by_its_secret_alone(store: Store, given: Given) -> None:
    secret = new_secret()
    identifier = given(secret=secret)
    given()
    with store.reading() as connection:
        found = consents.find_by_secret(connection, secret_hash(secret))
        assert found is not None
        assert found.record_id == identifier
        assert consents.find_by_secret(connection, secret_hash(new_secret())) is None
        assert consents.find_by_secret(connection, b"") is None


def test_the_last_interaction_is_a_day_and_never_goes_back(store: Store, given: Given) -> None:
    cti = secrets.token_bytes(16)
    given(cti=cti)
    for late in (5 * DAY + 77, 2 * DAY):
        with store.begin() as connection:
            together(connection, seeing(cti, NOW + late))
    with store.begin() as connection:
        settle(connection, NOW + 6 * DAY)  # the last visit was yesterday
        found = consents.find_by_code(connection, cti)
        assert found is not None
        assert found.seen_day <= NOW // DAY + 2
        settle(connection, NOW + 7 * DAY)
        found = consents.find_by_code(connection, cti)
        settle(connection, NOW + 8 * DAY)
        assert found == consents.find_by_code(connection, cti)
    assert found is not None
    day = NOW // DAY + 5
    assert found.seen_day == max(NOW // DAY, day - day % 7)


def test_the_other_way_is_counted_by_day_and_says_nothing_more(store: Store) -> None:
    for late, stage in ((0, "enrol"), (60, "enrol"), (0, "verify"), (DAY, "enrol")):
        with store.begin() as connection:
            consents.count_fallback(connection, stage, NOW + late)
    with store.reading() as connection:
        rows = connection.execute(sa.select(fallbacks).order_by(fallbacks.c.day, fallbacks.c.stage)).all()
        bodies = [json.loads(one) for one in connection.execute(sa.select(events.c.body)).scalars()]
    assert [tuple(row) for row in rows] == [
        (NOW // DAY, "enrol", 2), (NOW // DAY, "verify", 1), (NOW // DAY + 1, "enrol", 1),
    ]  # fmt: skip
    assert all(set(one) == {"kind", "at", "stage"} for one in bodies)


def test_changes_to_what_is_kept_are_refused_by_the_table(store: Store, given: Given) -> None:
    """A state without its moment, or the reverse, cannot be stored."""
    from moiety.store.tables.consents import consents as table

    identifier = given()
    with pytest.raises(sa.exc.IntegrityError), store.begin() as connection:
        connection.execute(table.update().where(table.c.record_id == identifier).values(state="withdrawn"))
    assert replace(agreed()[0], language="es").language == "es"
