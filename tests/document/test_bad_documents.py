"""Every named bad document is refused with its error, or leaves the verification undecided by its finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.bad_inputs import generate_documents as good

import moiety.errors
from moiety.credential import epochs
from moiety.credential.anchors import DocumentKind, key_anchor, root_anchor
from moiety.credential.document_secrets import add_secret
from moiety.credential.home import create_home
from moiety.credential.trust import TrustBundle
from moiety.document.key_binding import Expected
from moiety.document.read import presented
from moiety.document.reference import Reference, Wanted
from moiety.errors import MoietyError
from moiety.face.embed import MODEL

from .conftest import TYPES, spki

_FOLDER = Path(__file__).parents[1] / "bad_inputs" / "documents"
_INDEX = json.loads((_FOLDER / "index.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> TrustBundle:
    """A home that trusts the good documents which these are made from."""
    place = tmp_path_factory.mktemp("bad") / "home"
    home = create_home(place, issuer_uri="https://issuer.example.org/", now=good.NOW)
    key = key_anchor("Example ID", ("claim-169", "sd-jwt-vc"), good.URI, spki(good.ISSUER))
    kinds: tuple[DocumentKind, ...] = ("claim-169", "mdoc", "sd-jwt-vc")
    root = root_anchor("Example Root", kinds, "", good.ROOT_DER, types=TYPES)
    for anchor in (key, root):
        epochs.add_document_anchor(home, anchor, now=good.NOW)
    add_secret(home, good.SECRET)
    return TrustBundle.open(place, now=good.NOW)


def opened(source: Path | bytes, trust: TrustBundle) -> Reference:
    document = presented(source, expected=Expected(good.NONCE, good.AUDIENCE, demanded=False))
    accepted = document.accept(trust, now=good.NOW, max_status_age=None)
    return accepted.open(trust, Wanted(face=True, fingers=False, model=MODEL))


def test_the_index_names_every_file() -> None:
    names = {path.name for path in _FOLDER.iterdir()} - {"index.json"}
    assert names == set(_INDEX)
    assert len(names) > 80
    kinds = {one["outcome"] for one in _INDEX.values()}
    wanted = {
        *("SignatureInvalid", "IssuerUntrusted", "CertificateRefused", "CredentialExpired", "DigestMismatch"),
        *("KeyBindingRefused", "PortraitUnreadable", "portrait-small", "PortraitTooLarge"),
        *("PortraitAmbiguous", "PortraitMissing"),
    }
    assert wanted <= kinds


@pytest.mark.parametrize("name", sorted(_INDEX))
def test_a_bad_document_is_refused_by_name(name: str, trust: TrustBundle) -> None:
    outcome = _INDEX[name]["outcome"]
    if outcome[0].islower():
        reference = opened(_FOLDER / name, trust)
        assert [one.code for one in reference.hindrances] == [outcome]
        assert reference.face is None
        return
    with pytest.raises(MoietyError) as caught:
        opened(_FOLDER / name, trust)
    assert type(caught.value) is getattr(moiety.errors, outcome), caught.value
    assert len(str(caught.value)) < 200 and "\\x" not in str(caught.value)


def test_the_documents_that_they_are_made_from_are_good(trust: TrustBundle) -> None:
    import cbor2

    face = good.disclosure("picture", good.data_url(good.PORTRAIT))
    documents = [
        good.code_text(good.message()).encode(),
        good.code_text(good.message(by=good.SIGNER, chain=good.SIGNER_DER, iss=None)).encode(),
        good.sealed(good.message()).encode(),
        cbor2.dumps(good.issuer_signed()),
        good.bound(good.token([face]), [face]).encode(),
    ]
    for data in documents:
        reference = opened(data, trust)
        assert reference.face is not None and reference.family == "portrait" and not reference.hindrances
