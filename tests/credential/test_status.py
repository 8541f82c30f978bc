"""Status lists against the draft's own vectors, and against what must be refused."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.credential import cbor, envelope
from moiety.credential.status import (
    STATUS_TYPE,
    Status,
    StatusList,
    read_status,
    sign_status,
    status_signer,
)
from moiety.credential.trust_parameters import MAX_STATUS_BYTES, STATUS_ENTRIES
from moiety.errors import StatusUnavailable, TrustRefused, UsageError
from moiety.keys import SigningKey

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "status_list" / "draft_20.json").read_text())
NOW = 1_790_000_000
URI = "https://issuer.example.org/s/1"


@pytest.mark.parametrize("vector", VECTORS["small"], ids=lambda vector: f"{vector['bits']} bits")
def test_the_drafts_small_lists(vector: dict[str, Any]) -> None:
    statuses = StatusList.decode(cbor.decode(bytes.fromhex(vector["cbor"])))
    assert [statuses[index] for index in range(len(vector["entries"]))] == vector["entries"]
    ours = StatusList.of(
        dict(enumerate(vector["entries"])), bits=vector["bits"], entries=len(vector["entries"])
    )
    assert ours == statuses


@pytest.mark.parametrize("vector", VECTORS["lists"], ids=lambda vector: f"{vector['bits']} bits")
def test_the_drafts_lists_of_a_million_entries(vector: dict[str, Any]) -> None:
    statuses = StatusList.decode(cbor.decode(bytes.fromhex(vector["cbor"])))
    expected = {int(index): value for index, value in vector["entries"].items()}
    assert (statuses.bits, statuses.entries) == (vector["bits"], 1 << 20)
    assert {index: statuses[index] for index in expected} == expected
    assert statuses.not_valid() == {index: value for index, value in expected.items() if value}
    assert StatusList.of(expected, bits=vector["bits"]) == statuses


def test_the_drafts_token_reads_once_our_key_has_signed_it(signer: SigningKey) -> None:
    _, _, payload, _ = cbor.decode(bytes.fromhex(VECTORS["cwt"])[1:])
    token = read_status(envelope.sign(cbor.decode(payload), signer, typ=STATUS_TYPE), signer.verifying_key)
    assert token.uri == "https://example.com/statuslists/1"
    assert (token.issued, token.expires, token.ttl) == (1686920170, 2291720170, 43200)
    assert [token.statuses[index] for index in range(16)] == VECTORS["small"][0]["entries"]


def test_the_drafts_own_token_is_refused_for_its_algorithm(signer: SigningKey) -> None:
    with pytest.raises(TrustRefused, match="another algorithm"):
        read_status(bytes.fromhex(VECTORS["cwt"]), signer.verifying_key)


@settings(deadline=None)
@given(st.dictionaries(st.integers(0, 999), st.integers(0, 3)), st.sampled_from([2, 4, 8]))
def test_what_is_put_in_comes_out(statuses: dict[int, int], bits: int) -> None:
    packed = StatusList.of(statuses, bits=bits, entries=1000)
    again = StatusList.decode(cbor.decode(cbor.encode(packed.encode())))
    assert [again[index] for index in range(1000)] == [statuses.get(index, 0) for index in range(1000)]
    assert again.not_valid() == {index: value for index, value in statuses.items() if value}


def test_ours_has_two_bits_and_a_million_entries(signer: SigningKey) -> None:
    token = sign_status(URI, StatusList.of({7: Status.REVOKED}), signer, now=NOW)
    again = read_status(token.encoded, signer.verifying_key)
    assert again == token
    assert (again.statuses.bits, again.statuses.entries) == (2, STATUS_ENTRIES)
    assert again.statuses[7] == Status.REVOKED and again.statuses[8] == Status.VALID
    assert status_signer(token.encoded) == signer.key_id
    assert len(token.encoded) < 1000


def test_an_index_outside_the_list_says_nothing() -> None:
    statuses = StatusList.of({}, entries=8)
    for index in (-1, 8, 1 << 31):
        with pytest.raises(StatusUnavailable, match="outside"):
            statuses[index]


def test_entries_that_do_not_fit_are_refused() -> None:
    for statuses in ({8: 1}, {0: 4}, {-1: 1}):
        with pytest.raises(UsageError):
            StatusList.of(statuses, entries=8)


@pytest.mark.parametrize("bits", [0, 3, 16, -1, True, 1.0, "2", None])
def test_other_widths_are_refused(bits: object) -> None:
    with pytest.raises(TrustRefused):
        StatusList.decode({"bits": bits, "lst": zlib.compress(b"\0")})


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = zlib.compress(bytes(64 << 20), 9)
    with pytest.raises(TrustRefused, match="more than"):
        StatusList.decode({"bits": 8, "lst": bomb})
    just = zlib.compress(bytes(MAX_STATUS_BYTES), 9)
    assert StatusList.decode({"bits": 8, "lst": just}).entries == MAX_STATUS_BYTES


@pytest.mark.parametrize(
    "packed",
    [b"", b"no zlib", zlib.compress(bytes(1000))[:-3], zlib.compress(bytes(10)) + b"x", 7, None],
    ids=["empty", "no zlib", "cut short", "something after", "number", "nothing"],
)
def test_damaged_lists_are_refused(packed: object) -> None:
    with pytest.raises(TrustRefused):
        StatusList.decode({"bits": 2, "lst": packed})


def test_a_list_by_another_key_is_refused(signer: SigningKey) -> None:
    token = sign_status(URI, StatusList.of({}), signer, now=NOW)
    with pytest.raises(TrustRefused, match="does not hold"):
        read_status(token.encoded, SigningKey.generate().verifying_key)


GOOD = {2: URI, 6: NOW, 4: NOW + 10, 65534: 5, 65533: {"bits": 2, "lst": zlib.compress(b"\0")}}


@pytest.mark.parametrize(
    "change",
    [
        {2: None}, {2: ""}, {2: 5}, {2: "https://x.example/" + "y" * 300},
        {6: None}, {6: -1}, {6: 1.5}, {6: True},
        {4: NOW}, {4: "later"}, {65534: 0}, {65534: -5}, {65533: None}, {65533: []}, {65533: {"bits": 2}},
        {65533: {"bits": 2, "lst": zlib.compress(b"\0"), "more": 1}},
    ],
    ids=repr,
)  # fmt: skip
def test_malformed_claims_are_refused(signer: SigningKey, change: dict[int, object]) -> None:
    claims = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(TrustRefused):
        read_status(envelope.sign(claims, signer, typ=STATUS_TYPE), signer.verifying_key)


def test_expiry_and_time_to_live_may_be_absent(signer: SigningKey) -> None:
    claims = {key: value for key, value in GOOD.items() if key not in (4, 65534)}
    token = read_status(envelope.sign(claims, signer, typ=STATUS_TYPE), signer.verifying_key)
    assert token.expires is None and token.ttl is None


def test_another_type_of_document_is_refused(signer: SigningKey) -> None:
    with pytest.raises(TrustRefused, match="another type"):
        read_status(envelope.sign(GOOD, signer, typ="application/other"), signer.verifying_key)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_one_flipped_bit_is_always_refused(data: st.DataObject) -> None:
    key = SigningKey.from_seed(bytes(32))
    token = bytearray(sign_status(URI, StatusList.of({1: 1}, entries=64), key, now=NOW).encoded)
    at = data.draw(st.integers(0, len(token) * 8 - 1))
    token[at // 8] ^= 1 << (at % 8)
    with pytest.raises(TrustRefused):
        read_status(bytes(token), key.verifying_key)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_as_what_they_are(data: bytes) -> None:
    with pytest.raises(TrustRefused):
        read_status(b"\xd2" + data, SigningKey.from_seed(bytes(32)).verifying_key)
