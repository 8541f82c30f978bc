"""What a service is told when it starts; read once, checked once, and never changed while it runs."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from moiety.errors import UsageError
from moiety.service.listening.addresses import TrustedProxies, networks

DATABASE_FILE: Final = "service.sqlite3"
PAGES: Final = Path(__file__).parent / "pages"


def named(host: str) -> bool:
    """Whether a host has a name, to which passkeys are bound (WebAuthn Level 3, 5.1.2); numbers have none."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID provider through which operators may sign in.

    Attributes:
        issuer: its URL, as in its discovery document.
        client_id: the name under which it knows this service.
        client_secret: shared with it; read from a file, never printed.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process.

    Attributes:
        home: the home whose keys and trust it works with.
        origin: where browsers reach it, such as "https://verify.example.org"; passkeys are bound to it.
        database: URL of the store; by default a file of SQLite in the home.
        unsafe_no_liveness: compare captures that show no liveness. Every answer repeats it.
        enrol_from_files: take uploaded pictures at an enrolment; their codes are marked so.
        oidc: another way in for operators.
        lan: whether phones on the local network may join with an invitation alone.
        workers: how many captures are worked on at once; by default one a core.
        pages: the folder of the static pages.
        trusted_proxies: addresses and networks of the proxies whose X-Forwarded-For is believed.
    """

    home: Path
    origin: str = "http://localhost:8000"
    database: str | None = None
    unsafe_no_liveness: bool = False
    enrol_from_files: bool = False
    oidc: Oidc | None = None
    lan: bool = False
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    pages: Path = PAGES
    trusted_proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.origin)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise UsageError(
                "A service is reached by https, or on this machine as http://localhost.",
                remedy="Put a TLS proxy in front of it and give its address: --origin https://HOST.",
            )
        if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise UsageError("An origin is a scheme and a host, such as https://verify.example.org.")
        if self.workers < 1:
            raise UsageError("At least one worker is needed.")
        networks(self.trusted_proxies)  # checked when the service starts, not when the first request comes

    @property
    def database_url(self) -> str:
        """The URL of the store."""
        return f"sqlite:///{self.home / DATABASE_FILE}" if self.database is None else self.database

    @property
    def proxies(self) -> TrustedProxies:
        """The proxies that are believed."""
        return TrustedProxies(networks(self.trusted_proxies))

    @property
    def host(self) -> str:
        """The host name in the origin: the relying party's identifier of passkeys."""
        return urlsplit(self.origin).hostname or "localhost"

    @property
    def site(self) -> str:
        """The origin as browsers send it: no path, no closing slash."""
        return self.origin.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by https."""
        return self.origin.startswith("https:")
