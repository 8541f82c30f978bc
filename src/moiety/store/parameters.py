"""Every tuned number of the store, with where it comes from."""

from __future__ import annotations

from typing import Final

CONNECT_TIMEOUT_S: Final = 3
"""A database that does not answer within this is away: a person waits in front of the screen meanwhile."""

STATEMENT_TIMEOUT_S: Final = 5
"""No statement of ours takes 10 ms on a healthy database; one of five seconds is told, not waited for."""

IDLE_IN_TRANSACTION_S: Final = 30
"""A process that dies inside a transaction gives its locks back after this; the longest of ours holds one
for a second (signing a status list)."""

POOL_SIZE: Final = 8
POOL_TIMEOUT_S: Final = 5
"""Requests do their heavy work without a connection, so that few serve many; one that gets none in five
seconds is told so."""

RESTED_S: Final = 1.0
"""A connection that lay longer than this is asked whether it lives before it is used. A question takes 0.1 to
0.3 ms, and a verification borrows six times. A database that went away within the second is told as away."""

EVENT_BODY_BYTES: Final = 4096
"""An event is a handful of short facts. Larger than any of ours by ten times."""

NAME_LENGTH: Final = 80
TOKEN_BYTES: Final = 32
"""Random identifiers and secrets: 256 bits, as long as the hash under which they are kept."""

HASH_BYTES: Final = 32
IDENTIFIER_BYTES: Final = 16
FRAME_BYTES: Final = 16
"""Of a frame's keyed hash: of 10 million frames a day two agree by chance once in 10^24 days."""

PASSKEY_ID_BYTES: Final = 1023
"""WebAuthn Level 3, section 4: a credential identifier has at most 1,023 bytes."""

PASSKEY_KEY_BYTES: Final = 512
"""A COSE key of RSA 2048 has 272 bytes, of P-256 77; larger ones are refused at registration."""

PURPOSE_LENGTH: Final = 500
NOTICE_LENGTH: Final = 8192
"""The longest notice, the English one with a guardian and a written release, has 2,700 characters."""

VERSION_LENGTH: Final = 16
LANGUAGE_LENGTH: Final = 8
WORD_LENGTH: Final = 16
"""Words of our own: a state, a relation, a stage."""

RETENTION_BATCH: Final = 200
"""Rows erased in one transaction: others wait for some milliseconds, and a crash loses nothing."""

TILE_BYTES: Final = 8192
"""A full tile: 256 hashes of 32 bytes (C2SP tlog-tiles)."""

ORIGIN_LENGTH: Final = 200
"""A log's origin is a URL without its scheme."""

NOTE_BYTES: Final = 65_536
"""A checkpoint with its signatures: the ledger's own limit for a note."""

SEQUENCE_GROUP: Final = 4096
"""Events that enter the tree in one transaction: 16 full tiles, 0.1 s on SQLite. One that waits, waits for no
more than that."""

PIN_FAILURES_MOST: Final = 5
"""A PIN of four digits is then guessed with probability 1 in 2,000; NIST SP 800-63B-4, section 3.2.2, allows
up to 100 attempts, for secrets of six digits."""

SHARE_RELEASES_A_DAY: Final = 30
"""As many as verifications of one code a day."""

DEVICE_KEY_BYTES: Final = 65
"""A P-256 public key, uncompressed (SEC 1, 2.3.3), as browsers export it."""
