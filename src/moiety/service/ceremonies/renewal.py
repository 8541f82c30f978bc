"""Renewal: a fresh live match opens the old code, and the same templates are sealed anew in memory.

It needs a station that holds both keys, the group's and the issuer's. The old code is revoked in the same
transaction that makes the new one, and the consent on which it rested passes on.

Where the group's key was stolen, the thief may hold the template, and make a face of it. Such a code is
renewed only by an operator who is signed in and has seen an identity document of the holder, with liveness
whatever the policy says, and at a tenth of its false match rate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from moiety.credential.check import check, open_contents
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.issuer import Issuer
from moiety.credential.trust_parameters import ISSUE_DAYS
from moiety.decision import parameters
from moiety.decision.decision import Outcome
from moiety.decision.policy import Policy
from moiety.document.own import OwnAccepted, OwnCode
from moiety.errors import ConsentError, NotAllowed
from moiety.keys import same
from moiety.ledger.receipt import LedgerReceipt
from moiety.service.account import Done, entry_of, kept
from moiety.service.answers import Answer, answer
from moiety.service.auth import Actor
from moiety.service.ceremonies import verification
from moiety.service.ceremonies.captured import Captured
from moiety.service.ceremonies.enrolment import Issued, KeptShares, issuing
from moiety.service.ceremonies.own_codes import require_issued_here
from moiety.service.ceremonies.released import with_shares
from moiety.service.ceremonies.turn import completed, ended, started, taken, working
from moiety.service.ceremonies.verification import BegunVerification
from moiety.service.state import State
from moiety.session import Ceremony, Kind
from moiety.session import State as Stage
from moiety.store import consents, events, places
from moiety.store.consents import StoredConsent


@dataclass(frozen=True, slots=True)
class Renewed:
    """What came of it: the decision, and the new code where the person matched."""

    answer: Answer
    issued: Issued | None


def begin(state: State, actor: Actor, code: Credential) -> BegunVerification:
    """Check the old code and its consent, and begin.

    Raises:
        NotAllowed: the code's group key was stolen, and an API client calls.
        CredentialRefused: the code must not be relied on.
        ConsentError: the consent it rests on ended, or is not known here; or another issuer made the code.
        KeyUnavailable: this home issues nothing.
        RateLimited: too many attempts with this code or by this caller.
    """
    now = state.now()
    _require_operator(state, actor, code)
    checked = check(
        code, state.trust.current(now).renewing(), now=now, max_status_age=state.policy.max_status_age_s
    )
    _days(state, code, now)
    Issuer.open(state.settings.home, now=now)
    begun = started(state, actor, Kind.RENEW, OwnCode(code).handle, {}, credential=True)
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
    identity_checked: bool = False,
) -> Renewed:
    """Compare; where the person matches, make the new code and revoke the old one, in one transaction.

    `identity_checked` says that the operator has seen an identity document of the holder: it is needed where
    the code's group key was stolen.

    Raises:
        as `verification.complete`; NotAllowed where that is needed and wasn't said; ConsentError where the
            consent ended meanwhile.
    """
    require_issued_here(state, code)
    stolen = _require_operator(state, actor, code)
    if stolen and not identity_checked:
        raise NotAllowed(
            "The key of this code's group was stolen, so a matching face isn't enough to renew it.",
            remedy="See an identity document of the holder, then say so with identity_checked.",
        )
    ceremony, pseudonym = taken(state, actor, Kind.RENEW, identifier, nonce, OwnCode(code).handle)
    asking = replace(state, policy=after_theft(state.policy)) if stolen else state
    required = asking.policy.liveness == "required"
    with working(state, ceremony):
        decision = verification.decide(
            asking, code, captured, ceremony, nonce, pin, trust=state.trust.current(state.now()).renewing()
        )
        receipt = verification.receipt_of(asking, decision, ceremony, pseudonym)
        fresh: Credential | None = None
        event: LedgerReceipt | bytes
        if decision.outcome is Outcome.ACCEPT:
            fresh, event = _issue(state, actor, ceremony, code, pin)
        else:
            now = state.now()

            def end(connection: Connection) -> Done:
                event, receipt = verification.recording(decision, pseudonym, now)
                return Done(receipt, completed(state, connection, ceremony, now, event))

            event = kept(state, end)
    state.metrics.decided(decision)
    entry = entry_of(state, event)
    told = answer(decision, language=language, liveness_required=required, receipt=receipt).entered(entry)
    return Renewed(told, None if fresh is None else Issued(fresh, entry))


def _require_operator(state: State, actor: Actor, code: Credential) -> bool:
    """Whether the key of the code's group was stolen; a person must then be signed in."""
    stolen = state.trust.current(state.now()).distrusts(code.claims.group)
    if stolen and actor.session is None:
        raise NotAllowed(
            "The key of this code's group was stolen: an API client can't renew it.",
            remedy="Sign in with the role enroller, and see an identity document of the holder.",
        )
    return stolen


def after_theft(policy: Policy) -> Policy:
    """What a holder must show where a thief may hold the template."""
    fmr = max(parameters.FMR_LOWEST, policy.fmr * parameters.AFTER_THEFT_SHARE)
    return policy.changed(fmr=fmr, liveness="required")


def _issue(
    state: State, actor: Actor, ceremony: Ceremony, code: Credential, pin: str | None
) -> tuple[Credential, bytes]:
    """The new code, and the identifier of its event."""
    now = state.now()
    trust = with_shares(state, state.trust.current(now).renewing(), code)
    old = code.claims.cti
    days, stored = _days(state, code, now)
    halves, event = KeptShares(), list[bytes]()

    def finish(connection: Connection, cti: bytes) -> None:
        halves.store(connection, cti, now)
        consents.bind(connection, stored.record_id, cti, now, instead_of=old)
        places.revoke(connection, old, now)
        body = {"code": cti.hex(), "instead_of": old.hex(), "by": actor.id}
        event.append(events.record(connection, "renewed", body, now))
        ended(connection, ceremony, Stage.COMPLETED, now)

    issuer = Issuer.open(state.settings.home, places=issuing(state, finish, now), shares=halves.take, now=now)

    def sealed() -> Credential:
        checked = check(code, trust, now=now, max_status_age=state.policy.max_status_age_s)
        contents: Contents = open_contents(checked, trust, pin)
        if not same(contents.consent_hash, stored.record.consent.commitment()):
            raise ConsentError("The code rests on another consent.")
        return issuer.issue(contents, profile=code.claims.profile, pin=pin, valid_days=days, now=now)

    return state.work.run(sealed), event[0]


def _days(state: State, code: Credential, now: int) -> tuple[int, StoredConsent]:
    """How long the new code may be valid, and the consent that says so."""
    require_issued_here(state, code)
    with state.store.reading() as connection:
        stored = consents.find_by_code(connection, code.claims.cti)
    if stored is None:
        raise ConsentError("The consent on which this code rests is not known here.")
    consent = stored.record.consent
    consent.require(frozenset(consent.modalities), now=now)
    if stored.ending is not None:  # as expired or unused, which the consent itself does not say
        raise ConsentError("The consent has ended.", remedy="Ask for a new one, and enrol anew.")
    days = min(consent.days_left(now=now), ISSUE_DAYS)
    if days < 1:
        raise ConsentError("The consent ends today.", remedy="Ask for a new one, and enrol anew.")
    return days, stored
