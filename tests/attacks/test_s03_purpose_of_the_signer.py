"""S3: whoever has any certificate below a pinned root makes an identity document of a type of their own."""

# ruff: noqa: F811 - fixtures of the documents' own tests are named where they are used
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.document.conftest import DER, Issuers, Portrait, certificate, issuers, now, portrait  # noqa: F401
from tests.document.test_mdoc import MDL, SPACE, made

from moiety.credential.anchors import DocumentAnchor, decode, encode, root_anchor
from moiety.credential.document_types import DocumentType
from moiety.document import certificates
from moiety.document.read import presented
from moiety.errors import CertificateRefused, CredentialRefused, IssuerUntrusted

SIGNER = "1.0.18013.5.1.2"
WEB, OCSP, READER, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.9", "1.0.18013.5.1.6", "2.5.29.37.0"
KEY = ec.generate_private_key(ec.SECP256R1())


def below(issuers: Issuers, *usages: str, **how: Any) -> x509.Certificate:
    return certificate(KEY, signer=issuers.root_key, issuer=issuers.root, usages=usages, **how)


def forged(issuers: Issuers, picture: bytes, now: int, doc_type: str, *chain: x509.Certificate) -> bytes:
    elements = [(SPACE, "portrait", picture), (SPACE, "issuing_country", "UT")]
    signed = made(issuers, elements, now, doc_type=doc_type, chain=list(chain), key=KEY)
    return cbor2.dumps(
        {"version": "1.0", "documents": [{"docType": doc_type, "issuerSigned": signed}], "status": 0}
    )


@pytest.mark.parametrize("doc_type", [MDL, "com.evil.card", "org.iso.18013.5.1.mdl", f"{MDL} ", "x\x1b[2J"])
@pytest.mark.parametrize(
    "usages", [(WEB,), (OCSP,), (READER,), (ANY,), (), (SIGNER, WEB), ("1.0.18013.5.1.3",)]
)
def test_another_purpose_signs_no_document_of_any_type(
    doc_type: str, usages: tuple[str, ...], issuers: Issuers, portrait: Portrait, now: int
) -> None:
    data = forged(issuers, portrait(), now, doc_type, below(issuers, *usages))
    with pytest.raises(CredentialRefused) as caught:
        presented(data).accept(issuers.trust, now=now, max_status_age=None)
    assert isinstance(caught.value, (CertificateRefused, IssuerUntrusted)) and caught.value.remedy
    assert "\x1b" not in str(caught.value)


def test_a_signer_of_licences_signs_licences_alone(issuers: Issuers, portrait: Portrait, now: int) -> None:
    signer = below(issuers, SIGNER)
    good = presented(forged(issuers, portrait(), now, MDL, signer))
    about = good.accept(issuers.trust, now=now, max_status_age=None).evidence
    assert (about.issuer, about.document_type) == ("Example Root", MDL)
    with pytest.raises(IssuerUntrusted, match=r"com\.evil\.card"):
        presented(forged(issuers, portrait(), now, "com.evil.card", signer)).accept(
            issuers.trust, now=now, max_status_age=None
        )


def test_no_authority_stands_between_a_root_and_its_signers(
    issuers: Issuers, portrait: Portrait, now: int
) -> None:
    middle_key = ec.generate_private_key(ec.SECP256R1())
    middle = certificate(
        middle_key, signer=issuers.root_key, issuer=issuers.root, ca=True, name="Web Authority"
    )
    signer = certificate(KEY, signer=middle_key, issuer=middle, usages=(SIGNER,))
    with pytest.raises(CertificateRefused, match="stands between"):
        presented(forged(issuers, portrait(), now, MDL, signer, middle)).accept(
            issuers.trust, now=now, max_status_age=None
        )


def test_a_root_of_an_older_bundle_vouches_for_licences_alone(issuers: Issuers) -> None:
    old = encode(root_anchor("Old", ("mdoc",), "", issuers.root.public_bytes(DER)))
    assert len(old) == 6  # as earlier versions wrote it
    anchor = decode(old)
    assert anchor.types_named(MDL) and not anchor.types_named("com.evil.card")


def test_name_constraints_are_kept(issuers: Issuers, now: int) -> None:
    """A constrained authority certifies only names inside its constraints, whatever the anchor allows."""
    from datetime import UTC, datetime, timedelta

    from cryptography.hazmat.primitives import hashes

    middle_key = ec.generate_private_key(ec.SECP256R1())
    today = datetime.now(UTC).replace(microsecond=0)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Constrained")])
    middle = (
        x509.CertificateBuilder(issuers.root.subject, subject, middle_key.public_key(), 7)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints([x509.DNSName("inside.example")], None), critical=False)
        .sign(issuers.root_key, hashes.SHA256())
    )
    types = (DocumentType(MDL),)
    allowing = DocumentAnchor(
        "R", ("mdoc",), "", b"", issuers.root.public_bytes(DER), types=types, intermediates=True
    )
    for host, good in (("a.inside.example", True), ("outside.example", False)):
        leaf = certificate(
            KEY, signer=middle_key, issuer=middle, usages=(SIGNER,), alternative=(x509.DNSName(host),)
        )
        chain = [leaf.public_bytes(DER), middle.public_bytes(DER)]

        def signer(chain: list[bytes] = chain) -> object:
            return certificates.signer(chain, [allowing], now, type_name=MDL, issuer=None)

        if good:
            assert signer()
        else:
            with pytest.raises(CertificateRefused, match="may not certify"):
                signer()


def test_the_command_refuses_the_forgery(
    issuers: Issuers, portrait: Portrait, now: int, tmp_path: Path
) -> None:
    path = tmp_path / "evil.cbor"
    path.write_bytes(forged(issuers, portrait(), now, "com.evil.card", below(issuers, WEB)))
    command = str(Path(sys.executable).with_name("moiety"))
    told = subprocess.run(
        [command, "inspect", str(path), "--home", str(issuers.home), "--json"],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    said = json.loads(told.stdout)
    assert said["verified"] is False and said["document_type"] == "com.evil.card"
    assert said["checks"][0]["code"] == "issuer-untrusted"
