"""A ledger receipt: what one entry of the log stands for, and the proof that it is in it.

The log holds salted commitments. Whoever was told the salt and the event can show what the entry says, with
nothing but the log's key, and also when the service has long erased them. As JSON::

    {"id": "...", "event": "{...}", "salt": "...", "proof": "c2sp.org/tlog-proof@v1...", "pending": false}

`pending` is true, and `proof` null, as long as the event waits for its place in the tree.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from moiety.errors import LedgerMalformed, LedgerPending, LedgerTampered
from moiety.ledger.checkpoint import Checkpoint
from moiety.ledger.event import commitment
from moiety.ledger.note import NoteKey
from moiety.ledger.parameters import EVENT_ID_BYTES, MAX_BODY_BYTES, SALT_BYTES
from moiety.ledger.proof import Proof, parse_proof, verify_proof

MEMBER: Final = "ledger"
"""Under this name a ledger receipt lies in the document that it belongs to."""

_MEMBERS: Final = frozenset({"id", "event", "salt", "proof", "pending"})


@dataclass(frozen=True, slots=True)
class LedgerReceipt:
    """An event with its salt: `data` is its canonical form; `proof` is None while it waits for its place."""

    identifier: bytes
    data: bytes
    salt: bytes = field(repr=False)
    proof: Proof | None

    @property
    def entry(self) -> bytes:
        """What the log holds of it: the salted commitment."""
        return commitment(self.salt, self.data)

    @property
    def event(self) -> dict[str, Any]:
        """What the event says."""
        found: dict[str, Any] = json.loads(self.data)
        return found

    def to_json(self) -> dict[str, str | bool | None]:
        """The receipt as plain data."""
        return {
            "id": self.identifier.hex(),
            "event": self.data.decode(),
            "salt": self.salt.hex(),
            "proof": None if self.proof is None else self.proof.encode().decode(),
            "pending": self.proof is None,
        }

    def verify(self, keys: Sequence[NoteKey]) -> Checkpoint:
        """Check that the log that `keys` belong to holds this very event; its checkpoint.

        Raises:
            LedgerPending: it has no proof yet.
            LedgerTampered: the entry is not what the receipt says, or no known key signed the checkpoint.
        """
        return verify_proof(self.proved(), self.entry, keys)

    def proved(self) -> Proof:
        """Its proof, not checked yet.

        Raises:
            LedgerPending: it has none yet.
        """
        if self.proof is None:
            raise LedgerPending(
                "The event waits for its place in the log: the receipt has no proof yet.",
                remedy=f"Ask for it later: GET /ledger/proof/{self.identifier.hex()}, "
                f"or moiety ledger prove {self.identifier.hex()}.",
            )
        return self.proof


def receipt_in(data: bytes) -> LedgerReceipt:
    """The receipt in a file: one by itself, an answer of the service, or a receipt of consent.

    A receipt of consent has to be of the consent that was entered. Its own signature is not checked here.

    Raises:
        LedgerMalformed: there is none, or it does not decode.
        LedgerTampered: the entry is of another consent.
    """
    try:
        document: Any = json.loads(data)
        found = read_receipt(document)
        signed = document.get("payload")
        if signed is not None:
            inner: Any = json.loads(base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4)))
            if inner["dct:identifier"] != found.event.get("consent"):
                raise LedgerTampered("The entry is of another consent than this receipt is of.")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LedgerMalformed("This holds no ledger receipt that can be read.") from error
    return found


def read_receipt(document: object) -> LedgerReceipt:
    """The receipt that a JSON document is, or has under `ledger`.

    Raises:
        LedgerMalformed: it is none and has none.
    """
    found = document.get(MEMBER, document) if isinstance(document, dict) else None
    if not isinstance(found, dict) or set(found) != _MEMBERS:
        raise LedgerMalformed("This holds no ledger receipt.")
    identifier, data, salt, proof = (found[name] for name in ("id", "event", "salt", "proof"))
    if not all(isinstance(one, str) for one in (identifier, data, salt)) or not isinstance(proof, str | None):
        raise LedgerMalformed("The ledger receipt is malformed.")
    if found["pending"] is not (proof is None) or len(data) > MAX_BODY_BYTES:
        raise LedgerMalformed("The ledger receipt is malformed.")
    try:
        read = LedgerReceipt(bytes.fromhex(identifier), data.encode(), bytes.fromhex(salt), None)
        whole = isinstance(read.event, dict)
    except (ValueError, RecursionError) as error:
        raise LedgerMalformed("The ledger receipt is malformed.") from error
    if not whole or len(read.identifier) != EVENT_ID_BYTES or len(read.salt) != SALT_BYTES:
        raise LedgerMalformed("The ledger receipt is malformed.")
    if proof is None:
        return read
    try:
        return LedgerReceipt(read.identifier, read.data, read.salt, parse_proof(proof.encode()))
    except UnicodeEncodeError as error:
        raise LedgerMalformed("The proof is no text.") from error
