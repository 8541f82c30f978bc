"""The runbooks of rotate-back-up-and-lose-a-key.md, played through: theft and loss of each key."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from moiety.credential import epochs
from moiety.credential.backup import backup, restore
from moiety.credential.check import check, open_contents
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer, create_home
from moiety.credential.importing import import_trust
from moiety.credential.layout import Home
from moiety.credential.split import join, split
from moiety.credential.trust import TrustBundle
from moiety.errors import (
    CredentialExpired,
    CredentialRevoked,
    IssuerUntrusted,
    KeyUnavailable,
    SealUnopenable,
    TrustRefused,
)
from moiety.keys import SigningKey

DAY: Final = 86_400
NOW: Final = 1_790_000_000
PASSPHRASE: Final = "correct horse battery staple"
FACE: Final = SealedTemplate("face", "sface-2021dec-int8bq", bytes(range(128)), 2, 0, "face", False)
CONTENTS: Final = Contents((FACE,), bytes(32))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri="https://issuer.example", now=NOW)


def trust_of(home: Home, now: int) -> TrustBundle:
    return TrustBundle.open(home.path, now=now)


def test_group_key_stolen_new_epoch_old_codes_refused_people_sealed_anew(home: Home) -> None:
    old = Issuer.open(home.path, now=NOW).issue(CONTENTS, now=NOW)
    later = NOW + 30 * DAY
    epochs.rotate_group(home, distrust_old=True, now=later)
    trust = trust_of(home, later)
    with pytest.raises(CredentialExpired, match="ended its key"):
        check(old, trust, now=later)
    # Renewing the bundle later does not forget that the epoch was ended.
    epochs.renew(home, now=later + 60 * DAY)
    visit = later + 61 * DAY
    issuer = Issuer.open(home.path, now=visit)
    issuer.refresh_lists(now=visit)
    trust = trust_of(home, visit)
    with pytest.raises(CredentialExpired):
        check(old, trust, now=visit)
    # The next visit, at a station that still holds the old key: opened for renewal alone, and sealed anew.
    renewing = trust.renewing()
    contents = open_contents(check(old, renewing, now=visit), renewing)
    fresh = issuer.issue(contents, now=visit)
    assert fresh.claims.group != old.claims.group
    issuer.revoke(old, now=visit)
    trust = trust_of(home, visit)
    assert open_contents(check(fresh, trust, now=visit), trust) == CONTENTS
    with pytest.raises(CredentialRevoked):
        check(old, trust.renewing(), now=visit)


def test_group_key_lost_a_new_epoch_and_new_codes(home: Home) -> None:
    old = Issuer.open(home.path, now=NOW).issue(CONTENTS, now=NOW)
    (file,) = home.keys.glob("group-*.pem")
    file.unlink()
    trust = trust_of(home, NOW)
    with pytest.raises(SealUnopenable):
        open_contents(check(old, trust, now=NOW), trust)
    epochs.rotate_group(home, now=NOW + 1)
    fresh = Issuer.open(home.path, now=NOW + 1).issue(CONTENTS, now=NOW + 1)
    trust = trust_of(home, NOW + 1)
    assert open_contents(check(fresh, trust, now=NOW + 1), trust) == CONTENTS


def test_issuer_key_stolen_all_its_codes_are_refused(home: Home) -> None:
    old = Issuer.open(home.path, now=NOW).issue(CONTENTS, now=NOW)
    epochs.rotate_issuer(home, distrust_old=True, now=NOW + 1)
    trust = trust_of(home, NOW + 1)
    with pytest.raises(IssuerUntrusted):
        check(old, trust, now=NOW + 1)
    fresh = Issuer.open(home.path, now=NOW + 1).issue(CONTENTS, now=NOW + 1)
    assert check(fresh, trust_of(home, NOW + 1), now=NOW + 1).status == "valid"


def test_issuer_key_lost_rotated_or_restored(home: Home, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(backup(home, PASSPHRASE))
    old = Issuer.open(home.path, now=NOW).issue(CONTENTS, now=NOW)
    Issuer.open(home.path, now=NOW).revoke(old, now=NOW + 1)
    published = trust_of(home, NOW + 1).file()
    next(home.keys.glob("issuer-*.pem")).unlink()
    with pytest.raises(KeyUnavailable, match="missing"):
        Issuer.open(home.path, now=NOW + 1)
    again = restore(archive, PASSPHRASE, tmp_path / "again")
    import_trust(again, published, now=NOW + 2)
    with pytest.raises(CredentialRevoked):
        check(old, trust_of(again, NOW + 2), now=NOW + 2)
    assert Issuer.open(again.path, now=NOW + 2).issue(CONTENTS, now=NOW + 2).text
    epochs.rotate_issuer(home, now=NOW + 3)
    assert Issuer.open(home.path, now=NOW + 3).issue(CONTENTS, now=NOW + 3).text


def test_root_lost_its_shares_give_it_back_and_without_them_nothing_is_renewed(home: Home) -> None:
    shares = split(home.root(), needed=3, shares=5)
    (file,) = (home.path / "root").glob("root-*.pem")
    file.unlink()
    with pytest.raises(KeyUnavailable, match="not in this home"):
        epochs.renew(home, now=NOW + 1)
    home.add_key("root", join([shares[0], shares[2], shares[4]]))
    assert epochs.renew(home, now=NOW + 1).bundle.serial == 2


def test_root_stolen_a_new_home_whose_root_is_another(home: Home, tmp_path: Path) -> None:
    new = create_home(tmp_path / "new", issuer_uri="https://issuer.example", now=NOW)
    assert new.pinned_root() != home.pinned_root()
    with pytest.raises(TrustRefused):
        TrustBundle.verify(trust_of(home, NOW).file(), new.pinned_root())
    old = Issuer.open(home.path, now=NOW).issue(CONTENTS, now=NOW)
    with pytest.raises(IssuerUntrusted):
        check(old, trust_of(new, NOW), now=NOW)


def test_device_key_lost_or_stolen_another_home_signs_with_another(home: Home, tmp_path: Path) -> None:
    next(home.keys.glob("device-*.pem")).unlink()
    with pytest.raises(KeyUnavailable, match="no device key"):
        home.device_key()
    home.add_key("device", SigningKey.generate())
    assert home.device_key().sign(b"receipt")
