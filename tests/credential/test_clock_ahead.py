"""A clock ran ahead once: what it signed is dated later than now, is read, explained and repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from moiety.cli.main import main
from moiety.credential import epochs
from moiety.credential.check import check, open_contents
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer, create_home
from moiety.credential.importing import import_list, import_trust
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.errors import ClockSetBack, CredentialRevoked, KeyUnavailable, UsageError

DAY: Final = 86_400
NOW: Final = 1_790_000_000
AHEAD: Final = NOW + 20 * DAY
FACE: Final = SealedTemplate("face", "sface-2021dec-int8bq", bytes(range(128)), 2, 0, "face", False)
CONTENTS: Final = Contents((FACE,), bytes(32))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri="https://issuer.example", now=NOW)


def test_both_possibilities_are_named_and_reading_goes_on(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Issuer.open(home.path, now=AHEAD).refresh_lists(now=AHEAD)
    with pytest.raises(ClockSetBack, match="behind now, or it was ahead") as refused:
        TrustBundle.open(home.path, now=NOW + DAY)
    assert "--clock-was-ahead" in refused.value.remedy
    monkeypatch.setattr("moiety.credential.clock.time.time", lambda: NOW + DAY)
    assert main(["trust", "show", "--home", str(home.path)]) == 0
    shown = capsys.readouterr()
    assert "Issuer https://issuer.example" in shown.out
    assert "--clock-was-ahead" in shown.out + shown.err


def test_the_root_repairs_what_was_signed_and_verifiers_follow(home: Home, tmp_path: Path) -> None:
    verifier = create_home(tmp_path / "verifier", issuer_uri=None, role="verifier", now=NOW)
    issuer = Issuer.open(home.path, now=NOW)
    code, gone = issuer.issue(CONTENTS, now=NOW), issuer.issue(CONTENTS, now=NOW)
    # The clock runs ahead: a code is revoked, a key is rotated, and the verifier takes it all.
    Issuer.open(home.path, now=AHEAD).revoke(gone, now=AHEAD)
    epochs.rotate_issuer(home, now=AHEAD)
    import_trust(verifier, TrustBundle.held(home).file(), now=AHEAD)
    right = NOW + DAY
    with pytest.raises(ClockSetBack):
        epochs.renew(home, now=right)
    repaired = epochs.renew(home, clock_was_ahead=True, now=right)
    assert repaired.floor == right
    trust = TrustBundle.open(home.path, now=right)
    assert open_contents(check(code, trust, now=right), trust) == CONTENTS
    with pytest.raises(CredentialRevoked):  # nothing that was revoked meanwhile comes back
        check(gone, trust, now=right)
    assert Issuer.open(home.path, now=right).issue(CONTENTS, now=right).text
    with pytest.raises(ClockSetBack):
        TrustBundle.open(verifier.path, now=right)
    import_trust(verifier, trust.file(), now=right)
    assert check(code, TrustBundle.open(verifier.path, now=right), now=right).status == "valid"
    with pytest.raises(CredentialRevoked):
        check(gone, TrustBundle.open(verifier.path, now=right), now=right)
    # From then on lists are followed as ever.
    Issuer.open(home.path, now=right + DAY).revoke(code, now=right + DAY)
    import_list(verifier, TrustBundle.held(home).status_lists()[0].encoded, now=right + DAY)
    with pytest.raises(CredentialRevoked):
        check(code, TrustBundle.open(verifier.path, now=right + DAY), now=right + DAY)


def test_it_needs_the_root_and_something_to_repair(home: Home) -> None:
    with pytest.raises(UsageError, match="nothing to repair"):
        epochs.renew(home, clock_was_ahead=True, now=NOW + DAY)
    next((home.path / "root").iterdir()).unlink()
    with pytest.raises(KeyUnavailable, match="root key"):
        epochs.renew(home, clock_was_ahead=True, now=NOW + DAY)
