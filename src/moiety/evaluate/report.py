"""The report: one HTML file for the manager, the engineer and the auditor, readable with networking off."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import Any

from .account import auditor, groups_section
from .charts import Axis, Line, percents, plot
from .fusion_report import fusion_lead, fusion_sections
from .markup import facts, figure, paragraph, percent, section, table, with_interval
from .meaning import what_this_means, why_not_search

_NAMES = {"all-pairs": "all pairs", "pairs": "a file of pairs", "fvc": "FVC"}


def page(results: dict[str, Any]) -> str:
    """The whole report from the results, as HTML text. It loads nothing from anywhere."""
    sections = _SECTIONS.get(results["modality"], _comparisons)(results)
    title = str(results.get("title", _TITLES.get(results["modality"], "How often it errs")))
    links = "".join(f'<li><a href="#{name}">{escape(text)}</a></li>' for name, text, _ in sections)
    style = files("moiety.evaluate").joinpath("report.css").read_text("utf-8")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src'
        " 'unsafe-inline'\">"
        f"<title>Moiety: {escape(title.lower())}</title><style>{style}</style></head><body>"
        '<a class="skip" href="#main">Skip to the figures</a>'
        f"<header><h1>{escape(title)}</h1>{_lead(results)}"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>'
        f'<main id="main">{"".join(body for _, _, body in sections)}</main>'
        f"<footer><p>Made by Moiety {escape(results['versions']['moiety'])}. Figures with all digits: "
        "results.json beside this file.</p></footer></body></html>\n"
    )


def _lead(results: dict[str, Any]) -> str:
    if results["modality"] == "fusion":
        return paragraph(fusion_lead(results))
    if results["modality"] == "pad":
        lead = paragraph(f"Presentation attack detection, {results['subjects']} people, ISO/IEC 30107-3.")
        if "material" not in results:
            return lead
        return lead + paragraph(
            "Rendered heads have their depth by construction, and printers, screens and cameras are "
            "simulated: these figures test the pipeline. They are not how often people are refused, nor "
            "how often a real attack passes."
        )
    whom = "fingers, each counted as a person," if results["modality"] == "finger" else "people"
    return paragraph(
        f"{results['modality'].capitalize()} verification, measured on {results['images']:,} pictures of "
        f"{results['subjects']:,} {whom} by the protocol \u201c{_NAMES[results['protocol']['name']]}\u201d: "
        f"{results['genuine']:,} comparisons of a person with themselves, {results['impostor']:,} with "
        f"somebody else, over {results['subject_pairs']:,} pairs of different people."
    ).replace("<p>", '<p class="lead">', 1)


def _comparisons(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = [
        ("meaning", "What this means", what_this_means(results)),
        ("search", "Not a search", why_not_search(results)),
        ("rates", "Error rates", _rates(results)),
        ("gate", "Quality", _quality(results)),
    ]
    if "groups" in results:
        found.append(("groups", "Groups", groups_section(results["groups"])))
    found.append(("audit", "For the auditor", auditor(results)))
    return found


def _rates(results: dict[str, Any]) -> str:
    figures = [
        ("Equal error rate", with_interval(results["eer"])),
        ("Failure to acquire", with_interval(results["fta"])),
    ]
    accuracy = results.get("accuracy_10fold")
    if accuracy is not None and accuracy["value"] is not None:
        figures.append(
            (
                f"Accuracy over {accuracy['folds']} folds",
                f"{percent(accuracy['value'])} ± {percent(accuracy['standard_error'])} (standard error)",
            )
        )
    zero = results["zero_fmr"]
    figures.append(("FNMR where nobody else passes (ZeroFMR)",
                    f"{percent(zero['fnmr'])} (at score {zero['threshold']:.3f})"))  # fmt: skip
    parted = [(name, *_parted(value)) for name, value in figures]
    return section(
        "rates",
        "Error rates",
        facts(parted),
        _operating(results),
        _det(results),
        _histogram(results),
        _speed(results),
    )


def _parted(value: str) -> tuple[str, str]:
    """A figure and what stands behind it in brackets."""
    number, _, rest = value.partition(" (")
    return number, f"({rest}" if rest else ""


def _operating(results: dict[str, Any]) -> str:
    rows = []
    for target, rate in results["fnmr_at_fmr"].items():
        threshold = results["thresholds"][target]
        if rate["value"] is None:
            rows.append([target, "not stated", rate["reason"], "", ""])
            continue
        spread = (
            ""
            if "spread" not in rate
            else f"; draws {percent(rate['spread'][0])} to {percent(rate['spread'][1])}"
        )
        rows.append(
            [
                target,
                f"{threshold['value']:.4f}",
                f"{with_interval(rate)}{spread}",
                f"{threshold['false_matches']:,}",
                f"{threshold['false_match_subject_pairs']:,}",
            ]
        )
    heads = [
        "FMR at most",
        "Threshold",
        "FNMR (95 % interval)",
        "False matches",
        "Pairs of people behind them",
    ]
    return table("FNMR at fixed false match rates, quality gate off", heads, rows)


def _det(results: dict[str, Any]) -> str:
    points = [(max(fmr, 1e-8), max(fnmr, 1e-8)) for fmr, fnmr, _ in results["det"] if fmr > 0]
    low = min([-3, *(int(f"{fmr:e}".split("e")[1]) for fmr, _ in points)])
    up = Axis("False non-match rate", 1e-4, 1, percents(-4, 0), log=True)
    lines = [Line("quality gate off", points, "a")]
    gated = [
        (max(fmr, 1e-8), max(fnmr, 1e-8)) for fmr, fnmr, _ in results["gate_on"].get("det", []) if fmr > 0
    ]
    if gated:
        lines.append(Line("verification gate on", gated, "b"))
    svg = plot(
        "Detection error trade-off",
        "FNMR falls as FMR rises; the table above has the figures.",
        Axis("False match rate", 10.0**low, 1, percents(low, 0), log=True),
        up,
        lines,
    )
    return "<h3>Detection error trade-off</h3>" + figure(
        svg,
        "Both axes are logarithmic. Below 0.01 % the curve is drawn along the bottom: no error was seen"
        " there.",
    )


def _histogram(results: dict[str, Any]) -> str:
    shape = results["histograms"]
    edges = shape["edges"]
    low, high = -0.4, 1.0
    tallest = max([*shape["genuine"], *shape["impostor"]])
    lines = [
        Line("same person", list(zip(edges, shape["genuine"], strict=False)), "a", stepped=True),
        Line("different people", list(zip(edges, shape["impostor"], strict=False)), "b", stepped=True),
    ]
    lines = [
        Line(line.name, [p for p in line.points if low <= p[0] <= high], line.style, True) for line in lines
    ]
    ticks = [(round(value / 10, 1), f"{value / 10:.1f}") for value in range(-4, 11, 2)]
    svg = plot(
        "Scores of genuine and impostor comparisons",
        "One curve for each kind; where they overlap, errors are made.",
        Axis("Comparison score", low, high, ticks),
        Axis("Share", 0, tallest * 1.3, [(0, "0")]),
        lines,
    )
    return "<h3>Scores</h3>" + figure(
        svg, "Each curve shows shares of its own kind, however many comparisons that kind has."
    )


def _speed(results: dict[str, Any]) -> str:
    timings = results.get("timings_ms")
    if timings is None:
        return ""
    return "<h3>Speed</h3>" + paragraph(
        f"A picture took {timings['extract_median']:.0f} ms at the median and {timings['extract_p95']:.0f} ms"
        " at the 95th percentile, decoding included; comparisons ran at"
        f" {timings['comparisons_per_second']:,.0f} a second. The machine may have had other work."
    )


def _quality(results: dict[str, Any]) -> str:
    rows = []
    for name, label in (("gate_on", "verification gate"), ("gate_on_enrol", "enrolment gate")):
        gate = results[name]
        refused = with_interval(gate["refused"])
        rates = [with_interval(rate) for rate in gate.get("fnmr_at_fmr", {}).values()]
        rows.append([label, refused, *(rates[:3] or [gate.get("reason", ""), "", ""])])
    off = [with_interval(rate) for rate in results["fnmr_at_fmr"].values()]
    rows.insert(0, ["gate off", "none", *off[:3]])
    heads = ["Gate", "Pictures refused", "FNMR at FMR 0.01", "at 0.001", "at 0.0001"]
    parts = [table("The same comparisons among the pictures that each gate lets through", heads, rows)]
    for name, label in (("gate_on", "verification"), ("gate_on_enrol", "enrolment")):
        reasons = results[name]["refused"]["reasons"]
        if reasons:
            listed = ", ".join(
                f"{code} {count:,}" for code, count in sorted(reasons.items(), key=lambda r: -r[1])
            )
            parts.append(paragraph(f"Refused by the {label} gate, by first reason: {listed}."))
    curve = [
        [percent(row["discarded"]), with_interval({"value": row["fnmr"], **row}), f"{row['genuine']:,}"]
        for row in results["error_against_discard"]
    ]
    at = results["reference_point"]
    parts.append(
        table(
            f"Error against discard: FNMR at score {at['threshold']:.4f} when the worst pictures are dropped",
            ["Dropped", "FNMR (95 % interval)", "Genuine comparisons left"],
            curve,
        )
    )
    if results.get("ageing"):
        aged = [
            [
                row["apart"],
                with_interval({"value": row["fnmr"], **row}),
                f"{row['genuine']:,}",
                row["subjects"],
            ]
            for row in results["ageing"]
        ]
        parts.append(
            table(
                "FNMR by time between the two captures",
                ["Apart", "FNMR (95 % interval)", "Genuine comparisons", "People"],
                aged,
            )
        )
    return section("gate", "Quality", *parts)


def _attacks(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    rows = [
        [
            each["instrument"],
            each["presentations"],
            each["subjects"],
            with_interval(each["apcer"]),
            with_interval(each["iapar"]) if "iapar" in each else "not tested",
        ]
        for each in results["instruments"]
    ]
    heads = ["Attack instrument", "Presentations", "People", "APCER (95 % interval)", "IAPAR"]
    body = section(
        "rates",
        "Error rates",
        table("Attacks, by instrument species", heads, rows),
        paragraph(
            f"APCER is the worst instrument's: {with_interval(results['apcer'])}. It is never averaged."
        ),
        paragraph(
            f"BPCER, live people taken for attacks: {with_interval(results['bpcer'])}. "
            f"No response: {with_interval(results['bpnrr'])}."
        ),
        paragraph("These figures hold for the instruments named, and for no others."),
        *_rendered(results),
    )
    return [("rates", "Error rates", body)]


def _rendered(results: dict[str, Any]) -> list[str]:
    """What only a run on rendered material states."""
    if "material" not in results:
        return []
    about = results["material"]
    rows = [
        [each["instrument"], each["presentations"], each["subjects"], with_interval(each["apcer"])]
        for each in results["not_stopped"]
    ]
    return [
        paragraph(
            f"An attack passes when any of its {about['attempts']} attempts does. Live people not shown "
            f"to be live: {with_interval(results['bona_fide_not_shown'])} at the first attempt, "
            f"{with_interval(results['bona_fide_not_shown_after_attempts'])} after all."
        ),
        table(
            "What no page can stop, told apart and not counted above",
            ["Attack", "Presentations", "People", "Taken for live (95 % interval)"],
            rows,
        ),
        paragraph(
            f"Challenge: {about['motion']}; people: {about['half']} half; seed {about['seed']}; pictures "
            f"{about['pictures_sha256']}."
        ),
    ]


_SECTIONS = {"pad": _attacks, "fusion": fusion_sections}
_TITLES = {"pad": "How often presentation attacks pass", "fusion": "What face and fingers gain together"}
