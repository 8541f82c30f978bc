"""Whom else's documents count: anchors in bundles, signed by the root, strict, absent where none are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.document.conftest import DER, SECRET, Issuers, certificate, issuers, issuers_copy, spki

from moiety.credential import anchors, envelope, epochs
from moiety.credential.anchors import DocumentAnchor, key_anchor, root_anchor
from moiety.credential.backup import backup, restore
from moiety.credential.bundle_format import BUNDLE_TYPE, read_bundle, sign_bundle
from moiety.credential.document_secrets import DocumentSecrets, add_secret
from moiety.credential.importing import import_trust
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_file import TrustFile
from moiety.document_keys import DocumentKey
from moiety.errors import DocumentUnreadable, KeyUnavailable, TrustRefused, UsageError
from moiety.keys import SigningKey

__all__ = ["issuers", "issuers_copy"]  # fixtures

PEM = serialization.Encoding.PEM
PUBLIC = serialization.PublicFormat.SubjectPublicKeyInfo


def test_anchors_travel_with_the_bundle_and_are_read_as_they_were(issuers: Issuers, tmp_path: Path) -> None:
    from moiety.credential.home import create_home

    trust = issuers.trust
    assert [one.name for one in trust.documents] == ["Example ID", "Example ID", "Example Root"]
    there = create_home(tmp_path / "verifier", issuer_uri=None, role="verifier")
    import_trust(there, TrustFile.decode(trust.file().encode()))
    assert TrustBundle.open(there.path).documents == trust.documents
    for one in trust.documents:
        assert anchors.decode(anchors.encode(one)) == one
    renewed = epochs.renew(Home.open(issuers.home))
    assert renewed.documents == trust.documents


def test_a_bundle_without_anchors_says_nothing_of_them(issuers: Issuers) -> None:
    root = SigningKey.from_seed(bytes(range(32)))
    bundle = replace(issuers.trust.bundle, documents=())
    signed = sign_bundle(bundle, root)
    assert read_bundle(signed, root.verifying_key) == bundle
    body = envelope.decode(signed, typ=BUNDLE_TYPE, what="bundle").require(root.verifying_key)
    assert "documents" not in body
    empty = envelope.sign({**body, "documents": []}, root, typ=BUNDLE_TYPE)
    with pytest.raises(TrustRefused):
        read_bundle(empty, root.verifying_key)


def test_an_anchor_is_added_once(issuers_copy: Issuers) -> None:
    home = Home.open(issuers_copy.home)
    with pytest.raises(UsageError, match="already"):
        epochs.add_document_anchor(home, issuers_copy.trust.documents[0])


@pytest.mark.parametrize("form", ["pem", "der"])
def test_keys_come_as_pem_and_der(form: str, issuers: Issuers) -> None:
    encoding = PEM if form == "pem" else DER
    for key in (issuers.ed25519, issuers.p256, ec.generate_private_key(ec.SECP384R1()),
                ec.generate_private_key(ec.SECP521R1())):  # fmt: skip
        data = key.public_key().public_bytes(encoding, PUBLIC)
        assert key_anchor("X", ("claim-169",), "https://x.example", data).key == spki(key)


def test_what_is_no_anchor_is_refused(issuers: Issuers) -> None:
    for data in (b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"no key"):
        with pytest.raises(DocumentUnreadable):
            key_anchor("X", ("claim-169",), "u:x", data)
    weak: Any = rsa.generate_private_key(65537, 2048).public_key().public_bytes(DER, PUBLIC)
    other: Any = ec.generate_private_key(ec.SECP256K1()).public_key().public_bytes(DER, PUBLIC)
    for data in (weak, other):
        with pytest.raises(DocumentUnreadable):
            DocumentKey.from_der(data)
    with pytest.raises(TrustRefused, match="no root"):
        root_anchor("X", ("mdoc",), "", issuers.signer.public_bytes(PEM))
    with pytest.raises(TrustRefused, match="no root"):
        root_anchor("X", ("mdoc",), "", certificate(issuers.p256).public_bytes(DER))
    for changes in (
        {"root": b"x"},
        {"key": b""},
        {"kinds": ()},
        {"kinds": ("mdoc",)},
        {"kinds": ("passport",)},
    ):
        with pytest.raises(UsageError):
            replace(issuers.trust.documents[0], **changes)


def test_an_anchor_of_another_shape_refuses_the_bundle(issuers: Issuers) -> None:
    good = anchors.encode(issuers.trust.documents[0])
    bad: list[Any] = [
        None, {}, good[:5], [*good, 1], ["", *good[1:]], ["x" * 200, *good[1:]], [*good[:5], 1],
        [good[0], ["mdoc"], *good[2:]], [good[0], "claim-169", *good[2:]], [*good[:3], b"key", *good[4:]],
        [*good[:3], b"", b"no certificate", False], ["a\x1b", *good[1:]], [good[0], [1], *good[2:]],
    ]  # fmt: skip
    for one in bad:
        with pytest.raises(TrustRefused):
            anchors.decode(one)
    assert isinstance(anchors.decode(good), DocumentAnchor)


def test_signatures_hold_under_the_algorithm_of_the_key_alone(issuers: Issuers) -> None:
    key = DocumentKey.of(issuers.ed25519.public_key())
    signature = issuers.ed25519.sign(b"message")
    assert key.verifies(-8, signature, b"message") and key.verifies(-19, signature, b"message")
    assert not key.verifies(-7, signature, b"message") and not key.verifies(None, signature, b"message")
    assert not key.verifies(-8, signature, b"other") and not key.verifies(-8, b"", b"message")
    curve = DocumentKey.of(issuers.p256.public_key())
    assert not curve.verifies(-7, bytes(64), b"message") and not curve.verifies(-7, bytes(63), b"message")
    assert not curve.verifies(-35, bytes(96), b"message")


def test_secrets_lie_in_the_home_alone_and_in_its_backup(issuers_copy: Issuers, tmp_path: Path) -> None:
    home = Home.open(issuers_copy.home)
    assert issuers_copy.trust.secrets.read() == (SECRET,)
    (file,) = home.keys.glob("document-*.pem")
    assert file.stat().st_mode & 0o077 == 0
    add_secret(home, bytes(16).hex().encode())
    assert set(issuers_copy.trust.secrets.read()) == {SECRET, bytes(16)}
    for wrong in (SECRET, b"short", b"zz" * 15):
        with pytest.raises(KeyUnavailable):
            add_secret(home, wrong)
    archive = tmp_path / "archive"
    archive.write_bytes(backup(home, "a long passphrase"))
    again = restore(archive, "a long passphrase", tmp_path / "again")
    assert set(TrustBundle.open(again.path).secrets.read()) == {SECRET, bytes(16)}
    file.write_bytes(b"-----BEGIN MOIETY DOCUMENT KEY-----\n????\n-----END MOIETY DOCUMENT KEY-----\n")
    with pytest.raises(KeyUnavailable, match="damaged"):
        issuers_copy.trust.secrets.read()
    assert DocumentSecrets().read() == () and "Secret" in repr(DocumentSecrets())
