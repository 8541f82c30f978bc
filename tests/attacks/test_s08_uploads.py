"""S8: an upload is looked at before its body, and all uploads together have a budget."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.client
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.attacks.serving import Served, answer_head, served

from moiety.credential.home import create_home
from moiety.service.roles import Role

NOWHERE = "/v1/verifications/" + "0" * 32 + "/complete"
LARGE = 60_000_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = tmp_path_factory.mktemp("s08") / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    with served(home) as running:
        running.get("/healthz")
        time.sleep(3)
        yield running


def head(service: Served, path: str, token: str, *more: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: localhost:{service.port}",
        f"Authorization: Bearer {token}",
        "Content-Type: multipart/form-data; boundary=x",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize("how", [f"Content-Length: {LARGE}", "Transfer-Encoding: chunked"])
def test_a_made_up_ceremony_is_refused_before_its_body(service: Served, how: str) -> None:
    with service.connect() as connection:
        connection.sendall(head(service, NOWHERE, service.token(Role.VERIFIER), how))
        assert answer_head(connection).startswith(b"HTTP/1.1 409 ")


def test_a_file_larger_than_any_picture_is_refused_before_its_end(service: Served) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="p"\r\n\r\n'
    with service.connect() as connection:
        connection.sendall(
            head(service, "/v1/codes/read", service.token(Role.VERIFIER), f"Content-Length: {LARGE}")
        )
        connection.sendall(part + bytes(26_000_000))
        assert answer_head(connection).startswith(b"HTTP/1.1 413 ")


def test_what_a_refused_client_goes_on_sending_is_read_by_turns(service: Served) -> None:
    """As fast as four clients send, it took a whole core: 240 MB in a second."""
    refused = head(service, NOWHERE, service.token(Role.VERIFIER), f"Content-Length: {LARGE}")
    began = time.monotonic()

    def send(_: int) -> bytes:
        with service.connect(timeout=60) as connection, contextlib.suppress(OSError):
            connection.sendall(refused + bytes(LARGE))
            return answer_head(connection)
        return b""

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert time.monotonic() - began > 3
    assert all(one[:13] in (b"", b"HTTP/1.1 409 ") for one in answers)


def test_the_answer_to_a_refused_capture_reaches_a_client_that_sends_everything_first(
    service: Served,
) -> None:
    headers = {
        "Authorization": f"Bearer {service.token(Role.VERIFIER)}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    assert service.ask("POST", NOWHERE, bytes(20_000_000), headers)[0] == 409


def test_uploads_at_once_take_little(service: Served) -> None:
    """Twenty of 20 MB by one token, to the route that has no ceremony."""
    token, before = service.token(Role.VERIFIER), service.memory_mb()
    part = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="p"\r\n\r\n'
    body = part + bytes(20_000_000) + b"\r\n--x--\r\n"
    most = before

    def upload(_: int) -> int:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "multipart/form-data; boundary=x",
        }
        with contextlib.suppress(OSError, http.client.HTTPException):
            return service.ask("POST", "/v1/codes/read", body, headers, timeout=120)[0]
        return 0

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(upload, number) for number in range(20)]
        while not all(one.done() for one in waiting):
            most = max(most, service.memory_mb())
            assert service.get("/healthz", timeout=30) == 200
            time.sleep(0.1)
    assert {one.result() for one in waiting} <= {0, 413, 422, 503}
    assert most - before < 300, f"{most - before:.0f} MB"


def test_a_body_that_drips_is_ended(service: Served) -> None:
    token = service.token(Role.VERIFIER)
    with service.connect(timeout=30) as connection:
        connection.sendall(head(service, "/v1/codes/read", token, "Content-Length: 5000000") + b"--x")
        assert answer_head(connection).startswith(b"HTTP/1.1 408 ")
