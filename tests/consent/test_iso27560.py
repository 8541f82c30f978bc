"""The record in JSON-LD: every mandatory field of ISO/IEC TS 27560, with terms that the vocabulary has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.consent.conftest import NOW, settings_document

from moiety.consent.iso27560 import CONTEXT, ConsentRecord, Relation, State, require_guardian
from moiety.consent.settings import ConsentSettings
from moiety.errors import ConsentError

DPV_2_1 = set(
    re.findall(
        r"\S+",
        """
    dpv:Adult dpv:Child dpv:Collect dpv:ConsentExpired dpv:ConsentGiven dpv:ConsentNotice dpv:ConsentReceipt
    dpv:ConsentRecord dpv:ConsentWithdrawn dpv:DataController dpv:DataSubject dpv:Derive
    dpv:ExplicitlyExpressedConsent dpv:GuardianOfDataSubject dpv:IdentityVerification dpv:ParentOfDataSubject
    dpv:Process dpv:Required dpv:SpecialCategoryPersonalData dpv:StorageDeletion dpv:StorageDuration
    dpv:StorageLocation dpv:UntilTimeDuration dpv:WithdrawConsent dpv:hasAddress dpv:hasApplicableLaw
    dpv:hasConsentStatus dpv:hasContact dpv:hasDataController dpv:hasDataSource dpv:hasDataSubject
    dpv:hasDuration dpv:hasEntity dpv:hasIndicationMethod dpv:hasLegalBasis dpv:hasName dpv:hasNecessity
    dpv:hasNotice dpv:hasPersonalData dpv:hasProcess dpv:hasProcessing dpv:hasPurpose dpv:hasRecipient
    dpv:hasRecordOfActivity dpv:hasRight dpv:hasStorageCondition dpv:isExercisedAt dpv:isIndicatedAtTime
    dpv:isIndicatedBy pd:FacialPrint pd:Fingerprint eu-gdpr:A6-1-a eu-gdpr:A7-3 eu-gdpr:A9-2-a eu-gdpr:A15
    eu-gdpr:A17
    """,
    )
)
"""Looked up one by one in w3c/dpv, 2.1/dpv/dpv.ttl, 2.1/pd/pd.ttl and 2.1/legal/eu/gdpr/eu-gdpr.ttl."""


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def terms(document: dict[str, Any]) -> set[str]:
    body = {name: value for name, value in document.items() if name != "@context"}
    return {one for one in strings(body) if re.fullmatch(r"(?:dpv|pd|eu-gdpr):[\w-]+", one)}


@pytest.mark.parametrize("law", ["plain", "gdpr", "bipa", "cubi"])
@pytest.mark.parametrize("guardian", [None, *Relation])
def test_every_term_is_in_the_vocabulary(record: ConsentRecord, law: str, guardian: Relation | None) -> None:
    site = ConsentSettings.parse(settings_document(jurisdictions=[law]))
    for state in State:
        ended = None if state is State.GIVEN else NOW + 5
        document = replace(record, guardian=guardian, state=state, ended_at=ended).to_jsonld(site)
        assert terms(document) <= DPV_2_1
        assert len(terms(document)) > 25


def test_every_prefix_that_is_used_is_declared(record: ConsentRecord, settings: ConsentSettings) -> None:
    document = replace(record, guardian=Relation.PARENT).to_jsonld(settings)
    body = {name: value for name, value in document.items() if name != "@context"}
    used = {found[1] for one in strings(body) if (found := re.fullmatch(r"([a-z-]+):[A-Za-z][\w-]*", one))}
    assert used - {"urn"} <= set(CONTEXT)


def test_every_mandatory_field_of_the_standard_is_there(
    record: ConsentRecord, settings: ConsentSettings
) -> None:
    document = record.to_jsonld(settings)
    assert document["dct:identifier"] == record.consent.record_id  # 6.3.3 record_id
    assert document["dct:conformsTo"].endswith("dpv-27560#record-eu-gdpr")  # 6.3.3 schema_version
    assert document["dpv:hasDataSubject"]["@id"]  # 6.3.3 pii_principal_id
    notice = document["dpv:hasNotice"]
    assert notice["dct:identifier"]  # 6.3.4.1 privacy_notice
    assert notice["dct:language"] == "en"  # 6.3.4.2 language
    process = document["dpv:hasProcess"]
    assert process["dpv:hasPurpose"]["dct:description"] == "To collect medicine."  # 6.3.4.3 purposes
    assert process["dpv:hasLegalBasis"] == ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]  # 6.3.4.6 lawful_basis
    data = [one["@type"][1] for one in process["dpv:hasPersonalData"]]
    assert data == ["pd:FacialPrint", "pd:Fingerprint"]  # 6.3.4.7 pii_information, 6.3.5.1 pii_type
    assert process["dpv:hasDataController"]  # 6.3.4.8 pii_controllers
    kinds = [one["@type"] for one in process["dpv:hasStorageCondition"]]
    assert kinds == ["dpv:StorageLocation", "dpv:StorageDuration", "dpv:StorageDeletion"]  # 6.3.4.11, .12
    assert process["dpv:hasRecipient"]  # 6.3.4.17 recipient_third_parties
    assert process["dpv:hasRight"]  # 6.3.4.18 withdrawal_method, 6.3.4.19 privacy_rights
    party = document["dpv:hasEntity"]
    assert all(party[f"dpv:{name}"] for name in ("hasName", "hasAddress", "hasContact"))  # 6.3.6
    (event,) = document["dpv:hasConsentStatus"]
    assert event["@type"] == "dpv:ConsentGiven"  # event_state
    assert event["dpv:isIndicatedAtTime"]["@value"] == "2026-09-21T14:13:20Z"  # event_time
    assert event["dpv:hasDuration"]["dct:valid"]["@value"] == "2027-09-21T14:13:20Z"  # validity_duration


def test_an_ending_is_a_second_event(record: ConsentRecord, settings: ConsentSettings) -> None:
    ended = replace(record, state=State.WITHDRAWN, ended_at=NOW + 60)
    given, withdrawn = ended.to_jsonld(settings)["dpv:hasConsentStatus"]
    assert given["@type"] == "dpv:ConsentGiven"
    assert withdrawn == {
        "@type": "dpv:ConsentWithdrawn",
        "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime", "@value": "2026-09-21T14:14:20Z"},
    }


def test_a_guardian_is_a_relation_and_no_name(record: ConsentRecord, settings: ConsentSettings) -> None:
    document = replace(record, guardian=Relation.CAREGIVER).to_jsonld(settings)
    assert document["dpv:hasDataSubject"]["@type"] == "dpv:Child"
    (event,) = document["dpv:hasConsentStatus"]
    assert event["dpv:isIndicatedBy"] == {
        "@type": "dpv:GuardianOfDataSubject",
        "moiety:relation": "caregiver",
    }


def test_the_salt_that_ties_the_code_to_it_is_not_in_it(
    record: ConsentRecord, settings: ConsentSettings
) -> None:
    assert record.consent.salt not in json.dumps(record.to_jsonld(settings))


def test_a_child_needs_a_guardian_and_nobody_else_does() -> None:
    require_guardian(child=True, guardian=Relation.PARENT)
    require_guardian(child=False, guardian=None)
    with pytest.raises(ConsentError, match="none is named"):
        require_guardian(child=True, guardian=None)
    with pytest.raises(ConsentError, match="child only"):
        require_guardian(child=False, guardian=Relation.PARENT)
