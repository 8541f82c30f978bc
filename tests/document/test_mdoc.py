"""Mobile documents: those of two independent libraries are verified, and each fault is refused by name."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import isomdoc
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from moiety import verify
from moiety.credential import cose
from moiety.decision.decision import Outcome
from moiety.document.mobile import MobileDocument
from moiety.document.read import presented
from moiety.errors import (
    CertificateRefused,
    CodeMalformed,
    CredentialExpired,
    CredentialNotYetValid,
    DigestMismatch,
    IssuerUntrusted,
    MoietyError,
    PortraitAmbiguous,
    PortraitMissing,
    PortraitTooLarge,
    PortraitUnreadable,
    SignatureInvalid,
)

from .conftest import PLAIN, Face, Issuers, Portrait, certificate
from .test_claim169 import webp

MDL = "org.iso.18013.5.1.mDL"
SPACE = "org.iso.18013.5.1"
EKU = ("1.0.18013.5.1.2",)


def by_isomdoc(issuers: Issuers, elements: dict[str, Any], *, signer: Any = None, key: Any = None,
               days: tuple[float, float] = (-1, 300)) -> bytes:  # fmt: skip
    """An issuer-signed document as `isomdoc` makes it."""
    chain = [issuers.signer if signer is None else signer]
    made = isomdoc.create_mdoc(MDL, chain, issuers.signer_key if key is None else key)
    for name, value in elements.items():
        made.add_data_item(SPACE, name, value)
    today = datetime.now(UTC)
    device = ec.generate_private_key(ec.SECP256R1()).public_key()
    return bytes(
        made.generate_credential(
            device,
            signed_datetime=today - timedelta(days=1),
            valid_from_datetime=today + timedelta(days=days[0]),
            valid_until_datetime=today + timedelta(days=days[1]),
        )
    )


def by_pymdoccbor(issuers: Issuers, elements: dict[str, Any]) -> bytes:
    """A device response as `pymdoccbor` makes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymdoccbor.mdoc.issuer import MdocCborIssuer

        numbers = issuers.signer_key.private_numbers()
        public = numbers.public_numbers
        key = {
            "KTY": "EC2", "CURVE": "P_256", "ALG": "ES256",
            "D": numbers.private_value.to_bytes(32, "big"),
            "X": public.x.to_bytes(32, "big"), "Y": public.y.to_bytes(32, "big"), "KID": b"signer",
        }  # fmt: skip
        made = MdocCborIssuer(private_key=key, alg="ES256")
        today = datetime.now(UTC)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "signer.pem"
            path.write_bytes(issuers.signer.public_bytes(serialization.Encoding.PEM))
            made.new(
                data={SPACE: elements},
                doctype=MDL,
                validity={
                    "issuance_date": str((today - timedelta(days=1)).date()),
                    "expiry_date": str((today + timedelta(days=300)).date()),
                },
                devicekeyinfo={"KTY": "EC2", "CURVE": "P_256", "X": key["X"], "Y": key["Y"]},
                cert_path=str(path),
            )
        return bytes(made.dump())


Make = Callable[[Issuers, dict[str, Any]], bytes]


@pytest.mark.parametrize("make", [by_isomdoc, by_pymdoccbor])
@pytest.mark.parametrize("format", ["JPEG", "JPEG2000"])
def test_documents_of_two_libraries_are_verified(
    make: Make, format: Any, issuers: Issuers, portrait: Portrait, face: Face, tmp_path: Path
) -> None:
    data = make(issuers, {"family_name": "Person", "portrait": portrait(format=format), "age_over_18": True})
    path = tmp_path / "licence.cbor"
    path.write_bytes(data)
    assert isinstance(presented(path), MobileDocument)
    decision = verify(credential=path, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert decision.outcome is Outcome.ACCEPT, decision.explain()
    about = decision.credential
    assert (about.kind, about.issuer, about.status) == ("mdoc", "Example Root", "not-checked")
    assert about.portrait is not None and about.portrait.format == format
    assert {"device-not-checked", "document-status-not-checked"} <= {one.code for one in decision.reasons}
    other = verify(credential=data, face=face("london/139/smiling"), trust=issuers.trust, policy=PLAIN)
    assert other.outcome is Outcome.REJECT


# --- a writer of our own, so that one thing can be wrong at a time ------------------------------------------


def made(issuers: Issuers, elements: list[tuple[str, str, Any]], now: int, **how: Any) -> dict[str, Any]:
    """An issuer-signed document; `how` changes one thing."""
    spaces: dict[str, list[Any]] = {}
    digests: dict[str, dict[int, bytes]] = {}
    for number, (space, name, value) in enumerate(elements):
        body = {"digestID": number, "random": bytes(16), "elementIdentifier": name, "elementValue": value}
        item = cbor2.CBORTag(24, cbor2.dumps(body))
        spaces.setdefault(space, []).append(item)
        digests.setdefault(space, {})[number] = hashlib.sha256(cbor2.dumps(item)).digest()

    def at(moment: int) -> Any:
        return cbor2.CBORTag(0, datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))

    first, last = how.get("valid", (-1000, 1000))
    body = {
        "version": how.get("version", "1.0"), "digestAlgorithm": how.get("hash", "SHA-256"),
        "valueDigests": digests, "deviceKeyInfo": {"deviceKey": {1: 2}}, "docType": how.get("doc_type", MDL),
        "validityInfo": {"signed": at(now + how.get("signed", -2000)), "validFrom": at(now + first),
                         "validUntil": at(now + last)},
        **how.get("more", {}),
    }  # fmt: skip
    payload = cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(body)))
    protected = cbor2.dumps({1: how.get("alg", -7)})
    key = how.get("key", issuers.signer_key)
    r, s = decode_dss_signature(key.sign(cose.to_be_signed(protected, payload), ec.ECDSA(hashes.SHA256())))
    signature = b"" if how.get("unsigned") else r.to_bytes(32, "big") + s.to_bytes(32, "big")
    chain = [one.public_bytes(serialization.Encoding.DER) for one in how.get("chain", [issuers.signer])]
    header = {} if not chain else {33: chain if len(chain) > 1 else chain[0]}
    return {"nameSpaces": spaces, "issuerAuth": [protected, header, payload, signature]}


def response(signed: dict[str, Any], doc_type: str = MDL) -> bytes:
    document = {"docType": doc_type, "issuerSigned": signed}
    return cbor2.dumps({"version": "1.0", "documents": [document], "status": 0})


def refused(data: bytes, issuers: Issuers, face: Face, kind: type[MoietyError]) -> None:
    with pytest.raises(kind) as caught:
        verify(credential=data, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
    assert type(caught.value) is kind, caught.value
    assert caught.value.remedy or kind is PortraitAmbiguous


@pytest.fixture
def elements(portrait: Portrait) -> list[tuple[str, str, Any]]:
    return [(SPACE, "portrait", portrait()), (SPACE, "issuing_country", "UT")]


def test_our_writer_writes_good_documents(issuers: Issuers, elements: Any, face: Face, now: int) -> None:
    signed = made(issuers, elements, now)
    for data in (
        cbor2.dumps(signed),
        response(signed),
        cbor2.dumps({"docType": MDL, "issuerSigned": signed}),
    ):
        decision = verify(credential=data, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
        assert decision.outcome is Outcome.ACCEPT, decision.explain()


def test_what_the_issuer_signed_is_held_against_what_is_shown(
    issuers: Issuers, elements: Any, portrait: Portrait, face: Face, now: int
) -> None:
    good = made(issuers, elements, now)
    other = made(issuers, [(SPACE, "portrait", portrait("london/101/neutral"))], now)
    refused(cbor2.dumps({**good, "nameSpaces": other["nameSpaces"]}), issuers, face, DigestMismatch)
    added = {SPACE: [*good["nameSpaces"][SPACE]], "more": other["nameSpaces"][SPACE]}
    refused(cbor2.dumps({**good, "nameSpaces": added}), issuers, face, DigestMismatch)
    twice = {SPACE: [*good["nameSpaces"][SPACE]] * 2}
    refused(cbor2.dumps({**good, "nameSpaces": twice}), issuers, face, CodeMalformed)
    withheld = {SPACE: good["nameSpaces"][SPACE][1:]}
    refused(cbor2.dumps({**good, "nameSpaces": withheld}), issuers, face, PortraitMissing)
    refused(cbor2.dumps({"issuerAuth": good["issuerAuth"]}), issuers, face, PortraitMissing)
    refused(response(good, "org.example.other"), issuers, face, CodeMalformed)


def test_each_fault_is_refused_by_its_name(
    issuers: Issuers, elements: Any, portrait: Portrait, face: Face, now: int
) -> None:
    def written(changed: Any = None, **how: Any) -> bytes:
        return cbor2.dumps(made(issuers, elements if changed is None else changed, now, **how))

    refused(written(unsigned=True), issuers, face, SignatureInvalid)
    refused(written(key=ec.generate_private_key(ec.SECP256R1())), issuers, face, SignatureInvalid)
    refused(written(alg=-8), issuers, face, SignatureInvalid)
    refused(written(valid=(-1000, -1)), issuers, face, CredentialExpired)
    refused(written(valid=(500, 1000)), issuers, face, CredentialNotYetValid)
    refused(written(hash="MD5"), issuers, face, CodeMalformed)
    refused(written(version="2.0"), issuers, face, CodeMalformed)
    refused(written(signed=-40 * 86_400), issuers, face, CertificateRefused)
    refused(written([*elements[:1], (SPACE, "issuing_country", "XX")]), issuers, face, CertificateRefused)
    twice = [(SPACE, "portrait", portrait()), ("org.example", "portrait", portrait("lisa/2"))]
    refused(written(twice), issuers, face, PortraitAmbiguous)
    refused(written([(SPACE, "portrait", "text")]), issuers, face, PortraitUnreadable)
    refused(written([(SPACE, "portrait", b"<svg/>")]), issuers, face, PortraitUnreadable)
    import numpy as np

    blank = np.zeros((3000, 3000, 3), np.uint8)
    refused(written([(SPACE, "portrait", webp(blank))]), issuers, face, PortraitTooLarge)
    refused(
        written([(SPACE, "portrait", b"\xff\xd8\xff" + bytes(2_000_001))]), issuers, face, PortraitTooLarge
    )
    signed = made(issuers, elements, now)
    both = {"docType": MDL, "issuerSigned": signed}
    refused(cbor2.dumps({"version": "1.0", "documents": [both, both], "status": 0}), issuers, face,
            PortraitAmbiguous)  # fmt: skip


def test_the_chain_is_held_against_the_pinned_root(
    issuers: Issuers, elements: Any, face: Face, now: int
) -> None:
    key, stranger = issuers.signer_key, ec.generate_private_key(ec.SECP256R1())
    named: dict[str, Any] = {"usages": EKU}
    under: dict[str, Any] = {"signer": issuers.root_key, "issuer": issuers.root}
    elsewhere = certificate(stranger, ca=True, name="Elsewhere")
    middle_key = ec.generate_private_key(ec.SECP256R1())
    middle = certificate(middle_key, ca=True, name="Middle", **under)
    below = certificate(key, signer=middle_key, issuer=middle, **named)
    cases: list[tuple[list[Any], type[MoietyError] | None]] = [
        ([issuers.signer], None),
        ([below, middle], CertificateRefused),  # an authority that the anchor doesn't allow
        ([], IssuerUntrusted),
        ([certificate(key, **named)], IssuerUntrusted),  # self-signed
        ([certificate(key, signer=stranger, issuer=elsewhere, **named)], IssuerUntrusted),
        ([certificate(key, signer=stranger, issuer=elsewhere, **named), elsewhere], IssuerUntrusted),
        ([certificate(key, signer=stranger, issuer=issuers.root, **named)], IssuerUntrusted),  # same name
        ([below, issuers.signer], CertificateRefused),  # no chain
        ([certificate(key, **under)], CertificateRefused),  # not for licences
        ([certificate(key, **under, **named, days=(-30, -1))], CertificateRefused),  # past its time
        ([certificate(key, **under, **named, ca=True)], CertificateRefused),  # an authority
        ([certificate(key, **under, **named, country="XX")], CertificateRefused),
        ([issuers.root], CertificateRefused),
    ]
    for chain, kind in cases:
        data = cbor2.dumps(made(issuers, elements, now, chain=chain))
        if kind is None:
            decision = verify(credential=data, face=face("lisa/3"), trust=issuers.trust, policy=PLAIN)
            assert decision.outcome is Outcome.ACCEPT
        else:
            refused(data, issuers, face, kind)
    signer = certificate(middle_key, signer=key, issuer=issuers.signer, **named)
    by_no_authority = made(issuers, elements, now, chain=[signer, issuers.signer], key=middle_key)
    refused(cbor2.dumps(by_no_authority), issuers, face, CertificateRefused)


def test_nothing_is_opened_before_the_capture_is_fit(
    issuers: Issuers, elements: Any, face: Face, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the portrait was opened")

    monkeypatch.setattr("moiety.document.mobile.read_portrait", never)
    data = cbor2.dumps(made(issuers, elements, now))
    decision = verify(credential=data, face=face("lisa/3"), trust=issuers.trust)
    assert decision.outcome is Outcome.INCONCLUSIVE
    assert decision.reasons[0].code == "liveness-none"
    assert decision.credential.kind == "mdoc" and decision.credential.portrait is None
