"""Shares of a root key: any k give it back, fewer give nothing, a wrong one is named."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moiety.credential import split as module
from moiety.credential.split import Share, join, split
from moiety.errors import DocumentUnreadable, KeyUnavailable, UsageError
from moiety.keys import SigningKey

KEY = SigningKey.from_seed(bytes(range(32)))


def test_the_field_is_that_of_aes() -> None:
    # FIPS 197, section 4.2: {57} x {83} = {c1}, and {57} x {13} = {fe}.
    assert module._times(0x57, 0x83) == 0xC1
    assert module._times(0x57, 0x13) == 0xFE
    for value in range(1, 256):
        assert module._times(value, module._inverse(value)) == 1


def test_any_three_of_five_give_the_key_back() -> None:
    shares = split(KEY, needed=3, shares=5)
    for some in itertools.permutations(shares, 3):
        assert join(some).seed() == KEY.seed()
    assert join(shares).seed() == KEY.seed()


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 16), st.data())
def test_any_key_is_split_and_joined(seed: bytes, needed: int, data: st.DataObject) -> None:
    shares = split(SigningKey.from_seed(seed), needed=needed, shares=data.draw(st.integers(needed, 16)))
    texts = data.draw(st.permutations([share.to_text() for share in shares]))
    assert join([Share.from_text(text) for text in texts[:needed]]).seed() == seed


def test_too_few_shares_give_nothing() -> None:
    shares = split(KEY, needed=3, shares=5)
    with pytest.raises(UsageError, match="3 shares are needed"):
        join(shares[:2])
    with pytest.raises(UsageError, match="twice"):
        join([shares[0], shares[1], shares[1]])


def test_one_share_less_fits_every_key_equally() -> None:
    # With one of two shares fixed, each value of the secret byte has exactly one polynomial through it.
    share = 0x5A
    secrets_possible = {share ^ module._times(1, slope) for slope in range(256)}
    assert len(secrets_possible) == 256


def test_a_forged_share_is_noticed() -> None:
    shares = split(KEY, needed=2, shares=3)
    forged = Share(shares[0].root, 2, shares[0].index, bytes(32))
    with pytest.raises(KeyUnavailable, match="do not give the key"):
        join([forged, shares[1]])


def test_shares_of_two_keys_do_not_mix() -> None:
    other = split(SigningKey.generate(), needed=2, shares=2)
    with pytest.raises(UsageError, match="different keys"):
        join([split(KEY, needed=2, shares=2)[0], other[1]])


def test_a_mistyped_share_is_noticed() -> None:
    text = split(KEY, needed=2, shares=2)[0].to_text()
    assert Share.from_text(f"  {text.upper()}\n").to_text() == text
    for at in range(len(text)):
        wrong = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
        with pytest.raises(DocumentUnreadable):
            Share.from_text(wrong)
    for junk in ("", "share", text[:-9], text.replace(":", " ")):
        with pytest.raises(DocumentUnreadable):
            Share.from_text(junk)


@pytest.mark.parametrize(("needed", "shares"), [(1, 3), (4, 3), (2, 17), (0, 0)])
def test_impossible_splits_are_refused(needed: int, shares: int) -> None:
    with pytest.raises(UsageError):
        split(KEY, needed=needed, shares=shares)


def test_a_share_does_not_show_itself() -> None:
    share = split(KEY, needed=2, shares=2)[0]
    assert share.data.hex() not in repr(share)
