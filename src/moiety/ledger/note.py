"""C2SP signed notes: text, signed by one or more keys, each with a name.

https://c2sp.org/signed-note. A note is believed only where a known key signed it; signatures of unknown keys
are passed over, and a false one of a known key refuses the note.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from moiety.errors import LedgerMalformed, LedgerTampered, UsageError
from moiety.keys import PUBLIC_KEY_BYTES, Signer, VerifyingKey
from moiety.ledger.parameters import (
    ED25519_COSIGNATURE,
    ED25519_NOTE,
    KEY_ID_BYTES,
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
)

_DASH: Final = "\N{EM DASH} "


class NoteKey(Protocol):
    """Whoever can check one kind of signature line: a name, a key identifier, and the check."""

    @property
    def name(self) -> str:
        """The name on the signature line."""
        ...

    @property
    def key_id(self) -> bytes:
        """The four bytes before the signature."""
        ...

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether `signature`, without the key identifier, holds for the note's text."""
        ...


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: `blob` is what follows the 4-byte key identifier."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        """The line, newline included."""
        return f"{_DASH}{self.name} {encode64(self.key_id + self.blob)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it was read: nothing of it is believed yet."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note as it travels."""
        return (self.text + "\n" + "".join(one.line() for one in self.signatures)).encode()

    def with_signatures(self, more: Iterable[Signature]) -> Note:
        """The note with further signature lines; those that it has already are not repeated."""
        added = tuple(one for one in more if one not in self.signatures)
        return Note(self.text, self.signatures + added)


def parse(data: bytes) -> Note:
    """Read a note, strictly.

    Raises:
        LedgerMalformed: no note, or larger than the limits.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise LedgerMalformed("The note is too large.")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LedgerMalformed("The note is no UTF-8 text.") from error
    if any(one < " " and one != "\n" for one in whole):
        raise LedgerMalformed("The note holds control characters.")
    head, gap, tail = whole.rpartition("\n\n")
    if not gap or not head or not tail.endswith("\n"):
        raise LedgerMalformed("The note has no signatures, or does not end with a newline.")
    return Note(head + "\n", parse_signatures(tail))


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Read signature lines: those of a note, or the answer of a witness.

    Raises:
        LedgerMalformed: a line is none, or there are too many.
    """
    rows = lines.split("\n")
    if len(rows) < 2 or rows[-1] != "" or len(rows) - 1 > MAX_SIGNATURES:
        raise LedgerMalformed(f"A note has 1 to {MAX_SIGNATURES} signature lines.")
    return tuple(_signature(row) for row in rows[:-1])


def _signature(row: str) -> Signature:
    name, gap, encoded = row.removeprefix(_DASH).partition(" ")
    if not row.startswith(_DASH) or not gap or not valid_name(name):
        raise LedgerMalformed("A signature line of the note is malformed.")
    blob = decode64(encoded, "A signature of the note")
    if len(blob) <= KEY_ID_BYTES:
        raise LedgerMalformed("A signature of the note is too short.")
    return Signature(name, blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:])


def valid_name(name: str) -> bool:
    """Whether a key may be called so: not empty, no spaces, no plus."""
    return bool(name) and "+" not in name and not any(one.isspace() or one < " " for one in name)


def checked_by(note: Note, keys: Sequence[NoteKey], *, what: str) -> tuple[Signature, ...]:
    """The signatures that known keys made, all of them checked; at least one.

    Raises:
        LedgerTampered: a known key's signature is false, or no known key signed; `what` names the note.
    """
    held: list[Signature] = []
    for signature in note.signatures:
        key = next(
            (one for one in keys if (one.name, one.key_id) == (signature.name, signature.key_id)), None
        )
        if key is None:
            continue
        if not key.verifies(note.text, signature.blob):
            raise LedgerTampered(f"The signature of {key.name!r} on {what} does not hold.")
        held.append(signature)
    if not held:
        raise LedgerTampered(f"No known key signed {what}.")
    return tuple(held)


def note_key_id(name: str, kind: int, public: bytes) -> bytes:
    """The recommended key identifier: the head of SHA-256(name || newline || kind || key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class NoteVerifier:
    """An Ed25519 key that signs notes under a name (signature type 0x01)."""

    name: str
    key: VerifyingKey

    @property
    def key_id(self) -> bytes:
        """The four bytes before the signature."""
        return note_key_id(self.name, ED25519_NOTE, self.key.public)

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether the signature holds for the text."""
        return self.key.verifies(signature, text.encode())

    def vkey(self) -> str:
        """The key as text, to be handed to whoever checks: name+id+base64."""
        return encode_vkey(self.name, ED25519_NOTE, self.key.public)


def sign(text: str, name: str, signer: Signer) -> Signature:
    """Sign a note's text under a name (signature type 0x01).

    Raises:
        UsageError: the name cannot stand on a signature line.
    """
    if not valid_name(name):
        raise UsageError(f"{name!r} cannot be a key's name: no spaces and no plus.")
    verifier = NoteVerifier(name, signer.verifying_key)
    return Signature(name, verifier.key_id, signer.sign(text.encode()))


def encode_vkey(name: str, kind: int, public: bytes) -> str:
    """A verifier key as C2SP writes it."""
    return f"{name}+{note_key_id(name, kind, public).hex()}+{encode64(bytes([kind]) + public)}"


def parse_vkey(text: str) -> tuple[str, int, VerifyingKey]:
    """The name, the signature type (0x01 or 0x04) and the key in a verifier key.

    Raises:
        LedgerMalformed: no such key, of an unknown type, or with an identifier that is not its own.
    """
    parts = text.split("+", 2)
    if len(parts) != 3 or not valid_name(parts[0]):
        raise LedgerMalformed("That is no verifier key: name+identifier+key.")
    name, identifier, encoded = parts
    raw = decode64(encoded, "The verifier key")
    if len(raw) != 1 + PUBLIC_KEY_BYTES or raw[0] not in (ED25519_NOTE, ED25519_COSIGNATURE):
        raise LedgerMalformed("The verifier key is of a type that is not known here.")
    if identifier != note_key_id(name, raw[0], raw[1:]).hex():
        raise LedgerMalformed("The verifier key's identifier is not its own: the text was damaged.")
    return name, raw[0], VerifyingKey(raw[1:])


def note_verifier(vkey: str) -> NoteVerifier:
    """The verifier that a key text stands for.

    Raises:
        LedgerMalformed: as `parse_vkey`, or it is a witness's key.
    """
    name, kind, key = parse_vkey(vkey)
    if kind != ED25519_NOTE:
        raise LedgerMalformed("That is a witness's key, not a log's.")
    return NoteVerifier(name, key)


def encode64(data: bytes) -> str:
    """Standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode64(text: str, what: str) -> bytes:
    """Decode standard base64, and refuse any other spelling of the same bytes.

    Raises:
        LedgerMalformed: `what` is named in the message.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise LedgerMalformed(f"{what} is no base64.") from error
    if encode64(data) != text:
        raise LedgerMalformed(f"{what} is no base64.")
    return data
