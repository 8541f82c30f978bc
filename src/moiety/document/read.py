"""From what a holder hands over, a file or a code, to a document of its kind. Nothing is believed yet."""

from __future__ import annotations

from pathlib import Path

from moiety.credential.code import Credential
from moiety.document.own import OwnCode
from moiety.document.reference import Presented


def presented(source: Credential | str | Path) -> Presented:
    """The one document that the holder presents."""
    code = source if isinstance(source, Credential) else Credential.read(source)
    return OwnCode(code)
