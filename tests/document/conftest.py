"""Homes that trust other issuers, and the issuers: keys, a root, portraits of packaged faces."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from moiety.credential import epochs
from moiety.credential.anchors import key_anchor, root_anchor
from moiety.credential.document_lists import FOLDER
from moiety.credential.document_secrets import add_secret
from moiety.credential.document_types import DocumentType
from moiety.credential.home import create_home
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.decision.policy import Policy
from moiety.evaluate.portraits import Format, PortraitKind, document_portrait
from moiety.image import Image, load

PLAIN = Policy(liveness="none")
URI = "https://id.example.org"
TYPES = tuple(map(DocumentType, ("org.iso.18013.5.1.mDL", "urn:example:id", "claim-169")))
SECRET = bytes(range(32))
DER = serialization.Encoding.DER

Portrait = Callable[..., bytes]


def spki(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """A public key as DER."""
    return key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate(
    key: Any,
    *,
    signer: Any = None,
    issuer: x509.Certificate | None = None,
    name: str = "Example Signer",
    ca: bool = False,
    days: tuple[int, int] = (-30, 300),
    usages: tuple[str, ...] = (),
    alternative: tuple[x509.GeneralName, ...] = (),
    country: str = "UT",
) -> x509.Certificate:
    """A certificate of `key`, signed by `signer` in the name of `issuer`; self-signed without them."""
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, country), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    today = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=days[0]))
        .not_valid_after(today + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), critical=True)
    )
    if usages:
        extended = x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in usages])
        builder = builder.add_extension(extended, critical=True)
    if alternative:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
    signing = key if signer is None else signer
    algorithm = None if isinstance(signing, Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(signing, algorithm)


@dataclass(frozen=True, slots=True)
class Issuers:
    """Other issuers that the home of these tests trusts, with what is needed to issue in their names."""

    home: Path
    ed25519: Ed25519PrivateKey
    p256: ec.EllipticCurvePrivateKey
    root_key: ec.EllipticCurvePrivateKey
    root: x509.Certificate
    signer_key: ec.EllipticCurvePrivateKey
    signer: x509.Certificate

    @property
    def trust(self) -> TrustBundle:
        """What the home trusts now."""
        return TrustBundle.open(self.home)


@pytest.fixture(scope="session")
def issuers(tmp_path_factory: pytest.TempPathFactory) -> Issuers:
    """A home with an Ed25519 and a P-256 key of one issuer, a root, and a secret."""
    home = tmp_path_factory.mktemp("documents") / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    ed25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    p256 = ec.derive_private_key(int.from_bytes(bytes(range(1, 33)), "big"), ec.SECP256R1())
    root_key, signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = certificate(root_key, ca=True, name="Example Root")
    hosts = (x509.DNSName("id.example.org"), x509.DNSName("cards.example.org"))
    signer = certificate(
        signer_key, signer=root_key, issuer=root, usages=("1.0.18013.5.1.2",), alternative=hosts
    )
    opened = Home.open(home)
    for key in (ed25519, p256):
        epochs.add_document_anchor(
            opened, key_anchor("Example ID", ("claim-169", "sd-jwt-vc"), URI, spki(key))
        )
    anchor = root_anchor(
        "Example Root", ("claim-169", "mdoc", "sd-jwt-vc"), "", root.public_bytes(DER), types=TYPES
    )
    epochs.add_document_anchor(opened, anchor)
    add_secret(opened, SECRET)
    return Issuers(home, ed25519, p256, root_key, root, signer_key, signer)


@pytest.fixture
def issuers_copy(issuers: Issuers, tmp_path: Path) -> Issuers:
    """The same with a home that is free to be changed, and that has seen no document yet."""
    shutil.copytree(issuers.home, tmp_path / "home", ignore=shutil.ignore_patterns(FOLDER))
    values = {name: getattr(issuers, name) for name in Issuers.__slots__}
    return Issuers(**{**values, "home": tmp_path / "home"})


@pytest.fixture(scope="session")
def portrait(picture: Callable[[str], bytes]) -> Portrait:
    """A document's portrait of a packaged face."""
    made: dict[tuple[object, ...], bytes] = {}

    def make(name: str = "lisa/1", format: Format = "JPEG", size: int = 4000, width: int = 96) -> bytes:
        key = (name, format, size, width)
        if key not in made:
            made[key] = document_portrait(load(picture(name)), PortraitKind(format, size, width))
        return made[key]

    return make


@pytest.fixture(scope="session")
def now() -> int:
    """The moment of these tests."""
    return int(time.time())


Kind = Literal["claim-169", "mdoc", "sd-jwt-vc"]
Face = Callable[[str], Image]
