"""What the root signs: which issuers and verifier groups count, until when, under which policies.

A trust bundle is a COSE_Sign1 by an Ed25519 root key that is kept offline. It is canonical CBOR with text
keys, decoded strictly: unknown keys, wrong types and anything over the bounds refuse the whole bundle.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from moiety.credential import envelope
from moiety.credential.trust_parameters import (
    MAX_BUNDLE_BYTES,
    MAX_GROUPS,
    MAX_ISSUER_URI_LENGTH,
    MAX_ISSUERS,
    MAX_KEYS,
    MAX_LISTS,
    MAX_NAME_LENGTH,
    MAX_POLICIES,
)
from moiety.errors import TrustRefused, UsageError
from moiety.keys import PUBLIC_KEY_BYTES, GroupPublicKey, Signer, VerifyingKey

BUNDLE_TYPE: Final = "application/vnd.moiety.trust-bundle+cose"
BUNDLE_FORMAT: Final = 1
_WHAT: Final = "trust bundle"
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")

PolicyValue = int | float | str | bool
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """One of an issuer's keys. It signs from `not_before` to `not_after`; its codes count until `expires`."""

    key: VerifyingKey
    not_before: int
    not_after: int
    expires: int


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer: the URI in its codes, and its keys, old and new."""

    uri: str
    keys: tuple[IssuerKey, ...]


@dataclass(frozen=True, slots=True)
class GroupEpoch:
    """A verifier group in one epoch: sealed to from `not_before` to `not_after`, opened until `expires`."""

    name: str
    key: GroupPublicKey
    not_before: int
    not_after: int
    expires: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a root says. `serial` grows with every bundle; times are UTC seconds."""

    serial: int
    issued: int
    expires: int
    issuers: tuple[TrustedIssuer, ...]
    groups: tuple[GroupEpoch, ...] = ()
    policies: Mapping[str, Mapping[str, PolicyValue]] = field(default_factory=dict)
    status_lists: tuple[bytes, ...] = field(default=(), repr=False)

    def issuer(self, uri: str) -> TrustedIssuer | None:
        """The issuer with this URI."""
        return next((issuer for issuer in self.issuers if issuer.uri == uri), None)

    def issuer_key(self, uri: str, identifier: bytes) -> IssuerKey | None:
        """That issuer's key with this identifier."""
        issuer = self.issuer(uri)
        keys = () if issuer is None else issuer.keys
        return next((key for key in keys if key.key.key_id == identifier), None)

    def epoch(self, identifier: bytes) -> GroupEpoch | None:
        """The group epoch whose key has this identifier."""
        return next((epoch for epoch in self.groups if epoch.key.key_id == identifier), None)

    def sealing_epochs(self, now: int) -> tuple[GroupEpoch, ...]:
        """The epochs to which codes may be sealed now, the newest of each group."""
        newest: dict[str, GroupEpoch] = {}
        for epoch in sorted(self.groups, key=lambda epoch: epoch.not_before):
            if epoch.not_before <= now < epoch.not_after:
                newest[epoch.name] = epoch
        return tuple(newest.values())

    def with_issuer(self, issuer: TrustedIssuer) -> Bundle:
        """The same, with this issuer in the place of the one of its URI."""
        others = tuple(other for other in self.issuers if other.uri != issuer.uri)
        return replace(self, issuers=(*others, issuer))


def sign_bundle(bundle: Bundle, root: Signer) -> bytes:
    """Sign a bundle. What is written is read back first, so that nothing is signed that would be refused.

    Raises:
        UsageError: the bundle is outside the bounds.
    """
    payload = _encode(bundle)
    try:
        _decode(payload)
    except TrustRefused as error:
        raise UsageError(f"This would make a bundle that nobody accepts. {error}") from error
    return envelope.sign(payload, root, typ=BUNDLE_TYPE)


def read_bundle(data: bytes, root: VerifyingKey) -> Bundle:
    """Verify a bundle's signature with the pinned root, and decode it strictly. Its age is judged elsewhere.

    Raises:
        TrustRefused: another root signed it, it was altered, or it is malformed.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise TrustRefused(f"The trust bundle is larger than {MAX_BUNDLE_BYTES:,} bytes.")
    signed = envelope.decode(data, typ=BUNDLE_TYPE, what=_WHAT)
    if signed.key_id != root.key_id:
        raise TrustRefused("The trust bundle is signed by another root than the one pinned here.")
    payload = signed.require(root)
    if envelope.canonical(payload) != signed.payload:
        raise TrustRefused("The trust bundle is not in canonical form.")
    return _decode(payload)


def check_issuer_uri(uri: str) -> str:
    """An issuer's URI, if it is one that fits a code.

    Raises:
        UsageError: no URI (RFC 3986, ASCII, with a scheme), or too long.
    """
    if not _URI.fullmatch(uri) or uri in ("http://", "https://"):
        raise UsageError(
            f"{uri!r} is no URI.", remedy="Give one with a scheme, such as https://issuer.example."
        )
    if len(uri) > MAX_ISSUER_URI_LENGTH:
        raise UsageError(f"The issuer's URI has {len(uri)} characters; {MAX_ISSUER_URI_LENGTH} is the most.")
    return uri


def _encode(bundle: Bundle) -> dict[str, Any]:
    return {
        "format": BUNDLE_FORMAT,
        "serial": bundle.serial,
        "issued": bundle.issued,
        "expires": bundle.expires,
        "issuers": [
            {
                "uri": issuer.uri,
                "keys": [[key.key.public, key.not_before, key.not_after, key.expires] for key in issuer.keys],
            }
            for issuer in bundle.issuers
        ],
        "groups": [
            [epoch.name, epoch.key.public, epoch.not_before, epoch.not_after, epoch.expires]
            for epoch in bundle.groups
        ],
        "policies": {name: dict(policy) for name, policy in bundle.policies.items()},
        "status": list(bundle.status_lists),
    }


def _decode(value: Any) -> Bundle:
    names = {"format", "serial", "issued", "expires", "issuers", "groups", "policies", "status"}
    body = _map(value, names)
    if body["format"] != BUNDLE_FORMAT or type(body["format"]) is not int:
        raise TrustRefused("The trust bundle has a format that this version does not know.")
    bundle = Bundle(
        serial=_natural(body["serial"]),
        issued=_natural(body["issued"]),
        expires=_natural(body["expires"]),
        issuers=tuple(_issuer(item) for item in _list(body["issuers"], MAX_ISSUERS)),
        groups=tuple(_epoch(item) for item in _list(body["groups"], MAX_GROUPS)),
        policies=_policies(body["policies"]),
        status_lists=tuple(_typed(item, bytes) for item in _list(body["status"], MAX_LISTS)),
    )
    if bundle.expires <= bundle.issued:
        raise _malformed()
    _all_different([issuer.uri for issuer in bundle.issuers])
    _all_different([key.key.public for issuer in bundle.issuers for key in issuer.keys])
    _all_different([epoch.key.key_id for epoch in bundle.groups])
    return bundle


def _issuer(value: Any) -> TrustedIssuer:
    body = _map(value, {"uri", "keys"})
    uri = _text(body["uri"], MAX_ISSUER_URI_LENGTH)
    if not _URI.fullmatch(uri):
        raise _malformed()
    keys = []
    for item in _list(body["keys"], MAX_KEYS):
        public, *times = _sized(item, 4)
        keys.append(IssuerKey(VerifyingKey(_public(public)), *_window(times)))
    return TrustedIssuer(uri, tuple(keys))


def _epoch(value: Any) -> GroupEpoch:
    name, public, *times = _sized(value, 5)
    return GroupEpoch(_text(name, MAX_NAME_LENGTH), GroupPublicKey(_public(public)), *_window(times))


def _policies(value: Any) -> Mapping[str, Mapping[str, PolicyValue]]:
    policies: dict[str, Mapping[str, PolicyValue]] = {}
    if not isinstance(value, dict) or len(value) > MAX_POLICIES:
        raise _malformed()
    for name, policy in value.items():
        if not isinstance(policy, dict) or len(policy) > MAX_POLICIES:
            raise _malformed()
        for key, entry in policy.items():
            _text(key, MAX_NAME_LENGTH)
            if type(entry) not in (int, float, str, bool) or (isinstance(entry, str) and len(entry) > 256):
                raise _malformed()
        policies[_text(name, MAX_NAME_LENGTH)] = policy
    return policies


def _window(times: list[Any]) -> tuple[int, int, int]:
    first, last, end = (_natural(time) for time in times)
    if not first <= last <= end:
        raise _malformed()
    return first, last, end


def _public(value: Any) -> bytes:
    public = _typed(value, bytes)
    if len(public) != PUBLIC_KEY_BYTES:
        raise _malformed()
    return public


def _map(value: Any, names: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise _malformed()
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _malformed()
    return value


def _sized(value: Any, length: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise _malformed()
    return value


def _typed(value: Any, kind: type[T]) -> T:
    if type(value) is not kind:
        raise _malformed()
    return value


def _text(value: Any, most: int) -> str:
    text = _typed(value, str)
    if not 0 < len(text) <= most or not text.isprintable():
        raise _malformed()
    return text


def _natural(value: Any) -> int:
    number = _typed(value, int)
    if not 0 <= number < 1 << 40:
        raise _malformed()
    return number


def _all_different(values: list[Any]) -> None:
    if len(set(values)) != len(values):
        raise _malformed()


def _malformed() -> TrustRefused:
    return TrustRefused("The trust bundle is malformed.")
