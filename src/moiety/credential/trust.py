"""Whom a home believes: the root's bundle, the newest status lists, and the group keys this home holds.

A *trust file* carries them from home to home: the root's public key (to compare, not to believe), the signed
bundle, status lists fresher than those inside the bundle, and, only when asked for, group keys under a
passphrase. Revocation therefore needs the issuer's key alone: the root stays offline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from moiety.credential import envelope, status
from moiety.credential.bundle import Bundle, GroupEpoch, IssuerKey, PolicyValue, TrustedIssuer, read_bundle
from moiety.credential.clock import day, require_not_before, seconds
from moiety.credential.layout import Home
from moiety.credential.locked import lock, unlock
from moiety.credential.status import StatusToken
from moiety.credential.trust_parameters import MAX_BUNDLE_BYTES, MAX_KEYS, MAX_LISTS
from moiety.errors import DocumentUnreadable, KeyUnavailable, SealUnopenable, TrustRefused, UsageError
from moiety.files import read_bounded, write_atomically
from moiety.keys import PUBLIC_KEY_BYTES, GroupPrivateKey, VerifyingKey, fingerprint

_FORMAT: Final = "moiety/trust/1"
_GROUP_KEYS: Final = "moiety/trust/group-keys/1"
_ADVICE: Final = "Import a fresh trust bundle: moiety trust import --home DIR FILE."


@dataclass(frozen=True, slots=True)
class TrustFile:
    """A trust file taken apart; nothing in it is verified yet."""

    root: VerifyingKey
    bundle: bytes = field(repr=False)
    fresh: tuple[bytes, ...] = field(default=(), repr=False)
    group_keys: Any = field(default=None, repr=False)

    def encode(self) -> bytes:
        """Canonical CBOR."""
        return envelope.canonical([_FORMAT, self.root.public, self.bundle, list(self.fresh), self.group_keys])

    @classmethod
    def decode(cls, data: bytes) -> TrustFile:
        """Take a trust file apart.

        Raises:
            DocumentUnreadable: it is none.
        """
        try:
            body = envelope.strict_loads(data, "trust file")
        except TrustRefused as error:
            raise DocumentUnreadable("This is no trust file, or a damaged one.") from error
        if not isinstance(body, list) or len(body) != 5 or body[0] != _FORMAT:
            raise DocumentUnreadable("This is no trust file, or one of another version.")
        _, root, bundle, fresh, group_keys = body
        if not (isinstance(root, bytes) and len(root) == PUBLIC_KEY_BYTES and isinstance(bundle, bytes)):
            raise DocumentUnreadable("This trust file is damaged.")
        if (
            not isinstance(fresh, list)
            or len(fresh) > MAX_LISTS
            or not all(isinstance(x, bytes) for x in fresh)
        ):
            raise DocumentUnreadable("This trust file is damaged.")
        return cls(VerifyingKey(root), bundle, tuple(fresh), group_keys)

    @classmethod
    def read(cls, path: str | Path) -> TrustFile:
        """Read a trust file.

        Raises:
            DocumentUnreadable: missing, too large, or no trust file.
        """
        return cls.decode(read_bounded(path, MAX_BUNDLE_BYTES, what="trust file"))


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """A verified bundle, the newest status lists under it, and the group keys this home holds."""

    bundle: Bundle
    root: VerifyingKey
    _encoded: bytes = field(repr=False)
    _lists: Mapping[tuple[str, str], StatusToken] = field(repr=False)
    _group_keys: Mapping[bytes, GroupPrivateKey] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, home: str | Path, *, now: int | None = None) -> TrustBundle:
        """Open the trust of a home: verify the bundle with the pinned root and each list with its issuer's
        key.

        Raises:
            HomeError: no home, or one that others can reach into; ClockSetBack if the clock is earlier than
            what
                the home holds.
            TrustRefused: no bundle, another root's, an altered or an expired one.
        """
        place = Home.open(home)
        root = place.pinned_root()
        if not place.trust_file.exists():
            raise TrustRefused("This home has no trust bundle.", remedy=_ADVICE)
        trust = cls.verify(TrustFile.read(place.trust_file), root, place.group_keys())
        trust.require_current(seconds(now))
        return trust

    @classmethod
    def verify(
        cls, file: TrustFile, root: VerifyingKey, group_keys: Mapping[bytes, GroupPrivateKey] | None = None
    ) -> TrustBundle:
        """Verify a trust file against the root that is believed.

        Raises:
            TrustRefused: another root's, altered, or with a list that no issuer in it signed.
        """
        bundle = read_bundle(file.bundle, root)
        lists = _newest(_verified(token, bundle) for token in (*bundle.status_lists, *file.fresh))
        return cls(bundle, root, file.bundle, lists, {} if group_keys is None else group_keys)

    @property
    def floor(self) -> int:
        """The newest signed date in here (UTC seconds): no clock may be earlier."""
        return max([self.bundle.issued, *(token.issued for token in self._lists.values())])

    @property
    def issuers(self) -> tuple[TrustedIssuer, ...]:
        """The issuers that count here."""
        return self.bundle.issuers

    @property
    def groups(self) -> tuple[GroupEpoch, ...]:
        """The verifier groups, one entry an epoch."""
        return self.bundle.groups

    @property
    def policies(self) -> Mapping[str, Mapping[str, PolicyValue]]:
        """The policies that the root sets, by name."""
        return self.bundle.policies

    @property
    def group_key_ids(self) -> frozenset[bytes]:
        """The identifiers of the group keys that this home holds."""
        return frozenset(self._group_keys)

    def require_current(self, now: int) -> None:
        """Refuse a clock set back, or an expired bundle.

        Raises:
            ClockSetBack: the clock is earlier than the newest date in here.
            TrustRefused: the bundle is past its last day.
        """
        require_not_before(self.floor, now)
        if now >= self.bundle.expires:
            raise TrustRefused(f"The trust bundle expired on {day(self.bundle.expires)}.", remedy=_ADVICE)

    def issuer_key(self, uri: str, identifier: bytes) -> IssuerKey | None:
        """The key with this identifier of the issuer with this URI."""
        return self.bundle.issuer_key(uri, identifier)

    def status_list(self, issuer_uri: str, uri: str) -> StatusToken | None:
        """The newest list at `uri` that this issuer signed."""
        return self._lists.get((issuer_uri, uri))

    def status_lists(self) -> tuple[StatusToken, ...]:
        """All newest lists."""
        return tuple(self._lists.values())

    def group_private(self, identifier: bytes) -> GroupPrivateKey:
        """The private key of a group's epoch, to hand to the unsealing and to nothing else.

        Raises:
            SealUnopenable: this home holds no such key.
        """
        key = self._group_keys.get(identifier)
        if key is None:
            raise SealUnopenable(
                "The code is sealed to a group, or to an epoch, whose key is not in this home."
            )
        return key

    def with_bundle(self, encoded: bytes) -> TrustBundle:
        """The same lists under a newer bundle; lists that it no longer covers are left out.

        Raises:
            TrustRefused: it is no newer one of the same root.
        """
        bundle = read_bundle(encoded, self.root)
        _require_newer(bundle, encoded, self)
        held = (_verified_or_none(token.encoded, bundle) for token in self._lists.values())
        inside = (_verified(token, bundle) for token in bundle.status_lists)
        lists = _newest([*(item for item in held if item is not None), *inside])
        return replace(self, bundle=bundle, _encoded=encoded, _lists=lists)

    def with_list(self, token: bytes) -> TrustBundle:
        """The same with a newer status list.

        Raises:
            TrustRefused: no issuer in the bundle signed it.
        """
        return replace(self, _lists=_newest([*self._lists.items(), _verified(token, self.bundle)]))

    def file(self, *, passphrase: str | None = None) -> TrustFile:
        """This trust as a trust file; with a passphrase, the group keys of this home are in it, locked.

        Raises:
            KeyUnavailable: a passphrase was given and this home holds no group key.
            UsageError: the passphrase is too short.
        """
        inside = set(self.bundle.status_lists)
        fresh = tuple(token.encoded for token in self._lists.values() if token.encoded not in inside)
        box = None
        if passphrase is not None:
            if not self._group_keys:
                raise KeyUnavailable("This home holds no group key to export.")
            pems = [key.to_pem() for key in self._group_keys.values()]
            box = lock(envelope.canonical(pems), passphrase, purpose=_GROUP_KEYS)
        return TrustFile(self.root, self._encoded, fresh, box)

    def save(self, home: Home) -> None:
        """Make this the trust of a home, in one step.

        Raises:
            StorageError: the disk refused; the old trust is as it was.
        """
        write_atomically(home.trust_file, self.file().encode())


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: whose root, whether it was pinned just now, and by comparison or on first use."""

    trust: TrustBundle
    root_fingerprint: str
    pinned_now: bool
    compared: bool
    group_keys: int


def import_trust(
    home: Home,
    file: TrustFile,
    *,
    root_fingerprint: str | None = None,
    passphrase: str | None = None,
    now: int | None = None,
) -> Imported:
    """Take a trust file into a home.

    The first import pins the root: after comparison with `root_fingerprint` (SHA-256 of the root's public
    key, 64 hexadecimal digits), or on first use where none is given. Later files by another root are refused,
    as is a bundle older than the one held. Status lists only ever get newer.

    Raises:
        TrustRefused: another root, altered, expired, or rolled back.
        ClockSetBack: the clock is earlier than the file.
        KeyUnavailable: the passphrase does not open the group keys in it.
        UsageError: the fingerprint is no fingerprint.
    """
    moment = seconds(now)
    pinned = home.pinned_root() if home.pinned_root_file.exists() else None
    _compare_root(file.root, pinned, root_fingerprint)
    incoming = TrustBundle.verify(file, file.root)
    incoming.require_current(moment)
    keys = _group_keys(file.group_keys, passphrase)
    merged = incoming
    if pinned is not None and home.trust_file.exists():
        merged = _merge(TrustBundle.verify(TrustFile.read(home.trust_file), pinned), incoming)
        merged.require_current(moment)
    if pinned is None:
        home.pin_root(file.root)
    for key in keys:
        home.add_group_key(key)
    merged.save(home)
    trust = replace(merged, _group_keys=home.group_keys())
    return Imported(
        trust, fingerprint(file.root.public), pinned is None, root_fingerprint is not None, len(keys)
    )


def _compare_root(root: VerifyingKey, pinned: VerifyingKey | None, expected: str | None) -> None:
    if expected is not None:
        digits = "".join(expected.split()).replace(":", "").lower()
        if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
            raise UsageError("A root fingerprint has 64 hexadecimal digits.")
        if digits != fingerprint(root.public):
            raise TrustRefused("The trust file's root has another fingerprint than the one given.")
    if pinned is not None and pinned != root:
        raise TrustRefused(
            "The trust file comes from another root than the one pinned in this home.",
            remedy="If the root was truly replaced, make a new home and import there.",
        )


def _merge(held: TrustBundle, incoming: TrustBundle) -> TrustBundle:
    _require_newer(incoming.bundle, incoming._encoded, held)
    old = (_verified_or_none(token.encoded, incoming.bundle) for token in held._lists.values())
    return replace(incoming, _lists=_newest([*(item for item in old if item), *incoming._lists.items()]))


def _require_newer(bundle: Bundle, encoded: bytes, held: TrustBundle) -> None:
    if encoded == held._encoded:
        return
    if bundle.serial <= held.bundle.serial:
        raise TrustRefused(
            f"The trust bundle (number {bundle.serial}) is not newer than the one held here "
            f"(number {held.bundle.serial}): an old one was put in its place.",
            remedy="Fetch the newest bundle from where the issuer publishes it.",
        )


def _group_keys(box: Any, passphrase: str | None) -> list[GroupPrivateKey]:
    if box is None or passphrase is None:
        if passphrase is not None:
            raise UsageError("A passphrase was given, and the trust file carries no group key.")
        return []
    try:
        pems = envelope.strict_loads(unlock(box, passphrase, purpose=_GROUP_KEYS), "group keys")
    except TrustRefused as error:
        raise DocumentUnreadable("The group keys in the trust file are damaged.") from error
    if not isinstance(pems, list) or len(pems) > MAX_KEYS or not all(isinstance(pem, bytes) for pem in pems):
        raise DocumentUnreadable("The group keys in the trust file are damaged.")
    return [GroupPrivateKey.from_pem(pem, name="group key") for pem in pems]


Keyed = tuple[tuple[str, str], StatusToken]


def _verified(data: bytes, bundle: Bundle) -> Keyed:
    """A list with the issuer whose key signed it, within that key's time."""
    signer = status.status_signer(data)
    for issuer in bundle.issuers:
        held = bundle.issuer_key(issuer.uri, signer)
        if held is None:
            continue
        token = status.read_status(data, held.key)
        # A retired key signs no lists: whoever finds an old key could otherwise un-revoke codes.
        if not held.not_before <= token.issued <= held.not_after:
            raise TrustRefused("A status list is dated outside the time in which its key signs.")
        return (issuer.uri, token.uri), token
    raise TrustRefused("A status list is signed by a key outside the trust bundle.")


def _verified_or_none(data: bytes, bundle: Bundle) -> Keyed | None:
    try:
        return _verified(data, bundle)
    except TrustRefused:
        return None


def _newest(tokens: Iterable[Keyed]) -> dict[tuple[str, str], StatusToken]:
    """Of each list the newest; of two of one second the later given."""
    lists: dict[tuple[str, str], StatusToken] = {}
    for key, token in tokens:
        if key not in lists or token.issued >= lists[key].issued:
            lists[key] = token
    return lists
