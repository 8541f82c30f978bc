"""The trust of a ceremony, with this service as the keeper of the other share of blind codes' keys."""

from __future__ import annotations

from moiety.credential.trust import TrustBundle
from moiety.service.state import State
from moiety.store.share_release import Wish, release

_HERE = "this-service"


def with_shares(state: State, trust: TrustBundle) -> TrustBundle:
    """The same trust; a blind code's share is released at the very end, for the capture that was taken."""

    def provider(cti: bytes, pin: str | None) -> bytes:
        return release(state.store, Wish(cti, None, pin, _HERE), now=state.now())

    return trust.with_shares(provider)
