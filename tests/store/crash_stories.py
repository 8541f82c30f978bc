"""What a process does between one interruption and the next, and what must hold whatever interrupted it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from moiety.consent import Consent
from moiety.consent.iso27560 import ConsentRecord
from moiety.consent.notice import Notice, Paragraph
from moiety.consent.secret import new_secret, secret_hash
from moiety.credential.blind import BlindCode
from moiety.credential.check import check as check_code
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer
from moiety.credential.register import Register
from moiety.credential.trust import TrustBundle
from moiety.errors import CredentialRevoked
from moiety.keys import random_token
from moiety.store import Store, consents, shares
from moiety.store.events import erase, record, record_all
from moiety.store.ledger import Log, proven, sequence
from moiety.store.places import StoredPlaces
from moiety.store.tables.consents import consents as consent_table
from moiety.store.tables.events import events
from moiety.store.tables.shares import shares as share_table
from moiety.store.tables.status import places

NOW = 1_790_000_000
CONTENTS = Contents(
    (SealedTemplate("face", "sface-2021dec-int8bq", bytes(128), 2, 0, "face", False),), bytes(32)
)

Done = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Story:
    """`tell(store, log, folder, done)` works and says what is done; `check` gives what contradicts that."""

    tell: Callable[[Store, Log, Path, Done], None]
    check: Callable[[Store, Path, list[str]], list[str]]
    has_home: bool = False
    has_register: bool = False


def _tell_ledger(store: Store, log: Log, _: Path, done: Done) -> None:
    """A status change with its event, a receipt's proof, a group of many, an erasure."""
    with store.begin() as connection:
        number = connection.execute(sa.select(sa.func.count()).select_from(places)).scalar_one()
        connection.execute(places.insert().values(list=1, place=number, cti=None, expires=None, status=2))
        identifier = record(connection, "revoked", {"place": number}, 1)
    done(f"event {identifier.hex()}")
    proof = proven(store, log, identifier, now=2)
    done(f"placed {identifier.hex()} {proof.index}")
    with store.begin() as connection:
        many = record_all(connection, [("verified", {"n": one}) for one in range(5)], 2)
    done(f"event {many[0].hex()}")
    sequence(store, log, now=2)
    with store.begin() as connection:
        erase(connection, identifier)
        record(connection, "erased", {"n": 1}, 3)
    done(f"erased {identifier.hex()}")


def _check_ledger(store: Store, _: Path, told: list[str]) -> list[str]:
    wrong = []
    with store.reading() as connection:
        rows = {row.event_id.hex(): row for row in connection.execute(sa.select(events))}
        revoked = sum(row.kind == "revoked" for row in rows.values())
        erasures = sum(row.kind == "erased" for row in rows.values())
        states = connection.execute(sa.select(sa.func.count()).select_from(places)).scalar_one()
    if revoked != states:
        wrong.append(f"{states} places are revoked, and {revoked} events say so")
    if erasures != sum(row.salt is None for row in rows.values()):
        wrong.append("an erasure without its event, or the other way round")
    for line in told:
        what, *rest = line.split()
        if what == "event" and rest[0] not in rows:
            wrong.append("an event that was reported is lost")
        if what == "placed" and rows[rest[0]].leaf != int(rest[1]):
            wrong.append("an event that was proven has another place")
        if what == "erased" and (rows[rest[0]].salt is not None or rows[rest[0]].body is not None):
            wrong.append("an erased body is back")
    return wrong


def _tell_consent(store: Store, log: Log, _: Path, done: Done) -> None:
    """A consent given, a blind code under it with its share, and its withdrawal: code revoked, share gone."""
    notice = Notice("1", "en", "ltr", "Notice", (Paragraph("who", "Clinic Nord asks."),), "Yes", "No")
    consent = Consent.given("To collect medicine.", notice=notice.reference, now=NOW)
    kept, cti = bytes.fromhex(consent.record_id), random_token(16)
    with store.begin() as connection:
        consents.give(connection, ConsentRecord(consent, "en"), notice, secret_hash(new_secret()), NOW)
    done(f"given {kept.hex()}")
    with store.begin() as connection:
        register = StoredPlaces(connection, now=NOW)
        register.assign(register.reserve(), cti, NOW + 86_400)
        code = BlindCode.of("https://crash.example/", cti, b"signed")
        shares.keep(connection, code, random_token(32), None, NOW)
        consents.bind(connection, kept, cti, NOW)
    done(f"bound {cti.hex()}")
    with store.begin() as connection:
        stored = consents.find(connection, kept)
        if stored is None:
            raise AssertionError("a consent that was kept is gone")
        consents.end(connection, stored, "receipt", NOW)
    done(f"ended {cti.hex()}")
    sequence(store, log, now=NOW)


def _check_consent(store: Store, _: Path, told: list[str]) -> list[str]:
    wrong = []
    with store.reading() as connection:
        bodies = [(row.kind, row.body.decode()) for row in connection.execute(sa.select(events)) if row.body]
        rows = {bytes(row.record_id).hex(): row for row in connection.execute(sa.select(consent_table))}
        status = {
            bytes(row.cti).hex(): row.status for row in connection.execute(sa.select(places)) if row.cti
        }
        held = {bytes(one).hex() for one in connection.execute(sa.select(share_table.c.cti)).scalars()}

    def events_of(kind: str, identifier: str) -> int:
        return sum(one == kind and identifier in body for one, body in bodies)

    for identifier, row in rows.items():
        withdrawn = row.state == "withdrawn"
        if events_of("consent-given", identifier) != 1:
            wrong.append("a consent without its event")
        if events_of("consent-withdrawn", identifier) != withdrawn:
            wrong.append("a withdrawal and its event disagree")
        if withdrawn and row.cti and (status[bytes(row.cti).hex()] != 1 or bytes(row.cti).hex() in held):
            wrong.append("a withdrawn consent whose code is valid, or whose share is there")
    for cti in status:
        if events_of("share-stored", cti) - events_of("share-deleted", cti) != (cti in held):
            wrong.append("a share and its events disagree")
    for line in told:
        what, identifier = line.split()
        if what == "given" and identifier not in rows:
            wrong.append("a consent that was reported is lost")
        if what == "bound" and identifier not in status:
            wrong.append("a code that was reported is lost")
        if what == "ended" and (status[identifier] != 1 or identifier in held):
            wrong.append("a withdrawal that was reported is undone")
    return wrong


def _tell_status(_: Store, __: Log, folder: Path, done: Done) -> None:
    """An issuer's home: a code is issued, and revoked; register, status list and trust file are written."""
    issuer = Issuer.open(folder / "home")
    code = issuer.issue(CONTENTS)
    done(f"issued {code.text}")
    issuer.revoke(code)
    done(f"revoked {code.text}")


def _check_status(_: Store, folder: Path, told: list[str]) -> list[str]:
    """Whatever was interrupted, the home opens, knows its codes, and believes what it said."""
    wrong = []
    trust = TrustBundle.open(folder / "home")
    for line in told:
        what, text = line.split(" ", 1)
        code = Credential.from_text(text)
        with Register(folder / "home" / "register.sqlite3") as register:
            if register.find(code.claims.cti) is None:
                wrong.append("a code that was handed out is not in the register")
        try:
            check_code(code, trust)
        except CredentialRevoked:
            continue
        if what == "revoked":
            wrong.append("a revocation that was reported is undone")
    return wrong + left_behind(folder / "home")


def left_behind(home: Path) -> list[str]:
    """Temporary files in a home; one aside, of the process that was killed just now."""
    left = [one for one in home.iterdir() if one.name.endswith(".tmp")]
    for one in left:
        one.unlink()
    return [f"left behind: {one.name}" for one in left[1:]]


LEDGER = Story(_tell_ledger, _check_ledger)
CONSENT = Story(_tell_consent, _check_consent)
STATUS = Story(_tell_status, _check_status, has_home=True, has_register=True)
