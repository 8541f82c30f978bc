"""A second issuer whom this home trusts, and who signs codes with identifiers of ours: they stay apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from tests.conftest import Picture
from tests.service.conftest import Service
from tests.service.test_life import begin, complete, told, verify
from tests.service.test_shares import through

import moiety.credential.issue as issuing
from moiety.credential.check import check, open_contents
from moiety.credential.claims import Profile, StatusReference
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.epochs import add_issuer
from moiety.credential.home import Issuer, create_home
from moiety.credential.layout import Home
from moiety.credential.lists import list_uri
from moiety.credential.trust import TrustBundle
from moiety.errors import PinWrong, ShareUnavailable
from moiety.service.parameters import LIMIT_CREDENTIAL
from moiety.service.roles import Role
from moiety.service.share_client import HttpShares
from moiety.store import consents
from moiety.store.limits import DAY_S
from moiety.store.tables.sightings import sightings

OTHER = "https://other.example.org/"
PIN = "2468"


@dataclass
class Second:
    """The other issuer's home, and the service that believes both."""

    home: Path
    service: Service
    patch: pytest.MonkeyPatch

    @property
    def issuer(self) -> Issuer:
        return Issuer.open(self.home)

    def code(
        self, ours: Credential, what: Contents, *, profile: Profile = "card", share: bytes | None = None
    ) -> Credential:
        """A code of the other issuer for these contents, with the identifier of one of ours."""
        now = self.service.state.now()
        module: ModuleType = issuing
        with self.patch.context() as chosen:
            chosen.setattr(module, "random_token", lambda size: ours.claims.cti)
            return issuing.issue(
                what,
                issuer=issuing.IssuerIdentity(OTHER, self.issuer.signer),
                group=self.service.stage.trust.bundle.sealing_epochs(now)[0].key,
                profile=profile,
                valid_from=now,
                valid_until=now + 30 * DAY_S,
                now=now,
                status=StatusReference(list_uri(OTHER, 1), 7),
                pin=PIN if profile == "blind" else None,
                share=share,
            )

    def publish(self) -> None:
        """Bring the other issuer's status lists into our home's trust, as an import does."""
        home = Home.open(self.service.stage.home)
        for token in self.issuer.refresh_lists():
            TrustBundle.open(home.path).with_list(token.encoded).save(home)


@pytest.fixture
def second(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Second:
    home = create_home(tmp_path / "other", issuer_uri=OTHER)
    found = Second(home.path, service, monkeypatch)
    add_issuer(Home.open(service.stage.home), OTHER, found.issuer.key.key)
    found.publish()
    return found


@pytest.fixture
def desk(service: Service) -> TestClient:
    return service.operator(*Role)


def enrolled(service: Service, desk: TestClient, picture: Picture, **fields: str) -> tuple[Credential, str]:
    """One of our codes, and the consent on which it rests."""
    consent = service.consent()
    profile = fields.pop("profile", "card")
    begun = desk.post("/v1/enrolments", json={"consent": consent, "profile": profile}).json()
    made = desk.post(
        f"/v1/enrolments/{begun['ceremony']}/complete",
        data={"nonce": begun["nonce"], "consent": consent, **fields},
        files=[("face", ("face.jpg", picture(one), "image/jpeg")) for one in ("lisa/1", "lisa/2")],
    )
    assert made.status_code == 200, made.text
    return Credential.from_text(made.json()["code"]), consent


def inside(service: Service, code: Credential) -> Contents:
    trust = service.state.trust.current(service.state.now())
    return open_contents(check(code, trust), trust, None)


def seen_day(service: Service, consent: str) -> int:
    with service.state.store.reading() as connection:
        stored = consents.find(connection, bytes.fromhex(consent))
    assert stored is not None
    return stored.seen_day


def seen(service: Service) -> list[tuple[bytes, int]]:
    with service.state.store.reading() as connection:
        return [(bytes(one.cti), one.day) for one in connection.execute(sa.select(sightings))]


def test_their_code_is_verified_and_touches_nothing_of_ours(
    service: Service, second: Second, desk: TestClient, picture: Picture
) -> None:
    ours, consent = enrolled(service, desk, picture)
    theirs = second.code(ours, inside(service, ours))
    assert theirs.claims.cti == ours.claims.cti
    before = seen_day(service, consent)
    service.clock.ahead = DAY_S
    desk = service.operator(*Role)
    answer = verify(desk, theirs.text, picture("lisa/3"))
    assert (answer.json()["outcome"], answer.json()["credential"]["issuer"]) == ("accept", OTHER)
    assert seen(service) == []
    assert verify(desk, ours.text, picture("lisa/3")).json()["outcome"] == "accept"
    assert seen(service) == [(ours.claims.cti, before + 1)]


def test_a_ceremony_begun_for_one_is_not_completed_with_the_other(
    service: Service, second: Second, desk: TestClient, picture: Picture
) -> None:
    ours, _ = enrolled(service, desk, picture)
    theirs = second.code(ours, inside(service, ours))
    for one, other in ((ours, theirs), (theirs, ours)):
        begun = begin(desk, one.text).json()
        refused = complete(desk, begun, other.text, picture("lisa/3"))
        assert refused.json()["error"]["code"] == "ceremony-refused"
        assert complete(desk, begun, one.text, picture("lisa/3")).json()["outcome"] == "accept"


def test_attempts_with_theirs_are_not_counted_against_ours(
    service: Service, second: Second, desk: TestClient, picture: Picture
) -> None:
    ours, _ = enrolled(service, desk, picture)
    theirs = second.code(ours, inside(service, ours))
    codes = [begin(desk, theirs.text).status_code for _ in range(LIMIT_CREDENTIAL.most + 1)]
    assert codes == [201] * LIMIT_CREDENTIAL.most + [429]
    assert begin(desk, ours.text).status_code == 201


def test_a_status_is_of_its_own_issuer(
    service: Service, second: Second, desk: TestClient, picture: Picture
) -> None:
    ours, _ = enrolled(service, desk, picture)
    theirs = second.code(ours, inside(service, ours))
    for status in ("revoked", "suspended", "valid"):
        refused = desk.post("/v1/credentials/status", json={"code": theirs.text, "status": status})
        assert refused.status_code == 422
        assert "did not issue" in refused.text
    assert begin(desk, ours.text).status_code == 201
    done = desk.post("/v1/credentials/status", json={"cti": ours.claims.cti.hex(), "status": "revoked"})
    assert done.status_code == 200
    assert begin(desk, ours.text).json()["error"]["code"] == "revoked"
    assert begin(desk, theirs.text).status_code == 201
    second.issuer.revoke(theirs)
    second.publish()
    assert begin(desk, theirs.text).json()["error"]["code"] == "revoked"


def test_their_list_says_nothing_of_our_codes(
    service: Service, second: Second, desk: TestClient, picture: Picture
) -> None:
    ours, _ = enrolled(service, desk, picture)
    theirs = second.code(ours, inside(service, ours))
    second.issuer.revoke(theirs)
    second.publish()
    assert begin(desk, theirs.text).json()["error"]["code"] == "revoked"
    assert verify(desk, ours.text, picture("lisa/3")).json()["outcome"] == "accept"


@pytest.mark.parametrize("kind", ["renewals", "withdrawals"])
def test_their_code_reaches_no_consent(
    kind: str, service: Service, second: Second, desk: TestClient, picture: Picture
) -> None:
    """Neither begun with it, nor completed with it where ours began."""
    ours, consent = enrolled(service, desk, picture)
    theirs = second.code(ours, inside(service, ours))
    start = kind if kind == "renewals" else f"{kind}/begin"
    refused = begin(desk, theirs.text, start)
    assert refused.json()["error"]["code"] == "consent"
    assert "Another issuer" in refused.text
    begun = begin(desk, ours.text, start).json()
    before = told(service)
    refused = complete(desk, begun, theirs.text, picture("lisa/3"), kind)
    assert refused.json()["error"]["code"] == "consent"
    with service.state.store.reading() as connection:
        stored = consents.find(connection, bytes.fromhex(consent))
    assert stored is not None
    assert stored.ending is None
    assert told(service) == before
    assert begin(desk, ours.text).status_code == 201
    done = complete(desk, begun, ours.text, picture("lisa/3"), kind)
    assert done.json()["decision"]["outcome"] == "accept", "the ceremony was not used up"


def test_their_code_reaches_no_share(
    service: Service, second: Second, desk: TestClient, picture: Picture
) -> None:
    """Neither at this desk nor at a verifier elsewhere, and a wrong PIN of theirs does not lock ours."""
    card, _ = enrolled(service, desk, picture)
    ours, consent = enrolled(service, desk, picture, profile="blind", pin=PIN)
    theirs = second.code(ours, inside(service, card), profile="blind", share=bytes(32))
    kept = _purpose(service, consent)
    remote = HttpShares("https://verify.example.org", "token", kept, through(service, Role.VERIFIER))
    trust = service.state.trust.current(service.state.now()).with_shares(remote)
    before = told(service)
    for _ in range(6):
        for pin in (PIN, "1357"):
            with pytest.raises(ShareUnavailable, match="service refused"):  # not in its words
                open_contents(check(theirs, trust), trust, pin)
    here = complete(desk, begin(desk, theirs.text).json(), theirs.text, picture("lisa/3"), pin="1357")
    assert here.json()["error"]["code"] == "share-unavailable"
    assert told(service) == before
    assert open_contents(check(ours, trust), trust, PIN) is not None
    with pytest.raises(PinWrong):
        open_contents(check(ours, trust), trust, "1357")
    lied = HttpShares("https://verify.example.org", "token", kept, _renamed(through(service, Role.VERIFIER)))
    elsewhere = trust.with_shares(lied)
    with pytest.raises(ShareUnavailable, match="service refused"):
        open_contents(check(theirs, elsewhere), elsewhere, PIN)
    mine = complete(desk, begin(desk, ours.text).json(), ours.text, picture("lisa/3"), pin=PIN)
    assert mine.json()["outcome"] == "accept"


def _purpose(service: Service, consent: str) -> str:
    with service.state.store.reading() as connection:
        stored = consents.find(connection, bytes.fromhex(consent))
    assert stored is not None
    return stored.record.consent.purpose


def _renamed(transport: Any) -> Any:
    """A verifier that says of their code that it is ours."""
    import json

    import httpx

    def handle(request: httpx.Request) -> httpx.Response:
        body = {**json.loads(request.content), "issuer": "https://issuer.example.org/"}
        answer: httpx.Response = transport.handle_request(
            httpx.Request("POST", request.url, json=body, headers={"Content-Type": "application/json"})
        )
        return answer

    return httpx.MockTransport(handle)
