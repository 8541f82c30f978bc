"""Witness cosignatures, and proofs that travel with a receipt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.errors import LedgerMalformed, LedgerRefused, LedgerTampered, UsageError
from moiety.keys import SigningKey
from moiety.ledger import cosignature
from moiety.ledger.checkpoint import Checkpoint, sign_checkpoint
from moiety.ledger.cosignature import WitnessKey, cosign, require_witnessed, signed_message, witness_key
from moiety.ledger.merkle import MemoryTree, inclusion_proof, leaf_hash
from moiety.ledger.note import NoteVerifier, Signature, note_verifier
from moiety.ledger.proof import HEADER, Proof, parse_proof, verify_proof

LOG = SigningKey.from_seed(bytes(range(32)))
LOG_KEY = NoteVerifier("log.example/1", LOG.verifying_key)
WITNESS = SigningKey.from_seed(bytes(range(1, 33)))
KEY = WitnessKey("witness.example/w1", WITNESS.verifying_key)
NOW = 1_790_000_000

ENTRIES = [bytes([number]) * 32 for number in range(11)]
TREE = MemoryTree(map(leaf_hash, ENTRIES))
NOTE = sign_checkpoint(Checkpoint("log.example/1", 11, TREE.root()), LOG)


def test_the_message_is_that_of_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert signed_message(text, 1679315147) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_a_cosignature_holds_for_its_text_and_time_only() -> None:
    one = cosign(NOTE.text, KEY.name, WITNESS, now=NOW)
    assert cosignature.timestamp(one.blob) == NOW
    assert KEY.verifies(NOTE.text, one.blob)
    assert not KEY.verifies(NOTE.text + "more\n", one.blob)
    later = (NOW + 1).to_bytes(8, "big") + one.blob[8:]
    assert not KEY.verifies(NOTE.text, later)
    assert not KEY.verifies(NOTE.text, one.blob[:-1])
    assert not KEY.verifies(NOTE.text, (1 << 63).to_bytes(8, "big") + one.blob[8:])
    assert witness_key(KEY.vkey()) == KEY


def test_a_witness_key_is_no_log_key_nor_the_other_way_round() -> None:
    with pytest.raises(LedgerMalformed, match="witness's key"):
        note_verifier(KEY.vkey())
    with pytest.raises(LedgerMalformed, match="log's key"):
        witness_key(LOG_KEY.vkey())


def test_too_few_witnesses_and_those_from_the_future_are_refused() -> None:
    second = WitnessKey("witness.example/w2", LOG.verifying_key)
    seen = NOTE.with_signatures([cosign(NOTE.text, KEY.name, WITNESS, now=NOW)])
    require_witnessed(NOTE, [KEY], 0, now=NOW)
    require_witnessed(seen, [KEY, second], 1, now=NOW)
    with pytest.raises(LedgerTampered, match="1 witnesses cosigned the checkpoint; 2 are asked for"):
        require_witnessed(seen, [KEY, second], 2, now=NOW)
    with pytest.raises(LedgerTampered, match="No known key"):
        require_witnessed(NOTE, [KEY], 1, now=NOW)
    with pytest.raises(LedgerTampered, match="future"):
        require_witnessed(seen, [KEY], 1, now=NOW - 1000)
    false = NOTE.with_signatures([Signature(KEY.name, KEY.key_id, bytes(72))])
    with pytest.raises(LedgerTampered, match=r"witness\.example/w1"):
        require_witnessed(false, [KEY], 1, now=NOW)


def test_a_witness_needs_a_name_and_a_time() -> None:
    with pytest.raises(UsageError):
        cosign(NOTE.text, "a b", WITNESS, now=NOW)
    with pytest.raises(UsageError):
        cosign(NOTE.text, KEY.name, WITNESS, now=0)


@pytest.mark.parametrize("index", range(11))
def test_a_proof_travels_and_holds(index: int) -> None:
    proof = Proof(index, inclusion_proof(index, 11, TREE.node), NOTE)
    data = proof.encode()
    assert data.startswith(f"{HEADER}\nindex {index}\n".encode())
    assert parse_proof(data) == proof
    assert verify_proof(parse_proof(data), ENTRIES[index], [LOG_KEY]).size == 11
    with pytest.raises(LedgerTampered, match=f"Entry {index} "):
        verify_proof(proof, ENTRIES[(index + 1) % 11], [LOG_KEY])


def test_a_proof_of_one_entry_has_no_hashes() -> None:
    tree = MemoryTree([leaf_hash(b"only")])
    note = sign_checkpoint(Checkpoint("log.example/1", 1, tree.root()), LOG)
    proof = parse_proof(Proof(0, (), note).encode())
    assert verify_proof(proof, b"only", [LOG_KEY]).root == tree.root()


GOOD = Proof(4, inclusion_proof(4, 11, TREE.node), NOTE).encode()


@given(st.data())
@settings(max_examples=300)
def test_every_flipped_byte_of_a_proof_is_refused(data: st.DataObject) -> None:
    bent = bytearray(GOOD)
    bent[data.draw(st.integers(0, len(GOOD) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LedgerRefused):
        verify_proof(parse_proof(bytes(bent)), ENTRIES[4], [LOG_KEY])


@given(st.binary(max_size=300) | st.builds(lambda tail: HEADER.encode() + b"\nindex 0\n" + tail, st.binary()))
@settings(max_examples=200)
def test_any_bytes_are_a_proof_or_are_refused(data: bytes) -> None:
    try:
        proof = parse_proof(data)
    except LedgerMalformed:
        return
    assert proof.encode() == data


@pytest.mark.parametrize(
    "data",
    [
        b"", GOOD.replace(b"index 4", b"index 04"), GOOD.replace(b"index 4", b"index 4\nextra QQ=="),
        GOOD.replace(b"@v1", b"@v2"), b"x" * 80_000,
        b"\n".join([HEADER.encode(), b"index 0", *[GOOD.split(b"\n")[2]] * 64, b"", NOTE.encode()]),
        HEADER.encode() + b"\nindex 0\nAA==\n\n" + NOTE.encode(),
    ],
)  # fmt: skip
def test_what_is_no_proof_is_refused(data: bytes) -> None:
    with pytest.raises(LedgerMalformed):
        parse_proof(data)
