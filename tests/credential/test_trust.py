"""Trust bundles: strict reading, one pinned root, and nothing that gets older."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.credential import cbor, envelope, epochs
from moiety.credential.bundle import Bundle, TrustedIssuer, new_epoch, new_issuer_key
from moiety.credential.bundle_format import BUNDLE_TYPE, read_bundle, sign_bundle
from moiety.credential.home import Issuer, create_home
from moiety.credential.importing import import_list, import_trust, is_list
from moiety.credential.layout import Home
from moiety.credential.lists import list_uri
from moiety.credential.status import StatusList, sign_status
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_file import TrustFile
from moiety.credential.trust_parameters import BUNDLE_LIFETIME_S, CLOCK_TOLERANCE_S, DAY_S, MAX_BUNDLE_BYTES
from moiety.errors import (
    ClockSetBack,
    DocumentUnreadable,
    KeyUnavailable,
    SealUnopenable,
    TrustRefused,
    UsageError,
)
from moiety.keys import GroupPrivateKey, SigningKey, fingerprint

NOW = 1_790_000_000
URI = "https://issuer.example.org"
PASSPHRASE = "correct horse battery staple"
ROOT = SigningKey.from_seed(bytes(range(32)))
ISSUER = SigningKey.from_seed(bytes(range(1, 33)))
GROUP = GroupPrivateKey.generate().group


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home", issuer_uri=URI, now=NOW)


@pytest.fixture
def verifier(tmp_path: Path) -> Home:
    return create_home(tmp_path / "verifier", issuer_uri=None, role="verifier", now=NOW)


def file_of(home: Home, now: int = NOW) -> TrustFile:
    return TrustBundle.open(home.path, now=now).file()


def a_bundle(**changes: Any) -> Bundle:
    lists = (sign_status(list_uri(URI, 1), StatusList.of({}, entries=16), ISSUER, now=NOW).encoded,)
    bundle = Bundle(
        serial=3,
        issued=NOW,
        expires=NOW + DAY_S,
        issuers=(TrustedIssuer(URI, (new_issuer_key(ISSUER.verifying_key, NOW),)),),
        groups=(new_epoch("verifiers", GROUP, NOW),),
        policies={"desk": {"fmr": 1e-4, "liveness": "none", "attempts": 3, "strict": True}},
        status_lists=lists,
    )
    return dataclasses.replace(bundle, **changes)


def payload(**changes: Any) -> dict[str, Any]:
    signed = sign_bundle(a_bundle(), ROOT)
    body = envelope.decode(signed, typ=BUNDLE_TYPE, what="bundle").require(ROOT.verifying_key)
    return {key: value for key, value in {**body, **changes}.items() if value is not ...}


def test_a_bundle_survives_its_bytes() -> None:
    assert read_bundle(sign_bundle(a_bundle(), ROOT), ROOT.verifying_key) == a_bundle()


def test_a_bundle_finds_its_issuers_and_groups() -> None:
    bundle = a_bundle()
    assert bundle.issuer_key(URI, ISSUER.key_id) is not None
    assert bundle.issuer_key("https://other.example", ISSUER.key_id) is None
    assert bundle.issuer_key(URI, bytes(8)) is None
    epoch = bundle.epoch(GROUP.key_id)
    assert epoch is not None and bundle.sealing_epochs(NOW) == (epoch,)
    assert bundle.sealing_epochs(epoch.not_after) == ()


KEY = [ISSUER.verifying_key.public, NOW, NOW, NOW]
EPOCH = ["verifiers", GROUP.public, NOW, NOW, NOW]


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1}, {"serial": ...}, {"serial": -1}, {"serial": True}, {"serial": "3"}, {"serial": 1 << 50},
        {"format": 2}, {"format": 1.0}, {"expires": NOW}, {"issued": 1.5},
        {"issuers": {}}, {"issuers": [1]}, {"issuers": [{"uri": URI}]},
        {"issuers": [{"uri": "no uri", "keys": []}]}, {"issuers": [{"uri": URI, "keys": [], "more": 1}]},
        {"issuers": [{"uri": URI, "keys": []}] * 2},
        {"issuers": [{"uri": URI, "keys": [KEY] * 2}]},
        {"issuers": [{"uri": URI, "keys": [KEY[:3]]}]},
        {"issuers": [{"uri": URI, "keys": [[b"x", *KEY[1:]]]}]},
        {"issuers": [{"uri": URI, "keys": [[KEY[0], NOW, NOW - 1, NOW]]}]},
        {"issuers": [{"uri": URI, "keys": [KEY] * 17}]},
        {"issuers": [{"uri": f"a:{n}", "keys": []} for n in range(65)]},
        {"groups": [EPOCH[:4]]}, {"groups": [EPOCH] * 2}, {"groups": [["", *EPOCH[1:]]]},
        {"groups": [["a\nb", *EPOCH[1:]]]}, {"groups": [["verifiers", GROUP.public, NOW, NOW, NOW - 1]]},
        {"policies": []}, {"policies": {"a": 1}}, {"policies": {"a": {"b": [1]}}},
        {"policies": {"a": {1: 1}}},
        {"policies": {"a": {"b": "x" * 257}}}, {"policies": {"a": {str(n): n for n in range(33)}}},
        {"policies": {1: {}}}, {"status": b""}, {"status": ["x"]}, {"status": [b""] * 129},
    ],
    ids=lambda change: next(iter(change)),  # no values: keys are drawn anew in every process
)  # fmt: skip
def test_a_bundle_that_is_not_as_it_should_be_is_refused(change: Mapping[str, Any]) -> None:
    with pytest.raises(TrustRefused):
        read_bundle(envelope.sign(payload(**change), ROOT, typ=BUNDLE_TYPE), ROOT.verifying_key)


def test_a_bundle_that_is_not_canonical_is_refused() -> None:
    body = cbor.encode(payload())
    longer = body.replace(cbor.encode("serial") + b"\x03", cbor.encode("serial") + b"\x18\x03")
    assert longer != body
    protected = cbor.encode({1: -8, 4: ROOT.key_id, 16: BUNDLE_TYPE})
    signature = ROOT.sign(cbor.encode(["Signature1", protected, b"", longer]))
    data = b"\xd2" + cbor.encode([protected, {}, longer, signature])
    with pytest.raises(TrustRefused, match="canonical"):
        read_bundle(data, ROOT.verifying_key)


def test_what_nobody_would_accept_is_not_signed() -> None:
    with pytest.raises(UsageError, match="nobody accepts"):
        sign_bundle(a_bundle(expires=NOW), ROOT)


def test_a_foreign_root_is_refused() -> None:
    with pytest.raises(TrustRefused, match="another root"):
        read_bundle(sign_bundle(a_bundle(), ISSUER), ROOT.verifying_key)


def test_a_bundle_over_the_limit_is_refused() -> None:
    with pytest.raises(TrustRefused, match="larger"):
        read_bundle(bytes(MAX_BUNDLE_BYTES + 1), ROOT.verifying_key)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_one_flipped_bit_in_a_bundle_is_always_refused(data: st.DataObject) -> None:
    signed = bytearray(SIGNED)
    at = data.draw(st.integers(0, len(signed) * 8 - 1))
    signed[at // 8] ^= 1 << (at % 8)
    with pytest.raises(TrustRefused):
        read_bundle(bytes(signed), ROOT.verifying_key)


SIGNED = sign_bundle(a_bundle(), ROOT)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_trust_file(data: bytes) -> None:
    with pytest.raises(DocumentUnreadable):
        TrustFile.decode(data)


@pytest.mark.parametrize(
    "parts",
    [
        [], ["moiety/trust/2", bytes(32), b"", [], None], ["moiety/trust/1", bytes(31), b"", [], None],
        ["moiety/trust/1", bytes(32), "", [], None], ["moiety/trust/1", bytes(32), b"", {}, None],
        ["moiety/trust/1", bytes(32), b"", [1], None], ["moiety/trust/1", bytes(32), b"", [b""] * 129, None],
    ],
    ids=["empty", "version", "root", "bundle", "lists", "a list", "too many"],
)  # fmt: skip
def test_a_malformed_trust_file_is_refused(parts: list[Any]) -> None:
    with pytest.raises(DocumentUnreadable):
        TrustFile.decode(cbor.encode(parts))


def test_a_list_by_a_key_outside_the_bundle_is_refused() -> None:
    stranger = sign_status(list_uri(URI, 1), StatusList.of({}, entries=16), ROOT, now=NOW).encoded
    for file in (
        TrustFile(ROOT.verifying_key, sign_bundle(a_bundle(status_lists=(stranger,)), ROOT)),
        TrustFile(ROOT.verifying_key, SIGNED, (stranger,)),
    ):
        with pytest.raises(TrustRefused, match="outside the trust bundle"):
            TrustBundle.verify(file, ROOT.verifying_key)


def test_a_list_dated_outside_its_keys_time_is_refused() -> None:
    key = new_issuer_key(ISSUER.verifying_key, NOW)
    for moment in (key.not_before - 1, key.not_after + 1):
        late = sign_status(list_uri(URI, 1), StatusList.of({}, entries=16), ISSUER, now=moment).encoded
        with pytest.raises(TrustRefused, match="dated outside"):
            TrustBundle.verify(TrustFile(ROOT.verifying_key, SIGNED, (late,)), ROOT.verifying_key)


def test_an_expired_bundle_is_refused(home: Home) -> None:
    TrustBundle.open(home.path, now=NOW + BUNDLE_LIFETIME_S - 1)
    with pytest.raises(TrustRefused, match="expired"):
        TrustBundle.open(home.path, now=NOW + BUNDLE_LIFETIME_S)


def test_a_clock_set_back_is_refused(home: Home) -> None:
    TrustBundle.open(home.path, now=NOW - CLOCK_TOLERANCE_S)
    with pytest.raises(ClockSetBack, match="clock"):
        TrustBundle.open(home.path, now=NOW - CLOCK_TOLERANCE_S - 1)


def test_the_newest_list_seen_raises_the_clock_floor(home: Home) -> None:
    later = NOW + 5 * DAY_S
    Issuer.open(home.path, now=later).refresh_lists(now=later)
    with pytest.raises(ClockSetBack):
        TrustBundle.open(home.path, now=later - DAY_S)


def test_damaged_and_missing_trust_is_refused(home: Home) -> None:
    whole = home.trust_file.read_bytes()
    for data in (b"", whole[:-9], whole[:90] + b"x" + whole[91:]):
        home.trust_file.write_bytes(data)
        with pytest.raises(TrustRefused):
            TrustBundle.open(home.path, now=NOW)
    home.trust_file.unlink()
    with pytest.raises(TrustRefused, match="no trust bundle"):
        TrustBundle.open(home.path, now=NOW)


def test_the_first_import_pins_the_root_on_first_use(home: Home, verifier: Home) -> None:
    done = import_trust(verifier, file_of(home), now=NOW)
    assert (done.pinned_now, done.compared, done.group_keys) == (True, False, 0)
    assert done.root_fingerprint == fingerprint(home.pinned_root().public)
    assert verifier.pinned_root() == home.pinned_root()
    again = import_trust(verifier, file_of(home), now=NOW)
    assert not again.pinned_now


def test_a_root_is_compared_where_its_fingerprint_is_given(home: Home, verifier: Home) -> None:
    right = fingerprint(home.pinned_root().public)
    with pytest.raises(UsageError, match="64"):
        import_trust(verifier, file_of(home), root_fingerprint=right[:40], now=NOW)
    with pytest.raises(TrustRefused, match="another fingerprint"):
        import_trust(verifier, file_of(home), root_fingerprint="0" * 64, now=NOW)
    assert not verifier.pinned_root_file.exists()
    spaced = " ".join(right[n : n + 4].upper() for n in range(0, 64, 4))
    assert import_trust(verifier, file_of(home), root_fingerprint=spaced, now=NOW).compared


def test_a_bundle_of_a_foreign_root_is_not_imported(home: Home, verifier: Home, tmp_path: Path) -> None:
    import_trust(verifier, file_of(home), now=NOW)
    before = verifier.trust_file.read_bytes()
    stranger = create_home(tmp_path / "stranger", issuer_uri=URI, now=NOW)
    with pytest.raises(TrustRefused, match="another root than the one pinned"):
        import_trust(verifier, file_of(stranger), now=NOW)
    disguised = dataclasses.replace(file_of(stranger), root=home.pinned_root())
    with pytest.raises(TrustRefused, match="another root"):
        import_trust(verifier, disguised, now=NOW)
    assert verifier.trust_file.read_bytes() == before


def test_an_older_bundle_is_not_imported(home: Home, verifier: Home) -> None:
    old = file_of(home)
    epochs.renew(home, now=NOW + 1)
    import_trust(verifier, file_of(home, NOW + 1), now=NOW + 1)
    with pytest.raises(TrustRefused, match="not newer"):
        import_trust(verifier, old, now=NOW + 1)
    assert TrustBundle.open(verifier.path, now=NOW + 1).bundle.serial == 2


def test_two_bundles_of_one_number_are_not_both_believed(home: Home, verifier: Home) -> None:
    import_trust(verifier, file_of(home), now=NOW)
    twin = sign_bundle(dataclasses.replace(TrustBundle.held(home).bundle, expires=NOW + 7), home.root())
    with pytest.raises(TrustRefused, match="not newer"):
        import_trust(verifier, TrustFile(home.pinned_root(), twin), now=NOW)


def test_an_older_list_never_replaces_a_newer_one(home: Home, verifier: Home) -> None:
    old = file_of(home)
    Issuer.open(home.path, now=NOW + 9).refresh_lists(now=NOW + 9)
    import_trust(verifier, file_of(home, NOW + 9), now=NOW + 9)
    done = import_trust(verifier, old, now=NOW + 9)  # the same bundle, with its older list
    assert done.trust.floor == NOW + 9


def test_a_list_by_itself_is_imported_and_never_an_older_one(home: Home, verifier: Home) -> None:
    import_trust(verifier, file_of(home), now=NOW)
    old = TrustBundle.open(home.path, now=NOW).status_lists()[0].encoded
    (token,) = Issuer.open(home.path, now=NOW + 9).refresh_lists(now=NOW + 9)
    assert is_list(token.encoded) and not is_list(file_of(home, NOW + 9).encode())
    import_list(verifier, token.encoded, now=NOW + 9)
    assert TrustBundle.open(verifier.path, now=NOW + 9).floor == NOW + 9
    with pytest.raises(TrustRefused, match="older than the one held"):
        import_list(verifier, old, now=NOW + 9)
    with pytest.raises(TrustRefused, match="outside the trust bundle"):
        import_list(verifier, sign_status("a:b", StatusList.of({}), ROOT, now=NOW).encoded, now=NOW + 9)


def test_a_file_from_the_future_is_not_imported(home: Home, verifier: Home) -> None:
    with pytest.raises(ClockSetBack):
        import_trust(verifier, file_of(home), now=NOW - DAY_S)
    assert not verifier.trust_file.exists() and not verifier.pinned_root_file.exists()


def test_group_keys_travel_only_under_a_passphrase(home: Home, verifier: Home) -> None:
    trust = TrustBundle.open(home.path, now=NOW)
    (identifier,) = trust.group_key_ids
    secret = trust.group_private(identifier).key.private_bytes_raw()
    assert trust.file().group_keys is None
    file = TrustFile.decode(trust.file(passphrase=PASSPHRASE).encode())
    assert secret not in file.encode() and secret not in trust.file().encode()
    with pytest.raises(KeyUnavailable, match="passphrase"):
        import_trust(verifier, file, passphrase="wrong horse battery staple", now=NOW)
    assert not verifier.trust_file.exists()
    assert import_trust(verifier, file, now=NOW).group_keys == 0
    with pytest.raises(SealUnopenable):
        TrustBundle.open(verifier.path, now=NOW).group_private(identifier)
    assert import_trust(verifier, file, passphrase=PASSPHRASE, now=NOW).group_keys == 1
    assert TrustBundle.open(verifier.path, now=NOW).group_private(identifier).key_id == identifier
    import_trust(verifier, file, passphrase=PASSPHRASE, now=NOW)  # twice does no harm
    with pytest.raises(UsageError, match="carries no group key"):
        import_trust(verifier, trust.file(), passphrase=PASSPHRASE, now=NOW)


def test_the_group_key_is_touched_only_when_it_opens_something(home: Home) -> None:
    (file,) = home.keys.glob("group-*.pem")
    (identifier,) = TrustBundle.open(home.path, now=NOW).group_key_ids
    file.write_text("damaged")
    trust = TrustBundle.open(home.path, now=NOW)
    assert trust.group_key_ids == {identifier}
    with pytest.raises(KeyUnavailable, match="damaged"):
        trust.group_private(identifier)
    file.write_bytes(GroupPrivateKey.generate().to_pem())
    with pytest.raises(KeyUnavailable, match="another key"):
        trust.group_private(identifier)
    file.unlink()
    with pytest.raises(KeyUnavailable, match="missing"):
        trust.group_private(identifier)
    with pytest.raises(SealUnopenable):
        TrustBundle.open(home.path, now=NOW).group_private(identifier)


def test_the_locked_keys_are_not_kept_in_the_home(home: Home, verifier: Home) -> None:
    file = TrustBundle.open(home.path, now=NOW).file(passphrase=PASSPHRASE)
    import_trust(verifier, file, passphrase=PASSPHRASE, now=NOW)
    assert TrustFile.read(verifier.trust_file).group_keys is None


def test_a_home_without_a_group_key_exports_none(tmp_path: Path) -> None:
    issuer = create_home(tmp_path / "issuer", issuer_uri=URI, role="issuer", now=NOW)
    with pytest.raises(KeyUnavailable, match="no group key"):
        TrustBundle.open(issuer.path, now=NOW).file(passphrase=PASSPHRASE)
