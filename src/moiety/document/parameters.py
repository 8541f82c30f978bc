"""The limits and tuned numbers of documents, each with where it comes from."""

from __future__ import annotations

from typing import Final

MAX_DOCUMENT_BYTES: Final = 4_000_000
"""A device response with a portrait has 20 to 100 kB; room for large portraits and many certificates."""

MAX_PORTRAIT_BYTES: Final = 2_000_000
"""ISO/IEC 18013-5 sets no limit; issuers' portraits have 10 to 200 kB."""

MAX_PORTRAIT_PIXELS: Final = 6_000_000
"""ICAO Doc 9303-9 portraits have under 1 megapixel; a JPEG 2000 of 6 is decoded in under a second."""

MAX_KEY_BINDING_AGE_S: Final = 600
"""A key binding without a nonce is taken for so long after it was signed: a ceremony's five minutes, and
five to come to it. Our choice; RFC 9901, section 7.3, leaves it to the verifier."""

CLOCK_TOLERANCE_S: Final = 60
"""How far another's clock may be ahead of ours (RFC 9901, section 9.9, speaks of a small leeway)."""

DEPTH: Final = 16
ITEMS: Final = 20_000
ENTRIES: Final = 4_096
"""CBOR of a mobile document: an issuer may sign hundreds of elements, and a device adds sessions to them. Ten
times what the largest of our trial documents (2,000 digests in a name space) holds in depth and items."""

MAX_DISCLOSURES: Final = 256
MAX_JSON_DEPTH: Final = 12
"""An identity has some 40 claims; digests of what is withheld stand beside them."""

MAX_DOCUMENT_URI_BYTES: Final = 2_000
"""Addresses of status lists in documents, which have more room than a QR code. The longest that web servers
commonly take."""

LEAST_EYE_DISTANCE: Final = 7.5
"""Pixels between the eyes of a portrait, below which nothing is compared. Portraits 32 px wide (eyes 8 px
apart) are the smallest that were measured and fitted (docs/reference/documents.md)."""

POOR_EYE_DISTANCE: Final = 11.5
"""Below this a portrait is small. Measured at the shipped table's FMR 1e-4: FNMR 11.6 % (5.9 to 21.7) of the
portraits 32 px wide that pass the gate, at most 1 % of those 48 px wide, whose eyes are 12 px apart. NIST SP
800-63B-4 allows 5 % (docs/reference/documents.md)."""

POOR_STRENGTH: Final = 10.5
"""The enrolment gate's limit: a reference below it lets more strangers in (docs/reference/face-gate.md)."""

OLD_S: Final = 10 * 365 * 86_400
"""A portrait over ten years old is old: the longest that passports are commonly valid.
No set that we may measure on shows ageing, so this is prudence and no fit."""
