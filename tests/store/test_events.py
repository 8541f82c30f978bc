"""An event is kept with the state that it tells of, and commits to its body without showing it."""

from __future__ import annotations

import hashlib
import json

import pytest
import sqlalchemy as sa

from moiety.errors import UsageError
from moiety.store import Store
from moiety.store.events import record
from moiety.store.tables.events import events


def test_the_commitment_is_over_the_salt_and_the_canonical_body(store: Store) -> None:
    with store.begin() as connection:
        identifier = record(connection, "revoked", {"code": "ab", "by": None, "n": 3, "ok": True}, 77)
    with store.reading() as connection:
        row = connection.execute(sa.select(events)).one()
    assert row.event_id == identifier
    assert row.body == b'{"at":77,"by":null,"code":"ab","kind":"revoked","n":3,"ok":true}'
    assert json.loads(row.body)["kind"] == row.kind == "revoked"
    assert row.commitment == hashlib.sha256(b"moiety/event/1\x00" + row.salt + row.body).digest()
    assert row.leaf is None


def test_an_event_goes_with_its_transaction(store: Store) -> None:
    with pytest.raises(RuntimeError), store.begin() as connection:
        record(connection, "enrolled", {}, 1)
        raise RuntimeError
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one() == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("seen", {}),
        ("enrolled", {"kind": "x"}),
        ("enrolled", {"picture": b"x"}),
        ("enrolled", {"score": 0.5}),
        ("enrolled", {"deep": {}}),
        ("enrolled", {"long": "x" * 4096}),
    ],
)
def test_what_is_no_event_is_refused(kind: str, body: dict[str, str]) -> None:
    from moiety.store import open_store
    from moiety.store.migrate import upgrade

    opened = open_store("sqlite://")
    upgrade(opened)
    with pytest.raises(UsageError), opened.begin() as connection:
        record(connection, kind, body, 1)
    opened.close()
