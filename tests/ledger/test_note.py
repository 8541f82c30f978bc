"""C2SP signed notes and checkpoints: the published examples, and every way in which one can be wrong."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from moiety.errors import LedgerMalformed, LedgerRefused, LedgerTampered, UsageError
from moiety.keys import SigningKey
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, open_checkpoint, parse_text, sign_checkpoint
from moiety.ledger.merkle import EMPTY_ROOT
from moiety.ledger.note import NoteVerifier, Signature, checked_by, note_verifier, parse, parse_vkey

# https://c2sp.org/signed-note, "Example"
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72"
    "IneyaQM=\n"
).encode()
# https://c2sp.org/signed-note, its first example
POEM = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99"
    "ihAQwaqP3ZekRwNtIc=\n"
).encode()
# https://c2sp.org/tlog-cosignature, the first example: a checkpoint with a cosignature
CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9n"
    "To+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqh"
    "f5nNo0xUe+mbIUBkBIfZ+qnA==\n"
).encode()
# The key of the checkpoint's log, as golang.org/x/mod and the C2SP witness tests publish it
SOFA = "example.com/behind-the-sofa"

KEY = SigningKey.from_seed(bytes(range(32)))


def test_the_example_of_signed_note_verifies() -> None:
    verifier = note_verifier(VKEY)
    note = parse(NOTE)
    assert verifier.vkey() == VKEY
    assert note.text == "This is an example message.\n"
    assert note.encode() == NOTE
    assert [one.name for one in checked_by(note, [verifier], what="the note")] == ["example.com/foo"]


def test_a_text_with_empty_lines_ends_at_the_last_one() -> None:
    note = parse(POEM)
    assert note.text.endswith("\n\ned è subito sera.\n")
    assert note.encode() == POEM


def test_the_example_checkpoint_reads_and_writes_alike() -> None:
    note = parse(CHECKPOINT)
    stated = parse_text(note.text)
    assert (stated.origin, stated.size) == (SOFA, 20852163)
    assert stated.text() == note.text
    assert note.encode() == CHECKPOINT
    assert note.signatures[1].key_id.hex() == "8d66cf3f"
    assert int.from_bytes(note.signatures[1].blob[:8], "big") == 1679315147, "the time that the text tells"


def test_one_changed_letter_is_seen() -> None:
    with pytest.raises(LedgerTampered, match=r"'example\.com/foo'"):
        checked_by(parse(NOTE.replace(b"example m", b"Example m")), [note_verifier(VKEY)], what="the note")


def test_unknown_keys_are_passed_over_but_never_enough() -> None:
    other = NoteVerifier("example.com/foo", KEY.verifying_key)
    with pytest.raises(LedgerTampered, match="No known key signed the note"):
        checked_by(parse(NOTE), [other], what="the note")
    text = parse(NOTE).text
    both = parse(NOTE).with_signatures([notes.sign(text, "example.com/bar", KEY)])
    assert len(checked_by(both, [note_verifier(VKEY)], what="the note")) == 1


def test_a_false_signature_of_a_known_key_refuses_the_note_beside_a_good_one() -> None:
    mine = NoteVerifier("example.com/bar", KEY.verifying_key)
    note = parse(NOTE).with_signatures([Signature(mine.name, mine.key_id, bytes(64))])
    with pytest.raises(LedgerTampered, match=r"'example\.com/bar'"):
        checked_by(note, [note_verifier(VKEY), mine], what="the note")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"text\n", b"text\n\n", b"\n\n\xe2\x80\x94 a AAAAAAA=\n", NOTE[:-1],
        NOTE.replace(b"\xe2\x80\x94", b"-"),
        NOTE.replace(b"message", b"mess\tage"), NOTE.replace(b"message", b"mess\xff"),
        NOTE.replace(b"aQM=", b"aQN="),
        NOTE.replace(b"example.com/foo Uw", b"example.com/f+o Uw"), NOTE + b"\n", NOTE + NOTE[29:] * 16,
        b"text\n\n\xe2\x80\x94 name AAAAAA==\n", b"t" * 70_000 + NOTE,
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(LedgerMalformed):
        parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "", "name", VKEY.replace("530d903a", "530d903b"), VKEY.replace("530d", "530D"), VKEY[:-4],
        "a b+" + VKEY,
        VKEY.replace("+Ae", "+Be"),
    ],
)  # fmt: skip
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(LedgerMalformed):
        parse_vkey(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "origin\n1\n", "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "origin\n-1\nAA==\n",
        "origin\n1\nAA==\n", "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n9999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nmore\n",
        "origin\n٣\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(LedgerMalformed):
        parse_text(text)


def test_a_signed_checkpoint_opens_with_its_logs_key_only() -> None:
    key = NoteVerifier("log.example/1", KEY.verifying_key)
    note = sign_checkpoint(Checkpoint("log.example/1", 0, EMPTY_ROOT, ("more",)), KEY)
    opened, _ = open_checkpoint(note.encode(), [key])
    assert opened == Checkpoint("log.example/1", 0, EMPTY_ROOT, ("more",))
    stranger = NoteVerifier("log.example/1", SigningKey.generate().verifying_key)
    with pytest.raises(LedgerTampered, match="checkpoint of 0 entries"):
        open_checkpoint(note.encode(), [stranger])


def test_a_name_with_a_space_cannot_sign() -> None:
    with pytest.raises(UsageError, match="no spaces"):
        notes.sign("text\n", "my log", KEY)


@given(st.binary(max_size=400))
@example(NOTE)
@example(CHECKPOINT)
@settings(max_examples=300)
def test_any_bytes_are_a_note_or_are_refused(data: bytes) -> None:
    try:
        note = parse(data)
    except LedgerMalformed:
        return
    assert note.encode() == data


@given(st.integers(0, len(CHECKPOINT) - 1), st.integers(1, 255))
@settings(max_examples=300)
def test_every_flipped_byte_of_a_checkpoint_is_refused_or_reads_back(at: int, flip: int) -> None:
    bent = bytearray(CHECKPOINT)
    bent[at] ^= flip
    try:
        note = parse(bytes(bent))
        parse_text(note.text)
    except LedgerMalformed:
        return
    assert note.encode() == bytes(bent)


@given(st.integers(0, 1 << 40), st.data())
@settings(max_examples=100)
def test_every_flipped_byte_of_our_checkpoint_is_refused(size: int, data: st.DataObject) -> None:
    key = NoteVerifier("log.example/1", KEY.verifying_key)
    good = sign_checkpoint(Checkpoint("log.example/1", size, EMPTY_ROOT), KEY).encode()
    bent = bytearray(good)
    bent[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LedgerRefused):
        open_checkpoint(bytes(bent), [key])
