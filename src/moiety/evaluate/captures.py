"""What is in the folder: ROOT/SUBJECT/SAMPLE, every exclusion named, nothing outside the one root."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from moiety.errors import InputError

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".bmp"})
_LONGEST_TABLE = 64 << 20
_APART = ("\t", ",", ";")
NAMED_IN_A_MESSAGE = 5


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One file or folder left out, and why. `code` is stable: the report counts by it."""

    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture: its subject, its name below the root (`SUBJECT/FILE`), and the SHA-256 of its bytes."""

    subject: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Captures:
    """The samples of one root, sorted by subject and name, and what was left out."""

    root: Path
    samples: tuple[Sample, ...]
    exclusions: tuple[Exclusion, ...]

    def digest(self) -> str:
        """SHA-256 over the sorted names and hashes: the version of the data."""
        whole = hashlib.sha256()
        for sample in self.samples:
            whole.update(f"{sample.name}\0{sample.sha256}\n".encode())
        return whole.hexdigest()


def read_captures(root: Path) -> Captures:
    """Read ROOT/SUBJECT/SAMPLE. Duplicates are left out; so are links that lead out of the root.

    A file that occurs twice under one subject counts once. A file that occurs under two subjects is
    mislabelled in at least one place, so every copy is left out.

    Raises:
        InputError: no such folder, no pictures, or nothing left.
    """
    if not root.is_dir():
        raise InputError(f"{root.name!r} is not a folder.", remedy="Give FOLDER/PERSON/PICTURE.jpg.")
    samples: list[Sample] = []
    exclusions: list[Exclusion] = []
    whole = root.resolve()
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")):
        found = _of_subject(folder, whole, exclusions)
        if not found:
            exclusions.append(Exclusion(folder.name, "empty-subject", "a folder without any picture"))
        samples.extend(found)
    loose = [
        path.name for path in sorted(root.iterdir()) if path.is_file() and path.suffix.lower() in PICTURES
    ]
    exclusions.extend(
        Exclusion(name, "no-subject", "a picture outside every subject's folder") for name in loose
    )
    kept = _without_duplicates(samples, exclusions)
    if not kept:
        raise InputError(
            f"{root.name!r} holds no usable pictures ({len(exclusions)} left out).",
            remedy="Lay the pictures out as FOLDER/PERSON/PICTURE.jpg.",
        )
    return Captures(root, tuple(kept), tuple(exclusions))


def _of_subject(folder: Path, whole: Path, exclusions: list[Exclusion]) -> list[Sample]:
    found: list[Sample] = []
    for path in sorted(folder.iterdir()):
        name = f"{folder.name}/{path.name}"
        if path.name.startswith("."):
            continue
        if path.is_dir():
            exclusions.append(Exclusion(name, "nested-folder", "folders in a subject's folder are not read"))
        elif path.suffix.lower() not in PICTURES:
            exclusions.append(Exclusion(name, "not-a-picture", "the file's name is not that of a picture"))
        elif not path.resolve().is_relative_to(whole):
            exclusions.append(Exclusion(name, "outside-root", "a link that leads out of the one folder"))
        else:
            try:
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError as error:
                reason = error.strerror or "the disk refused"
                exclusions.append(Exclusion(name, "unreadable", f"the file cannot be read: {reason}"))
            else:
                found.append(Sample(folder.name, name, digest))
    return found


def _without_duplicates(samples: Sequence[Sample], exclusions: list[Exclusion]) -> list[Sample]:
    copies: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        copies[sample.sha256].append(sample)
    kept: list[Sample] = []
    for sample in samples:
        same = copies[sample.sha256]
        others = [other.name for other in same if other.name != sample.name]
        if len({other.subject for other in same}) > 1:
            reason = f"the same file is also {others[0]}, under another subject: one of them is mislabelled"
            exclusions.append(Exclusion(sample.name, "mislabelled", reason))
        elif same[0].name != sample.name:
            exclusions.append(Exclusion(sample.name, "duplicate", f"the same file as {same[0].name}"))
        else:
            kept.append(sample)
    return kept


def read_table(path: Path, what: str, required: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a file with a header, as dictionaries; its cells are apart by tabs, commas or semicolons.

    Raises:
        InputError: unreadable, too large, not UTF-8, a column missing, or a row of the wrong length.
    """
    try:
        if path.stat().st_size > _LONGEST_TABLE:
            raise InputError(f"The {what} {path.name!r} is over 64 MB.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The {what} {path.name!r} cannot be read: {error.strerror}.",
            remedy="Check the name and try again.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"The {what} {path.name!r} isn't UTF-8 text.", remedy="Save it as CSV in UTF-8."
        ) from error
    lines = text.splitlines()
    apart = next((one for one in _APART if not _missing(lines, one, required)), None)
    if apart is None:
        missing = min((_missing(lines, one, required) for one in _APART), key=len)
        raise InputError(
            f"The {what} {path.name!r} has no column {', '.join(map(repr, missing))}.",
            remedy=f"Its first line must name {', '.join(required)}, with commas or tabs between.",
        )
    reader = csv.reader(lines, delimiter=apart)
    header = [cell.strip() for cell in next(reader, [])]
    rows: list[dict[str, str]] = []
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise InputError(
                f"The {what} {path.name!r}, line {number}: {len(cells)} cells, not {len(header)}."
            )
        rows.append(dict(zip(header, (cell.strip() for cell in cells), strict=True)))
    return rows


def _missing(lines: Sequence[str], apart: str, required: Sequence[str]) -> list[str]:
    """The required columns that the first line doesn't name, if its cells are apart by `apart`."""
    header = [cell.strip() for cell in next(csv.reader(lines[:1], delimiter=apart), [])]
    return [column for column in required if column not in header]


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    shown = ", ".join(names[:NAMED_IN_A_MESSAGE])
    more = len(names) - NAMED_IN_A_MESSAGE
    return f"{shown} and {more} more" if more > 0 else shown
