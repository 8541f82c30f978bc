"""The realm of practice: a root, an issuer, a verifier group and their codes, in memory and never written.

Its issuers have URIs that no home can have (`credential.wall`), and its root is nobody's: what it signs is
refused wherever people are verified, and their codes are refused here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

from moiety.consent import Consent
from moiety.credential import base45
from moiety.credential.bundle import Bundle, TrustedIssuer, new_epoch, new_issuer_key
from moiety.credential.bundle_format import sign_bundle
from moiety.credential.claims import Profile, StatusReference
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.home import Issuer
from moiety.credential.inflate import deflate, inflate
from moiety.credential.issue import IssuerIdentity, issue
from moiety.credential.lists import list_uri
from moiety.credential.status import Status, StatusList, sign_status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_file import TrustFile
from moiety.credential.trust_parameters import DAY_S
from moiety.credential.wall import PRACTICE
from moiety.enrolment import enrol
from moiety.image import Source
from moiety.keys import GroupPrivateKey, SigningKey
from moiety.practice import people
from moiety.practice.scenario import CodeState
from moiety.presence import LiveCapture

ISSUER: Final = f"{PRACTICE}:issuer"
OTHER_ISSUER: Final = f"{PRACTICE}:elsewhere"
_VALID_DAYS: Final = 30
_WEEK: Final = 7 * DAY_S


@dataclass(slots=True)
class Realm:
    """One range's keys and codes. Not for several threads at once.

    Attributes:
        now: UTC seconds, at which everything in it happens.
    """

    now: int
    _root: SigningKey = field(init=False, default_factory=SigningKey.generate, repr=False)
    _issuer: SigningKey = field(init=False, default_factory=SigningKey.generate, repr=False)
    _elsewhere: SigningKey = field(init=False, default_factory=SigningKey.generate, repr=False)
    _group: GroupPrivateKey = field(init=False, default_factory=GroupPrivateKey.generate, repr=False)
    _statuses: dict[int, int] = field(init=False, default_factory=dict)
    _issued: int = field(init=False, default=0)
    _codes: dict[tuple[str, CodeState], str] = field(init=False, default_factory=dict, repr=False)

    def trust(self) -> TrustBundle:
        """Whom this realm believes: itself, as of now."""
        begun = self.now - 400 * DAY_S  # codes that expired meanwhile were signed then
        token = sign_status(
            list_uri(ISSUER, 1), StatusList.of(dict(self._statuses)), self._issuer, now=self.now
        )
        bundle = Bundle(
            serial=1,
            issued=self.now,
            expires=self.now + _VALID_DAYS * DAY_S,
            issuers=(TrustedIssuer(ISSUER, (new_issuer_key(self._issuer.verifying_key, begun),)),),
            groups=(new_epoch("practice", self._group.group, self.now),),
            status_lists=(token.encoded,),
        )
        file = TrustFile(self._root.verifying_key, sign_bundle(bundle, self._root))
        return TrustBundle.verify(file, self._root.verifying_key, {self._group.group.key_id: self._group})

    def code_of(self, person: str, state: CodeState = "valid") -> Credential:
        """The code of one of the cast, face and one finger, in a state; made once.

        Raises:
            UsageError: nobody of that name is in the cast.
        """
        key = (person, state)
        if key not in self._codes:
            pictures = people.reference_of(person)
            made = self.enrol(
                list(pictures), fingers={people.FINGER: people.print_of(person, 0)}, state=state
            )
            self._codes[key] = made.text
        return Credential.from_text(self._codes[key])

    def enrol(
        self,
        face: list[Source] | None,
        *,
        live: LiveCapture | None = None,
        fingers: dict[str, Source] | None = None,
        state: CodeState = "valid",
    ) -> Credential:
        """Enrol somebody into this realm, by the same ceremony as everywhere: of pictures, or of live frames.

        Raises:
            CaptureRefused, ImageUnreadable, ImageTooLarge: as `moiety.enrol`.
        """
        modalities = ("face",) if fingers is None else ("face", "finger")
        consent = Consent.given("Practice", modalities=modalities, days=_VALID_DAYS, now=self.now)
        issuer = cast(Issuer, _Issuing(self, state))  # it issues; nothing of a home is asked of it
        return enrol(
            face=face, live=live, fingers=fingers, consent=consent, issuer=issuer,
            single=face is not None and len(face) == 1, now=self.now,
        )  # fmt: skip

    def issue(self, contents: Contents, profile: Profile, state: CodeState) -> Credential:
        """Seal and sign a code, in a state."""
        self._issued += 1
        index = self._issued
        if state in ("revoked", "suspended"):
            self._statuses[index] = int(Status.REVOKED if state == "revoked" else Status.SUSPENDED)
        past = state == "expired"
        uri, signer = (OTHER_ISSUER, self._elsewhere) if state == "other-issuer" else (ISSUER, self._issuer)
        made = issue(
            contents,
            issuer=IssuerIdentity(uri, signer),
            group=self._group.group,
            profile=profile,
            valid_from=self.now - (_VALID_DAYS * DAY_S if past else 0),
            valid_until=self.now - _WEEK if past else self.now + _VALID_DAYS * DAY_S,
            status=StatusReference(list_uri(uri, 1), index),
            now=self.now - (_VALID_DAYS * DAY_S if past else 0),
        )
        return Credential.from_text(_altered(made.text)) if state == "altered" else made


@dataclass(frozen=True, slots=True)
class _Issuing:
    """What the enrolment ceremony asks of an issuer."""

    realm: Realm
    state: CodeState

    def issue(
        self,
        contents: Contents,
        *,
        profile: Profile = "card",
        pin: str | None = None,
        valid_days: int | None = None,
        now: int | None = None,
    ) -> Credential:
        """A code of this realm; practice codes have no PIN, and the realm's validity and clock."""
        del pin, valid_days, now
        return self.realm.issue(contents, profile, self.state)


def _altered(text: str) -> str:
    """The code as a forger who knows the format would change it: one sealed bit."""
    message = bytearray(inflate(base45.decode(text)))
    message[len(message) // 2] ^= 1
    return base45.encode(deflate(bytes(message)))
