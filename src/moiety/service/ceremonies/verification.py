"""Verification: a code is checked and a challenge begun; then what was captured is compared, once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from moiety.credential.code import Credential
from moiety.credential.trust import TrustBundle
from moiety.decision.decision import CredentialEvidence, Decision, Liveness
from moiety.decision.floor import require_floor
from moiety.decision_receipt import Receipt
from moiety.document.demands import require_demands
from moiety.document.encrypted import handle_under
from moiety.document.reference import Presented
from moiety.errors import RequestMalformed
from moiety.ledger.receipt import LedgerReceipt
from moiety.service.account import Done, entry_of, kept
from moiety.service.answers import Answer, answer
from moiety.service.auth import Actor
from moiety.service.ceremonies import live
from moiety.service.ceremonies.captured import Captured
from moiety.service.ceremonies.own_codes import issued_here
from moiety.service.ceremonies.released import with_shares
from moiety.service.ceremonies.turn import completed, started, taken, working
from moiety.service.state import State
from moiety.session import Begun, Ceremony, Kind
from moiety.store import events
from moiety.store.sightings import seeing
from moiety.store.together import Write
from moiety.verification import verify


@dataclass(frozen=True, slots=True)
class BegunVerification:
    """A verification under way, and what was checked of the code or document."""

    begun: Begun
    about: CredentialEvidence


def begin(state: State, actor: Actor, code: Presented) -> BegunVerification:
    """Check the code or document and begin a verification of its holder.

    Raises:
        CredentialRefused: the code must not be relied on; nothing needs to be captured.
        RateLimited: too many attempts with this code or by this caller.
    """
    now = state.now()
    believed = state.trust.current(now)
    require_floor(state.policy, believed.policies)
    accepted = code.accept(believed, now=now, max_status_age=state.policy.max_status_age_s)
    require_demands(accepted, state.policy)
    begun = started(state, actor, Kind.VERIFY, handle_under(lambda: believed, code), {}, credential=True)
    return BegunVerification(begun, accepted.evidence)


def complete(
    state: State,
    actor: Actor,
    identifier: bytes,
    nonce: bytes,
    code: Presented,
    captured: Captured,
    *,
    pin: str | None = None,
    language: str = "en",
) -> Answer:
    """Compare what was captured with the code that the ceremony was begun for, once, and keep the event.

    Raises:
        CeremonyRefused: unknown, another's, used, expired, or begun for another code.
        InputError, CredentialRefused, UsageError: nothing was compared; the ceremony has failed.
        Overloaded: too many captures at once; the ceremony has failed.
    """
    handle = handle_under(lambda: state.trust.current(state.now()), code)
    ceremony, pseudonym = taken(state, actor, Kind.VERIFY, identifier, nonce, handle)
    with working(state, ceremony):
        decision = decide(state, code, captured, ceremony, nonce, pin)
        receipt = receipt_of(state, decision, ceremony, pseudonym)
        now, own = state.now(), issued_here(state, code)

        def end(connection: Connection) -> Done:
            seen = [] if own is None else [seeing(own.claims.cti, now)]
            event, receipt = recording(decision, pseudonym, now)
            first = completed(state, connection, ceremony, now, event, *seen)
            return Done(receipt, first)

        event = kept(state, end)
    state.metrics.decided(decision)
    required = state.policy.liveness == "required"
    return answer(decision, language=language, liveness_required=required, receipt=receipt).entered(
        entry_of(state, event)
    )


def recording(decision: Decision, pseudonym: bytes, now: int) -> tuple[Write, LedgerReceipt]:
    """What keeps the event of a decision, the code under the day's key; and its receipt, without a proof."""
    body = {
        "code": pseudonym.hex(),
        "outcome": decision.outcome.value,
        "liveness": decision.liveness.value,
    }
    return events.recording("verified", body, now)


def receipt_of(state: State, decision: Decision, ceremony: Ceremony, pseudonym: bytes) -> bytes:
    """The signed receipt of a decision."""
    required = state.policy.liveness == "required"
    receipt = Receipt.of(
        decision, ceremony=ceremony.id, code=pseudonym, liveness_required=required, now=state.now()
    )
    return receipt.sign(state.device_key())


def decide(
    state: State,
    code: Presented | Credential,
    captured: Captured,
    ceremony: Ceremony,
    nonce: bytes,
    pin: str | None,
    *,
    trust: TrustBundle | None = None,
) -> Decision:
    """The decision, worked out on one of this machine's cores, under the trust of now or of a renewal."""
    now = state.now()
    believed = with_shares(state, state.trust.current(now) if trust is None else trust, code)
    if len(captured.faces) > 1:
        raise RequestMalformed("One picture of the face is compared, and never the best of several.")
    watch = live.admitted(state, ceremony, nonce, captured)
    decision = state.work.run(
        lambda: verify(
            credential=code,
            face=captured.faces[0] if captured.faces else None,
            fingers=captured.fingers or None,
            hands=captured.hands or None,
            live=watch,
            trust=believed,
            policy=state.policy,
            pin=pin,
            tables=state.tables,
            now=now,
        )
    )
    if decision.liveness is Liveness.SHOWN:
        live.give_back(state, ceremony, captured)
    return decision
