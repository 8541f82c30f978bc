"""A document that is bound to its holder's wallet is completed in the pages: the wallet signs for them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from playwright.sync_api import Route
from tests.browser.conftest import Site, Visit, wait_for

pytestmark = pytest.mark.slow


def token(payload: dict[str, object]) -> str:
    """A text of the form of an SD-JWT VC; the service's answer is played."""
    return (
        f"eyJhbGciOiJFUzI1NiJ9.{urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip('=')}.c2ln~"
    )


@pytest.mark.parametrize("bound", [True, False])
def test_the_page_says_what_the_wallet_must_sign(site: Site, visit: Visit, bound: bool) -> None:
    begun = {
        "ceremony": "00" * 16, "nonce": "5f" * 16, "expires": 2_000_000_000, "liveness_required": True,
        "fingers": False, "warning": None, "audience": site.origin,
        "credential": {"kind": "sd-jwt-vc", "short_id": "AAAA-BBBB", "issuer": "Utopia", "pin": False},
    }  # fmt: skip

    def answered(route: Route) -> None:
        route.fulfill(status=201, content_type="application/json", body=json.dumps(begun))

    page = visit("/verify.html", camera=False)
    page.route("**/v1/verifications", answered)
    page.click("summary")
    page.fill("#typed", token({"vct": "a", **({"cnf": {"jwk": {}}} if bound else {})}))
    page.click("#use-typed")
    if bound:
        wait_for(page, "present")
        assert page.inner_text("#present-nonce") == begun["nonce"]
        assert page.inner_text("#present-audience") == site.origin
        page.fill("#presented", token({"vct": "a"}) + "a.b.c")
        page.click("#continue")
    wait_for(page, "before")
