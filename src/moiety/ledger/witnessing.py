"""What a witness decides: C2SP's add-checkpoint, as a function of the request and of what it saw before.

https://c2sp.org/tlog-witness. A witness remembers, for each log, the newest checkpoint that it cosigned, and
cosigns only what provably continues it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from moiety.errors import LedgerMalformed, LedgerTampered
from moiety.keys import Signer
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, parse_size, parse_text
from moiety.ledger.cosignature import cosign
from moiety.ledger.merkle import EMPTY_ROOT, require_consistent
from moiety.ledger.note import Note, NoteVerifier, checked_by, encode64
from moiety.ledger.parameters import MAX_REQUEST_BYTES
from moiety.ledger.proof import parse_hashes

SIZE_TYPE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """An add-checkpoint request: the size that the log believes was cosigned last, a proof, a checkpoint."""

    old: int
    hashes: tuple[bytes, ...]
    checkpoint: Note

    def encode(self) -> bytes:
        """The request's body."""
        lines = [f"old {self.old}", *map(encode64, self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint.encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, and the note to remember before it is sent, where there is one.

    `contradicts` is the checkpoint that does not continue what was cosigned, where that is the reason.
    """

    status: int
    body: bytes
    content_type: str = _TEXT
    keep: Note | None = None
    contradicts: Note | None = None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its name, its key, and the logs that it knows by origin, each with its keys."""

    name: str
    signer: Signer
    logs: Mapping[str, Sequence[NoteVerifier]]

    def origin_of(self, body: bytes) -> str | None:
        """The origin that a request is about, if it is one of a known log."""
        try:
            origin = parse_text(parse_request(body).checkpoint.text).origin
        except LedgerMalformed:
            return None
        return origin if origin in self.logs else None

    def consider(self, body: bytes, latest: Note | None, *, now: int) -> Answer:
        """Answer a request, given the newest checkpoint that was cosigned for its log.

        The answer's `keep` must be durable before the answer is sent, and nobody else may be considering a
        request for the same log meanwhile.
        """
        try:
            request = parse_request(body)
            stated = parse_text(request.checkpoint.text)
        except LedgerMalformed as error:
            return _refusal(400, str(error))
        if stated.origin not in self.logs:
            return _refusal(404, "This witness does not know that log.")
        try:
            held = checked_by(request.checkpoint, self.logs[stated.origin], what="the checkpoint")
        except LedgerTampered as error:
            return _refusal(403, str(error))
        return self._weigh(request, stated, Note(request.checkpoint.text, held), latest, now)

    def _weigh(
        self, request: Request, stated: Checkpoint, signed: Note, latest: Note | None, now: int
    ) -> Answer:
        seen = None if latest is None else parse_text(latest.text)
        size = 0 if seen is None else seen.size
        if request.old > stated.size:
            shrunk = signed if request.old == size else None
            return _refusal(400, "The old size is larger than the checkpoint's.", shrunk)
        if request.old != size:
            return Answer(409, f"{size}\n".encode(), SIZE_TYPE)
        problem = _inconsistency(request, stated, seen)
        if problem is not None:
            return _refusal(422, problem, None if seen is None or seen.size == 0 else signed)
        mine = cosign(stated.text(), self.name, self.signer, now=now)
        return Answer(200, mine.line().encode(), keep=signed.with_signatures([mine]))


def _inconsistency(request: Request, stated: Checkpoint, seen: Checkpoint | None) -> str | None:
    """What stands against the checkpoint's continuing what was seen, with the entries that it concerns."""
    if stated.size == 0 and stated.root != EMPTY_ROOT:
        return "The root of an empty log is not that of an empty tree."
    if seen is None or seen.size == 0:
        return "There is nothing that a proof could be from." if request.hashes else None
    try:
        require_consistent(seen.size, stated.size, seen.root, stated.root, request.hashes)
    except LedgerTampered:
        return (
            f"Forked: the log of {stated.size} entries is not a continuation of the {seen.size} that were "
            f"cosigned; an entry from 0 to {seen.size - 1} is another one, or the proof is wrong."
        )
    return None


def parse_request(body: bytes) -> Request:
    """Read an add-checkpoint request.

    Raises:
        LedgerMalformed: it is none.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise LedgerMalformed("The request is too large.")
    head, gap, checkpoint = body.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise LedgerMalformed("The request is no text.") from error
    if not gap or not lines[0].startswith("old "):
        raise LedgerMalformed(
            "A request begins with the old size, and has an empty line before its checkpoint."
        )
    hashes = parse_hashes(lines[1:])
    return Request(parse_size(lines[0].removeprefix("old ")), hashes, notes.parse(checkpoint))


def _refusal(status: int, text: str, contradicts: Note | None = None) -> Answer:
    return Answer(status, f"{text}\n".encode(), contradicts=contradicts)


def forked(index: int, seen: Checkpoint, stated: Checkpoint) -> str:
    """How a witness names the entry that a fork has changed. `named` reads it."""
    return (
        f"Forked: entry {index} is not the one that was cosigned; the log of {stated.size} entries does not "
        f"continue the {seen.size} that were."
    )


_NAMED: Final = re.compile(r"Forked: entry (0|[1-9][0-9]{0,18}) is not the one that was cosigned;", re.ASCII)


def named(answer: bytes) -> int | None:
    """The entry that a witness's refusal names, if it names one."""
    found = _NAMED.match(answer[:MAX_REQUEST_BYTES].decode("ascii", "replace"))
    return None if found is None else int(found[1])
