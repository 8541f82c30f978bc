"""Making a home, and the issuer that lives in it: issues codes, revokes, suspends and restores them."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from moiety.credential.bundle import (
    Bundle,
    GroupEpoch,
    IssuerKey,
    TrustedIssuer,
    check_issuer_uri,
    sign_bundle,
)
from moiety.credential.claims import Profile, StatusReference
from moiety.credential.clock import day, seconds
from moiety.credential.code import Credential, verify_signature
from moiety.credential.contents import Contents
from moiety.credential.issue import IssuerIdentity, issue
from moiety.credential.layout import ROLES, Home, Role, encode_config
from moiety.credential.register import Place, Register
from moiety.credential.status import Status, StatusList, StatusToken, sign_status
from moiety.credential.trust import TrustBundle, TrustFile
from moiety.credential.trust_parameters import (
    BUNDLE_LIFETIME_S,
    CLOCK_TOLERANCE_S,
    DAY_S,
    EPOCH_S,
    ISSUE_DAYS,
    ISSUER_KEY_S,
    OVERLAP_S,
    STATUS_TTL_S,
)
from moiety.errors import HomeError, KeyUnavailable, StorageError, UsageError
from moiety.files import write_atomically
from moiety.keys import (
    PRIVATE_FILE_MODE,
    GroupPrivateKey,
    GroupPublicKey,
    SigningKey,
    VerifyingKey,
    make_private_directory,
)

DEFAULT_GROUP = "verifiers"


def create_home(
    path: str | Path, *, issuer_uri: str | None, role: Role = "both", now: int | None = None
) -> Home:
    """Make a home with the keys of its role; an existing one is never touched.

    An issuer's home gets an issuer key and a root key (in `root/`, to be moved offline), and signs its first
    trust bundle. A verifier's home gets a group key and a device key. `both` gets all, and trusts itself.

    Raises:
        HomeError: something is there already.
        UsageError: an unknown role, or a URI that is missing or no URI.
        StorageError: the disk refused; nothing is left behind.
    """
    if role not in ROLES:
        raise UsageError(f"There is no role {role!r}; there are {', '.join(ROLES)}.")
    if issuer_uri is None and role != "verifier":
        raise UsageError("An issuer needs its URI.", remedy="Give one: --issuer-uri https://issuer.example.")
    if issuer_uri is not None:
        check_issuer_uri(issuer_uri)
    target = Path(path)
    with _built_aside(target) as place:
        make_private_directory(place / "keys")
        write_atomically(place / "home.json", encode_config(role, issuer_uri), mode=PRIVATE_FILE_MODE)
        _fill(Home(place, role, issuer_uri), seconds(now))
    return Home.open(target)


@contextlib.contextmanager
def _built_aside(target: Path) -> Iterator[Path]:
    """A private directory beside the target, which takes the target's name once it is complete."""
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise HomeError(
            f"{target.name} exists and is not empty; a home is never overwritten.",
            remedy="Choose another directory.",
        )
    place: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
        yield place
        place.replace(target)
    except OSError as error:
        raise StorageError(f"Could not make the home: {error.strerror or 'the disk refused'}.") from error
    finally:
        if place is not None and place.exists():
            shutil.rmtree(place, ignore_errors=True)


def _fill(home: Home, now: int) -> None:
    groups: tuple[GroupEpoch, ...] = ()
    if home.role != "issuer":
        group_key = GroupPrivateKey.generate()
        home.add_group_key(group_key)
        home.add_key("device", SigningKey.generate())
        groups = (new_epoch(DEFAULT_GROUP, group_key.group, now),)
    if home.issues and home.issuer_uri is not None:
        root, issuer = SigningKey.generate(), SigningKey.generate()
        make_private_directory(home.path / "root")
        home.add_key("root", root)
        home.add_key("issuer", issuer)
        home.pin_root(root.verifying_key)
        token = sign_status(list_uri(home.issuer_uri, 1), StatusList.of({}), issuer, now=now)
        issuers = (TrustedIssuer(home.issuer_uri, (new_issuer_key(issuer.verifying_key, now),)),)
        bundle = Bundle(1, now, now + BUNDLE_LIFETIME_S, issuers, groups, {}, (token.encoded,))
        file = TrustFile(root.verifying_key, sign_bundle(bundle, root))
        write_atomically(home.trust_file, file.encode())
        Register(home.register_file).__exit__()


def new_epoch(name: str, key: GroupPublicKey, now: int) -> GroupEpoch:
    """A group's epoch that begins now."""
    return GroupEpoch(name, key, now - CLOCK_TOLERANCE_S, now + EPOCH_S, now + EPOCH_S + OVERLAP_S)


def new_issuer_key(key: VerifyingKey, now: int) -> IssuerKey:
    """An issuer key that signs from now on."""
    return IssuerKey(key, now - CLOCK_TOLERANCE_S, now + ISSUER_KEY_S, now + ISSUER_KEY_S + OVERLAP_S)


def list_uri(issuer_uri: str, number: int) -> str:
    """The URI of an issuer's status list; short, since every code carries it."""
    if issuer_uri.lower().startswith(("http://", "https://")):
        return f"{issuer_uri.rstrip('/')}/s/{number}"
    return f"{issuer_uri}:s:{number}"


def list_number(issuer_uri: str, uri: str) -> int | None:
    """The number in such a URI; None for another's."""
    stem = list_uri(issuer_uri, 0)[:-1]
    number = uri.removeprefix(stem)
    return int(number) if uri.startswith(stem) and number.isascii() and number.isdigit() else None


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer with its home, its current key and its status lists."""

    home: Home
    uri: str
    key: IssuerKey
    _signer: SigningKey = field(repr=False)
    _trust: TrustBundle = field(repr=False)

    @classmethod
    def open(cls, home: str | Path, *, now: int | None = None) -> Issuer:
        """Open the issuer of a home.

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
        return cls(place, place.issuer_uri, key, place.signing_key("issuer", key.key.key_id), trust)

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
        with Register(self.home.register_file) as register:
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
            )
            register.assign(place, credential.claims.cti, credential.claims.expires)
        return credential

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
        with Register(self.home.register_file) as register:
            return tuple(self._publish(register, number, moment) for number in register.lists() or [1])

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
        with Register(self.home.register_file) as register:
            place = self._find(register, code)
            if not register.set_status(place, status):
                raise UsageError("The code is revoked, and that is for good.", remedy="Issue a new code.")
            self._publish(register, place.number, moment)

    def _find(self, register: Register, code: Credential | bytes) -> Place:
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

    def _keep_fresh(self, register: Register, number: int, now: int) -> None:
        held = self._trust.status_list(self.uri, list_uri(self.uri, number))
        if held is None or now - held.issued >= STATUS_TTL_S:
            self._publish(register, number, now)

    def _publish(self, register: Register, number: int, now: int) -> StatusToken:
        """Sign a list from the register, and put it into this home's trust, one process at a time."""
        with register.alone():
            trust = TrustBundle.open(self.home.path, now=now)
            # Never dated before the list it replaces, or the older one would win.
            token = sign_status(
                list_uri(self.uri, number),
                StatusList.of(register.statuses(number)),
                self._signer,
                now=max(now, trust.floor),
            )
            trust.with_list(token.encoded).save(self.home)
        return token
