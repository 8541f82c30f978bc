"""S10: limits by address can neither be evaded nor turned against everybody; shown behind nginx and Caddy."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests import programs
from tests.attacks.serving import Served, free_port, served

from moiety.consent.secret import new_secret, written
from moiety.credential.home import create_home
from moiety.service.listening.addresses import TrustedProxies, networks, subject_of

WRONG = json.dumps({"code": "K7QM-2XHD-9VPA-4TRW-B6NE-3YJF-8CSZ"}).encode()
JSON = {"Content-Type": "application/json"}


def within_one_period() -> None:
    """Wait for the next quarter of an hour if this one is about to end: its counters begin again then."""
    left = 900 - time.time() % 900
    if left < 30:
        time.sleep(left)


def tried(service: Served, forwarded: str, *, source: str = "127.0.0.1", port: int | None = None) -> int:
    """The status of one try of a wrong invitation."""
    there = service if port is None else Served(service.process, port, service.home, service.store)
    headers = {**JSON, "X-Forwarded-For": forwarded}
    return there.ask("POST", "/v1/session/invitation/begin", WRONG, headers, source=source)[0]


def test_what_a_client_says_of_itself_does_not_count(tmp_path: Path) -> None:
    home = tmp_path / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    with served(home, environment={"FORWARDED_ALLOW_IPS": "*"}) as service:
        within_one_period()
        answers = [tried(service, f"198.51.100.{number}") for number in range(31)]
        assert answers == [401] * 30 + [429]
        assert tried(service, "203.0.113.9", source="127.0.0.2") == 401  # nobody else is kept out


NGINX = """
daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 65m;
    location / {{
      proxy_pass http://127.0.0.1:{to};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
    }}
  }}
}}
"""
CADDY = """
{{
  admin off
  auto_https off
}}
http://127.0.0.1:{port} {{
  reverse_proxy 127.0.0.1:{to}
}}
"""


@contextlib.contextmanager
def proxied(kind: str, folder: Path, to: int) -> Iterator[int]:
    """A proxy as it's installed, in front of the service."""
    port = free_port()
    config = folder / kind
    config.write_text((NGINX if kind == "nginx" else CADDY).format(folder=folder, port=port, to=to))
    command = (
        ["-c", str(config)] if kind == "nginx" else ["run", "--adapter", "caddyfile", "--config", str(config)]
    )
    process = subprocess.Popen(
        [programs.find(kind), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
    )
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def test_behind_a_proxy_each_address_has_limits_of_its_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    create_home(home, issuer_uri="https://issuer.example.org/")
    with served(home, "--trusted-proxy", "127.0.0.1") as service:
        within_one_period()
        for number, kind in enumerate(("nginx", "caddy")):
            with proxied(kind, tmp_path, service.port) as port:
                attacker, other = f"127.0.0.{10 + number}", f"127.0.0.{20 + number}"
                answers = [
                    tried(service, f"198.51.100.{one}", source=attacker, port=port) for one in range(31)
                ]
                assert answers == [401] * 30 + [429], kind
                assert tried(service, "", source=other, port=port) == 401, kind
        wrong = [{"secret": written(new_secret())} for _ in range(21)]
        found = [service.ask("POST", "/v1/withdrawals", json.dumps(one).encode(), JSON)[0] for one in wrong]
        assert found == [422] * 20 + [429]


def test_the_nearest_hop_that_is_no_trusted_proxy_counts() -> None:
    proxies = TrustedProxies(networks(["10.0.0.0/8", "2001:db8::1"]))
    assert proxies.client("192.0.2.1", ["198.51.100.7"]) == "192.0.2.1"
    assert proxies.client("10.1.1.1", ["6.6.6.6, 198.51.100.7"]) == "198.51.100.7"
    assert proxies.client("10.1.1.1", ["6.6.6.6", "198.51.100.7, 10.2.2.2"]) == "198.51.100.7"
    assert proxies.client("10.1.1.1", ["6.6.6.6, nonsense"]) == "10.1.1.1"
    assert proxies.client("10.1.1.1", ["6.6.6.6, nonsense, 10.2.2.2"]) == "10.2.2.2"
    assert proxies.client("2001:db8::1", ["[2001:db8:5::9]:443"]) == "2001:db8:5::9"
    assert proxies.client("10.1.1.1", []) == "10.1.1.1"
    assert subject_of("2001:db8:1:2:3::4") == subject_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert subject_of("::ffff:192.0.2.1") == "192.0.2.1"
