"""The impact assessment: what is known is stated, what is open is counted, and a weak configuration shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.consent.conftest import NOW, settings_document

from moiety.consent.assessment import OPEN, Facts, Numbers, assess
from moiety.consent.settings import ConsentSettings

NUMBERS = Numbers(
    given=40, withdrawn=3, expired=2, children=5, enrolled=36, verified=900,
    fallbacks={"enrol": 4, "verify": 100}, last_run=NOW, overdue=0,
)  # fmt: skip
FACTS = Facts(
    version="9.9", now=NOW, role="both", issuer="https://issuer.example",
    settings=ConsentSettings.parse(settings_document()),
    fmr=1e-4, liveness="required", require="face", status_age_days=30,
    tables=[("t", 2086, 7_255_541)], models=[("sface-x", "Apache-2.0", "somewhere")],
    groups=[("clinic", NOW + 86_400, True)], database="sqlite", core_dumps_off=True, numbers=NUMBERS,
)  # fmt: skip


def test_it_says_what_the_configuration_knows() -> None:
    text = assess(FACTS)
    for part in (
        "Clinic Nord", "privacy@clinic.example", "To collect medicine.", "gdpr", "0.0001", "2,086 people",
        "30 days after the consent ends", "articles 12(3), 17(1)", "Apache-2.0", "40 hold (5 of children)",
        "4 of 40 (10.0%)", "100 of 1000 (10.0%)", "0 things are overdue", "2026-09-22",
    ):  # fmt: skip
        assert part in text, part
    assert "consent.json" not in text


def test_the_head_counts_what_is_open() -> None:
    text = assess(FACTS)
    assert f"{text.count(OPEN)} points in bold are open" in text
    assert text.count(OPEN) > 20


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        (replace(FACTS, liveness="none"), "this configuration asks for no liveness"),
        (replace(FACTS, liveness="none"), "- [ ] Liveness"),
        (replace(FACTS, core_dumps_off=False), "- [ ] Core dumps"),
        (replace(FACTS, settings=ConsentSettings.default("https://i.example")), "has no consent.json"),
        (replace(FACTS, numbers=replace(NUMBERS, last_run=None)), "never ran"),
        (replace(FACTS, numbers=replace(NUMBERS, overdue=7)), "7 things are overdue"),
        (replace(FACTS, numbers=replace(NUMBERS, overdue=7)), "who watches it"),
        (replace(FACTS, groups=[], issuer=None), "issuer in the codes: none"),
    ],
)
def test_a_weak_point_shows(facts: Facts, part: str) -> None:
    assert part not in assess(FACTS)
    assert part in assess(facts)


def test_few_are_not_told_as_a_rate() -> None:
    text = assess(replace(FACTS, numbers=replace(NUMBERS, enrolled=3, fallbacks={"enrol": 1})))
    assert "1 of 4." in text
    assert "25" not in text.split("*enrol*")[1][:40]


def test_without_a_service_nothing_is_said_of_its_records() -> None:
    text = assess(replace(FACTS, database=None, numbers=None))
    assert "withdrawal secrets" not in text
    assert "What the service counted" not in text


def test_every_table_has_its_columns() -> None:
    for line in assess(FACTS).splitlines():
        if line.startswith("|"):
            assert line.count("|") in (4, 5, 6), line
