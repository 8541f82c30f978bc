"""The trust of a ceremony, with this service as the keeper of the other share of blind codes' keys."""

from __future__ import annotations

from moiety.credential.blind import BlindCode
from moiety.credential.code import Credential
from moiety.credential.trust import TrustBundle
from moiety.document.reference import Presented
from moiety.service.ceremonies.own_codes import issued_here, issuer_here
from moiety.service.state import State
from moiety.store.share_release import Wish, release

_HERE = "this-service"


def with_shares(state: State, trust: TrustBundle, code: Presented | Credential) -> TrustBundle:
    """The same trust; a blind code's share is released at the very end, for the capture that was taken.

    For a code of another issuer this service keeps no share: the trust stays as it is.
    """
    if issued_here(state, code) is None:
        return trust

    def provider(blind: BlindCode, pin: str | None) -> bytes:
        wish = Wish(blind, None, pin, _HERE)
        return release(state.store, wish, issuer=issuer_here(state), now=state.now())

    return trust.with_shares(provider)
