"""C2SP checkpoints: how large a log was and what its root was, signed by the log.

https://c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from moiety.errors import LedgerMalformed
from moiety.keys import Signer
from moiety.ledger.note import Note, NoteKey, checked_by, decode64, encode64, parse, sign
from moiety.ledger.parameters import HASH_BYTES, MAX_SIZE

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its origin, its size, its root; `extension` holds any further lines."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text."""
        return "\n".join([self.origin, str(self.size), encode64(self.root), *self.extension]) + "\n"


def parse_text(text: str) -> Checkpoint:
    """Read the text of a checkpoint.

    Raises:
        LedgerMalformed: it is none.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or "" in lines[:-1]:
        raise LedgerMalformed("A checkpoint has three lines: origin, size, root.")
    root = decode64(lines[2], "The root of the checkpoint")
    if len(root) != HASH_BYTES:
        raise LedgerMalformed(f"The root of the checkpoint has {len(root)} bytes, not {HASH_BYTES}.")
    return Checkpoint(lines[0], parse_size(lines[1]), root, tuple(lines[3:-1]))


def parse_size(text: str) -> int:
    """A tree size or an index in decimal, without leading zeroes.

    Raises:
        LedgerMalformed: it is none.
    """
    if _DECIMAL.fullmatch(text) is None or int(text) > MAX_SIZE:
        raise LedgerMalformed("A tree size or index is a decimal number without leading zeroes.")
    return int(text)


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> Note:
    """The checkpoint as a note, signed by the log's key under the log's origin."""
    text = checkpoint.text()
    return Note(text, (sign(text, checkpoint.origin, signer),))


def open_checkpoint(data: bytes, keys: Sequence[NoteKey]) -> tuple[Checkpoint, Note]:
    """Read a checkpoint and check that one of the log's keys signed it.

    Raises:
        LedgerMalformed: it is no checkpoint.
        LedgerTampered: no known key signed it, or a signature does not hold.
    """
    note = parse(data)
    checkpoint = parse_text(note.text)
    checked_by(note, keys, what=f"the checkpoint of {checkpoint.size} entries")
    return checkpoint, note
