"""The Merkle tree of RFC 6962: hashes, roots, proofs that an entry is in, and that a tree only grew.

Everything is said in terms of complete nodes: `node(level, index)` is the hash over the 2**level leaves from
index * 2**level on. Whoever has those, in tiles or in memory, has every root and every proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from moiety.errors import LedgerTampered, UsageError
from moiety.ledger.parameters import HASH_BYTES, MAX_SIZE

Node = Callable[[int, int], bytes]
"""`node(level, index)`: the hash of a complete subtree, 32 bytes."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || entry), RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right), RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over 2**k sibling hashes; they become one."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def largest_power_below(count: int) -> int:
    """The largest power of two smaller than `count` (at least 2): where RFC 6962 splits a tree."""
    return 1 << ((count - 1).bit_length() - 1)


def range_root(start: int, end: int, node: Node) -> bytes:
    """The root over the leaves start..end-1, as RFC 6962 splits them; `start` is aligned to their number."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    middle = start + largest_power_below(count)
    return node_hash(range_root(start, middle, node), range_root(middle, end, node))


def tree_root(size: int, node: Node) -> bytes:
    """The root of the tree with `size` leaves; of none, SHA-256 of nothing."""
    return EMPTY_ROOT if size == 0 else range_root(0, size, node)


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """PATH(index, D[size]) of RFC 6962, section 2.1.1: sibling hashes from the leaf up.

    Raises:
        UsageError: the tree has no such entry.
    """
    if not 0 <= index < size:
        raise UsageError(f"A tree of {size} entries has no entry {index}.")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + largest_power_below(end - start)
        if index < middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """PROOF(old, D[new]) of RFC 6962, section 2.1.2; empty where old is 0 or equals new.

    Raises:
        UsageError: the old size is larger than the new.
    """
    if not 0 <= old <= new:
        raise UsageError(f"A tree of {new} entries has no earlier state of {old}.")
    if old in (0, new):
        return ()
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + largest_power_below(end - start)
        if old <= middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        path.append(range_root(start, end, node))
    return tuple(reversed(path))


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that follows from a leaf's hash and its inclusion proof (RFC 9162, section 2.1.3.2).

    Raises:
        LedgerTampered: the proof has the wrong length for that place, or a hash of another length.
    """
    if not 0 <= index < size <= MAX_SIZE or _wrong_hash(leaf, *proof):
        raise LedgerTampered(f"The proof for entry {index} is for no tree of {size} entries.")
    place, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise LedgerTampered(f"The proof for entry {index} is too long.")
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while place & 1 == 0 and place != 0:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise LedgerTampered(f"The proof for entry {index} is too short.")
    return root


def require_included(index: int, size: int, root: bytes, leaf: bytes, proof: Sequence[bytes]) -> None:
    """Refuse a leaf hash that the proof does not place at `index` under `root`.

    Raises:
        LedgerTampered: naming the entry.
    """
    if root_from_inclusion(index, size, leaf, proof) != root:
        raise LedgerTampered(f"Entry {index} is not in the tree of {size} entries as it is signed.")


def root_follows(index: int, size: int, root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof places a leaf hash at `index` under `root`."""
    try:
        require_included(index, size, root, leaf, proof)
    except LedgerTampered:
        return False
    return True


def require_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Refuse a tree of `new` entries that does not begin with the tree of `old` (RFC 9162, 2.1.4.2).

    Raises:
        LedgerTampered: it does not, or the proof is malformed.
    """
    problem = LedgerTampered(f"The tree of {new} entries does not begin with the tree of {old}.")
    if not 0 <= old <= new <= MAX_SIZE or _wrong_hash(old_root, new_root, *proof):
        raise problem
    if old in (0, new):
        expected = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != expected:
            raise problem
        return
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise problem
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise problem
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while place & 1 == 0 and place != 0:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise problem


def _wrong_hash(*hashes: bytes) -> bool:
    return any(len(one) != HASH_BYTES for one in hashes)


class MemoryTree:
    """A tree whose leaf hashes lie in memory: for tests, small logs and checking."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._rows: list[list[bytes]] = [[]]
        for one in leaves:
            self.append(one)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return len(self._rows[0])

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the end."""
        self._rows[0].append(leaf)
        level = 0
        while len(self._rows[level]) % 2 == 0:
            if level + 1 == len(self._rows):
                self._rows.append([])
            left, right = self._rows[level][-2:]
            self._rows[level + 1].append(node_hash(left, right))
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree."""
        return self._rows[level][index]

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves; of all by default."""
        return tree_root(self.size if size is None else size, self.node)
