"""The desks of the four ceremonies, each through its ceremony's own functions."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from moiety.credential import card, qr
from moiety.credential.code import Credential
from moiety.decision.policy import AllOf, AnyOf, FingersMatch, Fused, Requirement
from moiety.document.read import of_text
from moiety.document.reference import Presented
from moiety.enrolment import MOST_PICTURES
from moiety.errors import CeremonyRefused, NotAllowed, RequestMalformed
from moiety.face import gate
from moiety.face.gate import Gate
from moiety.keys import same
from moiety.liveness import Challenge
from moiety.liveness.challenge import Motion
from moiety.service.auth import Actor
from moiety.service.capture.desk import Desk, Taken
from moiety.service.ceremonies import enrolment, live, renewal, verification
from moiety.service.ceremonies.answering import answers
from moiety.service.ceremonies.captured import Captured, identifier_of, nonce_of
from moiety.service.consent import withdrawing
from moiety.service.roles import Role
from moiety.service.state import State
from moiety.session import Ceremony, Kind
from moiety.session import State as Stage
from moiety.session.ceremony import hashed, unknown
from moiety.store import ceremonies

_ROLES: Final = {
    Kind.ENROL: (Role.ENROLLER,),
    Kind.VERIFY: (Role.VERIFIER,),
    Kind.RENEW: (Role.ENROLLER,),
    Kind.WITHDRAW: (Role.ENROLLER, Role.VERIFIER),
}


def open_desk(
    state: State, actor: Actor, ceremony: str, order: Mapping[str, object], again: Callable[[], Actor]
) -> Desk:
    """The desk of a ceremony that this caller began; its frames are looked at for nobody else.

    `again` looks the caller up anew: a connection may outlive their session or their role.

    Raises:
        CeremonyRefused: unknown, another's, or over.
        NotAllowed: the caller's role is another.
        RequestMalformed: an order that does not carry what its ceremony needs.
    """
    identifier, nonce = identifier_of(ceremony), nonce_of(_text(order, "nonce"))
    with state.store.reading() as connection:
        found = ceremonies.find(connection, identifier).seen(state.now())
    if found.actor != actor.id or not same(found.nonce_hash, hashed(nonce)):
        raise unknown()
    if found.state is not Stage.BEGUN:
        raise CeremonyRefused(f"This ceremony is {found.state.value} already: each is used once.")
    _require(actor, *_ROLES[found.kind])
    if found.kind is Kind.ENROL:
        return Enrolling(state, again, found, nonce, identifier_of(_text(order, "consent")))
    if found.kind is Kind.VERIFY:
        shown = of_text(_text(order, "code"), expected=answers(state, nonce))
        return Verifying(state, again, found, nonce, shown)
    code = Credential.from_text(_text(order, "code"))
    return (Renewing if found.kind is Kind.RENEW else Withdrawing)(state, again, found, nonce, code)


@dataclass(frozen=True, slots=True, repr=False)
class _Open:
    """What all desks share: the ceremony, who may complete it, its challenge."""

    state: State
    again: Callable[[], Actor]
    ceremony: Ceremony
    nonce: bytes

    @property
    def face_gate(self) -> Gate:
        """The gate of verification."""
        return gate.VERIFY

    @property
    def most_faces(self) -> int:
        """One picture, and only where no liveness is asked for."""
        return 1

    @property
    def hands(self) -> tuple[str, ...]:
        """The right hand where the policy cannot be met without fingers; the page offers the other."""
        return ("right",) if needs_fingers(self.state.policy.requirement) else ()

    def challenge(self, motion: Motion, *, flash: bool) -> tuple[Challenge, int]:
        """The challenge of this ceremony, once the attempt is counted.

        Raises:
            RateLimited: three attempts have failed.
        """
        counted = live.attempt(self.state, self.ceremony)
        return live.challenge_of(self.state, self.ceremony, self.nonce, motion, flash=flash), counted

    def actor(self, *allowed: Role) -> Actor:
        """Who completes it, as they are now.

        Raises:
            NotSignedIn, NotAllowed: they may not any more.
        """
        return _require(self.again(), *allowed)


@dataclass(frozen=True, slots=True, repr=False)
class Verifying(_Open):
    """A verification of the holder of one code or document."""

    code: Presented

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        """Compare once, and answer."""
        answer = verification.complete(
            self.state,
            self.actor(Role.VERIFIER),
            self.ceremony.id,
            self.nonce,
            self.code,
            captured_of(taken),
            pin=_optional(order, "pin"),
            language=_language(order),
        )
        return answer.model_dump(mode="json")


@dataclass(frozen=True, slots=True, repr=False)
class Renewing(_Open):
    """The renewal of one code by a live match."""

    code: Credential

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        """Compare once; the decision, and the new code where the person matched."""
        done = renewal.complete(
            self.state,
            self.actor(Role.ENROLLER),
            self.ceremony.id,
            self.nonce,
            self.code,
            captured_of(taken),
            pin=_optional(order, "pin"),
            language=_language(order),
            identity_checked=order.get("identity_checked") is True,
        )
        issued = None if done.issued is None else handed_over(done.issued)
        return {"decision": done.answer.model_dump(mode="json"), "issued": issued}


@dataclass(frozen=True, slots=True, repr=False)
class Withdrawing(_Open):
    """A withdrawal by code and live match."""

    code: Credential

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        """Compare once; the decision, and whether the consent has ended."""
        done = withdrawing.complete(
            self.state,
            self.actor(Role.ENROLLER, Role.VERIFIER),
            self.ceremony.id,
            self.nonce,
            self.code,
            captured_of(taken),
            pin=_optional(order, "pin"),
            language=_language(order),
        )
        entry = None if done.entry is None else done.entry.model_dump(mode="json")
        return {
            "decision": done.answer.model_dump(mode="json"),
            "withdrawn": done.withdrawn,
            "ledger": entry,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Enrolling(_Open):
    """An enrolment under one recorded consent."""

    consent: bytes

    @property
    def face_gate(self) -> Gate:
        """The gate of enrolment."""
        return gate.ENROL

    @property
    def most_faces(self) -> int:
        """Pictures without a challenge: as many as one enrolment takes, where this service takes files."""
        return MOST_PICTURES if self.state.settings.enrol_from_files else 0

    @property
    def hands(self) -> tuple[str, ...]:
        """None of itself: the person chose, and the page says so."""
        return ()

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        """Make the code, once; it is handed over here and kept nowhere."""
        made = enrolment.complete(
            self.state,
            self.actor(Role.ENROLLER),
            self.ceremony.id,
            self.nonce,
            self.consent,
            captured_of(taken),
            pin=_optional(order, "pin"),
        )
        return handed_over(made)


def captured_of(taken: Taken) -> Captured:
    """What a connection took, as the ceremonies' functions want it."""
    return Captured(
        faces=tuple(taken.faces), live=taken.live, attempted_at=taken.attempted_at, hands=dict(taken.hands)
    )


def _require(actor: Actor, *allowed: Role) -> Actor:
    if not actor.roles & set(allowed):
        raise NotAllowed(f"This needs the role {' or '.join(sorted(allowed))}.")
    return actor


def needs_fingers(requirement: Requirement) -> bool:
    """Whether a requirement cannot be met by a face alone."""
    if isinstance(requirement, AllOf):
        return any(needs_fingers(one) for one in requirement.requirements)
    if isinstance(requirement, AnyOf):
        return all(needs_fingers(one) for one in requirement.requirements)
    return isinstance(requirement, (FingersMatch, Fused))


def may_use_fingers(requirement: Requirement) -> bool:
    """Whether fingers can help to meet a requirement, alone or with a face."""
    if isinstance(requirement, (AllOf, AnyOf)):
        return any(may_use_fingers(one) for one in requirement.requirements)
    return isinstance(requirement, (FingersMatch, Fused))


def handed_over(made: enrolment.Issued) -> Mapping[str, object]:
    """A new code as the page shows it: text, picture, card, its last day, and its ledger receipt."""
    credential = made.credential
    png = b64encode(qr.png(credential.text)).decode()
    pdf = b64encode(card.pdf(credential)).decode()
    return {
        "code": credential.text,
        "png": f"data:image/png;base64,{png}",
        "card": f"data:application/pdf;base64,{pdf}",
        "short_id": credential.short_id,
        "not_after": credential.claims.expires,
        "ledger": made.entry.model_dump(),
    }


def _text(order: Mapping[str, object], name: str) -> str:
    value = order.get(name)
    if not isinstance(value, str):
        raise RequestMalformed(f"The order lacks its {name}.")
    return value


def _optional(order: Mapping[str, object], name: str) -> str | None:
    value = order.get(name)
    if value is not None and not (isinstance(value, str) and 0 < len(value) <= 64):
        raise RequestMalformed(f"The order's {name} is not as it should be.")
    return value


def _language(order: Mapping[str, object]) -> str:
    value = order.get("language")
    return value if value in ("en", "ar", "es") else "en"
