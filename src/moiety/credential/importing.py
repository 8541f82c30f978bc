"""Taking trust into a home: the root is pinned once, and nothing that is held gets older."""

from __future__ import annotations

from dataclasses import dataclass

from moiety.credential.clock import day, seconds
from moiety.credential.layout import Home
from moiety.credential.status import StatusToken
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_file import TrustFile, unlock_group_keys
from moiety.credential.wall import refuse_practice
from moiety.errors import TrustRefused, UsageError
from moiety.keys import VerifyingKey, fingerprint


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
    refuse_practice(one.uri for one in incoming.issuers)
    incoming.require_current(moment)
    keys = unlock_group_keys(file.group_keys, passphrase)
    with home.alone():
        merged = incoming
        if pinned is not None and home.trust_file.exists():
            merged = incoming.following(TrustBundle.held(home))
            merged.require_current(moment)
        if pinned is None:
            home.pin_root(file.root)
        for key in keys:
            home.add_group_key(key)
        merged.save(home)
    trust = merged.with_group_keys(home.group_keys())
    return Imported(
        trust, fingerprint(file.root.public), pinned is None, root_fingerprint is not None, len(keys)
    )


def is_list(data: bytes) -> bool:
    """Whether this is a signed document, a status list by itself, rather than a trust file."""
    return data[:1] == b"\xd2"


def import_list(home: Home, data: bytes, *, now: int | None = None) -> StatusToken:
    """Take a status list by itself into a home that trusts its issuer. An older one changes nothing.

    Raises:
        TrustRefused: no issuer in the home's bundle signed it, or it is older than the one held.
        ClockSetBack: the clock is earlier than the list.
    """
    moment = seconds(now)
    with home.alone():
        held = TrustBundle.open(home.path, now=moment)
        owner, token = held.signed_list(data)
        before = held.status_list(owner, token.uri)
        if before is not None and token.issued < before.issued:
            raise TrustRefused(
                f"The status list of {day(token.issued)} is older than the one held, of "
                f"{day(before.issued)}.",
                remedy="Fetch the newest list from where the issuer publishes it.",
            )
        merged = held.with_list(data)
        merged.require_current(moment)
        merged.save(home)
    return token


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
