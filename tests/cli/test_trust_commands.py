"""The commands around homes and trust, as a script would call them: words out, exit codes back."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from moiety.cli.main import main
from moiety.cli.output import Output
from moiety.credential import base45, inflate
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.issuer import Issuer
from moiety.credential.trust import TrustBundle

URI = "https://issuer.example"


class Shell:
    """Runs commands in a directory and keeps what they printed."""

    def __init__(self) -> None:
        self.stdout = self.stderr = ""

    def __call__(self, line: str, code: int = 0) -> str:
        out, err = io.StringIO(), io.StringIO()
        status = main(line.split(), Output(out, err))
        self.stdout, self.stderr = out.getvalue(), err.getvalue()
        assert status == code, f"{line}: exit {status}\n{self.stdout}\n{self.stderr}"
        assert "Traceback" not in self.stderr and "Internal error" not in self.stderr
        return self.stdout


@pytest.fixture
def sh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    Path("pass").write_text("correct horse battery staple\n")
    shell = Shell()
    shell(f"init --home home --issuer-uri {URI}")
    return shell


@pytest.fixture
def code(sh: Shell) -> Credential:
    face = SealedTemplate("face", "sface-2021dec-int8bq", bytes(range(128)), 3, 0, "face", False)
    credential = Issuer.open("home").issue(Contents((face,), bytes(32)))
    credential.save("code.txt")
    credential.save("code.png")
    return credential


def test_init_says_what_to_do_next_and_never_overwrites(sh: Shell) -> None:
    assert "offline" in sh.stderr
    assert "never overwritten" not in sh.stderr
    sh(f"init --home home --issuer-uri {URI}", 78)
    assert "never overwritten" in sh.stderr
    sh("init --home other", 64)
    sh("init --home other --issuer-uri nonsense", 64)
    sh("init --home verifier --role verifier")
    assert "trusts nobody yet" in sh.stderr
    assert not Path("other").exists()


def test_a_full_disk_is_an_input_output_error(sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    sh(f"init --home other --issuer-uri {URI}", 74)
    sh("trust export --home home --out out.trust", 74)
    assert sorted(file.name for file in Path().iterdir()) == ["home", "pass"]


def inspected(sh: Shell, line: str, code: int = 0) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(sh(f"inspect {line} --json", code))
    return result


def test_inspect_says_all_and_opens_nothing(sh: Shell, code: Credential) -> None:
    for name in ("code.png", "code.txt"):
        said = inspected(sh, name)
        assert said["verified"] is False
        assert (said["issuer"], said["profile"], said["pin"]) == (URI, "card", False)
        assert said["cti"] == code.claims.cti.hex() and said["validity"] == "current"
    assert inspected(sh, "code.png --home home")["verified"] is True
    sh("keys public issuer --home home --out issuer.pem")
    assert inspected(sh, "code.png --issuer-key issuer.pem")["verified"] is True
    text = sh("inspect code.png --issuer-key issuer.pem")
    assert "signature holds" in text and bytes(range(128)).hex() not in text


def test_inspect_reads_standard_input(sh: Shell, code: Credential, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{code.text}\n".encode())))
    assert inspected(sh, "-")["cti"] == code.claims.cti.hex()


def test_inspect_refuses_a_bad_signature_and_still_says_what_is_there(sh: Shell, code: Credential) -> None:
    sh("keys public root --home home --out other.pem")
    said = inspected(sh, "code.txt --issuer-key other.pem", 3)
    assert said["verified"] is False and said["checks"][0]["code"] == "signature-invalid"
    raw = bytearray(inflate.inflate(base45.decode(code.text)))
    raw[-1] ^= 1
    Path("altered.txt").write_text(base45.encode(inflate.deflate(bytes(raw))))
    assert inspected(sh, "altered.txt --home home", 3)["verified"] is False
    sh("inspect altered.txt", 0)


def test_inspect_tells_malformed_from_unreadable(sh: Shell, code: Credential) -> None:
    Path("cut.txt").write_text(code.text[:90])
    sh("inspect cut.txt", 3)
    Path("junk.txt").write_text("this is no code")
    sh("inspect junk.txt", 4)
    sh("inspect absent.png", 4)
    sh("inspect code.txt --issuer-key pass", 4)
    sh("inspect code.txt --issuer-key a --home b", 64)


def test_an_expired_code_is_inspected_and_said_to_be(
    sh: Shell, code: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = code.claims.expires + 1
    monkeypatch.setattr("moiety.credential.clock.time.time", lambda: float(late))
    assert inspected(sh, "code.txt")["validity"] == "expired"
    assert "expired on" in sh("inspect code.txt")


def test_an_unknown_issuer_is_told_and_not_verified(sh: Shell, code: Credential) -> None:
    sh(f"init --home stranger --issuer-uri {URI}")
    said = inspected(sh, "code.txt --home stranger")
    assert said["verified"] is False and said["checks"][0]["code"] == "issuer-untrusted"


def test_what_a_code_says_cannot_steer_a_terminal(sh: Shell) -> None:
    from moiety.cli.printable import shown as _shown

    assert "\x1b" not in _shown("a\x1b[2Jb\u202ec") and _shown(True) == "yes"


def test_suspend_restore_and_revoke(sh: Shell, code: Credential) -> None:
    sh("revoke code.png --home home --suspend")
    assert inspected(sh, "code.txt --home home")["checks"][0]["code"] == "suspended"
    sh(f"revoke --cti {code.claims.cti.hex()} --home home --restore")
    assert inspected(sh, "code.txt --home home")["checks"] == []
    sh("revoke code.txt --home home")
    assert inspected(sh, "code.txt --home home")["checks"][0]["code"] == "revoked"
    sh("revoke code.txt --home home --restore", 64)
    sh("revoke --cti 00 --home home", 64)
    sh(f"revoke --cti {'00' * 16} --home home", 64)
    sh("revoke code.txt --home nowhere", 78)


def test_trust_goes_from_home_to_home(sh: Shell, code: Credential) -> None:
    sh("init --home desk --role verifier")
    sh("trust show --home desk", 78)
    sh("trust export --home home --out plain.trust")
    sh("trust import --home desk plain.trust")
    assert "first use" in sh.stderr
    sh("trust export --home home --out keys.trust --with-group-key", 64)
    sh("trust export --home home --out keys.trust --passphrase-file pass", 64)
    sh("trust export --home home --out keys.trust --with-group-key --passphrase-file pass")
    assert Path("keys.trust").stat().st_mode & 0o777 == 0o600
    Path("wrong").write_text("wrong horse battery staple")
    sh("trust import --home desk keys.trust --passphrase-file wrong", 78)
    assert "Group keys taken in: 1" in sh("trust import --home desk keys.trust --passphrase-file pass")
    assert "key here" in sh("trust show --home desk")
    sh("revoke code.txt --home home")
    assert inspected(sh, "code.txt --home desk")["checks"] == []
    sh("trust export --home home --status-list --out list.cwt")
    sh("trust import --home desk list.cwt")
    assert inspected(sh, "code.txt --home desk")["checks"][0]["code"] == "revoked"


def test_imports_that_are_refused(sh: Shell) -> None:
    sh("init --home desk --role verifier")
    sh("trust export --home home --out old.trust")
    sh("trust renew --home home")
    sh("trust export --home home --out new.trust")
    sh(f"trust import --home desk new.trust --root-fingerprint {'0' * 64}", 78)
    sh("trust import --home desk new.trust --root-fingerprint 12", 64)
    sh("trust import --home desk new.trust")
    sh("trust import --home desk old.trust", 78)
    assert "not newer" in sh.stderr
    sh(f"init --home stranger --issuer-uri {URI}")
    sh("trust export --home stranger --out stranger.trust")
    sh("trust import --home desk stranger.trust", 78)
    assert "another root" in sh.stderr
    sh("trust import --home desk pass", 4)
    sh("trust import --home desk absent", 4)


def test_a_separate_verifier_gives_its_public_key(sh: Shell) -> None:
    sh("init --home issuer --role issuer --issuer-uri https://second.example")
    sh("init --home desk --role verifier")
    sh("keys public group --home desk --out desk.pem")
    sh("trust add --home issuer --group-key desk.pem --group-name desk")
    sh("trust export --home issuer --out issuer.trust")
    sh("trust import --home desk issuer.trust")
    assert "Group desk" in sh("trust show --home desk") and "key here" in sh.stdout
    sh("keys rotate --group --home desk")
    sh("keys public group --home desk --out next.pem")
    assert Path("next.pem").read_bytes() != Path("desk.pem").read_bytes()
    sh("trust add --home issuer --group-key next.pem --group-name desk")
    sh("keys public issuer --home issuer --out issuer.pem")
    sh("trust add --home home --issuer-key issuer.pem --issuer-uri https://second.example")
    assert "https://second.example" in sh("trust show --home home")
    sh("trust add --home home", 64)
    sh("trust add --home home --issuer-key issuer.pem", 64)
    sh("trust add --home home --group-key issuer.pem", 64)
    sh("trust add --home home --issuer-key next.pem --issuer-uri a:b", 64)


def test_keys_are_rotated_backed_up_and_restored(sh: Shell, code: Credential) -> None:
    sh("keys rotate --issuer --home home")
    sh("keys rotate --group --home home")
    assert inspected(sh, "code.txt --home home")["checks"] == []
    sh("keys backup --home home --out backup --passphrase-file pass")
    sh("keys restore backup --home home --passphrase-file pass", 78)
    sh("keys restore backup --home again --passphrase-file pass")
    assert "newest trust file" in sh.stderr
    assert sh("keys list --home again") == sh("keys list --home home")
    sh("revoke code.txt --home again")
    sh("keys rotate --group --distrust-old --home home")
    sh("keys rotate --issuer --distrust-old --home home")
    assert inspected(sh, "code.txt --home home")["checks"][0]["code"] == "issuer-untrusted"


def test_a_split_root_comes_back(sh: Shell) -> None:
    sh("keys split-root --home home --shares 4 --needed 2 --out shares")
    for file in Path("shares").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    for file in Path("home/root").iterdir():
        file.unlink()
    Path("home/root").rmdir()
    sh("trust renew --home home", 78)
    sh("keys join-root --home home shares/share-3-of-4.txt", 64)
    sh("keys join-root --home home pass", 4)
    sh("keys join-root --home home shares/share-3-of-4.txt shares/share-1-of-4.txt")
    sh("trust renew --home home")
    sh("keys split-root --home home --out shares", 74)
    sh(f"init --home other --issuer-uri {URI}")
    sh("keys split-root --home other --out other-shares")
    others = " ".join(f"other-shares/share-{number}-of-5.txt" for number in (1, 2, 3))
    sh(f"keys join-root --home home {others}", 78)


def test_an_epoch_is_destroyed_only_after_it_ended(sh: Shell) -> None:
    (identifier,) = TrustBundle.open("home").group_key_ids
    sh(f"keys destroy-epoch {identifier.hex()} --home home", 64)
    sh("keys rotate --group --home home")
    sh(f"keys destroy-epoch {identifier.hex()} --home home")
    sh(f"keys destroy-epoch {identifier.hex()} --home home", 78)
    sh("keys destroy-epoch xyz --home home", 64)


def test_a_home_with_wrong_permissions_or_a_missing_key_is_said(sh: Shell, code: Credential) -> None:
    (key,) = Path("home/keys").glob("issuer-*.pem")
    key.chmod(0o644)
    sh("revoke code.txt --home home", 78)
    assert "chmod 600" in sh.stderr
    key.unlink()
    sh("revoke code.txt --home home", 78)
    assert "missing" in sh.stderr and "keys restore" in sh.stderr


def test_lists_are_refreshed(sh: Shell) -> None:
    assert "Signed 1 status list" in sh("trust refresh --home home")
    sh("init --home desk --role verifier")
    sh("trust refresh --home desk", 78)
