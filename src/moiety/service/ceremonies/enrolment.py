"""Enrolment: begun under one recorded consent; then the pictures become a code, and nothing of them stays."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection

from moiety.consent import Consent
from moiety.credential.blind import BlindCode
from moiety.credential.claims import Profile
from moiety.credential.code import Credential
from moiety.credential.issuer import Issuer
from moiety.credential.places import OpenPlaces, Places
from moiety.enrolment import enrol
from moiety.errors import ConsentError, NotAllowed, PicturesDisagree, QualityRefused
from moiety.service.account import entry_of
from moiety.service.answers import Entry
from moiety.service.auth import Actor
from moiety.service.ceremonies import live
from moiety.service.ceremonies.captured import Captured
from moiety.service.ceremonies.turn import ended, started, taken, working
from moiety.service.state import State
from moiety.session import Begun, Ceremony, Kind
from moiety.session import State as Stage
from moiety.store import consents, events, shares
from moiety.store.places import StoredPlaces

Modality = Literal["face", "finger"]
PROFILES: Final[Mapping[str, Profile]] = {"card": "card", "paper": "paper", "blind": "blind"}


@dataclass(frozen=True, slots=True)
class Issued:
    """A new code, and the receipt of its event in the log."""

    credential: Credential
    entry: Entry


def begin(
    state: State,
    actor: Actor,
    consent: bytes,
    *,
    modalities: frozenset[Modality],
    profile: Profile = "card",
) -> Begun:
    """Begin the enrolment of a person whose consent is recorded under this identifier (16 bytes).

    Raises:
        ConsentError: there is none, it ended, does not cover the modalities, or has led to a code already.
        KeyUnavailable: this home issues nothing.
        RateLimited: too many by this caller.
    """
    now = state.now()
    given_consent(state, consent, frozenset[str](modalities), now)
    Issuer.open(state.settings.home, now=now)
    return started(state, actor, Kind.ENROL, consent, {"profile": profile}, credential=False)


def complete(
    state: State,
    actor: Actor,
    identifier: bytes,
    nonce: bytes,
    consent: bytes,
    captured: Captured,
    *,
    pin: str | None = None,
    valid_days: int | None = None,
) -> Issued:
    """Make the code, tie the consent to it, keep the event and end the ceremony: in one transaction.

    Raises:
        NotAllowed: pictures from files, where no administrator lets this service take them.
        CeremonyRefused: unknown, another's, used, expired, or begun under another consent.
        ConsentError: withdrawn meanwhile, or it does not cover what was captured.
        InputError, CaptureRefused, UsageError: no code was made; the ceremony has failed.
    """
    require_live(state, captured)
    ceremony, _ = taken(state, actor, Kind.ENROL, identifier, nonce, consent)
    with working(state, ceremony), _given_back(state, ceremony, captured):
        now = state.now()
        given = given_consent(state, consent, None, now)
        profile = PROFILES[str(ceremony.options["profile"])]
        halves, told = KeptShares(), list[bytes]()

        def finish(connection: Connection, cti: bytes) -> None:
            halves.store(connection, cti, now)
            consents.bind(connection, consent, cti, now)
            body = {"code": cti.hex(), "consent": consent.hex(), "profile": profile, "by": actor.id}
            told.append(events.record(connection, "enrolled", body, now))
            ended(connection, ceremony, Stage.COMPLETED, now)

        issuer = Issuer.open(
            state.settings.home, places=issuing(state, finish, now), shares=halves.take, now=now
        )
        watch = live.admitted(state, ceremony, nonce, captured)
        credential = state.work.run(
            lambda: enrol(
                face=list(captured.faces) or None,
                fingers=captured.fingers or None,
                hands=captured.hands or None,
                live=watch,
                consent=given,
                issuer=issuer,
                profile=profile,
                pin=pin,
                valid_days=valid_days,
                tables=state.tables,
                now=now,
            )
        )
    state.metrics.enrolled()
    return Issued(credential, entry_of(state, told[0]))


@contextlib.contextmanager
def _given_back(state: State, ceremony: Ceremony, captured: Captured) -> Iterator[None]:
    """Count no attempt where a live person was shown, also when the pictures are then unfit."""
    try:
        yield
    except (QualityRefused, PicturesDisagree):
        live.give_back(state, ceremony, captured)
        raise
    live.give_back(state, ceremony, captured)


def require_live(state: State, captured: Captured) -> None:
    """Refuse pictures that no live capture took, where the service is not set to enrol from files.

    Raises:
        NotAllowed: it is not.
    """
    if captured.live is None and not state.settings.enrol_from_files:
        raise NotAllowed(
            "This service enrols people by a live capture.",
            remedy="Capture on the page, or through /v1/capture/{ceremony}. To take files, which can be "
            "morphs, an administrator starts it with --enrol-from-files; the codes say so.",
        )


class KeptShares:
    """The service's half of the key of the one code that is being issued, until its transaction keeps it."""

    def __init__(self) -> None:
        self._taken: tuple[BlindCode, bytes, str | None] | None = None

    def take(self, code: BlindCode, share: bytes, pin: str | None) -> None:
        """As the issuer hands it over; a `ShareKeeper`."""
        self._taken = (code, share, pin)

    def store(self, connection: Connection, cti: bytes, now: int) -> None:
        """Keep it with the code's place, in one transaction; nothing, where the code has none."""
        if self._taken is not None and self._taken[0].cti == cti:
            shares.keep(connection, *self._taken, now)


def given_consent(state: State, identifier: bytes, modalities: frozenset[str] | None, now: int) -> Consent:
    """The consent of an identifier, given and not ended, without a code so far.

    Raises:
        ConsentError: there is none such, or it does not cover the modalities.
    """
    with state.store.reading() as connection:
        stored = consents.find(connection, identifier)
    if stored is None or stored.cti is not None:
        raise ConsentError(
            "There is no such consent, or a code rests on it already.",
            remedy="Record the person's consent first; one consent leads to one code.",
        )
    consent = stored.record.consent
    consent.require(frozenset(consent.modalities) if modalities is None else modalities, now=now)
    if stored.ending is not None:  # as expired or unused, which the consent itself does not say
        raise ConsentError("The consent has ended.", remedy="Ask the person again.")
    return consent


def issuing(state: State, finish: Callable[[Connection, bytes], None], now: int) -> OpenPlaces:
    """The register for one code; what `finish` keeps under its cti is kept with its place, or neither is."""

    @contextlib.contextmanager
    def opened() -> Iterator[Places]:
        with state.store.begin() as connection:
            places = StoredPlaces(connection, now=now)
            yield places
            if places.assigned is not None:
                finish(connection, places.assigned[1])

    return opened
