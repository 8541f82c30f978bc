"""Receipts: read by an independent implementation, and every forgery refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as oracle
from joserfc.jwk import OKPKey
from tests.consent.conftest import NOW

from moiety import catalogue
from moiety.consent import jws
from moiety.consent.iso27560 import ConsentRecord, Relation
from moiety.consent.receipt import KIND, load_receipt, read_receipt, told, write_receipt
from moiety.consent.secret import new_secret, secret_hash, written
from moiety.consent.settings import ConsentSettings
from moiety.errors import ConsentError
from moiety.keys import SigningKey, VerifyingKey

SECRET = bytes(range(16))


@pytest.fixture
def receipt(record: ConsentRecord, settings: ConsentSettings, signer: SigningKey) -> dict[str, str]:
    return write_receipt(record, settings, SECRET, signer, now=NOW)


def test_a_receipt_is_read_with_its_record_and_its_secret(
    receipt: dict[str, str], record: ConsentRecord, signer: SigningKey
) -> None:
    read = read_receipt(receipt, [signer.verifying_key])
    assert read.consent == record.consent
    assert read.consent.commitment() == record.consent.commitment()
    assert read.secret == SECRET
    assert read.document["@type"] == "dpv:ConsentReceipt"
    assert read.document["dpv:hasRecordOfActivity"]["@type"] == "dpv:ConsentRecord"


def test_the_secret_is_beside_what_is_signed_and_can_be_cut_off(
    receipt: dict[str, str], signer: SigningKey
) -> None:
    payload = base64.urlsafe_b64decode(receipt["payload"] + "==")
    assert written(SECRET).encode() not in payload
    assert SECRET.hex().encode() not in payload
    assert json.loads(payload)["moiety:withdrawalSecretHash"] == secret_hash(SECRET).hex()
    del receipt["withdrawal_secret"]
    assert read_receipt(receipt, [signer.verifying_key]).secret is None


def oracle_key(signer: SigningKey) -> OKPKey:
    raw = base64.urlsafe_b64encode(signer.verifying_key.public).rstrip(b"=").decode()
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": raw})


def test_an_independent_implementation_reads_it(receipt: dict[str, str], signer: SigningKey) -> None:
    members: Any = {name: receipt[name] for name in ("payload", "protected", "signature")}
    found = oracle.deserialize_json(members, oracle_key(signer), algorithms=["Ed25519"])
    assert json.loads(found.payload)["@type"] == "dpv:ConsentReceipt"


def test_what_an_independent_implementation_signed_is_read() -> None:
    key = OKPKey.generate_key("Ed25519")
    public = base64.urlsafe_b64decode(f"{key.as_dict()['x']}=")
    own = VerifyingKey(public)
    header = {"alg": "Ed25519", "kid": own.key_id.hex(), "typ": KIND}
    document: Any = oracle.serialize_json({"protected": header}, b"hello", key, algorithms=["Ed25519"])
    assert jws.verified(document, [own], kind=KIND) == b"hello"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forgeries(receipt: dict[str, str], signer: SigningKey) -> dict[str, Any]:
    """One changed thing each, by name."""
    flipped = ("B" if receipt["signature"][5] == "A" else "A").join(
        (receipt["signature"][:5], receipt["signature"][6:])
    )
    kid = signer.verifying_key.key_id.hex()
    other = SigningKey.generate()
    stranger = jws.sign(base64.urlsafe_b64decode(receipt["payload"] + "=="), other, kind=KIND)
    borrowed = stranger | {"protected": receipt["protected"]}
    return {
        "a flipped bit of the signature": receipt | {"signature": flipped},
        "another payload": receipt | {"payload": encoded({"@type": "dpv:ConsentReceipt"})},
        "no payload": receipt | {"payload": ""},
        "no signature": receipt | {"signature": ""},
        "alg none": receipt
        | {"protected": encoded({"alg": "none", "kid": kid, "typ": KIND}), "signature": ""},
        "alg HS256": receipt | {"protected": encoded({"alg": "HS256", "kid": kid, "typ": KIND})},
        "a crit header": receipt
        | {"protected": encoded({"alg": "Ed25519", "kid": kid, "typ": KIND, "crit": ["b64"], "b64": False})},
        "a key of its own": receipt
        | {"protected": encoded({"alg": "Ed25519", "kid": kid, "typ": KIND, "jwk": {"kty": "OKP"}})},
        "another kind": jws.sign(b"{}", signer, kind="moiety-other+json"),
        "signed by a stranger": stranger,
        "signed by a stranger under our name": borrowed,
        "another receipt's secret": receipt | {"withdrawal_secret": written(new_secret())},
        "a secret that is none": receipt | {"withdrawal_secret": "nonsense"},
        "a secret that is no text": receipt | {"withdrawal_secret": 5},
        "one member more": receipt | {"header": {}},
        "padding": receipt | {"payload": receipt["payload"] + "="},
        "line breaks": receipt | {"payload": receipt["payload"][:4] + "\n" + receipt["payload"][4:]},
        "a list": [receipt],
        "nothing": None,
        "payload that is no object": jws.sign(b"[]", signer, kind=KIND),
        "payload that is no JSON": jws.sign(b"\xff", signer, kind=KIND),
        "payload without a record": jws.sign(b'{"moiety:withdrawalSecretHash": ""}', signer, kind=KIND),
    }


NAMES = sorted(
    forgeries({"payload": "a" * 8, "protected": "a" * 8, "signature": "a" * 8}, SigningKey.generate())
)


@pytest.mark.parametrize("name", NAMES)
def test_a_forgery_is_refused(name: str, receipt: dict[str, str], signer: SigningKey) -> None:
    with pytest.raises(ConsentError) as refused:
        read_receipt(forgeries(receipt, signer)[name], [signer.verifying_key])
    assert written(SECRET) not in str(refused.value)


def test_a_receipt_of_an_issuer_that_is_not_known_here_is_refused(receipt: dict[str, str]) -> None:
    for keys in ([], [SigningKey.generate().verifying_key]):
        with pytest.raises(ConsentError, match="not trusted"):
            read_receipt(receipt, keys)


def test_a_receipt_survives_its_file(receipt: dict[str, str], signer: SigningKey, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_text(json.dumps(receipt, indent=2))
    assert load_receipt(tmp_path / "receipt.json", [signer.verifying_key]).secret == SECRET
    assert (tmp_path / "receipt.json").stat().st_size < 8192
    for name, text in (("a", ""), ("b", "{"), ("c", "[" * 30_000), ("d", " " * 40_000)):
        (tmp_path / name).write_text(text)
        with pytest.raises(ConsentError):
            load_receipt(tmp_path / name, [signer.verifying_key])
    with pytest.raises(ConsentError):
        load_receipt(tmp_path / "none", [signer.verifying_key])


@given(
    st.dictionaries(
        st.sampled_from(["payload", "protected", "signature", "withdrawal_secret", "x"]),
        st.text(max_size=60) | st.none() | st.integers() | st.lists(st.integers(), max_size=2),
        max_size=5,
    )
)
def test_any_object_at_all_is_refused(document: dict[str, Any]) -> None:
    key = SigningKey.generate()
    with pytest.raises(ConsentError):
        read_receipt(document, [key.verifying_key])


@pytest.mark.parametrize("language", catalogue.languages())
def test_on_paper_it_says_how_to_withdraw_in_the_persons_language(
    language: str, record: ConsentRecord, settings: ConsentSettings
) -> None:
    one = replace(record, language=language, guardian=Relation.PARENT)
    lines = told(one, settings, SECRET, where="https://clinic.example/withdraw")
    text = "\n".join(lines)
    for part in (written(SECRET), "https://clinic.example/withdraw", "Clinic Nord", "2027-09-21"):
        assert part in text
    assert catalogue.text("relation.parent", language) in text


def test_nothing_prints_the_secret(receipt: dict[str, str], signer: SigningKey) -> None:
    read = read_receipt(receipt, [signer.verifying_key])
    assert SECRET.hex() not in repr(read)
    assert repr(SECRET) not in repr(read)
