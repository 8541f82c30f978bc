"""Root and issuer keys in a PKCS#11 token, with SoftHSM: a whole life, and what goes wrong with tokens."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import programs

from moiety.credential import epochs
from moiety.credential.backup import backup, restore
from moiety.credential.check import check, open_contents
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer, create_home
from moiety.credential.layout import Home
from moiety.credential.split import split
from moiety.credential.trust import TrustBundle
from moiety.errors import CredentialRevoked, KeyUnavailable, PermissionsTooOpen, UsageError
from moiety.keys_pkcs11 import HardwareKey, Token, generate, read_hardware

MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")]
FACE = SealedTemplate("face", "sface-2021dec-int8bq", bytes(range(128)), 2, 0, "face", False)
CONTENTS = Contents((FACE,), bytes(32))


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    """A SoftHSM token; the module reads its configuration once a process, so that all tests share it."""
    module = next((one for one in MODULES if one.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        programs.skip("SoftHSM")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    make = ["softhsm2-util", "--init-token", "--free", "--label", "moiety", "--so-pin", "87654321"]
    subprocess.run([*make, "--pin", "123456"], check=True, capture_output=True)
    pin = folder / "pin"
    pin.write_text("123456\n")
    pin.chmod(0o600)
    return Token(str(module), "moiety", str(pin))


@pytest.fixture
def home(token: Token, tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri="https://issuer.example", hardware=token)


def test_a_code_lives_its_life_under_keys_in_a_token(home: Home) -> None:
    assert not list(home.path.rglob("issuer-*.pem")) and not list(home.path.rglob("root-*.pem"))
    issuer = Issuer.open(home.path)
    assert isinstance(issuer.signer, HardwareKey)
    credential = issuer.issue(CONTENTS)
    trust = TrustBundle.open(home.path)
    assert open_contents(check(credential, trust), trust) == CONTENTS
    issuer.revoke(credential)
    with pytest.raises(CredentialRevoked):
        check(credential, TrustBundle.open(home.path))
    assert epochs.renew(home).bundle.serial == 2, "the root signs in the token"


def test_an_issuer_moves_into_a_token_and_is_rotated_there(token: Token, tmp_path: Path) -> None:
    home = create_home(tmp_path / "home", issuer_uri="https://issuer.example")
    old = Issuer.open(home.path).issue(CONTENTS)
    epochs.rotate_issuer(home, key=generate(token, "moved"))
    issuer = Issuer.open(home.path)
    assert isinstance(issuer.signer, HardwareKey)
    trust = TrustBundle.open(home.path)
    assert check(old, trust).status == check(issuer.issue(CONTENTS), trust).status == "valid"


def test_the_commands_make_keys_in_a_token(token: Token, tmp_path: Path, moiety: Callable[..., Any]) -> None:
    named = ("--token-module", token.module, "--token-label", token.token)
    given = (*named, "--token-pin-file", token.pin_file)
    home = tmp_path / "home"
    assert moiety("init", "--home", home, "--issuer-uri", "https://issuer.example", *given).code == 0
    assert moiety("keys", "rotate", "--issuer", "--home", home, *given).code == 0
    listed = moiety("keys", "list", "--home", home).out
    assert listed.count("in a token") == 3
    assert moiety("keys", "rotate", "--group", "--home", home, *given).code == 64
    assert (
        moiety("init", "--home", tmp_path / "other", "--issuer-uri", "https://a.example", *named).code == 64
    )


def test_a_backup_names_the_keys_and_the_token_keeps_them(home: Home, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(backup(home, "correct horse battery staple"))
    with pytest.raises(UsageError, match="names the library"):
        restore(archive, "correct horse battery staple", tmp_path / "again")
    module = str(next(one for one in MODULES if one.exists()))
    again = restore(archive, "correct horse battery staple", tmp_path / "again", token_module=module)
    assert Issuer.open(again.path).issue(CONTENTS).claims.issuer == "https://issuer.example"
    with pytest.raises(KeyUnavailable, match="cannot be split"):
        split(home.root(), needed=2, shares=3)


def test_what_goes_wrong_with_a_token_is_told_without_its_pin(token: Token, tmp_path: Path) -> None:
    good = generate(token, "one")
    with pytest.raises(KeyUnavailable, match="already"):
        generate(token, "one")
    for place in (
        Token("/nowhere/module.so", token.token, token.pin_file),
        Token(token.module, "another", token.pin_file),
    ):
        with pytest.raises(KeyUnavailable, match="cannot be used") as told:
            HardwareKey(place, "one", good.verifying_key).sign(b"x")
        assert "123456" not in told.value.diagnostics()
    with pytest.raises(KeyUnavailable, match="cannot be used"):
        HardwareKey(token, "missing", good.verifying_key).sign(b"x")
    other = generate(token, "two")
    with pytest.raises(KeyUnavailable, match="not the one that this home names"):
        HardwareKey(token, "one", other.verifying_key).sign(b"x")
    open_pin = tmp_path / "pin"
    open_pin.write_text("123456\n")
    open_pin.chmod(0o644)
    with pytest.raises(PermissionsTooOpen):
        HardwareKey(Token(token.module, token.token, str(open_pin)), "one", good.verifying_key).sign(b"x")
    assert good.verifying_key.verifies(good.sign(b"x"), b"x")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 1}', "x" * 300])
def test_a_damaged_name_of_a_key_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "issuer-0011223344556677.p11"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(KeyUnavailable, match="damaged"):
        read_hardware(file)


def test_a_signature_in_a_child_process_opens_the_token_anew(token: Token) -> None:
    key = generate(token, "forked")
    signature = key.sign(b"parent")
    assert key.verifying_key.verifies(signature, b"parent")
    key._process = -1  # as a child sees it
    assert key.verifying_key.verifies(key.sign(b"child"), b"child")
