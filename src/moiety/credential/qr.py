"""A code's text as a QR symbol (ISO/IEC 18004), in PNG and SVG, at its true printed size."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import segno

from moiety.credential.parameters import MODULE_MM, PNG_PIXELS_PER_MODULE, QUIET_ZONE_MODULES
from moiety.credential.profiles import version_of
from moiety.errors import OverBudget

_MM_PER_INCH: Final = 25.4


def symbol(text: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of the smallest symbol at level M, dark is True, without the quiet zone.

    Raises:
        OverBudget: over the hard cap of version 35.
    """
    return tuple(tuple(bool(module) for module in row) for row in _make(text).matrix)


def png(text: str, *, pixels_per_module: int = PNG_PIXELS_PER_MODULE) -> bytes:
    """A one-bit PNG with its quiet zone, whose stated resolution prints it at 0.4 mm a module."""
    out = BytesIO()
    dpi = round(pixels_per_module / MODULE_MM * _MM_PER_INCH)
    _make(text).save(out, kind="png", scale=pixels_per_module, border=QUIET_ZONE_MODULES, dpi=dpi)
    return out.getvalue()


def svg(text: str) -> bytes:
    """An SVG with its quiet zone and its size in millimetres."""
    out = BytesIO()
    _make(text).save(
        out,
        kind="svg",
        scale=MODULE_MM,
        unit="mm",
        border=QUIET_ZONE_MODULES,
        light="#fff",
        nl=True,
        xmldecl=True,
    )
    return out.getvalue()


def _make(text: str) -> segno.QRCode:
    if version_of(len(text)) is None:
        raise OverBudget("The text is longer than the largest code holds.", remedy="Save it as a .txt file.")
    return segno.make_qr(text, error="m", mode="alphanumeric", boost_error=False)
