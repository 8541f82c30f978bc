"""Inside the seal: back and forth, one encoding only, nothing printed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moiety.credential import cbor, contents
from moiety.credential.contents import Contents, SealedTemplate
from moiety.errors import CodeMalformed, UsageError

_HASH = bytes(range(32))


@st.composite
def _templates(draw: st.DrawFn) -> tuple[SealedTemplate, ...]:
    positions = draw(st.lists(st.integers(0, 10), min_size=1, max_size=11, unique=True))
    made = []
    for position in positions:
        kind: Any = "face" if position == 0 else draw(st.sampled_from(["contact", "contactless"]))
        mirrored = kind == "contactless" and draw(st.booleans())
        model = draw(st.sampled_from([*contents.MODEL_NUMBERS, "other", "m" * 64]))
        data = draw(st.binary(min_size=1, max_size=200))
        samples = draw(st.integers(1, 16))
        modality: Any = "face" if position == 0 else "finger"
        made.append(SealedTemplate(modality, model, data, samples, position, kind, mirrored))
    return tuple(made)


@given(_templates(), st.binary(min_size=32, max_size=32))
def test_back_and_forth(templates: tuple[SealedTemplate, ...], consent_hash: bytes) -> None:
    packed = Contents(templates, consent_hash)
    assert contents.decode(contents.encode(packed)) == packed


@given(st.binary(max_size=100))
def test_any_bytes_are_contents_in_one_encoding_or_refused(data: bytes) -> None:
    try:
        found = contents.decode(data)
    except CodeMalformed:
        return
    assert contents.encode(found) == data


_FACE = [0, 1, 4, 0, b"x"]


@pytest.mark.parametrize(
    "value",
    [
        [1, _HASH, [_FACE]],
        [3, _HASH, [_FACE]],
        [2.0, _HASH, [_FACE]],
        [True, _HASH, [_FACE]],
        [2, _HASH, []],
        [2, _HASH[:31], [_FACE]],
        [2, "hash", [_FACE]],
        [2, _HASH, [_FACE, _FACE]],
        [2, _HASH, [[11, 1, 1, 1, b"x"]]],
        [2, _HASH, [[1, 1, 1, 0, b"x"]]],
        [2, _HASH, [[0, 1, 1, 1, b"x"]]],
        [2, _HASH, [[0, 99, 4, 0, b"x"]]],
        [2, _HASH, [[0, 1, 0, 0, b"x"]]],
        [2, _HASH, [[0, 1, 4, 0, b""]]],
        [2, _HASH, [[0, 1, 4, 0, "x"]]],
        [2, _HASH, [[0, "", 4, 0, b"x"]]],
        [2, _HASH, [[1, 1, 1, 3, b"x"]]],
        [2, _HASH, [[1, 1, 1, 5, b"x"]]],
        [2, _HASH, [[1, 1, 1, -2, b"x"]]],
        [2, _HASH, [[1, 1, 1, 8, b"x"]]],
        [2, _HASH, [[0, 1, True, 0, b"x"]]],
        [2, _HASH, [[0, 1, 4, 0]]],
        [2, _HASH, _FACE],
        [2, _HASH, [_FACE], 0],
        [2, _HASH, [_FACE], "7", 0],
        {1: 2},
        7,
    ],
)
def test_what_is_refused(value: Any) -> None:
    with pytest.raises(CodeMalformed):
        contents.decode(cbor.encode(value))


def test_a_second_encoding_of_the_same_contents_is_refused() -> None:
    packed = cbor.encode([2, _HASH, [_FACE]])
    longer = packed.replace(b"\x83\x02", b"\x83\x18\x02", 1)
    assert cbor.decode(longer) == cbor.decode(packed)
    with pytest.raises(CodeMalformed, match="not canonical"):
        contents.decode(longer)


def test_numbers_of_models_are_never_given_away() -> None:
    assert contents.MODEL_NUMBERS == {"sface-2021dec-int8bq": 1, "leader-2026": 2}, "add, never change"


def test_nothing_of_a_template_is_printed() -> None:
    secret = b"\xc3secret-template-bytes\x8f"
    template = SealedTemplate("face", "sface-2021dec-int8bq", secret, 4, 0, "face", False)
    assert "secret" not in repr(template) + repr(Contents((template,), _HASH)) + str(
        Contents((template,), _HASH)
    )


def test_contradictions_are_refused_when_made() -> None:
    with pytest.raises(UsageError):
        SealedTemplate("finger", "m", b"x", 1, 0, "contact", False)
    with pytest.raises(UsageError):
        SealedTemplate("finger", "m", b"x", 1, 1, "contact", True)
    with pytest.raises(UsageError):
        SealedTemplate("face", "m", bytes(513), 1, 0, "face", False)
