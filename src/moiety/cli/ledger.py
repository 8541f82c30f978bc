"""The account that nobody can quietly change: key, proofs, publishing, checking, witnesses."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from moiety.cli.output import Output
from moiety.cli.printable import shown
from moiety.cli.public_keys import log_key, witness
from moiety.errors import DocumentUnreadable, LedgerTampered, UsageError
from moiety.files import make_folder, read_bounded, require_writable, write_atomically
from moiety.ledger.audit import audit, first_difference
from moiety.ledger.cosignature import require_witnessed
from moiety.ledger.folder import FolderLog, read_checkpoint
from moiety.ledger.parameters import EVENT_ID_BYTES, HASH_BYTES, MAX_RECEIPT_BYTES
from moiety.ledger.proof import parse_proof, verify_proof
from moiety.ledger.receipt import receipt_in

if TYPE_CHECKING:
    from moiety.store import Store
    from moiety.store.ledger import Log


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str, *, store: bool = True) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        if store:
            sub.add_argument("--home", required=True, type=Path, help="the home whose log it is")
            sub.add_argument("--database", metavar="URL", help="the store (default: the home's own)")
        return sub

    action("init", "make the log's key, and print the key by which others check the log")
    action("key", "print the key by which others check the log")
    action("sequence", "give the events that wait their places, and sign the checkpoint")
    prove = action("prove", "write the proof that an event is in the log")
    prove.add_argument("event", metavar="EVENT", help="the event's identifier, 32 hexadecimal digits")
    prove.add_argument("--out", type=Path, metavar="FILE", help="where to (default: standard output)")
    publish = action("publish", "write the log as files that anyone can fetch and check")
    publish.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder, which grows")
    publish.add_argument("--bodies", action="store_true", help="with what the events say, for an auditor")
    cosign = action("cosign", "show the newest checkpoint to a witness, and keep its cosignature")
    cosign.add_argument("--witness", required=True, metavar="URL", help="where the witness answers")
    cosign.add_argument("--witness-key", required=True, metavar="KEY", help="the witness's key, or a file")
    _configure_verify(action("verify", "check a published log, a receipt or a proof, offline", store=False))


def _configure_verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "path", type=Path, metavar="PATH", help="the folder of a log, or the file of a receipt or of a proof"
    )
    verify.add_argument(
        "--key", required=True, metavar="KEY", help="the log's key, from: moiety ledger key; or a file"
    )
    verify.add_argument("--entry", metavar="HEX", help="for a proof: the entry that should be in the log")
    verify.add_argument("--receipt", type=Path, metavar="FILE", help="for a proof: the receipt it belongs to")
    verify.add_argument("--since", type=Path, metavar="FILE", help="a checkpoint that was kept from before")
    verify.add_argument("--against", type=Path, metavar="DIR", help="another copy, to compare with")
    verify.add_argument(
        "--witness-key",
        action="append",
        default=[],
        metavar="KEY",
        help="a witness that must have cosigned: its key, or a file",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Do the action asked for."""
    if args.action == "verify":
        (_verify_proof if args.path.is_file() else _verify_log)(args, out)
        return 0
    actions: dict[str, Callable[[argparse.Namespace, Output], None]] = {
        "init": _init,
        "key": _key,
        "sequence": _sequence,
        "prove": _prove,
        "publish": _publish,
        "cosign": _cosign,
    }
    actions[args.action](args, out)
    return 0


def _verify_log(args: argparse.Namespace, out: Output) -> None:
    if args.entry is not None or args.receipt is not None:
        raise UsageError("--entry and --receipt are for a proof; this is no file.")
    source, keys = FolderLog(args.path), [log_key(args.key)]
    since = None if args.since is None else read_checkpoint(args.since)
    if args.against is not None:
        _compare(source, FolderLog(args.against), args.key)
    done = audit(source, keys, since=since)
    witnesses = [witness(one) for one in args.witness_key]
    require_witnessed(done.note, witnesses, len(witnesses), now=int(time.time()))
    out.say(f"The log holds: {done.checkpoint.size} entries of {done.checkpoint.origin}.", "good")
    out.say(f"Bodies checked: {done.bodies}; erased or not shown: {done.without_body}.")
    if since is not None:
        out.say("It continues the checkpoint from before.")
    if witnesses:
        out.say(f"Cosigned by: {', '.join(one.name for one in witnesses)}.")


def _compare(one: FolderLog, other: FolderLog, key: str) -> None:
    differs = first_difference(one, other, [log_key(key)])
    if differs is not None:
        raise LedgerTampered(f"The two logs differ from entry {differs} on: the log was forked.")


def _verify_proof(args: argparse.Namespace, out: Output) -> None:
    if args.since is not None or args.against is not None:
        raise UsageError("--since and --against are for a log; this is a file.")
    data = read_bounded(args.path, MAX_RECEIPT_BYTES, what="proof or receipt")
    receipt = None
    if data.lstrip().startswith(b"{"):
        if args.entry is not None or args.receipt is not None:
            raise UsageError("A receipt says its entry itself: give neither --entry nor --receipt.")
        receipt = receipt_in(data)
        entry, proof = receipt.entry, receipt.proved()
    else:
        if (args.entry is None) == (args.receipt is None):
            raise UsageError("A proof is checked for an entry: give --entry, or the --receipt it belongs to.")
        if args.receipt is not None:
            receipt = receipt_in(_receipt(args.receipt))
        entry = _hex(args.entry, HASH_BYTES, "An entry") if receipt is None else receipt.entry
        proof = parse_proof(data)
    checkpoint = verify_proof(proof, entry, [log_key(args.key)])
    witnesses = [witness(one) for one in args.witness_key]
    require_witnessed(proof.checkpoint, witnesses, len(witnesses), now=int(time.time()))
    out.say(f"Entry {proof.index} is in the log of {checkpoint.size} entries of {checkpoint.origin}.", "good")
    if receipt is not None:
        out.say(f"It says: {shown(receipt.data.decode())}")


def _receipt(file: Path) -> bytes:
    """The bytes of a receipt. A file of another kind accuses nobody."""
    data = read_bounded(file, MAX_RECEIPT_BYTES, what="receipt")
    if not data.lstrip().startswith(b"{"):
        raise DocumentUnreadable(
            f"{file.name!r} isn't a receipt.", remedy="Give the file that the page or the service gave you."
        )
    return data


def _hex(text: str, length: int, what: str) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if len(data) != length:
        raise UsageError(f"{what} has {2 * length} hexadecimal digits.")
    return data


def _open(args: argparse.Namespace) -> tuple[Store, Log]:
    # Imported here: checking needs no database.
    from moiety.credential.layout import Home
    from moiety.service.settings import DATABASE_FILE
    from moiety.store import open_store
    from moiety.store.log_key import open_log
    from moiety.store.migrate import upgrade

    log = open_log(Home.open(args.home))
    url = f"sqlite:///{args.home / DATABASE_FILE}" if args.database is None else args.database
    store = open_store(url)
    upgrade(store)
    return store, log


def _require_url(database: str | None) -> None:
    """Refuse a database that no URL names, also where none is opened."""
    from moiety.store import require_url

    if database is not None:
        require_url(database)


def _init(args: argparse.Namespace, out: Output) -> None:
    from moiety.credential.layout import Home
    from moiety.store.log_key import create_log

    _require_url(args.database)
    out.say(create_log(Home.open(args.home)).verifier.vkey())
    out.note("Give this key to whoever checks the log, over another way than the log itself.")


def _key(args: argparse.Namespace, out: Output) -> None:
    from moiety.credential.layout import Home
    from moiety.store.log_key import open_log

    _require_url(args.database)
    out.say(open_log(Home.open(args.home)).verifier.vkey())


def _sequence(args: argparse.Namespace, out: Output) -> None:
    from moiety.store.ledger import sequence_all

    store, log = _open(args)
    head = sequence_all(store, log, now=int(time.time()))
    store.close()
    out.say("The log is empty." if head is None else f"The log has {head.checkpoint.size} entries.")


def _prove(args: argparse.Namespace, out: Output) -> None:
    from moiety.store.ledger import proven
    from moiety.store.ledger_reading import commitment_of

    event = _hex(args.event, EVENT_ID_BYTES, "An event's identifier")
    if args.out is not None:
        require_writable(args.out)
    store, log = _open(args)
    proof = proven(store, log, event, now=int(time.time()))
    with store.reading() as connection:
        entry = commitment_of(connection, event)
    store.close()
    if args.out is None:
        out.say(proof.encode().decode().removesuffix("\n"))
    else:
        write_atomically(args.out, proof.encode())
    out.note(
        f"Check it anywhere: moiety ledger verify FILE --key {log.verifier.vkey()} --entry {entry.hex()}"
    )


def _publish(args: argparse.Namespace, out: Output) -> None:
    from moiety.store.ledger import sequence_all
    from moiety.store.publishing import publish

    store, log = _open(args)
    sequence_all(store, log, now=int(time.time()))
    make_folder(args.out)
    checkpoint = publish(store, args.out, bodies=args.bodies)
    store.close()
    out.say(f"Published {checkpoint.size} entries to {args.out}.", "good")
    if args.bodies:
        out.note("events.jsonl says what happened to whose code: hand it to an auditor only.", "warn")


def _cosign(args: argparse.Namespace, out: Output) -> None:
    from moiety.store.ledger import keep_cosigned, sequence_all
    from moiety.store.ledger_reading import StoreLog
    from moiety.witness.client import HttpPost, cosigned

    key = witness(args.witness_key)
    store, log = _open(args)
    sequence_all(store, log, now=int(time.time()))
    with store.reading() as connection:
        reading = StoreLog(connection)
        head = reading.head()
        post = HttpPost(args.witness)
        note = cosigned(head.best, reading.tree().consistency, key, post, kept=head.cosigned)
    keep_cosigned(store, note)
    store.close()
    out.say(f"{key.name} cosigned the checkpoint of {head.checkpoint.size} entries.", "good")
