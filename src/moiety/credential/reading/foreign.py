"""What other programs make, by how it begins: the names of things that hold no document of ours."""

from __future__ import annotations

import re
from typing import Final

from moiety.credential.reading.things import ASK, Thing, foreign

_SAVE: Final = "Open it in the program that made it, and save the code as a PNG picture or as text."
_PRESENT: Final = (
    "This asks a wallet for something; it holds nothing. Have the holder answer it in their wallet, and give "
    "what the wallet presents."
)
_JPEG: Final = "Save it as a JPEG or PNG picture, and give that."
_FRAME: Final = "Take a photograph in place of a film, or save one frame of it as a JPEG or PNG picture."
_HEALTH: Final = "a vaccination certificate, which has no portrait to compare with"
_OWN: Final = "Give the code itself: a picture of it, its PDF, or its text."

_FILES: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"GIF87a", "a GIF picture", _JPEG),
    (0, b"GIF89a", "a GIF picture", _JPEG),
    (4, b"ftypmsf1", "a HEIC sequence: several pictures in one file", _FRAME),
    (4, b"ftyphevc", "a HEIC sequence: several pictures in one file", _FRAME),
    (4, b"ftyphevx", "a HEIC sequence: several pictures in one file", _FRAME),
    (4, b"ftypavis", "an AVIF sequence: several pictures in one file", _FRAME),
    (4, b"ftypqt", "a film (MOV)", _FRAME),
    (4, b"ftypcrx", "a camera's raw picture", _JPEG),
    (4, b"ftyp", "a film (MP4)", _FRAME),
    (4, b"moov", "a film (MOV)", _FRAME),
    (0, b"\x1aE\xdf\xa3", "a film (WebM)", _FRAME),
    (0, b"\xff\x0a", "a JPEG XL picture", _JPEG),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture", _JPEG),
    (0, b"8BPS", "a Photoshop picture", _JPEG),
    (0, b"\x00\x00\x01\x00", "an icon (ICO)", _JPEG),
    (0, b"\x00\x00\x02\x00", "a mouse pointer (CUR)", _JPEG),
    (0, b"\x8aMNG", "an animation (MNG)", _FRAME),
    (0, b"\x01\x00\x00\x00", "a Windows metafile or an old icon", _JPEG),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile", _JPEG),
    (0, b"%!PS", "a PostScript file", "Save it as a PDF or a PNG picture, and give that."),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript file", "Save it as a PDF or a PNG picture, and give that."),
    (0, b"{\\rtf", "a document of a word processor (RTF)", _SAVE),
    (0, b"\xd0\xcf\x11\xe0", "a document of an office program", _SAVE),
    (0, b"PK\x05\x06", "an empty archive (ZIP)", "Give the file that should be in it."),
    (0, b"\x1f\x8b", "a packed file (gzip)", "Unpack it, and give what is inside."),
    (0, b"BZh", "a packed file (bzip2)", "Unpack it, and give what is inside."),
    (0, b"\xfd7zXZ\x00", "a packed file (xz)", "Unpack it, and give what is inside."),
    (0, b"7z\xbc\xaf'\x1c", "an archive (7-Zip)", "Unpack it, and give what is inside."),
    (0, b"Rar!\x1a", "an archive (RAR)", "Unpack it, and give what is inside."),
    (0, b"\x28\xb5\x2f\xfd", "a packed file (Zstandard)", "Unpack it, and give what is inside."),
    (0, b"SQLite format 3\x00", "a database", _OWN),
    (0, b"\x7fELF", "a program", _OWN),
    (0, b"MZ", "a program", _OWN),
    (0, b"OggS", "a sound", _OWN),
    (0, b"ID3", "a sound", _OWN),
    (8, b"WAVE", "a sound", _OWN),
    (8, b"AVI ", "a film (AVI)", _FRAME),
    (0, b"\xdc\x03", "a visible digital seal (VDS)", ASK),
    (0, b"\xdc\x02", "a visible digital seal (VDS)", ASK),
    (0, b"\xa2\x00\x631.0", "a wallet's offer to connect (mdoc device engagement)", _PRESENT),
    (0, b"\xa3\x00\x631.", "a wallet's offer to connect (mdoc device engagement)", _PRESENT),
    (0, b"\xa4\x00\x631.", "a wallet's offer to connect (mdoc device engagement)", _PRESENT),
)
"""Offset, magic number, name, what to do. The order counts: "ftyp" alone is a film."""

_ARCHIVES: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"pass.json", "a pass of a phone's wallet (PKPASS)", ASK),
    (b"word/", "a document of a word processor (DOCX)", _SAVE),
    (b"xl/", "a spreadsheet (XLSX)", _SAVE),
    (b"ppt/", "a presentation (PPTX)", _SAVE),
    (b"opendocument", "a document of an office program (OpenDocument)", _SAVE),
    (b"epub", "a book (EPUB)", _OWN),
)

_TEXTS: Final[tuple[tuple[str, str, str], ...]] = (
    (r"(HC|LT|NO|CH|UK|GB|TR|FR|DE)\d:", _HEALTH, ASK),
    (r"NL\d?:", _HEALTH, ASK),
    (r"CRED:\d:", _HEALTH, ASK),
    (r"shc:/", "a SMART health card, which has no portrait to compare with", ASK),
    (r"(https?://\S*#)?shlink:/", "a SMART health link, which has no portrait to compare with", ASK),
    (r"mdoc:", "a wallet's offer to connect (mdoc device engagement)", _PRESENT),
    (
        r"(openid-credential-offer|openid4vci|openid-vci|haip-vci|eudi-openid-ci|openid-initiate-issuance)"
        r"(:|%3a)",
        "a link that offers a wallet a credential",
        "It is for the holder's wallet. Give what the wallet presents.",
    ),
    (
        r"(openid4vp|openid-vc|openid|haip|haip-vp|mdoc-openid4vp|eudi[a-z0-9.+-]*|siopv2|didcomm|iden3comm|"
        r"dcapi|web\+[a-z0-9]*|wallet[a-z0-9.+-]*|lissi|idwallet|eid|bundid|irma|yivi)(://|:\?|%3a%2f%2f)",
        "a link that asks a wallet for a document",
        _PRESENT,
    ),
    (r"did:[a-z0-9]+:", "a decentralised identifier (DID)", ASK),
    (r"DC0[1-4][0-9A-Z]{8}", "a seal on a paper (2D-Doc)", ASK),
    (r"@\s*(ANSI|AAMVA) ", "the bar code on the back of a driving licence (AAMVA)", ASK),
    (r"ANSI \d{6}", "the bar code on the back of a driving licence (AAMVA)", ASK),
    (r"M[1-9][A-Z/ ]{18,22}[E ][A-Z0-9 ]{5,7}[A-Z]{6}", "a boarding pass", ASK),
    (
        r"(?=[A-Z0-9<\s]{10,100}<)[PIACV][A-Z<][A-Z]{3}[A-Z0-9<]{15,}",
        "the machine-readable lines of a travel document",
        ASK,
    ),
    (r"(BEGIN:VCARD|MECARD:|BIZCARD:)", "an address card (vCard)", ASK),
    (r"BEGIN:(VCALENDAR|VEVENT)", "an entry of a calendar", ASK),
    (r"WIFI:", "the name and password of a wireless network", ASK),
    (r"(mailto:|MATMSG:|SMTP:)", "an e-mail address", ASK),
    (r"(tel:|sms:|smsto:|mmsto:|facetime:)", "a telephone number", ASK),
    (r"geo:", "a place on a map", ASK),
    (r"(otpauth|otpauth-migration)://", "the secret of a second factor", ASK),
    (r"LPA:1\$", "a telephone contract (eSIM)", ASK),
    (r"FIDO:/", "a sign-in with a passkey", ASK),
    (r"(BCD\r?\n00|SPC\r?\n0[12]00|upi://|000201|bank://|EPD\r?\n|HUB3)", "a payment", ASK),
    (r"(bitcoin|ethereum|lightning|litecoin|monero|wc):", "a payment", ASK),
    (r"(WhatsApp|https?://wa\.me)", "a contact", ASK),
    (r"(blob|file|content|chrome|about|javascript|view-source):", "a link to a file on another device", _OWN),
    (r"[a-z][a-z0-9+.-]{1,30}://", "a link: it holds no document itself", ASK),
    (r"www\.", "a link: it holds no document itself", ASK),
    (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY", "a private key. Do not hand it to anyone", ASK),
    (r"-----BEGIN CERTIFICATE", "a certificate", "To rely on it: moiety trust add-issuer --help."),
    (r"-----BEGIN PGP|-----BEGIN AGE|age-encryption\.org", "an encrypted or signed message", ASK),
    (r"-----BEGIN ", "a key or certificate as text (PEM)", ASK),
    (r"(---- BEGIN SSH2|ssh-(rsa|ed25519)|ecdsa-sha2)", "a key for signing in to computers (SSH)", ASK),
    (r"v4\.(public|local)\.|v[1-3]\.(public|local)\.", "a PASETO token", ASK),
)
"""A pattern of how a text begins, letters of either case, a name, what to do. The order counts."""

_COMPILED: Final = tuple((re.compile(one, re.IGNORECASE), name, todo) for one, name, todo in _TEXTS)
_STRICT: Final = frozenset(("a boarding pass", "the machine-readable lines of a travel document"))
_BARCODE: Final = re.compile(r"\d{8}|\d{12,14}")
_AADHAAR: Final = re.compile(r"\d{300,}")


def of_file(data: bytes) -> Thing | None:
    """What the bytes of a file begin as; None for nothing that is known."""
    if data[:4] in (b"PK\x03\x04", b"PK\x07\x08"):
        for mark, name, todo in _ARCHIVES:
            if mark in data[:100_000] or mark in data[-100_000:]:
                return foreign(name, todo)
        return foreign("an archive (ZIP)", "Unpack it, and give what is inside.")
    for at, magic, name, todo in _FILES:
        if data[at : at + len(magic)] == magic:
            return foreign(name, todo)
    return None


def of_text(text: str) -> Thing | None:
    """What a text begins as; None for nothing that is known. Spaces before it do not count."""
    bare = text.strip()
    for pattern, name, todo in _COMPILED:
        if pattern.match(bare) and (name not in _STRICT or bare == bare.upper()):
            return foreign(name, todo)
    if _BARCODE.fullmatch(bare):
        return foreign("the number of a bar code", ASK)
    if _AADHAAR.fullmatch(bare):
        return foreign("an Aadhaar code", ASK)
    return None


def of_json(value: object) -> Thing:
    """What a JSON value is that is no document."""
    if not isinstance(value, dict):
        return foreign("JSON text that holds no document")
    keys = set(value)
    if "hdr" in keys or ("data" in keys and "sig" in keys):
        return foreign("a visible digital seal (VDS-NC), which has no portrait to compare with")
    if {"@context", "verifiableCredential", "credentialSubject"} & keys:
        return foreign("a W3C verifiable credential: its JSON-LD form is not read")
    if {"dcql_query", "presentation_definition", "request_uri", "client_id"} & keys:
        return foreign("a request to a wallet", _PRESENT)
    if {"credential_issuer", "credential_offer", "credential_configuration_ids"} & keys:
        return foreign("an offer to a wallet", _PRESENT)
    if {"error", "error_description"} & keys:
        return foreign("a wallet's answer that says why it presents nothing")
    if {"kty", "keys"} & keys:
        return foreign("a key (JWK)")
    return foreign("JSON text that holds no document")


def of_markup(text: str) -> Thing:
    """What a text in angle brackets is, other than a drawing."""
    head = text[:2000].lower()
    if "printletterbarcodedata" in head or "<qpdb" in head or "<qda" in head:
        return foreign("an Aadhaar code")
    if "<html" in head or "<!doctype html" in head:
        return foreign("a web page", _SAVE)
    return foreign("a text in XML")
