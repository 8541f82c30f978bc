"""What the routes of one process share: settings, store, trust, clock. Nothing of one request stays in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, Request

from moiety.decision.calibration import Tables
from moiety.decision.policy import Policy
from moiety.decision.policy_file import home_policy
from moiety.errors import KeyUnavailable
from moiety.keys import SigningKey
from moiety.service.metrics import Metrics
from moiety.service.practice.stage import Stage
from moiety.service.settings import Settings
from moiety.service.trust import Trust
from moiety.service.uploads import Uploads
from moiety.service.work import Work
from moiety.store import Store
from moiety.store.ledger import Log

if TYPE_CHECKING:
    from moiety.service.oidc import Provider


@dataclass(frozen=True, slots=True)
class State:
    """Shared by all requests. `clock` gives UTC seconds.

    Attributes:
        policy: what is asked for, read once; liveness is required unless the unsafe setting is on.
        tables: calibration tables, read once.
        provider: the OpenID provider, where one was set.
        practice: what is practised in this process, apart from all the rest.
        uploads: the budget of large bodies that are on their way to this process.
        log: the account of what was done, which this process extends.
        device: the key that signs decision receipts; None in an issuer's home, which verifies nobody.
    """

    settings: Settings
    store: Store
    clock: Callable[[], float]
    trust: Trust
    policy: Policy
    tables: Tables
    work: Work
    device: SigningKey | None = field(repr=False)
    provider: Provider | None = None
    log: Log | None = None
    metrics: Metrics = field(default_factory=Metrics)
    practice: Stage = field(default_factory=Stage, repr=False)
    uploads: Uploads = field(default_factory=Uploads, repr=False)

    @classmethod
    def open(
        cls,
        settings: Settings,
        store: Store,
        device: SigningKey | None,
        provider: Provider | None,
        clock: Callable[[], float] = time.time,
        *,
        log: Log | None = None,
    ) -> State:
        """Read what is read once.

        Raises:
            DocumentUnreadable, UsageError: the home's policy or tables.
        """
        liveness: Literal["none", "required"] = "none" if settings.unsafe_no_liveness else "required"
        return cls(
            settings=settings,
            store=store,
            clock=clock,
            trust=Trust(settings.home, store),
            policy=home_policy(settings.home).changed(liveness=liveness),
            tables=Tables.of_home(settings.home),
            work=Work(settings.workers),
            device=device,
            provider=provider,
            log=log,
        )

    def now(self) -> int:
        """UTC seconds."""
        return int(self.clock())

    def device_key(self) -> SigningKey:
        """The key that signs receipts.

        Raises:
            KeyUnavailable: this is an issuer's home.
        """
        if self.device is None:
            raise KeyUnavailable(
                "This is an issuer's home: it verifies nobody.", remedy="Verify at a verifier's home."
            )
        return self.device


def state_of(request: Request) -> State:
    """The state of the application that got this request."""
    state: State = request.app.state.moiety
    return state


async def _shared(request: Request) -> State:
    return state_of(request)  # not worth a thread, as FastAPI would give a plain function


Shared = Annotated[State, Depends(_shared)]
"""The parameter of a route that needs the state."""
