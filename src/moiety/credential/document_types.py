"""Which types of document an anchor vouches for, and what the certificate of a signer of each must be for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from moiety.credential.trust_parameters import MAX_TYPE_LENGTH, MAX_TYPES
from moiety.errors import TrustRefused, UsageError

MDL: Final = "org.iso.18013.5.1.mDL"
PID: Final = "urn:eudi:pid:1"
CLAIM_169: Final = "claim-169"
STATUS_LIST: Final = "status-list"
"""Claim 169 codes and status lists name no type of their own; anchors call them so."""

NONE: Final = "none"
ANY_SIGNER: Final = "any-signer"

_MDL_SIGNER: Final = "1.0.18013.5.1.2"
_ISO_SIGNER: Final = "1.0.23220.4.1.2"
_PID_SIGNER: Final = "1.3.130.2.0.0.1.2"
SIGNERS: Final = frozenset((_MDL_SIGNER, _ISO_SIGNER, _PID_SIGNER))
"""Extended key usages of document signers: ISO/IEC 18013-5, table B.3; ISO/IEC TS 23220-4; the PID rulebook
of the European architecture reference framework 1.4, annex 3.1."""

_BY_TYPE: Final = {
    MDL: frozenset((_MDL_SIGNER,)),
    "eu.europa.ec.eudi.pid.1": frozenset((_PID_SIGNER, _ISO_SIGNER)),
    "org.iso.23220.photoid.1": frozenset((_ISO_SIGNER,)),
    "org.iso.23220.photoID.1": frozenset((_ISO_SIGNER,)),
}
"""What the signer of each type must be certified for. Types that aren't here take any of `SIGNERS`."""

_DEFAULTS: Final = {"mdoc": MDL, "sd-jwt-vc": PID, CLAIM_169: CLAIM_169}
"""The one type of each kind that a root vouches for where its anchor names none."""

_USAGE: Final = re.compile(r"[0-2](\.(0|[1-9]\d{0,14})){1,20}")


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One type of document.

    Attributes:
        name: the docType of a mobile document, the `vct` of an SD-JWT VC, "claim-169" or "status-list".
        usage: the extended key usage that the signer's certificate must have, as an OID; "any-signer" for the
            usual one of this type; "none" where its issuer's certificates state none.
    """

    name: str
    usage: str = ANY_SIGNER

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= MAX_TYPE_LENGTH or not self.name.isprintable():
            raise UsageError(f"A type of document has a name of 1 to {MAX_TYPE_LENGTH} characters.")
        if self.usage not in (NONE, ANY_SIGNER) and not _USAGE.fullmatch(self.usage):
            raise UsageError(
                f"{self.usage!r} isn't an extended key usage.",
                remedy="Give its OID, such as 1.0.18013.5.1.2, or none.",
            )

    def allows(self, stated: frozenset[str] | None) -> bool:
        """Whether a certificate with these extended key usages may sign it; None where it states none.

        A usage for anything but documents refuses the certificate, whatever else it states.
        """
        wanted = _BY_TYPE.get(self.name, SIGNERS) if self.usage in (NONE, ANY_SIGNER) else {self.usage}
        if stated is None:
            return self.usage == NONE
        return bool(stated & wanted) and not stated - SIGNERS - wanted


def defaults(kinds: tuple[str, ...]) -> tuple[DocumentType, ...]:
    """What a root vouches for where its anchor names no type: one well-known type of each kind."""
    return tuple(DocumentType(_DEFAULTS[one]) for one in kinds)


def parse(text: str) -> DocumentType:
    """A type as people write it: NAME, or NAME=USAGE.

    Raises:
        UsageError: malformed.
    """
    name, separator, usage = text.strip().rpartition("=")
    return DocumentType(name, usage) if separator else DocumentType(usage)


def encode(types: tuple[DocumentType, ...]) -> list[list[str]]:
    """Types as a trust bundle holds them."""
    return [[one.name, one.usage] for one in types]


def decode(value: Any) -> tuple[DocumentType, ...]:
    """Read what `encode` wrote, strictly.

    Raises:
        TrustRefused: anything else.
    """
    malformed = TrustRefused("The trust bundle is malformed.")
    if not isinstance(value, list) or len(value) > MAX_TYPES:
        raise malformed
    found = []
    for one in value:
        if not isinstance(one, list) or len(one) != 2 or not all(isinstance(part, str) for part in one):
            raise malformed
        try:
            found.append(DocumentType(*one))
        except UsageError as error:
            raise malformed from error
    return tuple(found)
