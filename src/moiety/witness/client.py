"""Showing a log's checkpoint to a witness, and what it means when the witness says no."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from moiety.errors import LedgerForked, LedgerRefused, LedgerTampered, StoreUnavailable
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import parse_size, parse_text
from moiety.ledger.cosignature import WitnessKey
from moiety.ledger.note import Note, checked_by
from moiety.ledger.parameters import MAX_NOTE_BYTES
from moiety.ledger.witnessing import Request, named

FORGOT: Final = (
    "Believe no newer cosignature of that witness. Have a new witness key made (moiety witness init, in "
    "another folder), and give it to those who check."
)
TIMEOUT_S = 10.0  # a witness signs in a millisecond; one that takes longer is away

Consistency = Callable[[int], Sequence[bytes]]
"""The proof that the log of now began as its first so many entries."""


Post = Callable[[bytes], tuple[int, bytes]]
"""Sends a request's body to the witness; its status and the body of its answer."""


@dataclass(frozen=True, slots=True)
class HttpPost:
    """add-checkpoint over HTTP."""

    url: str

    def __call__(self, body: bytes) -> tuple[int, bytes]:
        """Send it.

        Raises:
            StoreUnavailable: the witness does not answer.
        """
        try:
            answer = httpx.post(f"{self.url.rstrip('/')}/add-checkpoint", content=body, timeout=TIMEOUT_S)
        except httpx.HTTPError as error:
            raise StoreUnavailable(
                "The witness does not answer.", remedy="Try again later; the log goes on without it."
            ) from error
        return answer.status_code, answer.content[:MAX_NOTE_BYTES]


def cosigned(
    checkpoint: Note,
    consistency: Consistency,
    key: WitnessKey,
    post: Post,
    *,
    kept: Note | None = None,
) -> Note:
    """The checkpoint with the witness's cosignature.

    `kept` is the newest checkpoint that was cosigned before. A witness that says it has seen less than it
    cosigned there was restored from an older copy, and gets nothing to cosign.

    Raises:
        LedgerForked: the witness has seen a log that this one does not continue, or has forgotten.
        LedgerTampered: its answer is not its own.
        LedgerRefused: it does not know the log, or refuses the checkpoint for another reason.
        StoreUnavailable: it does not answer.
    """
    size = parse_text(checkpoint.text).size
    before = min(_cosigned_before(kept, key), size)
    status, answer = post(Request(before, tuple(consistency(before)) if before else (), checkpoint).encode())
    if status == 409:
        seen = _size_in(answer)
        if seen < before:
            raise LedgerForked(
                f"The witness cosigned {before} entries of this log, and now says that it has seen {seen}: "
                "it was restored from an older copy, and could cosign a fork.",
                remedy=FORGOT,
            )
        proof = () if seen > size else tuple(consistency(seen))
        status, answer = post(Request(seen, proof, checkpoint).encode())
        if seen > size or status == 422:
            raise LedgerForked(_contradiction(seen, size, named(answer)))
    if status == 503:
        raise StoreUnavailable(
            "The witness could not fetch the log's hashes from its address, and cosigned nothing.",
            remedy="See that it can reach the log there, and that this log is shown there; then try again.",
        )
    if status != 200:
        raise LedgerRefused(f"The witness refused the checkpoint of {size} entries (status {status}).")
    signed = Note(checkpoint.text, _lines_in(answer))
    return checkpoint.with_signatures(checked_by(signed, [key], what="the witness's answer"))


def _cosigned_before(kept: Note | None, key: WitnessKey) -> int:
    """How many entries this witness has cosigned, as the log can prove."""
    if kept is None:
        return 0
    try:
        checked_by(kept, [key], what="the kept checkpoint")
    except LedgerTampered:  # another witness's
        return 0
    return parse_text(kept.text).size


def _contradiction(seen: int, size: int, index: int | None) -> str:
    """What the witness's refusal means; `index` is the entry that it names, if it does."""
    gone = (
        f"The witness has seen {seen} entries; this log has {size}: the entries {size} to {seen - 1} are gone"
    )
    if index is not None and index < min(seen, size):
        changed = f"entry {index} is not the one that it cosigned"
        return f"{gone}, and {changed}." if seen > size else f"The witness saw another log: {changed}."
    if seen > size:
        return f"{gone}."
    return f"The witness saw another log: an entry from 0 to {seen - 1} is not the one that it cosigned."


def _size_in(answer: bytes) -> int:
    try:
        return parse_size(answer.decode("ascii").removesuffix("\n"))
    except ValueError as error:
        raise LedgerTampered("The witness's answer is no size.") from error


def _lines_in(answer: bytes) -> tuple[notes.Signature, ...]:
    try:
        return notes.parse_signatures(answer.decode())
    except UnicodeDecodeError as error:
        raise LedgerTampered("The witness's answer is no text.") from error
