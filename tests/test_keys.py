"""Key files: what is written, what is refused, and what is never shown."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
from tests.conftest import ISSUER, Run

from moiety import keys
from moiety.credential.home import create_home
from moiety.errors import DocumentUnreadable, KeyUnavailable, PermissionsTooOpen
from moiety.keys import GroupPrivateKey, GroupPublicKey, SigningKey, VerifyingKey

# RFC 8032, section 7.1, tests 1 and 3.
RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), RFC8032)
def test_signatures_are_those_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey.from_seed(bytes.fromhex(seed))
    assert key.verifying_key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert key.verifying_key.verifies(bytes.fromhex(signature), bytes.fromhex(message))
    assert not key.verifying_key.verifies(bytes.fromhex(signature), bytes.fromhex(message) + b"x")
    assert not key.verifying_key.verifies(b"short", bytes.fromhex(message))


def test_an_identifier_is_the_head_of_the_fingerprint() -> None:
    key = SigningKey.generate().verifying_key
    assert keys.fingerprint(key.public).startswith(key.key_id.hex())
    assert len(key.key_id) == 8


def test_a_signing_key_survives_its_file(tmp_path: Path) -> None:
    key, file = SigningKey.generate(), tmp_path / "issuer.pem"
    keys.write_private(file, key.to_pem())
    assert file.stat().st_mode & 0o777 == 0o600
    assert SigningKey.read(file).verifying_key == key.verifying_key


def test_a_group_key_survives_its_file(tmp_path: Path) -> None:
    key, file = GroupPrivateKey.generate(), tmp_path / "group.pem"
    keys.write_private(file, key.to_pem())
    assert GroupPrivateKey.read(file).group == key.group


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o610])
def test_a_key_that_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "issuer.pem"
    keys.write_private(file, SigningKey.generate().to_pem())
    file.chmod(mode)
    with pytest.raises(PermissionsTooOpen, match=f"mode {mode:04o}") as refusal:
        SigningKey.read(file)
    assert "chmod 600" in refusal.value.remedy


@pytest.mark.parametrize("mode", [0o770, 0o777])
def test_a_home_on_a_volume_that_sets_the_modes_says_what_to_do_there(
    tmp_path: Path, moiety: Run, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """A volume of Kubernetes with fsGroup, and a FAT one: `chmod` changes nothing there, or isn't allowed."""
    home = tmp_path / "home"
    create_home(home, issuer_uri=ISSUER)
    (home / "keys").chmod(mode)
    home.chmod(mode)
    ran = moiety("trust", "show", "--home", home)
    said = f"{ran.out}{ran.err}"
    assert ran.code != 0
    assert "fsGroup" in said
    assert "FAT" in said
    assert "umask=077" in said

    made = tmp_path / "made"
    real, set_mode = Path.mkdir, Path.chmod

    def as_the_volume_says(
        path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False
    ) -> None:
        real(path, mode, parents, exist_ok)
        set_mode(path, volume)

    def refused(path: Path, mode: int) -> None:
        raise PermissionError("Operation not permitted")

    volume = mode
    monkeypatch.setattr(Path, "mkdir", as_the_volume_says)
    monkeypatch.setattr(Path, "chmod", refused)
    with pytest.raises(PermissionsTooOpen) as refusal:
        keys.make_private_directory(made)
    assert "the volume sets it" in refusal.value.remedy


def test_a_key_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "issuer.pem"
    keys.write_private(file, SigningKey.generate().to_pem())
    if os.geteuid() == 0:
        os.chown(file, 12345, 12345)
    else:
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(PermissionsTooOpen, match="another user"):
        SigningKey.read(file)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="is missing"):
        SigningKey.read(tmp_path / "gone.pem")


def test_a_symbolic_link_is_no_key(tmp_path: Path) -> None:
    file = tmp_path / "issuer.pem"
    keys.write_private(file, SigningKey.generate().to_pem())
    (tmp_path / "link.pem").symlink_to(file)
    with pytest.raises(KeyUnavailable):
        SigningKey.read(tmp_path / "link.pem")


def test_a_directory_and_a_pipe_are_no_keys(tmp_path: Path) -> None:
    (tmp_path / "dir.pem").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe.pem", mode=0o600)
    for name in ("dir.pem", "pipe.pem"):
        with pytest.raises(KeyUnavailable):
            SigningKey.read(tmp_path / name)


@pytest.mark.parametrize(
    "data", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_file_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "issuer.pem"
    keys.write_private(file, data)
    with pytest.raises(KeyUnavailable, match="damaged"):
        SigningKey.read(file)


def test_a_key_of_the_other_kind_is_refused(tmp_path: Path) -> None:
    keys.write_private(tmp_path / "group.pem", GroupPrivateKey.generate().to_pem())
    keys.write_private(tmp_path / "issuer.pem", SigningKey.generate().to_pem())
    with pytest.raises(KeyUnavailable, match="no Ed25519"):
        SigningKey.read(tmp_path / "group.pem")
    with pytest.raises(KeyUnavailable, match="no X25519"):
        GroupPrivateKey.read(tmp_path / "issuer.pem")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "issuer.pem"
    keys.write_private(file, SigningKey.generate().to_pem())
    before = file.read_bytes()
    with pytest.raises(KeyUnavailable, match="never overwritten"):
        keys.write_private(file, SigningKey.generate().to_pem())
    assert file.read_bytes() == before


def test_a_directory_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    keys.make_private_directory(tmp_path / "keys")
    keys.check_private_directory(tmp_path / "keys")
    (tmp_path / "keys").chmod(0o750)
    with pytest.raises(PermissionsTooOpen, match="mode 0750"):
        keys.check_private_directory(tmp_path / "keys")
    with pytest.raises(KeyUnavailable):
        keys.check_private_directory(tmp_path / "absent")


def test_public_keys_are_read_as_pem_raw_and_hex(tmp_path: Path) -> None:
    key, group = SigningKey.generate().verifying_key, GroupPrivateKey.generate().group
    file = tmp_path / "key"
    for data in (key.to_pem(), key.public, key.public.hex().encode(), f" {key.public.hex()}\n".encode()):
        file.write_bytes(data)
        assert keys.read_public(file) == key
    file.write_bytes(group.to_pem())
    assert keys.read_public(file) == group
    for data in (b"", b"00" * 31, SigningKey.generate().to_pem(), b"x" * 5000):
        file.write_bytes(data)
        with pytest.raises(DocumentUnreadable):
            keys.read_public(file)


def test_public_keys_have_32_bytes() -> None:
    with pytest.raises(DocumentUnreadable):
        VerifyingKey(b"short")
    with pytest.raises(DocumentUnreadable):
        GroupPublicKey(b"x" * 33)


def test_nothing_shows_or_pickles_a_private_key() -> None:
    for key in (SigningKey.generate(), GroupPrivateKey.generate()):
        secret = key.key.private_bytes_raw()
        assert secret.hex() not in repr(key) and repr(secret)[2:-1] not in repr(key)
        assert key.key_id.hex() in repr(key)
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(key)


def test_comparison_and_tokens() -> None:
    assert keys.same(b"abc", b"abc") and not keys.same(b"abc", b"abd") and not keys.same(b"abc", b"ab")
    assert len(keys.random_token()) == 16
    assert len({keys.random_token(8) for _ in range(100)}) == 100
