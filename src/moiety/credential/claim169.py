"""Identity attributes of Claim 169 (MOSIP, version 1.2.2, section 3.1) that codes of other issuers carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from moiety.errors import CodeMalformed

FACE: Final = 62
SEALED: Final = 75
"""75 to 99 are for closed use; ours is described in `claims`."""

NAMES: Final[Mapping[int, str]] = {
    1: "id",
    2: "version",
    3: "language",
    4: "fullName",
    5: "firstName",
    6: "middleName",
    7: "lastName",
    8: "dateOfBirth",
    9: "gender",
    10: "address",
    11: "email",
    12: "phone",
    13: "nationality",
    14: "maritalStatus",
    15: "guardian",
    16: "photo",
    17: "photoFormat",
    18: "bestQualityFingers",
    19: "secondaryFullName",
    20: "secondaryLanguage",
    21: "locationCode",
    22: "legalStatus",
    23: "countryOfIssuance",
}

BIOMETRICS: Final[Mapping[int, str]] = {
    50: "rightThumb",
    51: "rightPointerFinger",
    52: "rightMiddleFinger",
    53: "rightRingFinger",
    54: "rightLittleFinger",
    55: "leftThumb",
    56: "leftPointerFinger",
    57: "leftMiddleFinger",
    58: "leftRingFinger",
    59: "leftLittleFinger",
    60: "rightIris",
    61: "leftIris",
    62: "face",
    63: "rightPalm",
    64: "leftPalm",
    65: "voice",
}

FORMATS: Final = {0: "image", 1: "template", 2: "sound", 3: "biohash"}

TEMPLATE: Final = 1
VENDOR_SPECIFIC: Final = 100


@dataclass(frozen=True, slots=True, repr=False)
class Biometric:
    """One biometric of an identity: its bytes, and numbers for what they are (`FORMATS`), where stated."""

    data: bytes
    format: int | None
    sub_format: int | None
    issuer: str | None

    def __repr__(self) -> str:
        return f"Biometric(format {self.format}, sub-format {self.sub_format}, {len(self.data)} bytes)"


Attribute = str | int | bytes | tuple[int, ...] | tuple[Biometric, ...]


def attributes(identity: Mapping[Any, Any]) -> dict[str, Attribute]:
    """The attributes that Claim 169 defines, by name; unknown numbers and unfitting values are left out.

    A portrait or finger may come as one map or as a list of maps: the specification's text and its worked
    example differ. Numbers are taken where the specification wants text (its example gives such an `id`).

    Raises:
        CodeMalformed: a biometric without data.
    """
    found: dict[str, Attribute] = {}
    for key, value in identity.items():
        if key in BIOMETRICS and isinstance(value, (list, dict)):
            entries = value if isinstance(value, list) else [value]
            found[BIOMETRICS[key]] = tuple(_biometric(entry) for entry in entries)
        elif key in NAMES:
            fitting = _fitting(value)
            if fitting is not None:
                found[NAMES[key]] = fitting
    return found


def _fitting(value: object) -> Attribute | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (str, int, bytes)):
        return value
    if isinstance(value, list) and all(type(entry) is int for entry in value):
        return tuple(value)
    return None


def _biometric(entry: object) -> Biometric:
    if not isinstance(entry, dict) or not isinstance(entry.get(0), bytes):
        raise CodeMalformed("A biometric in the code has no data.")
    kind, sub_kind, issuer = entry.get(1), entry.get(2), entry.get(3)
    return Biometric(
        entry[0],
        kind if type(kind) is int else None,
        sub_kind if type(sub_kind) is int else None,
        issuer if isinstance(issuer, str) else None,
    )
