"""Say all that a code or another document says, without opening it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from moiety.cli import inspect_documents
from moiety.cli.output import Output
from moiety.cli.printable import shown
from moiety.credential.check import check
from moiety.credential.claim169 import Biometric
from moiety.credential.clock import day, seconds
from moiety.credential.code import Credential, verify_signature
from moiety.credential.layout import Home
from moiety.credential.parameters import MAX_TEXT_CHARS
from moiety.credential.profiles import printed_mm
from moiety.credential.trust import TrustBundle
from moiety.document.claim169 import ForeignCode
from moiety.document.own import OwnCode
from moiety.document.read import presented
from moiety.document.reference import Presented
from moiety.errors import ClockSetBack, CredentialRefused, SignatureInvalid, TrustRefused, UsageError
from moiety.keys import VerifyingKey, read_public

REFUSED: Final = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "code", metavar="CODE", help="a picture of a code, a text file, or - for text on standard input"
    )
    parser.add_argument(
        "--issuer-key", type=Path, metavar="FILE", help="check the signature with this public key"
    )
    parser.add_argument("--home", type=Path, help="check signature, days and status as this home would")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, out: Output) -> int:
    """Read the code, check what can be checked, and print what it says."""
    if args.issuer_key is not None and args.home is not None:
        raise UsageError("Give --issuer-key or --home, not both.")
    document = presented(sys.stdin.buffer.read(4 * MAX_TEXT_CHARS) if args.code == "-" else args.code)
    if not isinstance(document, (OwnCode, ForeignCode)):
        return _inspect_document(document, args, out)
    credential = document.credential
    refused = None
    try:
        verified, checks = _checked(credential, args)
    except SignatureInvalid as error:  # the code is told about all the same, and refused
        refused, verified, checks = error, False, [{"code": error.code, "text": str(error)}]
    said = {"verified": verified, "checks": checks, **_facts(credential, seconds(None))}
    if args.json:
        out.json(said)
    else:
        _print(said, out)
    return 0 if refused is None else REFUSED


def _inspect_document(document: Presented, args: argparse.Namespace, out: Output) -> int:
    """The same for mobile documents, SD-JWT VCs and encrypted codes."""
    if args.issuer_key is not None:
        raise UsageError("--issuer-key is for codes.", remedy="Check documents as a home would: --home DIR.")
    verified, checks, refused = inspect_documents.checked(document, args.home)
    said = {"verified": verified, "checks": checks, **inspect_documents.describe(document)}
    if args.json:
        out.json(said)
    else:
        inspect_documents.tell(said, out)
    return 0 if refused is None else REFUSED


def _checked(credential: Credential, args: argparse.Namespace) -> tuple[bool, list[dict[str, str]]]:
    """Whether the signature was checked and holds, and what else stands against the code.

    A signature that does not hold is a refusal; an unknown issuer, a day past or a revocation is told.
    """
    if args.issuer_key is not None:
        key = read_public(args.issuer_key)
        if not isinstance(key, VerifyingKey):
            raise UsageError("An issuer's key is an Ed25519 public key.")
        verify_signature(credential, key)
        return True, []
    if args.home is None:
        return False, [{"code": "not-checked", "text": "No key was given: the signature was not checked."}]
    if credential.statement.claims is None:
        verified, checks, refused = inspect_documents.checked(ForeignCode(credential), args.home)
        if refused is not None:
            raise refused
        return verified, checks
    trust = TrustBundle.held(Home.open(args.home))
    held = trust.issuer_key(credential.statement.issuer or "", credential.key_id)
    if held is not None:
        verify_signature(credential, held.key)
    try:
        check(credential, trust)
    except (CredentialRefused, ClockSetBack, TrustRefused) as error:
        return held is not None, [{"code": error.code, "text": str(error)}]
    return True, []


def _facts(credential: Credential, now: int) -> dict[str, Any]:
    said, own = credential.statement, credential.statement.claims
    facts: dict[str, Any] = {
        "kind": "other claim 169" if own is None else "moiety",
        "short_id": credential.short_id,
        "issuer": said.issuer,
        "subject": said.subject,
        "issued": said.issued,
        "not_before": said.not_before,
        "expires": said.expires,
        "validity": _validity(said.not_before, said.expires, now),
        "cti": None if said.cti is None else said.cti.hex(),
        "status": None if said.status is None else {"uri": said.status.uri, "index": said.status.index},
        "signature": {"algorithm": credential.algorithm, "key_id": credential.key_id.hex()},
        "attributes": {name: _attribute(value) for name, value in said.attributes.items()},
        "text_length": len(credential.text),
        "qr_version": credential.version,
        "printed_mm": None if credential.version is None else printed_mm(credential.version),
    }
    if own is not None:
        facts["profile"] = own.profile
        facts["pin"] = own.pin
        facts["enrolled"] = own.enrolled
        facts["format"] = own.version
        facts["group"] = None if own.group is None else own.group.hex()
        facts["sealed_bytes"] = None if own.sealed is None else len(own.sealed)
    return facts


def _validity(not_before: int | None, expires: int | None, now: int) -> str:
    if expires is not None and now >= expires:
        return "expired"
    if not_before is not None and now < not_before:
        return "not yet valid"
    return "unlimited" if expires is None else "current"


def _attribute(value: object) -> object:
    """An attribute for showing: a biometric or a picture by its size alone, never by its bytes."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, tuple):
        return [_size(entry) if isinstance(entry, Biometric) else entry for entry in value]
    return value


def _size(one: Biometric) -> str:
    return f"{len(one.data)} bytes of format {one.format}, sub-format {one.sub_format}"


def _print(said: dict[str, Any], out: Output) -> None:
    for finding in said["checks"]:
        out.say(shown(finding["text"]), "warn")
    if said["verified"]:
        out.say("The issuer's signature holds.", "good")
    if said["validity"] == "expired":
        out.say(f"The code expired on {day(said['expires'])}.", "bad")
    for name in (
        "kind",
        "short_id",
        "issuer",
        "subject",
        "profile",
        "pin",
        "enrolled",
        "group",
        "sealed_bytes",
        "cti",
    ):
        if said.get(name) is not None:
            out.say(f"{name.replace('_', ' '):<14} {shown(said[name])}")
    for name in ("issued", "not_before", "expires"):
        if said[name] is not None:
            out.say(f"{name.replace('_', ' '):<14} {day(said[name])}")
    out.say(f"{'validity':<14} {said['validity']}")
    if said["status"] is not None:
        out.say(f"{'status list':<14} {shown(said['status']['uri'])}, place {said['status']['index']}")
    signature = said["signature"]
    out.say(f"{'signature':<14} {signature['algorithm'] or 'none'}, key {signature['key_id'] or 'not named'}")
    if said["qr_version"] is not None:
        size = (
            f"version {said['qr_version']}, {said['printed_mm']:.1f} mm wide when printed at 0.4 mm a module"
        )
        out.say(f"{'QR symbol':<14} {size}")
    for name, value in said["attributes"].items():
        out.say(f"{name:<14} {shown(value)}")
