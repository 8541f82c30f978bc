"""A site, a record and a key for tests of consent."""

from __future__ import annotations

from typing import Any

import pytest

from moiety.consent import Consent
from moiety.consent.iso27560 import ConsentRecord
from moiety.consent.settings import ConsentSettings
from moiety.keys import SigningKey

NOW = 1_790_000_000
DAY = 86_400


def settings_document(**changes: Any) -> dict[str, Any]:
    """Consent settings as a site writes them."""
    return {
        "schema": "moiety/consent-settings/1",
        "controller": {
            "name": "Clinic Nord",
            "address": "1 Harbour Road",
            "contact": "privacy@clinic.example",
        },
        "jurisdictions": ["gdpr"],
        "purposes": {
            "medicine": {"en": "To collect medicine.", "ar": "لاستلام الدواء.", "es": "Recoger medicinas."}
        },
        **changes,
    }


@pytest.fixture
def settings() -> ConsentSettings:
    return ConsentSettings.parse(settings_document())


@pytest.fixture
def record() -> ConsentRecord:
    return ConsentRecord(Consent.given("To collect medicine.", now=NOW, modalities=("face", "finger")), "en")


@pytest.fixture(scope="session")
def signer() -> SigningKey:
    return SigningKey.generate()
