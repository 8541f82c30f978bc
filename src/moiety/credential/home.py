"""Making a home, with the keys of its role; an existing one is never touched."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from moiety.credential.bundle import (
    Bundle,
    GroupEpoch,
    TrustedIssuer,
    check_issuer_uri,
    new_epoch,
    new_issuer_key,
)
from moiety.credential.bundle_format import sign_bundle
from moiety.credential.clock import seconds
from moiety.credential.issuer import Issuer as Issuer
from moiety.credential.layout import ROLES, Home, Role, encode_config
from moiety.credential.lists import list_uri
from moiety.credential.status import StatusList, sign_status
from moiety.credential.trust_file import TrustFile
from moiety.credential.trust_parameters import BUNDLE_LIFETIME_S
from moiety.errors import HomeError, StorageError, UsageError
from moiety.files import write_atomically
from moiety.keys import (
    PRIVATE_FILE_MODE,
    GroupPrivateKey,
    Signer,
    SigningKey,
    make_private_directory,
    random_token,
)
from moiety.keys_pkcs11 import Token, generate

DEFAULT_GROUP: Final = "verifiers"


def create_home(
    path: str | Path,
    *,
    issuer_uri: str | None,
    role: Role = "both",
    now: int | None = None,
    hardware: Token | None = None,
) -> Home:
    """Make a home with the keys of its role; an existing one is never touched.

    An issuer's home gets an issuer key and a root key (in `root/`, to be moved offline), and signs its first
    trust bundle. A verifier's home gets a group key and a device key. `both` gets all, and trusts itself.
    With `hardware`, root and issuer key are made in that token, and never leave it.

    Raises:
        HomeError: something is there already.
        UsageError: an unknown role, or a URI that is missing or no URI.
        StorageError: the disk refused; nothing is left behind.
    """
    if role not in ROLES:
        raise UsageError(f"There is no role {role!r}; there are {', '.join(ROLES)}.")
    if issuer_uri is None and role != "verifier":
        raise UsageError("An issuer needs its URI.", remedy="Give one: --issuer-uri https://issuer.example.")
    if issuer_uri is not None:
        check_issuer_uri(issuer_uri)
    target = Path(path)
    with built_aside(target) as place:
        make_private_directory(place / "keys")
        write_atomically(place / "home.json", encode_config(role, issuer_uri), mode=PRIVATE_FILE_MODE)
        _fill(Home(place, role, issuer_uri), seconds(now), hardware)
    return Home.open(target)


@contextlib.contextmanager
def built_aside(target: Path) -> Iterator[Path]:
    """A private directory beside the target, which takes the target's name once it is complete."""
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise HomeError(
            f"{target.name} exists and is not empty; a home is never overwritten.",
            remedy="Choose another directory.",
        )
    place: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
        yield place
        place.replace(target)
    except OSError as error:
        raise StorageError(f"Could not make the home: {error.strerror or 'the disk refused'}.") from error
    finally:
        if place is not None and place.exists():
            shutil.rmtree(place, ignore_errors=True)


def _fill(home: Home, now: int, hardware: Token | None) -> None:
    groups: tuple[GroupEpoch, ...] = ()
    if home.role != "issuer":
        group_key = GroupPrivateKey.generate()
        home.add_group_key(group_key)
        home.add_key("device", SigningKey.generate())
        groups = (new_epoch(DEFAULT_GROUP, group_key.group, now),)
    if home.issues and home.issuer_uri is not None:
        root, issuer = _fresh(hardware, "root"), _fresh(hardware, "issuer")
        make_private_directory(home.path / "root")
        home.add_key("root", root)
        home.add_key("issuer", issuer)
        home.pin_root(root.verifying_key)
        token = sign_status(list_uri(home.issuer_uri, 1), StatusList.of({}), issuer, now=now)
        issuers = (TrustedIssuer(home.issuer_uri, (new_issuer_key(issuer.verifying_key, now),)),)
        bundle = Bundle(1, now, now + BUNDLE_LIFETIME_S, issuers, groups, {}, (token.encoded,))
        file = TrustFile(root.verifying_key, sign_bundle(bundle, root))
        write_atomically(home.trust_file, file.encode())
        from moiety.credential.register import Register  # SQLite, which verifying does without

        Register(home.register_file).__exit__()


def _fresh(token: Token | None, kind: str) -> Signer:
    """A new key: for a key file, or in a token under a label of its own."""
    return (
        SigningKey.generate() if token is None else generate(token, f"moiety-{kind}-{random_token(4).hex()}")
    )
