"""The report for whoever audits: groups, protocol, data, exclusions, conventions, limits."""

from __future__ import annotations

from typing import Any

from .markup import paragraph, section, table, with_interval

MOST_LISTED = 200

_CONVENTIONS = (
    (
        "A comparison is accepted when its score is at least the threshold. Rates are steps; nothing is"
        " interpolated."
    ),
    (
        "FNMR at FMR f: the threshold lies just above the (k+1)th highest impostor score, k = floor(f x"
        " impostors)."
    ),
    (
        "EER: the mean of FMR and FNMR at the threshold next to their crossing where their sum is lower"
        " (FVC2000)."
    ),
    "A false match rate f is stated only with at least 3/f pairs of different people (rule of 3, 95 %).",
    (
        "Intervals are at 95 %: a two-way bootstrap over people with 1,000 replicates; Wilson over people"
        " where fewer than 10 errors were seen, and for rates of false matches over pairs of people."
    ),
    (
        "The reference of a pair is the earlier picture, averaged with its mirror image; the probe is the"
        " later one."
    ),
)


def groups_section(found: dict[str, Any]) -> str:
    """A table a column of the groups file, and what the differences between groups amount to."""
    parts = [
        paragraph(
            f"All rates hold at the one score {found['threshold']:.4f}. False matches are counted among"
            " people of the same group, where they are likeliest. Wide intervals mean few people, not equal"
            " treatment."
        )
    ]
    for column, rows in found["columns"].items():
        cells = []
        for row in rows:
            if "reason" in row:
                cells.append([row["group"], row["subjects"], row["reason"], "", ""])
                continue
            cells.append(
                [
                    row["group"],
                    row["subjects"],
                    *(
                        with_interval(row[rate]) if rate in row else "no comparison"
                        for rate in ("fnmr", "fmr", "refused")
                    ),
                ]
            )
        heads = [
            "Group",
            "People",
            "FNMR (95 %)",
            "FMR within the group (95 %)",
            "Refused by the gate (95 %)",
        ]
        parts.append(table(f"By {column}", heads, cells))
        unlike = {rate: names for rate, names in found["unlike"][column].items() if names}
        if unlike:
            said = "; ".join(f"{rate.upper()} of {', '.join(names)}" for rate, names in unlike.items())
            parts.append(paragraph(f"Shown to be higher than another group's (intervals apart): {said}."))
        else:
            parts.append(paragraph(f"By {column}, no difference is shown: every two intervals overlap."))
    unmatched = found["unmatched"]
    if unmatched["without_row"] or unmatched["without_pictures"]:
        parts.append(
            paragraph(
                f"{len(unmatched['without_row'])} people have no row in the groups file (counted as 'not"
                f" stated'); {len(unmatched['without_pictures'])} rows name people without pictures."
            )
        )
    return section("groups", "Groups", *parts)


def auditor(results: dict[str, Any]) -> str:
    """Protocol, versions, exclusions, conventions, limits, and the labels to audit where asked for."""
    parts = [_protocol(results), _exclusions(results)]
    parts.append("<h3>Conventions</h3><ul>" + "".join(f"<li>{each}</li>" for each in _CONVENTIONS) + "</ul>")
    parts.append("<h3>What these data cannot show</h3>" + "".join(map(paragraph, _cannot(results))))
    if "audit_labels" in results:
        parts.append("<h3>Labels to audit</h3>" + paragraph(_labels(results["audit_labels"])))
    return section("audit", "For the auditor", *parts)


def _labels(found: dict[str, Any]) -> str:
    """How many labels look wrong, in words."""
    if "reason" in found:
        return f"Not counted: {found['reason']}."

    def number(name: str) -> str:
        return f"fewer than {found['least']}" if found[name] is None else f"{found[name]:,}"

    return (
        f"Among {found['people']:,} people with two usable pictures: {number('alike')} pairs of people score "
        f"as one person does, and {number('unlike')} people have two pictures that score as strangers do. "
        "Where that is more than look-alikes explain, check the labels against the collection's records. "
        "The report names nobody, so that no picture can be looked up by its likeness."
    )


def _protocol(results: dict[str, Any]) -> str:
    protocol, versions = results["protocol"], results["versions"]
    most = protocol["max_genuine"]
    rows = [
        ["Protocol", protocol["name"]],
        [
            "Genuine comparisons",
            f"{results['genuine']:,} of {results['genuine_subjects']:,} people"
            + (
                ""
                if most is None
                else f"; at most {most} a person, mean over {protocol['draws']} seeded draws"
            ),
        ],
        [
            "Impostor comparisons",
            f"{results['impostor']:,} over {results['subject_pairs']:,} pairs of people",
        ],
        ["Data (SHA-256)", versions["data_sha256"]],
        *([f"Model {name} (SHA-256)", digest] for name, digest in versions["models"].items()),
        ["Software", f"Moiety {versions['moiety']}, Python {versions['python']}, numpy {versions['numpy']}"],
    ]
    return "<h3>Protocol and versions</h3>" + table("What was run on what", ["Item", "Value"], rows)


def _exclusions(results: dict[str, Any]) -> str:
    listed = results["exclusions"]["listed"]
    if not listed:
        return "<h3>Exclusions</h3>" + paragraph("None: every file in the folder was used.")
    counts = ", ".join(f"{code} {count:,}" for code, count in results["exclusions"]["counts"].items())
    shown = table(f"Left out: {counts}", ["File or folder", "Code", "Why"], listed[:MOST_LISTED])
    more = len(listed) - MOST_LISTED
    rest = paragraph(f"{more:,} more are in results.json.") if more > 0 else ""
    return "<h3>Exclusions</h3>" + shown + rest


def _cannot(results: dict[str, Any]) -> list[str]:
    floor = min(1.0, 3 / max(1, results["subject_pairs"]))
    return [
        (
            f"A false match rate below {floor:.1e}: {results['subject_pairs']:,} pairs of people show no"
            " more, however many pictures each has."
        ),
        (
            "Attacks: impostors here made no effort. Printed, replayed or injected faces are another"
            " measurement (moiety evaluate pad), and look-alikes and twins pass far more often than"
            " strangers."
        ),
        (
            "Other captures: thresholds do not transfer between cameras, places and populations. On a folder"
            " of your own captures, these figures hold for your own conditions."
        ),
        "Time: unless dates were given, nothing is said of how errors grow as faces age.",
    ]
