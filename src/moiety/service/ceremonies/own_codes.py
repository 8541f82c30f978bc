"""Codes of this home's own issuer: what the store keeps under a cti is about these alone.

Another issuer that is trusted here could sign a code with the cti of one of ours.
"""

from __future__ import annotations

from moiety.credential.code import Credential
from moiety.credential.layout import Home
from moiety.document.own import OwnCode
from moiety.document.reference import Presented
from moiety.errors import ConsentError
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
