"""Consents in the store: given, tied to their code, seen, ended; each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from moiety.consent import Consent
from moiety.consent.iso27560 import ConsentRecord, Ending, Relation, State
from moiety.consent.notice import Notice
from moiety.errors import ConsentError
from moiety.keys import same
from moiety.ledger.receipt import LedgerReceipt
from moiety.store.events import record as record_event
from moiety.store.events import recorded
from moiety.store.places import revoke
from moiety.store.tables.consents import consents, fallbacks, notices

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class StoredConsent:
    """A consent as the store has it.

    Attributes:
        record: the record itself.
        cti: the code that rests on it, 16 bytes, or None as long as there is none.
        seen_day: the last interaction, in days since 1970 (UTC).
        ending: how it ended, or None.
    """

    record: ConsentRecord
    cti: bytes | None
    seen_day: int
    ending: str | None

    @property
    def record_id(self) -> bytes:
        """Its identifier, 16 bytes."""
        return bytes.fromhex(self.record.consent.record_id)


def give(
    connection: Connection,
    record: ConsentRecord,
    notice: Notice,
    secret_hash: bytes,
    now: int,
    *,
    by: str | None = None,
) -> bytes:
    """Keep a consent that was given now, with the notice that was read; the identifier of its event.

    Args:
        connection: a transaction that writes.
        record: the consent, as given.
        notice: the very notice; its reference is the record's.
        secret_hash: of the withdrawal secret, 32 bytes; the secret itself is never here.
        now: UTC seconds.
        by: who recorded it, for the event.

    Raises:
        ConsentError: the record names another notice.
    """
    consent = record.consent
    if consent.notice_version != notice.reference:
        raise ConsentError("The consent rests on another notice than the one that was read.")
    _keep_notice(connection, notice, now)
    connection.execute(
        consents.insert().values(
            record_id=bytes.fromhex(consent.record_id),
            salt=bytes.fromhex(consent.salt),
            purpose=consent.purpose,
            modalities=",".join(sorted(consent.modalities)),
            notice=notice.digest,
            guardian=None if record.guardian is None else record.guardian.value,
            given_at=consent.given_at,
            expires_at=consent.expires_at,
            state=State.GIVEN.value,
            secret_hash=secret_hash,
            seen_day=now // DAY_S,
        )
    )
    child = record.guardian is not None
    told = {"consent": consent.record_id, "language": record.language}
    return record_event(connection, "consent-given", {**told, "child": child, **_by(by)}, now)


def _keep_notice(connection: Connection, notice: Notice, now: int) -> None:
    values = {
        "digest": notice.digest,
        "version": notice.version,
        "language": notice.language,
        "told": notice.canonical().decode(),
        "first_used": now,
    }
    connection.execute(_insert(connection, notices).values(values).on_conflict_do_nothing())


def find(connection: Connection, record_id: bytes) -> StoredConsent | None:
    """The consent of an identifier, or None."""
    return _one(connection, consents.c.record_id == record_id)


def find_by_code(connection: Connection, cti: bytes) -> StoredConsent | None:
    """The consent on which a code rests, or None."""
    return _one(connection, consents.c.cti == cti)


def find_by_secret(connection: Connection, secret_hash: bytes) -> StoredConsent | None:
    """The consent whose withdrawal secret has this SHA-256, or None.

    Found by index, then compared again in a time that tells nothing. A search by index could leak how many
    leading bytes of a hash agree; they are of a hash of 128 random bits, from which nobody gets to a secret.
    """
    row = connection.execute(
        sa.select(consents.c.record_id, consents.c.secret_hash).where(consents.c.secret_hash == secret_hash)
    ).first()
    return find(connection, row.record_id) if row is not None and same(row.secret_hash, secret_hash) else None


def bind(
    connection: Connection, record_id: bytes, cti: bytes, now: int, *, instead_of: bytes | None = None
) -> None:
    """Tie a consent to the code that was made under it; `instead_of` names the code that a renewal replaces.

    Raises:
        ConsentError: no such consent, ended, expired, or tied to another code.
    """
    tied = consents.c.cti.is_(None) if instead_of is None else consents.c.cti == instead_of
    done = connection.execute(
        consents.update()
        .where(
            consents.c.record_id == record_id,
            consents.c.state == State.GIVEN.value,
            consents.c.expires_at > now,
            tied,
        )
        .values(cti=cti, seen_day=now // DAY_S)
    )
    if done.rowcount != 1:
        raise ConsentError(
            "There is no such consent, or it has ended, or a code rests on it already.",
            remedy="Ask the person again; one consent leads to one code.",
        )


def end(
    connection: Connection, stored: StoredConsent, ending: Ending, now: int, *, by: str | None = None
) -> LedgerReceipt | None:
    """End a consent, and revoke the code that rests on it, in this one transaction.

    `by` is the operator at whose desk it ended, for the event.
    Returns the receipt of the event, without a proof so far; None where it had ended before, which changes
    nothing.
    """
    state = State.EXPIRED if ending in ("expired", "unused") else State.WITHDRAWN
    done = connection.execute(
        consents.update()
        .where(consents.c.record_id == stored.record_id, consents.c.state == State.GIVEN.value)
        .values(state=state.value, ended_at=now, ending=ending)
    )
    if done.rowcount != 1:
        return None
    kind = "consent-expired" if state is State.EXPIRED else "consent-withdrawn"
    body = {"consent": stored.record.consent.record_id, "how": ending, **_by(by)}
    event = recorded(connection, kind, body, now)
    if stored.cti is not None and revoke(connection, stored.cti, now):
        record_event(connection, "revoked", {"code": stored.cti.hex(), "why": ending}, now)
    return event


def count_fallback(connection: Connection, stage: str, now: int) -> None:
    """Count that somebody took the way without biometrics: the day and the stage, and nothing else."""
    day = now // DAY_S
    one = _insert(connection, fallbacks).values(day=day, stage=stage, times=1)
    again = {"times": fallbacks.c.times + 1}
    connection.execute(one.on_conflict_do_update(index_elements=["day", "stage"], set_=again))
    record_event(connection, "fallback", {"stage": stage}, now)


def _by(actor: str | None) -> dict[str, str]:
    return {} if actor is None else {"by": actor}


def _insert(connection: Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """An insertion that can say what a conflict means, which both databases write alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _one(connection: Connection, condition: sa.ColumnElement[bool]) -> StoredConsent | None:
    query = sa.select(consents, notices.c.version, notices.c.language).join(notices).where(condition)
    row = connection.execute(query).mappings().first()
    return None if row is None else read_row(row)


def read_row(row: Mapping[str, Any] | sa.RowMapping) -> StoredConsent:
    """A row of `consents` joined with its notice's version and language."""
    consent = Consent(
        record_id=row["record_id"].hex(),
        salt=row["salt"].hex(),
        purpose=row["purpose"],
        modalities=tuple(row["modalities"].split(",")),
        notice_version=f"{row['version']}/{row['language']}/{row['notice'].hex()}",
        given_at=row["given_at"],
        expires_at=row["expires_at"],
        withdrawn_at=row["ended_at"] if row["state"] == State.WITHDRAWN.value else None,
    )
    record = ConsentRecord(
        consent=consent,
        language=row["language"],
        guardian=None if row["guardian"] is None else Relation(row["guardian"]),
        state=State(row["state"]),
        ended_at=row["ended_at"],
    )
    return StoredConsent(record, row["cti"], row["seen_day"], row["ending"])
