"""Every tuned number of keys, trust and status, with where it comes from."""

from __future__ import annotations

from typing import Final

DAY_S: Final = 86_400

STATUS_BITS: Final = 2
"""Valid, revoked, suspended: the draft's SUSPENDED (2) does not fit into one bit."""

STATUS_ENTRIES: Final = 1 << 20
"""The size of the draft's own test vectors; 256 KiB packed. Large lists hide a code among many."""

STATUS_FILL: Final = 0.5
"""A new list is begun when half the places are taken, so that a random free place is found in two draws."""

STATUS_TTL_S: Final = DAY_S
"""How often a verifier with a network should fetch the list anew."""

STATUS_LIFETIME_S: Final = 90 * DAY_S
"""After this a list says nothing any more, whatever the policy."""

STATUS_MAX_AGE_S: Final = 30 * DAY_S
"""The default: a monthly visit keeps an offline verifier at work. A policy can ask for less or allow more."""

MAX_STATUS_BYTES: Final = 4 << 20
"""Inflation bound: 2^20 entries of 8 bits are 1 MiB; four times that is left for the lists of others."""

ISSUE_DAYS: Final = 365
"""How long a code is valid unless said otherwise."""

EPOCH_S: Final = 365 * DAY_S
"""How long codes are sealed to one group key."""

OVERLAP_S: Final = 367 * DAY_S
"""How long codes of an epoch can be opened after it: a year's code, and two days for rounding to days."""

ISSUER_KEY_S: Final = 730 * DAY_S
"""How long an issuer key signs before it must be rotated. Our choice: two yearly visits to the root."""

BUNDLE_LIFETIME_S: Final = 400 * DAY_S
"""An offline root is taken out once a year; five weeks of grace."""

CLOCK_TOLERANCE_S: Final = 300
"""Two machines' clocks may differ by five minutes, as Kerberos usually allows (RFC 4120, section 1.6)."""

MAX_URI_LENGTH: Final = 256
MAX_ISSUER_URI_LENGTH: Final = 96
"""It is in every code twice (issuer and status list), and a version 18 code has 544 bytes in all."""

MAX_NAME_LENGTH: Final = 80
MAX_ISSUERS: Final = 64
MAX_KEYS: Final = 16
MAX_GROUPS: Final = 64
MAX_POLICIES: Final = 32
MAX_LISTS: Final = 128
MAX_ANCHORS: Final = 256
"""Issuers' keys and roots of other documents: every state has one or two roots (ISO/IEC 18013-5, annex B)."""

MAX_ANCHOR_BYTES: Final = 4096
"""A root certificate has 500 to 1,500 bytes."""

MAX_TYPES: Final = 32
MAX_TYPE_LENGTH: Final = 200
"""Types of document that one anchor names; ISO and European types have 20 to 60 characters."""

MAX_LIST_TOKEN_BYTES: Final = 8 << 20
"""A list of `MAX_STATUS_BYTES` that didn't compress, in base64 twice over: 7.5 MB."""

MAX_SEEN_LISTS: Final = 512
"""Addresses of lists that documents named. A large issuer has tens; an issuer with one address a document
would fill this, and the rest then isn't noted."""

MAX_BUNDLE_BYTES: Final = 16 << 20
"""128 lists at 1 % revoked (about 15 KB each, design section 7) are 2 MB; the rest is room."""

ARGON2_MEMORY_KIB: Final = 64 << 10
ARGON2_ITERATIONS: Final = 3
ARGON2_LANES: Final = 4
"""RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes."""

ARGON2_MAX_MEMORY_KIB: Final = 1 << 20
ARGON2_MAX_ITERATIONS: Final = 16
"""Bounds on what an archive may ask for before its passphrase is known to be right."""

MIN_PASSPHRASE_LENGTH: Final = 12
"""An archive can be attacked offline for ever; NIST SP 800-63B-4 section 3.1.1 asks for 15 where a password
stands alone, and 8 as the least; the archive's Argon2id and its keeping in a safe place stand beside it."""

MAX_PASSPHRASE_BYTES: Final = 1024

MAX_BACKUP_BYTES: Final = 256 << 20
"""A half-full register (2^19 codes) takes some 30 MB; room for several lists."""
