"""S17: a check vanishes where its holder withholds what it would look at."""

# ruff: noqa: F811 - fixtures of the documents' own tests are named where they are used
from __future__ import annotations

from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.document.conftest import Issuers, Portrait, certificate, issuers, now, portrait  # noqa: F401
from tests.document.test_mdoc import EKU, SPACE, made

from moiety.decision.policy import Policy
from moiety.document.demands import require_demands
from moiety.document.mobile import MobileAccepted
from moiety.document.portrait import read_portrait
from moiety.document.read import presented
from moiety.errors import CertificateRefused, PortraitRefused, StatusUnavailable
from moiety.face.embed import MODEL

OLD = cbor2.CBORTag(1004, "2001-05-06")
RECENT = cbor2.CBORTag(1004, "2025-05-06")


def accepted(
    issuers: Issuers, picture: bytes, now: int, also: dict[str, Any], shown: set[str], **how: Any
) -> MobileAccepted:
    """A licence that was signed with `also`, of which its holder shows the portrait and `shown`."""
    elements = [(SPACE, "portrait", picture), *((SPACE, name, value) for name, value in also.items())]
    signed = made(issuers, elements, now, **how)
    kept = [
        item
        for item in signed["nameSpaces"][SPACE]
        if cbor2.loads(item.value)["elementIdentifier"] in {"portrait", *shown}
    ]
    found = presented(cbor2.dumps({**signed, "nameSpaces": {SPACE: kept}})).accept(
        issuers.trust, now=now, max_status_age=None
    )
    assert isinstance(found, MobileAccepted)
    return found


def test_a_withheld_date_is_no_young_one(issuers: Issuers, portrait: Portrait, now: int) -> None:
    dates = {"portrait_capture_date": OLD, "issue_date": RECENT, "issuing_country": "UT"}
    for shown, poor in (
        ({"portrait_capture_date"}, ("old",)),
        ({"portrait_capture_date", "issue_date"}, ("old",)),
        ({"issue_date"}, ("undated",)),
        (set[str](), ("undated",)),
    ):
        found = accepted(issuers, portrait(), now, dates, shown)
        read = read_portrait(portrait(), found.stated, model=MODEL, now=now)
        assert tuple(one for one in read.evidence.poor if one in ("old", "undated")) == poor
        unknown = "portrait-age-unknown" in [one.code for one in found.notes]
        assert unknown == (poor == ("undated",))
        if unknown:
            with pytest.raises(PortraitRefused):
                require_demands(found, replace(Policy(), demands=frozenset({"age"})))


def test_a_withheld_country_is_said_and_certificates_are_held_together(
    issuers: Issuers, portrait: Portrait, now: int
) -> None:
    shown = accepted(issuers, portrait(), now, {"issuing_country": "UT"}, {"issuing_country"})
    assert "issuing-country-not-shown" not in [one.code for one in shown.notes]
    hidden = accepted(issuers, portrait(), now, {"issuing_country": "XX"}, set())
    assert "issuing-country-not-shown" in [one.code for one in hidden.notes]
    with pytest.raises(CertificateRefused):
        require_demands(hidden, Policy(demands=frozenset({"country"})))
    key = ec.generate_private_key(ec.SECP256R1())
    abroad = certificate(key, signer=issuers.root_key, issuer=issuers.root, usages=EKU, country="XX")
    with pytest.raises(CertificateRefused, match="another country than its root"):
        accepted(issuers, portrait(), now, {"issuing_country": "XX"}, set(), chain=[abroad], key=key)


@pytest.mark.parametrize("status", [{"identifier_list": {"id": b"7", "uri": "https://x.example"}}, {}])
def test_an_unknown_way_to_find_the_status_is_said_and_refused_on_demand(
    status: dict[str, Any], issuers: Issuers, portrait: Portrait, now: int
) -> None:
    found = accepted(issuers, portrait(), now, {}, set(), more={"status": status})
    (note,) = [one for one in found.notes if one.code == "document-status-not-checked"]
    assert "isn't known here" in note.text
    with pytest.raises(StatusUnavailable):
        require_demands(found, Policy(demands=frozenset({"status"})))
