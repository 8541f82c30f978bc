"""Code sizes: which symbol a text needs, how large that prints, and what to drop when it does not fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from moiety.credential.claims import Profile
from moiety.credential.contents import Contents, SealedTemplate
from moiety.credential.parameters import MAX_VERSION, MODULE_MM, QUIET_ZONE_MODULES
from moiety.errors import OverBudget

MAX_VERSIONS: Final[Mapping[Profile, int]] = {"card": 24, "paper": 30, "open": 30, "blind": 30}
"""The largest symbol of each profile: 24-M is 48.4 mm wide and fits an ID-1 card, 30-M is 58 mm."""

CAPACITY_M: Final = (
    20, 38, 61, 90, 122, 154, 178, 221, 262, 311,
    366, 419, 483, 528, 600, 656, 734, 816, 909, 970,
    1035, 1134, 1248, 1326, 1451, 1542, 1637, 1732, 1839, 1994,
    2113, 2238, 2369, 2506, 2632,
)  # fmt: skip
"""Alphanumeric characters of versions 1 to 35 at error correction level M: ISO/IEC 18004:2015, table 7."""

_FINGERS: Final = (
    "face", "right thumb", "right index", "right middle", "right ring", "right little",
    "left thumb", "left index", "left middle", "left ring", "left little",
)  # fmt: skip


def version_of(characters: int) -> int | None:
    """The smallest version that holds a base45 text of this length at level M; None over the hard cap."""
    fitting = (version for version in range(1, MAX_VERSION + 1) if characters <= CAPACITY_M[version - 1])
    return next(fitting, None)


def modules(version: int) -> int:
    """Modules on a side, without the quiet zone (ISO/IEC 18004:2015, section 6.3.1)."""
    return 17 + 4 * version


def printed_mm(version: int) -> float:
    """Width in millimetres when printed at 0.4 mm a module, quiet zone included."""
    return (modules(version) + 2 * QUIET_ZONE_MODULES) * MODULE_MM


def require_fit(text: str, profile: Profile, contents: Contents) -> int:
    """The version that `text` needs, if the profile allows it.

    Raises:
        OverBudget: it does not fit; the remedy names what to leave out, or a profile that is large enough.
    """
    needed, allowed = version_of(len(text)), MAX_VERSIONS[profile]
    if needed is not None and needed <= allowed:
        return needed
    # Three characters of base45 carry two bytes; templates do not compress.
    excess = math.ceil((len(text) - CAPACITY_M[allowed - 1]) * 2 / 3)
    size = "more than the largest code holds" if needed is None else f"a code of version {needed}"
    raise OverBudget(
        f"The templates need {size}; the {profile} profile goes up to version {allowed}. "
        f"They are {excess} bytes too long.",
        remedy=_remedy(needed, profile, contents, excess),
    )


def _remedy(needed: int | None, profile: Profile, contents: Contents, excess: int) -> str:
    ways = []
    fingers = [one for one in contents.templates if one.modality == "finger"]
    dropped: list[SealedTemplate] = []
    while fingers and sum(len(one.data) for one in dropped) < excess:
        dropped.append(fingers.pop())
    if dropped and sum(len(one.data) for one in dropped) >= excess and len(dropped) < len(contents.templates):
        ways.append("leave out " + " and ".join(_FINGERS[one.position] for one in dropped))
    if needed is not None and profile == "card" and needed <= MAX_VERSIONS["paper"]:
        ways.append("choose the paper profile")
    ways.append("shorten the issuer's and the status list's URI")
    return f"{ways[0].capitalize()}, or {ways[1]}." if len(ways) > 1 else f"{ways[0].capitalize()}."
