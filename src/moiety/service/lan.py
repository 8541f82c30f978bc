"""A certificate of this machine's own, so that phones on the local network get a camera from it.

Browsers give a camera only to secure origins. On a network without names and without a public authority
that is a certificate which the phone is told to trust once, by its fingerprint on this machine's screen.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from moiety.errors import StorageError, UsageError
from moiety.files import write_atomically

DAYS: Final = 397
"""Browsers refuse certificates that are valid for longer (CA/Browser Forum Ballot SC31: 398 days)."""

RENEW_DAYS: Final = 14
"""Made anew when it has less left than this: a field week and its return."""

FOLDER: Final = "lan"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files for TLS, and what a person compares.

    Attributes:
        certificate: PEM file.
        key: PEM file, 0600.
        fingerprint: SHA-256 of the certificate, in pairs of hexadecimal digits.
    """

    certificate: Path
    key: Path
    fingerprint: str


def addresses() -> tuple[str, ...]:
    """This machine's own addresses on its networks, the likeliest first; nothing is sent to find them."""
    found: dict[str, None] = {}
    for family, there in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        # A datagram socket that is connected sends nothing; it only chooses the address it would send from.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((there, 9))
                found[str(probe.getsockname()[0])] = None
            except OSError:
                continue
    try:
        rows = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        rows = []
    for *_, address in rows:
        found[str(address[0]).partition("%")[0]] = None
    return tuple(one for one in found if _local(one))


def _local(address: str) -> bool:
    """Whether phones beside this machine could reach it there, and the internet could not."""
    parsed = ipaddress.ip_address(address)
    return parsed.is_private and not parsed.is_loopback and not parsed.is_link_local


def certificate(home: Path, hosts: tuple[str, ...], *, now: datetime | None = None) -> Certificate:
    """The certificate for these addresses or names, kept in the home; made when there is none that fits.

    Raises:
        UsageError: no host.
        StorageError: it cannot be written.
    """
    if not hosts:
        raise UsageError(
            "This machine has no address on a local network.", remedy="Join one, or give it: --host ADDRESS."
        )
    moment = datetime.now(UTC) if now is None else now
    folder = home / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError("There is no home here, or it cannot be written to.") from error
    files = folder / "certificate.pem", folder / "key.pem"
    held = _held(*files, hosts, moment)
    if held is None:
        held = _made(*files, hosts, moment)
    digest = held.fingerprint(hashes.SHA256()).hex().upper()
    pairs = ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))
    return Certificate(*files, pairs)


def _held(where: Path, key: Path, hosts: tuple[str, ...], now: datetime) -> x509.Certificate | None:
    try:
        found = x509.load_pem_x509_certificate(where.read_bytes())
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return None
    fits = set(named) >= {_name(one) for one in hosts} and found.public_key() == private.public_key()
    return found if fits and found.not_valid_after_utc > now + timedelta(days=RENEW_DAYS) else None


def _made(where: Path, key: Path, hosts: tuple[str, ...], now: datetime) -> x509.Certificate:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Moiety on the local network")])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, crl_sign=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_atomically(key, pem, mode=0o600)
    write_atomically(where, made.public_bytes(serialization.Encoding.PEM))
    return made


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
