"""The issuer that lives in a home: issues codes, revokes, suspends and restores them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from moiety.credential.blind import SHARE_BYTES, ShareKeeper
from moiety.credential.bundle import GroupEpoch, IssuerKey
from moiety.credential.claims import Profile, StatusReference
from moiety.credential.clock import day, seconds
from moiety.credential.code import Credential, verify_signature
from moiety.credential.contents import Contents
from moiety.credential.issue import IssuerIdentity, issue
from moiety.credential.layout import Home
from moiety.credential.lists import known_statuses, list_number, list_uri
from moiety.credential.status import Status, StatusList, StatusToken, sign_status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import DAY_S, ISSUE_DAYS, STATUS_TTL_S
from moiety.errors import KeyUnavailable, UsageError
from moiety.keys import Signer, random_token

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from moiety.credential.places import OpenPlaces, Place, Places


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer with its home, its current key and its status lists."""

    home: Home
    uri: str
    key: IssuerKey
    _signer: Signer = field(repr=False)
    _trust: TrustBundle = field(repr=False)
    _places: OpenPlaces | None = field(repr=False, default=None)
    _shares: ShareKeeper | None = field(repr=False, default=None)

    @classmethod
    def open(
        cls,
        home: str | Path,
        *,
        places: OpenPlaces | None = None,
        shares: ShareKeeper | None = None,
        now: int | None = None,
    ) -> Issuer:
        """Open the issuer of a home. `places` opens its register where that does not lie in the home;
        `shares` keeps the service's half of the keys of blind codes.

        Raises:
            HomeError: no home, damaged, or open to others; ClockSetBack if the clock is earlier than what it
            holds. KeyUnavailable: a verifier's home, or the key that the bundle names is missing or past its
            time. TrustRefused: the home's bundle is missing, altered or expired.
        """
        place, moment = Home.open(home), seconds(now)
        if not place.issues or place.issuer_uri is None:
            raise KeyUnavailable(
                "This is a verifier's home: it holds no issuer key.",
                remedy="Issue from an issuer's home: moiety init --role issuer.",
            )
        trust = TrustBundle.open(home, now=moment)
        issuer, here = trust.bundle.issuer(place.issuer_uri), place.issuer_key_ids()
        keys = () if issuer is None else issuer.keys
        usable = [key for key in keys if key.not_before <= moment < key.not_after]
        held = [key for key in usable if key.key.key_id in here]
        if not held:
            why = "is missing from this home" if usable else "is past its time"
            remedy = None if usable else "Rotate it: moiety keys rotate --issuer --home DIR."
            raise KeyUnavailable(f"The issuer key that the trust bundle names {why}.", remedy=remedy)
        key = max(held, key=lambda key: key.not_before)
        signer = place.signing_key("issuer", key.key.key_id)
        return cls(place, place.issuer_uri, key, signer, trust, places, shares)

    @property
    def signer(self) -> Signer:
        """The key that signs codes and status lists."""
        return self._signer

    def issue(
        self,
        contents: Contents,
        *,
        profile: Profile = "card",
        pin: str | None = None,
        valid_days: int = ISSUE_DAYS,
        group: str | None = None,
        now: int | None = None,
    ) -> Credential:
        """Seal, sign and register a code for these contents.

        `group` names the verifier group to seal to, where the bundle has more than one. The code gets a
        random place in this issuer's status list.

        Raises:
            KeyUnavailable: no verifier group to seal to.
            UsageError: a validity longer than the group's epoch allows, or an ambiguous group.
            OverBudget: the templates do not fit the profile.
            ClockSetBack: the clock is earlier than what this home holds.
            StorageError: the disk refused.
        """
        moment = seconds(now)
        self._trust.require_current(moment)
        epoch = None if profile == "open" else self._epoch(group, moment)
        # A code ends at the beginning of its last day (UTC), so one day more makes the asked days whole.
        until = (moment // DAY_S + valid_days + 1) * DAY_S
        last = self.key.expires if epoch is None else min(epoch.expires, self.key.expires)
        if valid_days < 1 or until > last:
            most = (last - moment) // DAY_S - 1
            raise UsageError(f"A code issued now can be valid for 1 to {most} days, not {valid_days}.")
        share = self._new_share(profile)
        with self._register() as register:
            place = register.reserve()
            self._keep_fresh(register, place.number, moment)
            credential = issue(
                contents,
                issuer=IssuerIdentity(self.uri, self._signer),
                group=None if epoch is None else epoch.key,
                profile=profile,
                pin=pin,
                valid_from=moment,
                valid_until=until,
                status=StatusReference(list_uri(self.uri, place.number), place.index),
                now=moment,
                share=share,
            )
            if share is not None and self._shares is not None:
                self._shares(credential.blind_code, share, pin)
            register.assign(place, credential.claims.cti, credential.claims.expires)
        return credential

    def _new_share(self, profile: Profile) -> bytes | None:
        if profile != "blind":
            return None
        if self._shares is None:
            raise UsageError(
                "A blind code needs a service that keeps a share of its key.",
                remedy="Enrol through the service (moiety serve), or choose another profile.",
            )
        return random_token(SHARE_BYTES)

    def revoke(self, code: Credential | bytes, *, now: int | None = None) -> None:
        """Withdraw a code for good. `code` is the code itself, or its identifier (cti).

        Raises:
            UsageError: this home issued no such code.
            SignatureInvalid: the code was altered.
            StorageError: the disk refused.
        """
        self._set(code, Status.REVOKED, now)

    def suspend(self, code: Credential | bytes, *, now: int | None = None) -> None:
        """Withdraw a code for now. Raises as `revoke`, and UsageError for a revoked code."""
        self._set(code, Status.SUSPENDED, now)

    def restore(self, code: Credential | bytes, *, now: int | None = None) -> None:
        """End a suspension. Raises as `revoke`, and UsageError for a revoked code: that is for good."""
        self._set(code, Status.VALID, now)

    def refresh_lists(self, *, now: int | None = None) -> tuple[StatusToken, ...]:
        """Sign all status lists anew as of now, so that verifiers see them young."""
        moment = seconds(now)
        with self._register() as register:
            return tuple(self._publish(register, number, moment) for number in register.lists() or [1])

    def _register(self) -> AbstractContextManager[Places]:
        if self._places is not None:
            return self._places()
        # SQLite is loaded where something is written: `moiety verify` imports this module, and does without.
        from moiety.credential.register import Register

        return Register(self.home.register_file)

    def _epoch(self, name: str | None, now: int) -> GroupEpoch:
        epochs = [epoch for epoch in self._trust.bundle.sealing_epochs(now) if name in (None, epoch.name)]
        if not epochs:
            which = "no verifier group" if name is None else f"no verifier group {name!r}"
            raise KeyUnavailable(
                f"The trust bundle has {which} to seal to on {day(now)}.",
                remedy="Add one (moiety trust add --group-key FILE), or begin its next epoch "
                "(moiety keys rotate --group).",
            )
        if len(epochs) > 1:
            names = ", ".join(sorted(epoch.name for epoch in epochs))
            raise UsageError(f"There are several verifier groups: {names}.", remedy="Name one of them.")
        return epochs[0]

    def _set(self, code: Credential | bytes, status: Status, now: int | None) -> None:
        moment = seconds(now)
        self._trust.require_current(moment)
        with self._register() as register:
            place = self._find(register, code)
            if not register.set_status(place, status):
                raise UsageError("The code is revoked, and that is for good.", remedy="Issue a new code.")
            token = self._publish(register, place.number, moment)
            if token.statuses[place.index] != status:
                raise UsageError("The code is revoked, and that is for good.", remedy="Issue a new code.")

    def _find(self, register: Places, code: Credential | bytes) -> Place:
        if isinstance(code, bytes):
            place = register.find(code)
            if place is None:
                raise UsageError("This home issued no code with that identifier.")
            return place
        claims = code.claims
        held = self._trust.issuer_key(self.uri, code.key_id)
        number = None if claims.status is None else list_number(self.uri, claims.status.uri)
        if claims.issuer != self.uri or held is None or claims.status is None or number is None:
            raise UsageError("This home did not issue that code.")
        verify_signature(code, held.key)
        return register.find(claims.cti) or register.adopt(
            number, claims.status.index, claims.cti, claims.expires
        )

    def _keep_fresh(self, register: Places, number: int, now: int) -> None:
        held = self._trust.status_list(self.uri, list_uri(self.uri, number))
        if held is None or now - held.issued >= STATUS_TTL_S:
            self._publish(register, number, now)

    def _publish(self, register: Places, number: int, now: int) -> StatusToken:
        """Sign a list from the register, and put it into this home's trust, one process at a time."""
        with register.alone():
            trust = TrustBundle.open(self.home.path, now=now)
            # Never dated before the list it replaces, or the older one would win.
            uri = list_uri(self.uri, number)
            statuses = StatusList.of(known_statuses(register, number, trust.status_list(self.uri, uri)))
            token = sign_status(uri, statuses, self._signer, now=max(now, trust.floor))
            register.published(number, token.issued, lambda: self._show(token))
        return token

    def _show(self, token: StatusToken) -> None:
        """Put a signed list into this home's trust, as it is by now."""
        with self.home.alone():
            TrustBundle.held(self.home).with_list(token.encoded).save(self.home)
