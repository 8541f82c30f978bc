"""Keys in hardware: Ed25519 keys that never leave a PKCS#11 token, behind the same two names as a key file.

Beside the key files of a home lies a small file `KIND-ID.p11` that says which module, which token and which
label; the private half stays in the token. CKM_EDDSA over CKK_EC_EDWARDS, PKCS#11 version 3.0, section 6.3.
Needs the extra `hsm` (python-pkcs11).
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from moiety.errors import DocumentUnreadable, KeyUnavailable, MoietyError
from moiety.files import write_atomically
from moiety.keys import PRIVATE_FILE_MODE, PUBLIC_KEY_BYTES, VerifyingKey, random_token, read_private

FORMAT: Final = 1
_ED25519_OID: Final = bytes.fromhex("06032b6570")  # DER of 1.3.101.112, RFC 8410, section 3


@dataclass(frozen=True, slots=True)
class Token:
    """Where keys are: the PKCS#11 module, the token's label, and the file whose first line is its PIN."""

    module: str
    token: str
    pin_file: str


class HardwareKey:
    """An Ed25519 key in a token; a `Signer`. The token is opened at the first signature of a process."""

    __slots__ = ("_key", "_lock", "_process", "label", "place", "verifying_key")

    def __init__(self, place: Token, label: str, verifying_key: VerifyingKey) -> None:
        self.place = place
        self.label = label
        self.verifying_key = verifying_key
        self._lock = threading.Lock()
        self._key: Any = None
        self._process = 0

    def __repr__(self) -> str:
        return f"HardwareKey({self.verifying_key.key_id.hex()})"

    def sign(self, message: bytes) -> bytes:
        """A 64-byte Ed25519 signature over `message`, made in the token.

        Raises:
            KeyUnavailable: the token is away, its PIN is refused, or its key is another one.
        """
        with self._lock:  # a session of a token serves one at a time
            signature = self._signed(message)
        if not self.verifying_key.verifies(signature, message):
            self._key = None
            raise KeyUnavailable(
                f"The token's key {self.label!r} is not the one that this home names.",
                remedy="Put the right token in.",
            )
        return signature

    def _signed(self, message: bytes) -> bytes:
        with _translated(self.label):
            from pkcs11 import Mechanism

            if self._key is None or self._process != os.getpid():
                session = _open(self.place)
                self._key, self._process = _private(session, self.label), os.getpid()
            try:
                return bytes(self._key.sign(message, mechanism=Mechanism.EDDSA))
            except Exception:
                self._key = None  # the token was taken out: look for it anew the next time
                raise


def new_label(kind: str) -> str:
    """A label that no other key in the token has."""
    return f"moiety-{kind}-{random_token(4).hex()}"


def generate(place: Token, label: str) -> HardwareKey:
    """Make a key inside a token, which it cannot leave.

    Raises:
        KeyUnavailable: the token is away, its PIN is refused, it has such a key, or cannot do Ed25519.
    """
    with _translated(label):
        from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

        session = _open(place, writing=True)
        wanted = {Attribute.LABEL: label, Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        if any(True for _ in session.get_objects(wanted)):
            raise KeyUnavailable(f"The token has a key {label!r} already.", remedy="Choose another label.")
        curve = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _ED25519_OID}, local=True
        )
        public, _ = curve.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label=label
        )
        raw = bytes(public[Attribute.EC_POINT])[-PUBLIC_KEY_BYTES:]  # inside a DER OCTET STRING
        session.close()
    return HardwareKey(place, label, VerifyingKey(raw))


def read_hardware(path: Path) -> HardwareKey:
    """The key that a `.p11` file names.

    Raises:
        KeyUnavailable: the file is missing or damaged.
        PermissionsTooOpen: others could change it.
    """
    try:
        body: Any = json.loads(read_private(path))
        if set(body) != {"format", "label", "module", "pin_file", "public", "token"}:
            raise ValueError
        if body.pop("format") != FORMAT or not all(isinstance(one, str) for one in body.values()):
            raise ValueError
        public = VerifyingKey(bytes.fromhex(body["public"]))
    except (ValueError, TypeError, AttributeError, RecursionError, DocumentUnreadable) as error:
        raise KeyUnavailable(f"{path.name} is damaged or names no key in a token.") from error
    return HardwareKey(Token(body["module"], body["token"], body["pin_file"]), body["label"], public)


def module_of(data: bytes) -> str | None:
    """The library that the file of a key in a token names; None where it names none."""
    try:
        module = json.loads(data)["module"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return module if isinstance(module, str) else None


def write_hardware(path: Path, key: HardwareKey) -> None:
    """Write the file that names a key in a token; it must not exist yet.

    Raises:
        KeyUnavailable: it exists.
        StorageError: the disk refused.
    """
    if path.exists() or path.is_symlink():
        raise KeyUnavailable(f"{path.name} exists, and a key is never overwritten.", remedy="Move it away.")
    public = key.verifying_key.public.hex()
    body = {"format": FORMAT, "label": key.label, "public": public, **asdict(key.place)}
    text = json.dumps(body, indent=2, sort_keys=True) + "\n"
    write_atomically(path, text.encode(), mode=PRIVATE_FILE_MODE)


@contextlib.contextmanager
def _translated(label: str) -> Iterator[None]:
    """A token's failures as ours. Nothing that its driver says is repeated: it could carry the PIN."""
    try:
        yield
    except MoietyError:
        raise
    except ImportError as error:
        raise KeyUnavailable(
            "Keys in hardware need the extra 'hsm'.", remedy="Install it: pip install 'moiety[hsm]'."
        ) from error
    except Exception as error:
        raise KeyUnavailable(
            f"The token with the key {label!r} cannot be used ({type(error).__name__}).",
            remedy="See that the token is in, that the module is its own, and that the PIN is right.",
        ) from error


def _open(place: Token, *, writing: bool = False) -> Any:
    import pkcs11

    pin = read_private(Path(place.pin_file)).decode().split("\n", 1)[0]
    token = pkcs11.lib(place.module).get_token(token_label=place.token)
    try:
        return token.open(rw=writing, user_pin=pin)
    except pkcs11.exceptions.UserAlreadyLoggedIn:  # by this process, for another of its keys
        return token.open(rw=writing)


def _private(session: Any, label: str) -> Any:
    from pkcs11 import ObjectClass

    return session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label)
