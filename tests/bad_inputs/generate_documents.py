"""Documents of other issuers that must be refused, each a named file: run this to write `documents/` anew.

    python tests/bad_inputs/generate_documents.py

Every file is one step away from a good document. `documents/index.json` says for each what comes of it: an
error of `moiety.errors`, or the finding that leaves the verification undecided; and why. Keys and
certificates come from fixed seeds and dates (Ed25519 throughout), and guard nothing. The portraits are of
`faces/lisa` (CC0).
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import cbor2
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from PIL import Image

from moiety.credential import base45, cose
from moiety.evaluate.portraits import PortraitKind, document_portrait
from moiety.image import load

FOLDER: Final = Path(__file__).parent / "documents"
NOW: Final = 1_790_000_000
URI: Final = "https://id.example.org"
NONCE: Final = "nonce-of-this-verification"
AUDIENCE: Final = "https://verifier.example.org"
SECRET: Final = bytes(range(32))
MDL: Final = "org.iso.18013.5.1.mDL"
SPACE: Final = "org.iso.18013.5.1"
MDL_SIGNER: Final = "1.0.18013.5.1.2"


def key(seed: int) -> Ed25519PrivateKey:
    """A key of a fixed seed."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


ISSUER, ROOT, SIGNER, STRANGER, HOLDER = (key(number) for number in range(1, 6))


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its name with suffix, its bytes, what comes of it, and why."""

    name: str
    data: bytes
    outcome: str
    why: str


def certificate(
    subject: Ed25519PrivateKey, by: Ed25519PrivateKey, name: str, issuer: str, *, ca: bool = False,
    usage: str | None = MDL_SIGNER, host: str = "id.example.org", days: tuple[int, int] = (-30, 300),
) -> bytes:  # fmt: skip
    """A certificate in DER, of a fixed serial number and fixed dates."""

    def named(common: str) -> x509.Name:
        country = x509.NameAttribute(NameOID.COUNTRY_NAME, "UT")
        return x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    today = datetime.fromtimestamp(NOW, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(subject.public_key())
        .serial_number(7)
        .not_valid_before(today + timedelta(days=days[0]))
        .not_valid_after(today + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    )
    if usage is not None and not ca:
        extended = x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage)])
        builder = builder.add_extension(extended, critical=True)
    return builder.sign(by, None).public_bytes(serialization.Encoding.DER)


ROOT_DER: Final = certificate(ROOT, ROOT, "Root", "Root", ca=True)
SIGNER_DER: Final = certificate(SIGNER, ROOT, "Signer", "Root")
SELF_DER: Final = certificate(SIGNER, SIGNER, "Signer", "Signer")
UNKNOWN_ROOT_DER: Final = certificate(STRANGER, STRANGER, "Elsewhere", "Elsewhere", ca=True)
UNKNOWN_DER: Final = certificate(SIGNER, STRANGER, "Signer", "Elsewhere")
FORGED_DER: Final = certificate(SIGNER, STRANGER, "Signer", "Root")
EXPIRED_DER: Final = certificate(SIGNER, ROOT, "Signer", "Root", days=(-30, -1))
AUTHORITY_DER: Final = certificate(SIGNER, ROOT, "Signer", "Root", ca=True)
OTHER_USE_DER: Final = certificate(SIGNER, ROOT, "Signer", "Root", usage="1.3.6.1.5.5.7.3.1")
OTHER_HOST_DER: Final = certificate(SIGNER, ROOT, "Signer", "Root", host="else.example.org")


def portrait(name: str = "lisa/1", width: int = 96) -> bytes:
    """A document's portrait of a packaged face: a JPEG of at most 2,000 bytes."""
    picture = files("moiety.demo").joinpath("faces", f"{name}.jpg").read_bytes()
    return document_portrait(load(picture), PortraitKind("JPEG", 2000, width))


def blank(height: int, width: int) -> bytes:
    """A grey WebP: large pictures of one colour take few bytes."""
    out = BytesIO()
    Image.fromarray(np.full((height, width, 3), 120, np.uint8)).save(out, "WEBP", quality=10)
    return out.getvalue()


PORTRAIT: Final = portrait()
OTHER_PORTRAIT: Final = portrait("lisa/2")
TINY: Final = portrait(width=20)
HUGE: Final = blank(2500, 3000)
SPECK: Final = blank(8, 8)
NO_PICTURE: Final = b"%PDF-1.7 this is no portrait"


def code_text(message: bytes) -> str:
    """The text of a code around `message`."""
    return base45.encode(zlib.compress(message))


# --- Claim 169 ---------------------------------------------------------------------------------------------


def identity(data: bytes = PORTRAIT, kind: int = 0, sub_kind: int = 1) -> dict[int, Any]:
    """An identity with one face."""
    return {1: "42", 4: "Test Person", 62: [{0: data, 1: kind, 2: sub_kind}]}


def message(
    who: dict[int, Any] | None = None, *, by: Ed25519PrivateKey | None = ISSUER, chain: bytes | None = None,
    iss: str | None = URI, times: tuple[int, int] = (-1000, 1000),
) -> bytes:  # fmt: skip
    """A COSE_Sign1 of a code."""
    claims = {
        1: iss,
        4: NOW + times[1],
        5: NOW + times[0],
        6: NOW - 2000,
        169: identity() if who is None else who,
    }
    body = cbor2.dumps(
        {number: value for number, value in claims.items() if value is not None}, canonical=True
    )
    protected = cbor2.dumps({1: -8})
    signature = b"" if by is None else by.sign(cose.to_be_signed(protected, body))
    return b"\xd2" + cbor2.dumps([protected, {} if chain is None else {33: chain}, body, signature])


def sealed(inside: bytes, secret: bytes = SECRET) -> str:
    """An encrypted code."""
    protected = cbor2.dumps({1: 3})
    nonce = bytes(12)
    ciphertext = AESGCM(secret).encrypt(nonce, inside, cbor2.dumps(["Encrypt0", protected, b""]))
    return code_text(b"\xd0" + cbor2.dumps([protected, {5: nonce}, ciphertext]))


def codes() -> Iterator[Case]:
    """Claim 169 codes."""
    two = [*identity()[62], *identity(OTHER_PORTRAIT)[62]]
    altered = bytearray(message())
    altered[len(altered) - 200] ^= 1
    plain = cose.decode(message()).payload
    rows: list[tuple[str, bytes | str, str, str]] = [
        ("unsigned", message(by=None), "SignatureInvalid", "the signature is empty"),
        ("by-another", message(by=STRANGER), "SignatureInvalid", "another key than the issuer's signed it"),
        ("altered", bytes(altered), "SignatureInvalid", "one bit of the portrait is flipped"),
        ("unknown-issuer", message(iss="https://else.example.org", by=STRANGER), "IssuerUntrusted",
         "the issuer is nobody's here"),
        ("no-issuer", message(iss=None), "IssuerUntrusted",
         "it names no issuer, and a key counts for one alone"),
        ("self-signed", message(by=SIGNER, chain=SELF_DER, iss=None), "IssuerUntrusted",
         "its certificate certifies itself"),
        ("unknown-root", message(by=SIGNER, chain=UNKNOWN_DER, iss=None), "IssuerUntrusted",
         "its chain leads to a root that is not pinned"),
        ("forged-chain", message(by=SIGNER, chain=FORGED_DER, iss=None), "IssuerUntrusted",
         "its certificate names the pinned root, which did not sign it"),
        ("expired-certificate", message(by=SIGNER, chain=EXPIRED_DER, iss=None), "CertificateRefused",
         "its signer's certificate is past its time"),
        ("chain-of-another-key", message(by=STRANGER, chain=SIGNER_DER, iss=None), "SignatureInvalid",
         "the certified key did not sign it"),
        ("expired", message(times=(-1000, -1)), "CredentialExpired", "past its last second"),
        ("not-yet-valid", message(times=(900, 1000)), "CredentialNotYetValid", "before its first second"),
        ("no-portrait", message({1: "42"}), "PortraitMissing", "it has no portrait"),
        ("two-portraits", message({62: two}), "PortraitAmbiguous", "two portraits that differ"),
        ("two-fields", message({**identity(), 16: OTHER_PORTRAIT, 17: 1}), "PortraitAmbiguous",
         "fields 62 and 16 hold different portraits"),
        ("template", message(identity(NO_PICTURE, kind=1, sub_kind=100)), "PortraitUnreadable",
         "a vendor's template in the place of a picture"),
        ("no-picture", message(identity(NO_PICTURE)), "PortraitUnreadable",
         "a PDF in the place of a picture"),
        ("speck", message(identity(SPECK, sub_kind=4)), "PortraitUnreadable", "8x8 pixels"),
        ("huge", message(identity(HUGE, sub_kind=4)), "PortraitTooLarge",
         "7.5 megapixels in a few kilobytes"),
        ("tiny", message(identity(TINY)), "portrait-small", "eyes 5 px apart"),
        ("no-face", message(identity(blank(120, 96), sub_kind=4)), "portrait-no-face", "a grey picture"),
        ("encrypted-for-another", sealed(message(), bytes(32)), "SealUnopenable",
         "with a key that is not here"),
        ("encrypted-unsigned", sealed(plain), "SignatureInvalid", "encrypted claims that nobody signed"),
        ("encrypted-nothing", sealed(b""), "SealUnopenable", "nothing inside"),
    ]  # fmt: skip
    for name, made, outcome, why in rows:
        text = made if isinstance(made, str) else code_text(made)
        yield Case(f"claim169-{name}.txt", text.encode(), outcome, why)


# --- mobile documents --------------------------------------------------------------------------------------


def element(number: int, name: str, value: Any, salt: bytes = bytes(16)) -> Any:
    """One disclosed element."""
    body = {"digestID": number, "random": salt, "elementIdentifier": name, "elementValue": value}
    return cbor2.CBORTag(24, cbor2.dumps(body))


def moment(offset: int) -> Any:
    """A `tdate`."""
    return cbor2.CBORTag(0, datetime.fromtimestamp(NOW + offset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def issuer_signed(
    shown: list[Any] | None = None, *, signed: list[Any] | None = None, by: Ed25519PrivateKey | None = SIGNER,
    chain: tuple[bytes, ...] = (SIGNER_DER,), times: tuple[int, int, int] = (-2000, -1000, 1000),
) -> dict[str, Any]:  # fmt: skip
    """The issuer-signed part; `shown` are the elements disclosed, `signed` those digested."""
    good = [element(0, "portrait", PORTRAIT), element(1, "issuing_country", "UT")]
    held = good if signed is None else signed
    digests = {number: hashlib.sha256(cbor2.dumps(one)).digest() for number, one in enumerate(held)}
    names = ("signed", "validFrom", "validUntil")
    body = {
        "version": "1.0", "digestAlgorithm": "SHA-256", "valueDigests": {SPACE: digests}, "docType": MDL,
        "deviceKeyInfo": {"deviceKey": {1: 1, -1: 6, -2: bytes(32)}},
        "validityInfo": {name: moment(offset) for name, offset in zip(names, times, strict=True)},
    }  # fmt: skip
    payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(body)))
    protected = cbor2.dumps({1: -8})
    signature = b"" if by is None else by.sign(cose.to_be_signed(protected, payload))
    header = {} if not chain else {33: list(chain) if len(chain) > 1 else chain[0]}
    elements = held if shown is None else shown
    return {"nameSpaces": {SPACE: elements}, "issuerAuth": [protected, header, payload, signature]}


def mobile() -> Iterator[Case]:
    """Mobile documents."""
    face, country = element(0, "portrait", PORTRAIT), element(1, "issuing_country", "UT")
    other = element(0, "portrait", OTHER_PORTRAIT)
    abroad = element(1, "issuing_country", "XX")
    whole = {"docType": MDL, "issuerSigned": issuer_signed()}
    both = [face, element(1, "portrait", OTHER_PORTRAIT)]

    def only(value: Any) -> dict[str, Any]:
        return issuer_signed(signed=[element(0, "portrait", value)])

    rows: list[tuple[str, Any, str, str]] = [
        ("unsigned", issuer_signed(by=None), "SignatureInvalid", "the signature is empty"),
        ("by-another", issuer_signed(by=STRANGER), "SignatureInvalid", "the certified key did not sign it"),
        ("no-chain", issuer_signed(chain=()), "IssuerUntrusted", "it carries no certificate"),
        ("self-signed", issuer_signed(chain=(SELF_DER,)), "IssuerUntrusted",
         "its certificate certifies itself"),
        ("unknown-root", issuer_signed(chain=(UNKNOWN_DER, UNKNOWN_ROOT_DER)), "IssuerUntrusted",
         "its chain leads to a root that is not pinned"),
        ("forged-chain", issuer_signed(chain=(FORGED_DER,)), "IssuerUntrusted",
         "its certificate names the pinned root, which did not sign it"),
        ("broken-chain", issuer_signed(chain=(SIGNER_DER, UNKNOWN_ROOT_DER)), "CertificateRefused",
         "the second certificate did not sign the first"),
        ("expired-certificate", issuer_signed(chain=(EXPIRED_DER,)), "CertificateRefused", "past its time"),
        ("by-an-authority", issuer_signed(chain=(AUTHORITY_DER,)), "CertificateRefused",
         "signs certificates alone"),
        ("other-use", issuer_signed(chain=(OTHER_USE_DER,)), "CertificateRefused",
         "a certificate for web servers"),
        ("by-the-root", issuer_signed(chain=(ROOT_DER,), by=ROOT), "CertificateRefused",
         "the root itself signed"),
        ("no-certificate", issuer_signed(chain=(b"\x30\x03abc",)), "CertificateRefused",
         "no certificate at all"),
        ("expired", issuer_signed(times=(-2000, -1000, -1)), "CredentialExpired", "past its last second"),
        ("not-yet-valid", issuer_signed(times=(-2000, 900, 1000)), "CredentialNotYetValid",
         "before its first"),
        ("signed-before-its-key", issuer_signed(times=(-40 * 86_400, -1000, 1000)), "CertificateRefused",
         "dated before its signer's certificate"),
        ("wrong-digest", issuer_signed([other, country], signed=[face, country]), "DigestMismatch",
         "a portrait that the issuer did not sign"),
        ("no-digest", issuer_signed([face, country], signed=[country]), "DigestMismatch",
         "of a number not signed"),
        ("element-twice", issuer_signed([face, face]), "CodeMalformed", "one element twice"),
        ("short-salt", issuer_signed(signed=[element(0, "portrait", PORTRAIT, b"salt")]), "CodeMalformed",
         "a salt too short to hide anything"),
        ("withheld", issuer_signed([country], signed=[face, country]), "PortraitMissing",
         "the portrait is withheld"),
        ("two-portraits", issuer_signed(signed=both), "PortraitAmbiguous", "two portraits that differ"),
        ("two-documents", {"version": "1.0", "documents": [whole, whole], "status": 0}, "PortraitAmbiguous",
         "a response with two documents"),
        ("other-type", {"docType": "org.example.other", "issuerSigned": issuer_signed()}, "CodeMalformed",
         "it says that it is of another kind than was signed"),
        ("other-country", issuer_signed(signed=[face, abroad]), "CertificateRefused",
         "it names another country than its signer's certificate"),
        ("text", only("no bytes"), "PortraitUnreadable", "text in the place of a picture"),
        ("no-picture", only(NO_PICTURE), "PortraitUnreadable", "a PDF in the place of a picture"),
        ("speck", only(SPECK), "PortraitUnreadable", "8x8 pixels"),
        ("huge", only(HUGE), "PortraitTooLarge", "7.5 megapixels in a few kilobytes"),
        ("tiny", only(TINY), "portrait-small", "eyes 5 px apart"),
        ("no-issuer-part", {"nameSpaces": {SPACE: [face]}}, "CodeMalformed",
         "the issuer's part was taken out"),
    ]  # fmt: skip
    for name, made, outcome, why in rows:
        yield Case(f"mdoc-{name}.cbor", cbor2.dumps(made), outcome, why)
    good = cbor2.dumps(issuer_signed())
    yield Case(
        "mdoc-endless.cbor", b"\xbf" + good[1:] + b"\xff", "CodeMalformed", "a map of indefinite length"
    )
    yield Case(
        "mdoc-strange-tag.cbor", b"\xa1\x69documents\xd8\x23\x61a", "CodeMalformed", "a pattern, tag 35"
    )
    yield Case("mdoc-cut-short.cbor", good[:-9], "CodeMalformed", "nine bytes are missing")
    yield Case("mdoc-and-more.cbor", good + b"\x00", "CodeMalformed", "something follows its end")
    yield Case(
        "mdoc-key-twice.cbor", b"\xa2\x69documents\x01\x69documents\x02", "CodeMalformed", "a key twice"
    )


# --- SD-JWT VC ---------------------------------------------------------------------------------------------


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(header: dict[str, Any], payload: Any, by: Ed25519PrivateKey | None) -> str:
    """A compact JWS; `payload` may be ready bytes."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signed = f"{b64(json.dumps(header).encode())}.{b64(body)}"
    return f"{signed}.{'' if by is None else b64(by.sign(signed.encode()))}"


def disclosure(name: str, value: Any) -> str:
    """A disclosure with a fixed salt."""
    return b64(json.dumps(["salt-of-sixteen-b", name, value]).encode())


def digest(text: str) -> str:
    """Its digest."""
    return b64(hashlib.sha256(text.encode()).digest())


def data_url(data: bytes) -> str:
    """A picture as a claim holds it."""
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()


HOLDER_JWK: Final = {"kty": "OKP", "crv": "Ed25519", "x": b64(HOLDER.public_key().public_bytes_raw())}


def token(
    disclosures: list[str], *, by: Ed25519PrivateKey | None = ISSUER, header: dict[str, Any] | None = None,
    extra: dict[str, Any] | None = None, without: tuple[str, ...] = (),
) -> str:  # fmt: skip
    """The issuer's token."""
    claims = {"iss": URI, "vct": "urn:example:id", "iat": NOW - 1000, "exp": NOW + 1000, "_sd_alg": "sha-256",
              "cnf": {"jwk": HOLDER_JWK}, "_sd": sorted(digest(one) for one in disclosures),
              **({} if extra is None else extra)}  # fmt: skip
    told = {"alg": "EdDSA", "typ": "dc+sd-jwt", **({} if header is None else header)}
    return jws(told, {name: value for name, value in claims.items() if name not in without}, by)


def bound(issued: str, disclosures: list[str], by: Ed25519PrivateKey = HOLDER, over: str | None = None,
          **changes: Any) -> str:  # fmt: skip
    """A presentation with key binding."""
    before = "~".join([issued, *disclosures, ""])
    said = {
        "iat": NOW,
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest(before if over is None else over),
        **changes,
    }
    said = {name: value for name, value in said.items() if value is not None}
    return before + jws({"alg": "EdDSA", "typ": "kb+jwt"}, said, by)


def tokens() -> Iterator[Case]:
    """SD-JWT VCs."""
    face, name = disclosure("picture", data_url(PORTRAIT)), disclosure("name", "Person")
    other = disclosure("picture", data_url(OTHER_PORTRAIT))
    second = disclosure("portrait", data_url(OTHER_PORTRAIT))
    good = token([face, name])
    chained = {"x5c": [base64.b64encode(OTHER_HOST_DER).decode()]}
    cards = {"iss": "https://cards.example.org"}
    self_signed = {"x5c": [base64.b64encode(SELF_DER).decode()]}
    unknown = {"x5c": [base64.b64encode(one).decode() for one in (UNKNOWN_DER, UNKNOWN_ROOT_DER)]}
    twice = b'{"iss": "' + URI.encode() + b'", "iss": "x", "vct": "v"}'

    def held(value: Any) -> str:
        one = disclosure("picture", value)
        return bound(token([one]), [one])

    rows: list[tuple[str, str, str, str]] = [
        ("unsigned", bound(token([face], by=None, header={"alg": "none"}), [face]), "SignatureInvalid",
         "the algorithm is none"),
        ("by-another", bound(token([face], by=STRANGER), [face]), "SignatureInvalid",
         "another key signed it"),
        ("other-algorithm", bound(token([face], header={"alg": "ES256"}), [face]), "SignatureInvalid",
         "the header names another algorithm than the key has"),
        ("unknown-issuer", bound(token([face], extra={"iss": "https://else.example.org"}), [face]),
         "IssuerUntrusted", "the issuer is nobody's here"),
        ("self-signed", bound(token([face], by=SIGNER, header=self_signed, extra=cards), [face]),
         "IssuerUntrusted",
         "its certificate certifies itself"),
        ("unknown-root", bound(token([face], by=SIGNER, header=unknown, extra=cards), [face]),
         "IssuerUntrusted",
         "its chain leads to a root that is not pinned"),
        ("other-host", bound(token([face], by=SIGNER, header=chained, extra=cards), [face]),
         "CertificateRefused",
         "its certificate names another host than its issuer's"),
        ("expired", bound(token([face], extra={"exp": NOW - 1}), [face]), "CredentialExpired",
         "past its last second"),
        ("not-yet-valid", bound(token([face], extra={"nbf": NOW + 900}), [face]), "CredentialNotYetValid",
         "before its first second"),
        ("wrong-digest", bound(good, [other]), "DigestMismatch", "a portrait that the issuer did not sign"),
        ("disclosure-twice", bound(good, [face, face]), "CodeMalformed", "one disclosure twice"),
        ("digest-twice", bound(token([face], extra={"_sd": [digest(face)] * 2}), [face]), "CodeMalformed",
         "one digest twice"),
        ("claim-twice", bound(token([face], extra={"picture": "x"}), [face]), "CodeMalformed",
         "a claim both in the open and disclosed"),
        ("hidden-expiry", bound(token([disclosure("exp", 1)], without=("exp",)), [disclosure("exp", 1)]),
         "CodeMalformed", "its expiry is disclosed selectively"),
        ("stripped-key-binding", "~".join([good, face, ""]), "KeyBindingRefused",
         "the holder's signature is gone"),
        ("binding-of-another", bound(good, [face], STRANGER), "KeyBindingRefused",
         "another key than the holder's"),
        ("binding-over-another", bound(good, [face], over=f"{good}~"), "KeyBindingRefused",
         "made for a presentation that discloses something else"),
        ("binding-stale", bound(good, [face], iat=NOW - 3600), "KeyBindingRefused", "an hour old"),
        ("binding-ahead", bound(good, [face], iat=NOW + 3600), "KeyBindingRefused", "an hour ahead"),
        ("binding-other-nonce", bound(good, [face], nonce="another"), "KeyBindingRefused",
         "for another verification"),
        ("binding-other-audience", bound(good, [face], aud="https://else.example.org"), "KeyBindingRefused",
         "for another verifier"),
        ("binding-no-nonce", bound(good, [face], nonce=None), "KeyBindingRefused", "without a nonce"),
        ("no-holder-key", bound(token([face], without=("cnf",)), [face]), "KeyBindingRefused",
         "signed by a holder whose key nobody named"),
        ("withheld", bound(good, [name]), "PortraitMissing", "the portrait is withheld"),
        ("two-portraits", bound(token([face, second]), [face, second]), "PortraitAmbiguous",
         "two that differ"),
        ("elsewhere", held("https://photos.example.org/1.jpg"), "PortraitUnreadable",
         "the address of a picture"),
        ("number", held(7), "PortraitUnreadable", "a number in the place of a picture"),
        ("no-picture", held(data_url(NO_PICTURE)), "PortraitUnreadable", "a PDF in the place of a picture"),
        ("speck", held(data_url(SPECK)), "PortraitUnreadable", "8x8 pixels"),
        ("huge", held(data_url(HUGE)), "PortraitTooLarge", "7.5 megapixels in a few kilobytes"),
        ("tiny", held(data_url(TINY)), "portrait-small", "eyes 5 px apart"),
        ("other-token", bound(token([face], header={"typ": "JWT"}), [face]), "CodeMalformed",
         "a token of another type"),
        ("no-type", bound(token([face], without=("vct",)), [face]), "CodeMalformed",
         "it does not say what it is"),
        ("crit", bound(token([face], header={"crit": ["x"], "x": 1}), [face]), "CodeMalformed",
         "it demands an extension that nobody knows"),
        ("key-twice", jws({"alg": "EdDSA", "typ": "dc+sd-jwt"}, twice, ISSUER) + "~", "CodeMalformed",
         "a JSON key twice"),
        ("two-parts", good.rsplit(".", 1)[0] + "~", "CodeMalformed", "a token of two parts"),
        ("padded", good + "~" + face + "=~", "CodeMalformed", "a disclosure with padding"),
    ]  # fmt: skip
    for label, text, outcome, why in rows:
        yield Case(f"sd-jwt-{label}.txt", text.encode(), outcome, why)


def main() -> None:
    """Write the files and their index."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    cases = [*codes(), *mobile(), *tokens()]
    for one in cases:
        (FOLDER / one.name).write_bytes(one.data)
    index = {one.name: {"outcome": one.outcome, "why": one.why} for one in cases}
    (FOLDER / "index.json").write_text(json.dumps(index, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
