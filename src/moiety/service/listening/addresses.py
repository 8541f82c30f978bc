"""Whose address counts: the nearest one that no trusted proxy has; IPv6 by its network of 64 bits."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from moiety.errors import UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORWARDED: Final = b"x-forwarded-for"
_HOPS_MOST: Final = 16


def networks(named: Iterable[str]) -> tuple[Network, ...]:
    """The networks of the proxies that an administrator named.

    Raises:
        UsageError: an entry isn't an address or a network.
    """
    try:
        return tuple(ipaddress.ip_network(one.strip(), strict=False) for one in named)
    except ValueError as error:
        raise UsageError(
            "A trusted proxy is an address or a network.",
            remedy="Give one such as --trusted-proxy 127.0.0.1 or --trusted-proxy 10.89.0.0/24.",
        ) from error


def parse(text: str) -> Address | None:
    """The address in a text: alone, with a port, or in brackets; None where there isn't one."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return found if mapped is None else mapped


def subject_of(address: str) -> str:
    """What limits count: an IPv4 address, or the network of 64 bits that an IPv6 subscriber has."""
    found = parse(address)
    if found is None:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))


def address_of(request: HTTPConnection) -> str:
    """What limits count of whoever sent this request."""
    return "" if request.client is None else subject_of(request.client.host)


class TrustedProxies:
    """The proxies whose word about an address is taken."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    def __contains__(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)

    def has(self, peer: str) -> bool:
        """Whether this peer is one of them."""
        return parse(peer) in self

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """The address of a request's sender: the right-most hop that isn't a trusted proxy.

        Each proxy adds the address that it saw at the right, so what a client invents stands at the left and
        is never reached. A hop that can't be read ends the search at the proxy that passed it on.
        """
        found = peer
        for hop in [one for line in forwarded for one in line.split(",")][: -_HOPS_MOST - 1 : -1]:
            if not self.has(found):
                return found
            address = parse(hop)
            if address is None:
                return found
            found = str(address)
        return found


class Forwarded:
    """Sets a request's client to the address that counts. Without trusted proxies it's the peer's own."""

    def __init__(self, app: ASGIApp, *, proxies: TrustedProxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI 3)."""
        peer = scope.get("client")
        if scope["type"] in ("http", "websocket") and peer is not None and self._proxies.has(peer[0]):
            lines = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED]
            scope["client"] = (self._proxies.client(peer[0], lines), 0)
        await self._app(scope, receive, send)
