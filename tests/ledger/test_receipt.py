"""Ledger receipts: what an entry says can be shown by whoever was told, and nothing else passes for it."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.errors import LedgerMalformed, LedgerPending, LedgerTampered
from moiety.keys import SigningKey
from moiety.ledger.checkpoint import Checkpoint, sign_checkpoint
from moiety.ledger.event import canonical, commitment
from moiety.ledger.merkle import MemoryTree, inclusion_proof, leaf_hash
from moiety.ledger.note import NoteVerifier
from moiety.ledger.proof import Proof
from moiety.ledger.receipt import LedgerReceipt, read_receipt, receipt_in

SIGNER: Final = SigningKey.from_seed(bytes(range(32)))
KEYS: Final = [NoteVerifier("log.example/1", SIGNER.verifying_key)]
SALT: Final = bytes(range(32))
DATA: Final = canonical("consent-given", 1_790_000_000, {"consent": "ab" * 16, "language": "en"})


def proven(entry: bytes) -> Proof:
    tree = MemoryTree([leaf_hash(one) for one in (b"a", b"b", entry, b"c", b"d")])
    note = sign_checkpoint(Checkpoint("log.example/1", tree.size, tree.root()), SIGNER)
    return Proof(2, inclusion_proof(2, tree.size, tree.node), note)


RECEIPT: Final = LedgerReceipt(bytes(16), DATA, SALT, proven(commitment(SALT, DATA)))


def file(document: object) -> bytes:
    return json.dumps(document).encode()


def consent_receipt(identifier: str) -> dict[str, Any]:
    payload = base64.urlsafe_b64encode(file({"dct:identifier": identifier})).decode().rstrip("=")
    return {"payload": payload, "protected": "e30", "signature": "AA", "ledger": RECEIPT.to_json()}


def test_a_receipt_is_checked_by_the_logs_key_alone() -> None:
    for document in (RECEIPT.to_json(), {"outcome": "accept", "ledger": RECEIPT.to_json()}):
        found = receipt_in(file(document))
        assert found == RECEIPT
        assert found.verify(KEYS).size == 5
        assert found.event["kind"] == "consent-given"
    with pytest.raises(LedgerTampered, match="No known key"):
        RECEIPT.verify([NoteVerifier("log.example/1", SigningKey.generate().verifying_key)])
    assert receipt_in(file(consent_receipt("ab" * 16))) == RECEIPT
    with pytest.raises(LedgerTampered, match="another consent"):
        receipt_in(file(consent_receipt("cd" * 16)))


@pytest.mark.parametrize("name", ["event", "salt"])
def test_whatever_is_changed_is_not_what_was_entered(name: str) -> None:
    document = RECEIPT.to_json()
    document[name] = str(document[name]).replace("1", "2")
    with pytest.raises(LedgerTampered, match="Entry 2 is not in the tree"):
        read_receipt(document).verify(KEYS)


def test_a_pending_receipt_says_so() -> None:
    waiting = LedgerReceipt(bytes(16), DATA, SALT, None)
    assert waiting.to_json()["pending"] is True
    assert receipt_in(file(waiting.to_json())) == waiting
    with pytest.raises(LedgerPending, match="waits for its place") as refused:
        waiting.verify(KEYS)
    assert "00" * 16 in str(refused.value.remedy)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "00"}, {"id": None}, {"salt": "zz"}, {"salt": "00"}, {"event": 5}, {"event": "[]"},
        {"event": "{"}, {"event": "[" * 3000}, {"event": "x" * 5000}, {"event": None},
        {"proof": 5}, {"proof": "c2sp.org"}, {"proof": "\ud800"}, {"pending": True}, {"pending": 0},
        {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_receipt_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LedgerMalformed):
        read_receipt({**RECEIPT.to_json(), **change})


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"5", b"null", b"{}", b'{"ledger": 1}', b"\xff", b"[" * 100_000, b'{"ledger": null}']
)
def test_files_without_one_are_refused(data: bytes) -> None:
    with pytest.raises(LedgerMalformed):
        receipt_in(data)
    for payload in ("*", "bnVsbA", "e30", 5):
        with pytest.raises(LedgerMalformed):
            receipt_in(file({**consent_receipt("ab" * 16), "payload": payload}))


PLAIN: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["id", "event", "salt", "proof", "pending", "payload", "ledger"]), PLAIN)
def test_any_document_is_read_or_refused(name: str, value: object) -> None:
    document = {**consent_receipt("ab" * 16), **RECEIPT.to_json(), name: value}
    for one in (document, {**consent_receipt("ab" * 16), "ledger": {**RECEIPT.to_json(), name: value}}):
        try:
            found = receipt_in(file(one))
        except (LedgerMalformed, LedgerTampered):
            continue
        assert len(found.entry) == 32
