"""Codes of other issuers: the shared vectors, the specification's departures, and the `claim169` package."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import cbor2
import claim169 as oracle
import pytest

from moiety.credential import claim169, claims
from moiety.credential.code import Credential, verify_signature
from moiety.errors import CodeMalformed, CodeUnreadable, SignatureInvalid
from moiety.keys import SigningKey, VerifyingKey

from .conftest import NOW, MakeCode, MakeContents

_ERRORS = {"Base45Decode": CodeUnreadable, "Claim169NotFound": CodeMalformed}
_META = {"issuer": "issuer", "expiresAt": "expires", "issuedAt": "issued", "notBefore": "not_before"}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and all(isinstance(entry, claim169.Biometric) for entry in value):
        return [
            {
                "data": base64.b64encode(entry.data).decode(),
                "format": entry.format,
                "subFormat": entry.sub_format,
            }
            for entry in value
        ]
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.data
def test_the_shared_vectors_decode_as_they_say(claim169_vectors: Path) -> None:
    vectors = [json.loads(path.read_text()) for path in sorted(claim169_vectors.glob("*.json"))]
    assert len(vectors) == 6
    for vector in vectors:
        if "expected_error" in vector:
            with pytest.raises(_ERRORS[vector["expected_error"]]):
                Credential.from_text(vector["qr_data"])
            continue
        if vector["name"] == "with-face":
            # The vector contradicts itself: its code holds ffd8ffe00010, as its publisher's own reader says,
            # and its expectation is the base64 of fffdfee00010.
            (face,) = oracle.decode_unverified(vector["qr_data"]).claim169.face
            assert bytes(face.data).hex() == "ffd8ffe00010"
            vector["expected_claim169"]["face"][0]["data"] = base64.b64encode(bytes(face.data)).decode()
        said = Credential.from_text(vector["qr_data"]).statement
        assert {name: _plain(value) for name, value in said.attributes.items()} == vector["expected_claim169"]
        for name, value in vector["expected_cwt_meta"].items():
            assert getattr(said, _META[name]) == value


@pytest.mark.data
def test_a_vector_verifies_with_its_key_and_an_unsigned_one_with_none(claim169_vectors: Path) -> None:
    signed = json.loads((claim169_vectors / "ed25519-signed.json").read_text())
    key = VerifyingKey(bytes.fromhex(signed["signing_key"]["public_key_hex"]))
    verify_signature(Credential.from_text(signed["qr_data"]), key)
    unsigned = Credential.from_text(json.loads((claim169_vectors / "minimal.json").read_text())["qr_data"])
    assert not unsigned.signed_by(key)
    with pytest.raises(SignatureInvalid, match="not signed"):
        verify_signature(unsigned, key)
    with pytest.raises(CodeMalformed, match="of another kind"):
        _ = unsigned.claims


@pytest.mark.parametrize("fingers", [0, 1, 2])
def test_the_claim169_package_reads_our_open_codes(
    make_code: MakeCode, make_contents: MakeContents, signer: SigningKey, fingers: int
) -> None:
    contents = make_contents(fingers)
    code = make_code(contents, profile="open")
    read = oracle.decode_with_ed25519(code.text, signer.verifying_key.public, validate_timestamps=False)
    assert read.verification_status == "verified"
    assert (read.cwt_meta.issuer, read.cwt_meta.expires_at) == (code.claims.issuer, code.claims.expires)
    (face,) = read.claim169.face
    assert (face.data, face.format, face.sub_format) == (contents.templates[0].data, 1, 100)
    found = [read.claim169.right_pointer_finger, read.claim169.right_middle_finger][:fingers]
    assert [one[0].data for one in found] == [one.data for one in contents.templates[1:]]


def test_the_claim169_package_sees_a_sealed_code_as_one_without_biometrics(
    make_code: MakeCode, signer: SigningKey
) -> None:
    code = make_code()
    read = oracle.decode_with_ed25519(code.text, signer.verifying_key.public, validate_timestamps=False)
    assert read.verification_status == "verified" and not read.claim169.has_biometrics()
    seen = oracle.inspect(code.text)
    assert seen.issuer == "https://issuer.example.org/" and bytes(seen.key_id) == signer.key_id


def test_we_read_what_the_claim169_package_writes() -> None:
    identity = oracle.Claim169Input(id="42", full_name="Test Person")
    meta = oracle.CwtMetaInput(issuer="https://other.example.org", expires_at=NOW + 1)
    key = SigningKey.from_seed(bytes(range(32)))
    code = Credential.from_text(oracle.encode_with_ed25519(identity, meta, key.seed()))
    assert code.statement.attributes == {"id": "42", "fullName": "Test Person"}
    assert (code.statement.issuer, code.statement.expires, code.algorithm) == (meta.issuer, NOW + 1, "EdDSA")
    verify_signature(code, key.verifying_key)


def test_the_departures_of_the_specification_are_read() -> None:
    # Its worked example (1.2.2, section 3.2.1) wraps claim 169 in a byte string and has one map for the face.
    identity = cbor2.dumps({1: 3918592438, 18: [1, 2], 62: {0: b"picture", 1: 0, 2: 4}, 99: "unknown", 9: 1})
    said = claims.decode(cbor2.dumps({1: "https://x.example.org", 169: identity}))
    assert said.attributes == {
        "id": 3918592438,
        "bestQualityFingers": (1, 2),
        "gender": 1,
        "face": (claim169.Biometric(b"picture", 0, 4, None),),
    }
    assert said.claims is None and said.expires is None


def test_claim_75_of_another_closed_group_is_no_claim_of_ours() -> None:
    said = claims.decode(cbor2.dumps({169: {1: "id", 75: "theirs"}}))
    assert said.claims is None and said.attributes == {"id": "id"}


def test_no_picture_is_printed() -> None:
    said = claims.decode(cbor2.dumps({169: {62: [{0: b"secret picture", 1: 0}], 4: "Test Person"}}))
    assert "secret" not in repr(said) and "secret" not in repr(said.attributes)
    assert "Test Person" not in repr(said)
