"""Codes of this home's own issuer: what the store keeps under a cti is about these alone.

Another issuer that is trusted here could sign a code with the cti of one of ours.
"""

from __future__ import annotations

from moiety.credential.code import Credential, verify_signature
from moiety.credential.layout import Home
from moiety.document.own import OwnCode
from moiety.document.reference import Presented
from moiety.errors import ConsentError, NotFound
from moiety.service.state import State


def issuer_here(state: State) -> str | None:
    """The URI of this home's issuer; None where nothing is issued."""
    return Home.open(state.settings.home).issuer_uri


def issued_here(state: State, code: Presented | Credential) -> Credential | None:
    """The code, where this home's issuer is the one that it names; else None."""
    credential = code.credential if isinstance(code, OwnCode) else code
    issuer = issuer_here(state)
    ours = isinstance(credential, Credential) and issuer is not None and credential.claims.issuer == issuer
    return credential if ours and isinstance(credential, Credential) else None


def require_issued_here(state: State, code: Credential) -> None:
    """Refuse a code of another issuer where its consent is asked for.

    Raises:
        ConsentError: it is one.
    """
    if issued_here(state, code) is None:
        raise ConsentError("Another issuer made this code: its consent is not kept here.")


def require_signed_here(state: State, code: Credential) -> None:
    """Refuse the text of a code that this home's issuer didn't sign, whatever identifier it states.

    Raises:
        NotFound: another issuer's code, or under a key that isn't in the trust bundle.
        SignatureInvalid: it was altered.
    """
    uri = issuer_here(state)
    held = None if uri is None else state.trust.current(state.now()).issuer_key(uri, code.key_id)
    if held is None or code.claims.issuer != uri:
        raise NotFound("This code wasn't issued here.", remedy="Check it, or ask the site that issued it.")
    verify_signature(code, held.key)
