"""Which samples are compared with which: a file of pairs, all pairs, or the FVC protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moiety.errors import InputError

from .captures import Sample, named, read_table
from .scores import Ints

_SAME = {"1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Pairs:
    """Listed pairs. `index`: (P, 2) sample numbers; `same`: (P,) whether one person; `fold`: (P,) or None."""

    index: Ints
    same: NDArray[np.bool_]
    fold: Ints | None

    def only(self, usable: NDArray[np.bool_]) -> Pairs:
        """The pairs both of whose samples are usable; `usable`: (samples,)."""
        keep = usable[self.index].all(axis=1)
        return Pairs(self.index[keep], self.same[keep], None if self.fold is None else self.fold[keep])


def read_pairs(path: Path, samples: Sequence[Sample]) -> Pairs:
    """Read a file (tabs or commas) with the columns `first`, `second`, `same` (1 or 0) and, if any, `fold`.

    Names are `SUBJECT/FILE` below the root.

    Raises:
        InputError: a pair names a missing file, is listed twice, compares a file with itself, or says the
            opposite of what the folders say. The message names the lines; nothing is dropped silently.
    """
    rows = read_table(path, "pairs file", ("first", "second", "same"))
    if not rows:
        raise InputError(f"The pairs file {path.name!r} lists no pairs.")
    number = {sample.name: index for index, sample in enumerate(samples)}
    missing = sorted({row[side] for row in rows for side in ("first", "second") if row[side] not in number})
    if missing:
        raise InputError(
            f"The pairs file {path.name!r} names {len(missing)} files that are no usable pictures: "
            f"{named(missing)}.",
            remedy="Put the files back, or take their pairs out of the file.",
        )
    odd = [str(line) for line, row in enumerate(rows, start=2) if row["same"] not in _SAME]
    if odd:
        raise InputError(f"The pairs file {path.name!r}: 'same' must be 1 or 0, on line {named(odd)}.")
    index = np.array([[number[row["first"]], number[row["second"]]] for row in rows], dtype=np.int64)
    same = np.array([_SAME[row["same"]] for row in rows])
    _check(path, index, same, samples)
    folds = [row.get("fold", "") for row in rows]
    names = sorted(set(folds))
    fold = np.array([names.index(each) for each in folds], dtype=np.int64) if len(names) > 1 else None
    return Pairs(index, same, fold)


def _check(path: Path, index: Ints, same: NDArray[np.bool_], samples: Sequence[Sample]) -> None:
    selves = [str(line + 2) for line in np.flatnonzero(index[:, 0] == index[:, 1])]
    if selves:
        raise InputError(
            f"The pairs file {path.name!r} compares a file with itself, on line {named(selves)}."
        )
    by_folder = np.array([samples[a].subject == samples[b].subject for a, b in index])
    wrong = [str(line + 2) for line in np.flatnonzero(by_folder != same)]
    if wrong:
        raise InputError(
            f"The pairs file {path.name!r} contradicts the folders on {len(wrong)} lines: {named(wrong)}.",
            remedy="One of the two is mislabelled: find out which before measuring anything.",
        )
    _, first = np.unique(np.sort(index, axis=1), axis=0, return_index=True)
    again = sorted(set(range(len(index))) - set(first.tolist()))
    if again:
        lines = [str(line + 2) for line in again]
        raise InputError(f"The pairs file {path.name!r} lists pairs twice, on line {named(lines)}.")


def numbered(samples: Sequence[Sample]) -> tuple[Ints, list[str]]:
    """(N,) subject numbers from 0 in the order of the samples, and the subjects' names."""
    names = sorted({sample.subject for sample in samples})
    number = {name: index for index, name in enumerate(names)}
    return np.array([number[sample.subject] for sample in samples], dtype=np.int64), names


def fvc_pairs(subject_of: Ints) -> tuple[Ints, Ints]:
    """The FVC protocol (Maio et al. 2002): genuine = all pairs of one finger, impostor = first samples only.

    (G, 2) and (I, 2) sample numbers; subjects ascend.
    """
    from .comparisons import genuine_pairs

    _, first = np.unique(subject_of, return_index=True)
    a, b = np.triu_indices(len(first), k=1)
    return genuine_pairs(subject_of), np.stack([first[a], first[b]], axis=1).astype(np.int64)


def refuse_unless_measurable(subject_of: Ints) -> None:
    """Refuse folders that cannot show both kinds of error.

    Raises:
        InputError: one subject only, or one sample each.
    """
    counts = np.bincount(subject_of) if len(subject_of) else np.zeros(0, np.int64)
    counts = counts[counts > 0]
    if len(counts) < 2:
        raise InputError(
            f"{len(counts)} subject with usable pictures: without two there is no impostor comparison.",
            remedy="Add pictures of other people.",
        )
    if counts.max() < 2:
        raise InputError(
            f"Each of the {len(counts)} subjects has one usable picture: there is no genuine comparison.",
            remedy="Add a second picture of each person, taken on another occasion.",
        )
