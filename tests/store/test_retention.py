"""Retention: what is due is gone from the file, what is not stays, and each erasure leaves its proof."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.consent.conftest import DAY, NOW
from tests.store.test_consents import Given, agreed, kinds
from tests.store.test_consents import given as given

from moiety.consent.schedule import Item, Schedule
from moiety.consent.secret import new_secret, secret_hash
from moiety.credential.blind import BlindCode
from moiety.ledger.event import commitment
from moiety.store import Store, consents, open_store, retention, shares
from moiety.store.events import record as record_event
from moiety.store.migrate import upgrade
from moiety.store.sightings import seeing
from moiety.store.tables.ceremonies import ceremonies
from moiety.store.tables.consents import consents as table
from moiety.store.tables.events import events
from moiety.store.tables.shares import shares as share_table
from moiety.store.tables.status import places
from moiety.store.together import together

PLAIN = Schedule.of(["plain"])
GDPR = Schedule.of(["gdpr"])


def withdraw(store: Store, identifier: bytes, now: int) -> None:
    with store.begin() as connection:
        stored = consents.find(connection, identifier)
        assert stored is not None
        consents.end(connection, stored, "receipt", now)


def found(store: Store, identifier: bytes) -> consents.StoredConsent | None:
    with store.reading() as connection:
        return consents.find(connection, identifier)


def bodies(store: Store, kind: str) -> list[dict[str, Any]]:
    with store.reading() as connection:
        query = sa.select(events.c.body).where(events.c.kind == kind).order_by(events.c.id)
        return [json.loads(one) for one in connection.execute(query).scalars() if one is not None]


def test_a_record_stays_its_month_and_then_goes_with_a_proof(store: Store, given: Given) -> None:
    identifier = given(cti=secrets.token_bytes(16))
    stored = found(store, identifier)
    assert stored is not None
    withdraw(store, identifier, NOW)
    assert retention.run(store, GDPR, NOW + 30 * DAY - 1).counts[Item.RECORD] == 0
    assert found(store, identifier) is not None
    assert retention.run(store, GDPR, NOW + 30 * DAY).counts[Item.RECORD] == 1
    assert found(store, identifier) is None
    (proof,) = bodies(store, "erased")
    assert proof["proof"] == stored.record.consent.commitment().hex()


def test_an_expired_consent_ends_and_its_code_is_revoked(store: Store, given: Given) -> None:
    identifier = given(cti=secrets.token_bytes(16))
    assert retention.run(store, PLAIN, NOW + 90 * DAY - 1).ended == 0
    assert retention.run(store, PLAIN, NOW + 90 * DAY).ended == 1
    stored = found(store, identifier)
    assert stored is not None
    assert stored.ending == "expired"
    with store.reading() as connection:
        assert connection.execute(sa.select(places.c.status)).scalar_one() == 1
    assert kinds(store)[-3:] == ["consent-expired", "revoked", "retention-run"]


def test_in_illinois_a_code_ends_three_years_after_the_last_interaction(store: Store, given: Given) -> None:
    bipa = Schedule.of(["bipa"])
    cti = secrets.token_bytes(16)
    identifier = given(cti=cti, days=3000)
    with store.begin() as connection:
        together(connection, seeing(cti, NOW + 500 * DAY))
    early = (NOW // DAY + 500) % 7  # a visit is noted as of the first day of its week
    assert retention.run(store, bipa, NOW + (1094 + 500 - early) * DAY).ended == 0
    assert retention.run(store, bipa, NOW + (1095 + 500 - early) * DAY).ended == 1
    stored = found(store, identifier)
    assert stored is not None
    assert stored.ending == "unused"


def test_bodies_of_events_go_and_their_commitments_stay(store: Store, given: Given) -> None:
    given()
    with store.reading() as connection:
        before = connection.execute(sa.select(events)).one()
    assert before.commitment == commitment(before.salt, before.body)
    retention.run(store, PLAIN, NOW + 365 * DAY)
    with store.reading() as connection:
        after = connection.execute(sa.select(events).where(events.c.id == before.id)).one()
    assert (after.body, after.salt) == (None, None)
    assert (after.commitment, after.kind, after.event_id) == (before.commitment, before.kind, before.event_id)
    retention.run(store, PLAIN, NOW + 3 * 365 * DAY)
    assert len(bodies(store, "retention-run")) == 2  # what shows that the schedule was kept stays


def test_the_share_of_an_expired_code_goes_and_no_other(store: Store, given: Given) -> None:
    """A code that has expired is never opened again; that of a longer one stays, whatever the clock here."""
    soon, late = secrets.token_bytes(16), secrets.token_bytes(16)
    given(cti=soon, days=3000)
    given(cti=late, days=3000)
    with store.begin() as connection:
        for cti, days in ((soon, 10), (late, 20)):
            connection.execute(places.update().where(places.c.cti == cti).values(expires=NOW + days * DAY))
            shares.keep(
                connection,
                BlindCode.of("https://issuer.example.org/", cti, b"signed"),
                secrets.token_bytes(32),
                None,
                NOW,
            )

    def held() -> list[bytes]:
        with store.reading() as connection:
            return [bytes(one) for one in connection.execute(sa.select(share_table.c.cti)).scalars()]

    assert retention.run(store, PLAIN, NOW + 10 * DAY - 1).shares == 0
    assert sorted(held()) == sorted([soon, late])
    with store.reading() as connection:
        assert retention.overdue(connection, PLAIN, NOW + 10 * DAY)[Item.CODE] == 1
    done = retention.run(store, PLAIN, NOW + 10 * DAY)
    assert (done.ended, done.shares, done.total) == (0, 1, 1)
    assert held() == [late]
    (gone,) = bodies(store, "share-deleted")
    assert (gone["code"], gone["why"], gone["at"]) == (soon.hex(), "expired", NOW + 10 * DAY)
    (kept,) = (one for one in bodies(store, "share-stored") if one["code"] == soon.hex())
    assert gone["share_sha256"] == kept["share_sha256"], "what was deleted is what was kept"
    assert bodies(store, "retention-run")[-1]["shares"] == 1
    assert retention.run(store, PLAIN, NOW + 10 * DAY).total == 0


def test_a_revocation_deletes_the_share_at_the_time_that_was_given(store: Store, given: Given) -> None:
    cti = secrets.token_bytes(16)
    identifier = given(cti=cti)
    with store.begin() as connection:
        shares.keep(
            connection,
            BlindCode.of("https://issuer.example.org/", cti, b"signed"),
            secrets.token_bytes(32),
            None,
            NOW,
        )
    withdraw(store, identifier, NOW + 5)
    assert [one["at"] for one in bodies(store, "share-deleted")] == [NOW + 5]


def test_after_a_run_nothing_is_overdue_and_a_second_run_finds_nothing(store: Store, given: Given) -> None:
    for _ in range(3):
        withdraw(store, given(), NOW)
    given(cti=secrets.token_bytes(16))
    with store.begin() as connection:
        consents.count_fallback(connection, "verify", NOW)
        connection.execute(
            ceremonies.insert().values(
                id=secrets.token_bytes(16), kind="verify", state="completed", nonce_hash=bytes(32),
                actor="a" * 32, options="{}", begun_at=NOW, expires=NOW + 60, attempts=1,
            )
        )  # fmt: skip
    later = NOW + 1000 * DAY
    with store.reading() as connection:
        assert all(number > 0 for number in retention.overdue(connection, PLAIN, later).values())
        assert retention.last_run(connection) is None
    # The consent that only now ends stays its month; a run after that finds it.
    done = retention.run(store, PLAIN, later)
    assert (done.ended, done.counts[Item.RECORD], done.counts[Item.FALLBACK], done.counts[Item.CEREMONY]) == (
        1,
        3,
        1,
        1,
    )
    with store.reading() as connection:
        assert set(retention.overdue(connection, PLAIN, later).values()) == {0}
        assert retention.last_run(connection) == later
    assert retention.run(store, PLAIN, later).total == 0
    final = retention.run(store, PLAIN, later + 30 * DAY)
    assert final.counts[Item.RECORD] == 1
    assert final.counts[Item.CODE] == 1
    with store.reading() as connection:
        assert connection.execute(sa.select(places.c.cti)).scalar_one() is None


def test_a_crash_in_its_middle_keeps_what_was_done_and_the_next_run_goes_on(
    store: Store, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "RETENTION_BATCH", 2)
    for _ in range(5):
        withdraw(store, given(), NOW)
    genuine, calls = record_event, iter(range(100))

    def crash(connection: Any, kind: str, body: Any, now: int) -> bytes:
        if kind == "erased" and next(calls) == 3:
            raise KeyboardInterrupt
        return genuine(connection, kind, body, now)

    monkeypatch.setattr(retention, "record_event", crash)
    with pytest.raises(KeyboardInterrupt):
        retention.run(store, PLAIN, NOW + 30 * DAY)
    with store.reading() as connection:
        left = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    assert (left, len(bodies(store, "erased"))) == (3, 2)  # the first two whole, the broken two not at all
    monkeypatch.setattr(retention, "record_event", genuine)
    assert retention.run(store, PLAIN, NOW + 30 * DAY).counts[Item.RECORD] == 3
    assert len(bodies(store, "erased")) == 5


def test_two_runs_at_once_erase_each_record_once(store: Store, given: Given) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for _ in range(8):
        withdraw(store, given(), NOW)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: retention.run(store, PLAIN, NOW + 30 * DAY), range(2)))
    assert sum(one.counts[Item.RECORD] for one in done) == 8
    assert len(bodies(store, "erased")) == 8


def test_the_file_itself_forgets(tmp_path: Path) -> None:
    """Not a row that is marked: the bytes are gone from every file of the database."""
    store = open_store(f"sqlite:///{tmp_path / 's.sqlite3'}")
    upgrade(store)
    one, told = agreed()
    with store.begin() as connection:
        consents.give(connection, one, told, secret_hash(new_secret()), NOW)
    needles = [bytes.fromhex(one.consent.salt), bytes.fromhex(one.consent.record_id)]

    def on_disk() -> list[bool]:
        data = b"".join(file.read_bytes() for file in tmp_path.glob("s.sqlite3*"))
        return [needle in data for needle in needles]

    assert all(on_disk())
    withdraw(store, bytes.fromhex(one.consent.record_id), NOW)
    retention.run(store, PLAIN, NOW + 30 * DAY)
    assert not any(on_disk())
    data = b"".join(file.read_bytes() for file in tmp_path.glob("s.sqlite3*"))
    assert one.consent.commitment().hex().encode() in data  # its proof
    store.close()


def test_a_proof_tells_nothing_to_whoever_lacks_the_receipt(store: Store, given: Given) -> None:
    withdraw(store, given(), NOW)
    retention.run(store, PLAIN, NOW + 30 * DAY)
    (proof,) = bodies(store, "erased")
    assert set(proof) == {"kind", "at", "item", "proof"}


@pytest.fixture
def memory() -> Store:
    store = open_store("sqlite://")
    upgrade(store)
    return store


def test_it_runs_in_memory_too(memory: Store) -> None:
    assert retention.run(memory, PLAIN, NOW).total == 0
