"""The service as `moiety serve` starts it, in a process of its own, and raw sockets against it."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moiety.service import roles, sign_in, tokens
from moiety.service.roles import Role
from moiety.store import Store, open_store, operators
from moiety.store.operators import Client, Operator


@dataclass
class Served:
    """A running `moiety serve` over a home."""

    process: subprocess.Popen[bytes]
    port: int
    home: Path
    store: Store
    said: list[str] = field(default_factory=list)

    @property
    def site(self) -> str:
        return f"http://localhost:{self.port}"

    def connect(self, *, source: str = "127.0.0.1", timeout: float = 20) -> socket.socket:
        """A connection from this loopback address."""
        return socket.create_connection(("127.0.0.1", self.port), timeout, (source, 0))

    def get(self, path: str = "/", *, source: str = "127.0.0.1", timeout: float = 20) -> int:
        """The status of one GET, on a connection of its own."""
        return self.ask("GET", path, source=source, timeout=timeout)[0]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        source: str = "127.0.0.1",
        timeout: float = 60,
    ) -> tuple[int, bytes]:
        """Status and body of one request."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=timeout, source_address=(source, 0)
        )
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def token(self, *given: Role) -> str:
        """A new API client's token."""
        now, token = int(time.time()), tokens.Token.new()
        client = Client(tokens.new_id(), "attack", roles.encode(given), now, now + 86_400, None)
        with self.store.begin() as connection:
            operators.add_client(connection, client, token.hash)
        return token.text

    def session(self, *given: Role) -> str:
        """The cookie's value of a new operator's session."""
        now = int(time.time())
        operator = Operator(tokens.new_id(), "Somebody", roles.encode(given), None, None, now, None)
        with self.store.begin() as connection:
            operators.add(connection, operator)
            return sign_in.open_session(connection, operator, now).cookie

    def memory_mb(self) -> float:
        """Resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def served(
    home: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    descriptors: int | None = None,
) -> Iterator[Served]:
    """Start `moiety serve` on this home, and end it."""
    port = free_port()
    command: Sequence[str] = (
        str(Path(sys.executable).with_name("moiety")),
        "serve",
        "--home",
        str(home),
        "--port",
        str(port),
        *options,
    )

    def limit() -> None:
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        preexec_fn=limit,
    )
    said: list[str] = []
    reader = threading.Thread(target=_listen, args=(process, said), daemon=True)
    reader.start()
    try:
        _until_it_answers(process, port, said)
        store = open_store(f"sqlite:///{home / 'service.sqlite3'}")
        yield Served(process, port, home, store, said)
        store.close()
    finally:
        process.kill()
        process.wait(20)
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()


def _listen(process: subprocess.Popen[bytes], said: list[str]) -> None:
    if process.stdout is not None:
        said.extend(line.decode("utf-8", "replace") for line in process.stdout)


def _until_it_answers(process: subprocess.Popen[bytes], port: int, said: Sequence[str]) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("".join(said))
        with contextlib.suppress(OSError, http.client.HTTPException):
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                asked.request("GET", "/healthz")
                if asked.getresponse().status == 200:
                    return
            finally:
                asked.close()
        time.sleep(0.1)
    raise TimeoutError("the service doesn't answer")


def upgrade(path: str, port: int, *headers: str) -> bytes:
    """The head of a WebSocket's handshake."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def frame(payload: bytes, *, opcode: int = 2, first: int = 0x80) -> bytes:
    """A masked WebSocket frame, with a mask of zeros; `first` has FIN and the reserved bits."""
    size = len(payload)
    if size < 126:
        head = bytes([first | opcode, 0x80 | size])
    elif size < 65536:
        head = bytes([first | opcode, 0x80 | 126]) + size.to_bytes(2)
    else:
        head = bytes([first | opcode, 0x80 | 127]) + size.to_bytes(8)
    return head + bytes(4) + payload


def answer_head(connection: socket.socket) -> bytes:
    """What comes until a head is whole, or the connection ends."""
    got = b""
    with contextlib.suppress(OSError):
        while b"\r\n\r\n" not in got:
            more = connection.recv(4096)
            if not more:
                break
            got += more
    return got


def ended(connection: socket.socket, seconds: float) -> bool:
    """Whether the service ends this connection within so many seconds."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True
