"""Faults and bad input at the edges: limits, crashes, a database away, bodies that are large or slow."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Picture
from tests.service.conftest import Clock, Service, open_service
from tests.service.test_life import begin, complete, enrol, told, verify

from moiety.errors import Overloaded, StorageError, StoreUnavailable
from moiety.service.bounds import Bounds
from moiety.service.ceremonies import enrolment, verification
from moiety.service.parameters import CAPTURE_BODY, LIMIT_CREDENTIAL, SMALL_BODY
from moiety.service.roles import Role
from moiety.service.work import Work
from moiety.store import Store
from moiety.store.limits import DAY_S


def test_limits_hold_across_processes_and_restarts(
    each_service: Service, clock: Clock, picture: Picture
) -> None:
    """A second process on the same database counts on where the first one was."""
    service = each_service
    verifier = service.operator(Role.VERIFIER)
    half = LIMIT_CREDENTIAL.most // 2
    for _ in range(half):
        assert begin(verifier, service.code).status_code == 201
    url = service.state.settings.database_url
    other = open_service(service.stage, clock, unsafe_no_liveness=True, database=url)
    again = other.operator(Role.VERIFIER)
    for _ in range(LIMIT_CREDENTIAL.most - half):
        assert begin(again, service.code).status_code == 201
    refused = begin(again, service.code)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate-limited")
    assert begin(verifier, service.code).status_code == 429
    clock.ahead = LIMIT_CREDENTIAL.period_s
    assert begin(verifier, service.code).status_code == 201
    # And what one process began, the other completes.
    begun = begin(verifier, service.code).json()
    verifier_elsewhere = other.client()
    verifier_elsewhere.cookies = verifier.cookies
    verifier_elsewhere.headers = verifier.headers
    assert complete(verifier_elsewhere, begun, service.code, picture("lisa/3")).json()["outcome"] == "accept"
    # A revocation by one is known to the other at once.
    enroller = service.operator(Role.ENROLLER)
    assert (
        enroller.post("/v1/credentials/status", json={"code": service.code, "status": "revoked"}).status_code
        == 200
    )
    assert begin(again, service.code).json()["error"]["code"] == "revoked"
    other.state.work.close()
    other.state.store.close()


def test_a_crash_between_two_writes_leaves_nothing_half_done(
    each_service: Service, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code's place, its event, the consent's tie and the ceremony's end are kept together, or none is."""
    service = each_service
    enroller = service.operator(Role.ENROLLER)

    def crash(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(enrolment, "ended", crash)
        answer = enrol(service, enroller, picture("lisa/1"), picture("lisa/2"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "enrolled" not in told(service)
    assert enrol(service, enroller, picture("lisa/1"), picture("lisa/2")).status_code == 200
    assert told(service).count("enrolled") == 1


def test_a_ceremony_whose_end_was_lost_is_not_used_again(
    service: Service, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = service.operator(Role.VERIFIER)
    begun = begin(verifier, service.code).json()

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The database is away, full, or too slow.")

    with monkeypatch.context() as broken:
        broken.setattr(verification, "completed", away)
        lost = complete(verifier, begun, service.code, picture("lisa/3"))
    assert (lost.status_code, lost.json()["error"]["code"]) == (503, "store-unavailable")
    assert lost.headers["retry-after"]
    again = complete(verifier, begun, service.code, picture("lisa/3"))
    assert again.json()["error"]["code"] == "ceremony-refused"
    assert "verified" not in told(service)


def test_a_ceremony_is_taken_once_by_who_began_it_with_its_nonce_for_its_code(
    each_service: Service, picture: Picture
) -> None:
    """What does not fit is refused and uses nothing up; what fits is used up, whatever comes of it."""
    service = each_service
    verifier, other = service.operator(Role.VERIFIER), service.operator(Role.VERIFIER)
    begun = begin(verifier, service.code).json()
    wrong = {**begun, "nonce": "00" * 32}
    for who, what in ((verifier, wrong), (other, begun)):
        refused = complete(who, what, service.code, picture("lisa/3"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ceremony-refused")
        assert "no such ceremony" in refused.json()["error"]["text"]
    assert complete(verifier, begun, service.code, picture("lisa/3")).json()["outcome"] == "accept"
    used = complete(verifier, begun, service.code, picture("lisa/3"))
    assert "completed already" in used.json()["error"]["text"]


def test_a_ceremony_that_was_begun_before_midnight_is_completed_after_it(
    each_service: Service, clock: Clock, picture: Picture
) -> None:
    """Codes stand in ceremonies under the day's key: the new day's is another."""
    service = each_service
    clock.ahead = DAY_S - clock() % DAY_S - 30
    verifier = service.operator(Role.VERIFIER)
    begun = begin(verifier, service.code).json()
    clock.ahead += 60
    assert complete(verifier, begun, service.code, picture("lisa/3")).json()["outcome"] == "accept"
    again = complete(verifier, begun, service.code, picture("lisa/3"))
    assert again.json()["error"]["code"] == "ceremony-refused"


def test_a_full_disk_of_the_home_does_not_stand_in_the_way_of_a_revocation(
    each_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database says it and every process signs from it; the home's file is one change behind."""
    service = each_service
    enroller, verifier = service.operator(Role.ENROLLER), service.operator(Role.VERIFIER)

    def change(status: str) -> int:
        body = {"code": service.code, "status": status}
        return int(enroller.post("/v1/credentials/status", json=body).status_code)

    def in_file() -> int:
        code = service.stage.credential.claims
        assert code.status is not None
        held = service.stage.trust.status_list(code.issuer, code.status.uri)
        return 0 if held is None else int(held.statuses[code.status.index])

    def full(*_: object, **__: object) -> None:
        raise StorageError("Could not write trust: No space left on device.")

    assert change("suspended") == 200
    assert in_file() == 2
    with monkeypatch.context() as broken:
        broken.setattr("moiety.credential.trust.write_atomically", full)
        assert change("revoked") == 200
    assert in_file() == 2
    assert begin(verifier, service.code).json()["error"]["code"] == "revoked"
    assert told(service).count("revoked") == 1
    assert change("revoked") == 200
    assert in_file() == 1


def test_a_database_that_is_away_is_told_and_nothing_is_decided(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = service.operator(Role.VERIFIER)
    client = service.client()

    def away(*_: object) -> Any:
        raise StoreUnavailable("The database is away, full, or too slow.")

    monkeypatch.setattr(Store, "reading", away)
    monkeypatch.setattr(Store, "begin", away)
    answer = begin(verifier, service.code)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store-unavailable")
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["store"] == "store-unavailable"
    assert client.get("/healthz").status_code == 200


def test_a_clock_set_back_is_told(service: Service, clock: Clock) -> None:
    verifier = service.operator(Role.VERIFIER)
    clock.ahead = -3600
    answer = begin(verifier, service.code)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "clock-set-back")
    assert service.client().get("/readyz").json()["trust"] == "clock-set-back"


def test_bodies_are_bounded_while_they_arrive(service: Service) -> None:
    administrator = service.operator(Role.ADMINISTRATOR)
    stated = administrator.post("/v1/operators", content=b"x" * (SMALL_BODY + 1))
    assert (stated.status_code, stated.json()["error"]["code"]) == (413, "request-too-large")
    verifier = service.operator(Role.VERIFIER)
    begun = begin(verifier, service.code).json()
    huge = complete(verifier, begun, service.code, b"\xff\xd8\xff" + bytes(26_000_000))
    assert (huge.status_code, huge.json()["error"]["code"]) == (413, "image-too-large")

    def endless() -> Any:  # no length stated
        for _ in range(10):
            yield b"x" * SMALL_BODY

    chunked = administrator.post("/v1/operators", content=endless())
    assert chunked.json()["error"]["code"] == "request-too-large"
    assert CAPTURE_BODY > 26_000_000


def test_wrong_content_types_are_refused(service: Service) -> None:
    both = service.operator(Role.VERIFIER, Role.ADMINISTRATOR)
    begun = begin(both, service.code).json()
    path = f"/v1/verifications/{begun['ceremony']}/complete"
    for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain", ""):
        answer = both.post(path, content=b"{}", headers={"content-type": kind})
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "media-type-refused"), kind
    broken = both.post(path, content=b"--x\r\n", headers={"content-type": "multipart/form-data; boundary=x"})
    assert broken.status_code == 422
    unbounded = both.post(path, content=b"x", headers={"content-type": "multipart/form-data"})
    assert unbounded.status_code == 422
    for kind in ("text/plain", "application/xml"):
        answer = both.post("/v1/operators", content=b"<a/>", headers={"content-type": kind})
        assert answer.status_code == 422


def test_a_slow_upload_ends(service: Service) -> None:
    """One byte, and then nothing: the connection is not held for ever."""
    sent: list[dict[str, Any]] = []
    came = iter([{"type": "http.request", "body": b"x", "more_body": True}])

    async def receive() -> Any:
        one = next(came, None)
        if one is None:
            await asyncio.sleep(30)
        return one

    async def send(message: Any) -> None:
        sent.append(message)

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass

    scope = {"type": "http", "path": "/v1/operators", "headers": [], "method": "POST"}
    asyncio.run(Bounds(reads, timeout_s=0.2)(scope, receive, send))
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["error"]["code"] == "request-too-slow"


def test_too_many_captures_at_once_are_told() -> None:
    import threading

    gate, work = threading.Event(), Work(1, waiting=1, wait_s=0.2)
    threads = [threading.Thread(target=lambda: work.run(lambda: gate.wait(10))) for _ in range(1)]
    for one in threads:
        one.start()
    with pytest.raises(Overloaded):
        work.run(lambda: None)  # waits for the one core, in vain
    gate.set()
    for one in threads:
        one.join()
    assert work.run(lambda: 7) == 7
    work.close()


def test_trust_and_lists_are_static_signed_and_cached(service: Service, tmp_path: Path) -> None:
    client = service.client()
    for path in ("/v1/trust", "/v1/status/1", "/s/1", "/v1/receipts/key"):
        first = client.get(path)
        assert first.status_code == 200
        assert "public" in first.headers["cache-control"]
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert again.content == b""
    assert client.get("/v1/status/1").content == client.get("/s/1").content
    before = client.get("/v1/status/1").headers["etag"]
    service.operator(Role.ENROLLER).post(
        "/v1/credentials/status", json={"code": service.code, "status": "suspended"}
    )
    assert client.get("/v1/status/1").headers["etag"] != before
    assert client.get("/v1/status/9").status_code == 404
    # A verifier elsewhere imports the file, and refuses the code offline.
    from moiety.credential.trust_file import TrustFile

    (tmp_path / "trust.cbor").write_bytes(client.get("/v1/trust").content)
    assert TrustFile.read(tmp_path / "trust.cbor").root == service.stage.trust.root


def test_the_home_register_is_the_services_from_then_on(service: Service) -> None:
    from moiety.errors import HomeError

    with pytest.raises(HomeError, match="service"):
        service.stage.issuer.revoke(service.stage.credential)


def test_the_counts_name_nobody(service: Service, picture: Picture) -> None:
    verifier = service.operator(Role.VERIFIER, name="Amina")
    verify(verifier, service.code, picture("lisa/3"))
    text = service.operator(Role.AUDITOR).get("/metrics").text
    assert 'moiety_decisions_total{liveness="none",outcome="accept"} 1.0' in text
    assert 'route="/v1/verifications/{ceremony}/complete"' in text
    for one in ("Amina", verifier.headers["X-Test-Operator"], service.stage.credential.claims.cti.hex()):
        assert one not in text
