"""An event and its commitment: the tree holds a salted hash, the body can be erased, and the root stays.

The commitment is SHA-256("moiety/event/1" || 0x00 || salt || canonical JSON of the body with "at" and
"kind" in it). With the salt gone nobody can tell, by guessing, what the commitment stood for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

from moiety.errors import LedgerTampered, UsageError
from moiety.ledger.parameters import MAX_BODY_BYTES, SALT_BYTES

Value = str | int | bool | None
Body = Mapping[str, Value]

_CONTEXT: Final = b"moiety/event/1\x00"
_RESERVED: Final = frozenset({"at", "kind"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


def canonical(kind: str, at: int, body: Body) -> bytes:
    """The one spelling of an event that its commitment covers: JSON, sorted keys, no spaces, UTF-8.

    Raises:
        UsageError: a name or a value of another kind, or more than 4 KiB.
    """
    if _NAME.fullmatch(kind) is None or isinstance(at, bool) or at < 0:
        raise UsageError("An event has a kind (a-z, 0-9, hyphens) and a time in UTC seconds.")
    for name, value in body.items():
        if (
            _NAME.fullmatch(name) is None
            or name in _RESERVED
            or not (value is None or isinstance(value, (str, int, bool)))
        ):
            raise UsageError("An event's body holds short names with text, whole numbers, yes or no.")
    event = {**body, "at": at, "kind": kind}
    data = _encoded(event)
    if len(data) > MAX_BODY_BYTES:
        raise UsageError(f"An event's body has at most {MAX_BODY_BYTES} bytes.")
    return data


def _encoded(event: Body) -> bytes:
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise UsageError("An event's body holds text that is no text.") from error


def commitment(salt: bytes, data: bytes) -> bytes:
    """The leaf entry for an event: 32 bytes over its salt (32 bytes) and its canonical form.

    Raises:
        UsageError: a salt of another length.
    """
    if len(salt) != SALT_BYTES:
        raise UsageError(f"An event's salt has {SALT_BYTES} bytes.")
    return hashlib.sha256(_CONTEXT + salt + data).digest()


def require_body(index: int, entry: bytes, salt: bytes, data: bytes) -> None:
    """Refuse a body that is not the one that entry `index` was committed to.

    Raises:
        LedgerTampered: naming the entry.
    """
    if len(salt) != SALT_BYTES or commitment(salt, data) != entry:
        raise LedgerTampered(f"The body of entry {index} is not the one that was entered.")
