"""The decoders of the ledger: the first byte of a case says which one the rest goes into."""

from __future__ import annotations

import base64
import json
from typing import Final

from moiety.errors import LedgerRefused
from moiety.keys import SigningKey
from moiety.ledger import note, proof, tiles
from moiety.ledger.checkpoint import Checkpoint, parse_text, sign_checkpoint
from moiety.ledger.cosignature import WitnessKey, cosign
from moiety.ledger.merkle import MemoryTree, inclusion_proof, leaf_hash
from moiety.ledger.parameters import EVENT_ID_BYTES, SALT_BYTES
from moiety.ledger.receipt import LedgerReceipt, read_receipt, receipt_in
from moiety.ledger.tiles import ENTRIES, Tile
from moiety.ledger.witnessing import forked, named, parse_request

_SIGNER: Final = SigningKey.from_seed(bytes(range(32)))


def one_case(data: bytes) -> None:
    """Decode `data[1:]`; whatever decodes must encode to the same bytes.

    Raises nothing that the decoders are meant to raise; anything else is a find.
    """
    if not data:
        return
    try:
        _DECODERS[data[0] % len(_DECODERS)](data[1:])
    except LedgerRefused:
        return


def _note(data: bytes) -> None:
    _same(note.parse(data).encode(), data)


def _checkpoint(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    _same(parse_text(text).text().encode(), text.encode())


def _proof(data: bytes) -> None:
    _same(proof.parse_proof(data).encode(), data)


def _path(data: bytes) -> None:
    text = data.decode("latin-1")
    _same(tiles.parse_path(text).path.encode(), text.encode())


def _bundle(data: bytes) -> None:
    if data:
        width = 1 + data[0]
        _same(tiles.encode_bundle(tiles.decode_bundle(data[1:], Tile(ENTRIES, 0, width))), data[1:])


def _vkey(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    name, kind, key = note.parse_vkey(text)
    _same(note.encode_vkey(name, kind, key.public).encode(), text.encode())


def _receipt(data: bytes) -> None:
    found = receipt_in(data)
    again = read_receipt(found.to_json())
    if again != found:
        raise AssertionError("what decodes does not encode to itself")


def _request(data: bytes) -> None:
    asked = parse_request(data)
    hashes = b"".join(base64.b64encode(one) + b"\n" for one in asked.hashes)
    _same(b"old %d\n%s\n" % (asked.old, hashes) + asked.checkpoint.encode(), data)


def _refusal(data: bytes) -> None:
    entry = named(data)
    if entry is not None:
        _same(b"Forked: entry %d " % entry, data[: len(b"Forked: entry %d " % entry)])


_DECODERS: Final = (_note, _checkpoint, _proof, _path, _bundle, _vkey, _receipt, _request, _refusal)


def _same(first: bytes, second: bytes) -> None:
    if first != second:
        raise AssertionError("what decodes does not encode to itself")


def seeds() -> list[bytes]:
    """Good input for every decoder."""
    entries = [bytes([number]) * 32 for number in range(7)]
    tree = MemoryTree(map(leaf_hash, entries))
    signed = sign_checkpoint(Checkpoint("log.example/1", 7, tree.root()), _SIGNER)
    seen = signed.with_signatures([cosign(signed.text, "witness.example/w1", _SIGNER, now=1_790_000_000)])
    event = json.dumps({"kind": "verified", "at": 1_790_000_000}, separators=(",", ":")).encode()
    placed = proof.Proof(4, inclusion_proof(4, 7, tree.node), seen)
    receipt = LedgerReceipt(bytes(EVENT_ID_BYTES), event, bytes(SALT_BYTES), placed)
    good = (
        seen.encode(),
        seen.text.encode(),
        placed.encode(),
        Tile(0, 1234067, 12).path.encode(),
        bytes([6]) + tiles.encode_bundle(entries),
        WitnessKey("witness.example/w1", _SIGNER.verifying_key).vkey().encode(),
        json.dumps({"receipt": "x", "ledger": receipt.to_json()}).encode(),
        b"old 4\n" + base64.b64encode(bytes(32)) + b"\n\n" + signed.encode(),
        forked(
            3, Checkpoint("log.example/1", 5, bytes(32)), Checkpoint("log.example/1", 7, bytes(32))
        ).encode(),
    )
    return [bytes([number]) + one for number, one in enumerate(good)]
