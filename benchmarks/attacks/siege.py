"""Hostile connections and uploads against `moiety serve`: its memory, and whether a page still comes.

    python -m benchmarks.attacks siege [--sockets 60] [--uploads 40] [--heads 1100] [--rest 60]

First nothing, for what the machine itself takes. Then three attacks, one after the other: hostile sockets
that send compressed bombs without a session; uploads of 60 MB by one token, for a made-up ceremony and to a
route without one; partial requests against 1,024 descriptors. Prints one JSON object. Holds: at most
1,200 MB, within 15 % of the start after a minute, and every page within a second.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import importlib.util
import json
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moiety.credential.home import create_home
from moiety.service.roles import Role

MOST_MB = 1200
BACK_WITHIN = 1.15
PAGE_S = 1.0
LARGE = 60_000_000


def _serving() -> Any:
    """How the tests start the service; a package on the way is called `tests` as well."""
    place = Path(__file__).parents[2] / "tests" / "attacks" / "serving.py"
    found = importlib.util.spec_from_file_location("serving", place)
    if found is None or found.loader is None:
        raise FileNotFoundError(place)
    module = importlib.util.module_from_spec(found)
    sys.modules["serving"] = module  # dataclasses look for their module there
    found.loader.exec_module(module)
    return module


class Watch:
    """The largest memory and the slowest page while an attack goes on."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._over = threading.Event()
        self.most_mb = 0.0
        self.pages_s: list[float] = []
        self._threads = [threading.Thread(target=one) for one in (self._memory, self._pages)]

    def __enter__(self) -> Watch:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for one in self._threads:
            one.join()

    def _memory(self) -> None:
        while not self._over.wait(0.05):
            self.most_mb = max(self.most_mb, self._service.memory_mb())

    def _pages(self) -> None:
        while not self._over.wait(0.2):
            begun = time.monotonic()
            status = 0
            with contextlib.suppress(OSError):
                status = self._service.get("/", timeout=30)
            taken = time.monotonic() - begun if status == 200 else 999.0
            self.pages_s.append(taken)

    @property
    def slowest_s(self) -> float:
        """The slowest page."""
        return max(self.pages_s)


def sockets(serving: Any, service: Any, count: int) -> None:
    """Compressed bombs on sockets that nobody signed in for."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(bytes(15_900_000)) + packer.flush(zlib.Z_SYNC_FLUSH)
    message = serving.frame(packed[:-4], first=0xC0)
    opened: list[socket.socket] = []
    for _ in range(count):
        with contextlib.suppress(OSError):
            opened.append(service.connect())
            deflate = "Sec-WebSocket-Extensions: permessage-deflate"
            opened[-1].sendall(serving.upgrade("/v1/capture/code", service.port, deflate))
            for _ in range(16):
                opened[-1].sendall(message)
    time.sleep(3)
    for one in opened:
        one.close()


def uploads(service: Any, count: int) -> None:
    """Uploads of 60 MB by one token, half of them for a made-up ceremony."""
    token = service.token(Role.VERIFIER)
    part = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="p"\r\n\r\n'
    body = part + bytes(LARGE) + b"\r\n--x--\r\n"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"}
    paths = ("/v1/codes/read", "/v1/verifications/" + "0" * 32 + "/complete")

    def one(number: int) -> None:
        with contextlib.suppress(OSError):
            service.ask("POST", paths[number % 2], body, headers, timeout=120)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))


def heads(service: Any, count: int) -> None:
    """Partial requests, held."""
    opened: list[socket.socket] = []
    for number in range(count):
        with contextlib.suppress(OSError):
            opened.append(service.connect(source=f"127.0.1.{1 + number % 200}", timeout=5))
            opened[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
    time.sleep(5)
    for one in opened:
        one.close()


def main(arguments: list[str]) -> int:
    """Run the three, and say what was seen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attacks siege", description=__doc__)
    parser.add_argument("--sockets", type=int, default=60)
    parser.add_argument("--uploads", type=int, default=40)
    parser.add_argument("--heads", type=int, default=1100)
    parser.add_argument("--rest", type=float, default=60)
    args = parser.parse_args(arguments)
    serving = _serving()
    seen: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        create_home(home, issuer_uri="https://issuer.example.org/")
        with serving.served(home, descriptors=1024) as service:
            time.sleep(10)  # the networks load at the start
            start = service.memory_mb()
            attacks: dict[str, Callable[[], None]] = {
                "nothing": lambda: time.sleep(10),
                "sockets": lambda: sockets(serving, service, args.sockets),
                "uploads": lambda: uploads(service, args.uploads),
                "heads": lambda: heads(service, args.heads),
            }
            for name, attack in attacks.items():
                with Watch(service) as watch:
                    attack()
                time.sleep(args.rest)
                seen[name] = {
                    "start_mb": round(start, 1),
                    "most_mb": round(watch.most_mb, 1),
                    "after_mb": round(service.memory_mb(), 1),
                    "slowest_page_s": round(watch.slowest_s, 3),
                    "median_page_s": round(statistics.median(watch.pages_s), 3),
                    "load": round(os.getloadavg()[0], 1),
                }
    print(json.dumps(seen, indent=2))
    held = all(
        one["most_mb"] <= MOST_MB
        and one["after_mb"] <= one["start_mb"] * BACK_WITHIN
        and one["slowest_page_s"] <= PAGE_S
        for one in seen.values()
    )
    return 0 if held else 1
