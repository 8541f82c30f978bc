"""Check a decision receipt offline: whether this device signed it, and what it says."""

from __future__ import annotations

import argparse
import binascii
import json
from base64 import urlsafe_b64decode
from dataclasses import asdict
from pathlib import Path
from typing import Final

from moiety import decision_receipt
from moiety.cli.output import Output
from moiety.cli.public_keys import device_key
from moiety.credential.clock import day
from moiety.credential.envelope import TAG_SIGN1
from moiety.errors import DocumentUnreadable, TrustRefused
from moiety.files import read_bounded

MOST_BYTES: Final = 65_536
"""A receipt has at most 8 KiB; the file that the page saves also holds the event and its proof."""


_UNREADABLE: Final = "Give the receipt as the page saved it, or as the service answered it."
_EVIDENCE: Final = "See that the key is this device's. If it is, keep the receipt as evidence."


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True)
    verify = actions.add_parser("verify", help="check one receipt")
    verify.add_argument(
        "receipt",
        type=Path,
        metavar="FILE",
        help="the receipt: bytes, base64url, or the file that the page saved",
    )
    verify.add_argument(
        "--key",
        required=True,
        metavar="KEY",
        help="the device's public key: a file (PEM) or 64 hexadecimal digits (GET /v1/receipts/key)",
    )
    verify.add_argument("--json", action="store_true", help="print what it says as JSON")


def run(args: argparse.Namespace, out: Output) -> int:
    """Verify the signature, then say what was decided."""
    data, key = _bytes(args.receipt), device_key(args.key)
    try:
        receipt = decision_receipt.read(data, key)
    except TrustRefused as error:
        raise TrustRefused(str(error), remedy=_EVIDENCE) from error
    if args.json:
        said = asdict(receipt)
        hexes = {"ceremony": receipt.ceremony.hex(), "code": receipt.code.hex()}
        out.json({**said, **hexes, "reasons": list(receipt.reasons)})
        return 0
    out.say(f"This device decided {receipt.outcome.value.upper()} on {day(receipt.at)}.", "good")
    needed = "had to be shown" if receipt.liveness_required else "did not have to be shown"
    out.say(f"  Reasons: {', '.join(receipt.reasons)}.")
    out.say(f"  Liveness {needed}: {receipt.liveness.value.replace('_', ' ')}.")
    out.say(f"  Asked for: a false match rate of {receipt.target_fmr}.")
    out.say(f"  Code of {receipt.issuer}, status {receipt.status}.", "dim")
    if receipt.enrolled is not None:
        how = {"live": "by a live capture", "files": "from files"}[receipt.enrolled]
        out.say(f"  Its holder was enrolled {how}.", "dim")
    return 0


def _bytes(file: Path) -> bytes:
    data = read_bounded(file, MOST_BYTES, what="receipt")
    try:
        if data.lstrip().startswith(b"{"):  # as the page saves it, with the event's place in the log: UTF-8
            text: str = json.loads(data)["receipt"]
        elif data.strip().isascii():
            text = data.decode("ascii").strip()
        else:
            text = ""
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4)) if text else data
        if not data.startswith(TAG_SIGN1):
            raise ValueError
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError) as error:
        raise DocumentUnreadable(f"{file.name!r} isn't a decision receipt.", remedy=_UNREADABLE) from error
    return data
