"""A witness's folder: its key, the logs that it knows, and the newest checkpoint that it cosigned of each.

witness/            0700
  witness.json      format, name, the logs' verifier keys, and the addresses at which they show their tiles
  key.pem           0600
  logs/HASH         the newest cosigned checkpoint of the log whose origin has that SHA-256
  logs/HASH.forked  the first checkpoint of it that contradicts that one: signed by the log, it is the proof
  hashes/HASH/tile  the hashes of all that was cosigned, of a log whose address is known
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from moiety.errors import HomeError, LedgerMalformed, LedgerRefused, StoreUnavailable, UsageError
from moiety.files import read_bounded, write_atomically
from moiety.keys import (
    PRIVATE_FILE_MODE,
    SigningKey,
    check_private_directory,
    make_private_directory,
    write_private,
)
from moiety.ledger import note as notes
from moiety.ledger.checkpoint import Checkpoint, parse_text
from moiety.ledger.cosignature import WitnessKey
from moiety.ledger.note import Note, NoteVerifier, note_verifier, valid_name
from moiety.ledger.parameters import MAX_NOTE_BYTES
from moiety.ledger.witnessing import Answer, Witness, forked
from moiety.witness.holding import Holding
from moiety.witness.mark import Mark, alone
from moiety.witness.source import OpenTiles, http_tiles

FORMAT: Final = 2
WITHOUT_ADDRESSES: Final = 1  # the format before: it is read, and written anew at the next change
LOGGER: Final = logging.getLogger("moiety.witness")
_MAX_CONFIG_BYTES: Final = 65_536
_NEW_KEY: Final = (
    "Begin a new witness key (moiety witness init, in another folder) and give it to those who check. A "
    "backup would not know what was cosigned after it, and a witness that forgot could cosign a fork."
)
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class WitnessPlace:
    """An opened witness folder."""

    path: Path
    witness: Witness
    addresses: Mapping[str, str]
    tiles: OpenTiles = http_tiles
    mark: Mark | None = None

    @property
    def key(self) -> WitnessKey:
        """What checks this witness's cosignatures."""
        return WitnessKey(self.witness.name, self.witness.signer.verifying_key)

    def add_checkpoint(self, body: bytes, *, now: int) -> Answer:
        """Answer an add-checkpoint request; what it keeps is on the disk before this returns.

        Of a log whose address is known it keeps the hashes too, so that a fork is told by its first entry.

        Raises:
            StorageError: the disk refused; nothing was cosigned.
            HomeError: the record of this log is damaged, or older than the mark.
        """
        origin = self.witness.origin_of(body)
        if origin is None:
            return self.witness.consider(body, None, now=now)
        file = self._file(origin)
        with alone(file):
            latest = self.latest(origin)
            seen = None if latest is None else parse_text(latest.text)
            if self.mark is not None:
                self.mark.require(origin_hash(origin), seen)
            answer = self.witness.consider(body, latest, now=now)
            if answer.keep is not None:
                answer = self._with_hashes(origin, answer, seen, parse_text(answer.keep.text))
            elif answer.contradicts is not None and seen is not None:
                answer = self._named(origin, answer, seen, answer.contradicts)
            if answer.keep is not None:
                write_atomically(file, answer.keep.encode())
                if self.mark is not None:
                    self.mark.note(origin_hash(origin), parse_text(answer.keep.text))
        return answer

    def _with_hashes(
        self, origin: str, answer: Answer, seen: Checkpoint | None, stated: Checkpoint
    ) -> Answer:
        """The same answer, once the hashes are kept; else that it has to wait until the log shows them."""
        address = self.addresses.get(origin)
        if address is None:
            return answer
        try:
            with self.tiles(address) as read:
                self._holding(origin).extend(seen, stated, read)
        except (StoreUnavailable, LedgerRefused) as error:
            LOGGER.warning("%s: %s", origin, error)
            return Answer(503, f"{error} Nothing was cosigned.\n".encode())
        return answer

    def _named(self, origin: str, answer: Answer, seen: Checkpoint, shown: Note) -> Answer:
        """The same refusal, with the first entry that was changed, or why none can be named."""
        stated = parse_text(shown.text)
        index, why = self._changed(origin, seen, stated)
        if index is None:
            body = answer.body + f"No entry is named: {why}\n".encode()
        else:
            body = f"{forked(index, seen, stated)}\n".encode()
        proof = self._file(origin).with_suffix(".forked")
        if (index is not None or stated.size == seen.size) and not proof.exists():
            write_atomically(proof, shown.encode())
        # Anyone can show an old checkpoint again, or a wrong proof; that is no alarm.
        level = logging.INFO if index is None and stated.size != seen.size else logging.ERROR
        LOGGER.log(level, "%s: %s", origin, body.decode().replace("\n", " "))
        return replace(answer, body=body)

    def _changed(self, origin: str, seen: Checkpoint, stated: Checkpoint) -> tuple[int | None, str]:
        address = self.addresses.get(origin)
        if address is None:
            return None, "this witness was given no address of the log."
        try:
            with self.tiles(address) as read:
                index = self._holding(origin).forked_at(seen, stated, read)
        except (StoreUnavailable, LedgerRefused) as error:
            return None, str(error)
        return index, "as far as both go, the log shows what was cosigned."

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
            raise HomeError("The witness's record of a log is damaged.", remedy=_NEW_KEY) from error

    def by_hash(self, digest: str) -> Note | None:
        """The newest cosigned checkpoint of the log whose origin has this SHA-256, in hexadecimal."""
        found = next((one for one in self.witness.logs if origin_hash(one) == digest), None)
        return None if found is None else self.latest(found)

    def _file(self, origin: str) -> Path:
        return self.path / "logs" / origin_hash(origin)

    def _holding(self, origin: str) -> Holding:
        return Holding(self.path / "hashes" / origin_hash(origin))


def origin_hash(origin: str) -> str:
    """The name under which a witness serves a log's checkpoint (C2SP tlog-witness, monitoring)."""
    return hashlib.sha256(origin.encode()).hexdigest()


def create_witness(
    path: Path, name: str, logs: Sequence[str], addresses: Mapping[str, str] | None = None
) -> WitnessPlace:
    """Make a witness with a fresh key, for logs whose verifier keys are given; addresses by origin.

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
    _write(path, name, logs, {} if addresses is None else addresses)
    return open_witness(path)


def add_log(place: WitnessPlace, vkey: str, address: str | None = None) -> None:
    """Let a witness know one more log, or one more key of a log, or the address at which it shows its tiles.

    Raises:
        LedgerMalformed: that is no log's verifier key.
        UsageError: that is no address.
        StorageError: the disk refused.
    """
    origin = note_verifier(vkey).name
    held = [one.vkey() for keys in place.witness.logs.values() for one in keys]
    addresses = dict(place.addresses) if address is None else {**place.addresses, origin: address}
    _write(place.path, place.witness.name, [*held, *([] if vkey in held else [vkey])], addresses)


def _valid_address(address: object) -> bool:
    return isinstance(address, str) and address.isprintable() and _ADDRESS.fullmatch(address) is not None


def _write(path: Path, name: str, logs: Sequence[str], addresses: Mapping[str, str]) -> None:
    if not all(_valid_address(one) for one in addresses.values()):
        raise UsageError("A log's address begins with https:// or http:// and has no query.")
    body = {"addresses": dict(addresses), "format": FORMAT, "logs": list(logs), "name": name}
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
    name, logs, addresses = _read(path)
    return WitnessPlace(path, Witness(name, SigningKey.read(path / "key.pem"), logs), addresses)


def marked(place: WitnessPlace, file: Path) -> WitnessPlace:
    """The same witness with a mark outside its folder, which is made if it isn't there.

    Raises:
        UsageError: the file is inside the folder, where a restore would bring it back too.
        HomeError: the folder knows less than the mark.
        StorageError: the disk refused.
    """
    if file.resolve().is_relative_to(place.path.resolve()):
        raise UsageError(
            "The mark is inside the witness's folder.", remedy="Name a file on another disk: --mark FILE."
        )
    mark = Mark(file, _NEW_KEY)
    for origin in place.witness.logs:
        latest = place.latest(origin)
        seen = None if latest is None else parse_text(latest.text)
        mark.require(origin_hash(origin), seen)
        if seen is not None:
            mark.note(origin_hash(origin), seen)
    return replace(place, mark=mark)


def _read(path: Path) -> tuple[str, dict[str, tuple[NoteVerifier, ...]], dict[str, str]]:
    try:
        body: Any = json.loads(read_bounded(path / "witness.json", _MAX_CONFIG_BYTES, what="witness"))
        if body["format"] == WITHOUT_ADDRESSES:
            body = {**body, "addresses": {}, "format": FORMAT}
        if (
            set(body) != {"addresses", "format", "logs", "name"}
            or body["format"] != FORMAT
            or not valid_name(body["name"])
            or not all(_valid_address(one) for one in body["addresses"].values())
        ):
            raise ValueError
        keys = [note_verifier(one) for one in body["logs"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, LedgerMalformed) as error:
        raise HomeError(
            "witness.json is damaged.",
            remedy="Write it again from what is known of the logs (their keys and addresses), or begin a new "
            "witness: moiety witness init. Don't restore the folder from a backup.",
        ) from error
    logs: dict[str, tuple[NoteVerifier, ...]] = {}
    for key in keys:
        logs[key.name] = (*logs.get(key.name, ()), key)
    return body["name"], logs, body["addresses"]
