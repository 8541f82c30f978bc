"""A witness: remember what each log showed, and cosign only what continues it. Run it on another machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from moiety.cli.listening import free_or_port, take
from moiety.cli.output import Output
from moiety.cli.public_keys import log_key
from moiety.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.add_argument("--place", required=True, type=Path, metavar="DIR", help="the witness's folder")
        return sub

    make = action("init", "make a witness, and print the key by which others check its cosignatures")
    make.add_argument("--name", required=True, help="its name, such as witness.example.org/w1")
    make.add_argument(
        "--log",
        required=True,
        action="append",
        metavar="KEY",
        help="a log's key (moiety ledger key), or a file",
    )
    add = action("add-log", "let the witness know one more log, or a log's address")
    add.add_argument("--log", required=True, metavar="KEY", help="the log's key, or a file")
    for one in (make, add):
        one.add_argument(
            "--address", metavar="URL", help="where the log shows its tiles: a fork is then told by its entry"
        )
    action("key", "print the key by which others check its cosignatures")
    serve = action("serve", "answer logs over HTTP")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    serve.add_argument(
        "--port", type=free_or_port, default=8100, help="the port (default 8100; 0 takes a free one)"
    )
    serve.add_argument(
        "--mark",
        type=Path,
        metavar="FILE",
        help="a file on another disk, by which a folder restored from an older copy is noticed",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Do the action asked for."""
    from moiety.witness.place import add_log, create_witness, open_witness

    if args.action == "init":
        verifiers = [log_key(one) for one in args.log]
        if args.address is not None and len(args.log) != 1:
            raise UsageError(
                "An address is of one log.", remedy="Give the others with: moiety witness add-log."
            )
        addresses = {} if args.address is None else {verifiers[0].name: args.address}
        out.say(
            create_witness(args.place, args.name, [one.vkey() for one in verifiers], addresses).key.vkey()
        )
        return 0
    if args.action == "add-log":
        key = log_key(args.log).vkey()
        add_log(open_witness(args.place), key, args.address)
        out.say("Added.", "good")
    elif args.action == "key":
        out.say(open_witness(args.place).key.vkey())
    else:
        _serve(args, out)
    return 0


def _serve(args: argparse.Namespace, out: Output) -> None:
    import uvicorn

    from moiety.witness.app import create_witness_app
    from moiety.witness.place import marked, open_witness

    place = open_witness(args.place)
    if args.mark is not None:
        place = marked(place, args.mark)
    listening = take(args.host, args.port)
    host, port = listening.getsockname()[:2]
    out.say(f"Witness {place.witness.name} listens on http://{host}:{port}", "good")
    config = uvicorn.Config(create_witness_app(place), log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])
