"""COSE_Sign1: RFC 8392's tags, RFC 9052's critical headers, and the algorithm pinned to the key."""

from __future__ import annotations

import cbor2
import pytest

from moiety.credential import cose
from moiety.errors import CodeMalformed, SignatureInvalid
from moiety.keys import SigningKey, VerifyingKey


def _with_algorithm(signer: SigningKey, algorithm: int) -> bytes:
    protected = cbor2.dumps({1: algorithm})
    signature = signer.sign(cose.to_be_signed(protected, b"body"))
    return cbor2.dumps([protected, {4: b"12345678"}, b"body", signature])


def test_the_sig_structure_is_that_of_the_cose_examples() -> None:
    # cose-wg/Examples, eddsa-examples/eddsa-sig-01.json: the first key of RFC 8032.
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    message = bytes.fromhex(
        "d28445a201270300a10442313154546869732069732074686520636f6e74656e742e"
        "58407142fd2ff96d56db85bee905a76ba1d0b7321a95c8c4d3607c5781932b7afb87"
        "11497dfa751bf40b58b3bcc32300b1487f3db34085eef013bf08f4a44d6fef0d"
    )
    taken = cose.decode(message)
    assert (taken.payload, taken.key_id, taken.algorithm) == (b"This is the content.", b"11", -8)
    cose.verify(taken, VerifyingKey(public))


@pytest.mark.parametrize("prefix", [b"", b"\xd2", b"\xd8\x3d\xd2"], ids=["no tag", "18", "61(18)"])
@pytest.mark.parametrize("algorithm", [-8, -19])
def test_tags_and_both_names_of_the_algorithm(signer: SigningKey, prefix: bytes, algorithm: int) -> None:
    message = cose.decode(prefix + _with_algorithm(signer, algorithm))
    assert message.key_id == b"12345678"
    cose.verify(message, signer.verifying_key)


@pytest.mark.parametrize("prefix", [b"\xd8\x3d", b"\xd2\xd2", b"\xd0", b"\xd8\x3d\xd8\x3d\xd2"])
def test_tags_in_other_orders(signer: SigningKey, prefix: bytes) -> None:
    message = prefix + _with_algorithm(signer, -8)
    if (
        prefix == b"\xd8\x3d"
    ):  # 61 alone is a CWT whose COSE_Sign1 is not tagged: nothing is lost by reading it
        cose.verify(cose.decode(message), signer.verifying_key)
        return
    with pytest.raises(CodeMalformed):
        cose.decode(message)


@pytest.mark.parametrize("algorithm", [-7, -9, -35, 0, 5])
def test_another_algorithm_is_refused_whatever_the_signature(signer: SigningKey, algorithm: int) -> None:
    with pytest.raises(SignatureInvalid, match="another signature algorithm"):
        cose.verify(cose.decode(_with_algorithm(signer, algorithm)), signer.verifying_key)


def test_what_is_signed_verifies_and_any_flipped_bit_does_not(signer: SigningKey) -> None:
    message = cose.sign(b"payload", signer)
    cose.verify(cose.decode(message), signer.verifying_key)
    for bit in range(8 * len(message)):
        flipped = bytearray(message)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((CodeMalformed, SignatureInvalid)):
            cose.verify(cose.decode(bytes(flipped)), signer.verifying_key)


def test_an_unsigned_message_decodes_and_never_verifies(signer: SigningKey) -> None:
    message = cose.decode(cbor2.dumps([b"\xa1\x01\x27", {}, b"body", b""]))
    with pytest.raises(SignatureInvalid, match="not signed"):
        cose.verify(message, signer.verifying_key)
