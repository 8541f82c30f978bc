"""What only the root can do: rotate keys, begin and end epochs, add issuers and groups, renew the bundle.

Every change makes the next bundle: a higher serial number, a new expiry, the newest status lists inside, and
what has run out left out. The private key is on the disk before the bundle that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from moiety.credential.anchors import DocumentAnchor
from moiety.credential.bundle import (
    Bundle,
    GroupEpoch,
    IssuerKey,
    PolicyValue,
    TrustedIssuer,
    check_issuer_uri,
    new_epoch,
    new_issuer_key,
)
from moiety.credential.bundle_format import sign_bundle
from moiety.credential.clock import require_not_before, seconds
from moiety.credential.home import DEFAULT_GROUP
from moiety.credential.layout import Home
from moiety.credential.lists import known_statuses, list_number, list_uri
from moiety.credential.register import Register
from moiety.credential.status import StatusList, StatusToken, sign_status
from moiety.credential.trust import TrustBundle, last_day
from moiety.credential.trust_parameters import BUNDLE_LIFETIME_S, OVERLAP_S
from moiety.errors import KeyUnavailable, UsageError
from moiety.keys import GroupPrivateKey, GroupPublicKey, Signer, SigningKey, VerifyingKey

Change = Callable[[Bundle, int], Bundle]


def renew(home: Home, *, clock_was_ahead: bool = False, now: int | None = None) -> TrustBundle:
    """Sign the next bundle with a new expiry and nothing else changed; an expired one can be renewed.

    `clock_was_ahead` repairs what was signed while this machine's clock ran ahead: bundle and own lists are
    signed as of now, and whoever takes the bundle in drops the lists that are dated later.

    Raises:
        UsageError: nothing here is dated later than now, so there is nothing to repair.
        KeyUnavailable: the root key is not in this home.
        ClockSetBack: the clock is earlier than what the home holds.
        StorageError: the disk refused; the old bundle is as it was.
    """
    if not clock_was_ahead:
        return _sign_next(home, lambda bundle, _: bundle, now=now)
    with home.alone():
        root, trust, moment = home.root(), TrustBundle.held(home), seconds(now)
        if trust.floor <= moment:
            raise UsageError("Nothing in this home is dated later than now: there is nothing to repair.")
        bundle = _brought_back(trust.bundle, trust.floor, moment)
        held = replace(trust, bundle=replace(bundle, issued=moment))
        tokens = [token for token in trust.status_lists() if token.issued <= moment]
        if home.issues:
            tokens = list(_signed_anew(home, held, _signer_of(home, bundle, moment), moment))
        result = _signed_next(trust, bundle, root, tokens, moment)
        result.save(home)
        return result


def _brought_back(bundle: Bundle, ahead: int, moment: int) -> Bundle:
    """The bundle without dates that are still to come for what counts already."""
    return replace(
        bundle,
        ahead=ahead,
        issuers=tuple(
            replace(one, keys=tuple(replace(key, not_before=min(key.not_before, moment)) for key in one.keys))
            for one in bundle.issuers
        ),
        groups=tuple(replace(one, not_before=min(one.not_before, moment)) for one in bundle.groups),
    )


def _signer_of(home: Home, bundle: Bundle, moment: int) -> Signer:
    """This home's key that signs lists at that moment."""
    issuer = bundle.issuer(_own_uri(home))
    here = home.issuer_key_ids()
    keys = [key for key in (() if issuer is None else issuer.keys) if key.key.key_id in here]
    usable = [key for key in keys if key.not_before <= moment < key.not_after]
    if not usable:
        raise KeyUnavailable("This home holds no issuer key that signs now.")
    return home.signing_key("issuer", max(usable, key=lambda key: key.not_before).key.key_id)


def rotate_issuer(
    home: Home, *, distrust_old: bool = False, key: Signer | None = None, now: int | None = None
) -> TrustBundle:
    """A new issuer key signs from now on. Codes of the old one stay good to the end of the overlap.

    `key` is a key that was made in a hardware token; without it a key file is made.

    After a theft, `distrust_old` takes the old keys out of the bundle: all their codes are refused from the
    next import on, and must be issued anew.

    Raises:
        as `renew`; KeyUnavailable also in a verifier's home.
    """
    uri = _own_uri(home)
    fresh: Signer = SigningKey.generate() if key is None else key

    def change(bundle: Bundle, moment: int) -> Bundle:
        issuer = bundle.issuer(uri)
        old = () if issuer is None or distrust_old else tuple(_retired(key, moment) for key in issuer.keys)
        return bundle.with_issuer(TrustedIssuer(uri, (*old, new_issuer_key(fresh.verifying_key, moment))))

    home.root()  # before a key is written that no bundle will name
    home.add_key("issuer", fresh)
    return _sign_next(home, change, signer=fresh, now=now)


def rotate_group(
    home: Home,
    *,
    name: str = DEFAULT_GROUP,
    public: GroupPublicKey | None = None,
    distrust_old: bool = False,
    now: int | None = None,
) -> TrustBundle:
    """A new epoch of a verifier group begins now: new codes are sealed to its key.

    Codes of the epoch before can be opened to the end of its overlap. The new key is made here, or is
    `public` where the verifiers made it. After a theft, `distrust_old` ends every earlier epoch of the group
    at once, those that an ordinary rotation retired before included: their codes are refused from the next
    import on. Holders get a new code at their next visit, by a renewal at a station that still holds the old
    key, or by a new enrolment.

    Raises:
        as `renew`; UsageError for a key that the bundle already has, or for a group to distrust that it
            doesn't have.
    """
    home.root()
    trust = TrustBundle.held(home)
    names = sorted({epoch.name for epoch in trust.bundle.groups})
    if distrust_old and name not in names:
        raise UsageError(
            f"The trust bundle has no verifier group called {name!r}, so no codes would be refused.",
            remedy=f"Choose one of: {', '.join(names)}." if names else "See: moiety trust show.",
        )
    if public is None:
        private = GroupPrivateKey.generate()
        home.add_group_key(private)
        public = private.group
    elif trust.bundle.epoch(public.key_id) is not None:
        raise UsageError("The trust bundle already has that group key.")
    key = public

    def change(bundle: Bundle, moment: int) -> Bundle:
        ended = _distrusted if distrust_old else _ended
        groups = tuple(ended(epoch, moment) if epoch.name == name else epoch for epoch in bundle.groups)
        return replace(bundle, groups=(*groups, new_epoch(name, key, moment)))

    return _sign_next(home, change, now=now)


def add_issuer(home: Home, uri: str, key: VerifyingKey, *, now: int | None = None) -> TrustBundle:
    """Trust another issuer, or another key of one.

    Raises:
        as `renew`; UsageError for no URI, or a key that is there already.
    """
    check_issuer_uri(uri)

    def change(bundle: Bundle, moment: int) -> Bundle:
        issuer = bundle.issuer(uri)
        keys = () if issuer is None else issuer.keys
        return bundle.with_issuer(TrustedIssuer(uri, (*keys, new_issuer_key(key, moment))))

    return _sign_next(home, change, now=now)


def add_document_anchor(home: Home, anchor: DocumentAnchor, *, now: int | None = None) -> TrustBundle:
    """Let another issuer's documents count, by its key or by the root of its certificates.

    Raises:
        as `renew`; UsageError for an anchor that is there already.
    """
    if any(
        (one.key, one.root) == (anchor.key, anchor.root) for one in TrustBundle.held(home).bundle.documents
    ):
        raise UsageError("The trust bundle already has that key or root.")
    return _sign_next(home, lambda bundle, _: replace(bundle, documents=(*bundle.documents, anchor)), now=now)


def remove_document_anchors(home: Home, name: str, *, now: int | None = None) -> TrustBundle:
    """Believe an issuer of documents no more: take every anchor of this name out of the next bundle.

    Raises:
        as `renew`; UsageError where there is none of that name.
    """
    if not any(one.name == name for one in TrustBundle.held(home).bundle.documents):
        raise UsageError(f"No issuer of documents is called {name!r} here.", remedy="See: moiety trust show.")

    def change(bundle: Bundle, _: int) -> Bundle:
        return replace(bundle, documents=tuple(one for one in bundle.documents if one.name != name))

    return _sign_next(home, change, now=now)


def set_policy(
    home: Home, name: str, policy: Mapping[str, PolicyValue] | None, *, now: int | None = None
) -> TrustBundle:
    """Let no verifier ask for less than this policy; None takes the one of that name out again.

    Raises:
        as `renew`; UsageError where there is none of that name to take out, or it fits no bundle.
    """
    if policy is None and name not in TrustBundle.held(home).bundle.policies:
        raise UsageError(f"The trust bundle has no policy called {name!r}.", remedy="See: moiety trust show.")

    def change(bundle: Bundle, _: int) -> Bundle:
        others = {one: values for one, values in bundle.policies.items() if one != name}
        return replace(bundle, policies=others if policy is None else {**others, name: policy})

    return _sign_next(home, change, now=now)


def new_group_key(home: Home) -> GroupPublicKey:
    """Make a group key in a verifier's home; it counts once a root has put its public half into a bundle."""
    private = GroupPrivateKey.generate()
    home.add_group_key(private)
    return private.group


def destroy_epoch(home: Home, identifier: bytes, *, now: int | None = None) -> None:
    """Delete this home's private key of an epoch: its codes can then never be opened here again.

    Backups and other verifiers' copies must be destroyed as well, and a deleted file may linger on a disk
    that is not encrypted.

    Raises:
        KeyUnavailable: no such key here.
        UsageError: codes are still sealed to it.
    """
    moment, trust = seconds(now), TrustBundle.held(home)
    epoch = trust.bundle.epoch(identifier)
    if epoch is not None and epoch.not_before <= moment < epoch.not_after:
        raise UsageError("Codes are still sealed to that epoch.", remedy="First: moiety keys rotate --group.")
    file = home.keys / f"group-{identifier.hex()}.pem"
    if not file.is_file():
        raise KeyUnavailable(
            "This home holds no key of that epoch.", remedy="See: moiety keys list --home DIR."
        )
    file.unlink()


def _sign_next(
    home: Home, change: Change, *, signer: Signer | None = None, now: int | None = None
) -> TrustBundle:
    root = home.root()
    with home.alone():
        trust, moment = TrustBundle.held(home), seconds(now)
        require_not_before(trust.floor, moment)
        moment = max(moment, trust.floor)
        bundle = change(trust.bundle, moment)
        tokens = trust.status_lists() if signer is None else _signed_anew(home, trust, signer, moment)
        result = _signed_next(trust, bundle, root, tokens, moment)
        result.save(home)
    return result


def _signed_next(
    trust: TrustBundle, bundle: Bundle, root: Signer, tokens: Iterable[StatusToken], moment: int
) -> TrustBundle:
    following = replace(
        bundle,
        serial=trust.bundle.serial + 1,
        issued=moment,
        expires=moment + BUNDLE_LIFETIME_S,
        issuers=tuple(
            TrustedIssuer(issuer.uri, tuple(key for key in issuer.keys if key.expires > moment))
            for issuer in bundle.issuers
        ),
        groups=tuple(epoch for epoch in bundle.groups if _matters(epoch, moment)),
        ahead=None if bundle.ahead is None or bundle.ahead <= moment else bundle.ahead,
        status_lists=tuple(token.encoded for token in tokens),
    )
    return trust.with_bundle(sign_bundle(following, root))


def _signed_anew(home: Home, trust: TrustBundle, signer: Signer, moment: int) -> Iterable[StatusToken]:
    """All lists, this home's own signed by its new key: a retired key's lists stop counting."""
    uri = _own_uri(home)
    own = [token for token in trust.status_lists() if list_number(uri, token.uri) is not None]
    others = [token for token in trust.status_lists() if token not in own and token.issued <= moment]
    with Register(home.register_file) as register:
        numbers = {list_number(uri, token.uri) or 1 for token in own} | set(register.lists()) | {1}
        for number in sorted(numbers):
            place = list_uri(uri, number)
            statuses = StatusList.of(known_statuses(register, number, trust.status_list(uri, place)))
            others.append(sign_status(place, statuses, signer, now=moment))
    return others


def _own_uri(home: Home) -> str:
    if not home.issues or home.issuer_uri is None:
        raise KeyUnavailable(
            "This is a verifier's home: it has no issuer key.", remedy="Use an issuer's home."
        )
    return home.issuer_uri


def _retired(key: IssuerKey, moment: int) -> IssuerKey:
    """Signs no more; its codes count for the overlap, or less if that was agreed before."""
    if key.not_after <= moment:
        return key
    return replace(key, not_after=moment, expires=min(key.expires, moment + OVERLAP_S))


def _ended(epoch: GroupEpoch, moment: int) -> GroupEpoch:
    if epoch.not_after <= moment:
        return epoch
    return replace(epoch, not_after=moment, expires=min(epoch.expires, moment + OVERLAP_S))


def _distrusted(epoch: GroupEpoch, moment: int) -> GroupEpoch:
    """No more codes are sealed to it, and those that are get refused. Its own end stays in the bundle."""
    end = max(moment, epoch.not_before + 1)
    return replace(
        epoch,
        not_after=min(epoch.not_after, end),
        expires=min(epoch.expires, end),
        distrusted_until=last_day(epoch),
    )


def _matters(epoch: GroupEpoch, moment: int) -> bool:
    """Whether a code of it could still be within its days: the bundle names it, to accept or to refuse it."""
    return moment < last_day(epoch)
