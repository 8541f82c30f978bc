"""The things that can be handed over: those that are read, and every other by its name and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from moiety.credential.reading.naming import kind_of
from moiety.errors import CodeUnreadable, Unread


class Kind(StrEnum):
    """What a thing is. The first three hold a document; the next three may show one; the rest hold none."""

    CODE = "code"
    SD_JWT = "sd-jwt"
    MDOC = "mdoc"
    PICTURE = "picture"
    PDF = "pdf"
    SVG = "svg"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


DOCUMENTS: Final = frozenset((Kind.CODE, Kind.SD_JWT, Kind.MDOC))
ASK: Final = "Ask the holder for their code, or for another signed document with their portrait."


@dataclass(frozen=True, slots=True, repr=False)
class Thing:
    """One thing that was handed over.

    Attributes:
        kind: what it is.
        text: of a code or an SD-JWT, as its format has it.
        data: of a mobile document, a picture, a PDF or a drawing.
        name: what to call it, such as "a vaccination certificate"; empty where it is a document.
        remedy: what to do instead.
        reason: why it is not read.
    """

    kind: Kind
    text: str = ""
    data: bytes = b""
    name: str = ""
    remedy: str = ASK
    reason: Unread = Unread.OTHER

    @property
    def is_document(self) -> bool:
        """Whether it can be read as a document."""
        return self.kind in DOCUMENTS

    def refusal(self) -> CodeUnreadable:
        """Why a thing that holds no document is not read."""
        return CodeUnreadable(
            f"This is {self.name}.", remedy=self.remedy, reason=self.reason, thing=kind_of(self.name)
        )

    def __repr__(self) -> str:
        return f"Thing({self.kind.value}, {self.name!r})"


def code(text: str) -> Thing:
    """A code by its text."""
    return Thing(Kind.CODE, text=text)


def sd_jwt(text: str) -> Thing:
    """An SD-JWT in its compact form."""
    return Thing(Kind.SD_JWT, text=text)


def mdoc(data: bytes) -> Thing:
    """A mobile document by its bytes."""
    return Thing(Kind.MDOC, data=data)


def foreign(name: str, remedy: str = ASK) -> Thing:
    """A thing that is known, and not read here."""
    return Thing(Kind.FOREIGN, name=name, remedy=remedy)


def damaged(name: str, remedy: str) -> Thing:
    """A thing that is ours, and that something on the way changed."""
    return Thing(Kind.FOREIGN, name=name, remedy=remedy, reason=Unread.DAMAGED)


def unknown(name: str, remedy: str = ASK) -> Thing:
    """A thing that is not known."""
    return Thing(Kind.UNKNOWN, name=name, remedy=remedy)
