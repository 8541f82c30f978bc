"""May a code be relied on: every way in which it may not, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moiety.credential import base45, epochs, inflate
from moiety.credential.bundle import Bundle, TrustedIssuer, new_epoch, new_issuer_key
from moiety.credential.bundle_format import sign_bundle
from moiety.credential.check import check, open_contents
from moiety.credential.claims import StatusReference
from moiety.credential.code import Credential
from moiety.credential.contents import Contents
from moiety.credential.home import Issuer, create_home
from moiety.credential.importing import import_trust
from moiety.credential.issue import IssuerIdentity
from moiety.credential.layout import Home
from moiety.credential.status import StatusList, sign_status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_file import TrustFile
from moiety.credential.trust_parameters import DAY_S, STATUS_MAX_AGE_S
from moiety.errors import (
    ClockSetBack,
    CredentialExpired,
    CredentialNotYetValid,
    CredentialRevoked,
    CredentialSuspended,
    IssuerUntrusted,
    PinRequired,
    PinWrong,
    SealUnopenable,
    SignatureInvalid,
    StatusUnavailable,
    TrustRefused,
)
from moiety.keys import GroupPrivateKey, SigningKey

NOW = 1_790_000_000
URI = "https://issuer.example.org/"
LIST = "https://issuer.example.org/status/1"
PLACE = 1_048_575
ROOT = SigningKey.from_seed(bytes(range(32, 64)))
MakeCode = Callable[..., Credential]
MakeTrust = Callable[..., TrustBundle]


@pytest.fixture
def make_trust(signer: SigningKey, group: GroupPrivateKey) -> MakeTrust:
    """Trust in the issuer and group of `make_code`, with the list in which its codes stand."""

    def make(statuses: dict[int, int] | None = None, listed: int = NOW, **changes: Any) -> TrustBundle:
        token = sign_status(
            LIST, StatusList.of(statuses or {}), changes.pop("list_signer", signer), now=listed
        )
        arguments: dict[str, Any] = {
            "serial": 1,
            "issued": NOW,
            "expires": NOW + 400 * DAY_S,
            "issuers": (TrustedIssuer(URI, (new_issuer_key(signer.verifying_key, NOW),)),),
            "groups": (new_epoch("verifiers", group.group, NOW),),
            "status_lists": (token.encoded,),
        }
        file = TrustFile(ROOT.verifying_key, sign_bundle(Bundle(**(arguments | changes)), ROOT))
        return TrustBundle.verify(file, ROOT.verifying_key, {group.key_id: group})

    return make


def test_a_good_code_is_relied_on_and_opened(
    make_code: MakeCode, make_trust: MakeTrust, make_contents: Callable[..., Contents]
) -> None:
    code, trust = make_code(), make_trust()
    checked = check(code, trust, now=NOW + DAY_S)
    assert (checked.issuer, checked.status, checked.status_age_s) == (URI, "valid", DAY_S)
    assert checked.not_after == code.claims.expires
    assert open_contents(checked, trust) == make_contents()


def test_an_open_code_opens_without_a_key(make_code: MakeCode, make_trust: MakeTrust) -> None:
    trust = make_trust(groups=())
    assert open_contents(check(make_code(profile="open"), trust, now=NOW), trust).templates


def test_an_unknown_key_is_refused(make_code: MakeCode, make_trust: MakeTrust) -> None:
    stranger = IssuerIdentity(URI, SigningKey.generate())
    with pytest.raises(IssuerUntrusted, match="not in the trust bundle"):
        check(make_code(issuer=stranger), make_trust(), now=NOW)


def test_a_trusted_key_does_not_sign_for_another_issuer(
    make_code: MakeCode, make_trust: MakeTrust, signer: SigningKey
) -> None:
    other = TrustedIssuer("https://other.example/", (new_issuer_key(ROOT.verifying_key, NOW),))
    ours = TrustedIssuer(URI, (new_issuer_key(signer.verifying_key, NOW),))
    posing = make_code(issuer=IssuerIdentity("https://other.example/", signer))
    with pytest.raises(IssuerUntrusted):
        check(posing, make_trust(issuers=(ours, other)), now=NOW)


def flipped(code: Credential, at: int) -> Credential:
    raw = bytearray(inflate.inflate(base45.decode(code.text)))
    raw[at] ^= 1
    return Credential.from_text(base45.encode(inflate.deflate(bytes(raw))))


@pytest.mark.parametrize("at", [-1, -64, -100])
def test_an_altered_code_is_refused(make_code: MakeCode, make_trust: MakeTrust, at: int) -> None:
    with pytest.raises(SignatureInvalid):
        check(flipped(make_code(), at), make_trust(), now=NOW)


def test_a_key_that_counts_no_more_is_refused(
    make_code: MakeCode, make_trust: MakeTrust, signer: SigningKey
) -> None:
    from moiety.credential.bundle import IssuerKey

    def trust(not_after: int, expires: int) -> TrustBundle:
        key = IssuerKey(signer.verifying_key, NOW - 10 * DAY_S, not_after, expires)
        return make_trust(issuers=(TrustedIssuer(URI, (key,)),), listed=NOW - 8 * DAY_S)

    with pytest.raises(IssuerUntrusted, match="counts no more"):
        check(make_code(), trust(NOW - DAY_S, NOW), now=NOW)
    with pytest.raises(IssuerUntrusted, match="after its key was retired"):
        check(make_code(), trust(NOW - 2 * DAY_S, NOW + DAY_S), now=NOW)


def test_an_expired_code_is_refused(make_code: MakeCode, make_trust: MakeTrust) -> None:
    code, trust = make_code(valid_until=NOW + 10 * DAY_S), make_trust()
    check(code, trust, now=code.claims.expires - 1)
    with pytest.raises(CredentialExpired, match="expired on"):
        check(code, trust, now=code.claims.expires)


def test_a_code_before_its_first_day_is_refused(make_code: MakeCode, make_trust: MakeTrust) -> None:
    code, trust = make_code(valid_from=NOW + 5 * DAY_S), make_trust()
    with pytest.raises(CredentialNotYetValid):
        check(code, trust, now=code.claims.not_before - 1)
    check(code, trust, now=code.claims.not_before)


def test_a_code_ends_with_its_groups_epoch(
    make_code: MakeCode, make_trust: MakeTrust, group: GroupPrivateKey
) -> None:
    from moiety.credential.bundle import GroupEpoch

    epoch = GroupEpoch("verifiers", group.group, NOW, NOW + DAY_S, NOW + 2 * DAY_S)
    trust, code = make_trust(groups=(epoch,)), make_code()
    assert check(code, trust, now=NOW + 2 * DAY_S - 1).not_after == NOW + 2 * DAY_S
    with pytest.raises(CredentialExpired, match="with its group's epoch"):
        check(code, trust, now=NOW + 2 * DAY_S)


@pytest.mark.parametrize(
    ("value", "error"), [(1, CredentialRevoked), (2, CredentialSuspended), (3, StatusUnavailable)]
)
def test_a_withdrawn_code_is_refused(
    make_code: MakeCode, make_trust: MakeTrust, value: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check(make_code(), make_trust({PLACE: value}), now=NOW)
    assert check(make_code(), make_trust({PLACE - 1: value}), now=NOW).status == "valid"


def test_a_stale_list_is_refused(make_code: MakeCode, make_trust: MakeTrust) -> None:
    code, trust = make_code(), make_trust()
    check(code, trust, now=NOW + STATUS_MAX_AGE_S)
    with pytest.raises(StatusUnavailable, match="days old"):
        check(code, trust, now=NOW + STATUS_MAX_AGE_S + 1)
    with pytest.raises(StatusUnavailable):
        check(code, trust, now=NOW + 2, max_status_age=1)
    with pytest.raises(StatusUnavailable):
        check(code, trust, now=NOW + 1, max_status_age=0)
    check(code, trust, now=NOW + 60 * DAY_S, max_status_age=90 * DAY_S)


def test_an_expired_list_is_refused_whatever_the_policy(make_code: MakeCode, make_trust: MakeTrust) -> None:
    with pytest.raises(StatusUnavailable):
        check(make_code(), make_trust(), now=NOW + 90 * DAY_S, max_status_age=1000 * DAY_S)


def test_a_stale_list_still_says_revoked(make_code: MakeCode, make_trust: MakeTrust) -> None:
    with pytest.raises(CredentialRevoked):
        check(make_code(), make_trust({PLACE: 1}), now=NOW + 60 * DAY_S)


def test_a_code_whose_list_is_not_there_is_refused(make_code: MakeCode, make_trust: MakeTrust) -> None:
    with pytest.raises(StatusUnavailable, match="not in the trust bundle"):
        check(make_code(), make_trust(status_lists=()), now=NOW)
    with pytest.raises(StatusUnavailable, match="names no status list"):
        check(make_code(status=None), make_trust(), now=NOW)
    with pytest.raises(StatusUnavailable, match="outside its status list"):
        check(make_code(status=StatusReference(LIST, 1 << 20)), make_trust(), now=NOW)


def test_another_issuers_list_does_not_speak_for_a_code(
    make_code: MakeCode, make_trust: MakeTrust, signer: SigningKey
) -> None:
    ours = TrustedIssuer(URI, (new_issuer_key(signer.verifying_key, NOW),))
    other = TrustedIssuer("https://other.example/", (new_issuer_key(ROOT.verifying_key, NOW),))
    with pytest.raises(StatusUnavailable, match="not in the trust bundle"):
        check(make_code(), make_trust(issuers=(ours, other), list_signer=ROOT), now=NOW)


def test_signature_and_days_come_before_status(make_code: MakeCode, make_trust: MakeTrust) -> None:
    revoked = make_trust({PLACE: 1})
    with pytest.raises(SignatureInvalid):
        check(flipped(make_code(), -1), revoked, now=NOW)
    with pytest.raises(CredentialExpired):
        check(make_code(valid_until=NOW + DAY_S), revoked, now=NOW + 2 * DAY_S)


def test_a_clock_set_back_and_an_expired_bundle_stop_every_check(
    make_code: MakeCode, make_trust: MakeTrust
) -> None:
    with pytest.raises(ClockSetBack):
        check(make_code(), make_trust(), now=NOW - DAY_S)
    with pytest.raises(TrustRefused, match="expired"):
        check(make_code(), make_trust(), now=NOW + 400 * DAY_S)


def test_another_groups_code_is_checked_and_not_opened(make_code: MakeCode, make_trust: MakeTrust) -> None:
    other, trust = GroupPrivateKey.generate().group, make_trust()
    code = make_code(group=other)
    with pytest.raises(SealUnopenable, match="isn't in the trust bundle"):
        check(code, trust, now=NOW)
    groups = (*trust.bundle.groups, new_epoch("others", other, NOW))
    listed = replace(trust, bundle=replace(trust.bundle, groups=groups))
    with pytest.raises(SealUnopenable, match="not in this home"):
        open_contents(check(code, listed, now=NOW), listed)


def test_a_pin_is_asked_for(make_code: MakeCode, make_trust: MakeTrust) -> None:
    trust = make_trust()
    checked = check(make_code(pin="271828"), trust, now=NOW)
    with pytest.raises(PinRequired):
        open_contents(checked, trust)
    with pytest.raises(PinWrong):
        open_contents(checked, trust, "314159")
    assert open_contents(checked, trust, "271828").templates


def test_the_new_epochs_verifier_cannot_open_the_old_epochs_code_without_its_key(
    tmp_path: Path, make_contents: Callable[..., Contents]
) -> None:
    home = create_home(tmp_path / "h", issuer_uri=URI, now=NOW)
    old = Issuer.open(home.path, now=NOW).issue(make_contents(), now=NOW)
    epochs.rotate_group(home, now=NOW + 1)
    new = Issuer.open(home.path, now=NOW + 1).issue(make_contents(), now=NOW + 1)
    assert old.claims.group != new.claims.group
    assert old.claims.group is not None
    joined = create_home(tmp_path / "v", issuer_uri=None, role="verifier", now=NOW)
    file = TrustBundle.open(home.path, now=NOW + 1).file(passphrase="correct horse battery staple")
    import_trust(joined, file, passphrase="correct horse battery staple", now=NOW + 1)
    epochs.destroy_epoch(joined, old.claims.group, now=NOW + 1)
    trust = TrustBundle.open(joined.path, now=NOW + 1)
    assert open_contents(check(new, trust, now=NOW + 1), trust).templates
    with pytest.raises(SealUnopenable):
        open_contents(check(old, trust, now=NOW + 1), trust)
    assert isinstance(home, Home)
