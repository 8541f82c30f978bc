"""Issuing, saving and reading codes: budgets, dates, files and arguments."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import segno
from PIL import Image as pillow

from moiety.credential.claims import StatusReference
from moiety.credential.code import Credential, unseal, verify_signature
from moiety.credential.issue import IssuerIdentity
from moiety.errors import (
    CodeUnreadable,
    ImageUnreadable,
    OverBudget,
    SignatureInvalid,
    StorageError,
    UsageError,
)
from moiety.keys import GroupPrivateKey, SigningKey

from .conftest import NOW, MakeCode, MakeContents

_DAY = 86_400


@pytest.mark.parametrize(
    ("fingers", "profile", "pin", "version"),
    [(0, "card", None, 18), (0, "card", "493817", 18), (2, "card", "493817", 24), (4, "paper", "493817", 30)],
)
def test_what_the_profiles_hold(
    make_code: MakeCode, make_contents: MakeContents, group: GroupPrivateKey, fingers: int, profile: str,
    pin: str | None, version: int,
) -> None:  # fmt: skip
    code = make_code(make_contents(fingers, 150), profile=profile, pin=pin)
    assert code.version is not None and code.version <= version
    assert unseal(code, group, pin) == make_contents(fingers, 150)


def test_over_budget_names_what_to_leave_out(make_code: MakeCode, make_contents: MakeContents) -> None:
    with pytest.raises(OverBudget) as caught:
        make_code(make_contents(4))
    assert caught.value.remedy.startswith("Leave out ") and "paper profile" in caught.value.remedy
    with pytest.raises(OverBudget) as caught:
        make_code(make_contents(8), profile="paper")
    assert "Leave out right little and " not in str(caught.value)
    assert caught.value.remedy.startswith("Leave out ") and "paper profile" not in caught.value.remedy


def test_what_the_remedy_leaves_out_is_enough(make_code: MakeCode, make_contents: MakeContents) -> None:
    with pytest.raises(OverBudget) as caught:
        make_code(make_contents(5))
    dropped = caught.value.remedy.split(", or")[0].count(" and ") + 1
    version = make_code(make_contents(5 - dropped)).version
    assert version is not None and version <= 24


def test_dates_are_whole_days(make_code: MakeCode) -> None:
    claims = make_code(valid_from=NOW, valid_until=NOW + 10 * _DAY + 5000, now=NOW).claims
    assert (claims.issued % _DAY, claims.not_before % _DAY, claims.expires % _DAY) == (0, 0, 0)
    assert claims.not_before <= NOW < claims.expires <= NOW + 10 * _DAY + 5000


def test_arguments_that_contradict_each_other(
    make_code: MakeCode, signer: SigningKey, group: GroupPrivateKey
) -> None:
    for wrong in (
        {"valid_until": NOW},
        {"valid_from": -_DAY},
        {"group": None},
        {"profile": "open", "group": group.group},
        {"profile": "open", "pin": "493817"},
        {"issuer": IssuerIdentity("no uri", signer)},
        {"issuer": IssuerIdentity("https://x.example.org/" + "a" * 200, signer)},
        {"status": StatusReference("https://x.example.org/\n", 0)},
    ):
        with pytest.raises(UsageError):
            make_code(**wrong)


def test_a_code_says_what_it_was_issued_with(
    make_code: MakeCode, signer: SigningKey, group: GroupPrivateKey
) -> None:
    code = make_code()
    claims = code.claims
    assert (claims.issuer, claims.profile, claims.group) == (
        "https://issuer.example.org/",
        "card",
        group.key_id,
    )
    assert claims.status == StatusReference("https://issuer.example.org/status/1", 1_048_575)
    assert (code.key_id, code.algorithm, len(claims.cti)) == (signer.key_id, "EdDSA", 16)
    verify_signature(code, signer.verifying_key)
    with pytest.raises(SignatureInvalid):
        verify_signature(code, SigningKey.generate().verifying_key)


def test_a_code_prints_nothing_that_identifies_it(make_code: MakeCode) -> None:
    code = make_code()
    shown = repr(code) + str(code) + repr(code.claims) + repr(code.statement)
    assert (
        code.text not in shown and code.claims.cti.hex() not in shown and repr(code.claims.cti) not in shown
    )


@pytest.mark.parametrize("suffix", [".png", ".txt", ".PNG"])
def test_saved_and_read(
    make_code: MakeCode, make_contents: MakeContents, tmp_path: Path, suffix: str
) -> None:
    code = make_code(make_contents(2))
    path = tmp_path / f"code{suffix}"
    code.save(path)
    assert Credential.read(path) == Credential.read(str(path)) == Credential.read(path.read_bytes()) == code
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name], "nothing is left beside it"


def test_text_is_read_as_it_is(make_code: MakeCode) -> None:
    code = make_code()
    assert Credential.read(code.text) == Credential.read(f"\n{code.text}\r\n") == code


def test_a_suffix_that_is_not_known_writes_nothing(make_code: MakeCode, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="png"):
        make_code().save(tmp_path / "code.gif")
    assert not list(tmp_path.iterdir())


def test_a_place_that_does_not_exist(make_code: MakeCode, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        make_code().save(tmp_path / "nowhere" / "code.png")


def _png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    pillow.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _pixels(code: Credential, tmp_path: Path) -> np.ndarray:
    code.save(tmp_path / "one.png")
    return np.asarray(pillow.open(tmp_path / "one.png").convert("RGB"))


def _poster(text: str) -> np.ndarray:
    out = io.BytesIO()
    segno.make_qr(text).save(out, kind="png", scale=10, border=4)
    return np.asarray(pillow.open(out).convert("RGB"))


def test_two_codes_in_one_picture_are_refused(make_code: MakeCode, tmp_path: Path) -> None:
    mine = make_code()
    first, second = _pixels(mine, tmp_path), _pixels(make_code(), tmp_path)
    with pytest.raises(CodeUnreadable, match="Two different codes"):
        Credential.read(_png(np.hstack([first, second])))
    assert Credential.read(_png(np.hstack([first, first]))) == mine


@pytest.mark.parametrize("text", ["https://example.org/", "HTTPS://EXAMPLE.ORG/" + "A" * 70, "0" * 75])
def test_a_code_beside_another_kind_of_code_is_read(make_code: MakeCode, tmp_path: Path, text: str) -> None:
    mine, other = make_code(), _poster(text)
    first = _pixels(mine, tmp_path)
    tall = np.full((first.shape[0], other.shape[1], 3), 255, dtype=np.uint8)
    tall[: other.shape[0]] = other
    assert Credential.read(_png(np.hstack([first, tall]))) == mine


def test_another_kind_of_code_alone_is_named_as_such() -> None:
    with pytest.raises(CodeUnreadable, match="of another kind"):
        Credential.read(_png(_poster("https://example.org/")))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", CodeUnreadable),
        (b"%PDF-1.7 ...", CodeUnreadable),
        (b"hello", CodeUnreadable),
        (b"\xff\xd8\xff\xe0 not a picture", ImageUnreadable),
        (b"\x00\x01\x02\xff", CodeUnreadable),
        (_png(np.full((200, 200, 3), 255, dtype=np.uint8)), CodeUnreadable),
    ],
)
def test_files_without_a_code(data: bytes, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(data)
    with pytest.raises(error):
        Credential.read(path)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(CodeUnreadable, match=r"nowhere\.png"):
        Credential.read("nowhere.png")
    with pytest.raises(CodeUnreadable):
        Credential.read("THIS!IS@NOT#VALID$BASE45%DATA")
