"""Fetch status lists of document issuers: https alone, bounded, apart from every presentation.

This is the one command of the engine's that opens a connection, and it asks only for whole lists whose
addresses documents have named here, or that were given: an issuer doesn't learn who was verified, or when.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from moiety.credential.trust_parameters import MAX_LIST_TOKEN_BYTES
from moiety.errors import InputError, TrustRefused

SECONDS: Final = 10.0
"""In all for one list, redirects included. A server that drips its answer is cut off then."""
REDIRECTS: Final = 3
_PIECE: Final = 1 << 16
_ACCEPT: Final = "application/statuslist+jwt, application/statuslist+cwt"
_MOVED: Final = frozenset((301, 302, 303, 307, 308))
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_SIX_TO_FOUR: Final = ipaddress.IPv6Network("2002::/16")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Way:
    """How lists are reached: whether private addresses may be asked, and which authorities are believed."""

    private: bool = False
    authorities: Path | None = None

    def context(self) -> ssl.SSLContext:
        """TLS as the system believes, or by the authorities that were given.

        Raises:
            TrustRefused: they can't be read.
        """
        try:
            return ssl.create_default_context(cafile=self.authorities)
        except (OSError, ssl.SSLError) as error:
            raise TrustRefused("The file of certificate authorities can't be read.") from error


def fetch(uri: str, way: Way) -> bytes:
    """The list at an address.

    Raises:
        TrustRefused: it isn't https, leads to a private address, redirects too often, or is too large.
        InputError: it can't be reached, or answers something else.
    """
    ends = time.monotonic() + SECONDS
    context = way.context()
    at = uri
    for _ in range(REDIRECTS + 1):
        answered = _ask(at, way, context, ends)
        if isinstance(answered, bytes):
            return answered
        at = urljoin(at, answered)
    raise TrustRefused(f"The list at {uri} redirects more than {REDIRECTS} times.")


def _ask(uri: str, way: Way, context: ssl.SSLContext, ends: float) -> bytes | str:
    """The body at an address, or the address that it moved to."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port or 443
    except ValueError as error:
        raise TrustRefused("The address of the list is malformed.") from error
    if parts.scheme != "https" or not host or parts.username is not None:
        raise TrustRefused("Lists are fetched over https alone.", remedy="Take it in by hand: trust import.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(one <= " " for one in path):
        raise TrustRefused("The address of the list is malformed.")
    try:
        held = _connected(host, port, way, context, ends)
        # Each read has its own time, so a server that drips could hold on to it for as long as it likes.
        guard = threading.Timer(_left(ends), _cut_off, (held,))
        guard.start()
        try:
            held.do_handshake()
            return _answer(host, port, path, held, ends)
        finally:
            guard.cancel()
            held.close()
    except (OSError, http.client.HTTPException) as error:
        raise InputError(f"{host} can't be reached for the list: {type(error).__name__}.") from error


def _connected(host: str, port: int, way: Way, context: ssl.SSLContext, ends: float) -> ssl.SSLSocket:
    """A connection to an address that was looked at: the name isn't resolved a second time."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not way.private and not all(_is_public(one) for one in addresses):
        raise TrustRefused(
            f"{host} is a private address.", remedy="If its list is yours to fetch: --allow-private."
        )
    plain = socket.create_connection((addresses[0], port), timeout=_left(ends))
    return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _cut_off(held: ssl.SSLSocket) -> None:
    """End a connection that another thread reads from; the plain way, so that it reads nothing more."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(held, socket.SHUT_RDWR)


def _answer(host: str, port: int, path: str, held: ssl.SSLSocket, ends: float) -> bytes | str:
    connection = http.client.HTTPSConnection(host, port)
    connection.sock = held
    connection.request("GET", path, headers={"Accept": _ACCEPT, "Accept-Encoding": "identity"})
    answer = connection.getresponse()
    if answer.status in _MOVED:
        return answer.headers.get("Location", "")
    if answer.status != 200 or answer.headers.get("Content-Encoding", "identity") != "identity":
        raise InputError(f"The server answered {answer.status} instead of a list.")
    data = bytearray()
    while piece := answer.read1(_PIECE):
        data += piece
        if len(data) > MAX_LIST_TOKEN_BYTES:
            raise TrustRefused(f"The list has more than {MAX_LIST_TOKEN_BYTES:,} bytes.")
    _left(ends)  # what was cut off is no whole list
    return bytes(data)


def _is_public(address: str) -> bool:
    """Whether an address is on the public internet: with the IPv4 address that an IPv6 one may lead to."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address):
        inside = ipaddress.IPv4Address(int(one) & 0xFFFFFFFF) if one in _NAT64 else one.ipv4_mapped
        if inside is None:
            return one in _UNICAST and one not in _SIX_TO_FOUR and one.is_global
        one = inside
    return one.is_global and not one.is_multicast


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
