"""Consent over HTTP: asked, recorded, withdrawn in every way, erased; and every forgery refused."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.conftest import Picture
from tests.consent.conftest import settings_document
from tests.service.conftest import Service

from moiety import catalogue
from moiety.consent import Consent, jws
from moiety.consent.iso27560 import Ending
from moiety.consent.receipt import KIND, read_receipt
from moiety.consent.secret import new_secret, secret_hash, written
from moiety.credential.issuer import Issuer
from moiety.keys import SigningKey
from moiety.ledger.receipt import receipt_in
from moiety.service.ceremonies import own_codes
from moiety.service.roles import Role
from moiety.store import consents
from moiety.store.events import record as record_event
from moiety.store.tables.events import events

ASKED = {"purpose": "To collect medicine.", "language": "en"}


def agree(client: TestClient, **changes: Any) -> Any:
    """Read the notice and agree."""
    asked = {**ASKED, **changes}
    notice = client.post("/v1/notices", json=asked)
    assert notice.status_code == 200, notice.text
    return client.post("/v1/consents", json={**asked, "notice": notice.json()["version"]})


def enrolled(service: Service, client: TestClient, picture: Picture, consent: str) -> str:
    """A code under a consent."""
    begun = client.post("/v1/enrolments", json={"consent": consent})
    assert begun.status_code == 201, begun.text
    made = client.post(
        f"/v1/enrolments/{begun.json()['ceremony']}/complete",
        data={"nonce": begun.json()["nonce"], "consent": consent},
        files=[("face", ("f.jpg", picture(one), "image/jpeg")) for one in ("lisa/1", "lisa/2")],
    )
    assert made.status_code == 200, made.text
    return str(made.json()["code"])


def kinds(service: Service) -> list[str]:
    with service.state.store.reading() as connection:
        return list(connection.execute(sa.select(events.c.kind).order_by(events.c.id)).scalars())


def logged(service: Service, told: Any) -> dict[str, Any]:
    """The event of an answer's ledger receipt, which the service's log holds."""
    assert service.state.log is not None
    entered = receipt_in(json.dumps(told).encode())
    assert entered.verify([service.state.log.verifier]).size > 0
    return entered.event


def test_the_life_of_a_consent(each_service: Service, picture: Picture) -> None:
    """Asked, given, a code under it, withdrawn with the secret alone, refused, and erased with a proof."""
    service = each_service
    enroller, verifier = service.operator(Role.ENROLLER), service.operator(Role.VERIFIER)
    given = agree(enroller)
    assert given.status_code == 201, given.text
    body = given.json()
    code = enrolled(service, enroller, picture, body["consent"]["id"])
    assert verifier.post("/v1/verifications", json={"code": code}).status_code == 201
    ended = service.client().post(
        "/v1/withdrawals", json={"secret": body["secret"]}, headers={"Accept-Language": "es"}
    )
    assert ended.status_code == 200, ended.text
    assert ended.json()["consent"]["state"] == "withdrawn"
    assert ended.json()["text"] == catalogue.text("receipt.withdrawn", "es")
    assert logged(service, ended.json())["how"] == "receipt"
    refused = verifier.post("/v1/verifications", json={"code": code})
    assert refused.json()["error"]["code"] == "revoked"
    again = service.client().post("/v1/withdrawals", json={"receipt": body["receipt"]})
    assert again.status_code == 200
    assert again.json()["ledger"] is None
    service.clock.ahead = 31 * 86_400
    administrator = service.operator(Role.ADMINISTRATOR)
    done = administrator.post("/v1/retention/runs")
    assert done.status_code == 200, done.text
    assert done.json()["erased"]["withdrawn-records"] == 1
    assert administrator.get(f"/v1/consents/{body['consent']['id']}").status_code == 404
    watched = administrator.get("/v1/retention").json()
    assert set(watched["overdue"].values()) == {0}
    assert watched["last_run"] is not None
    late = service.client().post("/v1/withdrawals", json={"secret": body["secret"]})
    assert late.json()["error"]["code"] == "consent"
    receipt = read_receipt(body["receipt"], [Issuer.open(service.stage.home).signer.verifying_key])
    with service.state.store.reading() as connection:
        proofs = connection.execute(sa.select(events.c.body).where(events.c.kind == "erased")).scalars()
        assert receipt.consent.commitment().hex() in [json.loads(one)["proof"] for one in proofs]
    assert [one for one in kinds(service) if one.startswith(("consent", "rev", "erased", "ret"))] == [
        "consent-given", "consent-withdrawn", "revoked", "erased", "retention-run",
    ]  # fmt: skip


def test_the_receipt_is_lost_and_the_person_withdraws_by_code_and_live_match(
    service: Service, picture: Picture
) -> None:
    desk = service.operator(Role.ENROLLER, Role.VERIFIER)
    consent = agree(desk).json()["consent"]["id"]
    code = enrolled(service, desk, picture, consent)

    def attempt(name: str) -> Any:
        begun = desk.post("/v1/withdrawals/begin", json={"code": code})
        assert begun.status_code == 201, begun.text
        return desk.post(
            f"/v1/withdrawals/{begun.json()['ceremony']}/complete",
            data={"nonce": begun.json()["nonce"], "code": code},
            files={"face": ("now.jpg", picture(name), "image/jpeg")},
        ).json()

    other = attempt("london/101/smiling")
    assert (other["withdrawn"], other["decision"]["outcome"]) == (False, "reject")
    assert desk.get(f"/v1/consents/{consent}").status_code == 200
    own = attempt("lisa/3")
    assert (own["withdrawn"], own["decision"]["outcome"]) == (True, "accept")
    assert other["ledger"] is None
    assert logged(service, own)["how"] == "live-match"
    assert logged(service, own["decision"])["outcome"] == "accept"
    refused = desk.post("/v1/withdrawals/begin", json={"code": code})
    assert refused.json()["error"]["code"] == "revoked"


def test_a_code_without_a_consent_here_cannot_be_withdrawn_by_match(service: Service) -> None:
    desk = service.operator(Role.VERIFIER)
    answer = desk.post("/v1/withdrawals/begin", json={"code": service.code})
    assert answer.json()["error"]["code"] == "consent"


def test_an_operator_withdraws_on_the_persons_word(service: Service) -> None:
    enroller = service.operator(Role.ENROLLER)
    consent = agree(enroller).json()["consent"]["id"]
    assert enroller.post(f"/v1/consents/{consent}/withdrawal").json()["consent"]["state"] == "withdrawn"
    record = enroller.get(f"/v1/consents/{consent}").json()
    assert [one["@type"] for one in record["dpv:hasConsentStatus"]] == [
        "dpv:ConsentGiven",
        "dpv:ConsentWithdrawn",
    ]
    assert enroller.post("/v1/enrolments", json={"consent": consent}).json()["error"]["code"] == "consent"


def test_who_recorded_and_who_ended_is_in_the_events(service: Service) -> None:
    enroller = service.operator(Role.ENROLLER)
    consent = agree(enroller).json()["consent"]["id"]
    enroller.post(f"/v1/consents/{consent}/withdrawal")
    with service.state.store.reading() as connection:
        bodies = [bytes(one) for one in connection.execute(sa.select(events.c.body)).scalars()]
    assert len(bodies) == 2
    assert all(enroller.headers["X-Test-Operator"].encode() in one for one in bodies)


@pytest.mark.parametrize("how", ["unused", "expired"])
def test_a_consent_that_the_schedule_ended_begins_nothing(service: Service, how: Ending) -> None:
    enroller = service.operator(Role.ENROLLER)
    consent = service.consent()
    assert enroller.post("/v1/enrolments", json={"consent": consent}).status_code == 201
    with service.state.store.begin() as connection:
        stored = consents.find(connection, bytes.fromhex(consent))
        assert stored is not None
        consents.end(connection, stored, how, service.state.now())
    assert enroller.post("/v1/enrolments", json={"consent": consent}).json()["error"]["code"] == "consent"


def test_another_issuers_code_reaches_no_consent(
    service: Service, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its cti could be one of ours: neither a renewal nor a withdrawal begins."""
    desk = service.operator(*Role)
    code = enrolled(service, desk, picture, service.consent())
    for kind in ("renewals", "withdrawals/begin"):
        assert desk.post(f"/v1/{kind}", json={"code": code}).status_code == 201
    elsewhere = SimpleNamespace(open=lambda home: SimpleNamespace(issuer_uri="https://elsewhere.example"))
    monkeypatch.setattr(own_codes, "Home", elsewhere)
    for kind in ("renewals", "withdrawals/begin"):
        refused = desk.post(f"/v1/{kind}", json={"code": code})
        assert refused.json()["error"]["code"] == "consent"
        assert "Another issuer" in refused.text


def test_a_code_is_renewed_under_its_own_consent_alone(
    service: Service, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = service.operator(*Role)
    code = enrolled(service, desk, picture, service.consent())
    begun = desk.post("/v1/renewals", json={"code": code}).json()
    monkeypatch.setattr(Consent, "commitment", lambda consent: bytes(32))
    refused = desk.post(
        f"/v1/renewals/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "code": code},
        files={"face": ("now.jpg", picture("lisa/3"), "image/jpeg")},
    )
    assert "rests on another consent" in refused.text
    assert "renewed" not in kinds(service)


# --- asking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", catalogue.languages())
def test_the_notice_is_in_the_readers_language_and_the_consent_rests_on_its_words(
    service: Service, language: str
) -> None:
    (service.stage.home / "consent.json").write_text(json.dumps(settings_document()))
    enroller = service.operator(Role.ENROLLER)
    asked = {"purpose": "medicine", "modalities": ["face", "finger"]}
    notice = enroller.post("/v1/notices", json=asked, headers={"Accept-Language": language}).json()
    assert notice["direction"] == catalogue.direction(language)
    assert notice["title"] == catalogue.text("notice.title", language)
    assert "Clinic Nord" in " ".join(one["text"] for one in notice["paragraphs"])
    given = agree(enroller, **asked, language=language).json()
    record = enroller.get(f"/v1/consents/{given['consent']['id']}").json()
    assert record["dpv:hasNotice"]["dct:identifier"] == notice["version"]
    assert record["dpv:hasNotice"]["dct:language"] == language
    assert given["lines"][0] == catalogue.text("receipt.title", language)


def test_another_notice_than_the_one_that_was_read_is_no_consent(service: Service) -> None:
    enroller = service.operator(Role.ENROLLER)
    version = enroller.post("/v1/notices", json=ASKED).json()["version"]
    others = {"purpose": "To lend money.", "language": "es", "modalities": ["face", "finger"], "days": 1}
    for name, value in others.items():
        changes = {name: value}
        answer = enroller.post("/v1/consents", json={**ASKED, **changes, "notice": version})
        assert answer.json()["error"]["code"] == "conflict", changes
    service.clock.ahead = 86_400
    assert enroller.post("/v1/consents", json={**ASKED, "notice": version}).status_code in (401, 409)
    assert "consent-given" not in kinds(service)


def test_a_site_that_names_its_purposes_takes_no_other(service: Service) -> None:
    (service.stage.home / "consent.json").write_text(json.dumps(settings_document()))
    enroller = service.operator(Role.ENROLLER)
    assert enroller.post("/v1/notices", json=ASKED).status_code == 422
    assert enroller.post("/v1/notices", json={**ASKED, "purpose": "medicine"}).status_code == 200


def test_a_childs_consent_is_a_guardians_and_short(service: Service) -> None:
    enroller = service.operator(Role.ENROLLER)
    given = agree(enroller, guardian="parent")
    assert given.status_code == 201, given.text
    facts = given.json()["consent"]
    assert facts["expires_at"] - facts["given_at"] == 180 * 86_400
    assert enroller.post("/v1/notices", json={**ASKED, "guardian": "parent", "days": 181}).status_code == 422
    assert enroller.post("/v1/notices", json={**ASKED, "guardian": "teacher"}).status_code == 422
    record = enroller.get(f"/v1/consents/{facts['id']}").json()
    assert record["dpv:hasDataSubject"]["@type"] == "dpv:Child"


def test_an_expired_consent_leads_to_no_code(service: Service) -> None:
    consent = agree(service.operator(Role.ENROLLER), days=1).json()["consent"]["id"]
    service.clock.ahead = 86_400
    answer = service.operator(Role.ENROLLER).post("/v1/enrolments", json={"consent": consent})
    assert answer.json()["error"]["code"] == "consent"


def test_damaged_settings_stop_asking_and_are_told(service: Service) -> None:
    (service.stage.home / "consent.json").write_text("{")
    answer = service.operator(Role.ENROLLER).post("/v1/notices", json=ASKED)
    assert answer.json()["error"]["code"] == "document-unreadable"


# --- withdrawing: forged, mistyped, guessed -----------------------------------------------------------------


def test_forged_receipts_are_refused_and_end_nothing(service: Service) -> None:
    enroller, nobody = service.operator(Role.ENROLLER), service.client()
    body = agree(enroller).json()
    receipt = body["receipt"]
    stranger = SigningKey.generate()
    forged = [
        {**receipt, "signature": receipt["signature"][:-4] + "AAAA"},
        {**receipt, "payload": receipt["payload"][:-4] + "AAAA"},
        {**receipt, "withdrawal_secret": written(new_secret())},
        {**receipt, "header": "x"},
        {
            **jws.sign(b"{}", stranger, kind=KIND),
            "withdrawal_secret": body["secret"],
        },
        {},
        {name: value for name, value in receipt.items() if name != "withdrawal_secret"},
    ]
    for one in forged:
        answer = nobody.post("/v1/withdrawals", json={"receipt": one})
        assert answer.status_code == 422, one
        assert answer.json()["error"]["code"] == "consent"
        assert body["secret"] not in answer.text
    record = enroller.get(f"/v1/consents/{body['consent']['id']}").json()
    assert [one["@type"] for one in record["dpv:hasConsentStatus"]] == ["dpv:ConsentGiven"]


def test_guessing_is_stopped_and_slips_are_not_counted(service: Service) -> None:
    nobody = service.client()
    slips = [nobody.post("/v1/withdrawals", json={"secret": "0000-0000"}) for _ in range(30)]
    assert {one.json()["error"]["code"] for one in slips} == {"consent"}
    guesses = [nobody.post("/v1/withdrawals", json={"secret": written(new_secret())}) for _ in range(22)]
    codes = [one.json()["error"]["code"] for one in guesses]
    assert codes == ["consent"] * 20 + ["rate-limited"] * 2
    assert guesses[-1].headers["retry-after"]
    service.clock.ahead = 901
    assert nobody.post("/v1/withdrawals", json={"secret": written(new_secret())}).status_code == 422


def test_a_crash_between_two_writes_ends_neither_consent_nor_code(
    service: Service, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroller, nobody = service.operator(Role.ENROLLER, Role.VERIFIER), service.client()
    body = agree(enroller).json()
    code = enrolled(service, enroller, picture, body["consent"]["id"])
    genuine = record_event

    def crash(connection: Any, kind: str, told: Any, now: int) -> bytes:
        if kind == "revoked":
            raise RuntimeError
        return genuine(connection, kind, told, now)

    monkeypatch.setattr(consents, "record_event", crash)
    assert nobody.post("/v1/withdrawals", json={"secret": body["secret"]}).status_code == 500
    monkeypatch.undo()
    assert enroller.post("/v1/verifications", json={"code": code}).status_code == 201
    assert nobody.post("/v1/withdrawals", json={"secret": body["secret"]}).status_code == 200
    assert enroller.post("/v1/verifications", json={"code": code}).status_code == 422


def test_the_secret_is_in_no_table(service: Service) -> None:
    secret = agree(service.operator(Role.ENROLLER)).json()["secret"]
    plain = secret.replace("-", "")
    with service.state.store.reading() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        for name in list(names):
            text = repr(connection.exec_driver_sql(f'SELECT * FROM "{name}"').all())
            assert plain not in text
            assert secret not in text
        assert connection.execute(sa.text("SELECT count(*) FROM consents")).scalar_one() == 1
    assert secret_hash(b"") != secret


# --- the page, where receipts send people ---------------------------------------------------------------


@pytest.mark.parametrize("language", catalogue.languages())
def test_a_person_withdraws_on_a_page_without_a_script(service: Service, language: str) -> None:
    body, nobody = agree(service.operator(Role.ENROLLER)).json(), service.client()
    nobody.headers["accept-language"] = language
    page = nobody.get("/withdraw")
    assert f"dir='{catalogue.direction(language)}'" in page.text
    assert not re.search("<script|<style|style=", page.text)
    empty = {"secret": (None, "")}
    assert nobody.post("/withdraw", files=empty).status_code == 422
    wrong = nobody.post("/withdraw", files={"secret": (None, written(new_secret()))})
    assert wrong.status_code == 422
    assert catalogue.text("receipt.wrong-secret", language) in wrong.text
    assert body["secret"] not in wrong.text
    foreign = nobody.post(
        "/withdraw", files={"secret": (None, body["secret"])}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    done = nobody.post("/withdraw", files={"secret": (None, body["secret"].lower())})
    assert done.status_code == 200
    assert catalogue.text("receipt.withdrawn", language) in done.text
    guesses = [nobody.post("/withdraw", files={"secret": (None, written(new_secret()))}) for _ in range(20)]
    assert guesses[-1].status_code == 429


def test_the_receipt_says_where(service: Service) -> None:
    body = agree(service.operator(Role.ENROLLER)).json()
    address = next(line for line in body["lines"] if "withdraw" in line.lower() and "http" in line)
    assert service.client().get("/" + address.rpartition("/")[2]).status_code == 200


# --- the schedule and the other way ---------------------------------------------------------------------


def test_the_schedule_is_public_in_the_readers_language(service: Service) -> None:
    nobody = service.client()
    told = nobody.get("/v1/schedule").json()
    assert {one["item"] for one in told["items"]} >= {"code-validity", "withdrawn-records"}
    for language in catalogue.languages():
        page = nobody.get("/schedule", headers={"Accept-Language": language})
        assert page.headers["content-type"].startswith("text/html")
        assert f"dir='{catalogue.direction(language)}'" in page.text
        assert catalogue.text("schedule.title", language) in page.text
        assert not re.search("<script|<style|style=", page.text)


def test_the_other_way_is_counted_without_a_reason(service: Service) -> None:
    verifier, auditor = service.operator(Role.VERIFIER), service.operator(Role.AUDITOR)
    for _ in range(3):
        assert verifier.post("/v1/fallbacks", json={"ceremony": "verify"}).status_code == 204
    assert verifier.post("/v1/fallbacks", json={"ceremony": "verify", "reason": "beard"}).status_code == 422
    assert auditor.get("/v1/retention").json()["fallbacks"]["verify"] == {"taken": 3, "of": 3}


def test_the_texts_are_served_in_every_language(service: Service) -> None:
    nobody = service.client()
    for language in catalogue.languages():
        told = nobody.get(f"/v1/catalogue/{language}")
        assert told.json()["texts"] == dict(catalogue.texts(language))
        assert told.json()["direction"] == catalogue.direction(language)
    assert nobody.get("/v1/catalogue/de").status_code == 422
