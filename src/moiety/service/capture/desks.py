"""The two desks: an enrolment and a verification, each through its ceremony's own functions."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from moiety.credential import card, qr
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
from moiety.service.ceremonies import enrolment, verification
from moiety.service.ceremonies.captured import Captured, identifier_of, nonce_of
from moiety.service.roles import Role
from moiety.service.state import State
from moiety.session import Ceremony, Kind
from moiety.session import State as Stage
from moiety.session.ceremony import hashed, unknown
from moiety.store import ceremonies

_ROLES: Final = {Kind.ENROL: Role.ENROLLER, Kind.VERIFY: Role.VERIFIER}


def open_desk(
    state: State, actor: Actor, ceremony: str, order: Mapping[str, object], again: Callable[[], Actor]
) -> Desk:
    """The desk of a ceremony that this caller began; its frames are looked at for nobody else.

    `again` looks the caller up anew: a connection may outlive their session or their role.

    Raises:
        CeremonyRefused: unknown, another's, over, or of a kind that captures nothing here.
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
    role = _ROLES.get(found.kind)
    if role is None:
        raise CeremonyRefused("A ceremony of this kind is not captured here.")
    _require(actor, role)
    if found.kind is Kind.ENROL:
        return Enrolling(state, again, found, nonce, identifier_of(_text(order, "consent")))
    return Verifying(state, again, found, nonce, of_text(_text(order, "code")))


@dataclass(frozen=True, slots=True, repr=False)
class Verifying:
    """A verification of the holder of one code or document."""

    state: State
    again: Callable[[], Actor]
    ceremony: Ceremony
    nonce: bytes
    code: Presented

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
        return ("right",) if needs_fingers(self.state.policy.require) else ()

    def challenge(self, motion: Motion, *, flash: bool) -> Challenge:
        """The challenge that this ceremony's nonce draws."""
        return Challenge.from_nonce(self.nonce, motion=motion, flash=flash)

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        """Compare once, and answer."""
        answer = verification.complete(
            self.state,
            _require(self.again(), Role.VERIFIER),
            self.ceremony.id,
            self.nonce,
            self.code,
            Captured(faces=tuple(taken.faces), live=taken.live, hands=dict(taken.hands)),
            pin=_optional(order, "pin"),
            language=_language(order),
        )
        return answer.model_dump(mode="json")


@dataclass(frozen=True, slots=True, repr=False)
class Enrolling:
    """An enrolment under one recorded consent."""

    state: State
    again: Callable[[], Actor]
    ceremony: Ceremony
    nonce: bytes
    consent: bytes

    @property
    def face_gate(self) -> Gate:
        """The gate of enrolment."""
        return gate.ENROL

    @property
    def most_faces(self) -> int:
        """As many as one enrolment takes."""
        return MOST_PICTURES

    @property
    def hands(self) -> tuple[str, ...]:
        """None of itself: the person chose, and the page says so."""
        return ()

    def challenge(self, motion: Motion, *, flash: bool) -> Challenge:
        """None: the person who enrols is watched by the one who enrols them."""
        raise RequestMalformed(f"An enrolment has no challenge ({motion}, colours: {flash}).")

    def complete(self, taken: Taken, order: Mapping[str, object]) -> Mapping[str, object]:
        """Make the code, once; it is handed over here and kept nowhere."""
        made = enrolment.complete(
            self.state,
            _require(self.again(), Role.ENROLLER),
            self.ceremony.id,
            self.nonce,
            self.consent,
            Captured(faces=tuple(taken.faces), hands=dict(taken.hands)),
            pin=_optional(order, "pin"),
        )
        return handed_over(made)


def _require(actor: Actor, role: Role) -> Actor:
    if role not in actor.roles:
        raise NotAllowed(f"This needs the role {role}.")
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
