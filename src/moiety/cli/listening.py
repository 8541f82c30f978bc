"""The socket that the service listens on: taken before anything is promised, and refused with its cause."""

from __future__ import annotations

import argparse
import errno
import os
import socket
from typing import Final

from moiety.errors import UsageError

HIGHEST_PORT: Final = 65_535
_WHY: Final = {
    errno.EADDRINUSE: ("Port {port} is in use on {host}.", "Choose another: --port N."),
    errno.EACCES: ("This user may not listen on port {port}.", "Choose a port above 1023: --port N."),
    errno.EADDRNOTAVAIL: ("{host} isn't an address of this machine.", "Give one of its own: --host ADDRESS."),
}  # fmt: skip


def port(text: str) -> int:
    """The number of a port, for argparse.

    Raises:
        ArgumentTypeError: none from 1 to 65535.
    """
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to {HIGHEST_PORT}, not {text!r}")
    return number


def free_or_port(text: str) -> int:
    """The number of a port, or 0 for one that is free.

    Raises:
        ArgumentTypeError: none from 0 to 65535.
    """
    return 0 if text == "0" else port(text)


def take(host: str, number: int) -> socket.socket:
    """A socket on this address and port, which nobody else can then have: it listens.

    Raises:
        UsageError: the port is in use or not for this user, or the address is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"There is no address {host!r}.", remedy="Give another: --host ADDRESS.") from error
    taken = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two programs have one port
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind(address)
        taken.listen()  # on Linux two sockets with SO_REUSEADDR may both be bound, but only one listens
    except OSError as error:
        taken.close()
        text, remedy = _WHY.get(
            error.errno or 0,
            (
                "Port {port} on {host} can't be used: " + (error.strerror or "refused") + ".",
                "Choose another: --port N.",
            ),
        )
        raise UsageError(text.format(port=number, host=host), remedy=remedy) from error
    taken.set_inheritable(True)
    return taken
