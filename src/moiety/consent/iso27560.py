"""A consent record as ISO/IEC TS 27560:2023 lays it out, in JSON-LD with the Data Privacy Vocabulary's terms.

The terms are of DPV 2.1 (https://w3id.org/dpv), placed as the DPV community group's guide for TS 27560 places
them. The person is a random identifier; the record names nobody who is not a legal entity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal

from moiety.consent.record import Consent
from moiety.consent.schedule import Item
from moiety.consent.settings import ConsentSettings
from moiety.errors import ConsentError

CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "moiety": "https://moiety.invalid/terms#",
}
"""What the prefixes stand for. `moiety` is ours, at a host that can never exist (RFC 6761)."""

RECORD_SCHEMA: Final = "https://w3id.org/dpv/schema/dpv-27560#record"
RECORD_SCHEMA_GDPR: Final = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"

_DATA: Final = {"face": "pd:FacialPrint", "finger": "pd:Fingerprint"}
_LAWS: Final = {
    "gdpr": "Regulation (EU) 2016/679",
    "bipa": "740 ILCS 14",
    "cubi": "Tex. Bus. & Com. Code 503.001",
}


class Relation(StrEnum):
    """Who agrees for a child."""

    PARENT = "parent"
    LEGAL_GUARDIAN = "legal-guardian"
    CAREGIVER = "caregiver"


_GIVERS: Final = {
    Relation.PARENT: "dpv:ParentOfDataSubject",
    Relation.LEGAL_GUARDIAN: "dpv:GuardianOfDataSubject",
    Relation.CAREGIVER: "dpv:GuardianOfDataSubject",
}


class State(StrEnum):
    """Where a consent stands."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


Ending = Literal["receipt", "live-match", "operator", "expired", "unused"]
"""How a consent ended: by whom, or by which rule."""


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One consent and what is recorded about it.

    Attributes:
        consent: the agreement itself.
        language: in which the notice was read.
        guardian: who agreed for a child; None for a grown person.
        state: where it stands.
        ended_at: UTC seconds, when it was withdrawn or expired.
    """

    consent: Consent
    language: str
    guardian: Relation | None = None
    state: State = State.GIVEN
    ended_at: int | None = None

    def to_jsonld(self, settings: ConsentSettings) -> dict[str, Any]:
        """The record as TS 27560 has it: header, processing, parties, events."""
        gdpr = "gdpr" in settings.schedule.laws
        return {
            "@context": CONTEXT,
            "@id": f"urn:moiety:consent:{self.consent.record_id}",
            "@type": "dpv:ConsentRecord",
            "dct:identifier": self.consent.record_id,
            "dct:conformsTo": RECORD_SCHEMA_GDPR if gdpr else RECORD_SCHEMA,
            "dpv:hasDataSubject": {
                "@id": f"urn:moiety:holder:{self.consent.record_id}",
                "@type": "dpv:Adult" if self.guardian is None else "dpv:Child",
            },
            "dpv:hasNotice": {
                "@type": "dpv:ConsentNotice",
                "dct:identifier": self.consent.notice_version,
                "dct:language": self.language,
            },
            "dpv:hasProcess": self._processing(settings, gdpr),
            "dpv:hasEntity": _controller(settings),
            "dpv:hasConsentStatus": self._events(),
        }

    def _processing(self, settings: ConsentSettings, gdpr: bool) -> dict[str, Any]:
        after = settings.schedule.days(Item.RECORD)
        return {
            "@type": "dpv:Process",
            "dpv:hasPurpose": {"@type": "dpv:IdentityVerification", "dct:description": self.consent.purpose},
            "dpv:hasLegalBasis": ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]
            if gdpr
            else ["dpv:ExplicitlyExpressedConsent"],
            "dpv:hasApplicableLaw": [_LAWS[one] for one in settings.schedule.laws if one in _LAWS],
            "dpv:hasDataController": {"@id": "urn:moiety:controller"},
            "dpv:hasRecipient": {
                "@type": "dpv:DataSubject",
                "dct:description": "the code, to the person alone",
            },
            "dpv:hasPersonalData": [
                {
                    "@type": ["dpv:SpecialCategoryPersonalData", _DATA[one]],
                    "dpv:hasNecessity": "dpv:Required",
                    "dpv:hasDataSource": "dpv:DataSubject",
                }
                for one in sorted(self.consent.modalities)
            ],
            "dpv:hasProcessing": ["dpv:Collect", "dpv:Derive"],
            "dpv:hasStorageCondition": [
                {"@type": "dpv:StorageLocation", "dct:description": "the code that the person carries"},
                {"@type": "dpv:StorageDuration", "dct:valid": _instant(self.consent.expires_at)},
                {
                    "@type": "dpv:StorageDeletion",
                    "dct:description": f"this record: {after} days after the end",
                },
            ],
            "dpv:hasRight": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A17"]
            if gdpr
            else ["dpv:WithdrawConsent"],
            "dpv:isExercisedAt": settings.withdraw_at,
        }

    def _events(self) -> list[dict[str, Any]]:
        giver = "dpv:DataSubject" if self.guardian is None else _GIVERS[self.guardian]
        given = {
            "@type": "dpv:ConsentGiven",
            "dpv:isIndicatedAtTime": _instant(self.consent.given_at),
            "dpv:isIndicatedBy": {"@type": giver, "moiety:relation": self.guardian}
            if self.guardian
            else {"@type": giver},
            "dpv:hasIndicationMethod": "agreed in person, before an operator, after reading the notice",
            "dpv:hasDuration": {
                "@type": "dpv:UntilTimeDuration",
                "dct:valid": _instant(self.consent.expires_at),
            },
        }
        if self.state is State.GIVEN or self.ended_at is None:
            return [given]
        kind = "dpv:ConsentWithdrawn" if self.state is State.WITHDRAWN else "dpv:ConsentExpired"
        return [given, {"@type": kind, "dpv:isIndicatedAtTime": _instant(self.ended_at)}]


def require_guardian(*, child: bool, guardian: Relation | None) -> None:
    """Stop here when a child has nobody who agrees for it, or a grown person has somebody who does.

    Raises:
        ConsentError: either.
    """
    if child and guardian is None:
        raise ConsentError(
            "A guardian has to agree for a child, and none is named.",
            remedy="Ask the child's guardian to be present, and record who they are to the child.",
        )
    if guardian is not None and not child:
        raise ConsentError("A guardian agrees for a child only.", remedy="Ask the person themselves.")


def _controller(settings: ConsentSettings) -> dict[str, Any]:
    return {
        "@id": "urn:moiety:controller",
        "@type": "dpv:DataController",
        "dpv:hasName": settings.controller.name,
        "dpv:hasAddress": settings.controller.address,
        "dpv:hasContact": settings.controller.contact,
    }


def _instant(moment: int) -> dict[str, str]:
    return {
        "@type": "xsd:dateTime",
        "@value": datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
