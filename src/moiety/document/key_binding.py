"""The holder's own signature on a presentation (RFC 9901, section 4.3): over this one, now, for us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from moiety.document import jose
from moiety.document.disclosures import digest
from moiety.document.parameters import CLOCK_TOLERANCE_S, MAX_KEY_BINDING_AGE_S
from moiety.document.reference import Presented
from moiety.errors import KeyBindingRefused
from moiety.keys import same

ANSWERS: Final = "sd-jwt-vc"
"""The one kind of document whose holder signs a nonce and an audience here."""

_LAST_SECOND: Final = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Expected:
    """What the holder was asked to sign; None where nobody asked.

    Attributes:
        nonce: the verifier's random text for this one presentation.
        audience: the verifier's name.
        demanded: whether a document that can't answer is refused: one of a kind without key binding, or one
            that is bound to no key.
        later: whether the answer comes later: a ceremony that begins has no nonce yet.
    """

    nonce: str | None = None
    audience: str | None = None
    demanded: bool = True
    later: bool = False


def answerable(document: Presented, expected: Expected | None) -> Presented:
    """The document, unless its holder can't sign what was asked for.

    Raises:
        KeyBindingRefused: a nonce or audience was given, and this kind has no place for it.
    """
    if expected is None or not expected.demanded or document.kind == ANSWERS:
        return document
    if expected.nonce is not None or expected.audience is not None:
        raise KeyBindingRefused(
            "A signature of the holder was asked for, and a document of this kind has none here.",
            remedy="Leave out --nonce and --audience, or ask the holder for an SD-JWT VC.",
        )
    return document


def require(
    confirmation: object, binding: str, presented: str, hash_name: str, expected: Expected, now: int
) -> bool:
    """Refuse a presentation whose key binding is missing or does not hold; False where none is called for.

    `confirmation` is the claim `cnf`, `binding` the holder's signature, `presented` what it must be over.

    Raises:
        KeyBindingRefused: the document is bound to a key and the holder's signature is missing, over another
            presentation, stale, for another verifier, or not that key's; or it is bound to none and signed.
        CodeMalformed: the signature or the key is not as its format demands.
    """
    if confirmation is None:
        if binding:
            raise KeyBindingRefused("The holder signed, but the document is bound to no key of theirs.")
        if expected.demanded and (expected.nonce, expected.audience) != (None, None):
            raise KeyBindingRefused(
                "A signature of the holder was asked for; the document is bound to no key."
            )
        return False
    if not binding and expected.later:
        return True
    if not binding:
        raise KeyBindingRefused(
            "The document is bound to its holder's key, and the holder's signature is missing."
        )
    token = jose.decode(binding)
    key = jose.key_of_jwk(confirmation.get("jwk") if isinstance(confirmation, dict) else None)
    if jose.media_type(token.header.get("typ")) != "kb+jwt":
        raise KeyBindingRefused("The holder's signature is of another kind.")
    if not key.verifies(token.algorithm, token.signature, token.signed):
        raise KeyBindingRefused("The holder's signature does not hold.")
    _require_said(token.payload, digest(presented, hash_name), expected, now)
    return True


def _require_said(said: dict[str, Any], over: str, expected: Expected, now: int) -> None:
    """What the holder signed: this presentation, now, for this verifier and this once."""
    stated, moment, audience, nonce = (said.get(name) for name in ("sd_hash", "iat", "aud", "nonce"))
    if not isinstance(stated, str) or not same(stated.encode(), over.encode()):
        raise KeyBindingRefused("The holder signed another presentation than this one.")
    if not isinstance(moment, (int, float)) or isinstance(moment, bool) or not 0 <= moment <= _LAST_SECOND:
        raise KeyBindingRefused("The holder's signature does not say when it was made.")
    if now - moment < -CLOCK_TOLERANCE_S:
        raise KeyBindingRefused(
            f"The holder's signature is dated {moment - now:.0f} seconds ahead of this machine's clock.",
            remedy="Set the clocks of this machine and of the holder's device right, and present it again.",
        )
    if now - moment > MAX_KEY_BINDING_AGE_S:
        raise KeyBindingRefused("The holder's signature was not made now.")
    _require_time(said, now)
    # RFC 7519, 4.1.3: an array of one audience is that audience.
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if not isinstance(nonce, str) or not isinstance(audience, str):
        raise KeyBindingRefused("The holder's signature says neither for whom nor for what it was made.")
    if expected.nonce is not None and not same(nonce.encode(), expected.nonce.encode()):
        raise KeyBindingRefused("The holder's signature was made for another verification.")
    if expected.audience is not None and audience != expected.audience:
        raise KeyBindingRefused("The holder's signature was made for another verifier.")


def _require_time(said: dict[str, Any], now: int) -> None:
    """Where the holder's signature says how long it holds, it holds so long."""
    for name in ("nbf", "exp"):
        value = said.get(name)
        if value is None:
            continue
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise KeyBindingRefused(f"The {name} of the holder's signature isn't a date.")
        if (name == "exp" and now >= value) or (name == "nbf" and now + CLOCK_TOLERANCE_S < value):
            raise KeyBindingRefused("The holder's signature is past its time, or before it.")
