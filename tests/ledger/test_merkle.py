"""RFC 6962: published vectors reproduce, and proofs agree with a plain reading of the definitions."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger import plain

from moiety.errors import LedgerTampered, UsageError
from moiety.ledger import merkle
from moiety.ledger.merkle import MemoryTree, leaf_hash, node_hash

VECTORS: Final = json.loads(
    (Path(__file__).parents[1] / "vectors" / "ledger" / "proofs.json").read_text("utf-8")
)

# The eight leaves that implementations of Certificate Transparency have been tested with since 2012.
LEAVES: Final = [
    bytes.fromhex(one)
    for one in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS: Final = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree_of(entries: list[bytes]) -> MemoryTree:
    return MemoryTree(map(leaf_hash, entries))


def numbered(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def test_hashes_of_rfc_6962() -> None:
    assert merkle.EMPTY_ROOT.hex() == ROOTS[0]
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert (
        node_hash(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_eight_leaves(size: int) -> None:
    assert tree_of(LEAVES).root(size).hex() == ROOTS[size]


def test_example_of_rfc_6962_section_2_1_3() -> None:
    """The tree of seven leaves, with the proofs that the text names by letters."""
    d = [leaf_hash(one) for one in numbered(7)]
    a, b, c, e, f, j = d[0], d[1], d[2], d[4], d[5], d[6]
    g, h, i = node_hash(a, b), node_hash(c, d[3]), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    tree = MemoryTree(d)
    assert tree.root() == node_hash(k, m)
    assert merkle.inclusion_proof(0, 7, tree.node) == (b, h, m)
    assert merkle.inclusion_proof(3, 7, tree.node) == (c, g, m)
    assert merkle.inclusion_proof(4, 7, tree.node) == (f, j, k)
    assert merkle.inclusion_proof(6, 7, tree.node) == (i, k)
    assert merkle.consistency_proof(3, 7, tree.node) == (c, d[3], g, m)
    assert merkle.consistency_proof(4, 7, tree.node) == (m,)
    assert merkle.consistency_proof(6, 7, tree.node) == (i, j, k)


def decoded(value: str | None) -> bytes:
    return base64.b64decode(value or "")


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: case["name"])
def test_published_inclusion_proofs(case: dict[str, Any]) -> None:
    proof = [decoded(one) for one in case["proof"] or ()]
    arguments = (case["leafIdx"], case["treeSize"], decoded(case["root"]), decoded(case["leafHash"]), proof)
    if case["wantErr"]:
        with pytest.raises(LedgerTampered):
            merkle.require_included(*arguments)
    else:
        merkle.require_included(*arguments)


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: case["name"])
def test_published_consistency_proofs(case: dict[str, Any]) -> None:
    proof = [decoded(one) for one in case["proof"] or ()]
    arguments = (case["size1"], case["size2"], decoded(case["root1"]), decoded(case["root2"]), proof)
    # One vector has roots of 12 bytes, "don't care 2", and wants them taken: no SHA-256 is that short.
    if case["wantErr"] or len(arguments[2]) == len(arguments[3]) == 12:
        with pytest.raises(LedgerTampered):
            merkle.require_consistent(*arguments)
    else:
        merkle.require_consistent(*arguments)


def test_every_small_tree_agrees_with_the_definitions() -> None:
    entries = numbered(40)
    tree = tree_of(entries)
    for size in range(1, 41):
        root = tree.root(size)
        assert root == plain.mth(entries[:size]) == plain.root_of_many(entries[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, tree.node)
            assert list(proof) == plain.path(index, entries[:size])
            assert plain.follows(entries[index], index, size, list(proof)) == root
            merkle.require_included(index, size, root, leaf_hash(entries[index]), proof)
        for old in range(size + 1):
            proof = merkle.consistency_proof(old, size, tree.node)
            assert list(proof) == (plain.proof(old, entries[:size]) if old else [])
            merkle.require_consistent(old, size, tree.root(old), root, proof)


@given(st.integers(1, 3000), st.data())
@settings(max_examples=60, deadline=None)
def test_no_proof_holds_for_another_entry_place_or_size(size: int, data: st.DataObject) -> None:
    tree = tree_of(numbered(size))
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, tree.node)
    merkle.require_included(index, size, tree.root(), leaf_hash(str(index).encode()), proof)
    with pytest.raises(LedgerTampered, match=f"Entry {index} "):
        merkle.require_included(index, size, tree.root(), leaf_hash(b"other"), proof)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bent = [*proof]
        bent[at] = hashlib.sha256(bent[at]).digest()
        for wrong in (bent, [*proof, proof[0]], proof[:-1]):
            with pytest.raises(LedgerTampered):
                merkle.require_included(index, size, tree.root(), leaf_hash(str(index).encode()), wrong)


@given(st.integers(2, 2000), st.data())
@settings(max_examples=60, deadline=None)
def test_a_rewritten_past_has_no_consistency_proof(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    entries = numbered(size)
    before = tree_of(entries).root(old)
    entries[changed] = b"other"
    forged = tree_of(entries)
    proof = merkle.consistency_proof(old, size, forged.node)
    with pytest.raises(LedgerTampered, match=f"tree of {old}"):
        merkle.require_consistent(old, size, before, forged.root(), proof)


def test_a_proof_of_what_is_not_there_is_refused() -> None:
    tree = tree_of(numbered(3))
    with pytest.raises(UsageError, match="no entry 3"):
        merkle.inclusion_proof(3, 3, tree.node)
    with pytest.raises(UsageError, match="earlier state of 4"):
        merkle.consistency_proof(4, 3, tree.node)
