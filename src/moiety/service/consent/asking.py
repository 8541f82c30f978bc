"""Asking and recording: the notice that is read, and the consent that rests on that very notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moiety.consent import Consent
from moiety.consent.iso27560 import ConsentRecord, Relation, require_guardian
from moiety.consent.notice import Notice, notice
from moiety.consent.receipt import told, write_receipt
from moiety.consent.secret import new_secret, secret_hash, written
from moiety.consent.settings import ConsentSettings
from moiety.credential.issuer import Issuer
from moiety.credential.layout import Home
from moiety.errors import Conflict
from moiety.keys import Signer, VerifyingKey
from moiety.ledger.receipt import MEMBER
from moiety.service.account import entry_of
from moiety.service.state import State
from moiety.store import consents

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked.

    Attributes:
        purpose: one of the site's, by name; or in words, where the site allows that.
        modalities: "face", "finger".
        language: in which they read.
        guardian: who agrees for a child, or None.
        days: for how long, or None for as long as the site allows.
    """

    purpose: str
    modalities: tuple[str, ...]
    language: str
    guardian: Relation | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What the person takes away. `secret` is shown once, and kept nowhere here."""

    record: ConsentRecord
    receipt: dict[str, Any]
    secret: str
    lines: tuple[str, ...]


def settings_of(state: State) -> ConsentSettings:
    """The site's settings, as they are now.

    Raises:
        DocumentUnreadable, UsageError: the home's `consent.json`.
    """
    home = Home.open(state.settings.home)
    return ConsentSettings.open(home.path, home.issuer_uri or state.settings.site)


def ask(state: State, question: Question) -> tuple[Notice, int]:
    """The notice to be read, and for how many days it asks.

    Raises:
        ConsentError, UsageError: what cannot be asked.
    """
    settings = settings_of(state)
    child = question.guardian is not None
    days = settings.most_days(child=child) if question.days is None else question.days
    made = notice(
        settings,
        purpose=question.purpose,
        modalities=question.modalities,
        language=question.language,
        days=days,
        child=child,
        schedule_at=f"{state.settings.site}/schedule",
        now=state.now(),
    )
    return made, days


def record(state: State, question: Question, reference: str, *, by: str) -> Given:
    """Record that the person agreed to the notice of this reference, and make their receipt.

    `by` is the operator who recorded it.

    Raises:
        Conflict: the notice reads otherwise now: it has to be read again.
        ConsentError, UsageError: what cannot be agreed to.
        KeyUnavailable: no key here can sign a receipt.
    """
    settings = settings_of(state)
    require_guardian(child=question.guardian is not None, guardian=question.guardian)
    made, days = ask(state, question)
    if made.reference != reference:
        raise Conflict("The notice reads otherwise now.", remedy="Let the person read it again.")
    now = state.now()
    consent = Consent.given(
        settings.purpose(question.purpose, question.language),
        modalities=tuple(sorted(set(question.modalities))),
        days=days,
        notice=made.reference,
        now=now,
    )
    kept = ConsentRecord(consent, question.language, question.guardian)
    secret, signer = new_secret(), signing_key(state)
    receipt = write_receipt(kept, settings, secret, signer, now=now)
    with state.store.begin() as connection:
        event = consents.give(connection, kept, made, secret_hash(secret), now, by=by)
    entry = entry_of(state, event).model_dump()
    where = settings.withdraw_at or f"{state.settings.site}/withdraw"
    return Given(kept, {**receipt, MEMBER: entry}, written(secret), told(kept, settings, secret, where=where))


def signing_key(state: State) -> Signer:
    """The key that signs receipts of consent: the issuer's, or the device's where nothing is issued.

    Raises:
        KeyUnavailable: neither is here.
    """
    if Home.open(state.settings.home).issues:
        return Issuer.open(state.settings.home, now=state.now()).signer
    return state.device_key()


def trusted_keys(state: State) -> list[VerifyingKey]:
    """Whose receipts count here: those of this home's issuer, old keys included, and of this device."""
    home, trust = Home.open(state.settings.home), state.trust.current(state.now())
    issuer = None if home.issuer_uri is None else trust.bundle.issuer(home.issuer_uri)
    keys = [] if issuer is None else [one.key for one in issuer.keys]
    return [*keys, *([] if state.device is None else [state.device.verifying_key])]


def facts(given: ConsentRecord) -> dict[str, Any]:
    """What an operator's page needs of a record."""
    return {
        "id": given.consent.record_id,
        "state": given.state.value,
        "given_at": given.consent.given_at,
        "expires_at": given.consent.expires_at,
        "ended_at": given.ended_at,
    }
