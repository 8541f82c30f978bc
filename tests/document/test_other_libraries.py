"""Documents that four libraries of others made (`tests/wallet`) are read as they are; changed ones not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cbor2
import pytest
from tests.wallet.pki import ISSUER, NOW

from moiety.credential import epochs
from moiety.credential.anchors import root_anchor
from moiety.credential.document_types import MDL, PID, DocumentType
from moiety.credential.home import create_home
from moiety.credential.trust import TrustBundle
from moiety.document.key_binding import Expected
from moiety.document.read import presented
from moiety.document.reference import Wanted
from moiety.document.status_lists import take
from moiety.errors import (
    CodeMalformed,
    CredentialRevoked,
    DigestMismatch,
    IssuerUntrusted,
    KeyBindingRefused,
    MoietyError,
    SignatureInvalid,
)
from moiety.face.embed import MODEL

FOLDER: Final = Path(__file__).parents[1] / "vectors" / "documents"
MDOC_PID: Final = "eu.europa.ec.eudi.pid.1"
MADE: Final = {
    "owf-mdl.cbor": MDL, "owf-pid.cbor": MDOC_PID, "animo-mdl.cbor": MDL, "auth0-mdl.cbor": MDL,
    "sdjwt-pid.txt": PID,
}  # fmt: skip
ASKED: Final = Expected("nonce-of-this-one", "https://desk.example", demanded=False)


@pytest.fixture
def trust(tmp_path: Path) -> TrustBundle:
    """A home that pins their root for the types that they made."""
    home = create_home(tmp_path / "home", issuer_uri="https://issuer.example.org/", now=NOW)
    types = tuple(map(DocumentType, (MDL, MDOC_PID, PID)))
    root = (FOLDER / "root.der").read_bytes()
    epochs.add_document_anchor(
        home, root_anchor("Utopia", ("mdoc", "sd-jwt-vc"), "", root, types=types), now=NOW
    )
    return TrustBundle.open(home.path, now=NOW)


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_read_with_its_type_issuer_and_date(name: str, trust: TrustBundle) -> None:
    document = presented(FOLDER / name, expected=ASKED)
    accepted = document.accept(trust, now=NOW, max_status_age=None)
    about = accepted.evidence
    assert (about.issuer, about.document_type, about.status) == ("Utopia", MADE[name], "not-checked")
    assert "portrait-age-unknown" not in [one.code for one in accepted.notes]
    assert document.handle != document.copy  # counted by its portrait
    assert len({presented(FOLDER / one, expected=ASKED).handle for one in MADE}) == 1


@pytest.mark.parametrize("name", ["auth0-mdl.cbor", "sdjwt-pid.txt"])
def test_its_portrait_can_be_compared_with(name: str, trust: TrustBundle) -> None:
    accepted = presented(FOLDER / name, expected=ASKED).accept(trust, now=NOW, max_status_age=None)
    reference = accepted.open(trust, Wanted(face=True, fingers=False, model=MODEL))
    assert reference.face is not None and not reference.hindrances


def test_their_list_revokes_one_of_two(trust: TrustBundle) -> None:
    assert take((FOLDER / "statuslist.jwt").read_bytes(), trust, NOW)[1].uri == f"{ISSUER}/status/1"
    good = presented(FOLDER / "sdjwt-pid.txt", expected=ASKED).accept(trust, now=NOW, max_status_age=None)
    assert (good.evidence.status, good.evidence.status_age_s) == ("valid", 3600)
    with pytest.raises(CredentialRevoked):
        presented(FOLDER / "sdjwt-revoked.txt", expected=ASKED).accept(trust, now=NOW, max_status_age=None)


def _changed(name: str, old: bytes, new: bytes) -> bytes:
    data = (FOLDER / name).read_bytes()
    assert data.count(old) == 1
    return data.replace(old, new)


@pytest.mark.parametrize("name", ["owf-mdl.cbor", "animo-mdl.cbor", "auth0-mdl.cbor"])
def test_changed_ones_are_refused_by_name(name: str, trust: TrustBundle) -> None:
    data = (FOLDER / name).read_bytes()
    cases: list[tuple[bytes, type[MoietyError]]] = [
        (_changed(name, b"Jones", b"Smith"), DigestMismatch),
        (data[:-3], CodeMalformed),
    ]
    for changed, kind in cases:
        with pytest.raises(kind):
            presented(changed).accept(trust, now=NOW, max_status_age=None)
    body = cbor2.loads(data)
    if "documents" in body:
        failed = cbor2.dumps({**body, "status": 10})
        with pytest.raises(CodeMalformed, match="went wrong"):
            presented(failed)


def test_a_changed_token_and_another_verifier_are_refused(trust: TrustBundle) -> None:
    text = (FOLDER / "sdjwt-pid.txt").read_text("ascii")
    head, *rest = text.split("~")
    other = "~".join([head[:-6] + ("AAAAAA" if head[-6:] != "AAAAAA" else "BAAAAA"), *rest])
    with pytest.raises((SignatureInvalid, CodeMalformed)):
        presented(other, expected=ASKED).accept(trust, now=NOW, max_status_age=None)
    with pytest.raises(KeyBindingRefused):
        presented(text, expected=Expected("another")).accept(trust, now=NOW, max_status_age=None)


def test_a_root_pinned_for_licences_alone_takes_no_other_type(tmp_path: Path) -> None:
    home = create_home(tmp_path / "home", issuer_uri="https://issuer.example.org/", now=NOW)
    root = (FOLDER / "root.der").read_bytes()
    epochs.add_document_anchor(home, root_anchor("Utopia", ("mdoc",), "", root), now=NOW)
    trust = TrustBundle.open(home.path, now=NOW)
    taken = presented(FOLDER / "owf-mdl.cbor").accept(trust, now=NOW, max_status_age=None)
    assert taken.evidence.document_type == MDL
    with pytest.raises(IssuerUntrusted):
        presented(FOLDER / "owf-pid.cbor").accept(trust, now=NOW, max_status_age=None)
