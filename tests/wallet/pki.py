"""Keys, certificates and a portrait for documents that other libraries make, for `issue.mjs`.

    python tests/wallet/pki.py FOLDER

Fixed keys that guard nothing; dates are fixed, so that committed documents stay within their time.
"""

from __future__ import annotations

import base64
import json
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from moiety.evaluate.portraits import PortraitKind, document_portrait
from moiety.image import load

NOW: Final = 1_796_000_000
ISSUER: Final = "https://pid.example.org"
_USAGES: Final = {"mdl": "1.0.18013.5.1.2", "pid": "1.3.130.2.0.0.1.2"}


def key(number: int) -> ec.EllipticCurvePrivateKey:
    """A P-256 key of a fixed number."""
    return ec.derive_private_key(1_000_003 * number, ec.SECP256R1())


def _named(common: str) -> x509.Name:
    country = x509.NameAttribute(NameOID.COUNTRY_NAME, "UT")
    return x509.Name([country, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(number: int, name: str, usage: str | None) -> x509.Certificate:
    """A certificate of `key(number)` by the root, `key(1)`."""
    ca = usage is None
    begin = datetime.fromtimestamp(NOW, UTC) - timedelta(days=100)
    builder = (
        x509.CertificateBuilder(_named("Utopia Root"), _named(name), key(number).public_key(), number)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=9000))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), critical=True)
    )
    if usage is not None:
        extended = x509.ExtendedKeyUsage([x509.ObjectIdentifier(usage)])
        host = x509.SubjectAlternativeName([x509.DNSName("pid.example.org")])
        builder = builder.add_extension(extended, critical=True).add_extension(host, critical=False)
    return builder.sign(key(1), hashes.SHA256())


def jwk(number: int) -> dict[str, str]:
    """A private key as JWK."""
    numbers = key(number).private_numbers()
    parts = (numbers.public_numbers.x, numbers.public_numbers.y, numbers.private_value)
    x, y, d = (base64.urlsafe_b64encode(one.to_bytes(32, "big")).rstrip(b"=").decode() for one in parts)
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "d": d}


def main(folder: Path) -> None:
    """Write what `issue.mjs` reads."""
    signers = {"root": (1, None), "mdl": (2, _USAGES["mdl"]), "pid": (3, _USAGES["pid"])}
    for name, (number, usage) in signers.items():
        made = certificate(number, "Utopia Root" if usage is None else f"Utopia {name}", usage)
        (folder / f"{name}.der").write_bytes(made.public_bytes(serialization.Encoding.DER))
        (folder / f"{name}.jwk.json").write_text(json.dumps(jwk(number)))
    (folder / "device.jwk.json").write_text(json.dumps(jwk(4)))
    (folder / "now.json").write_text(json.dumps({"now": NOW, "issuer": ISSUER}))
    picture = files("moiety.demo").joinpath("faces", "lisa", "1.jpg").read_bytes()
    (folder / "portrait.jpg").write_bytes(document_portrait(load(picture), PortraitKind("JPEG", 4000, 96)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
