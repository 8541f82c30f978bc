"""The certificate for phones on the local network: made once, for its hosts, its key closed to others."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from moiety.errors import UsageError
from moiety.service import lan

HOSTS = ("192.168.1.7", "localhost")


def test_it_is_made_once_and_names_its_hosts(tmp_path: Path) -> None:
    first = lan.certificate(tmp_path, HOSTS)
    assert lan.certificate(tmp_path, HOSTS) == first
    assert lan.certificate(tmp_path, HOSTS[:1]) == first
    found = x509.load_pem_x509_certificate(first.certificate.read_bytes())
    named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert named.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.168.1.7")]
    assert found.not_valid_after_utc - found.not_valid_before_utc < timedelta(days=398)
    assert first.key.stat().st_mode & 0o077 == 0
    assert len(first.fingerprint.split(":")) == 32
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(first.certificate, first.key)


def test_it_is_made_anew_for_another_address_near_its_end_and_when_damaged(tmp_path: Path) -> None:
    first = lan.certificate(tmp_path, HOSTS).fingerprint
    second = lan.certificate(tmp_path, ("10.0.0.2",)).fingerprint
    late = datetime.now(UTC) + timedelta(days=lan.DAYS - 5)
    third = lan.certificate(tmp_path, ("10.0.0.2",), now=late).fingerprint
    (tmp_path / lan.FOLDER / "key.pem").write_text("not a key")
    fourth = lan.certificate(tmp_path, ("10.0.0.2",), now=late).fingerprint
    assert len({first, second, third, fourth}) == 4


def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no address"):
        lan.certificate(tmp_path, ())


def test_own_addresses_are_those_of_local_networks() -> None:
    for one in lan.addresses():
        address = ipaddress.ip_address(one)
        assert address.is_private
        assert not address.is_loopback
