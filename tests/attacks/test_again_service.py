"""The service, attacked again after S1 to S18 were answered: forged codes, thefts, and what stays behind."""

from __future__ import annotations

import time
import zlib
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from tests.conftest import Face, Picture
from tests.databases import Server
from tests.service.conftest import Service, clock, service  # noqa: F401
from tests.service.test_life import enrol
from tests.service.test_live_ceremonies import SOMEBODY, counted, shipped, watched  # noqa: F401
from tests.test_presence import CHALLENGE, recorded

from moiety.consent.schedule import Schedule
from moiety.credential import base45, cbor, cose, epochs
from moiety.credential.code import Credential
from moiety.credential.layout import Home
from moiety.errors import NotAllowed
from moiety.keys import SigningKey
from moiety.service.capture.desk import Taken
from moiety.service.capture.desks import Renewing
from moiety.service.ceremonies import enrolment, renewal
from moiety.service.ceremonies.captured import Captured
from moiety.service.practice import stage as practice
from moiety.service.practice.stage import Stage
from moiety.service.roles import Role
from moiety.store import limits, open_store, retention
from moiety.store.limits import DAY_S
from moiety.store.migrate import upgrade
from moiety.store.tables.limits import daily_keys


def test_a_forged_code_is_not_found_as_the_code_that_it_copies(
    service: Service,  # noqa: F811
    picture: Picture,
) -> None:
    """Whoever holds a card at the desk would have seen "valid, in force" for what nobody issued."""
    desk = service.operator(Role.ENROLLER)
    text = enrol(service, desk, picture("lisa/1"), picture("lisa/2")).json()["code"]
    assert desk.post("/v1/credentials/find", json={"code": text}).json()["status"] == "valid"
    genuine = Credential.from_text(text)
    thief = SigningKey.generate()
    unsigned = cose.sign(genuine.message.payload, thief)
    forged = base45.encode(zlib.compress(unsigned, 9))
    assert Credential.from_text(forged).claims.cti == genuine.claims.cti
    refused = desk.post("/v1/credentials/find", json={"code": forged})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not-found")
    # Under the issuer's own key identifier, with a signature that nobody made.
    parts = [genuine.message.protected, {}, genuine.message.payload, bytes(64)]
    altered = base45.encode(zlib.compress(b"\xd2" + cbor.encode(parts), 9))
    refused = desk.post("/v1/credentials/find", json={"code": altered})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "signature-invalid")


def test_after_a_theft_a_live_holder_and_an_operator_who_says_so_get_a_new_code(
    shipped: Service,  # noqa: F811
    face: Face,
) -> None:
    """Renewal asks for liveness, which one connection alone can show: there nobody could say the rest."""
    state, consent = shipped.state, bytes.fromhex(shipped.consent())
    begun = enrolment.begin(state, SOMEBODY, consent, modalities=frozenset({"face"}))
    taken = Captured(
        live=watched(recorded(face("lisa/3"), CHALLENGE)), attempted_at=counted(shipped, begun.ceremony.id)
    )
    code = enrolment.complete(state, SOMEBODY, begun.ceremony.id, begun.nonce, consent, taken).credential
    epochs.rotate_group(Home.open(shipped.stage.home), distrust_old=True)
    begun = renewal.begin(state, SOMEBODY, code).begun
    desk = Renewing(state, lambda: SOMEBODY, begun.ceremony, begun.nonce, code)
    seen = Taken(
        live=watched(recorded(face("lisa/4"), CHALLENGE)), attempted_at=counted(shipped, begun.ceremony.id)
    )
    for said in ({}, {"identity_checked": "true"}, {"identity_checked": 1}):
        with pytest.raises(NotAllowed, match="stolen"):
            desk.complete(seen, said)
    done = desk.complete(seen, {"identity_checked": True})
    assert isinstance(done["decision"], dict) and done["decision"]["outcome"] == "accept"
    assert done["issued"] is not None


def test_a_key_of_a_day_is_gone_from_the_files_of_postgresql(postgresql: Server, tmp_path: Path) -> None:
    """A deleted row lay in the table's file until autovacuum came: for a row a day, after some fifty days."""
    url = postgresql.new_database()
    store, now = open_store(url), 20_000 * DAY_S
    upgrade(store)
    for day in range(4):
        with store.begin() as connection:
            limits.pseudonym(connection, b"somebody", now // DAY_S + day)
        if not day:
            with store.reading() as connection:
                key = bytes(connection.execute(sa.select(daily_keys.c.key)).scalar_one())
    retention.run(store, Schedule.of(["plain"]), now + 3 * DAY_S)
    with store.reading() as connection:
        assert key not in map(bytes, connection.execute(sa.select(daily_keys.c.key)).scalars())
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(f"host={postgresql.folder} user=moiety dbname={name}", autocommit=True) as direct:
        direct.execute("CHECKPOINT")
        file = direct.execute("SELECT pg_relation_filepath('daily_keys')").fetchone()
        held = direct.execute("SELECT pg_read_binary_file(%s)", file).fetchone()
    store.close()
    assert held is not None and held[0] and key not in bytes(held[0])


def test_a_face_under_practice_goes_though_nobody_practises_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(practice, "PRACTICE_S", 1)
    stage, now = Stage(), int(time.time())
    stage.begin_own("somebody", now)
    time.sleep(0.5)
    stage.begin_own("somebody else", now + 1)
    for _ in range(60):
        time.sleep(0.1)
        if not stage._own and stage._timer is None:
            break
    assert not stage._own and stage._timer is None
