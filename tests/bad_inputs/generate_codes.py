"""Codes that must be refused, each a named file: run this to write `codes/` anew.

    python tests/bad_inputs/generate_codes.py

Every file is one step away from a good code. `codes/index.json` says for each which error of `moiety.errors`
reading it and checking its signature must raise, the exit code that goes with it, and why. All keys come from
fixed seeds, and guard nothing.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import brotli  # type: ignore[import-untyped]
import cbor2

from moiety.credential import base45, cose
from moiety.keys import SigningKey

FOLDER: Final = Path(__file__).parent / "codes"
SIGNER: Final = SigningKey.from_seed(bytes(range(32)))

READ: Final = 4
REFUSED: Final = 3


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its name, the error it must raise, when, and why."""

    name: str
    text: str
    error: str
    why: str

    @property
    def exit(self) -> int:
        """Exit code of the command line."""
        return READ if self.error == "CodeUnreadable" else REFUSED


def payload(**changes: Any) -> dict[int, Any]:
    """The claims of a good code, with `changes` by name; None drops a claim."""
    sealed = bytes(at * 7 % 256 for at in range(230))
    names = {"iss": 1, "exp": 4, "nbf": 5, "iat": 6, "cti": 7, "identity": 169, "status": 65535}
    claims: dict[str, Any] = {
        "iss": "https://issuer.example.org/",
        "exp": 1_821_484_800,
        "nbf": 1_789_948_800,
        "iat": 1_789_948_800,
        "cti": bytes(range(16)),
        "identity": {75: [1, 1, False, bytes(8), sealed]},
        "status": {"status_list": {"idx": 5, "uri": "https://issuer.example.org/status/1"}},
    }
    claims |= changes
    return {names[name]: value for name, value in claims.items() if value is not None}


def signed(
    body: bytes, headers: dict[int, Any] | None = None, unprotected: dict[int, Any] | None = None
) -> bytes:
    """A COSE_Sign1 over `body` whose signature holds."""
    key = SIGNER.key_id
    protected = cbor2.dumps({1: -8, 4: key} if headers is None else headers, canonical=True)
    signature = SIGNER.sign(cose.to_be_signed(protected, body))
    outer = {} if unprotected is None else unprotected
    return b"\xd2" + cbor2.dumps([protected, outer, body, signature])


def text(message: bytes, pack: Callable[[bytes], bytes] = zlib.compress) -> str:
    """The text of a code around `message`."""
    return base45.encode(pack(message))


def _good() -> bytes:
    return signed(cbor2.dumps(payload(), canonical=True))


def _claims(**changes: Any) -> str:
    return text(signed(cbor2.dumps(payload(**changes), canonical=True)))


def _body(body: bytes) -> str:
    return text(signed(body))


def _texts() -> list[Case]:
    good = text(_good())
    return [
        Case("wrong-alphabet", good[:40] + "#" + good[41:], "CodeUnreadable", "# is no base45 character"),
        Case("one-character-short", good[: len(good) // 3 * 3 - 2], "CodeUnreadable", "length 1 modulo 3"),
        Case("too-large-a-group", ":::" + good[3:], "CodeUnreadable", "a group over 16 bits"),
        Case("empty", "", "CodeUnreadable", "no bytes at all"),
        Case("endless-text", "0" * 100_000, "CodeUnreadable", "longer than any code"),
        Case("web-address", "HTTPS://EXAMPLE.ORG/" + "A" * 60, "CodeUnreadable", "a web address in capitals"),
    ]


def _packed() -> list[Case]:
    good = _good()
    packed = zlib.compress(good)
    flipped = bytearray(packed)
    flipped[len(flipped) // 2] ^= 0x10
    bomb = zlib.compress(bytes(50_000_000), 9)
    brotli_bomb = brotli.compress(bytes(50_000_000), quality=5)
    return [
        Case(
            "bit-flip-in-zlib",
            base45.encode(bytes(flipped)),
            "CodeMalformed",
            "one bit flipped, checksum fails",
        ),
        Case("zlib-cut-short", base45.encode(packed[:-20]), "CodeMalformed", "the stream ends early"),
        Case("zlib-and-more", base45.encode(packed + b"more"), "CodeMalformed", "bytes after the stream"),
        Case("zlib-bomb", base45.encode(bomb), "CodeMalformed", "inflates to 50 MB"),
        Case("brotli-bomb", base45.encode(brotli_bomb), "CodeUnreadable", "inflates to 50 MB"),
        Case("not-compressed", base45.encode(good), "CodeUnreadable", "COSE as it is"),
        Case("zlib-of-nothing", base45.encode(zlib.compress(b"")), "CodeMalformed", "inflates to no bytes"),
    ]


def _messages() -> list[Case]:
    body = cbor2.dumps(payload(), canonical=True)
    protected = cbor2.dumps({1: -8, 4: SIGNER.key_id}, canonical=True)
    good = _good()
    flipped = bytearray(good)
    flipped[-100] ^= 1
    unsigned = b"\xd2" + cbor2.dumps([protected, {}, body, b""])
    other = SigningKey.from_seed(bytes(32))
    forged = b"\xd2" + cbor2.dumps([protected, {}, body, other.sign(cose.to_be_signed(protected, body))])
    headers: dict[str, tuple[dict[int, Any], str]] = {
        "unknown-crit": ({1: -8, 2: [99], 4: SIGNER.key_id, 99: 1}, "a critical header that nobody knows"),
        "empty-crit": ({1: -8, 2: [], 4: SIGNER.key_id}, "a critical list without entries"),
        "absent-crit": ({1: -8, 2: [4]}, "a critical header that is not there"),
        "alg-as-text": ({1: "EdDSA", 4: SIGNER.key_id}, "an algorithm by name"),
        "kid-as-text": ({1: -8, 4: "key"}, "a key identifier that is text"),
    }
    return [
        *(
            Case(name, text(signed(body, head)), "CodeMalformed", why)
            for name, (head, why) in headers.items()
        ),
        Case("crit-unprotected", text(signed(body, None, {2: [4]})), "CodeMalformed", "an unprotected list"),
        Case(
            "header-twice", text(signed(body, None, {4: b"12345678"})), "CodeMalformed", "kid in both headers"
        ),
        Case("bit-flip", text(bytes(flipped)), "SignatureInvalid", "one bit of what is signed flipped"),
        Case("unsigned", text(unsigned), "SignatureInvalid", "an empty signature"),
        Case("forged", text(forged), "SignatureInvalid", "signed with another key"),
        Case("wrong-alg", text(signed(body, {1: -7, 4: SIGNER.key_id})), "SignatureInvalid", "alg ES256"),
        Case("no-alg", text(signed(body, {4: SIGNER.key_id})), "SignatureInvalid", "no algorithm"),
        Case(
            "three-parts",
            text(b"\xd2" + cbor2.dumps([protected, {}, body])),
            "CodeMalformed",
            "no COSE_Sign1",
        ),
        Case("encrypted", text(b"\xd0" + good[1:]), "CodeMalformed", "tag 16, COSE_Encrypt0"),
        Case("something-after", text(good + b"\x00"), "CodeMalformed", "bytes after the COSE_Sign1"),
        Case("cose-cut-short", text(good[:-1]), "CodeMalformed", "the signature is cut short"),
    ]


def _bodies() -> list[Case]:
    body = cbor2.dumps(payload(), canonical=True)
    nested = b"\x81" * 3000 + b"\x00"
    wide = cbor2.dumps(payload(identity={1: list(range(3000))}))
    many = cbor2.dumps(dict.fromkeys(range(200), 0))
    indefinite = b"\xbf" + body[1:] + b"\xff"
    raw: dict[str, tuple[bytes, str]] = {
        "duplicate-key": (bytes([body[0] + 1]) + body[1:] + b"\x01\x61x", "iss twice"),
        "indefinite-map": (indefinite, "a map of indefinite length"),
        "indefinite-text": (b"\xa1\x01\x7f\x61x\xff", "a text of indefinite length"),
        "deep-nesting": (b"\xa1\x18\xa9" + nested, "3,000 arrays in each other"),
        "big-float-tag": (b"\xa1\x18\xa9\xc5\x82\x1b\x7f" + b"\xff" * 7 + b"\x01", "a tag that costs memory"),
        "pattern-tag": (b"\xa1\x18\xa9\xd8\x23\x67(a+)+$b", "a regular expression"),
        "shared-value-tag": (b"\xa1\x18\xa9\xd8\x1d\x00", "a reference"),
        "huge-length": (b"\xa1\x01\x5b" + b"\xff" * 8, "a string of 2^64 bytes"),
        "huge-array": (b"\xa1\x01\x9b" + b"\xff" * 8, "an array of 2^64 items"),
        "reserved-length": (b"\xa1\x01\x5c\x00", "length 28, reserved"),
        "key-is-a-list": (b"\xa1\x81\x01\x00", "a map's key that is a list"),
        "bad-utf-8": (b"\xa1\x01\x61\xff", "text that is not UTF-8"),
        "undefined": (b"\xa1\x01\xf7", "the value 'undefined'"),
        "too-many-items": (wide, "3,000 items"),
        "too-many-keys": (many, "200 keys in a map"),
        "payload-is-a-list": (b"\x80", "no map of claims"),
        "no-claim-169": (cbor2.dumps(payload(identity=None)), "a CWT without identity data"),
        "claim-169-is-text": (cbor2.dumps(payload(identity="me")), "identity data that is text"),
    }
    return [Case(name, _body(data), "CodeMalformed", why) for name, (data, why) in raw.items()]


def _of_ours() -> list[Case]:
    def own(*parts: Any) -> str:
        return _claims(identity={75: list(parts)})

    sealed = bytes(100)
    wrong: dict[str, tuple[str, str]] = {
        "version-2": (own(2, 1, False, bytes(8), sealed), "a later format"),
        "unknown-profile": (own(1, 9, False, bytes(8), sealed), "profile 9"),
        "short-group": (own(1, 1, False, bytes(7), sealed), "a group identifier of 7 bytes"),
        "pin-is-a-number": (own(1, 1, 0, bytes(8), sealed), "0 where false is meant"),
        "sealed-is-text": (own(1, 1, False, bytes(8), "sealed"), "a sealed part that is text"),
        "part-missing": (own(1, 1, False, bytes(8)), "no sealed part"),
        "open-without-template": (own(1, 0, bytes(32), [[0, 3, 0]]), "lists a face and carries none"),
        "open-with-wrong-rows": (own(1, 0, bytes(32), [0]), "a row that is a number"),
        "no-issuer": (_claims(iss=None), "no issuer"),
        "issuer-is-a-number": (_claims(iss=5), "an issuer that is a number"),
        "no-expiry": (_claims(exp=None), "no end of validity"),
        "expires-before-it-begins": (_claims(exp=1_700_000_000), "exp before nbf"),
        "date-out-of-range": (_claims(exp=1 << 62), "a date after the year 9999"),
        "date-not-a-number": (_claims(exp=float("nan")), "a date that is NaN"),
        "short-cti": (_claims(cti=bytes(8)), "an identifier of 8 bytes"),
        "status-unknown": (_claims(status={"other": 1}), "a status mechanism that is not known"),
        "status-index-negative": (
            _claims(status={"status_list": {"idx": -1, "uri": "https://x.example.org"}}),
            "index -1",
        ),
    }
    return [Case(name, code, "CodeMalformed", why) for name, (code, why) in wrong.items()]


def cases() -> list[Case]:
    """All of them, by name."""
    return sorted([*_texts(), *_packed(), *_messages(), *_bodies(), *_of_ours()], key=lambda case: case.name)


def main() -> None:
    """Write the files and their index."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    index: dict[str, Any] = {"issuer_key": SIGNER.verifying_key.public.hex(), "files": {}}
    for case in cases():
        (FOLDER / f"{case.name}.txt").write_text(case.text, encoding="ascii")
        index["files"][case.name] = {"error": case.error, "exit": case.exit, "why": case.why}
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
