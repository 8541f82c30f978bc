"""Homes and the issuer in them: roles, refusals, revocation, and a disk that refuses."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from moiety.credential.check import check
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.home import Issuer, create_home
from moiety.credential.layout import Home, Role
from moiety.credential.lists import list_number, list_uri
from moiety.credential.register import Register
from moiety.credential.status import Status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import DAY_S, STATUS_ENTRIES
from moiety.errors import (
    ClockSetBack,
    CredentialRevoked,
    CredentialSuspended,
    HomeError,
    KeyUnavailable,
    OverBudget,
    PermissionsTooOpen,
    SignatureInvalid,
    StorageError,
    TrustRefused,
    UsageError,
)

NOW = 1_790_000_000
URI = "https://issuer.example.org"
MakeContents = Callable[..., Contents]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri=URI, now=NOW)


@pytest.fixture
def code(home: Home, make_contents: MakeContents) -> Credential:
    return Issuer.open(home.path, now=NOW).issue(make_contents(), now=NOW)


def status_of(home: Home, code: Credential, now: int = NOW) -> str:
    return check(code, TrustBundle.open(home.path, now=now), now=now).status


@pytest.mark.parametrize(
    ("role", "kinds", "root"),
    [
        ("both", {"issuer", "group", "device"}, True),
        ("issuer", {"issuer"}, True),
        ("verifier", {"group", "device"}, False),
    ],
)
def test_a_home_holds_the_keys_of_its_role_and_no_others(
    tmp_path: Path, role: Role, kinds: set[str], root: bool
) -> None:
    home = create_home(tmp_path / "h", issuer_uri=URI, role=role, now=NOW)
    assert {file.name.split("-")[0] for file in home.keys.iterdir()} == kinds
    assert (home.path / "root").is_dir() == root
    for file in home.path.rglob("*.pem"):
        assert file.stat().st_mode & 0o777 == (0o644 if file.name == "root.pub.pem" else 0o600)
    for directory in (home.path, home.keys):
        assert directory.stat().st_mode & 0o777 == 0o700
    assert Home.open(home.path) == home
    assert [file.name for file in tmp_path.iterdir()] == ["h"]


def test_a_home_is_never_overwritten(home: Home) -> None:
    before = {file: file.read_bytes() for file in home.path.rglob("*") if file.is_file()}
    with pytest.raises(HomeError, match="never overwritten"):
        create_home(home.path, issuer_uri=URI, now=NOW)
    assert {file: file.read_bytes() for file in home.path.rglob("*") if file.is_file()} == before


def test_a_file_or_a_link_in_the_way_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "link"):
        with pytest.raises(HomeError):
            create_home(tmp_path / name, issuer_uri=URI, now=NOW)
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_directory_becomes_a_home(tmp_path: Path) -> None:
    (tmp_path / "h").mkdir(mode=0o755)
    assert create_home(tmp_path / "h", issuer_uri=URI, now=NOW).path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "uri", ["", "issuer", "https://", "https://a b", "https://ä.example", "HTTPS://X", "x:" + "y" * 200]
)
def test_what_is_no_uri_is_refused(tmp_path: Path, uri: str) -> None:
    with pytest.raises(UsageError):
        create_home(tmp_path / "h", issuer_uri=uri, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_issuer_needs_a_uri_and_a_role_that_exists(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs its URI"):
        create_home(tmp_path / "h", issuer_uri=None, now=NOW)
    with pytest.raises(UsageError, match="no role"):
        create_home(tmp_path / "h", issuer_uri=URI, role="admin", now=NOW)  # type: ignore[arg-type]


def test_a_full_disk_leaves_no_half_made_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        create_home(tmp_path / "h", issuer_uri=URI, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_at_revocation_leaves_the_old_trust_whole(
    home: Home, code: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer, before = Issuer.open(home.path, now=NOW), home.trust_file.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StorageError):
            issuer.revoke(code, now=NOW)
    assert home.trust_file.read_bytes() == before
    assert not list(home.path.rglob("*.tmp"))
    issuer.revoke(code, now=NOW)  # what failed can be done again
    with pytest.raises(CredentialRevoked):
        status_of(home, code)


def test_a_disk_that_is_full_for_the_register_is_said(home: Home, make_contents: MakeContents) -> None:
    issuer, limits = Issuer.open(home.path, now=NOW), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, limits[1]))
    try:
        with pytest.raises(StorageError):
            issuer.issue(make_contents(), now=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert status_of(home, issuer.issue(make_contents(), now=NOW)) == "valid"


def test_verifying_does_without_sqlite() -> None:
    asked = "import sys, moiety.credential.home, moiety.credential.check; print('sqlite3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_two_processes_lose_no_revocation(tmp_path: Path, make_contents: MakeContents) -> None:
    home = create_home(tmp_path / "now", issuer_uri=URI)  # by the clock, since the processes go by it
    issuer = Issuer.open(home.path)
    codes = [issuer.issue(make_contents()) for _ in range(6)]
    program = "import sys; from moiety.credential.issuer import Issuer; i = Issuer.open(sys.argv[1]);"
    program += "[i.revoke(bytes.fromhex(cti)) for cti in sys.argv[2:]]"
    halves = [[code.claims.cti.hex() for code in codes[at::2]] for at in range(2)]
    running = [subprocess.Popen([sys.executable, "-c", program, str(home.path), *half]) for half in halves]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    trust = TrustBundle.open(home.path)
    for code in codes:
        with pytest.raises(CredentialRevoked):
            check(code, trust)


def test_no_home_and_a_damaged_one_are_refused(tmp_path: Path, home: Home) -> None:
    with pytest.raises(HomeError, match="no home"):
        Home.open(tmp_path / "nothing")
    for text in ("", "{", "[]", '{"format": 2}', '{"format": 1, "role": "king"}', "[" * 5000, "x" * 9999):
        (home.path / "home.json").write_text(text)
        with pytest.raises(HomeError):
            Home.open(home.path)


@pytest.mark.parametrize("place", [".", "keys"])
def test_a_home_with_wrong_permissions_is_refused(home: Home, place: str) -> None:
    (home.path / place).chmod(0o755)
    with pytest.raises(PermissionsTooOpen):
        TrustBundle.open(home.path, now=NOW)
    with pytest.raises(PermissionsTooOpen):
        Issuer.open(home.path, now=NOW)


@pytest.mark.parametrize("kind", ["issuer", "group"])
def test_a_key_file_with_wrong_permissions_is_refused(home: Home, kind: str) -> None:
    next(home.keys.glob(f"{kind}-*.pem")).chmod(0o644)
    with pytest.raises(PermissionsTooOpen):
        Issuer.open(home.path, now=NOW)


def test_a_register_that_others_can_read_is_refused(home: Home, make_contents: MakeContents) -> None:
    home.register_file.chmod(0o644)
    with pytest.raises(PermissionsTooOpen):
        Issuer.open(home.path, now=NOW).issue(make_contents(), now=NOW)


def test_a_missing_issuer_key_is_said(home: Home) -> None:
    next(home.keys.glob("issuer-*.pem")).unlink()
    with pytest.raises(KeyUnavailable, match="missing"):
        Issuer.open(home.path, now=NOW)


def test_a_verifiers_home_issues_nothing(tmp_path: Path) -> None:
    create_home(tmp_path / "v", issuer_uri=None, role="verifier", now=NOW)
    with pytest.raises(KeyUnavailable, match="verifier's home"):
        Issuer.open(tmp_path / "v", now=NOW)
    with pytest.raises(TrustRefused, match="trusts nobody"):
        TrustBundle.open(tmp_path / "v", now=NOW)


def test_an_issuers_home_needs_a_group_to_seal_to(tmp_path: Path, make_contents: MakeContents) -> None:
    create_home(tmp_path / "i", issuer_uri=URI, role="issuer", now=NOW)
    issuer = Issuer.open(tmp_path / "i", now=NOW)
    with pytest.raises(KeyUnavailable, match="no verifier group"):
        issuer.issue(make_contents(), now=NOW)
    assert issuer.issue(make_contents(), profile="open", now=NOW).claims.profile == "open"


def test_issuing_works_without_the_root(home: Home, code: Credential, make_contents: MakeContents) -> None:
    for file in (home.path / "root").iterdir():
        file.unlink()
    issuer = Issuer.open(home.path, now=NOW)
    assert status_of(home, issuer.issue(make_contents(), now=NOW)) == "valid"
    issuer.revoke(code, now=NOW)
    with pytest.raises(CredentialRevoked):
        status_of(home, code)


def test_places_are_random_and_never_given_twice(home: Home, make_contents: MakeContents) -> None:
    issuer = Issuer.open(home.path, now=NOW)
    codes = [issuer.issue(make_contents(), now=NOW) for _ in range(40)]
    places = [code.claims.status.index for code in codes if code.claims.status is not None]
    assert len(set(places)) == 40
    assert places != sorted(places)
    assert max(places) > STATUS_ENTRIES // 2 > min(places)  # 2^-39 that this fails by chance


def test_a_new_list_begins_when_one_is_half_full(home: Home, make_contents: MakeContents) -> None:
    base = sqlite3.connect(home.register_file)
    with base:
        rows = ((1, place) for place in range(STATUS_ENTRIES // 2))
        base.executemany("INSERT INTO places (list, place) VALUES (?, ?)", rows)
    base.close()
    code = Issuer.open(home.path, now=NOW).issue(make_contents(), now=NOW)
    assert code.claims.status is not None and code.claims.status.uri == list_uri(URI, 2)
    assert status_of(home, code) == "valid"


def test_validity_is_at_least_the_days_asked(home: Home, make_contents: MakeContents) -> None:
    issuer = Issuer.open(home.path, now=NOW)
    claims = issuer.issue(make_contents(), valid_days=1, now=NOW).claims
    assert claims.not_before <= NOW and DAY_S <= claims.expires - NOW < 2 * DAY_S
    for days in (0, -1, 4000):
        with pytest.raises(UsageError, match="valid for 1 to"):
            issuer.issue(make_contents(), valid_days=days, now=NOW)


def test_a_failed_issue_registers_no_code(home: Home, make_contents: MakeContents) -> None:
    with pytest.raises(OverBudget):
        Issuer.open(home.path, now=NOW).issue(make_contents(fingers=9), now=NOW)
    base = sqlite3.connect(home.register_file)
    assert base.execute("SELECT count(*) FROM places WHERE cti IS NOT NULL").fetchone() == (0,)
    base.close()


def test_suspend_restore_revoke(home: Home, code: Credential) -> None:
    issuer = Issuer.open(home.path, now=NOW)
    assert status_of(home, code) == "valid"
    issuer.suspend(code, now=NOW)
    with pytest.raises(CredentialSuspended):
        status_of(home, code)
    issuer.restore(code.claims.cti, now=NOW + 1)
    assert status_of(home, code, NOW + 1) == "valid"
    issuer.revoke(code.claims.cti, now=NOW + 2)
    with pytest.raises(CredentialRevoked):
        status_of(home, code, NOW + 2)
    issuer.revoke(code, now=NOW + 3)
    for undo in (issuer.restore, issuer.suspend):
        with pytest.raises(UsageError, match="for good"):
            undo(code, now=NOW + 4)
    with Register(home.register_file) as register:
        place = register.find(code.claims.cti)
    assert place is not None and place.status is Status.REVOKED
    with pytest.raises(CredentialRevoked):
        status_of(home, code, NOW + 4)


def test_a_revocation_touches_no_other_code(
    home: Home, code: Credential, make_contents: MakeContents
) -> None:
    issuer = Issuer.open(home.path, now=NOW)
    other = issuer.issue(make_contents(), now=NOW)
    issuer.revoke(code, now=NOW)
    assert status_of(home, other) == "valid"


def test_codes_of_others_and_unknown_ones_are_not_revoked(
    home: Home,
    code: Credential,
    make_code: Callable[..., Credential],
    tmp_path: Path,
    make_contents: MakeContents,
) -> None:
    issuer = Issuer.open(home.path, now=NOW)
    with pytest.raises(UsageError, match="no code with that identifier"):
        issuer.revoke(bytes(16), now=NOW)
    with pytest.raises(UsageError, match="did not issue"):
        issuer.revoke(make_code(), now=NOW)
    create_home(tmp_path / "twin", issuer_uri=URI, now=NOW)
    twin = Issuer.open(tmp_path / "twin", now=NOW).issue(make_contents(), now=NOW)
    with pytest.raises(UsageError, match="did not issue"):
        issuer.revoke(twin, now=NOW)


def test_an_altered_code_is_not_revoked(home: Home, code: Credential) -> None:
    from moiety.credential import base45, inflate

    raw = bytearray(inflate.inflate(base45.decode(code.text)))
    raw[-1] ^= 1
    altered = Credential.from_text(base45.encode(inflate.deflate(bytes(raw))))
    with pytest.raises(SignatureInvalid):
        Issuer.open(home.path, now=NOW).revoke(altered, now=NOW)


def test_a_register_from_an_older_backup_undoes_no_revocation(
    home: Home, make_contents: MakeContents
) -> None:
    old = home.register_file.read_bytes()
    issuer = Issuer.open(home.path, now=NOW)
    revoked, suspended, later = (issuer.issue(make_contents(), now=NOW) for _ in range(3))
    issuer.revoke(revoked, now=NOW)
    issuer.suspend(suspended, now=NOW)
    home.register_file.write_bytes(old)
    issuer = Issuer.open(home.path, now=NOW)
    issuer.revoke(later, now=NOW + 1)  # the register does not know it, and takes it over
    with pytest.raises(CredentialRevoked):
        status_of(home, revoked, NOW + 1)
    with pytest.raises(CredentialSuspended):
        status_of(home, suspended, NOW + 1)
    with pytest.raises(CredentialRevoked):
        status_of(home, later, NOW + 1)
    issuer.restore(suspended, now=NOW + 2)
    assert status_of(home, suspended, NOW + 2) == "valid"
    with pytest.raises(UsageError, match="for good"):
        issuer.restore(revoked, now=NOW + 2)


def test_a_clock_set_back_issues_and_revokes_nothing(
    home: Home, code: Credential, make_contents: MakeContents
) -> None:
    issuer = Issuer.open(home.path, now=NOW)
    with pytest.raises(ClockSetBack):
        Issuer.open(home.path, now=NOW - DAY_S)
    with pytest.raises(ClockSetBack):
        issuer.issue(make_contents(), now=NOW - DAY_S)
    with pytest.raises(ClockSetBack):
        issuer.revoke(code, now=NOW - DAY_S)
    assert status_of(home, code) == "valid"


def test_issuing_keeps_the_list_young(home: Home, make_contents: MakeContents) -> None:
    later = NOW + 3 * DAY_S
    Issuer.open(home.path, now=later).issue(make_contents(), now=later)
    assert TrustBundle.open(home.path, now=later).floor == later


def test_lists_are_refreshed_on_request(home: Home, code: Credential) -> None:
    later = NOW + 20 * DAY_S
    Issuer.open(home.path, now=later).refresh_lists(now=later)
    assert check(code, TrustBundle.open(home.path, now=later), now=later).status_age_s == 0


def test_a_damaged_register_is_said(home: Home, make_contents: MakeContents) -> None:
    home.register_file.write_bytes(b"no database" * 1000)
    with pytest.raises(HomeError, match="damaged"):
        Issuer.open(home.path, now=NOW).issue(make_contents(), now=NOW)


def test_one_holds_the_register_at_a_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moiety.credential.register._WAIT_S", 0.05)
    with Register(home.register_file) as first, Register(home.register_file) as second:
        with first.alone(), pytest.raises(StorageError, match="locked"):
            second.reserve()
        assert second.reserve().number == 1


@pytest.mark.parametrize("uri", [URI, URI + "/", "urn:uuid:2d8e9f9e-2a5e-4c6f-9d1b-0a1b2c3d4e5f"])
def test_a_lists_uri_is_found_again(uri: str) -> None:
    assert list_number(uri, list_uri(uri, 17)) == 17
    assert list_number(uri, "https://other.example/s/1") is None
    assert list_number(uri, list_uri(uri, 1) + "x") is None


def test_nothing_secret_is_shown(home: Home) -> None:
    issuer = Issuer.open(home.path, now=NOW)
    text = repr(issuer) + repr(TrustBundle.open(home.path, now=NOW))
    for file in home.keys.iterdir():
        body = file.read_text().splitlines()[1]
        assert body not in text
    assert "PRIVATE" not in text and "PrivateKey" not in text
