"""S2: a socket holds memory for nobody: refused before it's accepted, no compression, little held at once."""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks.serving import Served, answer_head, ended, frame, served, upgrade

from moiety.credential.home import create_home
from moiety.service.roles import Role

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = tmp_path_factory.mktemp("s02") / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    with served(home) as running:
        yield running


def bomb() -> bytes:
    """16 MB of zeros as a compressed frame: 16 kB."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(bytes(15_900_000)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(packed[:-4], first=0xC0)


def test_nobody_without_a_session_gets_memory(service: Served) -> None:
    """The attack as it was found: compressed frames on sockets that nobody signed in for."""
    service.get("/healthz")
    time.sleep(3)  # the networks load at the start
    before, message = service.memory_mb(), bomb()
    open_ones = []
    for _ in range(6):
        connection = service.connect()
        connection.sendall(upgrade("/v1/capture/code", service.port, DEFLATE))
        with contextlib.suppress(OSError):
            for _ in range(16):
                connection.sendall(message)
        open_ones.append(connection)
    time.sleep(1)
    grown = service.memory_mb() - before
    for connection in open_ones:
        connection.close()
    assert grown < 100, f"{grown:.0f} MB for six sockets"


@pytest.mark.parametrize("origin", [None, "http://elsewhere.example", "null"])
def test_the_handshake_is_refused_before_it_is_accepted(service: Served, origin: str | None) -> None:
    headers = [] if origin is None else [f"Origin: {origin}", f"Cookie: moiety={service.session(*Role)}"]
    for path in ("/v1/capture/code", "/v1/capture/" + "0" * 32):
        for more in ([], [f"Origin: {service.site}"] if origin is None else []):
            with service.connect() as connection:
                connection.sendall(upgrade(path, service.port, *headers, *more))
                assert answer_head(connection).startswith(b"HTTP/1.1 403 ")


def test_a_session_gets_no_compression_and_few_sockets(service: Served) -> None:
    own = (f"Origin: {service.site}", f"Cookie: moiety={service.session(Role.VERIFIER)}", DEFLATE)
    statuses, open_ones = [], []
    for _ in range(6):
        connection = service.connect()
        connection.sendall(upgrade("/v1/capture/code", service.port, *own))
        head = answer_head(connection).lower()
        assert b"deflate" not in head
        statuses.append(int(head.split()[1]))
        open_ones.append(connection)
    assert statuses == [101] * 4 + [503] * 2
    for connection in open_ones:
        connection.close()
    time.sleep(0.5)
    with service.connect() as connection:
        connection.sendall(upgrade("/v1/capture/code", service.port, *own))
        assert answer_head(connection).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize(
    "sent",
    [
        frame(bytes(2_000_000))[:1_900_000],  # a message that nobody asked for, too large, not yet whole
        frame(b"x", first=0) + frame(b"", opcode=0, first=0) * 2000,  # a message in parts without end
        frame(b"p" * 120, opcode=9) * 40_000,  # pings whose answers nobody reads
    ],
    ids=["large", "parts", "pings"],
)
def test_a_hostile_session_holds_little(service: Served, sent: bytes) -> None:
    own = (f"Origin: {service.site}", f"Cookie: moiety={service.session(Role.VERIFIER)}")
    with service.connect() as connection:
        connection.sendall(upgrade("/v1/capture/code", service.port, *own))
        assert answer_head(connection).startswith(b"HTTP/1.1 101 ")
        connection.settimeout(5)
        with pytest.raises(OSError):
            for _ in range(4):
                connection.sendall(sent)
                time.sleep(0.3)
            if not ended(connection, 5):
                pytest.fail("the socket stays open")
            raise OSError
