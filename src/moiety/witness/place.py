"""A witness's folder: its key, the logs that it knows, and the newest checkpoint that it cosigned of each.

witness/            0700
  witness.json      format, name, and the logs' verifier keys
  key.pem           0600
  logs/HASH         the newest cosigned checkpoint of the log whose origin has that SHA-256
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from moiety.errors import HomeError, LedgerMalformed, UsageError
from moiety.files import read_bounded, write_atomically
from moiety.keys import (
    PRIVATE_FILE_MODE,
    SigningKey,
    check_private_directory,
    make_private_directory,
    write_private,
)
from moiety.ledger import note as notes
from moiety.ledger.cosignature import WitnessKey
from moiety.ledger.note import Note, NoteVerifier, note_verifier, valid_name
from moiety.ledger.parameters import MAX_NOTE_BYTES
from moiety.ledger.witnessing import Answer, Witness

FORMAT: Final = 1
_MAX_CONFIG_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class WitnessPlace:
    """An opened witness folder."""

    path: Path
    witness: Witness

    @property
    def key(self) -> WitnessKey:
        """What checks this witness's cosignatures."""
        return WitnessKey(self.witness.name, self.witness.signer.verifying_key)

    def add_checkpoint(self, body: bytes, *, now: int) -> Answer:
        """Answer an add-checkpoint request; what it keeps is on the disk before this returns.

        Raises:
            StorageError: the disk refused; nothing was cosigned.
            HomeError: the record of this log is damaged.
        """
        origin = self.witness.origin_of(body)
        if origin is None:
            return self.witness.consider(body, None, now=now)
        file = self._file(origin)
        with _alone(file):
            answer = self.witness.consider(body, self.latest(origin), now=now)
            if answer.keep is not None:
                write_atomically(file, answer.keep.encode())
        return answer

    def latest(self, origin: str) -> Note | None:
        """The newest checkpoint of a log that was cosigned here.

        Raises:
            HomeError: it is damaged: a witness that forgot must not cosign.
        """
        file = self._file(origin)
        if not file.exists():
            return None
        try:
            return notes.parse(read_bounded(file, MAX_NOTE_BYTES, what="checkpoint"))
        except LedgerMalformed as error:
            raise HomeError(
                "The witness's record of a log is damaged.", remedy="Restore it from a backup."
            ) from error

    def by_hash(self, digest: str) -> Note | None:
        """The newest cosigned checkpoint of the log whose origin has this SHA-256, in hexadecimal."""
        found = next((one for one in self.witness.logs if origin_hash(one) == digest), None)
        return None if found is None else self.latest(found)

    def _file(self, origin: str) -> Path:
        return self.path / "logs" / origin_hash(origin)


def origin_hash(origin: str) -> str:
    """The name under which a witness serves a log's checkpoint (C2SP tlog-witness, monitoring)."""
    return hashlib.sha256(origin.encode()).hexdigest()


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One request for a log at a time, over all processes and threads of this witness."""
    descriptor = os.open(file.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, PRIVATE_FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create_witness(path: Path, name: str, logs: Sequence[str]) -> WitnessPlace:
    """Make a witness with a fresh key, for logs whose verifier keys are given.

    Raises:
        UsageError: the name has spaces or a plus, or no log is given.
        LedgerMalformed: a verifier key is none.
        HomeError: something is there already.
        StorageError: the disk refused.
    """
    if not valid_name(name) or not logs:
        raise UsageError("A witness needs a name without spaces and plus, and at least one log.")
    for one in logs:
        note_verifier(one)
    if path.exists():
        raise HomeError(
            f"{path.name} exists; a witness is never overwritten.", remedy="Choose another folder."
        )
    make_private_directory(path)
    make_private_directory(path / "logs")
    write_private(path / "key.pem", SigningKey.generate().to_pem())
    _write(path, name, logs)
    return open_witness(path)


def add_log(place: WitnessPlace, vkey: str) -> None:
    """Let a witness know one more log, or one more key of a log.

    Raises:
        LedgerMalformed: that is no log's verifier key.
        StorageError: the disk refused.
    """
    note_verifier(vkey)
    held = [one.vkey() for keys in place.witness.logs.values() for one in keys]
    _write(place.path, place.witness.name, [*held, *([] if vkey in held else [vkey])])


def _write(path: Path, name: str, logs: Sequence[str]) -> None:
    body = {"format": FORMAT, "logs": list(logs), "name": name}
    text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    write_atomically(path / "witness.json", text.encode(), mode=PRIVATE_FILE_MODE)


def open_witness(path: Path) -> WitnessPlace:
    """Open a witness's folder.

    Raises:
        HomeError: there is none, or it is damaged.
        KeyUnavailable: its key is missing.
        PermissionsTooOpen: others can reach into it.
    """
    if not (path / "witness.json").is_file():
        raise HomeError(f"There is no witness at {path.name}.", remedy="Make one: moiety witness init.")
    check_private_directory(path)
    name, logs = _read(path)
    return WitnessPlace(path, Witness(name, SigningKey.read(path / "key.pem"), logs))


def _read(path: Path) -> tuple[str, dict[str, tuple[NoteVerifier, ...]]]:
    try:
        body: Any = json.loads(read_bounded(path / "witness.json", _MAX_CONFIG_BYTES, what="witness"))
        if (
            set(body) != {"format", "logs", "name"}
            or body["format"] != FORMAT
            or not valid_name(body["name"])
        ):
            raise ValueError
        keys = [note_verifier(one) for one in body["logs"]]
    except (ValueError, TypeError, AttributeError, RecursionError, LedgerMalformed) as error:
        raise HomeError("witness.json is damaged.", remedy="Restore it from a backup.") from error
    logs: dict[str, tuple[NoteVerifier, ...]] = {}
    for key in keys:
        logs[key.name] = (*logs.get(key.name, ()), key)
    return body["name"], logs
