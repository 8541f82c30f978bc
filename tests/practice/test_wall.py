"""The wall between practice and life: no code, no bundle and no home gets across, in either direction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Picture, Stage

from moiety.credential.bundle import Bundle, TrustedIssuer, new_issuer_key
from moiety.credential.bundle_format import sign_bundle
from moiety.credential.check import Checked, check, open_contents
from moiety.credential.home import create_home
from moiety.credential.importing import import_list, import_trust
from moiety.credential.issuer import Issuer
from moiety.credential.layout import Home
from moiety.credential.trust import TrustBundle
from moiety.credential.trust_file import TrustFile
from moiety.credential.wall import PRACTICE, is_practice, require_same_side, side_of
from moiety.decision.policy import Policy
from moiety.errors import (
    CredentialRefused,
    IssuerUntrusted,
    LiveCode,
    MoietyError,
    PracticeCode,
    TrustRefused,
    UsageError,
)
from moiety.keys import SigningKey
from moiety.practice import Realm, insight
from moiety.verification import verify

NOW = 1_790_000_000


@pytest.fixture
def here(stage: Stage, realm: Realm) -> Realm:
    """A realm of today, so that times are no reason for a refusal."""
    import time

    return Realm(int(time.time()))


def test_a_practice_code_is_refused_where_people_are_verified(
    stage: Stage, here: Realm, picture: Picture
) -> None:
    code = here.code_of("101")
    with pytest.raises(PracticeCode):
        check(code, stage.trust)
    with pytest.raises(PracticeCode):
        verify(
            credential=code, face=picture("london/101/smiling"), trust=stage.trust,
            policy=Policy(liveness="none"),
        )  # fmt: skip


def test_a_persons_code_is_not_opened_in_practice(stage: Stage, here: Realm, picture: Picture) -> None:
    with pytest.raises(LiveCode):
        check(stage.credential, here.trust())
    with pytest.raises(LiveCode):
        verify(
            credential=stage.credential, face=picture("lisa/3"), trust=here.trust(),
            policy=Policy(liveness="none"),
        )  # fmt: skip
    with pytest.raises(LiveCode):
        insight.of_face(_image(picture("lisa/3")), stage.credential, here.trust(), here.now)


def _image(data: bytes) -> Any:
    from moiety.image import load

    return load(data)


def test_each_opens_on_its_own_side(stage: Stage, here: Realm) -> None:
    assert open_contents(check(here.code_of("101"), here.trust()), here.trust()).templates
    assert open_contents(check(stage.credential, stage.trust), stage.trust).templates


def test_the_group_key_of_one_side_opens_nothing_of_the_other(stage: Stage, here: Realm) -> None:
    """Even past the check: the seals are to other groups."""
    for code, trust in ((here.code_of("101"), stage.trust), (stage.credential, here.trust())):
        forced = Checked(code, code.claims.issuer, "valid", 0, 2**40)
        with pytest.raises(CredentialRefused):
            open_contents(forced, trust)


def practice_file(here: Realm) -> TrustFile:
    return here.trust().file()


def test_practice_trust_enters_no_home(stage: Stage, here: Realm, tmp_path: Path) -> None:
    create_home(tmp_path / "desk", issuer_uri=None, role="verifier")
    for home in (Home.open(tmp_path / "desk"), Home.open(stage.home)):
        with pytest.raises(TrustRefused):
            import_trust(home, practice_file(here))
        with pytest.raises(TrustRefused):
            here.trust().save(home)
    assert not (tmp_path / "desk" / "root.pub.pem").exists()
    (token,) = here.trust().status_lists()
    with pytest.raises(TrustRefused):
        import_list(Home.open(stage.home), token.encoded)


def test_practice_trust_that_was_put_into_a_home_by_hand_is_refused(
    here: Realm, tmp_path: Path, stage: Stage
) -> None:
    create_home(tmp_path / "desk", issuer_uri=None, role="verifier")
    home = Home.open(tmp_path / "desk")
    home.pin_root(practice_file(here).root)
    home.trust_file.write_bytes(practice_file(here).encode())
    with pytest.raises(TrustRefused, match="practice"):
        TrustBundle.open(home.path)


@pytest.mark.parametrize("uri", [PRACTICE, f"{PRACTICE}:issuer", f"{PRACTICE}:x"])
def test_no_home_is_a_practice_issuer(uri: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        create_home(tmp_path / "home", issuer_uri=uri)
    assert not (tmp_path / "home").exists()


def test_a_bundle_that_names_both_kinds_is_refused(tmp_path: Path) -> None:
    root, one, other = (SigningKey.generate() for _ in range(3))
    mixed = tuple(
        TrustedIssuer(uri, (new_issuer_key(key.verifying_key, NOW),))
        for uri, key in (("https://a.example", one), (f"{PRACTICE}:issuer", other))
    )
    bundle = Bundle(1, NOW, NOW + 1000, mixed)
    file = TrustFile(root.verifying_key, sign_bundle(bundle, root))
    with pytest.raises(TrustRefused, match="mixes"):
        TrustBundle.verify(file, root.verifying_key)


def test_a_home_revokes_no_practice_code(stage: Stage, here: Realm) -> None:
    issuer = Issuer.open(stage.home)
    for change in (issuer.revoke, issuer.suspend, issuer.restore):
        with pytest.raises(MoietyError):
            change(here.code_of("101"))


@pytest.mark.parametrize("command", ["verify", "revoke"])
def test_the_command_line_holds_the_wall_too(
    command: str, moiety: Callable[..., Any], stage: Stage, here: Realm
) -> None:
    path = stage.folder / "practice.txt"
    here.code_of("101").save(path)
    more = ["--face", stage.face("london/101/neutral"), "--liveness", "none"] if command == "verify" else []
    ran = moiety(command, path, "--home", stage.home, *more)
    assert ran.code in (3, 64)
    assert "accept" not in ran.out


def test_one_range_does_not_open_the_codes_of_another(here: Realm) -> None:
    with pytest.raises(IssuerUntrusted):
        check(here.code_of("101"), Realm(here.now).trust())


def test_the_sides_are_told_by_the_uri_alone() -> None:
    assert is_practice(PRACTICE)
    assert is_practice(f"{PRACTICE}:issuer")
    assert not is_practice(f"{PRACTICE}d")
    assert not is_practice("https://practice.example")
    assert side_of([]) is None
    require_same_side("https://a.example", [])
    require_same_side("https://a.example", ["https://b.example"])
    with pytest.raises(PracticeCode):
        require_same_side(f"{PRACTICE}:issuer", [])
