"""The worked example of docs/reference/format.md: every byte, every length it states, and the seal opened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from moiety.credential import base45, claims, contents, cose, inflate, profiles, seal
from moiety.credential.code import Credential, unseal, verify_signature
from moiety.credential.parameters import MAX_INFLATED_BYTES
from moiety.keys import GroupPrivateKey, SigningKey

_PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "format.md").read_text(encoding="utf-8")
_SIGNER = SigningKey.from_seed(bytes(range(32)))
_GROUP = GroupPrivateKey(X25519PrivateKey.from_private_bytes(bytes(range(32, 64))))


def _block(name: str) -> str:
    found = re.search(rf"```example-{name}\n(.*?)\n```", _PAGE, re.DOTALL)
    assert found is not None, name
    return found[1]


def _bytes(name: str) -> bytes:
    columns = (line.split()[0] for line in _block(name).splitlines())
    return b"".join(
        _bytes("payload") if column == "(payload)" else bytes.fromhex(column) for column in columns
    )


@pytest.fixture
def code() -> Credential:
    return Credential.from_text("".join(line[1:-1] for line in _block("text").splitlines()))


def test_each_layer_is_what_the_page_shows(code: Credential) -> None:
    message = inflate.inflate(base45.decode(code.text))
    assert message == _bytes("message")
    assert cose.decode(message).payload == _bytes("payload") == claims.encode(code.claims)
    verify_signature(code, _SIGNER.verifying_key)


def test_the_seal_opens_to_what_the_page_shows(code: Credential) -> None:
    own = code.claims
    assert own.group == _GROUP.key_id and own.sealed is not None
    assert seal.binding(own.issuer, own.cti, own.group, 1) == _bytes("info")
    assert seal.unseal(own.sealed, _GROUP, _bytes("info")) == _bytes("contents")
    opened = unseal(code, _GROUP)
    assert contents.encode(opened) == _bytes("contents")
    assert opened.consent_hash == bytes(range(0xC0, 0xE0))
    assert [one.data for one in opened.templates] == [bytes(range(128))]


def test_the_figures_of_the_page(code: Credential) -> None:
    assert f"{len(code.text)} characters, version {code.version}" in _PAGE
    for name, before in (
        ("message", "Without base45 and zlib"),
        ("payload", "The payload"),
        ("contents", "key"),
    ):
        assert f"{before}, {len(_bytes(name))} bytes:" in _PAGE
    assert f"{MAX_INFLATED_BYTES:,} bytes" in _PAGE
    for version, name in ((24, "card"), (30, "paper, open"), (35, "hard cap")):
        held = profiles.CAPACITY_M[version - 1] * 2 // 3
        assert f"| {name} | {version} | {held:,} | {profiles.printed_mm(version):.1f} mm |" in _PAGE


@pytest.mark.parametrize("name", ["message", "payload", "info", "contents"])
def test_the_lengths_that_the_lines_state(name: str) -> None:
    """A line that says 'of N' is followed by N bytes, up to the next line that explains something else."""
    lines = [line.split(maxsplit=1) for line in _block(name).splitlines()]
    for at, parts in enumerate(lines):
        stated = re.search(r"(?:byte string|text) of (\d+)", parts[1]) if len(parts) > 1 else None
        if stated is None or "header" in parts[1] or "seal" in parts[1]:
            continue
        size = 0
        for later in lines[at + 1 :]:
            if size >= int(stated[1]):
                break
            size += len(_bytes("payload")) if later[0] == "(payload)" else len(later[0]) // 2
        assert size == int(stated[1]), parts
