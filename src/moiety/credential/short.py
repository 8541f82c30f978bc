"""The short identifier of a code, as cards show it: read, and told apart from the whole one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from moiety.errors import NotFound, SeveralCodes, UsageError

IDENTIFIER_BYTES: Final = 16
_SHORT: Final = re.compile("([0-9a-fA-F]{4})-?([0-9a-fA-F]{4})")


def read_identifier(text: str) -> bytes:
    """An identifier of 16 bytes, or the first four of one; printed as 3151-FF21.

    Raises:
        UsageError: neither.
    """
    plain = text.strip()
    short = _SHORT.fullmatch(plain)
    if short is not None:
        return bytes.fromhex(short[1] + short[2])
    try:
        whole = bytes.fromhex(plain)
    except ValueError:
        whole = b""
    if len(whole) != IDENTIFIER_BYTES:
        raise UsageError(
            "A code's identifier has 32 hexadecimal digits, and a short one looks like 3151-FF21.",
            remedy="See the card, or: moiety inspect CODE.",
        )
    return whole


def write_short(cti: bytes) -> str:
    """The short identifier of a whole one."""
    return f"{cti[:2].hex()}-{cti[2:4].hex()}".upper()


def only(found: Sequence[bytes]) -> bytes:
    """The one code that a short identifier names.

    Raises:
        NotFound: no code has it. SeveralCodes: more than one.
    """
    if not found:
        raise NotFound("No code with this identifier was issued here.", remedy="Check it, or scan the code.")
    if len(found) > 1:
        raise SeveralCodes(f"{len(found)} codes or more have this short identifier.")
    return found[0]
