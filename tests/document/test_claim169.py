"""Claim 169 of other issuers: codes of an independent library are verified, and each fault is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cbor2
import claim169 as oracle
import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from moiety import Credential, verify
from moiety.credential import base45, cose, inflate
from moiety.decision.decision import Outcome
from moiety.document.claim169 import ForeignCode
from moiety.document.encrypted import EncryptedCode
from moiety.document.read import presented
from moiety.errors import (
    CertificateRefused,
    CodeMalformed,
    CredentialExpired,
    IssuerUntrusted,
    MoietyError,
    PortraitAmbiguous,
    PortraitMissing,
    PortraitTooLarge,
    PortraitUnreadable,
    SealUnopenable,
    SignatureInvalid,
)

from .conftest import DER, PLAIN, SECRET, URI, Face, Issuers, Portrait, certificate


def written(issuers: Issuers, now: int, *, key: str = "ed25519", expires: int = 86_400, **fields: Any) -> str:
    """A code as the `claim169` package writes it."""
    identity = oracle.Claim169Input(id="42", full_name="Test Person", **fields)
    meta = oracle.CwtMetaInput(issuer=URI, expires_at=now + expires)
    meta.issued_at = now - 86_400
    if key == "none":
        return str(oracle.encode(identity, meta, allow_unsigned=True))
    if key == "p256":
        return str(oracle.encode(identity, meta, sign_with_ecdsa_p256=bytes(range(1, 33))))
    seed = bytes(range(1, 33)) if key == "ed25519" else bytes(range(2, 34))
    extra = {"encrypt_with_aes256": SECRET} if fields.get("_encrypted") else {}
    return str(oracle.encode(identity, meta, sign_with_ed25519=seed, **extra))


def face_of(data: bytes, sub_format: int = 1, form: int = 0) -> list[oracle.Biometric]:
    return [oracle.Biometric(data, form, sub_format)]


FORMATS: dict[str, tuple[Any, int]] = {"JPEG": ("JPEG", 1), "JPEG2000": ("JPEG2000", 2), "AVIF": ("AVIF", 3),
                                       "WEBP": ("WEBP", 4)}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("key", ["ed25519", "p256"])
def test_the_holder_is_accepted_by_a_portrait_of_each_kind(
    name: str, key: str, issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    code = written(issuers, now, key=key, face=face_of(portrait(format=FORMATS[name][0]), FORMATS[name][1]))
    decision = verify(credential=code, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT, decision.explain()
    about = decision.credential
    assert (about.kind, about.issuer, about.status) == ("claim-169", URI, "not-checked")
    assert about.portrait is not None
    assert (about.portrait.format, about.portrait.width) == (name, 96)
    assert decision.face is not None and decision.face.comparison is not None
    assert decision.face.comparison.calibration.startswith("moiety-portrait-")
    assert "document-status-not-checked" in [one.code for one in decision.reasons]
    assert json.loads(json.dumps(decision.to_json()))["credential"]["kind"] == "claim-169"


def test_someone_else_is_rejected(issuers: Issuers, portrait: Portrait, face: Face, now: int) -> None:
    code = written(issuers, now, face=face_of(portrait()))
    decision = verify(credential=code, face=face("london/101/neutral"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.REJECT


@pytest.mark.parametrize("photo_format", [1, 2])
def test_attribute_16_of_older_versions_is_read(
    photo_format: int, issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    data = portrait(format="JPEG" if photo_format == 1 else "JPEG2000")
    code = written(issuers, now, photo=data, photo_format=photo_format)
    decision = verify(credential=code, face=face("lisa/4"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT


def test_an_encrypted_code_is_opened_with_the_key_that_the_home_holds(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    identity = oracle.Claim169Input(id="42", face=face_of(portrait()))
    meta = oracle.CwtMetaInput(issuer=URI, expires_at=now + 86_400)
    signed: dict[str, Any] = {"sign_with_ed25519": bytes(range(1, 33))}
    code = oracle.encode(identity, meta, **signed, encrypt_with_aes256=SECRET)
    shown = presented(code)
    assert isinstance(shown, EncryptedCode) and "Test" not in repr(shown)
    assert (
        verify(credential=code, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN).outcome
        is Outcome.ACCEPT
    )
    others: list[dict[str, Any]] = [{"encrypt_with_aes256": bytes(32)}, {"encrypt_with_aes128": bytes(16)}]
    for wrong in others:
        other = oracle.encode(identity, meta, **signed, **wrong)
        with pytest.raises(SealUnopenable):
            verify(credential=other, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    unsigned = oracle.encode(identity, meta, allow_unsigned=True)
    plain = cose.decode(inflate.inflate(base45.decode(unsigned))).payload
    for inside in (plain, inflate.inflate(base45.decode(unsigned))):
        with pytest.raises(SignatureInvalid):
            presented(encrypted(inside)).accept(issuers.trust, now=now, max_status_age=None)


def encrypted(inside: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    protected = cbor2.dumps({1: 3})
    sealed = AESGCM(SECRET).encrypt(bytes(12), inside, cbor2.dumps(["Encrypt0", protected, b""]))
    return base45.encode(inflate.deflate(b"\xd0" + cbor2.dumps([protected, {5: bytes(12)}, sealed])))


def chained(issuers: Issuers, identity: dict[int, Any], now: int, chain: Any) -> str:
    """A code signed by the certified signer, with its chain in the header."""
    payload = cbor2.dumps({1: "https://cards.example.org", 4: now + 1000, 6: now - 1000, 169: identity})
    protected = cbor2.dumps({1: -7})
    signed = cose.to_be_signed(protected, payload)
    r, s = decode_dss_signature(issuers.signer_key.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return base45.encode(inflate.deflate(b"\xd2" + cbor2.dumps([protected, {33: chain}, payload, signature])))


def test_a_chain_to_a_pinned_root_counts_and_others_do_not(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    identity = {62: [{0: portrait(), 1: 0, 2: 1}]}
    der = issuers.signer.public_bytes(DER)
    root = issuers.root.public_bytes(DER)
    for chain in (der, [der], [der, root]):
        code = chained(issuers, identity, now, chain)
        decision = verify(credential=code, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
        assert decision.outcome is Outcome.ACCEPT
        assert decision.credential.issuer == "Example Root"
    stranger = ec.generate_private_key(ec.SECP256R1())
    unknown = certificate(
        issuers.signer_key, signer=stranger, issuer=certificate(stranger, ca=True, name="Else")
    )
    same_name = certificate(issuers.signer_key, signer=stranger, issuer=issuers.root)
    itself = certificate(issuers.signer_key)
    for bad in (unknown, same_name, itself):
        with pytest.raises(IssuerUntrusted):
            presented(chained(issuers, identity, now, bad.public_bytes(DER))).accept(
                issuers.trust, now=now, max_status_age=None
            )
    expired = certificate(issuers.signer_key, signer=issuers.root_key, issuer=issuers.root, days=(-30, -1))
    authority = certificate(issuers.signer_key, signer=issuers.root_key, issuer=issuers.root, ca=True)
    for bad in (expired, authority):
        with pytest.raises(CertificateRefused):
            presented(chained(issuers, identity, now, bad.public_bytes(DER))).accept(
                issuers.trust, now=now, max_status_age=None
            )


def refused(code: str, issuers: Issuers, face: Face, kind: type[MoietyError]) -> None:
    with pytest.raises(kind) as caught:
        verify(credential=code, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert type(caught.value) is kind
    assert caught.value.remedy


def test_each_fault_is_refused_by_its_name(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    data = portrait()
    good: dict[str, Any] = {"face": face_of(data)}
    refused(written(issuers, now, key="none", **good), issuers, face, SignatureInvalid)
    refused(written(issuers, now, key="other", **good), issuers, face, SignatureInvalid)
    refused(written(issuers, now, expires=-10, **good), issuers, face, CredentialExpired)
    refused(written(issuers, now), issuers, face, PortraitMissing)
    refused(
        written(issuers, now, face=face_of(b"FMR\x00 minutiae", 100, 1)), issuers, face, PortraitUnreadable
    )
    refused(written(issuers, now, face=face_of(b"%PDF-1.7 no picture", 1)), issuers, face, PortraitUnreadable)
    refused(written(issuers, now, face=[*face_of(data), *face_of(portrait("lisa/2"))]), issuers, face,
            PortraitAmbiguous)  # fmt: skip
    refused(written(issuers, now, photo=portrait("lisa/2"), photo_format=1, **good), issuers, face,
            PortraitAmbiguous)  # fmt: skip
    blank = np.zeros((3000, 3000, 3), np.uint8)
    refused(written(issuers, now, face=face_of(webp(blank), 4)), issuers, face, PortraitTooLarge)
    refused(written(issuers, now, face=face_of(webp(blank[:8, :8]), 4)), issuers, face, PortraitUnreadable)


def webp(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", quality=10)
    return out.getvalue()


@pytest.mark.parametrize(("width", "code"), [(20, "portrait-small"), (26, "portrait-small")])
def test_a_tiny_portrait_decides_nothing(
    width: int, code: str, issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    text = written(issuers, now, face=face_of(portrait(width=width)))
    decision = verify(credential=text, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert code in [one.code for one in decision.reasons], decision.explain()
    assert decision.face is not None and decision.face.comparison is None


def test_two_faces_in_the_portrait_decide_nothing(issuers: Issuers, face: Face, now: int) -> None:
    from moiety.evaluate.portraits import _encoded

    both = np.hstack([face("london/101/neutral").rgb[::2, ::2], face("london/139/neutral").rgb[::2, ::2]])
    text = written(issuers, now, face=face_of(_encoded(np.ascontiguousarray(both), "JPEG", 60)))
    decision = verify(credential=text, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert [one.code for one in decision.reasons] == ["portrait-several-faces"]


def test_a_small_portrait_asks_for_more(issuers: Issuers, portrait: Portrait, face: Face, now: int) -> None:
    text = written(issuers, now, face=face_of(portrait(width=40)))
    for way, outcomes in (
        ("more", {Outcome.ACCEPT, Outcome.INCONCLUSIVE}),
        ("refuse", {Outcome.INCONCLUSIVE}),
    ):
        policy = replace(PLAIN, poor_portrait=way)  # type: ignore[arg-type]
        decision = verify(credential=text, face=face("lisa/3"), trust=issuers.trust, policy=policy)
        assert decision.credential.portrait is not None and "small" in decision.credential.portrait.poor
        assert decision.outcome in outcomes
        other = verify(credential=text, face=face("london/101/neutral"), trust=issuers.trust, policy=policy)
        assert other.outcome is Outcome.INCONCLUSIVE
        assert other.reasons[0].code == "portrait-poor"
    same = replace(PLAIN, poor_portrait="same")
    assert verify(
        credential=text, face=face("london/101/neutral"), trust=issuers.trust, policy=same
    ).outcome is Outcome.REJECT  # fmt: skip


@pytest.mark.data
def test_the_shared_vectors_are_read_and_none_is_relied_on(issuers: Issuers, data_folder: Path) -> None:
    """Their issuer is nobody's here."""
    folder = data_folder / "vectors" / "claim169"
    for path in sorted(folder.glob("*.json")):
        vector = json.loads(path.read_text())
        if vector["category"] == "invalid":
            with pytest.raises(MoietyError):
                presented(vector["qr_data"])
            continue
        shown = presented(vector["qr_data"])
        assert isinstance(shown, ForeignCode)
        signed = "signing_key" in vector
        with pytest.raises(IssuerUntrusted if signed else SignatureInvalid):
            shown.accept(issuers.trust, now=None, max_status_age=None)


def test_a_bare_photograph_is_no_reference(
    issuers: Issuers, face: Face, picture: Any, tmp_path: Path
) -> None:
    """The line: a photograph counts only inside a signed document that the holder presents now."""
    from moiety.errors import CodeUnreadable

    path = tmp_path / "photo.jpg"
    path.write_bytes(picture("lisa/1"))
    for source in (path, str(path), picture("lisa/1")):
        with pytest.raises(CodeUnreadable):
            verify(credential=source, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    with pytest.raises((MoietyError, AttributeError, TypeError)):
        verify(credential=face("lisa/1"), face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)  # type: ignore[arg-type]


def test_a_portrait_exchanged_after_reading_is_refused(
    issuers: Issuers, portrait: Portrait, face: Face, now: int
) -> None:
    """What is relied on is what was signed: another statement beside the same signature changes nothing."""
    theirs = Credential.read(written(issuers, now, face=face_of(portrait("london/101/neutral"))))
    mine = Credential.read(written(issuers, now, key="other", face=face_of(portrait("lisa/1"))))
    for forged in (
        replace(theirs, message=replace(theirs.message, payload=mine.message.payload)),
        replace(mine, message=replace(mine.message, signature=theirs.message.signature)),
    ):
        assert forged.statement is not None
        with pytest.raises((SignatureInvalid, CodeMalformed)):
            verify(credential=forged, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    beside = replace(theirs, statement=mine.statement)
    decision = verify(credential=beside, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.REJECT
