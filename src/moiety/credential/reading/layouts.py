"""What a USB scanner types where the computer takes its keys for those of another keyboard.

Such a scanner presses the keys of a US keyboard. The table says what each writes under another layout.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Final

from moiety.credential import base45
from moiety.credential.parameters import SWALLOWED_SPACES

_QWERTZ: Final = {"Y": "Z", "Z": "Y"}
_AZERTY: Final = {"A": "Q", "Q": "A", "Z": "W", "W": "Z", "M": "?", "$": "4", "%": "5", "*": "8", ":": "M",
                  "-": ")", ".": ":"}  # fmt: skip
_LATIN_SIGNS: Final = {"*": "(", "/": "-", "-": "'"}
_NORDIC: Final = {"$": "\u00a4", "*": "(", "+": "`", "-": "+", "/": "-"}


def _row(typed: str, keys: str = "1234567890") -> dict[str, str]:
    return dict(zip(keys, typed, strict=True))


@dataclass(frozen=True, slots=True)
class Layout:
    """One keyboard layout.

    Attributes:
        name: what it is called.
        back: from a character that it writes to the one that was meant.
        dead: the accent that waits for the next letter, as it stands alone and as it combines; empty where no
            key of a code is such a one.
    """

    name: str
    back: Mapping[str, str]
    dead: tuple[str, str] | tuple[()]

    def meant(self, text: str) -> str | None:
        """What was meant by a text, if every character of it is one that this layout writes for a code's."""
        found: list[str] = []
        for one in text:
            known = self.back.get(one)
            if known is None and self.dead:
                parts = unicodedata.normalize("NFD", one)
                if len(parts) == 2 and parts[1] == self.dead[1] and parts[0] in self.back:
                    known = self.back[self.dead[0]] + self.back[parts[0]]
            if known is None:
                return None
            found.append(known)
        return "".join(found)


def _layout(name: str, *tables: Mapping[str, str], dead: tuple[str, str] | tuple[()] = ()) -> Layout:
    """A layout by what differs from the US one; small letters count as well, where they mean nothing else."""
    writes = {one: one for one in base45.ALPHABET}
    for table in tables:
        writes.update(table)
    back = {typed: key for key, typed in writes.items()}
    for key, typed in writes.items():
        if len(typed.lower()) == 1:
            back.setdefault(typed.lower(), key)
    return Layout(name, MappingProxyType(back), dead)


_GRAVE: Final = ("`", "\u0300")
_CARON: Final = ("\u02c7", "\u030c")
_CYRILLIC: Final = _row("ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", "QWERTYUIOPASDFGHJKLZXCVBNM")
_DVORAK: Final = _row('"<>PYFGCRLAOEUIDHTN:QJKXBM', "QWERTYUIOPASDFGHJKLZXCVBNM")

LAYOUTS: Final = (
    _layout("German (QWERTZ)", _QWERTZ, {"*": "(", "+": "`", "-": "ß", "/": "-", ":": "Ö"}, dead=_GRAVE),
    _layout("French (AZERTY)", _AZERTY, _row("&é\"'(-è_çà"), {"/": "!"}),
    _layout("Belgian or French on a Mac (AZERTY)", _AZERTY, _row("&é\"'(§è!çà"), {"+": "_", "/": "="}),
    _layout("Spanish", _LATIN_SIGNS, {"+": "¿", ":": "Ñ"}),
    _layout("Latin American", _LATIN_SIGNS, {"+": "¡", ":": "Ñ"}),
    _layout("Italian", _LATIN_SIGNS, {"+": "^", ":": "ç"}),
    _layout("Portuguese", _LATIN_SIGNS, {"+": "»", ":": "Ç"}),
    _layout("Brazilian", {"/": ";", ":": "Ç"}),
    _layout("Swiss German", _QWERTZ, _LATIN_SIGNS, {"$": "ç", "+": "`", ":": "é"}, dead=_GRAVE),
    _layout("Swiss French", _QWERTZ, _LATIN_SIGNS, {"$": "ç", "+": "`", ":": "ö"}, dead=_GRAVE),
    _layout("Swedish or Finnish", _NORDIC, {":": "Ö"}, dead=_GRAVE),
    _layout("Norwegian", _NORDIC, {":": "Ø"}, dead=_GRAVE),
    _layout("Danish", _NORDIC, {":": "Æ"}, dead=_GRAVE),
    _layout("Hungarian (QWERTZ)", _QWERTZ,
            {"0": "ö", "$": "!", "*": "(", "+": "Ó", "-": "ü", "/": "-", ":": "É"}),
    _layout("Czech (QWERTZ)", _QWERTZ, _row("+ěščřžýáíé"),
            {"$": "4", "%": "5", "*": "8", "+": "\u02c7", "-": "=", "/": "-", ":": '"'}, dead=_CARON),
    _layout("Turkish", {"$": "+", "*": "(", "+": "_", "-": "*", ".": "ç", "/": ".", ":": "Ş"}),
    _layout("Canadian French", {"/": "é"}),
    _layout("Hebrew", {".": "ץ", "/": "."}),
    _layout("Russian", _CYRILLIC, {"$": ";", ".": "ю", "/": ".", ":": "Ж"}),
    _layout("Dvorak", _DVORAK, {".": "v", "/": "z", "-": "[", "+": "}", ":": "S"}),
)  # fmt: skip
"""As Windows has them (kbdlayout.info); Linux and Macs differ for these keys only where the name says so."""


def readings(text: str) -> Iterator[tuple[str, str]]:
    """What a text may have been, each with the name of the layout under which it was typed."""
    bare = text.strip()
    for layout in LAYOUTS:
        meant = layout.meant(bare)
        if meant is None or meant == bare:
            continue
        yield layout.name, meant
        if layout.dead:
            for one in _with_spaces(meant, layout.back[layout.dead[0]]):
                yield layout.name, one


def _with_spaces(text: str, key: str) -> Iterator[str]:
    """With a space after one accent, then after two: the key of an accent swallows the space that follows."""
    places = [at + 1 for at, one in enumerate(text) if one == key]
    for count in range(1, SWALLOWED_SPACES + 1):
        if (len(text) + count) % 3 == 1:
            continue  # no code has this length
        for where in combinations(places, count):
            parts = [text[a:b] for a, b in zip((0, *where), (*where, len(text)), strict=True)]
            yield " ".join(parts)
