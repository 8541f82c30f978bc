"""The limits and numbers of the code format, each with where it comes from."""

from __future__ import annotations

from typing import Final

FORMAT_VERSION: Final = 2
"""The version of claim 75 and of what is inside the seal that is written; decision 0076."""

VERSIONS_READ: Final = (1, 2)
"""Those that are read; a reader refuses any other. Version 1 has neither mark nor record."""

MAX_RECORD_BYTES: Final = 64
"""UTF-8 of the record in a code: a patient's or household's number has 5 to 20 (design, section 2)."""

MAX_INFLATED_BYTES: Final = 65_536
"""A code's COSE bytes after inflation (design, section 7). The largest QR code holds 2,953 bytes, so a true
code with a portrait stays far below; 64 KiB is also what other Claim 169 readers allow."""

MAX_TEXT_CHARS: Final = 98_304
"""The base45 text (RFC 9285: 3 characters for 2 bytes) of `MAX_INFLATED_BYTES` that did not compress."""

MIN_TEXT_CHARS: Final = 64
"""Shorter text is taken for a file name: an Ed25519 signature alone takes 96 characters of base45."""

MENDED_CHARS: Final = 30_000
"""A text up to this long is mended: five times the characters of the largest symbol, as a dump of it may
have."""

MENDING_TRIES: Final = 1_500
MENDING_CHARS: Final = 2_500_000
"""How much is tried to mend a text that something on its way changed, in texts and in characters of them.
A card code has about 1,300 characters and 30 spaces: 465 pairs of places where spaces were swallowed."""

SWALLOWED_SPACES: Final = 2
"""Spaces that a keyboard's dead key swallowed, at most: a card code has some 30 "+", each followed by a space
once in 45 times; one code in 30 has three or more."""

MAX_DEPTH: Final = 8
"""Nesting of arrays, maps and tags. Ours needs 5 (map, 169, 75, list, entry), a Claim 169 biometric 4."""

MAX_ITEMS: Final = 2_048
"""CBOR items in one code. All that Claim 169 defines, with 16 biometrics of 4 fields, is under 300."""

MAX_MAP_ENTRIES: Final = 128
"""Entries of one map: Claim 169 numbers its attributes below 100. Bounds the cost of colliding keys."""

MAX_CHAIN: Final = 4
"""Certificates beside a signature: a signer and two authorities between it and the root, and one more."""

MAX_CERTIFICATE_BYTES: Final = 4_096
"""A certificate of a document signer has 500 to 1,500 bytes."""

MAX_URI_BYTES: Final = 200
"""Issuer and status list URIs. At 120 bytes a face already no longer fits version 18-M."""

MAX_MODEL_CHARS: Final = 64
"""Model identifiers are names, not texts."""

MAX_TEMPLATE_BYTES: Final = 512
"""Three times the largest finger template (50 minutiae of 3 bytes; design, section 5)."""

MAX_TEMPLATES: Final = 16
"""A face, ten fingers, and room for a second kind of capture of some."""

MAX_SAMPLES: Final = 16
"""Pictures averaged into one reference; enrolment takes 3 to 5 (design, section 3)."""

DAY_S: Final = 86_400
"""Times in a code are rounded to days, so that they tell less about its holder (design, section 7)."""

CTI_BYTES: Final = 16
"""Random identifier of a code (RFC 8392, section 3.1.7): 128 bits never repeat by chance."""

GROUP_ID_BYTES: Final = 8
"""Identifier of a verifier group's key (`moiety.keys.key_id`)."""

HASH_BYTES: Final = 32
"""SHA-256, for the salted hash of the consent receipt."""

SEAL_OVERHEAD_BYTES: Final = 48
"""An X25519 encapsulated key (32) and an AES-GCM tag (16): RFC 9180, sections 7.1 and 7.3."""

PIN_MIN_CHARS: Final = 4
"""NIST SP 800-63B-4, section 3.2.10: an activation secret has at least 4 characters, better 6."""

PIN_MAX_CHARS: Final = 64
"""NIST SP 800-63B-4, section 3.1.1.2: verifiers permit at least 64."""

PIN_MEMORY_KIB: Final = 65_536
PIN_PASSES: Final = 3
PIN_LANES: Final = 4
"""RFC 9106, section 4, second recommended option of Argon2id: 64 MiB, 3 passes, 4 lanes. Measured: 0.29 s
on one core of a 2-core x86-64 server."""

QUIET_ZONE_MODULES: Final = 4
"""ISO/IEC 18004:2015, section 6.3.8."""

MODULE_MM: Final = 0.4
"""Printed size of a module: 4.7 dots at 300 dpi. Version 24 is 45.2 mm wide, 48.4 with its quiet zone."""

PNG_PIXELS_PER_MODULE: Final = 10
"""Sharp on screens; a card code is 1,210 pixels wide."""

MAX_VERSION: Final = 35
"""The largest symbol that is read reliably from a phone's picture (design, section 7)."""

UPSCALED_PIXELS: Final = 4_000_000
"""Pictures up to this size are also read at twice their size: 16 megapixels, about 0.1 s."""

BORDER_SHARE: Final = 0.08
"""A border of this share of the longer side is more than the quiet zone of the smallest symbol that fills it
(4 of 29 modules, 14 %, of which half is enough for the reader)."""

COLOUR_APART: Final = 12.0
"""Levels between the colours of a pixel, on average over a picture, from which it is worth looking at each
alone. A grey photograph under a lamp has 3 to 9."""

CONTRAST_LOW: Final = 120.0
"""Levels between the darkest and the brightest hundredth, under which a picture is stretched."""

LEVELLED_SIDE: Final = 320
"""Pixels to which a picture is shrunk before what is around each pixel is averaged, over a fortieth of that.
At full size the average took 5 s of a picture of 9 megapixels."""

SHARPEN_SMALL_PX: Final = 3.0
SHARPEN_LARGE_PX: Final = 5.0
SHARPEN_AMOUNT: Final = 1.5
"""Measured with benchmarks/print_and_photograph.py (tilt 25 degrees, blur 1.2 px, noise sd 8, JPEG 70): at 3
pixels a module 37 of 40 are read as they are, 39 doubled, 40 doubled and sharpened by sd 3; at 12 pixels a
module with blur of 6.5 px and noise sd 15, none as they are and 3 of 8 sharpened by sd 5."""
