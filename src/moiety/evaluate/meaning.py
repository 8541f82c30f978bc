"""The report for whoever decides: what the rates mean for people, and why they forbid searching."""

from __future__ import annotations

from html import escape
from typing import Any

from moiety.decision.parameters import DEFAULT_FMR

from .charts import Axis, Line, decades, plot
from .markup import facts, figure, nearly, of_a_thousand, one_in, paragraph, percent, section, table

RECORDS = (1, 100, 1_000, 10_000, 100_000, 1_000_000)


def what_this_means(results: dict[str, Any]) -> str:
    """Per thousand people: who is turned away and who gets through, at each threshold."""
    stated = [(target, rate) for target, rate in results["fnmr_at_fmr"].items() if rate["value"] is not None]
    lead = paragraph(
        "Two mistakes are possible. A false non-match turns away the right person. A false match lets in "
        "somebody else who presents the right person's code. One threshold sets both: raise it, and fewer "
        "strangers pass, but more of the right people must try again or be served in another way."
    )
    if not stated:
        return section(
            "meaning",
            "What this means",
            lead,
            paragraph(
                "These captures are of too few people to state how often either mistake happens at any of the"
                " usual thresholds. The next step is more people, not more pictures of the same people."
            ),
        )
    rows = []
    for target, rate in stated:
        threshold = results["thresholds"][target]
        rows.append(
            [
                one_in(float(target)),
                f"{threshold['value']:.3f}",
                (
                    f"{of_a_thousand(rate['value'])} (between {round(rate['low'] * 1000)} and"
                    f" {round(rate['high'] * 1000)})"
                ),
                f"{_plainly(threshold['fmr'])} (at most {one_in(threshold['fmr_high'])})",
            ]
        )
    caption = "Per thousand attempts at each threshold, with 95 % intervals"
    heads = ["False match rate", "Threshold", "Right people turned away", "Strangers let in"]
    return section(
        "meaning", "What this means",
        lead, _headline(results, stated), table(caption, heads, rows), _moving(stated), _limits(results),
    )  # fmt: skip


def _headline(results: dict[str, Any], stated: list[tuple[str, dict[str, Any]]]) -> str:
    """The answer in three numbers, at the default policy's rate, or the strictest that so many can show."""
    shown = [each for each in stated if float(each[0]) >= DEFAULT_FMR]
    target, rate = shown[-1]
    threshold, none = results["thresholds"][target], results["fta"]
    why = (
        "the rate of the default policy" if float(target) == DEFAULT_FMR
        else "the strictest rate that so many people can show"
    )  # fmt: skip
    return (
        f"<h3>At {escape(one_in(float(target)))}, {why}</h3>"
        + facts([
            ("Right people turned away", of_a_thousand(rate["value"]),
             f"95 % interval: {round(rate['low'] * 1000)} to {round(rate['high'] * 1000)}"),
            ("Strangers let in", _plainly(threshold["fmr"]),
             f"{threshold['false_matches']:,} times, by {threshold['false_match_subject_pairs']:,} pairs "
             f"of people"),
            ("Pictures without a template", of_a_thousand(none["value"]),
             f"{none['count']:,} of {results['images']:,}"),
        ])
    )  # fmt: skip


def _plainly(rate: float) -> str:
    """A rate as so many of a thousand, or as one in so many where that is less than one."""
    return of_a_thousand(rate) if rate == 0 or rate >= 0.001 else one_in(rate)


def _moving(stated: list[tuple[str, dict[str, Any]]]) -> str:
    if len(stated) < 2:
        return ""
    (loose, first), (strict, last) = stated[0], stated[-1]
    return paragraph(
        f"Moving the threshold from one stranger in {round(1 / float(loose)):,} to one in "
        f"{round(1 / float(strict)):,} changes the share of right people turned away from "
        f"{percent(first['value'])} to {percent(last['value'])}."
    )


def _limits(results: dict[str, Any]) -> str:
    missing = [one_in(float(t)) for t, rate in results["fnmr_at_fmr"].items() if rate["value"] is None]
    refused = results["fta"]
    out = ""
    if missing:
        out += (
            f'<div class="notice"><p>Not stated: what happens at {" and ".join(missing)}. The captures show '
            f"{results['subject_pairs']:,} pairs of different people; what cannot be seen among so many is "
            "not claimed. More people would show it; more pictures of the same people would not.</p></div>"
        )
    many = of_a_thousand(refused["value"])
    first = (
        f"Besides, {many} pictures gave no template."
        if refused["count"]
        else "Every picture gave a template."
    )
    return out + paragraph(
        f"{first} Every service needs another way for people whose capture fails: it is part of the "
        f"service, not "
        "an exception to it."
    )


def why_not_search(results: dict[str, Any]) -> str:
    """The chance of a false hit against the number of records: 1 - (1 - f)^N."""
    rates = [float(target) for target, rate in results["thresholds"].items() if rate["value"] is not None]
    rates = rates or [float(target) for target in results["thresholds"]][:1]
    rows = [[f"{count:,}", *(nearly(false_hit(rate, count)) for rate in rates)] for count in RECORDS]
    styles = "abcd"
    lines = [
        Line(
            f"false match rate {one_in(rate)}",
            [(10 ** (step / 10), false_hit(rate, 10 ** (step / 10))) for step in range(61)],
            styles[i % 4],
        )
        for i, rate in enumerate(rates)
    ]
    svg = plot(
        "Chance of a false hit against the number of records",
        "Each curve rises from near zero to certainty; the table beside it has the same figures.",
        Axis("Records searched", 1, 1e6, decades(0, 6), log=True),
        Axis(
            "Chance of some false hit",
            0,
            1,
            [(0, "0"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1, "100 %")],
        ),
        lines,
    )
    heads = ["Records", *(one_in(rate) for rate in rates)]
    return section(
        "search",
        "Why these scores would fail as a search",
        paragraph(
            "All figures here are for verification: one person, one code, one comparison. Searching a person "
            "among N records makes N comparisons, and each can go wrong. With false match rate f, the chance "
            "that somebody innocent is hit is 1 - (1 - f)^N."
        ),
        table("Chance that a search hits at least one innocent person, by false match rate", heads, rows),
        figure(
            svg,
            "The same figures as curves: a stricter rate moves the curve to the right, as steep as before.",
        ),
        paragraph(
            "A threshold that is safe at a door is therefore not safe for a search, and no threshold in this "
            "report makes it so. Moiety has no search, and this evaluation lists no likenesses."
        ),
    )


def false_hit(rate: float, records: float) -> float:
    """The chance of at least one false match among so many independent comparisons."""
    return float(1 - (1 - rate) ** records)
