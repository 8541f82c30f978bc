"""Rotation: new keys sign and open, old codes stay good for the overlap and no longer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from moiety.credential import epochs
from moiety.credential.check import check, open_contents
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.home import Issuer, create_home
from moiety.credential.importing import import_trust
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_parameters import BUNDLE_LIFETIME_S, DAY_S, EPOCH_S, ISSUER_KEY_S, OVERLAP_S
from moiety.errors import (
    ClockSetBack,
    CredentialRevoked,
    IssuerUntrusted,
    KeyUnavailable,
    SealUnopenable,
    TrustRefused,
    UsageError,
)
from moiety.keys import GroupPrivateKey, SigningKey

NOW = 1_790_000_000
URI = "https://issuer.example.org"
MakeContents = Callable[..., Contents]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri=URI, now=NOW)


def issue(home: Home, contents: Contents, now: int) -> Credential:
    return Issuer.open(home.path, now=now).issue(contents, now=now)


def opens(home: Home, code: Credential, now: int) -> bool:
    trust = TrustBundle.open(home.path, now=now)
    return bool(open_contents(check(code, trust, now=now), trust).templates)


def test_codes_of_the_old_issuer_key_stay_good(home: Home, make_contents: MakeContents) -> None:
    old = issue(home, make_contents(), NOW)
    trust = epochs.rotate_issuer(home, now=NOW + 10)
    new = issue(home, make_contents(), NOW + 10)
    assert trust.bundle.serial == 2 and len(trust.issuers[0].keys) == 2
    assert old.key_id != new.key_id
    assert opens(home, old, NOW + 10) and opens(home, new, NOW + 10)


def test_revocations_survive_a_rotation_and_reach_old_codes(home: Home, make_contents: MakeContents) -> None:
    first, second = issue(home, make_contents(), NOW), issue(home, make_contents(), NOW)
    Issuer.open(home.path, now=NOW).revoke(first, now=NOW)
    epochs.rotate_issuer(home, now=NOW + 10)
    Issuer.open(home.path, now=NOW + 20).revoke(second, now=NOW + 20)
    for code in (first, second):
        with pytest.raises(CredentialRevoked):
            opens(home, code, NOW + 20)


def test_a_stolen_issuer_key_is_distrusted_with_all_its_codes(
    home: Home, make_contents: MakeContents
) -> None:
    old = issue(home, make_contents(), NOW)
    epochs.rotate_issuer(home, distrust_old=True, now=NOW + 10)
    with pytest.raises(IssuerUntrusted):
        opens(home, old, NOW + 10)
    assert opens(home, issue(home, make_contents(), NOW + 10), NOW + 10)


def test_an_old_key_is_left_out_after_its_overlap(home: Home) -> None:
    epochs.rotate_issuer(home, now=NOW + 10)
    epochs.rotate_group(home, now=NOW + 10)
    later = NOW + 10 + OVERLAP_S
    trust = epochs.renew(home, now=later)
    assert [len(issuer.keys) for issuer in trust.issuers] == [1]
    assert len(trust.groups) == 1


def test_codes_of_the_old_epoch_open_until_its_overlap_ends(home: Home, make_contents: MakeContents) -> None:
    old = issue(home, make_contents(), NOW)
    trust = epochs.rotate_group(home, now=NOW + 10)
    before, after = trust.groups
    assert (before.not_after, after.not_after) == (NOW + 10, NOW + 10 + EPOCH_S)
    assert before.expires == NOW + 10 + OVERLAP_S
    new = issue(home, make_contents(), NOW + 10)
    assert new.claims.group == after.key.key_id != old.claims.group
    assert opens(home, old, NOW + 10) and opens(home, new, NOW + 10)


def test_no_code_is_sealed_to_an_epoch_that_ended(home: Home, make_contents: MakeContents) -> None:
    with pytest.raises(KeyUnavailable, match="no verifier group"):
        issue(home, make_contents(), NOW + EPOCH_S)
    epochs.rotate_group(home, now=NOW + EPOCH_S)
    assert opens(home, issue(home, make_contents(), NOW + EPOCH_S), NOW + EPOCH_S)


def test_a_years_code_fits_the_last_day_of_an_epoch(home: Home, make_contents: MakeContents) -> None:
    last = NOW + EPOCH_S - 1
    code = issue(home, make_contents(), last)
    assert check(code, TrustBundle.open(home.path, now=last), now=last).not_after == code.claims.expires


def test_an_issuer_key_past_its_time_signs_nothing(home: Home, make_contents: MakeContents) -> None:
    now = NOW + ISSUER_KEY_S
    epochs.renew(home, now=now)
    with pytest.raises(KeyUnavailable, match="past its time"):
        Issuer.open(home.path, now=now)
    epochs.rotate_issuer(home, now=now)
    assert Issuer.open(home.path, now=now).uri == URI


def test_an_expired_bundle_is_renewed(home: Home) -> None:
    now = NOW + BUNDLE_LIFETIME_S + DAY_S
    with pytest.raises(TrustRefused):
        TrustBundle.open(home.path, now=now)
    assert epochs.renew(home, now=now).bundle.expires == now + BUNDLE_LIFETIME_S
    assert TrustBundle.open(home.path, now=now).bundle.serial == 2


@pytest.mark.parametrize("change", [epochs.renew, epochs.rotate_issuer, epochs.rotate_group])
def test_without_the_root_nothing_is_changed(home: Home, change: Callable[..., TrustBundle]) -> None:
    for file in (home.path / "root").iterdir():
        file.unlink()
    before = {file: file.read_bytes() for file in home.path.rglob("*") if file.is_file()}
    with pytest.raises(KeyUnavailable, match="root key is not in this home"):
        change(home, now=NOW + 1)
    assert {file: file.read_bytes() for file in home.path.rglob("*") if file.is_file()} == before


def test_a_root_key_that_is_not_the_pinned_one_signs_nothing(home: Home) -> None:
    for file in (home.path / "root").iterdir():
        file.unlink()
    home.add_key("root", SigningKey.generate())
    with pytest.raises(KeyUnavailable, match="not the one pinned"):
        epochs.renew(home, now=NOW + 1)
    home.add_key("root", SigningKey.generate())
    with pytest.raises(KeyUnavailable, match="more than one"):
        epochs.renew(home, now=NOW + 1)


def test_a_clock_set_back_changes_nothing(home: Home) -> None:
    with pytest.raises(ClockSetBack):
        epochs.renew(home, now=NOW - DAY_S)


def test_a_verifiers_home_rotates_no_issuer(tmp_path: Path) -> None:
    verifier = create_home(tmp_path / "v", issuer_uri=None, role="verifier", now=NOW)
    with pytest.raises(KeyUnavailable, match="verifier's home"):
        epochs.rotate_issuer(verifier, now=NOW)


def test_an_issuer_and_a_verifier_apart(tmp_path: Path, make_contents: MakeContents) -> None:
    issuer = create_home(tmp_path / "i", issuer_uri=URI, role="issuer", now=NOW)
    verifier = create_home(tmp_path / "v", issuer_uri=None, role="verifier", now=NOW)
    (group,) = (key.group for key in verifier.group_keys().values())
    epochs.rotate_group(issuer, public=group, now=NOW)
    with pytest.raises(UsageError, match="already has"):
        epochs.rotate_group(issuer, public=group, now=NOW)
    code = issue(issuer, make_contents(), NOW)
    import_trust(verifier, TrustBundle.open(issuer.path, now=NOW).file(), now=NOW)
    assert opens(verifier, code, NOW)
    trust = TrustBundle.open(issuer.path, now=NOW)
    with pytest.raises(SealUnopenable):
        open_contents(check(code, trust, now=NOW), trust)


def test_a_second_issuer_is_trusted_with_its_own_lists(
    home: Home, tmp_path: Path, make_contents: MakeContents
) -> None:
    from moiety.credential.importing import import_list

    other = create_home(tmp_path / "other", issuer_uri="https://second.example", role="issuer", now=NOW)
    (group,) = (key.group for key in home.group_keys().values())
    epochs.rotate_group(other, public=group, now=NOW)
    issuer = Issuer.open(other.path, now=NOW)
    code = issuer.issue(make_contents(), now=NOW)
    with pytest.raises(IssuerUntrusted):
        opens(home, code, NOW)
    epochs.add_issuer(home, "https://second.example", issuer.key.key, now=NOW)
    import_list(home, issuer.refresh_lists(now=NOW)[0].encoded, now=NOW)
    assert opens(home, code, NOW)
    with pytest.raises(UsageError):
        epochs.add_issuer(home, "https://second.example", issuer.key.key, now=NOW)
    epochs.rotate_issuer(home, now=NOW + 5)  # leaves the other issuer's list as it is
    assert opens(home, code, NOW + 5)


def test_several_groups_are_told_apart(home: Home, make_contents: MakeContents) -> None:
    key = GroupPrivateKey.generate()
    epochs.rotate_group(home, name="night shift", public=key.group, now=NOW)
    issuer = Issuer.open(home.path, now=NOW)
    with pytest.raises(UsageError, match="night shift, verifiers"):
        issuer.issue(make_contents(), now=NOW)
    assert issuer.issue(make_contents(), group="night shift", now=NOW).claims.group == key.key_id
    with pytest.raises(KeyUnavailable, match="'nobody'"):
        issuer.issue(make_contents(), group="nobody", now=NOW)


def test_a_destroyed_epoch_never_opens_again(home: Home, make_contents: MakeContents) -> None:
    code = issue(home, make_contents(), NOW)
    group = code.claims.group
    assert group is not None
    with pytest.raises(UsageError, match="still sealed"):
        epochs.destroy_epoch(home, group, now=NOW)
    epochs.rotate_group(home, now=NOW + 1)
    epochs.destroy_epoch(home, group, now=NOW + 1)
    with pytest.raises(SealUnopenable):
        opens(home, code, NOW + 1)
    with pytest.raises(KeyUnavailable, match="no key of that epoch"):
        epochs.destroy_epoch(home, group, now=NOW + 1)
