"""The catalogue: alike in every language, strict, and complete for every code that the source holds."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import moiety
from moiety import errors
from moiety.catalogue import direction, holds, languages, preferred, reason_text, text, texts
from moiety.catalogue.lookup import PLACEHOLDER
from moiety.errors import MoietyError, UsageError

SOURCE = Path(moiety.__file__).parent
PREFIXES = [
    *("language", "error", "remedy", "finding", "outcome", "reason", "modality", "finger", "role"),
    *("notice", "receipt", "relation", "schedule", "practice", "pages", "thing"),
]


@pytest.mark.parametrize("language", languages())
def test_every_language_holds_the_same_keys_and_placeholders(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert set(english) == set(other)
    for key, told in other.items():
        assert sorted(set(PLACEHOLDER.findall(told))) == sorted(set(PLACEHOLDER.findall(english[key]))), key
        assert told.strip() == told, key
        assert told, key
        assert not re.search(r"[{}]", PLACEHOLDER.sub("", told)), key


@pytest.mark.parametrize("language", languages())
def test_no_file_repeats_a_key_and_every_key_has_a_known_prefix(language: str) -> None:
    seen: list[str] = []
    for file in (resources.files("moiety.catalogue") / "texts" / language).iterdir():
        pairs = json.loads(file.read_text("utf-8"), object_pairs_hook=lambda pairs: pairs)
        seen += [key for key, _ in pairs]
    assert len(seen) == len(set(seen))
    for key in seen:
        assert re.fullmatch(rf"(?:{'|'.join(PREFIXES)})(?:\.[a-z0-9][a-z0-9-]*)+", key), key


def test_translations_are_translated() -> None:
    english = texts("en")
    for language in set(languages()) - {"en"}:
        same = [key for key, told in texts(language).items() if told == english[key] and len(told) > 8]
        assert len(same) <= len(english) * 0.02, same


def test_arabic_is_arabic() -> None:
    for key, told in texts("ar").items():
        assert re.search(r"[\u0600-\u06ff]", PLACEHOLDER.sub("", told)), key


def error_codes() -> set[str]:
    found, waiting = set(), [MoietyError]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code)
        waiting += kind.__subclasses__()
    return found


def test_every_error_has_its_text_and_its_remedy() -> None:
    assert len(error_codes()) > 25
    for code in error_codes():
        assert holds(f"error.{code}"), code
        assert holds(f"remedy.{code}"), code
    assert errors.CredentialRevoked.code in error_codes()


def test_every_error_that_only_the_service_tells_has_its_texts() -> None:
    from moiety.service import failures

    codes = {code for code, *_ in failures._PLAIN.values()} | {failures.INTERNAL["code"]}
    for code in codes:
        assert holds(f"error.{code}"), code
        assert holds(f"remedy.{code}"), code


def codes_made_by(name: str) -> Iterator[tuple[str, str | None]]:
    """Where `Finding(...)` or `Reason(...)` is called in the source, and the code if it is a literal."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if (
                not isinstance(node, ast.Call)
                or getattr(node.func, "id", getattr(node.func, "attr", "")) != name
            ):
                continue
            first = node.args[0] if node.args else next(k.value for k in node.keywords if k.arg == "code")
            literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
            yield (
                f"{path.relative_to(SOURCE).as_posix()}: {ast.unparse(first)}",
                (str(first.value) if literal and isinstance(first, ast.Constant) else None),
            )


def computed() -> dict[str, set[str]]:
    """The codes of the calls whose code is not a literal, by place: a new one must be listed here."""
    from moiety.decision.decision import Liveness
    from moiety.face import gate
    from moiety.finger import quality

    matched = {f"{one}-match" for one in ("face", "finger")}
    liveness = {f"liveness-{one.value.replace('_', '-')}" for one in Liveness if one is not Liveness.SHOWN}
    return {
        "face/gate.py: code": {code for code, *_ in gate._CHECKS},
        "finger/quality.py: code": {code for code, *_ in quality._CHECKS},
        "decision/policy.py: f'{done.modality}-match'": matched,
        "decision/policy.py: f'{done.modality}-no-match'": {one.replace("-", "-no-") for one in matched},
        "decision/policy.py: f\"liveness-{shown.value.replace('_', '-')}\"": liveness,
        "decision/judge.py: f\"liveness-{liveness.value.replace('_', '-')}\"": liveness,
        "decision/policy.py: code": {"fused-match", "fused-no-match"},
        "verification.py: one.code": set(),  # repeats findings, which have texts of their own
    }


@pytest.mark.parametrize("kind", ["Finding", "Reason"])
def test_every_code_of_the_source_has_its_text(kind: str) -> None:
    known = computed()
    made = list(codes_made_by(kind))
    assert len(made) >= 8
    for place, code in made:
        codes = known[place] if code is None else {code}
        for one in codes:
            assert holds(f"{kind.lower()}.{one}") or (kind == "Reason" and holds(f"finding.{one}")), (
                place,
                one,
            )


def test_a_text_is_filled_in() -> None:
    assert text("receipt.given", "en", date="2026-11-24") == "Given: 2026-11-24"
    assert text("schedule.days.other", "es", days=30) == "30 días"
    assert reason_text("too-far", "en") == text("finding.too-far", "en")
    assert reason_text("face-match", "en") == "The face matches."


def test_a_value_does_not_turn_a_sentence_from_right_to_left_around() -> None:
    assert "\u2068https://a.example\u2069" in text("receipt.how", "ar", where="https://a.example")
    assert direction("ar") == "rtl"
    assert {direction(one) for one in ("en", "es")} == {"ltr"}


@pytest.mark.parametrize(
    ("key", "language", "values"),
    [
        ("no.such", "en", {}),
        ("receipt.given", "en", {}),
        ("receipt.given", "en", {"date": "x", "more": "y"}),
        ("receipt.keep", "en", {"date": "x"}),
        ("receipt.keep", "../en", {}),
        ("receipt.keep", "de", {}),
        ("receipt.keep", "", {}),
    ],
)
def test_what_is_unknown_is_refused(key: str, language: str, values: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        text(key, language, **values)


def test_a_value_is_text_and_never_a_format() -> None:
    assert text("receipt.purpose", "en", purpose="{date} {0.__class__}") == "Purpose: {date} {0.__class__}"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr, ar;q=0.5, en;q=0.4", "ar"),
        ("ar;q=0, en", "en"),
        ("AR", "ar"),
        ("es;q=x", "en"),
        ("de,fr", "en"),
    ],
)
def test_the_language_that_a_browser_asks_for(header: str | None, language: str) -> None:
    assert preferred(header) == language


@given(st.text(max_size=200))
def test_any_header_at_all_gets_a_language(header: str) -> None:
    assert preferred(header) in languages()
