"""What the root signs: which issuers and verifier groups count, until when, under which policies.

These are the types; `bundle_format` signs them, and reads them strictly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from moiety.credential.anchors import DocumentAnchor
from moiety.credential.trust_parameters import (
    CLOCK_TOLERANCE_S,
    EPOCH_S,
    ISSUER_KEY_S,
    MAX_ISSUER_URI_LENGTH,
    OVERLAP_S,
)
from moiety.credential.wall import is_practice
from moiety.errors import UsageError
from moiety.keys import GroupPublicKey, VerifyingKey

URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
"""RFC 3986: a scheme in lower case, then the characters that a URI may have."""

PolicyValue = int | float | str | bool


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
    """A verifier group in one epoch: sealed to from `not_before` to `not_after`, opened until `expires`.

    After a theft of its key the epoch is distrusted: its codes are refused, and it stays in the bundle until
    `distrusted_until`, the day on which the last of them would have ended.
    """

    name: str
    key: GroupPublicKey
    not_before: int
    not_after: int
    expires: int
    distrusted_until: int | None = None

    @property
    def distrusted(self) -> bool:
        """Whether its key was stolen, so that its codes are refused."""
        return self.distrusted_until is not None


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a root says. `serial` grows with every bundle; times are UTC seconds.

    `ahead` is the newest date that was signed while a clock ran ahead, where the root has repaired that.
    """

    serial: int
    issued: int
    expires: int
    issuers: tuple[TrustedIssuer, ...]
    groups: tuple[GroupEpoch, ...] = ()
    policies: Mapping[str, Mapping[str, PolicyValue]] = field(default_factory=dict)
    status_lists: tuple[bytes, ...] = field(default=(), repr=False)
    documents: tuple[DocumentAnchor, ...] = ()
    ahead: int | None = None

    def voids(self, moment: int) -> bool:
        """Whether the root says that a list of this date was signed by a clock that ran ahead."""
        return self.ahead is not None and self.issued < moment <= self.ahead

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


def new_epoch(name: str, key: GroupPublicKey, now: int) -> GroupEpoch:
    """A group's epoch that begins now."""
    return GroupEpoch(name, key, now - CLOCK_TOLERANCE_S, now + EPOCH_S, now + EPOCH_S + OVERLAP_S)


def new_issuer_key(key: VerifyingKey, now: int) -> IssuerKey:
    """An issuer key that signs from now on."""
    return IssuerKey(key, now - CLOCK_TOLERANCE_S, now + ISSUER_KEY_S, now + ISSUER_KEY_S + OVERLAP_S)


def check_issuer_uri(uri: str) -> str:
    """An issuer's URI, if it is one that fits a code.

    Raises:
        UsageError: no URI (RFC 3986, ASCII, with a scheme), or too long.
    """
    if is_practice(uri):
        raise UsageError("This URI is of the practice range; no home has it.")
    if not URI.fullmatch(uri) or uri in ("http://", "https://"):
        raise UsageError(
            f"{uri!r} is no URI.", remedy="Give one with a scheme, such as https://issuer.example."
        )
    if len(uri) > MAX_ISSUER_URI_LENGTH:
        raise UsageError(f"The issuer's URI has {len(uri)} characters; {MAX_ISSUER_URI_LENGTH} is the most.")
    return uri
