"""Archives of a home: whole, locked, and never over another home."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from moiety.credential import cbor
from moiety.credential.backup import backup, gather, restore
from moiety.credential.contents import Contents
from moiety.credential.home import Issuer, create_home
from moiety.credential.layout import Home
from moiety.credential.locked import lock, read_passphrase, unlock
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import ARGON2_MAX_MEMORY_KIB
from moiety.errors import (
    DocumentUnreadable,
    HomeError,
    KeyUnavailable,
    PermissionsTooOpen,
    StorageError,
    UsageError,
)
from moiety.keys import SigningKey

NOW = 1_790_000_000
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return create_home(tmp_path_factory.mktemp("a") / "home", issuer_uri="https://issuer.example", now=NOW)


@pytest.fixture(scope="module")
def archive(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("b") / "home.backup"
    file.write_bytes(backup(home, PASSPHRASE))
    return file


def test_a_restored_home_is_the_same_home(
    home: Home, tmp_path: Path, make_contents: Callable[..., Contents]
) -> None:
    code = Issuer.open(home.path, now=NOW).issue(make_contents(), now=NOW)
    (home.path / "policy.json").write_text('{"liveness": "none"}')
    (home.path / "calibration").mkdir()
    (home.path / "calibration" / "site-1.json").write_text("{}")
    (tmp_path / "archive").write_bytes(backup(home, PASSPHRASE))
    again = restore(tmp_path / "archive", PASSPHRASE, tmp_path / "again")
    assert again.root().verifying_key == home.root().verifying_key
    assert again.device_key().verifying_key == home.device_key().verifying_key
    assert set(again.group_keys()) == set(home.group_keys())
    assert TrustBundle.open(again.path, now=NOW) == TrustBundle.open(home.path, now=NOW)
    for name in ("policy.json", "calibration/site-1.json"):
        assert (again.path / name).read_bytes() == (home.path / name).read_bytes()
    Issuer.open(again.path, now=NOW).revoke(code.claims.cti, now=NOW)  # the register came along
    for file in (*again.keys.iterdir(), again.register_file):
        assert file.stat().st_mode & 0o777 == 0o600


def test_every_file_of_a_home_is_in_its_backup_or_named_as_left_out(home: Home) -> None:
    for name in ("consent.json", "policy.json", "service.sqlite3", "service.sqlite3-wal", "models/own.onnx",
                 "lan/certificate.pem", "lan/key.pem", "keys/notes.txt"):  # fmt: skip
        (home.path / name).parent.mkdir(exist_ok=True)
        (home.path / name).write_text("{}")
        (home.path / name).chmod(0o600)
    gathered = gather(home)
    everything = {one.relative_to(home.path).as_posix() for one in home.path.rglob("*") if one.is_file()}
    assert set(gathered.files) | set(gathered.left_out) == everything
    assert {"consent.json", "policy.json", "lan/key.pem", "register.sqlite3"} <= set(gathered.files)
    assert set(gathered.left_out) == {
        "service.sqlite3", "service.sqlite3-wal", "models/own.onnx", "keys/notes.txt",
    }  # fmt: skip
    assert "PRIVATE" not in repr(gathered)
    for name in everything - set(gathered.files):
        (home.path / name).unlink()


def test_an_archive_shows_no_key(home: Home, archive: Path) -> None:
    data = archive.read_bytes()
    assert b"PRIVATE" not in data and b"issuer" not in data
    root = home.root()
    assert isinstance(root, SigningKey)
    assert root.seed() not in data


def test_restoring_overwrites_nothing(home: Home, archive: Path) -> None:
    before = {file: file.read_bytes() for file in home.path.rglob("*") if file.is_file()}
    with pytest.raises(HomeError, match="never overwritten"):
        restore(archive, PASSPHRASE, home.path)
    assert {file: file.read_bytes() for file in home.path.rglob("*") if file.is_file()} == before


def test_a_wrong_passphrase_leaves_nothing_behind(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="passphrase"):
        restore(archive, "wrong horse battery staple", tmp_path / "again")
    assert list(tmp_path.iterdir()) == []


def test_an_altered_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    data = bytearray(archive.read_bytes())
    data[-1] ^= 1
    (tmp_path / "altered").write_bytes(data)
    with pytest.raises(KeyUnavailable):
        restore(tmp_path / "altered", PASSPHRASE, tmp_path / "again")
    later, odd = cbor.encode(["moiety/backup/2", []]), cbor.encode(["moiety/backup/1", 1])
    for junk in (b"", b"junk", data[:40], later, odd):
        (tmp_path / "altered").write_bytes(bytes(junk))
        with pytest.raises(DocumentUnreadable):
            restore(tmp_path / "altered", PASSPHRASE, tmp_path / "again")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"home.json": b"{}", "../escaped": b"x"}, KeyUnavailable),
        ({"home.json": b"{}", "keys/../../x.pem": b"x"}, KeyUnavailable),
        ({"home.json": b"{}", "root.pub.pem": "text"}, KeyUnavailable),
        ({"trust.cbor": b"x"}, DocumentUnreadable),
        ([], DocumentUnreadable),
    ],
    ids=["escapes", "climbs", "text", "no home", "a list"],
)
def test_an_archive_with_something_else_inside_is_refused(
    tmp_path: Path, files: object, error: type[Exception]
) -> None:
    box = lock(cbor.encode(files), PASSPHRASE, purpose="moiety/backup/1")
    (tmp_path / "odd").write_bytes(cbor.encode(["moiety/backup/1", box]))
    with pytest.raises(error):
        restore(tmp_path / "odd", PASSPHRASE, tmp_path / "again")
    assert [file.name for file in tmp_path.iterdir()] == ["odd"]


def test_a_full_disk_leaves_no_half_restored_home(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        restore(archive, PASSPHRASE, tmp_path / "again")
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_others_can_read_is_not_backed_up_in_silence(tmp_path: Path) -> None:
    home = create_home(tmp_path / "h", issuer_uri="https://issuer.example", now=NOW)
    next(home.keys.glob("issuer-*.pem")).chmod(0o644)
    with pytest.raises(PermissionsTooOpen):
        backup(home, PASSPHRASE)


def test_a_file_that_could_not_be_restored_is_not_backed_up(tmp_path: Path) -> None:
    home = create_home(tmp_path / "h", issuer_uri="https://issuer.example", now=NOW)
    (home.path / "calibration").mkdir()
    (home.path / "calibration" / "a strange name.json").write_text("{}")
    with pytest.raises(UsageError, match="strange name"):
        backup(home, PASSPHRASE)


def test_a_box_opens_for_its_purpose_alone() -> None:
    box = lock(b"secret", PASSPHRASE, purpose="one")
    assert unlock(box, PASSPHRASE, purpose="one") == b"secret"
    with pytest.raises(KeyUnavailable):
        unlock(box, PASSPHRASE, purpose="two")


def test_two_boxes_of_one_secret_differ() -> None:
    first, second = (lock(b"secret", PASSPHRASE, purpose="one") for _ in range(2))
    assert first[3:] != second[3:]


@pytest.mark.parametrize(
    "change",
    [
        {0: ARGON2_MAX_MEMORY_KIB + 1}, {0: 7}, {0: -1}, {0: 1.5}, {0: True},
        {1: 0}, {1: 17}, {2: 0}, {2: 17}, {3: b"short"}, {4: b"short"}, {5: None},
    ],
    ids=repr,
)  # fmt: skip
def test_a_box_cannot_ask_for_more_than_is_allowed(change: dict[int, object]) -> None:
    box: list[object] = [65536, 3, 4, bytes(16), bytes(12), bytes(32)]
    for at, value in change.items():
        box[at] = value
    with pytest.raises(DocumentUnreadable):
        unlock(box, PASSPHRASE, purpose="one")
    with pytest.raises(DocumentUnreadable):
        unlock({}, PASSPHRASE, purpose="one")


def test_a_short_passphrase_locks_nothing() -> None:
    with pytest.raises(UsageError, match="too short"):
        lock(b"secret", "elevenchars", purpose="one")


def test_a_passphrase_file_has_its_passphrase_in_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "pass"
    for data in (b"correct horse\n", b"correct horse\r\nmore\n", b"correct horse"):
        file.write_bytes(data)
        assert read_passphrase(file) == "correct horse"
    for data in (b"", b"\n", b"\xff\xfe", b"x" * 2000):
        file.write_bytes(data)
        with pytest.raises(DocumentUnreadable):
            read_passphrase(file)
