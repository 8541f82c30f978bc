"""Presentations that were accepted and must not be (A3, A6, A7), and their siblings, each by its error."""

from __future__ import annotations

import hashlib
from typing import Any

import cbor2
import pytest
from sd_jwt.common import SDObj

from moiety.document import key_binding
from moiety.document.disclosures import disclosed
from moiety.document.jose import encode_unpadded
from moiety.document.key_binding import Expected
from moiety.document.read import presented
from moiety.errors import (
    CodeMalformed,
    CredentialNotYetValid,
    KeyBindingRefused,
    MoietyError,
)

from .conftest import Issuers, Portrait
from .test_claim169 import face_of, written
from .test_mdoc import SPACE, made, response
from .test_sd_jwt import ASKED, AUDIENCE, NONCE, binding, data_url, issued


def refused(document: Any, issuers: Issuers, now: int, kind: type[MoietyError], asked: Any = None) -> None:
    with pytest.raises(kind) as caught:
        presented(document, expected=asked).accept(issuers.trust, now=now, max_status_age=None)
    assert type(caught.value) is kind and caught.value.remedy


@pytest.mark.parametrize("asked", [Expected("n"), Expected(None, AUDIENCE), ASKED])
def test_what_cannot_answer_is_refused_where_an_answer_was_asked_for(
    asked: Expected, issuers: Issuers, portrait: Portrait, now: int
) -> None:
    licence = cbor2.dumps(made(issuers, [(SPACE, "portrait", portrait())], now))
    code = written(issuers, now, face=face_of(portrait()))
    for one in (licence, code):
        refused(one, issuers, now, KeyBindingRefused, asked)
        assert presented(one).accept(issuers.trust, now=now, max_status_age=None).evidence.issuer
    free = issued(issuers, now, {SDObj("picture"): data_url(portrait())}, holder=None)
    refused(free, issuers, now, KeyBindingRefused, asked)


def test_a_response_that_failed_or_is_of_another_version_is_refused(
    issuers: Issuers, portrait: Portrait, now: int
) -> None:
    good = cbor2.loads(response(made(issuers, [(SPACE, "portrait", portrait())], now)))
    assert presented(cbor2.dumps(good)).kind == "mdoc"
    for changes in ({"status": 10}, {"status": -1}, {"status": "0"}, {"status": False}, {"version": "2.0"}):
        with pytest.raises(CodeMalformed):
            presented(cbor2.dumps({**good, **changes}))


def test_a_document_dated_ahead_is_refused(issuers: Issuers, portrait: Portrait, now: int) -> None:
    ahead = made(issuers, [(SPACE, "portrait", portrait())], now, signed=86_400, valid=(-1000, 200_000))
    refused(cbor2.dumps(ahead), issuers, now, CredentialNotYetValid)
    token = issued(issuers, now, {"iat": now + 86_400, SDObj("picture"): data_url(portrait())})
    refused(binding(token), issuers, now, CredentialNotYetValid, ASKED)


def test_a_key_binding_holds_as_long_as_it_says(issuers: Issuers, portrait: Portrait, now: int) -> None:
    token = issued(issuers, now, {SDObj("picture"): data_url(portrait())})
    wrong: tuple[dict[str, Any], ...] = (
        {"exp": now - 1},
        {"exp": "soon"},
        {"nbf": now + 900},
        {"aud": [AUDIENCE, "x"]},
        {"aud": []},
    )
    for changes in wrong:
        refused(binding(token, **changes), issuers, now, KeyBindingRefused, ASKED)
    for changes in ({"exp": now + 300}, {"aud": [AUDIENCE]}, {"typ_": "application/kb+jwt"}):
        bound = presented(binding(token, **changes), expected=ASKED)
        assert bound.accept(issuers.trust, now=now, max_status_age=None).evidence.issuer
    with pytest.raises(KeyBindingRefused, match="seconds ahead"):
        presented(binding(token, iat=now + 90), expected=ASKED).accept(
            issuers.trust, now=now, max_status_age=None
        )
    assert key_binding.Expected(NONCE) == Expected(NONCE)


def test_what_must_not_be_hidden_is_not_hidden() -> None:
    for name in ("vct#integrity", "status", "vct", "cnf", "iss", "exp", "nbf"):
        text = encode_unpadded(f'["a-salt-of-sixteen", "{name}", {{}}]'.encode())
        digest = encode_unpadded(hashlib.sha256(text.encode()).digest())
        with pytest.raises(CodeMalformed, match="hide"):
            disclosed({"_sd": [digest]}, [text], "sha256")
    with pytest.raises(CodeMalformed, match="where its status is kept"):
        disclosed({"status": {"_sd": ["AAAA"]}}, [], "sha256")
    assert disclosed({"status": {"_sd": ["AAAA"], "status_list": {}}}, [], "sha256")


def test_the_age_of_a_portrait_is_not_that_of_its_token(
    issuers: Issuers, portrait: Portrait, now: int
) -> None:
    from moiety.document.sd_jwt import SdJwtAccepted

    for also, taken in (
        ({}, None),
        ({"date_of_issuance": "2025-01-02", "portrait_capture_date": "2001-05-06"}, 989_107_200),
    ):
        token = issued(issuers, now, {SDObj("picture"): data_url(portrait()), **also})
        found = presented(binding(token), expected=ASKED).accept(issuers.trust, now=now, max_status_age=None)
        assert isinstance(found, SdJwtAccepted)
        assert found.stated.taken == taken
        assert ("portrait-age-unknown" in [one.code for one in found.notes]) == (taken is None)


def test_an_element_stated_twice_is_refused(issuers: Issuers, portrait: Portrait, now: int) -> None:
    old, new = cbor2.CBORTag(1004, "2001-05-06"), cbor2.CBORTag(1004, "2025-05-06")
    twice = [(SPACE, "portrait", portrait()), (SPACE, "issue_date", new), (SPACE, "issue_date", old)]
    with pytest.raises(CodeMalformed, match="twice"):
        presented(cbor2.dumps(made(issuers, twice, now)))
