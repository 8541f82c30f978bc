"""What a document of another issuer says, pictures by their size alone, and what a home finds against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moiety.cli.output import Output
from moiety.cli.printable import shown
from moiety.credential.clock import day, seconds
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.document import mobile_security
from moiety.document.encrypted import EncryptedCode
from moiety.document.mobile import MobileDocument
from moiety.document.reference import Presented
from moiety.document.sd_jwt import SdJwt
from moiety.errors import ClockSetBack, CredentialRefused, SignatureInvalid, TrustRefused

_LONGEST = 60


def describe(document: Presented) -> dict[str, Any]:
    """What a document says in the open; nothing of it is believed."""
    if isinstance(document, MobileDocument):
        return _mobile(document)
    if isinstance(document, SdJwt):
        return _token(document)
    if isinstance(document, EncryptedCode):
        return {"kind": document.kind, "encrypted": True, "sealed_bytes": len(document.ciphertext)}
    return {"kind": document.kind}


def checked(
    document: Presented, home: Path | None
) -> tuple[bool, list[dict[str, str]], CredentialRefused | None]:
    """Whether a home relies on it, what stands against it, and the refusal that ends with exit code 3."""
    if home is None:
        return (
            False,
            [{"code": "not-checked", "text": "No home was given: the signature was not checked."}],
            None,
        )
    trust = TrustBundle.held(Home.open(home))
    try:
        trust.require_current(seconds(None))
        accepted = document.accept(trust, now=None, max_status_age=None)
    except (ClockSetBack, TrustRefused) as error:  # reading goes on; nothing is relied on
        return False, [{"code": error.code, "text": str(error)}], None
    except CredentialRefused as error:
        fatal = error if isinstance(error, SignatureInvalid) else None
        return False, [{"code": error.code, "text": str(error)}], fatal
    return True, [{"code": one.code, "text": one.text} for one in accepted.notes], None


def tell(said: dict[str, Any], out: Output) -> None:
    """Print what `describe` and `checked` found."""
    for finding in said["checks"]:
        out.say(shown(finding["text"]), "warn")
    if said["verified"]:
        out.say("The issuer's signature holds, and this home relies on it.", "good")
    for name, value in said.items():
        if name in ("checks", "verified", "elements") or value is None:
            continue
        moment = name in ("signed", "valid_from", "valid_until", "issued", "expires")
        out.say(f"{name.replace('_', ' '):<14} {day(value) if moment else shown(value)}")
    for name, value in said.get("elements", {}).items():
        out.say(f"  {shown(name)}: {shown(value)}")


def _mobile(document: MobileDocument) -> dict[str, Any]:
    signed = mobile_security.decode(document.document.message.payload)
    return {
        "kind": document.kind,
        "document_type": signed.doc_type,
        "signed": signed.signed,
        "valid_from": signed.valid_from,
        "valid_until": signed.valid_until,
        "status_list": None if signed.status.reference is None else signed.status.reference.uri,
        "certificates": len(document.document.message.chain),
        "withheld": sum(map(len, signed.digests.values())) - len(document.document.items),
        "elements": {f"{one.namespace} {one.name}": _short(one.value) for one in document.document.items},
    }


def _token(document: SdJwt) -> dict[str, Any]:
    from moiety.document.disclosures import HASHES, disclosed

    payload = document.token.payload
    name = HASHES.get(str(payload.get("_sd_alg", "sha-256")), "sha256")
    claims = disclosed(payload, document.disclosures, name)
    return {
        "kind": document.kind,
        "issuer": _short(claims.pop("iss", None)),
        "document_type": _short(claims.pop("vct", None)),
        "issued": _moment(claims.pop("iat", None)),
        "expires": _moment(claims.pop("exp", None)),
        "algorithm": _short(document.token.header.get("alg")),
        "holder_key": "cnf" in claims,
        "holder_signed": bool(document.binding),
        "elements": {key: _short(value) for key, value in claims.items() if key not in ("cnf", "status")},
    }


def _moment(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 1e11 else None


def _short(value: object) -> Any:
    """A value for showing: bytes and long texts by their size alone, since they may be a picture."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{len(value)} characters"
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return "structured"
