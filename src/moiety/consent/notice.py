"""The notice: what a person reads, or is read, before they agree; the same words give the same reference."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from moiety import catalogue
from moiety.catalogue import Direction
from moiety.consent.record import NOTICE_VERSION
from moiety.consent.settings import ConsentSettings
from moiety.errors import ConsentError

VERSION: Final = NOTICE_VERSION
"""The version of the notice's texts in the catalogue. A test ties it to their words."""

_MODALITIES: Final = ("face", "finger")
_MONTH_DAYS: Final = 30
_PARTS: Final = (
    "who", "purpose", "captured", "kept", "not-kept", "record", "until", "choice", "withdrawal", "paper",
    "rights", "schedule",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: the catalogue's key, and the text."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice in one language, whole.

    Attributes:
        version: of the texts.
        language: a code of the catalogue.
        direction: how it is written.
        title: its heading.
        paragraphs: its text, in order, each with its key in the catalogue.
        agree, decline: what stands on the two answers, equally easy.
    """

    version: str
    language: str
    direction: Direction
    title: str
    paragraphs: tuple[Paragraph, ...]
    agree: str
    decline: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the whole text, 32 bytes."""
        return hashlib.sha256(b"moiety/notice/1\x00" + self.canonical()).digest()

    @property
    def reference(self) -> str:
        """What a consent record says of the notice: its version, its language, its words' digest."""
        return f"{self.version}/{self.language}/{self.digest.hex()}"

    def canonical(self) -> bytes:
        """The notice as canonical JSON, in which it is kept for as long as a consent rests on it."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def to_json(self) -> dict[str, object]:
        """The notice as plain data."""
        return {
            "version": self.version,
            "language": self.language,
            "direction": self.direction,
            "title": self.title,
            "paragraphs": [{"key": one.key, "text": one.text} for one in self.paragraphs],
            "agree": self.agree,
            "decline": self.decline,
        }


def notice(
    settings: ConsentSettings,
    *,
    purpose: str,
    modalities: tuple[str, ...],
    language: str,
    days: int,
    child: bool,
    schedule_at: str,
    now: int,
) -> Notice:
    """The notice for one purpose, in one language.

    Args:
        settings: the site's.
        purpose: one of its purposes, by name; or in words, where the site allows that.
        modalities: what is to be captured: "face", "finger".
        language: a code of the catalogue.
        days: for how long, from `now`.
        child: whether a guardian agrees for a child.
        schedule_at: where the schedule is published.
        now: UTC seconds.

    Raises:
        UsageError: no such purpose or language.
        ConsentError: a period or modalities that cannot be agreed to.
    """
    most = settings.most_days(child=child)
    if not 1 <= days <= most:
        raise ConsentError(f"A consent lasts 1 to {most} days here.", remedy="Choose a shorter period.")
    if not modalities or not set(modalities) <= set(_MODALITIES):
        raise ConsentError("A consent names what may be captured: face, finger, or both.")
    values = {
        "who": {"controller": settings.controller.name},
        "purpose": {"purpose": settings.purpose(purpose, language)},
        "captured": {"modalities": told_modalities(modalities, language)},
        "until": {"expires": day_of(now + days * 86_400)},
        "rights": {"contact": settings.controller.contact},
        "schedule": {"schedule": schedule_at},
    }

    def paragraph(part: str, **more: str | int) -> Paragraph:
        return Paragraph(f"notice.{part}", catalogue.text(f"notice.{part}", language, **more))

    told = [paragraph(part, **values.get(part, {})) for part in _PARTS]
    if "bipa" in settings.schedule.laws:
        told.append(paragraph("written-release", controller=settings.controller.name))
    if child:
        told.append(paragraph("child", months=max(1, settings.child_days // _MONTH_DAYS)))
    return Notice(
        version=VERSION,
        language=language,
        direction=catalogue.direction(language),
        title=catalogue.text("notice.title", language),
        paragraphs=tuple(told),
        agree=catalogue.text("notice.agree", language),
        decline=catalogue.text("notice.decline", language),
    )


def told_modalities(modalities: tuple[str, ...], language: str) -> str:
    """What is captured, as a list of words in a language."""
    separator = "\u060c " if language == "ar" else ", "
    ordered = [one for one in _MODALITIES if one in modalities]
    return separator.join(catalogue.text(f"modality.{one}", language) for one in ordered)


def day_of(moment: int) -> str:
    """A moment's day (UTC) as ISO 8601 writes it, which no language misreads."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
