"""C2SP proofs: one text that shows, offline, that an entry is in a log whose checkpoint is in it too.

https://c2sp.org/tlog-proof. A receipt carries one; whoever holds it needs nothing else but the log's key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from moiety.errors import LedgerMalformed
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, open_checkpoint, parse_size, parse_text
from moiety.ledger.merkle import leaf_hash, require_included
from moiety.ledger.note import Note, NoteKey, decode64, encode64
from moiety.ledger.parameters import HASH_BYTES, MAX_PROOF_HASHES, MAX_REQUEST_BYTES

HEADER: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry's index, the hashes from its sibling up, and the checkpoint that they lead to."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note

    def encode(self) -> bytes:
        """The proof as it travels."""
        lines = [HEADER, f"index {self.index}", *map(encode64, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint.encode()

    def stated(self) -> Checkpoint:
        """What the checkpoint says; not believed yet."""
        return parse_text(self.checkpoint.text)


def parse_proof(data: bytes) -> Proof:
    """Read a proof, strictly. Extra data (which nothing authenticates) is refused.

    Raises:
        LedgerMalformed: it is none.
    """
    if len(data) > MAX_REQUEST_BYTES:
        raise LedgerMalformed("The proof is too large.")
    head, gap, checkpoint = data.partition(b"\n\n")
    lines = _text(head).split("\n")
    if not gap or len(lines) < 2 or lines[0] != HEADER or not lines[1].startswith("index "):
        raise LedgerMalformed(f"A proof begins with {HEADER} and the entry's index.")
    note = notes.parse(checkpoint)
    parse_text(note.text)
    return Proof(parse_size(lines[1].removeprefix("index ")), parse_hashes(lines[2:]), note)


def parse_hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    """The hashes of a proof, one a line.

    Raises:
        LedgerMalformed: too many, or one that is none.
    """
    if len(lines) > MAX_PROOF_HASHES:
        raise LedgerMalformed(f"A proof has at most {MAX_PROOF_HASHES} hashes.")
    hashes = tuple(decode64(one, "A hash of the proof") for one in lines)
    if any(len(one) != HASH_BYTES for one in hashes):
        raise LedgerMalformed(f"A hash of the proof has not {HASH_BYTES} bytes.")
    return hashes


def _text(head: bytes) -> str:
    try:
        return head.decode("ascii")
    except UnicodeDecodeError as error:
        raise LedgerMalformed("The proof is no text.") from error


def verify_proof(proof: Proof, entry: bytes, keys: Sequence[NoteKey]) -> Checkpoint:
    """Check that the log that `keys` belong to holds `entry` where the proof says; its checkpoint.

    Raises:
        LedgerTampered: no known key signed the checkpoint, or the entry is not under its root.
    """
    checkpoint, _ = open_checkpoint(proof.checkpoint.encode(), keys)
    require_included(proof.index, checkpoint.size, checkpoint.root, leaf_hash(entry), proof.hashes)
    return checkpoint
