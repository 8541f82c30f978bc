"""Two versions of the format: old codes read as before, new ones carry a mark, and have room for a record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tests.credential.conftest import MakeCode, MakeContents

from moiety.credential import cbor, claims, contents
from moiety.credential.code import Credential, unseal, verify_signature
from moiety.credential.contents import Contents, SealedTemplate
from moiety.errors import CodeMalformed, UsageError
from moiety.keys import GroupPrivateKey, SigningKey

_OLD = Path(__file__).parents[1] / "vectors" / "code_version_1.txt"
_FACE = [0, 1, 4, 0, b"x"]
_HASH = bytes(32)


def test_a_code_of_version_1_reads_and_opens_as_before() -> None:
    code = Credential.from_text(_OLD.read_text("ascii").strip("\n"))
    verify_signature(code, SigningKey.from_seed(bytes(range(32))).verifying_key)
    opened = unseal(code, GroupPrivateKey(X25519PrivateKey.from_private_bytes(bytes(range(32, 64)))))
    assert (code.claims.version, code.claims.enrolled) == (1, None)
    assert (opened.enrolled, opened.record) == (None, None)
    assert [one.data for one in opened.templates] == [bytes(range(128))]
    assert claims.encode(code.claims) == code.message.payload


@pytest.mark.parametrize("profile", ["card", "open"])
@pytest.mark.parametrize("how", ["live", "files", None])
def test_the_mark_is_signed_and_comes_back(
    make_code: MakeCode, make_contents: MakeContents, group: GroupPrivateKey, profile: Any, how: Any
) -> None:
    what = replace(make_contents(), enrolled=how)
    code = make_code(what, profile=profile)
    assert code.claims.enrolled == how
    assert unseal(code, group) == what
    payload = cbor.decode(code.message.payload)
    assert isinstance(payload, dict)
    assert payload[169][75][-1] == {None: 0, "files": 1, "live": 2}[how]


@pytest.mark.parametrize("mark", [3, -1, True, 1.0, "live", None])
def test_another_mark_is_refused(make_code: MakeCode, mark: Any) -> None:
    payload: Any = cbor.decode(make_code().message.payload)
    payload[169][75][-1] = mark
    with pytest.raises(CodeMalformed):
        claims.decode(cbor.encode(payload))


@pytest.mark.parametrize("parts", [5, 7])
def test_a_mark_too_few_or_too_many_is_refused(make_code: MakeCode, parts: int) -> None:
    payload: Any = cbor.decode(make_code().message.payload)
    payload[169][75] = (payload[169][75] + [2])[:parts]
    with pytest.raises(CodeMalformed):
        claims.decode(cbor.encode(payload))


def test_what_is_sealed_states_the_version_of_the_code_around_it() -> None:
    old = cbor.encode([1, _HASH, [_FACE]])
    assert contents.decode(old, version=1).templates
    for data, version in (
        (old, 2),
        (cbor.encode([2, _HASH, [_FACE]]), 1),
        (cbor.encode([1, _HASH, [_FACE], "7"]), 1),
    ):
        with pytest.raises(CodeMalformed):
            contents.decode(data, version=version)


@pytest.mark.parametrize("record", ["7", "P-00481", "ሰላም", "x" * 64])
def test_a_record_is_read_and_kept(
    make_code: MakeCode, make_contents: MakeContents, group: GroupPrivateKey, record: str
) -> None:
    what = replace(make_contents(2), record=record)
    code = make_code(what)
    assert unseal(code, group).record == record
    with pytest.raises(UsageError, match="record"):
        make_code(what, profile="open")


@pytest.mark.parametrize(
    "record",
    [
        "",
        "x" * 65,
        "é" * 33,
        " 7",
        "7 ",
        "7\n",
        "a\u202eb",
        "a\u0000b",
        "e\u0301",
        "a\u2028b",
        "\ue000",
        7,
        b"7",
        None,
    ],
)
def test_another_record_is_refused(record: Any) -> None:
    with pytest.raises(CodeMalformed):
        contents.decode(cbor.encode([2, _HASH, [_FACE], record]))
    if isinstance(record, str):
        face = SealedTemplate("face", "m", b"x", 1, 0, "face", False)
        with pytest.raises(UsageError):
            Contents((face,), _HASH, None, record)


def test_a_card_with_a_face_and_two_fingers_keeps_its_size(
    make_code: MakeCode, make_contents: MakeContents
) -> None:
    code = make_code(replace(make_contents(2), enrolled="live"))
    assert code.version is not None and code.version <= 24
