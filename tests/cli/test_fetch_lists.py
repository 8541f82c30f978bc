"""`moiety trust fetch-lists` against a real server over TLS: what is fetched, and what is refused."""

# ruff: noqa: F811 - fixtures of the documents' own tests are named where they are used
from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.conftest import Run
from tests.document.conftest import Issuers, issuers, issuers_copy, now  # noqa: F401
from tests.document.test_status_lists import as_jwt, signers

from moiety.cli.fetch_lists import Way, fetch
from moiety.credential.trust import TrustBundle
from moiety.errors import InputError, TrustRefused


class Answering(BaseHTTPRequestHandler):
    """One list, and odd answers at other paths."""

    lists: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1/plain")
        elif self.path == "/around":
            self.send_response(302)
            self.send_header("Location", "/around")
        else:
            body = self.lists.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")
            return
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    running = HTTPServer(("127.0.0.1", 0), Answering)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{running.server_port}", folder / "ca.pem"
    running.shutdown()
    running.server_close()


def test_lists_that_were_seen_are_fetched_and_held(
    server: tuple[str, Path], issuers_copy: Issuers, now: int, moiety: Run
) -> None:
    base, authority = server
    uri = f"{base}/list"
    key, chain = signers(issuers_copy, "ES256")
    Answering.lists["/list"] = as_jwt(key, "ES256", chain, now, uri=uri)
    trust = issuers_copy.trust
    anchor = trust.documents[-1]
    trust.document_lists.see(anchor, uri)
    home = ("--home", issuers_copy.home)
    private = moiety("trust", "fetch-lists", *home, "--ca-file", authority)
    assert private.code == 78 and "private address" in private.out
    done = moiety("trust", "fetch-lists", *home, "--ca-file", authority, "--allow-private")
    assert done.code == 0 and "Fetched 1 of 1 lists." in done.out, done.out + done.err
    assert TrustBundle.open(issuers_copy.home).document_lists.read(anchor, uri) == Answering.lists["/list"]
    assert f"Status list {uri} of Example Root: 0.0 days old" in moiety("trust", "show", *home).out
    # Whoever serves one list under the address of another changes nothing.
    Answering.lists["/other"] = Answering.lists["/list"]
    other = moiety(
        "trust", "fetch-lists", *home, "--ca-file", authority, "--allow-private", "--uri", f"{base}/other"
    )
    assert other.code == 78 and "another address" in other.out and "Fetched 1 of 2" in other.out


def test_a_list_is_taken_in_from_a_file(issuers_copy: Issuers, now: int, tmp_path: Path, moiety: Run) -> None:
    key, chain = signers(issuers_copy, "ES256")
    (tmp_path / "list.jwt").write_bytes(as_jwt(key, "ES256", chain, now))
    took = moiety("trust", "import", "--home", issuers_copy.home, tmp_path / "list.jwt")
    assert took.code == 0 and "Took in the status list of Example Root" in took.out


def test_only_https_and_only_so_far(server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    base, authority = server
    way = Way(private=True, authorities=authority)
    for uri, kind in (
        ("http://example.org/1", TrustRefused),
        ("file:///etc/passwd", TrustRefused),
        ("https://user@example.org/", TrustRefused),
        (f"{base}/moved", TrustRefused),
        (f"{base}/around", TrustRefused),
        (f"{base}/none", InputError),
        (f"{base}/a b", TrustRefused),
    ):
        with pytest.raises(kind):
            fetch(uri, way)
    with pytest.raises(InputError):  # an authority that isn't believed
        fetch(f"{base}/list", Way(private=True))
    for private in ("https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/"):
        with pytest.raises(TrustRefused, match="private"):
            fetch(private, Way())
    Answering.lists["/large"] = bytes(100)
    monkeypatch.setattr("moiety.cli.fetch_lists.MAX_LIST_TOKEN_BYTES", 99)
    with pytest.raises(TrustRefused, match="more than"):
        fetch(f"{base}/large", way)
