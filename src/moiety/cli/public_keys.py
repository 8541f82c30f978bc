"""A public key on the command line: its text, or the name of a file that holds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from moiety.errors import DocumentUnreadable, LedgerMalformed, UsageError
from moiety.files import read_bounded
from moiety.keys import VerifyingKey, read_public
from moiety.ledger.cosignature import WitnessKey, witness_key
from moiety.ledger.note import NoteVerifier, note_verifier

MOST_BYTES: Final = 4096
_Key = TypeVar("_Key")


def log_key(given: str) -> NoteVerifier:
    """A log's key: what `moiety ledger key` prints, or a file that holds it.

    Raises:
        DocumentUnreadable: neither.
    """
    return _text_or_file(given, note_verifier, "a log's key", "moiety ledger key")


def witness(given: str) -> WitnessKey:
    """A witness's key: what `moiety witness key` prints, or a file that holds it.

    Raises:
        DocumentUnreadable: neither.
    """
    return _text_or_file(given, witness_key, "a witness's key", "moiety witness key")


def device_key(given: str) -> VerifyingKey:
    """A device's public key: a file (PEM, or 64 hexadecimal digits), or the digits or the PEM themselves.

    Raises:
        DocumentUnreadable: neither.
        UsageError: a key that signs nothing.
    """
    if _is_file(given):
        key = read_public(Path(given))
        if not isinstance(key, VerifyingKey):
            raise UsageError("That key signs nothing.", remedy="Give the device's Ed25519 key.")
        return key
    try:
        return VerifyingKey(bytes.fromhex(given.strip()))
    except (ValueError, DocumentUnreadable) as error:
        raise DocumentUnreadable(
            f"There is no file {_short(given)!r}, and the text itself isn't a device's key.",
            remedy="Check the name, or get the key: moiety keys public device, or GET /v1/receipts/key.",
        ) from error


def _text_or_file(given: str, parse: Callable[[str], _Key], what: str, command: str) -> _Key:
    remedy = f"Get it with: {command}."
    if _is_file(given):
        data = read_bounded(Path(given), MOST_BYTES, what="key")
        try:
            return parse(data.decode("ascii").strip())
        except (LedgerMalformed, UnicodeDecodeError) as error:
            told = f"The file {Path(given).name!r} doesn't hold {what}"
            said = f": {error}" if isinstance(error, LedgerMalformed) else "."
            raise DocumentUnreadable(told + said, remedy=remedy) from error
    try:
        return parse(given.strip())
    except LedgerMalformed as error:
        if "+" in given:
            raise DocumentUnreadable(str(error), remedy=remedy) from error
        raise DocumentUnreadable(
            f"There is no file {_short(given)!r}, and the text itself isn't {what}.", remedy=remedy
        ) from error


def _is_file(given: str) -> bool:
    try:
        return Path(given).is_file()
    except (OSError, ValueError):
        return False


def _short(given: str) -> str:
    return given if len(given) <= 80 else f"{given[:77]}..."
