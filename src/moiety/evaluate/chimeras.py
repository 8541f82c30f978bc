"""Chimeric people: a face subject with two fingers of somebody else, paired anew for every seed.

No open set holds faces and fingers of the same people. A chimeric person joins one face subject with two
fingers of one set. Face and fingers are then independent because they were joined so: whatever makes one
person's face and fingers fail together (age, cold, carelessness) does not show.

For each seed and each set of fingers all face subjects form one population: the set's fingers are
shuffled into pairs, no finger in two, and dealt to the people in turn. People who share a finger are
never compared: an impostor has another face and two other fingers. Fingers of different sets are never
compared either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moiety.errors import InputError

from .parameters import CHIMERIC_GENUINE, CHIMERIC_IMPOSTORS
from .scores import Ints

FINGERS = 2
"""Fingers of one chimeric person."""


@dataclass(frozen=True, slots=True)
class Trials:
    """Comparisons of one chimeric person with themselves or another, a row each, reference first.

    `people` (T, 2): face subjects; `faces` (T, 2): face samples; `fingers` (T, 2, FINGERS): fingers, by
    side; `prints` (T, 2, FINGERS): finger samples; `genuine` (T,).
    """

    people: Ints
    faces: Ints
    fingers: Ints
    prints: Ints
    genuine: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.genuine)

    @classmethod
    def joined(cls, parts: Sequence[Trials]) -> Trials:
        """All rows of several."""
        return cls(*(np.concatenate([getattr(each, name) for each in parts])
                     for name in ("people", "faces", "fingers", "prints", "genuine")))  # fmt: skip


def chimeras(
    face_subjects: Ints, finger_sets: Sequence[Ints], samples_of_fingers: Sequence[Ints], seeds: int
) -> Trials:
    """The trials of all populations.

    `face_subjects` (F,): the ascending subject of each usable face sample. For each set of fingers, one array
    each: `finger_sets`, the finger of every print, and `samples_of_fingers`, the print's sample number.

    Raises:
        InputError: no face subject has two samples, or a set has fewer than four fingers with two prints.
    """
    people = _Groups.of(face_subjects, np.arange(len(face_subjects)))
    if len(people.labels) < 2:
        raise InputError(
            f"{len(people.labels)} face subjects have two usable pictures: there is nobody to compare with.",
            remedy="Give a second picture of each person.",
        )
    parts: list[Trials] = []
    for number, (finger_of, samples) in enumerate(zip(finger_sets, samples_of_fingers, strict=True)):
        prints = _Groups.of(finger_of, samples)
        if len(prints.labels) < 2 * FINGERS:
            raise InputError(
                f"A set of {len(prints.labels)} fingers with two usable prints makes fewer than two people.",
                remedy="Give folders of four fingers or more, two prints of each.",
            )
        for seed in range(seeds):
            parts.extend(_population(np.random.default_rng([seed, number]), people, prints))
    return Trials.joined(parts)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Samples by label, of the labels that have at least two: `samples[starts[i]:][:counts[i]]` of each."""

    labels: Ints
    starts: Ints
    counts: Ints
    samples: Ints

    @classmethod
    def of(cls, label: Ints, samples: Ints) -> _Groups:
        order = np.argsort(label, kind="stable")
        labels, starts, counts = np.unique(label[order], return_index=True, return_counts=True)
        keep = counts >= 2
        return cls(labels[keep], starts[keep], counts[keep], samples[order])

    def drawn(self, random: np.random.Generator, which: Ints) -> Ints:
        """One sample of each of the groups `which`, any shape."""
        chosen = (random.random(which.shape) * self.counts[which]).astype(np.int64)
        drawn: Ints = self.samples[self.starts[which] + chosen]
        return drawn

    def drawn_pair(self, random: np.random.Generator, which: Ints) -> tuple[Ints, Ints]:
        """Two different samples of each of the groups `which`, the earlier first."""
        counts = self.counts[which]
        first = (random.random(which.shape) * counts).astype(np.int64)
        second = (random.random(which.shape) * (counts - 1)).astype(np.int64)
        second += second >= first
        start = self.starts[which]
        return self.samples[start + np.minimum(first, second)], self.samples[
            start + np.maximum(first, second)
        ]


def _population(random: np.random.Generator, people: _Groups, prints: _Groups) -> Iterator[Trials]:
    hands = len(prints.labels) // FINGERS
    fingers = random.permutation(len(prints.labels))[: hands * FINGERS].reshape(hands, FINGERS)
    hand_of = random.permutation(len(people.labels)) % hands
    yield _genuine(random, people, prints, fingers[hand_of])
    # No finger lies in two hands, so that different hands have no finger in common.
    first, second = np.triu_indices(len(people.labels), k=1)
    apart = np.flatnonzero(hand_of[first] != hand_of[second])
    if len(apart) > CHIMERIC_IMPOSTORS:
        apart = np.sort(random.choice(apart, size=CHIMERIC_IMPOSTORS, replace=False))
    pairs = np.stack([first[apart], second[apart]], axis=1)
    shown = fingers[hand_of[pairs]]
    yield Trials(people.labels[pairs], people.drawn(random, pairs), prints.labels[shown],
                 prints.drawn(random, shown), np.zeros(len(pairs), np.bool_))  # fmt: skip


def _genuine(random: np.random.Generator, people: _Groups, prints: _Groups, dealt: Ints) -> Trials:
    """Pairs of face samples of each person, each with a drawn pair of prints of each of their fingers."""
    person, faces = [], []
    for each, (start, count) in enumerate(zip(people.starts, people.counts, strict=True)):
        pairs = np.stack(np.triu_indices(count, k=1), axis=1)
        if len(pairs) > CHIMERIC_GENUINE:
            pairs = random.choice(pairs, size=CHIMERIC_GENUINE, replace=False)
        faces.append(people.samples[start + pairs])
        person.append(np.full(len(pairs), each))
    whose = np.concatenate(person)
    shown = prints.drawn_pair(random, dealt[whose])
    both = np.stack([whose, whose], axis=1)
    return Trials(people.labels[both], np.concatenate(faces),
                  np.stack([prints.labels[dealt[whose]]] * 2, axis=1), np.stack(shown, axis=1),
                  np.ones(len(whose), np.bool_))  # fmt: skip
