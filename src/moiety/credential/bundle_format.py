"""A trust bundle as bytes: signed by the root, written one way, and read strictly.

A COSE_Sign1 by an Ed25519 root key over canonical CBOR with text keys. Unknown keys, wrong types and anything
over the bounds refuse the whole bundle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from moiety.credential import envelope
from moiety.credential.anchors import decode as decode_anchor
from moiety.credential.anchors import encode as encode_anchor
from moiety.credential.bundle import URI, Bundle, GroupEpoch, IssuerKey, PolicyValue, TrustedIssuer
from moiety.credential.trust_parameters import (
    MAX_ANCHORS,
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

T = TypeVar("T")


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


def _encode(bundle: Bundle) -> dict[str, Any]:
    # Only a bundle that has anchors names them: others stay readable by versions that know none.
    anchors = {"documents": [encode_anchor(one) for one in bundle.documents]} if bundle.documents else {}
    stolen = {one.key.public: one.distrusted_until for one in bundle.groups if one.distrusted}
    return {
        **anchors,
        **({"distrusted": stolen} if stolen else {}),
        **({} if bundle.ahead is None else {"ahead": bundle.ahead}),
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
    if isinstance(value, dict):
        names |= {"documents", "distrusted", "ahead"} & set(value)
    body = _map(value, names)
    if body["format"] != BUNDLE_FORMAT or type(body["format"]) is not int:
        raise TrustRefused("The trust bundle has a format that this version does not know.")
    bundle = Bundle(
        serial=_natural(body["serial"]),
        issued=_natural(body["issued"]),
        expires=_natural(body["expires"]),
        issuers=tuple(_issuer(item) for item in _list(body["issuers"], MAX_ISSUERS)),
        groups=_groups(body["groups"], body.get("distrusted")),
        policies=_policies(body["policies"]),
        status_lists=tuple(_typed(item, bytes) for item in _list(body["status"], MAX_LISTS)),
        documents=tuple(decode_anchor(item) for item in _list(body.get("documents", []), MAX_ANCHORS)),
        ahead=_natural(body["ahead"]) if "ahead" in body else None,
    )
    if bundle.expires <= bundle.issued or body.get("documents") == []:
        raise _malformed()
    _all_different([issuer.uri for issuer in bundle.issuers])
    _all_different([key.key.public for issuer in bundle.issuers for key in issuer.keys])
    _all_different([epoch.key.key_id for epoch in bundle.groups])
    return bundle


def _issuer(value: Any) -> TrustedIssuer:
    body = _map(value, {"uri", "keys"})
    uri = _text(body["uri"], MAX_ISSUER_URI_LENGTH)
    if not URI.fullmatch(uri):
        raise _malformed()
    keys = []
    for item in _list(body["keys"], MAX_KEYS):
        public, *times = _sized(item, 4)
        keys.append(IssuerKey(VerifyingKey(_public(public)), *_window(times)))
    return TrustedIssuer(uri, tuple(keys))


def _groups(value: Any, stolen: Any) -> tuple[GroupEpoch, ...]:
    """The epochs. `stolen` names those that are distrusted by their public key, each with its last day."""
    groups = tuple(_epoch(item) for item in _list(value, MAX_GROUPS))
    if stolen is None:
        return groups
    if not isinstance(stolen, dict) or not stolen or set(stolen) - {one.key.public for one in groups}:
        raise _malformed()
    until = {public: _natural(last) for public, last in stolen.items()}
    if any(until.get(one.key.public, one.expires) < one.expires for one in groups):
        raise _malformed()
    return tuple(replace(one, distrusted_until=until.get(one.key.public)) for one in groups)


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
