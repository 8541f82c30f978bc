"""Documents, attacked again after S1 to S18 were answered: depth, names, dates and lists."""

# ruff: noqa: F811 - fixtures of the documents' own tests are named where they are used
from __future__ import annotations

import base64
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sd_jwt.common import SDObj
from tests.cli.test_fetch_lists import server  # noqa: F401
from tests.document.conftest import (  # noqa: F401
    DER,
    Issuers,
    Portrait,
    certificate,
    issuers,
    issuers_copy,
    portrait,
    spki,
)
from tests.document.test_mdoc import EKU, MDL, made
from tests.document.test_sd_jwt import ASKED, HOLDER, data_url, issued, jwk, shown
from tests.document.test_status_lists import ISS, URI, as_jwt, document, raw

from moiety.cli import fetch_lists
from moiety.cli.fetch_lists import Way, fetch
from moiety.credential import epochs
from moiety.credential.anchors import DocumentAnchor, key_anchor, root_anchor
from moiety.credential.document_types import DocumentType
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.document import certificates
from moiety.document.disclosures import digest
from moiety.document.mobile import MobileAccepted
from moiety.document.read import of_text, presented
from moiety.document.sd_jwt import SdJwt, SdJwtAccepted
from moiety.document.status_lists import take
from moiety.errors import CertificateRefused, CredentialRevoked, InputError, KeyBindingRefused, TrustRefused

HOLDER_NUMBER = base64.urlsafe_b64decode(HOLDER.export(as_dict=True)["d"] + "=")
KEY, MIDDLE = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


@pytest.fixture
def now() -> int:
    """The moment of each test: holders sign by the machine's clock."""
    return int(time.time())


def b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_disclosures_inside_disclosures_have_a_bound(tmp_path: Path, moiety: Any) -> None:
    """250 disclosures, each with the digest of the next some levels down: nobody has to have signed them."""
    name, told = None, list[str]()
    for number in range(250):
        value: object = "x" if name is None else {"_sd": [name]}
        for _ in range(8):
            value = {"a": value}
        told.append(b64([f"salt {number}", "n", value]))
        name = digest(told[-1], "sha256")
    header, body = b64({"alg": "ES256", "typ": "dc+sd-jwt"}), b64({"vct": "x", "_sd": [name]})
    text = "~".join([f"{header}.{body}.AAAA", *told, ""])
    found = of_text(text)
    assert isinstance(found, SdJwt) and found.handle == found.copy  # where attempts are counted
    (tmp_path / "deep.txt").write_text(text)
    seen = moiety("inspect", tmp_path / "deep.txt")
    assert seen.code == 3 and "nested more than" in seen.err


def constrained(root_key: Any, root: x509.Certificate, constraints: x509.NameConstraints) -> x509.Certificate:
    today = datetime.now(UTC).replace(microsecond=0)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Constrained")])
    return (
        x509.CertificateBuilder(root.subject, subject, MIDDLE.public_key(), 7)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(constraints, critical=True)
        .sign(root_key, hashes.SHA256())
    )


ABROAD = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "UT")]))
HOST, SITE = x509.DNSName("inside.example"), x509.UniformResourceIdentifier("bad.example")


@pytest.mark.parametrize(
    ("permitted", "excluded", "issuer", "how"),
    [
        ([HOST], None, "https://outside.example/id", {}),  # a URI in place of the host that is constrained
        ([HOST], None, "urn:outside", {}),
        (None, [ABROAD], None, {"country": "ut"}),  # another spelling of what is excluded
        (None, [SITE], "https://bad%2eexample/", {}),
        (None, [SITE], "https:bad.example", {}),
    ],
)
def test_a_constrained_authority_finds_no_other_form_of_a_name(
    permitted: Any, excluded: Any, issuer: str | None, how: dict[str, Any], issuers: Issuers, now: int
) -> None:
    middle = constrained(issuers.root_key, issuers.root, x509.NameConstraints(permitted, excluded))
    names = () if issuer is None else (x509.UniformResourceIdentifier(issuer),)
    leaf = certificate(KEY, signer=MIDDLE, issuer=middle, usages=EKU, alternative=names, **how)
    anchor = DocumentAnchor(
        "R",
        ("mdoc",),
        "",
        b"",
        issuers.root.public_bytes(DER),
        types=(DocumentType(MDL),),
        intermediates=True,
    )
    chain = [leaf.public_bytes(DER), middle.public_bytes(DER)]
    with pytest.raises(CertificateRefused, match="may not certify"):
        certificates.signer(chain, [anchor], now + 5, type_name=MDL, issuer=issuer)


def test_the_date_of_issuance_stands_in_for_no_withheld_date(
    issuers_copy: Issuers, portrait: Portrait, now: int
) -> None:
    """S17 was answered for licences alone: an identity card of ISO 23220 and an SD-JWT have that date too."""
    home, old = Home.open(issuers_copy.home), cbor2.CBORTag(1004, "2001-05-06")
    card, key = "org.iso.23220.photoid.1", ec.generate_private_key(ec.SECP256R1())
    root = certificate(key, ca=True, name="Card Root")
    types = (DocumentType(card), DocumentType("urn:example:card"), DocumentType("urn:eudi:pid:1"))
    epochs.add_document_anchor(
        home, root_anchor("Cards", ("mdoc", "sd-jwt-vc"), "", root.public_bytes(DER), types=types)
    )
    signer = certificate(KEY, signer=key, issuer=root, usages=("1.0.23220.4.1.2",))
    space, trust = "org.iso.23220.1", TrustBundle.open(issuers_copy.home)
    signed = made(
        issuers_copy,
        [
            (space, "portrait", portrait()),
            (space, "issue_date", cbor2.CBORTag(1004, "2025-05-06")),
            (space, "portrait_capture_date", old),
        ],
        now, doc_type=card, chain=[signer], key=KEY,
    )  # fmt: skip
    hiding = {**signed, "nameSpaces": {space: signed["nameSpaces"][space][:2]}}
    found = presented(cbor2.dumps(hiding)).accept(trust, now=now + 5, max_status_age=None)
    assert isinstance(found, MobileAccepted) and found.stated.withheld

    header = {"x5c": [base64.b64encode(signer.public_bytes(DER)).decode()]}
    claims = {
        "iss": None, SDObj("picture"): data_url(portrait()), SDObj("date_of_issuance"): "2025-05-06",
        SDObj("portrait_capture_date"): "2001-05-06",
    }  # fmt: skip
    for vct, unknown in (("urn:example:card", True), ("urn:eudi:pid:1", False)):
        token = issued(issuers_copy, now, {**claims, "vct": vct}, key=jwk(KEY), header=header)
        text = shown(token, {"picture": True, "date_of_issuance": True})
        told = presented(text, expected=ASKED).accept(trust, now=now + 5, max_status_age=None)
        assert isinstance(told, SdJwtAccepted) and told.stated.withheld == unknown


def test_a_list_revokes_whichever_anchor_stands_behind_the_document(issuers_copy: Issuers, now: int) -> None:
    """An issuer pinned by its key as well: the list went to the key, and the root's documents passed."""
    epochs.remove_document_anchors(Home.open(issuers_copy.home), "Example Root")
    der, types = issuers_copy.root.public_bytes(DER), (DocumentType("urn:example:id"),)
    for anchor in (
        key_anchor("By key", ("sd-jwt-vc",), ISS + "/other", spki(issuers_copy.signer_key)),
        root_anchor("By root", ("sd-jwt-vc",), "", der, types=types),
    ):
        epochs.add_document_anchor(Home.open(issuers_copy.home), anchor)
    data = as_jwt(issuers_copy.signer_key, "ES256", [issuers_copy.signer], now)
    assert take(data, issuers_copy.trust, now, uri=URI)[0] == "By key"
    with pytest.raises(CredentialRevoked):
        presented(document(issuers_copy, now, 3)).accept(issuers_copy.trust, now=now, max_status_age=None)


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",  # 6to4 of 127.0.0.1
        "::127.0.0.1",
        "::ffff:0:10.0.0.1",
        "fec0::1",
        "fe80::1%eth0",
    ],
)
def test_no_private_address_hides_in_another_form(address: str) -> None:
    assert not fetch_lists._is_public(address)
    with pytest.raises(TrustRefused, match="private"):
        fetch(f"https://[{address.partition('%')[0]}]/list", Way())


def test_public_addresses_are_still_asked() -> None:
    assert all(map(fetch_lists._is_public, ("2001:4860:4860::8888", "8.8.8.8", "64:ff9b::808:808")))


@pytest.fixture
def dripping(server: tuple[str, Path]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that sends one thing again and again, each within any time that one read may take."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server[1], server[1].with_name("key.pem"))
    listening, sent, ended = socket.create_server(("127.0.0.1", 0)), [b"", b""], threading.Event()

    def drip() -> None:
        stream, _ = listening.accept()
        with contextlib.ExitStack() as open_ones, contextlib.suppress(OSError):
            open_ones.callback(lambda: stream.close())
            if sent[0] == b"tls":
                sent[0] = b"\x16"
            else:
                stream = context.wrap_socket(stream, server_side=True)
            stream.sendall(sent[0])
            while not ended.wait(0.1):
                stream.sendall(sent[1])

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}/list", sent
    ended.set()
    listening.close()
    thread.join(5)


@pytest.mark.parametrize(
    "sent",
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        (b"tls", b"\x03"),
    ],
)
def test_a_server_that_drips_is_cut_off(
    sent: tuple[bytes, bytes], dripping: tuple[str, list[bytes]], server: tuple[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(fetch_lists, "SECONDS", 1.0)
    uri, said = dripping
    said[:] = sent
    began = time.monotonic()
    with pytest.raises(InputError):
        fetch(uri, Way(private=True, authorities=server[1]))
    assert time.monotonic() - began < 5


def test_a_certificate_of_a_version_that_nobody_knows_is_refused(issuers: Issuers, now: int) -> None:
    whole = issuers.signer.public_bytes(DER)
    at = whole.index(b"\xa0\x03\x02\x01\x02") + 4
    odd = base64.b64encode(whole[:at] + b"\x4e" + whole[at + 1 :]).decode()
    token = issued(
        issuers, now, {"iss": ISS, "picture": "AAAA"}, key=jwk(issuers.signer_key), header={"x5c": [odd]}
    )
    with pytest.raises(CertificateRefused, match="can't be read"):
        presented(shown(token)).accept(issuers.trust, now=now, max_status_age=None)


@pytest.mark.parametrize("moment", [10**400, -(10**400), 1e300])
def test_a_holders_date_beyond_all_numbers_is_refused(moment: float, issuers: Issuers, now: int) -> None:
    """A holder signs what they like; a number this large can't even be written into a message."""
    token = issued(issuers, now, {"picture": "AAAA"})
    presentation, _, binding = shown(token).rpartition("~")
    header, body, _ = binding.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    text = f"{header}.{b64({**said, 'iat': moment})}"
    key = ec.derive_private_key(int.from_bytes(HOLDER_NUMBER, "big"), ec.SECP256R1())
    signature = base64.urlsafe_b64encode(raw(key, text.encode(), "ES256")).rstrip(b"=").decode()
    with pytest.raises(KeyBindingRefused, match="when it was made"):
        presented(f"{presentation}~{text}.{signature}", expected=ASKED).accept(
            issuers.trust, now=now, max_status_age=None
        )
