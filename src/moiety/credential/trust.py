"""Whom a home believes: the root's bundle, the newest status lists, and the group keys this home holds.

Status lists are signed by their issuers and may be newer than the bundle that they came in, so revocation
needs the issuer's key alone: the root stays offline.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from moiety.credential import status
from moiety.credential.anchors import DocumentAnchor
from moiety.credential.blind import ShareProvider
from moiety.credential.bundle import Bundle, GroupEpoch, IssuerKey, PolicyValue, TrustedIssuer
from moiety.credential.bundle_format import read_bundle
from moiety.credential.clock import day, require_not_before, seconds
from moiety.credential.document_lists import FOLDER as LISTS
from moiety.credential.document_lists import DocumentLists
from moiety.credential.document_secrets import DocumentSecrets
from moiety.credential.layout import Home
from moiety.credential.status import StatusToken
from moiety.credential.trust_file import TrustFile, lock_group_keys
from moiety.credential.trust_parameters import EPOCH_S, OVERLAP_S
from moiety.credential.wall import refuse_practice, side_of
from moiety.errors import DocumentUnreadable, KeyUnavailable, SealUnopenable, TrustRefused
from moiety.files import write_atomically
from moiety.keys import GroupPrivateKey, VerifyingKey

_ADVICE: Final = (
    "Import a fresh trust bundle (moiety trust import --home DIR FILE); where the root key is, make one: "
    "moiety trust renew --home DIR."
)


@dataclass(frozen=True, slots=True)
class TrustBundle:
    """A verified bundle, the newest status lists under it, and the group keys this home holds."""

    bundle: Bundle
    root: VerifyingKey
    _encoded: bytes = field(repr=False)
    _lists: Mapping[tuple[str, str], StatusToken] = field(repr=False)
    _group_keys: Mapping[bytes, GroupPrivateKey] = field(default_factory=dict, repr=False)
    shares: ShareProvider | None = field(default=None, repr=False)
    secrets: DocumentSecrets = field(default_factory=DocumentSecrets, repr=False, compare=False)
    document_lists: DocumentLists = field(default_factory=DocumentLists, repr=False, compare=False)

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
        trust = cls.held(Home.open(home))
        trust.require_current(seconds(now))
        return trust

    @classmethod
    def held(cls, home: Home) -> TrustBundle:
        """The verified trust of a home, whether or not it is still current: to renew it, or to follow it.

        Raises:
            TrustRefused: none, damaged, altered, or another root's.
        """
        root = home.pinned_root()
        if not home.trust_file.exists():
            raise TrustRefused("This home has no trust bundle.", remedy=_ADVICE)
        try:
            file = TrustFile.read(home.trust_file)
        except DocumentUnreadable as error:
            raise TrustRefused("This home's trust bundle is damaged.", remedy=_ADVICE) from error
        trust = cls.verify(file, root, home.group_keys())
        refuse_practice(one.uri for one in trust.issuers)
        lists = DocumentLists(home.path / LISTS)
        return replace(trust, secrets=DocumentSecrets(home.keys), document_lists=lists)

    @classmethod
    def verify(
        cls, file: TrustFile, root: VerifyingKey, group_keys: Mapping[bytes, GroupPrivateKey] | None = None
    ) -> TrustBundle:
        """Verify a trust file against the root that is believed.

        Raises:
            TrustRefused: another root's, altered, or with a list that no issuer in it signed.
        """
        bundle = read_bundle(file.bundle, root)
        side_of(one.uri for one in bundle.issuers)
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
    def documents(self) -> tuple[DocumentAnchor, ...]:
        """Whom else's documents count here."""
        return self.bundle.documents

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

    def owner_of(self, token: StatusToken) -> str | None:
        """The URI of the issuer who signed this list."""
        return next((owner for (owner, _), held in self._lists.items() if held is token), None)

    def group_private(self, identifier: bytes) -> GroupPrivateKey:
        """The private key of a group's epoch, to hand to the unsealing and to nothing else.

        Raises:
            SealUnopenable: this home holds no such key.
            KeyUnavailable, PermissionsTooOpen: its file cannot be used.
        """
        if identifier not in self._group_keys:
            raise SealUnopenable(
                "The code is sealed to a group, or to an epoch, whose key is not in this home."
            )
        return self._group_keys[identifier]

    def with_bundle(self, encoded: bytes) -> TrustBundle:
        """The same lists under a newer bundle; lists that it no longer covers are left out.

        Raises:
            TrustRefused: it is no newer one of the same root.
        """
        bundle = read_bundle(encoded, self.root)
        _require_newer(bundle, encoded, self)
        held = (_verified_or_none(token.encoded, bundle) for token in _dated(self._lists, bundle))
        inside = (_verified(token, bundle) for token in bundle.status_lists)
        lists = _newest([*(item for item in held if item is not None), *inside])
        return replace(self, bundle=bundle, _encoded=encoded, _lists=lists)

    def signed_list(self, data: bytes) -> tuple[str, StatusToken]:
        """A status list, and the URI of the issuer in this bundle who signed it.

        Raises:
            TrustRefused: none of them did, or not within its key's time.
        """
        (owner, _), token = _verified(data, self.bundle)
        return owner, token

    def renewing(self) -> TrustBundle:
        """The same, for renewing codes alone: a distrusted epoch still counts, to its own end.

        Its key was stolen, so nobody is verified by its codes. A station that holds the key can still see
        that the code is the issuer's, and compare its holder: it asks for more than a verification does.
        """
        groups = tuple(
            replace(one, expires=last_day(one), distrusted_until=None) for one in self.bundle.groups
        )
        return replace(self, bundle=replace(self.bundle, groups=groups))

    def distrusts(self, group: bytes | None) -> bool:
        """Whether codes of the group epoch with this key identifier are refused after a theft of its key."""
        epoch = None if group is None else self.bundle.epoch(group)
        return epoch is not None and (epoch.distrusted or last_day(epoch) > epoch.expires)

    def with_list(self, token: bytes) -> TrustBundle:
        """The same with a newer status list.

        Raises:
            TrustRefused: no issuer in the bundle signed it.
        """
        return replace(self, _lists=_newest([*self._lists.items(), _verified(token, self.bundle)]))

    def following(self, held: TrustBundle) -> TrustBundle:
        """This trust after `held`: newer lists that were held stay, so that lists only ever get newer.

        Raises:
            TrustRefused: this bundle is older than the one held.
        """
        _require_newer(self.bundle, self._encoded, held)
        old = (_verified_or_none(token.encoded, self.bundle) for token in _dated(held._lists, self.bundle))
        lists = _newest([*(item for item in old if item is not None), *self._lists.items()])
        return replace(self, _lists=lists)

    def with_group_keys(self, keys: Mapping[bytes, GroupPrivateKey]) -> TrustBundle:
        """The same, with these group keys."""
        return replace(self, _group_keys=keys)

    def with_shares(self, provider: ShareProvider) -> TrustBundle:
        """The same, with a service that releases the other share of blind codes' keys; it is asked last."""
        return replace(self, shares=provider)

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
            box = lock_group_keys(self._group_keys.values(), passphrase)
        return TrustFile(self.root, self._encoded, fresh, box)

    def save(self, home: Home) -> None:
        """Make this the trust of a home, in one step.

        Raises:
            TrustRefused: it is of the practice range.
            StorageError: the disk refused; the old trust is as it was.
        """
        refuse_practice(one.uri for one in self.issuers)
        write_atomically(home.trust_file, self.file().encode())


def last_day(epoch: GroupEpoch) -> int:
    """When the last code of an epoch ends by itself, whether or not the epoch is distrusted (UTC seconds).

    Bundles of earlier versions mark a distrusted epoch only by its end, which is that of its sealing.
    """
    if epoch.distrusted_until is not None:
        return epoch.distrusted_until
    early = epoch.expires == epoch.not_after
    return epoch.not_before + EPOCH_S + OVERLAP_S if early else epoch.expires


def _require_newer(bundle: Bundle, encoded: bytes, held: TrustBundle) -> None:
    if encoded == held._encoded:
        return
    if bundle.serial <= held.bundle.serial:
        raise TrustRefused(
            f"The trust bundle (number {bundle.serial}) is not newer than the one held here "
            f"(number {held.bundle.serial}): an old one was put in its place.",
            remedy="Fetch the newest bundle from where the issuer publishes it.",
        )


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


def _dated(lists: Mapping[tuple[str, str], StatusToken], bundle: Bundle) -> list[StatusToken]:
    """The lists without those that the root says were signed by a clock that ran ahead."""
    return [token for token in lists.values() if not bundle.voids(token.issued)]


def _newest(tokens: Iterable[Keyed]) -> dict[tuple[str, str], StatusToken]:
    """Of each list the newest; of two of one second the later given."""
    lists: dict[tuple[str, str], StatusToken] = {}
    for key, token in tokens:
        if key not in lists or token.issued >= lists[key].issued:
            lists[key] = token
    return lists
