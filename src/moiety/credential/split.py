"""Splitting a root key among people: any k of n shares give it back, k-1 tell nothing (Shamir 1979).

Byte by byte over GF(2^8) with the polynomial x^8 + x^4 + x^3 + x + 1 (FIPS 197, section 4). A share is one
line of text with the root's identifier and a check sum, so that a mistyped or foreign share is named and not
used.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from moiety.errors import DocumentUnreadable, KeyUnavailable, UsageError
from moiety.keys import KEY_ID_BYTES, Signer, SigningKey

MAX_SHARES: Final = 16
_REMEDY: Final = "Give a file that moiety keys split-root wrote, as it wrote it."
_PREFIX: Final = "moiety-root-share-1"
_SEED_BYTES: Final = 32
_CHECK_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Share:
    """One person's share: number `index` (1 to 16) of a key, of which `needed` give it back."""

    root: bytes
    needed: int
    index: int
    data: bytes = field(repr=False)

    def to_text(self) -> str:
        """One line: prefix, root's identifier, needed, index, data, check sum."""
        body = f"{_PREFIX}:{self.root.hex()}:{self.needed}:{self.index}:{self.data.hex()}"
        return f"{body}:{_check(body)}"

    @classmethod
    def from_text(cls, text: str) -> Share:
        """Read a share.

        Raises:
            DocumentUnreadable: no share, or mistyped.
        """
        body, _, check = text.strip().lower().rpartition(":")
        parts = body.split(":")
        if len(parts) != 5 or parts[0] != _PREFIX:
            raise DocumentUnreadable("This isn't a share of a root key.", remedy=_REMEDY)
        if check != _check(body):
            raise DocumentUnreadable("The share was mistyped or damaged: its check sum is wrong.")
        try:
            root, data = bytes.fromhex(parts[1]), bytes.fromhex(parts[4])
            needed, index = int(parts[2]), int(parts[3])
        except ValueError as error:
            raise DocumentUnreadable("This isn't a share of a root key.", remedy=_REMEDY) from error
        sizes = len(root) == KEY_ID_BYTES and len(data) == _SEED_BYTES
        if not (sizes and 2 <= needed <= MAX_SHARES and 1 <= index <= MAX_SHARES):
            raise DocumentUnreadable("This isn't a share of a root key.", remedy=_REMEDY)
        return cls(root, needed, index, data)


def split(key: Signer, *, needed: int, shares: int) -> list[Share]:
    """Split a root key into `shares` shares, of which any `needed` give it back.

    Raises:
        KeyUnavailable: the key is in a hardware token, which does not give it out.
        UsageError: not 2 <= needed <= shares <= 16.
    """
    if not 2 <= needed <= shares <= MAX_SHARES:
        raise UsageError(f"A key is split into 2 to {MAX_SHARES} shares, of which at least 2 are needed.")
    if not isinstance(key, SigningKey):
        raise KeyUnavailable(
            "A key in a hardware token cannot be split.", remedy="Back the token up as its maker says."
        )
    polynomials = [(byte, *secrets.token_bytes(needed - 1)) for byte in key.seed()]
    return [
        Share(key.key_id, needed, index, bytes(_evaluate(polynomial, index) for polynomial in polynomials))
        for index in range(1, shares + 1)
    ]


def join(shares: Sequence[Share]) -> SigningKey:
    """Put a root key together again.

    Raises:
        UsageError: shares of different keys, the same one twice, or too few.
        KeyUnavailable: what they give is not the key that they name: one of them is forged.
    """
    if len({(share.root, share.needed) for share in shares}) != 1:
        raise UsageError("The shares belong to different keys.")
    if len({share.index for share in shares}) != len(shares):
        raise UsageError("The same share was given twice.")
    needed = shares[0].needed
    if len(shares) < needed:
        raise UsageError(f"{needed} shares are needed, and {len(shares)} were given.")
    used = shares[:needed]
    places = [share.index for share in used]
    weights = [_weight(place, places) for place in places]
    seed = bytearray(_SEED_BYTES)
    for weight, share in zip(weights, used, strict=True):
        for at, byte in enumerate(share.data):
            seed[at] ^= _times(weight, byte)
    key = SigningKey.from_seed(bytes(seed))
    if key.key_id != shares[0].root:
        raise KeyUnavailable(
            "The shares do not give the key that they name.", remedy="One is forged: try others."
        )
    return key


def _evaluate(polynomial: Sequence[int], at: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = _times(value, at) ^ coefficient
    return value


def _weight(place: int, places: Sequence[int]) -> int:
    """Lagrange's weight of one share for the value at 0."""
    weight = 1
    for other in places:
        if other != place:
            weight = _times(weight, _times(other, _inverse(other ^ place)))
    return weight


def _times(first: int, second: int) -> int:
    """Multiplication in GF(2^8)."""
    product = 0
    for _ in range(8):
        product ^= first & -(second & 1)
        first = (first << 1) ^ (0x11B & -(first >> 7))
        second >>= 1
    return product


def _inverse(value: int) -> int:
    """value^254, which is 1/value in GF(2^8)."""
    result, power = 1, value
    for _ in range(7):  # 254 = 2 + 4 + 8 + 16 + 32 + 64 + 128
        power = _times(power, power)
        result = _times(result, power)
    return result


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).digest()[:_CHECK_BYTES].hex()
