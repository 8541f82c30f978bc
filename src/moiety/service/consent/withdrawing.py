"""Withdrawing: with the receipt or its secret; by code and live match; or by an operator on one's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moiety.consent.receipt import read_receipt
from moiety.consent.secret import read_secret, secret_hash
from moiety.credential.check import check
from moiety.credential.code import Credential
from moiety.decision.decision import Outcome
from moiety.document.own import OwnAccepted, OwnCode
from moiety.errors import ConsentError, NotFound
from moiety.ledger.receipt import LedgerReceipt
from moiety.service.account import entry_of
from moiety.service.answers import Answer, Entry, answer
from moiety.service.auth import Actor
from moiety.service.ceremonies import verification
from moiety.service.ceremonies.captured import Captured
from moiety.service.ceremonies.own_codes import require_issued_here
from moiety.service.ceremonies.turn import ended, started, taken, working
from moiety.service.ceremonies.verification import BegunVerification
from moiety.service.consent.asking import trusted_keys
from moiety.service.parameters import LIMIT_WITHDRAWAL
from moiety.service.state import State
from moiety.session import Kind
from moiety.session import State as Stage
from moiety.store import consents, limits
from moiety.store.consents import StoredConsent
from moiety.store.limits import DAY_S


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A consent that has ended, and the receipt of that in the log; None where it had ended before."""

    consent: StoredConsent
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Ended:
    """What a withdrawal by match came to: the decision, and the receipt of the consent's end if it ended."""

    answer: Answer
    withdrawn: bool
    entry: Entry | None


def by_receipt(
    state: State, address: str, *, receipt: dict[str, Any] | None, secret: str | None
) -> Withdrawal:
    """End the consent of a receipt, or of the secret typed from one. Who has it needs nothing else.

    A slip in typing and a forged receipt are told before anything is looked up, and count as no attempt. A
    right one never counts, and is never refused for what others tried.

    Raises:
        ConsentError: no receipt, forged, mistyped, or of no consent here.
        RateLimited: too many attempts from this address.
    """
    if receipt is not None:
        read = read_receipt(receipt, trusted_keys(state))
        if read.secret is None:
            raise ConsentError(
                "The withdrawal code was cut off this receipt.", remedy="Type it, or withdraw at a desk."
            )
        raw = read.secret
    else:
        raw = read_secret("" if secret is None else secret)
    now = state.now()
    with state.store.begin() as connection:
        found = consents.find_by_secret(connection, secret_hash(raw))
        event = None if found is None else consents.end(connection, found, "receipt", now)
    if found is None:
        with state.store.begin() as connection:  # a transaction that stays, whatever is raised
            subject = limits.pseudonym(connection, address.encode(), now // DAY_S)
            limits.count(connection, LIMIT_WITHDRAWAL, subject, now)
        raise ConsentError(
            "This withdrawal code belongs to no consent here.",
            remedy="Compare it with the receipt; a consent that ended long ago is erased.",
        )
    return _entered(state, found, event)


def by_operator(state: State, actor: Actor, identifier: bytes) -> Withdrawal:
    """End a consent on the person's word, which this operator heard.

    Raises:
        NotFound: there is no such consent.
    """
    with state.store.begin() as connection:
        found = consents.find(connection, identifier)
        if found is None:
            raise NotFound("There is no such consent.")
        event = consents.end(connection, found, "operator", state.now(), by=actor.id)
    return _entered(state, found, event)


def _entered(state: State, found: StoredConsent, event: LedgerReceipt | None) -> Withdrawal:
    return Withdrawal(found, None if event is None else entry_of(state, event))


def begin(state: State, actor: Actor, code: Credential) -> BegunVerification:
    """Begin a withdrawal by code and live match, for a person whose receipt is lost.

    Raises:
        CredentialRefused: the code must not be relied on.
        ConsentError: no consent of this code is known here, or another issuer made it.
        RateLimited: too many attempts with this code or by this caller.
    """
    now = state.now()
    checked = check(code, state.trust.current(now), now=now, max_status_age=state.policy.max_status_age_s)
    require_issued_here(state, code)
    with state.store.reading() as connection:
        if consents.find_by_code(connection, code.claims.cti) is None:
            raise ConsentError("The consent on which this code rests is not known here.")
    begun = started(state, actor, Kind.WITHDRAW, OwnCode(code).handle, {}, credential=True)
    return BegunVerification(begun, OwnAccepted(checked).evidence)


def complete(
    state: State,
    actor: Actor,
    identifier: bytes,
    nonce: bytes,
    code: Credential,
    captured: Captured,
    *,
    pin: str | None = None,
    language: str = "en",
) -> Ended:
    """Compare; where the person matches, end the consent and revoke the code, in one transaction.

    Raises:
        as `verification.complete`; ConsentError: another issuer made the code.
    """
    require_issued_here(state, code)
    ceremony, pseudonym = taken(state, actor, Kind.WITHDRAW, identifier, nonce, OwnCode(code).handle)
    required = state.policy.liveness == "required"
    with working(state, ceremony):
        decision = verification.decide(state, code, captured, ceremony, nonce, pin)
        receipt = verification.receipt_of(state, decision, ceremony, pseudonym)
        now, ending = state.now(), None
        with state.store.begin() as connection:
            keeping, event = verification.recording(decision, pseudonym, now)
            ended(connection, ceremony, Stage.COMPLETED, now, keeping)
            found = consents.find_by_code(connection, code.claims.cti)
            if decision.outcome is Outcome.ACCEPT and found is not None:
                ending = consents.end(connection, found, "live-match", now, by=actor.id)
    state.metrics.decided(decision)
    told = answer(decision, language=language, liveness_required=required, receipt=receipt)
    entry = None if ending is None else entry_of(state, ending)
    return Ended(told.entered(entry_of(state, event)), ending is not None, entry)
