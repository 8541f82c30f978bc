"""An independent, plain verifier: RFC 6962's definitions written down as they stand, sharing no code.

It holds every entry in memory, knows nothing of tiles but their format, and imports nothing of Moiety.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def mth(entries: list[bytes]) -> bytes:
    """MTH(D[n]), section 2.1."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = split(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def split(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.1."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def proof(m: int, entries: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]), section 2.1.2."""
    return subproof(m, entries, True)


def subproof(m: int, entries: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b), section 2.1.2."""
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def follows(entry: bytes, m: int, n: int, hashes: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to, by walking down the definition of PATH."""
    if n == 1:
        assert not hashes
        return hashlib.sha256(b"\x00" + entry).digest()
    k = split(n)
    if m < k:
        return hashlib.sha256(b"\x01" + follows(entry, m, k, hashes[:-1]) + hashes[-1]).digest()
    return hashlib.sha256(b"\x01" + hashes[-1] + follows(entry, m - k, n - k, hashes[:-1])).digest()


def checkpoint(text: bytes, public: bytes) -> tuple[int, bytes]:
    """Size and root of a checkpoint whose first signature is this key's, or an assertion fails."""
    body, _, signatures = text.decode().partition("\n\n")
    blob = base64.b64decode(signatures.splitlines()[0].split(" ")[2])
    Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], (body + "\n").encode())
    _, size, root = body.split("\n")[:3]
    return int(size), base64.b64decode(root)


def entries_in(place: Path, size: int) -> list[bytes]:
    """All entries in a folder of entry bundles."""
    found: list[bytes] = []
    index = 0
    while len(found) < size:
        width = min(256, size - len(found))
        digits = f"{index:03}" if index < 1000 else f"x{index // 1000:03}/{index % 1000:03}"
        data = (place / f"tile/entries/{digits}{'' if width == 256 else f'.p/{width}'}").read_bytes()
        for _ in range(width):
            length = int.from_bytes(data[:2], "big")
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
        assert data == b""
        index += 1
    return found


def root_of_many(entries: list[bytes]) -> bytes:
    """MTH without recursion, level by level, for a million entries: a lone hash at the end moves up."""
    row = [hashlib.sha256(b"\x00" + one).digest() for one in entries]
    while len(row) > 1:
        paired = [
            hashlib.sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)
        ]
        row = paired + row[len(paired) * 2 :]
    return row[0]
