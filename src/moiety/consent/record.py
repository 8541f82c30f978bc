"""The consent record: who agreed to what, for how long, under which notice, and without whom nothing begins.

Fields follow ISO/IEC TS 27560:2023 (consent record information structure), named by the Data Privacy
Vocabulary where it has a term. The person is not named: the record belongs to the code that it leads to.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, cast

from moiety.errors import ConsentError, InputError
from moiety.files import read_bounded, write_atomically

SCHEMA: Final = "moiety/consent/1"
NOTICE_VERSION: Final = "2026-11"
MAX_BYTES: Final = 50_000
CLOCK_TOLERANCE_S: Final = 300
_MODALITIES: Final = frozenset({"face", "finger"})


@dataclass(frozen=True, slots=True, repr=False)
class Consent:
    """One person's consent to one enrolment, given now, withdrawable at any time.

    Attributes:
        record_id: random identifier, 32 hexadecimal digits.
        salt: random, 32 hexadecimal digits; keeps the hash in the code from being guessed.
        purpose: what the code will be used for, in the person's words or read to them.
        modalities: what may be captured: "face", "finger".
        notice_version: the notice that was read.
        given_at: UTC seconds.
        expires_at: UTC seconds; no code outlives it.
        withdrawn_at: UTC seconds, or None.
    """

    record_id: str
    salt: str
    purpose: str
    modalities: tuple[str, ...]
    notice_version: str
    given_at: int
    expires_at: int
    withdrawn_at: int | None = None

    @classmethod
    def given(
        cls,
        purpose: str,
        *,
        modalities: tuple[str, ...] = ("face",),
        days: int = 365,
        notice: str = NOTICE_VERSION,
        now: int | None = None,
    ) -> Consent:
        """Record that a person, present and informed, agrees now.

        `notice` is the reference of the notice that was read: its version, or what `Notice.reference` says.

        Raises:
            ConsentError: no purpose, or a modality or a period that cannot be agreed to.
        """
        moment = int(time.time()) if now is None else now
        record = cls(
            record_id=secrets.token_hex(16),
            salt=secrets.token_hex(16),
            purpose=purpose.strip(),
            modalities=modalities,
            notice_version=notice,
            given_at=moment,
            expires_at=moment + days * 86_400,
        )
        record._check_shape()
        return record

    @classmethod
    def read(cls, path: str | Path) -> Consent:
        """Read a record from its file.

        Raises:
            ConsentError: missing, unreadable, or not a consent record.
        """
        try:
            document = json.loads(read_bounded(path, MAX_BYTES, what="consent record"))
        except InputError as error:
            raise ConsentError(str(error)) from error
        except (ValueError, RecursionError) as error:
            raise ConsentError(f"The file {Path(path).name!r} is no consent record.") from error
        return cls.from_json(document)

    @classmethod
    def from_json(cls, document: object) -> Consent:
        """A record from the JSON object that `to_json` gave.

        Raises:
            ConsentError: not a consent record.
        """
        try:
            record = cls._from_document(cast("Mapping[str, Any]", document))
        except (ValueError, KeyError, TypeError) as error:
            raise ConsentError("This is no consent record.") from error
        record._check_shape()
        return record

    def to_json(self) -> dict[str, Any]:
        """The record as plain data, as its file holds it."""
        return {"schema": SCHEMA, **asdict(self), "modalities": sorted(self.modalities)}

    def save(self, path: str | Path) -> None:
        """Write the record; it holds no biometrics and no name, but only its owner should read it."""
        write_atomically(path, self._canonical(indent=2) + b"\n", mode=0o600)

    def require(self, modalities: frozenset[str], *, now: int | None = None) -> None:
        """Stop here unless this consent covers `modalities` at this moment.

        Raises:
            ConsentError: withdrawn, expired, dated in the future, or not given for a modality.
        """
        moment = int(time.time()) if now is None else now
        if self.withdrawn_at is not None:
            raise ConsentError("The consent was withdrawn.", remedy="Nothing may be captured.")
        if self.given_at > moment + CLOCK_TOLERANCE_S:
            raise ConsentError("The consent is dated in the future.", remedy="Check this machine's clock.")
        if moment >= self.expires_at:
            raise ConsentError("The consent has expired.", remedy="Ask again: moiety consent new.")
        missing = sorted(modalities - set(self.modalities))
        if missing:
            raise ConsentError(
                f"The consent does not cover: {', '.join(missing)}.",
                remedy=f"Ask for it: moiety consent new --modality {missing[0]}.",
            )

    def days_left(self, *, now: int | None = None) -> int:
        """Whole days until this consent expires."""
        moment = int(time.time()) if now is None else now
        return max(0, (self.expires_at - moment) // 86_400)

    def commitment(self) -> bytes:
        """SHA-256 of the salted record: what the sealed part of the code carries, 32 bytes.

        It shows that a code rests on this very record, and tells nothing to whoever lacks it.
        """
        as_given = replace(self, withdrawn_at=None)  # a later withdrawal must not break the tie to the code
        return hashlib.sha256(b"moiety/consent-commitment/1\x00" + as_given._canonical()).digest()

    def _canonical(self, indent: int | None = None) -> bytes:
        separators = (",", ":") if indent is None else None
        text = json.dumps(
            self.to_json(), sort_keys=True, ensure_ascii=False, indent=indent, separators=separators
        )
        return text.encode()

    @classmethod
    def _from_document(cls, document: Mapping[str, Any]) -> Consent:
        if document["schema"] != SCHEMA or set(document) != {"schema", *(one.name for one in fields(cls))}:
            raise ValueError
        body = {name: value for name, value in document.items() if name != "schema"}
        return cls(**{**body, "modalities": tuple(body["modalities"])})

    def _check_shape(self) -> None:
        texts = (self.record_id, self.salt, self.purpose, self.notice_version, *self.modalities)
        times = (self.given_at, self.expires_at, *(() if self.withdrawn_at is None else (self.withdrawn_at,)))
        right = all(isinstance(one, str) for one in texts) and all(type(one) is int for one in times)
        if not right or not _is_hex(self.record_id) or not _is_hex(self.salt):
            raise ConsentError("The consent record is damaged.")
        if not 3 <= len(self.purpose) <= 2000:
            raise ConsentError("A consent needs its purpose, in 3 to 2000 characters.")
        if not self.modalities or not set(self.modalities) <= _MODALITIES:
            raise ConsentError("A consent names what may be captured: face, finger, or both.")
        if not 0 < self.expires_at - self.given_at <= 10 * 366 * 86_400:
            raise ConsentError("A consent is given for a time: from one day to ten years.")

    def __repr__(self) -> str:
        return f"Consent(purpose={self.purpose!r}, modalities={self.modalities!r})"


def _is_hex(text: str) -> bool:
    return len(text) == 32 and all(one in "0123456789abcdef" for one in text)
