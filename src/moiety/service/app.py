"""The application: what is put together, in the order in which a request meets it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import httpx
from fastapi import FastAPI
from opentelemetry.trace import TracerProvider

from moiety._version import __version__
from moiety.consent.settings import ConsentSettings
from moiety.credential.layout import Home
from moiety.service import failures
from moiety.service.account import log_of
from moiety.service.bounds import Bounds
from moiety.service.capture.route import routes as capture_routes
from moiety.service.headers import Guard
from moiety.service.listening.addresses import Forwarded
from moiety.service.observe import Observed
from moiety.service.oidc import Provider
from moiety.service.routes import (
    ages,
    api_page,
    catalogue,
    consents,
    credentials,
    enrolments,
    health,
    joining,
    ledger,
    oidc,
    operators,
    passkeys,
    practice,
    retention,
    session,
    shares,
    station,
    trust,
    verifications,
    withdraw_page,
)
from moiety.service.settings import Settings
from moiety.service.state import State
from moiety.service.static import Pages
from moiety.service.table import authorisation
from moiety.store import Store, open_store
from moiety.store.migrate import upgrade
from moiety.store.places import take_over

ROUTES: Final = (
    session.router,
    joining.router,
    passkeys.router,
    oidc.router,
    operators.router,
    consents.router,
    enrolments.router,
    verifications.router,
    credentials.router,
    practice.router,
    retention.router,
    withdraw_page.router,
    shares.router,
    ledger.router,
    trust.router,
    catalogue.router,
    api_page.router,
    health.router,
    ages.router,
    station.router,
)

DESCRIPTION: Final = """\
Is this the person who enrolled? One to one, and nothing else: a person carries a sealed and signed code with
their template; no route returns a template, compares with more than one, or takes a batch.

Every error has one shape: `{"error": {"code", "text", "remedy"}}`; `code` is stable.
"""


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Callable[[], float] = time.time,
    transport: httpx.BaseTransport | None = None,
    tracers: TracerProvider | None = None,
) -> FastAPI:
    """The application for these settings.

    `store`, `clock` and `transport` (to the OpenID provider) are for tests and the practice range;
    `tracers` is where spans go, by default to nobody.

    Raises:
        HomeError, DocumentUnreadable, UsageError: the home, or a file of settings in it, cannot be used.
        StoreUnavailable: the database is away, or of a newer version.
    """
    home = Home.open(settings.home)
    ConsentSettings.open(home.path, home.issuer_uri or settings.site)  # refused now, not before a person
    opened = open_store(settings.database_url) if store is None else store
    upgrade(opened)
    if home.issues:
        take_over(opened, home.register_file, int(clock()))
    device = None if home.role == "issuer" else home.device_key()
    provider = None if settings.oidc is None else Provider(settings.oidc, transport)
    state = State.open(settings, opened, device, provider, clock, log=log_of(home, opened))
    state.trust.keep_fresh(state.now())

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        state.work.close()
        if store is None:
            opened.close()

    app = FastAPI(
        title="Moiety",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.moiety = state
    failures.install(app)
    app.add_middleware(Bounds)
    app.add_middleware(Guard, secure=settings.secure)
    app.add_middleware(Observed, metrics=state.metrics, tracers=tracers)
    app.add_middleware(Forwarded, proxies=settings.proxies)
    for part in ROUTES:
        app.include_router(part)
    app.include_router(capture_routes(state))
    authorisation(app)  # refuses a route that does not say who may call it
    # Last: whatever is no route is a file of the pages, or nothing.
    app.mount("/", Pages(directory=settings.pages, html=True, check_dir=False), name="pages")
    return app
