"""The bytes of a portrait, in whatever wrapping: bare, base64, a data URL, hexadecimal digits."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from moiety import image
from moiety.document.parameters import MAX_PORTRAIT_BYTES
from moiety.errors import PortraitMissing, PortraitTooLarge, PortraitUnreadable

_DATA_URL: Final = re.compile(r"data:image/[a-z0-9.+-]{1,20};base64,", re.IGNORECASE)
_SPACE: Final = re.compile(r"\s+")
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_ELSEWHERE: Final = "The document's portrait isn't inside it; nothing is fetched from elsewhere."


def picture_bytes(value: object) -> bytes:
    """The bytes of a portrait as a document holds it.

    Raises:
        PortraitMissing: it is empty: its holder or issuer chose to have none in it.
        PortraitUnreadable: neither bytes nor text that stands for bytes: the address of a picture, or else.
        PortraitTooLarge: more than any portrait has.
    """
    if not isinstance(value, (bytes, str)):
        raise PortraitUnreadable("The document's portrait isn't a picture.")
    if not value.strip():
        raise PortraitMissing(
            "The document's portrait is empty: its holder chose to have none in it.",
            remedy="Ask for another document with a portrait, or offer the way without biometrics.",
        )
    if len(value) > 2 * MAX_PORTRAIT_BYTES:
        raise PortraitTooLarge(
            f"The document's portrait has {len(value):,} bytes; {MAX_PORTRAIT_BYTES:,} are allowed."
        )
    if isinstance(value, bytes):
        if image.kind_of(value) is not None or not value.isascii():
            return value
        return _of_text(value.decode("ascii"), value)
    return _of_text(value, None)


def _of_text(text: str, bare: bytes | None) -> bytes:
    """What text stands for; `bare` where the document held bytes, which may be no text."""
    body = _SPACE.sub("", _DATA_URL.sub("", text.strip(), count=1))
    if _HEX.fullmatch(body) and image.kind_of(bytes.fromhex(body)) is not None:
        return bytes.fromhex(body)
    try:
        plain = body.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error) as error:
        if bare is not None:
            return bare
        raise PortraitUnreadable(_ELSEWHERE) from error
