"""The reference of documents says which types, curves, algorithms and lists the code takes, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from moiety.credential import document_types
from moiety.decision.policy import DEMANDS
from moiety.document import disclosures, mobile_security, parameters, status_lists
from moiety.document.disclosures import _NEVER_HIDDEN
from moiety.document.portrait import KINDS
from moiety.document_keys import _CURVES, JOSE, DocumentKey

PAGE: Final = (Path(__file__).parents[2] / "docs" / "reference" / "documents.md").read_text("utf-8")


def row(name: str) -> set[str]:
    """What stands in code marks in the row of this name."""
    (line,) = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", PAGE, re.MULTILINE)
    return set(re.findall(r"`([^`]+)`", line))


def test_the_table_of_what_is_taken_is_the_code_s() -> None:
    assert row("types that a root vouches for by itself") == set(document_types._DEFAULTS.values())
    assert row("extended key usages of signers") == set(document_types.SIGNERS)
    assert row("curves") == {"Ed25519", *_CURVES}
    assert row("algorithms of JWS") == set(JOSE)
    numbers = {str(one) for algorithms, _, _ in _CURVES.values() for one in algorithms}
    edwards = {str(one) for one in DocumentKey.of(Ed25519PrivateKey.generate().public_key()).algorithms}
    assert row("algorithms of COSE") == numbers | edwards
    assert row("digests of elements") == set(mobile_security._HASHES)
    assert {one.lower() for one in row("digests of elements")} == set(disclosures.HASHES)
    assert row("status lists") == {status_lists._JWT, status_lists._CWT}
    assert row("demands of a policy") == set(DEMANDS)


def test_each_curve_of_the_page_can_be_used() -> None:
    made = {one.name: one for one in vars(ec).values() if isinstance(one, type) and hasattr(one, "name")}
    for name in row("curves") - {"Ed25519"}:
        key = ec.generate_private_key(made[name]())
        assert DocumentKey.of(key.public_key()).algorithms


def test_the_text_has_the_code_s_limits_claims_and_pictures() -> None:
    told = " ".join(PAGE.split())
    assert f"mobile documents {parameters.DEPTH} deep with {parameters.ITEMS:,} items" in told
    assert f"maps of {parameters.ENTRIES:,} entries" in told
    assert f"{parameters.MAX_DISCLOSURES} disclosures, JSON {parameters.MAX_JSON_DEPTH} deep" in told
    (hidden,) = re.findall(r"no claim twice; (.*?) never hidden", told)
    assert set(re.findall(r"`([^`]+)`", hidden)) == set(_NEVER_HIDDEN)
    pictures = re.search(r"JPEG, JPEG 2000, WebP, AVIF or PNG, by what its bytes are", told)
    assert pictures is not None and len(KINDS) == 5
    for usage in document_types._BY_TYPE[document_types.MDL]:
        assert f"licences is certified for `{usage}`" in told
