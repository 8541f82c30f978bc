"""Blind codes: a share released only while everything allows it, PINs counted, and erasure that is real."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.conftest import ISSUER, Stage
from tests.store.test_consents import agreed

from moiety.consent.secret import new_secret, secret_hash
from moiety.credential import blind
from moiety.credential.blind import BlindCode
from moiety.credential.check import check, open_contents
from moiety.credential.code import Credential, unseal
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer
from moiety.credential.places import Places
from moiety.credential.status import Status
from moiety.credential.trust import TrustBundle
from moiety.decision.policy import Policy
from moiety.enrolment import enrol
from moiety.errors import (
    CredentialRevoked,
    CredentialSuspended,
    NotAllowed,
    PinLocked,
    PinRequired,
    PinWrong,
    RateLimited,
    SealUnopenable,
    ShareUnavailable,
    UsageError,
)
from moiety.keys import SigningKey
from moiety.ledger.note import NoteVerifier
from moiety.ledger.proof import verify_proof
from moiety.store import Store, consents, open_store, shares
from moiety.store.events import body_of
from moiety.store.ledger import Log, proven
from moiety.store.ledger_reading import commitment_of
from moiety.store.places import StoredPlaces
from moiety.store.retention import _give_up_space
from moiety.store.share_release import Wish, release
from moiety.store.tables.events import events
from moiety.store.tables.shares import shares as table
from moiety.verification import verify

FACE: Final = SealedTemplate("face", "sface-2021dec-int8bq", bytes(range(128)), 2, 0, "face", False)
CONTENTS: Final = Contents((FACE,), bytes(32))
LOG: Final = Log("log.example/1", SigningKey.from_seed(bytes(range(32))))
NOW: Final = int(time.time())


class Desk:
    """An issuer whose places, consents and shares lie in a store."""

    def __init__(self, store: Store, stage: Stage) -> None:
        self.store = store
        self.stage = stage
        self.record, notice = agreed(now=NOW, days=300)
        with store.begin() as connection:
            consents.give(connection, self.record, notice, secret_hash(new_secret()), NOW)
        self.consent = bytes.fromhex(self.record.consent.record_id)

    def issuer(self) -> Issuer:
        held: list[tuple[BlindCode, bytes, str | None]] = []

        def take(code: BlindCode, share: bytes, pin: str | None) -> None:
            held.append((code, share, pin))

        @contextlib.contextmanager
        def opened() -> Iterator[Places]:
            with self.store.begin() as connection:
                places = StoredPlaces(connection, now=NOW)
                yield places
                if places.assigned is not None:
                    shares.keep(connection, *held[0], NOW)
                    consents.bind(connection, self.consent, held[0][0].cti, NOW)

        return Issuer.open(self.stage.home, places=opened, shares=take)

    def issue(self, pin: str | None = None) -> Credential:
        return self.issuer().issue(CONTENTS, profile="blind", pin=pin)

    def trust(self) -> TrustBundle:
        def provider(code: BlindCode, pin: str | None) -> bytes:
            return ask(self.store, code, pin=pin)

        return self.stage.trust.with_shares(provider)

    def in_store(self, act: Callable[[Connection], Any]) -> Any:
        with self.store.begin() as connection:
            return act(connection)


def ask(
    store: Store, code: BlindCode, purpose: str | None = None, pin: str | None = None, now: int = NOW
) -> bytes:
    """Ask the store of ISSUER for a share."""
    return release(store, Wish(code, purpose, pin, "desk"), issuer=ISSUER, now=now)


@pytest.fixture
def desk(store: Store, stage: Stage) -> Desk:
    return Desk(store, stage)


def kinds(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(sa.select(events.c.kind).order_by(events.c.id)).scalars())


def test_a_blind_code_opens_with_both_shares_and_with_nothing_less(desk: Desk) -> None:
    code = desk.issue()
    assert (code.claims.profile, code.claims.pin) == ("blind", False)
    trust = desk.trust()
    assert open_contents(check(code, trust), trust) == CONTENTS
    assert kinds(desk.store)[-2:] == ["share-stored", "share-released"]
    with pytest.raises(ShareUnavailable):
        open_contents(check(code, trust), desk.stage.trust)
    wrong = trust.with_shares(lambda code, pin: bytes(32))
    with pytest.raises(SealUnopenable, match="share"):
        open_contents(check(code, wrong), wrong)


def test_a_person_is_verified_by_a_blind_code(desk: Desk, picture: Callable[[str], bytes]) -> None:
    consent = desk.record.consent
    code = enrol(
        face=[picture("lisa/1"), picture("lisa/2")],
        consent=consent,
        issuer=desk.issuer(),
        profile="blind",
        valid_days=30,
    )
    asked: list[bytes] = []
    trust = desk.trust()

    def counted(code: BlindCode, pin: str | None) -> bytes:
        asked.append(code.cti)
        assert trust.shares is not None
        return trust.shares(code, pin)

    policy = Policy(fmr=1e-4, liveness="none")
    shown = trust.with_shares(counted)
    no_face = verify(credential=code, face=picture("lisa/3")[:0] or _blank(), trust=shown, policy=policy)
    assert (no_face.outcome.value, asked) == ("inconclusive", []), "no share without a usable capture"
    assert (
        verify(credential=code, face=picture("lisa/3"), trust=shown, policy=policy).outcome.value == "accept"
    )
    other = verify(credential=code, face=picture("london/101/neutral"), trust=shown, policy=policy)
    assert other.outcome.value == "reject"
    assert asked == [code.claims.cti] * 2


def _blank() -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (320, 240), (128, 128, 128)).save(out, "PNG")
    return out.getvalue()


def test_what_was_withdrawn_suspended_or_is_unknown_is_not_released(desk: Desk) -> None:
    code = desk.issue()
    one = code.blind_code
    assert len(ask(desk.store, one, desk.record.consent.purpose)) == 32
    with pytest.raises(NotAllowed, match="another purpose"):
        ask(desk.store, one, "something else")
    place = desk.in_store(lambda connection: StoredPlaces(connection, now=NOW).find(one.cti))
    desk.in_store(lambda connection: StoredPlaces(connection, now=NOW).set_status(place, Status.SUSPENDED))
    with pytest.raises(CredentialSuspended):
        ask(desk.store, one)
    desk.in_store(lambda connection: StoredPlaces(connection, now=NOW).set_status(place, Status.VALID))
    assert len(ask(desk.store, one)) == 32
    desk.in_store(lambda connection: StoredPlaces(connection, now=NOW).set_status(place, Status.REVOKED))
    with pytest.raises(CredentialRevoked):
        ask(desk.store, one)
    with desk.store.reading() as connection:
        assert connection.execute(sa.select(table)).all() == [], "revoked for good: the share is gone"
    with pytest.raises(ShareUnavailable):
        ask(desk.store, replace(one, cti=bytes(16)))


def test_a_withdrawn_consent_erases_the_share(desk: Desk) -> None:
    code = desk.issue()
    stored = desk.in_store(lambda connection: consents.find(connection, desk.consent))
    assert desk.in_store(lambda connection: consents.end(connection, stored, "receipt", NOW))
    with pytest.raises(CredentialRevoked):
        ask(desk.store, code.blind_code)
    assert "share-deleted" in kinds(desk.store)


def test_pins_are_counted_and_locked_across_processes(desk: Desk, database_url: str) -> None:
    code = desk.issue(pin="2468")
    assert code.claims.pin
    one = code.blind_code
    trust = desk.trust()
    assert open_contents(check(code, trust), trust, "2468") == CONTENTS
    with pytest.raises(PinRequired):
        open_contents(check(code, trust), trust)
    other = open_store(database_url)
    for store in (desk.store, other, desk.store, other):
        with pytest.raises(PinWrong):
            ask(store, one, pin="1357")
    assert len(ask(other, one, pin="2468")) == 32, "the right one begins anew"
    for _ in range(5):
        with pytest.raises(PinWrong):
            ask(other, one, pin="1357")
    with pytest.raises(PinLocked):
        ask(desk.store, one, pin="2468")
    with desk.store.reading() as connection:
        row = connection.execute(sa.select(table)).one()
    assert b"2468" not in bytes(row.pin_hash) + bytes(row.pin_salt) + bytes(row.share)
    other.close()


def test_releases_are_limited_by_the_day_and_refusals_count(desk: Desk) -> None:
    one = desk.issue().blind_code
    for number in range(30):
        with contextlib.suppress(NotAllowed):
            ask(desk.store, one, "other" if number % 2 else None)
    with pytest.raises(RateLimited):
        ask(desk.store, one)
    assert len(ask(desk.store, one, now=NOW + 86_400)) == 32


def test_another_code_with_the_same_identifier_gets_nothing_and_uses_up_nothing(desk: Desk) -> None:
    """Neither share nor status, and no wrong PIN counts: another issuer's, or of one who knows the cti."""
    code = desk.issue(pin="2468").blind_code
    others = (
        replace(code, issuer="https://other.example.org/"),
        replace(code, commitment=bytes(32)),
        BlindCode.of("https://other.example.org/", code.cti, b"signed by another"),
        BlindCode.of(code.issuer, code.cti, b"signed by another"),
    )
    before = kinds(desk.store)
    for other in others * 20:  # more than a day allows, and than wrong PINs lock
        with pytest.raises(ShareUnavailable):
            ask(desk.store, other, pin="1357")
    assert kinds(desk.store) == before
    assert len(ask(desk.store, code, pin="2468")) == 32
    with pytest.raises(ShareUnavailable, match="Another issuer"):
        release(desk.store, Wish(code, None, "2468", "desk"), issuer=None, now=NOW)
    place = desk.in_store(lambda connection: StoredPlaces(connection, now=NOW).find(code.cti))
    desk.in_store(lambda connection: StoredPlaces(connection, now=NOW).set_status(place, Status.REVOKED))
    with pytest.raises(ShareUnavailable, match="Another issuer"):
        ask(desk.store, others[0])


def test_a_share_from_before_commitments_is_released_to_its_issuers_code(desk: Desk) -> None:
    code = desk.issue().blind_code
    desk.in_store(lambda connection: connection.execute(table.update().values(commitment=None)))
    assert len(ask(desk.store, code)) == 32
    with pytest.raises(ShareUnavailable):
        ask(desk.store, replace(code, issuer="https://other.example.org/"))


def test_deleting_the_share_is_erasure_and_the_ledger_proves_it(desk: Desk, tmp_path: Path) -> None:
    """With the paper, the group's key and the whole database of afterwards, nothing opens any more."""
    code = desk.issue()
    with desk.store.reading() as connection:
        share = bytes(connection.execute(sa.select(table.c.share)).scalar_one())
    group = desk.stage.trust.group_private(code.claims.group or b"")
    assert unseal(code, group, shares=lambda code, pin: share) == CONTENTS, "so far it opens"
    assert desk.in_store(lambda connection: shares.delete(connection, code.claims.cti, NOW, why="asked"))
    assert not desk.in_store(lambda connection: shares.delete(connection, code.claims.cti, NOW, why="asked"))
    trust = desk.trust()
    with pytest.raises(ShareUnavailable, match="erased"):
        open_contents(check(code, trust), trust)
    # The event that tells of it is in the log, and names the share that was kept by its hash.
    with desk.store.reading() as connection:
        told = connection.execute(sa.select(events.c.event_id).where(events.c.kind == "share-deleted"))
        event = bytes(told.scalar_one())
        entry, body = commitment_of(connection, event), body_of(connection, event)
    assert body is not None
    assert shares.digest(share).encode() in body
    proof = proven(desk.store, LOG, event, now=NOW)
    assert verify_proof(proof, entry, [NoteVerifier(LOG.origin, LOG.signer.verifying_key)]).size > 0
    if desk.store.is_sqlite:  # not in the file, nor in its log
        _give_up_space(desk.store)
        files = list(tmp_path.glob("service.sqlite3*"))
        assert files
        assert not any(share in one.read_bytes() for one in files)


def test_a_blind_code_is_not_made_without_a_service(stage: Stage) -> None:
    with pytest.raises(UsageError, match="service that keeps a share"):
        stage.issuer.issue(CONTENTS, profile="blind")


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16))
def test_shares_lock_and_unlock(plain: bytes, share: bytes, cti: bytes) -> None:
    locked = blind.lock(plain, share, cti=cti, info=b"info")
    assert len(locked) == len(plain) + 48
    assert blind.unlock(locked, share, cti=cti, info=b"info") == plain
    for other in (
        {"share": bytes(32 - len(share.rstrip(b"\x00"))) + b"x" * 32, "cti": cti, "info": b"info"},
        {"share": share, "cti": cti[::-1] + b"x", "info": b"info"},
        {"share": share, "cti": cti, "info": b"other"},
    ):
        with pytest.raises(SealUnopenable):
            blind.unlock(locked, other["share"], cti=other["cti"], info=other["info"])


@given(st.binary(max_size=120))
@settings(max_examples=100)
def test_any_bytes_in_the_seal_are_refused(data: bytes) -> None:
    with pytest.raises(SealUnopenable):
        blind.unlock(data, bytes(32), cti=bytes(16), info=b"")
