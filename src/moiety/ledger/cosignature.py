"""C2SP cosignatures: a witness says when it saw a checkpoint, and that it follows from all it saw before.

https://c2sp.org/tlog-cosignature, the Ed25519 kind (cosignature/v1, signature type 0x04). The newer kind with
ML-DSA-44 is not used: no library in the lock makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moiety.errors import LedgerMalformed, LedgerTampered, UsageError
from moiety.keys import Signer, VerifyingKey
from moiety.ledger.note import (
    Note,
    Signature,
    checked_by,
    encode_vkey,
    note_key_id,
    parse_vkey,
    valid_name,
)
from moiety.ledger.parameters import COSIGNATURE_FUTURE_S, ED25519_COSIGNATURE, MAX_TIMESTAMP

_STAMP_BYTES = 8
_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's Ed25519 key under its name."""

    name: str
    key: VerifyingKey

    @property
    def key_id(self) -> bytes:
        """The four bytes before the signature."""
        return note_key_id(self.name, ED25519_COSIGNATURE, self.key.public)

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether the timestamped signature holds for the checkpoint's text."""
        if len(signature) != _STAMP_BYTES + _SIGNATURE_BYTES:
            return False
        stamp = timestamp(signature)
        if stamp > MAX_TIMESTAMP:
            return False
        return self.key.verifies(signature[_STAMP_BYTES:], signed_message(text, stamp))

    def vkey(self) -> str:
        """The key as text, to be handed to whoever checks."""
        return encode_vkey(self.name, ED25519_COSIGNATURE, self.key.public)


def timestamp(blob: bytes) -> int:
    """When a cosignature says it was made, in UTC seconds."""
    return int.from_bytes(blob[:_STAMP_BYTES], "big")


def signed_message(text: str, stamp: int) -> bytes:
    """What a witness signs: a header, the time, and the whole text of the checkpoint."""
    return f"cosignature/v1\ntime {stamp}\n{text}".encode()


def cosign(text: str, name: str, signer: Signer, *, now: int) -> Signature:
    """A witness's cosignature of a checkpoint's text.

    Raises:
        UsageError: the name cannot stand on a signature line, or the time is out of range.
    """
    if not valid_name(name) or not 0 < now <= MAX_TIMESTAMP:
        raise UsageError("A witness needs a name without spaces and plus, and a time after 1970.")
    blob = now.to_bytes(_STAMP_BYTES, "big") + signer.sign(signed_message(text, now))
    return Signature(name, WitnessKey(name, signer.verifying_key).key_id, blob)


def witness_key(vkey: str) -> WitnessKey:
    """The witness that a key text stands for.

    Raises:
        LedgerMalformed: no verifier key, or a log's.
    """
    name, kind, key = parse_vkey(vkey)
    if kind != ED25519_COSIGNATURE:
        raise LedgerMalformed("That is a log's key, not a witness's.")
    return WitnessKey(name, key)


def require_witnessed(note: Note, witnesses: Sequence[WitnessKey], least: int, *, now: int) -> None:
    """Refuse a checkpoint that fewer than `least` of the witnesses cosigned.

    Raises:
        LedgerTampered: too few, one whose signature does not hold, or one from the future.
    """
    if least == 0:
        return
    found = checked_by(note, witnesses, what="the checkpoint")
    if any(timestamp(one.blob) > now + COSIGNATURE_FUTURE_S for one in found):
        raise LedgerTampered("A cosignature of the checkpoint is dated in the future.")
    names = {one.name for one in found}
    if len(names) < least:
        raise LedgerTampered(f"{len(names)} witnesses cosigned the checkpoint; {least} are asked for.")
