"""A finding: one thing about a capture that stands in the way, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a gate found wanting.

    Attributes:
        code: stable name, for programs.
        text: what is wrong and what to do, for a person.
        measured: the value found, or None where there is none to give.
        limit: the value that the gate asks for, in the same unit.
    """

    code: str
    text: str
    measured: float | None = None
    limit: float | None = None
