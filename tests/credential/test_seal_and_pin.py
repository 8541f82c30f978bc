"""The seal and the PIN layer: an independent decryption, transplanting, wrong groups and wrong PINs."""

from __future__ import annotations

from dataclasses import replace

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moiety.credential import base45, claims, contents, cose, inflate, pin, seal
from moiety.credential.code import Credential, unseal, verify_signature
from moiety.credential.parameters import SEAL_OVERHEAD_BYTES
from moiety.errors import CodeMalformed, PinRequired, PinWrong, SealUnopenable, UsageError
from moiety.keys import GroupPrivateKey, SigningKey

from .conftest import MakeCode, MakeContents

_CTI = bytes(range(16))


def _resigned(changed: claims.Claims, signer: SigningKey) -> Credential:
    """A code with other claims whose signature holds: what a thief of the issuer key makes."""
    return Credential.from_text(base45.encode(inflate.deflate(cose.sign(claims.encode(changed), signer))))


def test_the_binding_is_the_documented_bytes() -> None:
    info = seal.binding("https://x.example.org", _CTI, bytes(8), 1)
    assert info == cbor2.dumps(["moiety/seal/1", "https://x.example.org", _CTI, bytes(8), 1])


def test_a_seal_opens_for_its_group_and_its_code_alone(group: GroupPrivateKey) -> None:
    sealed = seal.seal(b"contents", group.group, b"this code")
    assert len(sealed) == len(b"contents") + SEAL_OVERHEAD_BYTES
    assert seal.unseal(sealed, group, b"this code") == b"contents"
    for key, info in ((GroupPrivateKey.generate(), b"this code"), (group, b"another code")):
        with pytest.raises(SealUnopenable):
            seal.unseal(sealed, key, info)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 47, 48, 200])
def test_bytes_that_are_no_seal(group: GroupPrivateKey, size: int) -> None:
    with pytest.raises(SealUnopenable):
        seal.unseal(bytes(size), group, b"")


def test_every_flipped_bit_of_a_seal_is_noticed(group: GroupPrivateKey) -> None:
    sealed = seal.seal(b"x", group.group, b"")
    for at in range(len(sealed)):
        flipped = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealUnopenable):
            seal.unseal(flipped, group, b"")


def test_a_sealed_part_does_not_live_in_another_code(
    make_code: MakeCode, signer: SigningKey, group: GroupPrivateKey
) -> None:
    mine, yours = make_code().claims, make_code().claims
    for changed in (
        replace(mine, sealed=yours.sealed),
        replace(mine, cti=yours.cti),
        replace(mine, issuer="https://other.example.org/"),
        replace(mine, profile="paper"),
    ):
        code = _resigned(changed, signer)
        verify_signature(code, signer.verifying_key)
        with pytest.raises(SealUnopenable):
            unseal(code, group)


def test_another_group_is_told_before_anything_is_opened(make_code: MakeCode) -> None:
    with pytest.raises(SealUnopenable, match="another verifier group"):
        unseal(make_code(), GroupPrivateKey.generate())
    with pytest.raises(SealUnopenable, match="another verifier group"):
        unseal(make_code(), None)


def test_pin(make_code: MakeCode, make_contents: MakeContents, group: GroupPrivateKey) -> None:
    code = make_code(pin="493817")
    assert code.claims.pin and not make_code().claims.pin
    assert unseal(code, group, "493817") == make_contents()
    assert unseal(code, group, "\uff14\uff19\uff13\uff18\uff11\uff17") == make_contents(), "full-width digits"
    with pytest.raises(PinRequired):
        unseal(code, group)
    with pytest.raises(PinWrong):
        unseal(code, group, "493818")
    with pytest.raises(SealUnopenable):  # not PinWrong: that the PIN is right or wrong is not told to others
        unseal(code, GroupPrivateKey.generate(), "493817")


def test_a_pin_that_was_not_asked_for_does_no_harm(make_code: MakeCode, group: GroupPrivateKey) -> None:
    assert unseal(make_code(), group, "1234") == unseal(make_code(), group)


def test_the_pin_layer_is_what_the_format_says() -> None:
    locked = pin.lock(b"plain", "4938", cti=_CTI, info=b"info")
    slow = Argon2id(salt=_CTI, length=32, iterations=3, lanes=4, memory_cost=65536).derive(b"4938")
    both = HKDF(hashes.SHA256(), 44, salt=_CTI, info=b"moiety/pin/1").derive(slow)
    assert AESGCM(both[:32]).decrypt(both[32:], locked, b"info") == b"plain"


@pytest.mark.parametrize("bad", ["", "123", "1" * 65, "12\n34", "12\x0034"])
def test_a_pin_that_cannot_be_set(make_code: MakeCode, bad: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_code(pin=bad)
    assert not bad or bad not in str(caught.value)


def test_what_opens_and_is_not_contents(
    signer: SigningKey, group: GroupPrivateKey, make_code: MakeCode
) -> None:
    mine = make_code().claims
    assert mine.group is not None
    sealed = seal.seal(b"\x83\x01", group.group, seal.binding(mine.issuer, mine.cti, mine.group, 1))
    with pytest.raises(CodeMalformed):
        unseal(_resigned(replace(mine, sealed=sealed), signer), group)


def test_two_codes_of_one_person_share_nothing_that_is_sealed(
    make_code: MakeCode, make_contents: MakeContents
) -> None:
    first, second = make_code(make_contents()).claims, make_code(make_contents()).claims
    assert first.cti != second.cti and first.sealed != second.sealed
    assert contents.encode(make_contents()) not in first.sealed if first.sealed is not None else False
