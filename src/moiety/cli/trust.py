"""Take trust from home to home: bundles signed by the root, status lists, and group keys when asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from moiety.cli.fetch_lists import Way, fetch
from moiety.cli.output import Output
from moiety.cli.printable import shown
from moiety.credential import epochs
from moiety.credential.anchors import KINDS, DocumentAnchor, key_anchor, root_anchor
from moiety.credential.clock import day, seconds
from moiety.credential.document_lists import identifier
from moiety.credential.document_secrets import add_secret
from moiety.credential.document_types import MDL, PID, parse
from moiety.credential.home import DEFAULT_GROUP
from moiety.credential.importing import import_list, import_trust, is_list
from moiety.credential.issuer import Issuer
from moiety.credential.layout import Home
from moiety.credential.locked import read_passphrase
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_file import TrustFile
from moiety.credential.trust_parameters import MAX_ANCHOR_BYTES, MAX_BUNDLE_BYTES
from moiety.decision.policy_file import policy_of, read_policy
from moiety.document.status_lists import held as held_list
from moiety.document.status_lists import is_document_list, take
from moiety.errors import ClockSetBack, InputError, TrustRefused, UsageError
from moiety.files import read_bounded, write_atomically
from moiety.keys import PRIVATE_FILE_MODE, GroupPublicKey, VerifyingKey, fingerprint, read_public

_MAX_SECRET_BYTES = 256


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.add_argument("--home", required=True, type=Path, help="the home")
        return sub

    export = action("export", "write the newest bundle and status lists to a file for other homes")
    export.add_argument("--out", required=True, type=Path, metavar="FILE")
    export.add_argument("--with-group-key", action="store_true", help="add this home's group keys, encrypted")
    export.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="what encrypts them: its first line"
    )
    export.add_argument("--status-list", action="store_true", help="write only this issuer's list, as a CWT")
    load = action("import", "take in a trust file, or a status list")
    load.add_argument("file", type=Path, metavar="FILE")
    load.add_argument("--root-fingerprint", metavar="HEX", help="compare the root before it is pinned")
    load.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="to take the group keys in it as well"
    )
    action("show", "say whom this home trusts, and how old its status lists are")
    action("refresh", "sign this issuer's status lists anew, so that verifiers see them young")
    again = action("renew", "sign the next bundle with a new expiry (needs the root key)")
    again.add_argument(
        "--clock-was-ahead", action="store_true", help="repair what was signed while the clock ran ahead"
    )
    floor = action("policy", "let no verifier ask for less than a policy (needs the root key)")
    floor.add_argument("--name", required=True, metavar="NAME", help="what the policy is called")
    what = floor.add_mutually_exclusive_group(required=True)
    what.add_argument("--file", type=Path, metavar="FILE", help="the policy, as in a home's policy.json")
    what.add_argument("--remove", action="store_true", help="take the policy of that name out again")
    lists = action("fetch-lists", "fetch the status lists that documents here have named")
    lists.add_argument("--uri", action="append", default=[], metavar="URI", help="fetch this list as well")
    lists.add_argument("--allow-private", action="store_true", help="also from private addresses")
    lists.add_argument("--ca-file", type=Path, metavar="FILE", help="whose certificates servers must have")
    remove = action("remove", "believe an issuer of documents no more (needs the root key)")
    remove.add_argument("--name", required=True, metavar="NAME", help="what the issuer is called here")
    add = action("add", "trust another issuer, or add a verifier group (needs the root key)")
    add.add_argument("--issuer-key", type=Path, metavar="FILE", help="an issuer's public key, as PEM")
    add.add_argument("--issuer-uri", metavar="URI", help="the URI in that issuer's codes")
    add.add_argument("--group-key", type=Path, metavar="FILE", help="a verifier group's public key, as PEM")
    add.add_argument(
        "--document-key", type=Path, metavar="FILE", help="an issuer's key for documents, PEM or DER"
    )
    add.add_argument(
        "--document-root", type=Path, metavar="FILE", help="the root certificate of such issuers"
    )
    add.add_argument(
        "--document-secret",
        type=Path,
        metavar="FILE",
        help="an AES key to decrypt documents (needs no root key)",
    )
    add.add_argument("--name", metavar="NAME", help="what to call the issuer of those documents")
    add.add_argument(
        "--kinds", metavar="KINDS", help=f"the kinds of document it vouches for: some of {','.join(KINDS)}"
    )
    add.add_argument(
        "--type",
        dest="types",
        action="append",
        default=[],
        metavar="NAME[=USAGE]",
        help="a docType or vct that it vouches for, with the extended key usage (OID) of its signers, or "
        f"none; may be repeated (default for a root: {MDL} or {PID} alone)",
    )
    add.add_argument(
        "--intermediates",
        action="store_true",
        help="authorities may stand between this root and the signers",
    )
    add.add_argument("--printed", action="store_true", help="its portraits are scans of printed photographs")
    add.add_argument(
        "--group-name", metavar="NAME", help="the group's name; of the same name, it is the next epoch"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Do the action asked for."""
    actions: dict[str, Callable[[argparse.Namespace, Output], None]] = {
        "export": _export,
        "import": _import,
        "show": _show,
        "refresh": _refresh,
        "renew": _renew,
        "add": _add,
        "remove": _remove,
        "policy": _policy,
    }
    if args.action == "fetch-lists":
        return _fetch_lists(args, out)
    actions[args.action](args, out)
    return 0


def _export(args: argparse.Namespace, out: Output) -> None:
    if args.with_group_key != (args.passphrase_file is not None):
        raise UsageError(
            "A group key leaves a home only encrypted: --with-group-key and --passphrase-file go together."
        )
    trust = TrustBundle.open(args.home)
    if args.status_list:
        home = Home.open(args.home)
        lists = [token for token in trust.status_lists() if trust.owner_of(token) == home.issuer_uri]
        if len(lists) != 1:
            raise UsageError(
                f"This home has {len(lists)} status lists of its own; export the whole trust instead."
            )
        write_atomically(args.out, lists[0].encoded)
        out.say(f"Wrote the status list of {day(lists[0].issued)} to {args.out}.", "good")
        return
    passphrase = None if args.passphrase_file is None else read_passphrase(args.passphrase_file)
    data = trust.file(passphrase=passphrase).encode()
    write_atomically(args.out, data, mode=0o644 if passphrase is None else PRIVATE_FILE_MODE)
    out.say(f"Wrote trust bundle {trust.bundle.serial} to {args.out}.", "good")
    out.say(f"Root fingerprint, to be compared at the first import: {fingerprint(trust.root.public)}")
    if passphrase is not None:
        out.note("It carries the group's private key, encrypted. Send the passphrase another way.", "warn")


def _import(args: argparse.Namespace, out: Output) -> None:
    home = Home.open(args.home)
    data = read_bounded(args.file, MAX_BUNDLE_BYTES, what="trust file")
    if is_document_list(data) and not _is_own_list(home, data):
        name, held = take(data, TrustBundle.open(home.path), seconds(None))
        out.say(f"Took in the status list of {name} of {day(held.issued)}.", "good")
        return
    if is_list(data):
        token = import_list(home, data)
        out.say(f"Took in the status list of {day(token.issued)}.", "good")
        return
    passphrase = None if args.passphrase_file is None else read_passphrase(args.passphrase_file)
    done = import_trust(
        home, TrustFile.decode(data), root_fingerprint=args.root_fingerprint, passphrase=passphrase
    )
    out.say(
        f"Took in trust bundle {done.trust.bundle.serial}, good until {day(done.trust.bundle.expires)}.",
        "good",
    )
    out.say(f"Root fingerprint: {done.root_fingerprint}")
    if done.group_keys:
        out.say(f"Group keys taken in: {done.group_keys}.")
    if done.pinned_now and not done.compared:
        out.note(
            "The root was trusted on first use. Compare its fingerprint with the issuer, by telephone or",
            "warn",
        )
        out.note(
            "in person, before you rely on this home. Only this root's bundles count here from now on.",
            "warn",
        )


def _is_own_list(home: Home, data: bytes) -> bool:
    """Whether an issuer of codes signed this list, rather than an issuer of documents."""
    if not is_list(data):
        return False
    try:
        TrustBundle.open(home.path).signed_list(data)
    except TrustRefused:
        return not TrustBundle.open(home.path).documents
    return True


def _show(args: argparse.Namespace, out: Output) -> None:
    trust, now = TrustBundle.held(Home.open(args.home)), seconds(None)
    issued, expires = day(trust.bundle.issued), day(trust.bundle.expires)
    out.say(f"Trust bundle {trust.bundle.serial} of {issued}, good until {expires}")
    out.say(f"Root fingerprint: {fingerprint(trust.root.public)}")
    for issuer in trust.issuers:
        out.say(f"Issuer {issuer.uri}")
        for key in issuer.keys:
            signs = "signs" if key.not_before <= now < key.not_after else "retired"
            out.say(f"  key {key.key.key_id.hex()}: {signs}, its codes count until {day(key.expires)}")
    for epoch in trust.groups:
        here = "key here" if epoch.key.key_id in trust.group_key_ids else "no key here"
        seals = f"sealed to until {day(epoch.not_after)}" if now < epoch.not_after else "ended"
        out.say(f"Group {epoch.name}, key {epoch.key.key_id.hex()} ({here})")
        opened = "its codes are refused since" if trust.distrusts(epoch.key.key_id) else "opened until"
        out.say(f"  {seals}, {opened} {day(epoch.expires)}")
    for one in trust.documents:
        by = f"key {one.public_key().key_id.hex()}" if one.key else f"root {fingerprint(one.root)[:16]}"
        printed = ", printed portraits" if one.printed else ""
        out.say(f"Documents of {one.name} ({', '.join(one.kinds)}): {by}{printed}")
        for kept in one.vouched_types:
            out.say(f"  {kept.name}, signer's usage: {kept.usage}")
    for token in trust.status_lists():
        out.say(f"Status list {token.uri}: {(now - token.issued) / 86400:.1f} days old")
    for one in trust.documents:
        for seen in trust.document_lists.seen():
            if seen.anchor == identifier(one):
                out.say(f"Status list {shown(seen.uri)} of {one.name}: {_age(trust, one, seen.uri, now)}")
    for name in trust.policies:
        out.say(f"Policy {name}")
    try:
        trust.require_current(now)
    except (ClockSetBack, TrustRefused) as error:
        out.note(f"Nothing is verified with this trust now. {error} {error.remedy}", "warn")


def _age(trust: TrustBundle, anchor: DocumentAnchor, uri: str, now: int) -> str:
    try:
        token = held_list(trust, anchor, uri, now)
    except TrustRefused:
        return "held, and no longer counts"
    return "not fetched yet" if token is None else f"{(now - token.issued) / 86400:.1f} days old"


def _refresh(args: argparse.Namespace, out: Output) -> None:
    tokens = Issuer.open(args.home).refresh_lists()
    out.say(
        f"Signed {len(tokens)} status list{'s' if len(tokens) != 1 else ''} as of {day(tokens[0].issued)}.",
        "good",
    )
    out.note(f"For other verifiers: moiety trust export --home {args.home} --out FILE")


def _fetch_lists(args: argparse.Namespace, out: Output) -> int:
    """Fetch each list once; one that fails doesn't stop the others. 78 where any failed."""
    trust, now = TrustBundle.open(args.home), seconds(None)
    way = Way(args.allow_private, args.ca_file)
    way.context()  # a wrong --ca-file is refused also where there is no list to fetch
    addresses = list(dict.fromkeys([*(one.uri for one in trust.document_lists.seen()), *args.uri]))
    failed = 0
    for uri in addresses:
        try:
            name, token = take(fetch(uri, way), trust, now, uri=uri)
        except (TrustRefused, InputError) as error:
            failed += 1
            out.say(f"{shown(uri)}: {error}", "bad")
        else:
            out.say(f"{shown(uri)}: list of {day(token.issued)}, of {name}.", "good")
    out.say(f"Fetched {len(addresses) - failed} of {len(addresses)} lists.")
    return 78 if failed else 0


def _renew(args: argparse.Namespace, out: Output) -> None:
    _said(epochs.renew(Home.open(args.home), clock_was_ahead=args.clock_was_ahead), out)


def _add(args: argparse.Namespace, out: Output) -> None:
    home = Home.open(args.home)
    given = [args.issuer_key, args.group_key, args.document_key, args.document_root, args.document_secret]
    if sum(one is not None for one in given) != 1:
        raise UsageError(
            "Add one thing: an issuer (--issuer-key), a group (--group-key), or whom to believe of documents "
            "(--document-key, --document-root, --document-secret)."
        )
    if args.document_secret is not None:
        identifier = add_secret(
            home, read_bounded(args.document_secret, _MAX_SECRET_BYTES, what="document key")
        )
        out.say(f"Keeps the document key {identifier.hex()} in this home.", "good")
        return
    if args.document_key is not None or args.document_root is not None:
        _said(epochs.add_document_anchor(home, _anchor(args)), out)
        return
    if args.issuer_key is not None:
        key = read_public(args.issuer_key)
        if not isinstance(key, VerifyingKey) or args.issuer_uri is None:
            raise UsageError("An issuer needs an Ed25519 public key and its URI (--issuer-uri).")
        _said(epochs.add_issuer(home, args.issuer_uri, key), out)
        return
    group = read_public(args.group_key)
    if not isinstance(group, GroupPublicKey):
        raise UsageError("A verifier group needs an X25519 public key.")
    name = DEFAULT_GROUP if args.group_name is None else args.group_name
    _said(epochs.rotate_group(home, name=name, public=group), out)


def _policy(args: argparse.Namespace, out: Output) -> None:
    values = None if args.remove else read_policy(args.file)
    if values is not None:
        policy_of(values)  # refuses what no policy can have
    _said(epochs.set_policy(Home.open(args.home), args.name, values), out)


def _remove(args: argparse.Namespace, out: Output) -> None:
    _said(epochs.remove_document_anchors(Home.open(args.home), args.name), out)


def _anchor(args: argparse.Namespace) -> DocumentAnchor:
    if args.name is None or args.kinds is None:
        raise UsageError("Say what to call the issuer (--name) and what it vouches for (--kinds).")
    named = [part.strip() for part in args.kinds.split(",")]
    kinds = tuple(one for one in KINDS if one in named)
    if len(kinds) != len(named):
        raise UsageError(f"The kinds of document are {', '.join(KINDS)}.")
    uri = "" if args.issuer_uri is None else args.issuer_uri  # older documents state a bare host name
    types = tuple(parse(one) for one in args.types)
    if args.document_key is not None:
        if args.intermediates:
            raise UsageError("A key has no authorities: --intermediates is for roots.")
        if not uri:
            raise UsageError("A key needs the URI that its documents state (--issuer-uri).")
        data = read_bounded(args.document_key, MAX_ANCHOR_BYTES, what="document key")
        return key_anchor(args.name, kinds, uri, data, printed=args.printed, types=types)
    data = read_bounded(args.document_root, 2 * MAX_ANCHOR_BYTES, what="certificate")
    return root_anchor(
        args.name, kinds, uri, data, printed=args.printed, types=types, intermediates=args.intermediates
    )


def _said(trust: TrustBundle, out: Output) -> None:
    out.say(f"Signed trust bundle {trust.bundle.serial}, good until {day(trust.bundle.expires)}.", "good")
    out.note("Take the root key offline again, and send the bundle to every verifier: moiety trust export.")
