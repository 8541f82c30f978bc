"""A USB scanner whose keys another keyboard layout takes: the code is read, or the layout is named."""

from __future__ import annotations

import unicodedata

import pytest

from moiety.credential import base45
from moiety.credential.reading import layouts, recognise
from moiety.credential.reading.things import Kind
from moiety.document.read import of_text
from moiety.errors import CodeUnreadable, Unread

from .samples import code_text

TEXT = code_text()
NAMES = [one.name for one in layouts.LAYOUTS]


def typed(text: str, name: str) -> str:
    """What an editor shows after a scanner that presses US keys, with dead keys as Windows has them."""
    layout = next(one for one in layouts.LAYOUTS if one.name == name)
    writes = {meant: shown for shown, meant in reversed(list(layout.back.items()))}
    shown, waiting = "", ""
    for one in (writes[one] for one in text):
        if waiting:
            joined = unicodedata.normalize("NFC", one + layout.dead[1]) if layout.dead else one
            shown += waiting if one == " " else joined if len(joined) == 1 else waiting + one
            waiting = ""
            continue
        if layout.dead and one == layout.dead[0]:
            waiting = one
        else:
            shown += one
    return shown + waiting


def least_swallowed() -> str:
    """A code of which an accent's key swallows one space."""
    return next(one for seed in range(200) if (one := code_text(seed=seed)).count("+ ") == 1)


@pytest.mark.parametrize("name", NAMES)
def test_every_layout_is_undone(name: str) -> None:
    shown = typed(least_swallowed(), name)
    assert shown != least_swallowed()
    found = recognise.of_text(shown + "\n")
    assert (found.kind, found.text) == (Kind.CODE, least_swallowed())


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_one_is_refused_by_the_name_of_a_layout(name: str) -> None:
    shown = typed(TEXT, name)
    with pytest.raises(CodeUnreadable) as caught:
        of_text(shown[:100] + shown[107:])
    assert caught.value.reason is Unread.DAMAGED
    assert any(one in str(caught.value) for one in NAMES)
    assert "keyboard" in caught.value.remedy


def test_small_letters_of_a_scanner_with_caps_lock_are_undone() -> None:
    shown = typed(least_swallowed(), "Spanish").lower()
    assert recognise.of_text(shown).text == least_swallowed()


@pytest.mark.parametrize(
    ("name", "meant", "shown"),
    [
        ("German (QWERTZ)", "YZ-/*:.", "ZYß-(Ö."),
        ("French (AZERTY)", "AQZWM0123456789$%*+-./:", "QAWZ?à&é\"'(-è_ç458+):!M"),
        ("Spanish", "+-/:*", "¿'-Ñ("),
        ("Russian", "QWERTY:.", "ЙЦУКЕНЖю"),
        ("Swedish or Finnish", "$-/", "\u00a4+-"),
    ],
)
def test_layouts_write_what_their_keys_show(name: str, meant: str, shown: str) -> None:
    assert typed(meant, name) == shown


def test_no_layout_writes_one_character_for_two_keys() -> None:
    for one in layouts.LAYOUTS:
        assert {one.meant(typed(key, one.name)) for key in base45.ALPHABET} == set(base45.ALPHABET), one.name
