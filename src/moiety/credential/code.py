"""A credential: the text of a code, and what it says in the open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from moiety.credential import base45, blind, claims, contents, cose, inflate, profiles, read, seal
from moiety.credential.blind import BlindCode, ShareProvider
from moiety.credential.claims import Claims, Statement
from moiety.credential.contents import Contents
from moiety.credential.pin import unlock
from moiety.errors import (
    CodeMalformed,
    PinRequired,
    SealUnopenable,
    ShareUnavailable,
    SignatureInvalid,
    UsageError,
)
from moiety.files import write_atomically
from moiety.keys import PRIVATE_FILE_MODE, GroupPrivateKey, VerifyingKey

SUFFIXES: Final = (".png", ".svg", ".pdf", ".txt")


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """One half of a pair: a code that a person carries. Reading it proves nothing; see `verify_signature`.

    Attributes:
        text: what the QR symbol holds.
        statement: what the code says in the open, whoever issued it.
    """

    text: str
    statement: Statement = field(compare=False)
    message: cose.Sign1 = field(compare=False)

    @classmethod
    def read(cls, source: str | Path | bytes) -> Credential:
        """Read a code from a picture (PNG, JPEG, WebP, AVIF, TIFF, BMP), a card (PDF, SVG) or its text.

        A `Path` is a file, `bytes` are what a file holds; a `str` is the code's text where it is one, and
        else the name of a file.

        Raises:
            CodeUnreadable: no code there, or two.
            ImageUnreadable, ImageTooLarge: a picture that cannot be read.
            CodeMalformed: a code that is damaged or altered.
        """
        return cls.from_text(read.text_of(source))

    @classmethod
    def from_picture(cls, rgb: NDArray[np.uint8]) -> Credential:
        """Read a code from pixels: uint8, shape (height, width, 3). Raises what `read` raises."""
        return cls.from_text(read.in_picture(rgb))

    @classmethod
    def from_text(cls, text: str) -> Credential:
        """Decode the text of a code: base45, compression, COSE, CWT, claim 169.

        Raises:
            CodeUnreadable: not the text of a code; it says what it is.
            CodeMalformed: the text of a code, and then not what the format demands.
        """
        bare = read.text_in(text)
        message = cose.decode(inflate.inflate(base45.decode(bare)))
        return cls(bare, claims.decode(message.payload), message)

    @property
    def claims(self) -> Claims:
        """What a code of ours says in the open.

        Raises:
            CodeMalformed: a Claim 169 code of another issuer's kind, which nothing here can compare with.
        """
        if self.statement.claims is None:
            raise CodeMalformed(
                "This is a Claim 169 code of another kind: it carries no template that Moiety can compare.",
                remedy="moiety inspect CODE shows what it says.",
            )
        return self.statement.claims

    @property
    def blind_code(self) -> BlindCode:
        """By what a key-share service knows this code.

        Raises:
            CodeMalformed: as `claims`.
        """
        return BlindCode.of(self.claims.issuer, self.claims.cti, self.message.payload)

    @property
    def key_id(self) -> bytes:
        """Identifier of the key that the code says it is signed with; empty where it names none."""
        return b"" if self.message.key_id is None else self.message.key_id

    @property
    def algorithm(self) -> str | None:
        """Name of the signature algorithm that the code states, or its number where it has no name here."""
        number = self.message.algorithm
        return None if number is None else cose.ALGORITHMS.get(number, str(number))

    def signed_by(self, key: VerifyingKey) -> bool:
        """Whether this key signed the code, as it is; False where nobody did."""
        try:
            cose.verify(self.message, key)
        except SignatureInvalid:
            return False
        return True

    @property
    def short_id(self) -> str:
        """Eight characters by which people name a code: printed on the card, no secret."""
        whole = self.statement.cti
        digest = hashlib.sha256(self.text.encode()).digest() if whole is None else whole
        return f"{digest[:2].hex()}-{digest[2:4].hex()}".upper()

    @property
    def version(self) -> int | None:
        """Version of the QR symbol at level M, 1 to 35; None where the text fits none."""
        return profiles.version_of(len(self.text))

    def save(self, path: str | Path) -> None:
        """Write the code as its suffix says: .png, .svg, .pdf (a card to print) or .txt; whole or not at all.

        Raises:
            UsageError: another suffix.
            OverBudget: longer than the largest symbol holds (a .txt holds it).
            StorageError: the disk refused.
        """
        target = Path(path)
        # Whoever can read an open code can read the template.
        mode = PRIVATE_FILE_MODE if self.claims.profile == "open" else 0o644
        write_atomically(target, render(self, target.suffix.lower()), mode=mode)

    def __repr__(self) -> str:
        own = self.statement.claims
        return f"Credential({'foreign' if own is None else own.profile}, issuer {self.statement.issuer!r})"


def render(credential: Credential, suffix: str) -> bytes:
    """The bytes of a file of this kind: ".png", ".svg", ".pdf" or ".txt".

    Raises:
        UsageError: another suffix.
        OverBudget: longer than the largest symbol holds.
    """
    if suffix not in SUFFIXES:
        raise UsageError(f"A code is written as one of {', '.join(SUFFIXES)}, not {suffix!r}.")
    if suffix == ".txt":
        return f"{credential.text}\n".encode("ascii")
    # Drawing libraries are loaded where something is drawn: they would double the start of `moiety verify`.
    if suffix == ".pdf":
        from moiety.credential import card

        return card.pdf(credential)
    from moiety.credential import qr

    return qr.png(credential.text) if suffix == ".png" else qr.svg(credential.text)


def verify_signature(credential: Credential, key: VerifyingKey) -> None:
    """Check that the code is as this issuer key signed it.

    Raises:
        SignatureInvalid: unsigned, another algorithm, or a signature that does not hold.
    """
    cose.verify(credential.message, key)


def unseal(
    credential: Credential,
    group: GroupPrivateKey | None,
    pin: str | None = None,
    shares: ShareProvider | None = None,
) -> Contents:
    """Open a code. Check the signature first: this does not.

    Args:
        credential: a code of ours.
        group: the private key of the verifier group; not needed in the open profile.
        pin: the holder's PIN, where the code has one.
        shares: who releases the other share of a blind code's key; asked last of all.

    Raises:
        ShareUnavailable: a blind code, and nobody to ask; and whatever the provider raises.
        SealUnopenable: sealed to another group, transplanted from another code, or damaged.
        PinRequired, PinWrong: the PIN is missing or does not open it.
        CodeMalformed: opened, and not what the format demands.
    """
    own = credential.claims
    if own.contents is not None:
        return own.contents
    if group is None or own.group is None or own.sealed is None or group.key_id != own.group:
        raise SealUnopenable("The code is sealed to another verifier group.")
    if own.pin and pin is None:
        raise PinRequired("The code has a PIN, and none was given.")
    info = seal.binding(own.issuer, own.cti, own.group, claims.PROFILE_NUMBERS[own.profile])
    opened = seal.unseal(own.sealed, group, info)
    if own.profile == "blind":
        if shares is None:
            raise ShareUnavailable("The key of this code lies in part with a service, and none was asked.")
        opened = blind.unlock(opened, shares(credential.blind_code, pin), cti=own.cti, info=info)
    elif own.pin and pin is not None:
        opened = unlock(opened, pin, cti=own.cti, info=info)
    return contents.decode(opened, version=own.version, enrolled=own.enrolled)
