"""Events: one spelling, a commitment that hides, and a body that cannot be exchanged."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.errors import LedgerTampered, UsageError
from moiety.ledger.event import Body, canonical, commitment, require_body

SALT = bytes(range(32))
NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True).filter(lambda name: name not in ("at", "kind"))
BODIES = st.dictionaries(
    NAMES,
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53), 1 << 53)
    | st.text(st.characters(codec="utf-8"), max_size=40),
)


def test_the_commitment_written_down_by_hand() -> None:
    data = canonical("enrolled", 1_790_000_000, {"code": "ab", "again": False})
    assert data == b'{"again":false,"at":1790000000,"code":"ab","kind":"enrolled"}'
    assert commitment(SALT, data) == hashlib.sha256(b"moiety/event/1\x00" + SALT + data).digest()


@given(BODIES)
def test_the_canonical_form_says_the_same_whatever_the_order(body: Body) -> None:
    data = canonical("enrolled", 5, body)
    assert canonical("enrolled", 5, dict(reversed(list(body.items())))) == data
    assert json.loads(data) == {**body, "at": 5, "kind": "enrolled"}
    require_body(7, commitment(SALT, data), SALT, data)


def test_another_body_or_salt_names_the_entry() -> None:
    data = canonical("enrolled", 5, {})
    entry = commitment(SALT, data)
    for salt, body in ((SALT, canonical("enrolled", 6, {})), (bytes(32), data), (b"", data)):
        with pytest.raises(LedgerTampered, match="body of entry 7"):
            require_body(7, entry, salt, body)


@pytest.mark.parametrize(
    ("kind", "at", "body"),
    [
        ("", 0, {}), ("Enrolled", 0, {}), ("a" * 33, 0, {}), ("a", -1, {}), ("a", True, {}),
        ("a", 0, {"B": 1}),
        ("a", 0, {"b": 1.5}), ("a", 0, {"b": b"x"}), ("a", 0, {"b": "x" * 4096}),
        ("a", 0, {"at": 1}), ("a", 0, {"b": "\ud800"}),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused(kind: str, at: int, body: Body) -> None:
    with pytest.raises(UsageError):
        canonical(kind, at, body)


def test_a_salt_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        commitment(b"short", b"{}")
