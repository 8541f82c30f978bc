"""The notice: whole in every language, tied to its words, and no longer than a site may ask."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from tests.consent.conftest import NOW, settings_document

from moiety import catalogue
from moiety.catalogue import texts
from moiety.consent.notice import VERSION, Notice, notice
from moiety.consent.settings import ConsentSettings
from moiety.errors import ConsentError, UsageError


def made(settings: ConsentSettings, **changes: Any) -> Notice:
    return notice(
        settings,
        **{
            "purpose": "medicine",
            "modalities": ("face",),
            "language": "en",
            "days": 90,
            "child": False,
            "schedule_at": "https://clinic.example/schedule",
            "now": NOW,
            **changes,
        },
    )


@pytest.mark.parametrize("language", catalogue.languages())
def test_it_is_whole_in_every_language(settings: ConsentSettings, language: str) -> None:
    one = made(settings, language=language, modalities=("face", "finger"))
    told = " ".join(each.text for each in one.paragraphs)
    for part in ("Clinic Nord", "privacy@clinic.example", "https://clinic.example/schedule", "2026-12-20"):
        assert part in told
    assert settings.purpose("medicine", language) in told
    assert one.direction == catalogue.direction(language)
    assert one.agree != one.decline
    assert len(one.paragraphs) == 12
    assert len(one.canonical()) < 8192


def test_the_same_words_have_the_same_reference_and_others_another(settings: ConsentSettings) -> None:
    one = made(settings)
    assert one.reference == made(settings).reference
    assert one.reference.startswith(f"{VERSION}/en/")
    others = [
        made(settings, language="es"),
        made(settings, days=89),
        made(settings, modalities=("finger",)),
        made(settings, child=True),
        made(settings, schedule_at="https://else.example/schedule"),
    ]
    assert len({one.reference, *(other.reference for other in others)}) == 6


def test_illinois_adds_the_written_release_and_a_child_its_guardian(settings: ConsentSettings) -> None:
    bipa = ConsentSettings.parse(settings_document(jurisdictions=["bipa"]))
    assert "release" in made(bipa).paragraphs[-1].text
    assert not any("release" in one.text for one in made(settings).paragraphs)
    assert "guardian" in made(settings, child=True).paragraphs[-1].text
    assert "6 months" in made(settings, child=True).paragraphs[-1].text


@pytest.mark.parametrize(
    "changes",
    [
        {"days": 0},
        {"days": 366},
        {"days": 181, "child": True},
        {"modalities": ()},
        {"modalities": ("voice",)},
    ],
    ids=str,
)
def test_what_cannot_be_agreed_to(settings: ConsentSettings, changes: dict[str, Any]) -> None:
    with pytest.raises(ConsentError):
        made(settings, **changes)


@pytest.mark.parametrize("changes", [{"purpose": "loans"}, {"language": "de"}], ids=str)
def test_what_is_not_there(settings: ConsentSettings, changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        made(settings, **changes)


def test_the_version_is_that_of_the_words() -> None:
    """Whoever changes a word of the notice, in any language, gives it a new version, and a new digest."""
    words = {
        language: {key: told for key, told in texts(language).items() if key.startswith("notice.")}
        for language in catalogue.languages()
    }
    digest = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
    assert (VERSION, digest) == (
        "2026-11",
        "d6197e77476cbcb74e5f763a7ec04cdcdbc928e98ae94bdee871e5e357f2b692",
    )
