"""S5: a group's key is stolen after a yearly rotation: `--distrust-old` refuses what the thief can open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from moiety.credential import epochs
from moiety.credential.check import check, open_contents
from moiety.credential.code import Credential
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.home import Issuer, create_home
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.errors import CredentialExpired, CredentialRefused, IssuerUntrusted, SealUnopenable, UsageError
from moiety.keys import GroupPrivateKey

DAY: Final = 86_400
NOW: Final = 1_790_000_000
FACE: Final = SealedTemplate("face", "sface-2021dec-int8bq", bytes(range(128)), 2, 0, "face", False)
CONTENTS: Final = Contents((FACE,), bytes(32))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri="https://issuer.example", now=NOW)


def issued(home: Home, day: int, group: str = "verifiers") -> Credential:
    moment = NOW + day * DAY
    return Issuer.open(home.path, now=moment).issue(CONTENTS, group=group, now=moment)


def refused(
    home: Home, code: Credential, day: int, kind: type[CredentialRefused] = CredentialRefused
) -> None:
    Issuer.open(home.path, now=NOW + day * DAY).refresh_lists(now=NOW + day * DAY)
    with pytest.raises(kind):
        check(code, TrustBundle.open(home.path, now=NOW + day * DAY), now=NOW + day * DAY)


def accepted(home: Home, code: Credential, day: int) -> None:
    trust = TrustBundle.open(home.path, now=NOW + day * DAY)
    assert open_contents(check(code, trust, now=NOW + day * DAY), trust) == CONTENTS


def test_codes_of_every_earlier_epoch_are_refused_after_a_theft(home: Home) -> None:
    first = issued(home, 300)
    epochs.rotate_group(home, now=NOW + 330 * DAY)
    second = issued(home, 350)
    accepted(home, first, 355)
    epochs.rotate_group(home, distrust_old=True, now=NOW + 360 * DAY)
    refused(home, first, 360, CredentialExpired)
    refused(home, second, 360, CredentialExpired)
    accepted(home, issued(home, 361), 361)


def test_they_stay_refused_through_every_later_bundle_until_their_last_day(home: Home) -> None:
    first = issued(home, 300)
    epochs.rotate_group(home, now=NOW + 330 * DAY)
    epochs.rotate_group(home, distrust_old=True, now=NOW + 360 * DAY)
    for day, change in ((400, epochs.renew), (500, epochs.rotate_group), (560, epochs.rotate_issuer)):
        change(home, now=NOW + day * DAY)
        refused(home, first, day, CredentialExpired)
    epochs.rotate_group(home, distrust_old=True, now=NOW + 600 * DAY)
    refused(home, first, 600, CredentialExpired)
    # Each stays listed to its own end: 367 days after the day on which codes were last sealed to it.
    listed = len(TrustBundle.held(home).groups)
    epochs.renew(home, now=NOW + 696 * DAY)
    assert len(TrustBundle.held(home).groups) == listed
    epochs.renew(home, now=NOW + 698 * DAY)
    assert len(TrustBundle.held(home).groups) == listed - 1
    assert first.claims.expires < NOW + 697 * DAY


def test_a_station_with_the_old_key_can_open_such_a_code_to_renew_it(home: Home) -> None:
    first = issued(home, 300)
    epochs.rotate_group(home, now=NOW + 330 * DAY)
    epochs.rotate_group(home, distrust_old=True, now=NOW + 360 * DAY)
    Issuer.open(home.path, now=NOW + 400 * DAY).refresh_lists(now=NOW + 400 * DAY)
    trust = TrustBundle.open(home.path, now=NOW + 400 * DAY)
    assert trust.distrusts(first.claims.group)
    renewing = trust.renewing()
    assert open_contents(check(first, renewing, now=NOW + 400 * DAY), renewing) == CONTENTS
    with pytest.raises(CredentialExpired):  # an ordinary end is not prolonged by it
        check(first, renewing, now=first.claims.expires)


def test_a_second_theft_and_a_second_group_change_nothing_for_each_other(home: Home) -> None:
    ours = issued(home, 10)
    clinic = GroupPrivateKey.generate()
    epochs.rotate_group(home, name="clinic", public=clinic.group, now=NOW + 20 * DAY)
    theirs = issued(home, 21, group="clinic")
    epochs.rotate_group(home, name="clinic", distrust_old=True, now=NOW + 30 * DAY)
    accepted(home, ours, 30)
    refused(home, theirs, 30, CredentialExpired)
    with pytest.raises(UsageError, match="no verifier group called 'clinics'"):
        epochs.rotate_group(home, name="clinics", distrust_old=True, now=NOW + 31 * DAY)
    epochs.rotate_group(home, distrust_old=True, now=NOW + 40 * DAY)
    epochs.rotate_group(home, distrust_old=True, now=NOW + 50 * DAY)
    refused(home, ours, 50, CredentialExpired)


def test_a_group_that_no_bundle_names_is_refused(home: Home) -> None:
    """As bundles of earlier versions, which dropped an epoch that was retired before it was distrusted."""
    code = issued(home, 1)
    trust = TrustBundle.open(home.path, now=NOW + DAY)
    without = replace(trust, bundle=replace(trust.bundle, groups=()))
    with pytest.raises(SealUnopenable, match="isn't in the trust bundle"):
        check(code, without, now=NOW + DAY)


def test_the_theft_of_an_issuers_key_after_a_rotation_refuses_the_retired_one_too(home: Home) -> None:
    first = issued(home, 300)
    epochs.rotate_issuer(home, now=NOW + 330 * DAY)
    second = issued(home, 340)
    accepted(home, first, 350)
    epochs.rotate_issuer(home, distrust_old=True, now=NOW + 360 * DAY)
    refused(home, first, 360, IssuerUntrusted)
    refused(home, second, 360, IssuerUntrusted)
