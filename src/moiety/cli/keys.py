"""Back up, restore and rotate keys; split the root among people; end an epoch for good."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from moiety.cli.output import Output
from moiety.cli.token import add_token_arguments, token_of
from moiety.credential import epochs
from moiety.credential.backup import gather, parts, restore
from moiety.credential.clock import day
from moiety.credential.home import DEFAULT_GROUP
from moiety.credential.layout import Home
from moiety.credential.locked import read_passphrase
from moiety.credential.split import Share, join, split
from moiety.credential.trust import TrustBundle
from moiety.errors import KeyUnavailable, UsageError
from moiety.files import read_bounded, write_atomically
from moiety.keys import PRIVATE_FILE_MODE, fingerprint, make_private_directory, write_private
from moiety.keys_pkcs11 import generate, new_label

_MAX_SHARE_BYTES = 1024
_MOST_NAMES = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, text: str) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=text, description=text, allow_abbrev=False)
        sub.add_argument("--home", required=True, type=Path, help="the home")
        return sub

    action("list", "name the keys in a home; nothing secret is shown")
    save = action("backup", "write settings, keys, trust and register to one encrypted archive")
    save.add_argument("--out", required=True, type=Path, metavar="FILE")
    save.add_argument(
        "--passphrase-file", required=True, type=Path, metavar="FILE", help="its first line counts"
    )
    load = action("restore", "make a home from an archive, where there is none")
    load.add_argument("file", type=Path, metavar="FILE")
    load.add_argument(
        "--passphrase-file", required=True, type=Path, metavar="FILE", help="its first line counts"
    )
    load.add_argument(
        "--token-module", metavar="PATH", help="the library of your token, where the archive has keys in one"
    )
    rotate = action("rotate", "begin a new issuer key or group epoch; old codes stay good for the overlap")
    which = rotate.add_mutually_exclusive_group(required=True)
    which.add_argument("--issuer", action="store_true", help="a new issuer key (needs the root key)")
    which.add_argument(
        "--group", action="store_true", help="a new epoch of the verifier group (needs the root key)"
    )
    rotate.add_argument("--group-name", metavar="NAME", help=f"which group (default: {DEFAULT_GROUP})")
    rotate.add_argument(
        "--distrust-old", action="store_true", help="after a theft: refuse all codes of the old key"
    )
    add_token_arguments(rotate)
    public = action("public", "write a public key as PEM, for the one who signs trust bundles")
    public.add_argument("key", choices=("issuer", "group", "device", "root"))
    public.add_argument("--out", required=True, type=Path, metavar="FILE")
    destroy = action(
        "destroy-epoch", "delete a group's private key for good: its codes can never be opened again"
    )
    destroy.add_argument("id", metavar="ID", help="the key's identifier, from: moiety keys list")
    cut = action("split-root", "split the root key into shares, of which some give it back")
    cut.add_argument("--shares", type=int, default=5, metavar="N", help="how many shares (default 5)")
    cut.add_argument(
        "--needed", type=int, default=3, metavar="K", help="how many give the key back (default 3)"
    )
    cut.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="a new directory, one file a share"
    )
    glue = action("join-root", "put the root key back from its shares")
    glue.add_argument("share", nargs="+", type=Path, metavar="SHARE", help="a file with one share")


def run(args: argparse.Namespace, out: Output) -> int:
    """Do the action asked for."""
    actions: dict[str, Callable[[argparse.Namespace, Output], None]] = {
        "list": _list,
        "backup": _backup,
        "restore": _restore,
        "rotate": _rotate,
        "public": _public,
        "destroy-epoch": _destroy,
        "split-root": _split,
        "join-root": _join,
    }
    actions[args.action](args, out)
    return 0


def _list(args: argparse.Namespace, out: Output) -> None:
    home = Home.open(args.home)
    for file in sorted([*home.keys.glob("*.p[e1][m1]"), *(home.path / "root").glob("*.p[e1][m1]")]):
        kind, _, identifier = file.stem.partition("-")
        where = "  in a token" if file.suffix == ".p11" else ""
        out.say(f"{kind:<7} {identifier}{where}")
    if home.pinned_root_file.exists():
        out.say(f"Pinned root, fingerprint {fingerprint(home.pinned_root().public)}")


def _backup(args: argparse.Namespace, out: Output) -> None:
    from moiety.service.settings import DATABASE_FILE

    home = Home.open(args.home)
    with out.working("Encrypting"):
        gathered = gather(home)
        archive = gathered.sealed(read_passphrase(args.passphrase_file))
    write_atomically(args.out, archive, mode=PRIVATE_FILE_MODE)
    out.say(f"Wrote an encrypted backup of {args.home} to {args.out}.", "good")
    out.note(f"In it: {_present(home)}.")
    database = [name for name in gathered.left_out if name.startswith(DATABASE_FILE)]
    others = [name for name in gathered.left_out if name not in database]
    if database:
        out.note(f"Left out: {DATABASE_FILE}, the service's database. Back it up as well:", "warn")
        out.note("see docs/how-to/back-up-and-restore-the-service.md.", "warn")
    if others:
        more = " and more" if len(others) > _MOST_NAMES else ""
        shown = ", ".join(others[:_MOST_NAMES]) + more
        out.note(f"Left out, since they aren't part of a home's settings: {shown}.", "warn")
        out.note("Copy them yourself if you need them.", "warn")
    out.note("Keep it and its passphrase apart, and try to restore it once: moiety keys restore.")


def _restore(args: argparse.Namespace, out: Output) -> None:
    module = args.token_module
    if module is not None and not Path(module).is_file():
        raise UsageError(f"There is no library {module!r}.", remedy="Give the PKCS#11 library of your token.")
    with out.working("Decrypting"):
        passphrase = read_passphrase(args.passphrase_file)
        home = restore(args.file, passphrase, args.home, token_module=args.token_module)
    out.say(f"Restored a home ({home.role}) to {args.home}.", "good")
    out.note(f"In it: {_present(home)}.")
    if home.issues and not (home.path / "consent.json").exists():
        out.note("The backup had no consent.json. If the home had one, put it back before you enrol:", "warn")
        out.note("without it, people read the issuer's address instead of who asks them.", "warn")
    out.note("Import the newest trust file that you published, so that later revocations are not lost.")


def _present(home: Home) -> str:
    """The parts of a home that are there, in words."""
    found = [(part, count) for part, count in parts(home) if count]
    return ", ".join(part if count == 1 else f"{part} ({count})" for part, count in found)


def _rotate(args: argparse.Namespace, out: Output) -> None:
    home = Home.open(args.home)
    hardware = token_of(args)
    if args.group and hardware is not None:
        raise UsageError("A group's key opens what is sealed, and lies in a key file.")
    if args.issuer and args.group_name is not None:
        raise UsageError("--group-name goes with --group.")
    if args.group and home.role == "verifier":
        if args.group_name is not None or args.distrust_old:
            raise UsageError(
                "A verifier's home makes a key; who signs trust names its group and ends old ones."
            )
        key = epochs.new_group_key(home)
        out.say(f"Made the group key {key.key_id.hex()}.", "good")
        out.note(
            "It counts once the root has put it into a bundle: moiety keys public group, moiety trust add."
        )
        return
    if args.issuer:
        trust = epochs.rotate_issuer(
            home,
            distrust_old=args.distrust_old,
            key=None if hardware is None else generate(hardware, new_label("issuer")),
        )
    else:
        name = _group_name(home, args.group_name)
        trust = epochs.rotate_group(home, name=name, distrust_old=args.distrust_old)
    out.say(
        f"Rotated. Signed trust bundle {trust.bundle.serial}, good until {day(trust.bundle.expires)}.", "good"
    )
    if args.group:
        out.note("Bring the new key to the group's verifiers: moiety trust export --with-group-key.")
    out.note("Take the root key offline again, back the home up, and send the bundle to every verifier.")


def _group_name(home: Home, asked: str | None) -> str:
    """The group to rotate. A name that no group has would begin another, and leave this one as it is."""
    name = DEFAULT_GROUP if asked is None else asked
    known = list(dict.fromkeys(epoch.name for epoch in TrustBundle.held(home).groups))
    if name not in known:
        raise UsageError(f"There is no group {name!r} here.", remedy=f"Choose from: {', '.join(known)}.")
    return name


def _public(args: argparse.Namespace, out: Output) -> None:
    home = Home.open(args.home)
    if args.key == "root":
        pem, identifier = home.pinned_root().to_pem(), home.pinned_root().key_id
    elif args.key == "device":
        pem, identifier = home.device_key().verifying_key.to_pem(), home.device_key().key_id
    elif args.key == "issuer":
        # Imported here: only this needs the issuer.
        from moiety.credential.issuer import Issuer

        key = Issuer.open(args.home).key.key
        pem, identifier = key.to_pem(), key.key_id
    else:
        pem, identifier = _newest_group(home)
    write_atomically(args.out, pem)
    out.say(f"Wrote the public {args.key} key {identifier.hex()} to {args.out}.", "good")


def _newest_group(home: Home) -> tuple[bytes, bytes]:
    """The group key that no bundle names yet, or else the one of the newest epoch."""
    keys = home.group_keys()
    known = (
        {} if not home.trust_file.exists() else {e.key.key_id: e for e in TrustBundle.open(home.path).groups}
    )
    unnamed = [key for identifier, key in keys.items() if identifier not in known]
    named = sorted((known[identifier].not_before, identifier) for identifier in keys if identifier in known)
    if len(unnamed) > 1 or not keys:
        raise KeyUnavailable(
            f"This home holds {len(unnamed)} group keys that no bundle names.", remedy="Leave one."
        )
    key = unnamed[0] if unnamed else keys[named[-1][1]]
    return key.group.to_pem(), key.key_id


def _destroy(args: argparse.Namespace, out: Output) -> None:
    try:
        identifier = bytes.fromhex(args.id)
    except ValueError as error:
        raise UsageError("A key's identifier has 16 hexadecimal digits.") from error
    epochs.destroy_epoch(Home.open(args.home), identifier)
    out.say(f"Deleted the group key {args.id}. Codes sealed to it can no longer be opened here.", "good")
    out.note("Backups and other verifiers' homes may still hold it: destroy those too.", "warn")


def _split(args: argparse.Namespace, out: Output) -> None:
    shares = split(Home.open(args.home).root(), needed=args.needed, shares=args.shares)
    make_private_directory(args.out)
    for share in shares:
        text = f"{share.to_text()}\n".encode()
        write_atomically(args.out / f"share-{share.index}-of-{args.shares}.txt", text, mode=PRIVATE_FILE_MODE)
    out.say(f"Wrote {args.shares} shares to {args.out}; any {args.needed} give the root key back.", "good")
    out.note("Give each to another person, then delete the directory and the root key from this machine.")


def _join(args: argparse.Namespace, out: Output) -> None:
    home = Home.open(args.home)
    texts = [read_bounded(file, _MAX_SHARE_BYTES, what="share") for file in args.share]
    key = join([Share.from_text(text.decode("utf-8", "replace")) for text in texts])
    if key.verifying_key != home.pinned_root():
        raise KeyUnavailable("The shares give another root key than the one pinned in this home.")
    if not (home.path / "root").is_dir():
        make_private_directory(home.path / "root")
    write_private(home.path / "root" / f"root-{key.key_id.hex()}.pem", key.to_pem())
    out.say(f"The root key is back in {home.path / 'root'}. Take it away again when you are done.", "good")
