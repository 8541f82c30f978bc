"""The fusion study's part of the report: what a second modality gains, and what so few fingers can show."""

from __future__ import annotations

from html import escape
from typing import Any

from .charts import Axis, Line, percents, plot
from .markup import figure, of_a_thousand, one_in, paragraph, percent, section, table, with_interval

_STYLES = "abcd"


def fusion_sections(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The sections: name, title, HTML."""
    return [
        ("meaning", "What this means", _meaning(results)),
        ("rates", "Error rates", _rates(results)),
        ("shipped", "As shipped", _shipped(results)),
        ("audit", "For the auditor", _auditor(results)),
    ]


def fusion_lead(results: dict[str, Any]) -> str:
    """What was measured, in one paragraph."""
    return (
        f"Face and two fingers of {results['people']:,} chimeric people: each joins one person's face with "
        f"two "
        f"fingers of others, since no open set has both of one person. {results['fingers']:,} fingers, "
        f"{results['protocol']['seeds']} seeded pairings, {results['genuine']:,} comparisons of a person "
        f"with "
        f"themselves, {results['impostor']:,} with somebody else."
    )


def _known(rate: dict[str, Any]) -> str:
    return "modelled" if rate["modelled"] else "counted"


def _meaning(results: dict[str, Any]) -> str:
    rows = []
    for target in results["systems"]["fused"]["fnmr_at_fmr"]:
        cells = []
        for system in results["systems"].values():
            rate = system["fnmr_at_fmr"][target]
            cells.append(f"{of_a_thousand(rate['value'])}{' (modelled)' if rate['modelled'] else ''}")
        rows.append([one_in(float(target)), *cells])
    heads = ["False match rate", *(system["title"] for system in results["systems"].values())]
    verdicts = "".join(f"<li>{_verdict(results, row)}</li>" for row in results["comparison"])
    return section(
        "meaning",
        "What this means",
        paragraph(
            "A second modality lets in fewer strangers at the same number of right people turned away, or "
            "turns "
            "away fewer at the same number of strangers. The table says how many right people are turned "
            "away."
        ),
        f"<ul>{verdicts}</ul>",
        table("Right people turned away, per thousand attempts", heads, rows),
        paragraph(
            "Do not read counted and modelled rates as one column: where a rate is modelled, the threshold "
            "is as "
            "careful as the calibration, and turns away more people than counting would ask for."
        ),
    )


def _verdict(results: dict[str, Any], row: dict[str, Any]) -> str:
    title = results["systems"][row["alone"]]["title"]
    word = "Shown" if row["ahead"] else "Not shown"
    text = (
        f": face and two fingers turn away fewer right people than {title}. At a false match rate of "
        f"{one_in(row['fmr'])} they turn away {percent(row['fused_fnmr'])}, at most "
        f"{percent(row['fused_high'])} (95 %); {title} {percent(row['fnmr'])} "
        f"(between {percent(row['low'])} and {percent(row['high'])})."
    )
    how = " The false match rate of one of the two is modelled, not counted." if row["modelled"] else ""
    return f"<strong>{word}</strong>{escape(text + how)}"


def _rates(results: dict[str, Any]) -> str:
    rows = []
    for system in results["systems"].values():
        for target, rate in system["fnmr_at_fmr"].items():
            rows.append([
                system["title"], target, _known(rate), with_interval(rate),
                f"{rate['errors']:,} of {rate['subjects_behind']:,}", rate["interval"],
            ])  # fmt: skip
    heads = ["What decides", "FMR at most", "FMR is", "FNMR (95 % interval)", "Errors, of so many subjects",
             "Interval"]  # fmt: skip
    return section(
        "rates",
        "Error rates",
        table("FNMR at equal false match rates", heads, rows),
        paragraph(
            "Counted: the threshold is where so many of these impostors pass. Modelled: fewer pairs of "
            "subjects "
            "than 3 over the rate; the threshold is where the shipped calibration, or the bound of the "
            "fusion, "
            "claims that rate. FNMR is counted in both."
        ),
        _det(results),
    )


def _det(results: dict[str, Any]) -> str:
    lines = []
    for style, system in zip(_STYLES, results["systems"].values(), strict=False):
        points = [(fmr, max(fnmr, 1e-6)) for fmr, fnmr in system["det"] if fmr > 0]
        lines.append(Line(system["title"], points, style))
    low = min([-3, *(int(f"{fmr:e}".split("e")[1]) for line in lines for fmr, _ in line.points)])
    svg = plot(
        "Detection error trade-off of each system",
        "FNMR falls as FMR rises; the table above has the figures.",
        Axis("False match rate", 10.0**low, 1, percents(low, 0), log=True),
        Axis("False non-match rate", 1e-5, 1, percents(-5, 0), log=True),
        lines,
    )
    caption = (
        "Counted on chimeric people, as far as comparisons go; what few subjects support is in the table."
    )
    return "<h3>Detection error trade-off</h3>" + figure(svg, caption)


def _shipped(results: dict[str, Any]) -> str:
    rows = []
    for system in results["systems"].values():
        for target, rate in system["as_shipped"].items():
            rows.append([
                system["title"], target,
                f"{rate['fmr']:.1e} ({rate['false_matches']:,})", with_interval(rate),
            ])  # fmt: skip
    heads = ["What decides", "FMR asked for", "FMR found (false matches)", "FNMR (95 % interval)"]
    return section(
        "shipped",
        "What the shipped rule does when a rate is asked for",
        paragraph(
            "A policy asks for a rate, and the calibration tables and the fusion say which comparisons "
            "stand for "
            "it. The rate found should not exceed the rate asked for. A fusion's rate is a bound, and each "
            "likelihood ratio is capped at what the pairs of subjects behind its table support: with few "
            "fingers "
            "behind the table, strict rates ask much of the face."
        ),
        table("Asked for and found", heads, rows),
    )


def _auditor(results: dict[str, Any]) -> str:
    folders = [
        [one["name"], f"{one['subjects']:,}", f"{one['images']:,}", f"{one['without_template']:,}",
         f"{len(one['exclusions']):,}", one["data_sha256"]]
        for one in results["folders"]
    ]  # fmt: skip
    support = [
        [system["title"], f"{system['subjects']:,}", f"{system['supporting_pairs']:,}"]
        for system in results["systems"].values()
    ]
    versions = results["versions"]
    items = [
        *([f"Calibration {name}", fitted] for name, fitted in versions["tables"].items()),
        *([f"Model {name} (SHA-256)", digest] for name, digest in versions["models"].items()),
        ["Software", f"Moiety {versions['moiety']}, Python {versions['python']}, numpy {versions['numpy']}"],
    ]
    excluded = [[one["name"], *row] for one in results["folders"] for row in one["exclusions"]]
    return section(
        "audit",
        "For the auditor",
        table("Folders; none is compared with another",
              ["Folder", "Subjects", "Pictures", "Without template", "Excluded files", "SHA-256"], folders),
        table("What the figures rest on", ["What decides", "Subjects with genuine comparisons",
                                            "Pairs of different subjects"], support),
        table("Versions", ["Item", "Value"], items),
        table("Excluded", ["Folder", "File", "Code", "Why"], excluded) if excluded else "",
        "<h3>Conventions and limits</h3>",
        *(paragraph(text) for text in _LIMITS),
    )  # fmt: skip


_LIMITS = (
    "Face and fingers of a chimeric person are independent because they were joined so. Causes that make one "
    "person's face and fingers fail together do not show; with real people fusion gains less.",
    "An impostor has another face and two other fingers, of the same finger set. Of each person's pictures "
    "at "
    "most two pairs are compared in one pairing, drawn anew for each.",
    "Intervals draw people and fingers with replacement, and a comparison weighs as often as all its "
    "subjects were "
    "drawn. With fewer than ten subjects behind the errors, Wilson over subjects takes its place.",
    "Both fingers count as fingers of one hand, with the stated penalty. The two fingers alone are judged "
    "as a policy "
    "of any one finger does: the better of the two, at half the rate.",
    "Where the calibration tables were fitted on these very folders, likelihood ratios are as good as they "
    "can be; "
    "what a modality alone does at a counted rate does not depend on them.",
)  # fmt: skip
