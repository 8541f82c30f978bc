"""`moiety demo` writes its page and its code, and tells eight scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from moiety.credential.code import Credential

Run = Callable[..., Any]


def test_it_writes_the_page_the_code_and_the_card(moiety: Run, tmp_path: Path) -> None:
    ran = moiety("demo", "--out", tmp_path / "demo")
    assert ran.code == 0
    assert {one.name for one in (tmp_path / "demo").iterdir()} == {"code.png", "card.pdf", "index.html"}
    assert str(tmp_path / "demo" / "index.html") in ran.out
    said = [
        line.strip().lower()
        for line in ran.out.splitlines()
        if line.startswith("  ") and line.strip().isupper()
    ]
    assert said == [
        "accept", "reject", "inconclusive", "accept", "reject", "inconclusive", "refused", "refused",
    ]  # fmt: skip
    code = Credential.read(tmp_path / "demo" / "code.png")
    assert code.claims.profile == "card"
    assert (tmp_path / "demo" / "card.pdf").read_bytes().startswith(b"%PDF-")
    for saved in ("code.png", "card.pdf"):
        assert moiety("inspect", tmp_path / "demo" / saved).code == 0, saved


def test_a_place_that_cannot_be_written_is_74(moiety: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert moiety("demo", "--out", tmp_path / "file").code == 74
    assert moiety("demo", "--out", tmp_path / "file" / "below").code == 74
