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


def issued_here(state: State, code: Presented | Credential) -> bool:
    """Whether this home's issuer is the one that the code names."""
    credential = code.credential if isinstance(code, OwnCode) else code
    issuer = Home.open(state.settings.home).issuer_uri
    return isinstance(credential, Credential) and issuer is not None and credential.claims.issuer == issuer


def require_issued_here(state: State, code: Credential) -> None:
    """Refuse a code of another issuer where its consent is asked for.

    Raises:
        ConsentError: it is one.
    """
    if not issued_here(state, code):
        raise ConsentError("Another issuer made this code: its consent is not kept here.")
