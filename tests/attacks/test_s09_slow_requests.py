"""S9: whoever sends slowly, or not at all, keeps nobody else out."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks.serving import Served, answer_head, ended, served, upgrade

from moiety.credential.home import create_home

DESCRIPTORS = 512
HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: "
BODY = (
    b"POST /v1/session/invitation/begin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = tmp_path_factory.mktemp("s09") / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    with served(home, descriptors=DESCRIPTORS) as running:
        yield running


def crowd(service: Served, count: int, sent: bytes, sources: int) -> list[socket.socket]:
    """So many connections from so many addresses, each of which sends this and then nothing."""
    open_ones = []
    for number in range(count):
        with contextlib.suppress(OSError):
            connection = service.connect(source=f"127.0.1.{1 + number % sources}", timeout=5)
            open_ones.append(connection)
            if sent:
                connection.sendall(sent)
    return open_ones


@pytest.mark.parametrize(
    ("sent", "sources"),
    [(HALF, 1), (HALF, 100), (b"", 100), (BODY, 1), (BODY, 100)],
    ids=["half a head", "half a head, many addresses", "nothing", "half a body", "half a body, many"],
)
def test_a_crowd_that_waits_silences_nobody(service: Served, sent: bytes, sources: int) -> None:
    crowded = crowd(service, DESCRIPTORS + 100, sent, sources)
    try:
        for source in ("127.0.0.1", "127.0.1.1"):  # another address, and one of the crowd's own
            assert service.get("/", source=source, timeout=30) == 200
    finally:
        for one in crowded:
            one.close()
    time.sleep(0.3)


def test_each_kind_of_delay_has_an_end(service: Served) -> None:
    """Half a head, nothing at all, silence or empty lines after an answer, half of a handshake."""
    plain = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    kinds = {"head": HALF, "nothing": b"", "idle": plain, "handshake": upgrade("/x", 1)[:-2]}
    with contextlib.ExitStack() as all_of_them:
        dripping = all_of_them.enter_context(service.connect())
        dripping.sendall(plain)
        open_ones = {kind: all_of_them.enter_context(service.connect()) for kind in kinds}
        for kind, sent in kinds.items():
            open_ones[kind].sendall(sent)
        until = time.monotonic() + 40
        cut = False
        while time.monotonic() < until and not cut:
            time.sleep(0.5)
            try:
                dripping.sendall(b"\r\n")
            except OSError:
                cut = True
        assert cut, "empty lines keep a connection open"
        for kind, connection in open_ones.items():
            assert ended(connection, 5), kind


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: 12345678901234567890\r\n" * 4000,
        b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 400_000,
        b"GET /" + b"a" * 400_000,
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000,
    ],
    ids=["many fields", "a long field", "a long target", "pipelined"],
)
def test_heads_and_pipelines_are_bounded(service: Served, sent: bytes) -> None:
    with service.connect() as connection:
        with contextlib.suppress(OSError):
            connection.sendall(sent)
            connection.sendall(sent)
        assert ended(connection, 20)
    assert service.get() == 200


def test_two_requests_one_after_the_other_still_work(service: Served) -> None:
    with service.connect() as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            head = answer_head(connection)
            assert b"HTTP/1.1 200 " in head  # behind the body of the one before


def test_nobody_is_sent_to_a_host_of_the_requests(service: Served) -> None:
    for path in ("//x/%2f..", "/js", "//evil.example/%2e%2e"):
        with service.connect() as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode())
            assert b"location:" not in answer_head(connection).lower()
