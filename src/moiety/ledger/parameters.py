"""Numbers of the ledger, each with where it comes from."""

from __future__ import annotations

from typing import Final

HASH_BYTES: Final = 32  # SHA-256: RFC 6962, section 2.1; C2SP tlog-tiles fixes it
TILE_HEIGHT: Final = 8  # C2SP tlog-tiles, "Merkle Tree": a tile spans eight levels
TILE_WIDTH: Final = 1 << TILE_HEIGHT  # ... and is 256 hashes wide, 8,192 bytes
MAX_TILE_LEVEL: Final = 63  # C2SP tlog-tiles: "an integer between 0 and 63"
MAX_SIZE: Final = 1 << 62  # what a signed 64-bit column holds, with room: no log comes near
MAX_PROOF_HASHES: Final = 63  # C2SP tlog-witness, "add-checkpoint": no more than 63 lines

MAX_NOTE_BYTES: Final = 64 * 1024  # C2SP signed-note asks for a limit: 16 signatures of 5 kB fit
MAX_SIGNATURES: Final = 16  # C2SP signed-note: at least 16 must be accepted
MAX_RECEIPT_BYTES: Final = 2 * 1024 * 1024  # an answer with a ledger receipt in it, and a code to print: ours
MAX_REQUEST_BYTES: Final = MAX_NOTE_BYTES + 4096  # a note, and 63 lines of 45 bytes before it

ED25519_NOTE: Final = 0x01  # C2SP signed-note, "Signature types"
ED25519_COSIGNATURE: Final = 0x04  # the same: timestamped Ed25519 checkpoint cosignatures
KEY_ID_BYTES: Final = 4
MAX_TIMESTAMP: Final = (1 << 63) - 1  # C2SP tlog-cosignature, "Format"

SALT_BYTES: Final = 32  # as long as the hash: a commitment tells nothing about a body once its salt is gone
EVENT_ID_BYTES: Final = 16
MAX_BODY_BYTES: Final = 4096  # an event is a few short fields; our choice

COSIGNATURE_FUTURE_S: Final = 300  # how far ahead of this clock a cosignature may be dated; our choice
