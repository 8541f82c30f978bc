"""What a foreign thing is has a name in every language, and the service's refusal says which."""

from __future__ import annotations

import numpy as np
import pytest

from moiety.catalogue import holds, languages, text
from moiety.credential.reading import foreign, naming, symbols
from moiety.document.read import of_text, presented
from moiety.errors import CodeUnreadable
from moiety.service.failures import body_of

from .samples import code_text, drawn

NAMES = {name for *_, name, _ in (*foreign._FILES, *foreign._ARCHIVES, *foreign._TEXTS)}


def test_every_kind_has_its_words_in_every_language() -> None:
    for kind in naming.CODES:
        assert holds(f"thing.{kind}"), kind
        assert len({text(f"thing.{kind}", one) for one in languages()}) == len(languages())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_of_a_kind(name: str) -> None:
    assert naming.kind_of(name) in naming.CODES - {"other"}


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("HC1:6BFOXN", "vaccination-certificate"),
        ("openid4vp://?client_id=x", "wallet-link"),
        ("WIFI:T:WPA;S:net;P:secret;;", "wireless-network"),
        ("https://example.org", "link"),
        ("4006381333931", "bar-code"),
        ('{"a": 1', "damaged"),
        (b"GIF89a\x10\x00\x10\x00", "other-picture"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", "film"),
        (b"PK\x03\x04\x14\x00\x00\x00word/document.xml", "office-document"),
        (b"PK\x03\x04\x14\x00\x00\x00x", "archive"),
        (b"%PDF-1.7\ntrailer << /Encrypt 5 0 R >>", "encrypted"),
        ("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.", "other-text"),
        ("", "empty"),
    ],
)
def test_a_refusal_says_the_kind(given: str | bytes, kind: str) -> None:
    with pytest.raises(CodeUnreadable) as caught:
        of_text(given) if isinstance(given, str) else presented(given)
    assert body_of(caught.value)["error"]["thing"] == kind


def test_two_codes_are_told_and_a_picture_without_one_has_no_kind() -> None:
    two = np.hstack([drawn(code_text()), drawn(code_text(seed=1))])
    with pytest.raises(CodeUnreadable) as caught:
        symbols.document_in(np.dstack([two] * 3))
    assert caught.value.thing == "several"
    with pytest.raises(CodeUnreadable) as caught:
        symbols.document_in(np.full((200, 200, 3), 255, np.uint8))
    assert "thing" not in body_of(caught.value)["error"]
