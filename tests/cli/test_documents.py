"""Documents on the command line: trust added, documents inspected and verified, the same exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cbor2
import pytest
from sd_jwt.common import SDObj
from tests.document.conftest import DER, SECRET, URI, Issuers, Portrait, issuers, now, portrait, spki
from tests.document.test_claim169 import face_of, written
from tests.document.test_mdoc import SPACE, made
from tests.document.test_sd_jwt import AUDIENCE, NONCE, data_url, issued, shown

__all__ = ["issuers", "now", "portrait"]  # fixtures

Run = Any  # the fixtures of tests/conftest.py
Stage = Any


@pytest.fixture
def files(issuers: Issuers, portrait: Portrait, now: int, stage: Stage) -> dict[str, Path]:
    """A document of each kind, and what their issuers publish."""
    folder = stage.folder
    claim = written(issuers, now, face=face_of(portrait()))
    token = shown(issued(issuers, now, {SDObj("picture"): data_url(portrait()), SDObj("name"): "P"}))
    elements = [(SPACE, "portrait", portrait()), (SPACE, "family_name", "P")]
    licence = cbor2.dumps(made(issuers, elements, now))
    content = {
        "claim.txt": claim.encode(), "token.txt": token.encode(), "licence.cbor": licence,
        "ed25519.der": spki(issuers.ed25519), "p256.der": spki(issuers.p256),
        "root.der": issuers.root.public_bytes(DER), "secret.bin": SECRET, "photo.jpg": b"",
    }  # fmt: skip
    for name, data in content.items():
        (folder / name).write_bytes(data)
    (folder / "photo.jpg").write_bytes((folder / "lisa-1.jpg").read_bytes())
    return {name: folder / name for name in content}


def trust_all(moiety: Run, home: Path, files: dict[str, Path]) -> None:
    for key, kinds in (("ed25519.der", "claim-169"), ("p256.der", "sd-jwt-vc")):
        done = moiety("trust", "add", "--home", home, "--document-key", files[key], "--issuer-uri", URI,
                      "--name", "Example ID", "--kinds", kinds)  # fmt: skip
        assert done.code == 0, done.err
    done = moiety("trust", "add", "--home", home, "--document-root", files["root.der"], "--name", "Root",
                  "--kinds", "mdoc,claim-169")  # fmt: skip
    assert done.code == 0, done.err
    done = moiety("trust", "add", "--home", home, "--document-secret", files["secret.bin"])
    assert done.code == 0, done.err
    assert SECRET.hex() not in done.out + done.err


@pytest.mark.parametrize("name", ["claim.txt", "token.txt", "licence.cbor"])
def test_a_document_is_trusted_inspected_and_verified(
    name: str, moiety: Run, stage: Stage, files: dict[str, Path]
) -> None:
    home, document = stage.home, files[name]
    asked = ("--liveness", "none")
    untrusted = moiety("verify", document, "--home", home, "--face", stage.face("lisa/3"), *asked)
    assert untrusted.code == 3
    before = moiety("inspect", document, "--home", home, "--json")
    assert before.code == 0 and json.loads(before.out)["checks"][0]["code"] == "issuer-untrusted"
    trust_all(moiety, home, files)
    told = moiety("trust", "show", "--home", home)
    assert "Documents of Example ID" in told.out and "Documents of Root" in told.out
    for who, code in (("lisa/3", 0), ("london/101/neutral", 1)):
        done = moiety("verify", document, "--home", home, "--face", stage.face(who), *asked)
        assert done.code == code, done.out + done.err
        assert "Portrait: JPEG, 96x120 px" in done.out
    undecided = moiety("verify", document, "--home", home, "--face", stage.face("lisa/3"))
    assert undecided.code == 2
    seen = moiety("inspect", document, "--home", home)
    assert seen.code == 0 and "signature holds" in seen.out
    plain = moiety("inspect", document, "--json")
    assert json.loads(plain.out)["verified"] is False
    assert "/9j/" not in plain.out  # no picture is printed


def test_a_nonce_is_compared(moiety: Run, stage: Stage, files: dict[str, Path]) -> None:
    trust_all(moiety, stage.home, files)
    common = ("verify", files["token.txt"], "--home", stage.home, "--face", stage.face("lisa/3"),
              "--liveness", "none", "--audience", AUDIENCE)  # fmt: skip
    assert moiety(*common, "--nonce", NONCE).code == 0
    wrong = moiety(*common, "--nonce", "another", "--json")
    assert wrong.code == 3 and json.loads(wrong.out)["reasons"][0]["code"] == "key-binding-refused"


def test_an_issuer_is_believed_no_more(moiety: Run, stage: Stage, files: dict[str, Path]) -> None:
    trust_all(moiety, stage.home, files)
    verify = ("verify", files["claim.txt"], "--home", stage.home, "--face", stage.face("lisa/3"),
              "--liveness", "none")  # fmt: skip
    assert moiety(*verify).code == 0
    assert moiety("trust", "remove", "--home", stage.home, "--name", "Example ID").code == 0
    assert moiety(*verify).code == 3
    assert moiety("trust", "remove", "--home", stage.home, "--name", "Example ID").code == 64
    assert "Example ID" not in moiety("trust", "show", "--home", stage.home).out


def test_an_encrypted_code_is_inspected(moiety: Run, stage: Stage, files: dict[str, Path]) -> None:
    from tests.bad_inputs import generate_documents as good

    (stage.folder / "encrypted.txt").write_text(good.sealed(good.message()))
    told = json.loads(moiety("inspect", stage.folder / "encrypted.txt", "--json").out)
    assert (told["kind"], told["encrypted"], told["verified"]) == ("claim-169", True, False)
    there = json.loads(moiety("inspect", stage.folder / "encrypted.txt", "--home", stage.home, "--json").out)
    assert there["checks"][0]["code"] == "seal-unopenable"


def test_a_photograph_is_no_document(moiety: Run, stage: Stage, files: dict[str, Path]) -> None:
    done = moiety("verify", files["photo.jpg"], "--home", stage.home, "--face", stage.face("lisa/3"),
                  "--liveness", "none")  # fmt: skip
    assert done.code == 4


def test_wrong_calls_to_trust_add(moiety: Run, stage: Stage, files: dict[str, Path]) -> None:
    home = ("trust", "add", "--home", stage.home)
    key, root = ("--document-key", files["ed25519.der"]), ("--document-root", files["root.der"])
    named = ("--name", "X", "--kinds", "claim-169")
    assert moiety(*home).code == 64
    assert moiety(*home, *key, *root, *named).code == 64
    assert moiety(*home, *key, *named).code == 64  # no issuer
    assert moiety(*home, *key, "--issuer-uri", URI).code == 64  # no name
    assert moiety(*home, *key, "--issuer-uri", URI, "--name", "X", "--kinds", "passport").code == 64
    assert moiety(*home, *key, "--issuer-uri", URI, "--name", "X", "--kinds", "mdoc").code == 64
    assert moiety(*home, "--document-key", files["photo.jpg"], "--issuer-uri", URI, *named).code == 4
    assert moiety(*home, "--document-root", files["ed25519.der"], *named).code == 4
    assert moiety(*home, "--document-secret", files["root.der"]).code in (4, 78)
    assert moiety(*home, *root, *named).code == 0
    assert moiety(*home, *root, *named).code == 64  # twice
