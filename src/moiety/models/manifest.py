"""The manifest: source, licence, SHA-256 and what is known of the training data, for every model file."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from moiety.errors import DocumentUnreadable, HomeError, ModelError
from moiety.files import read_bounded, refuse_if_others_write

MAX_MANIFEST_BYTES: Final = 100_000

FREE_LICENCES: Final = frozenset(
    {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0", "ISC"}
)
"""SPDX identifiers that allow any use. The rest is refused, save what an operator holds a licence for."""

OPERATOR_LICENCE: Final = "LicenseRef-held-by-operator"
"""For a stronger model that the operator has bought or trained; `licence_note` then names the agreement."""

ROLES: Final = frozenset(
    {"face-detector", "face-embedder", "face-cover", "finger-minutiae", "presentation-attack"}
)


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model file, as the manifest describes it.

    Attributes:
        id: stable name that templates and calibration tables carry.
        role: one of `ROLES`.
        package: Python package that carries the file ("moiety" for our own), or "" for an operator's file.
        file: path inside that package, or beside the operator's manifest.
        sha256: hexadecimal digest of the file.
        licence: SPDX identifier, or `OPERATOR_LICENCE`.
        licence_note: where the licence is stated.
        source: where the file comes from.
        training_data: what is known of it, and what is not.
        dimensions: length of the embedding; 0 where there is none.
        directory: where an operator's manifest lies; empty for shipped models.
    """

    id: str
    role: str
    package: str
    file: str
    sha256: str
    licence: str
    licence_note: str
    source: str
    training_data: str
    dimensions: int
    directory: str = ""


_operators: dict[str, ModelEntry] = {}
_lock = threading.Lock()


@cache
def _shipped() -> Mapping[str, ModelEntry]:
    text = files("moiety.models").joinpath("manifest.json").read_text("utf-8")
    return {one.id: one for one in _parse(text.encode(), directory="")}


def entries() -> tuple[ModelEntry, ...]:
    """All known models: the shipped ones, then those an operator registered."""
    return (*_shipped().values(), *_operators.values())


def entry(model_id: str) -> ModelEntry:
    """The entry of one model.

    Raises:
        ModelError: there is none of that name.
    """
    found = _operators.get(model_id) or _shipped().get(model_id)
    if found is None:
        raise ModelError(f"There is no model {model_id!r}.", remedy="See: moiety models list.")
    return found


def register(manifest: str | Path) -> tuple[ModelEntry, ...]:
    """Add an operator's own models from a manifest file; the model files lie beside it.

    Nothing shipped can be replaced: an identifier stands for one file for ever, since templates carry it.

    Raises:
        DocumentUnreadable: not a manifest.
        ModelError: a licence that forbids commercial use or is not named, or a name already taken.
    """
    path = Path(manifest)
    added = _parse(read_bounded(path, MAX_MANIFEST_BYTES, what="model manifest"), directory=str(path.parent))
    with _lock:
        for one in added:
            known = _operators.get(one.id)
            if one.id in _shipped() or (known is not None and known.sha256 != one.sha256):
                raise ModelError(f"The model name {one.id!r} is taken.", remedy="Give yours another id.")
        _operators.update({one.id: one for one in added})
    return added


def register_home(home: str | Path) -> tuple[ModelEntry, ...]:
    """Register the operator's models of a home, from its `models/manifest.json`; nothing where there is none.

    Raises:
        DocumentUnreadable, ModelError: as `register`.
    """
    if not Path(home).is_dir():
        raise HomeError(f"There is no home at {home}.")
    manifest = Path(home) / "models" / "manifest.json"
    refuse_if_others_write(manifest.parent)
    refuse_if_others_write(manifest)
    return register(manifest) if manifest.exists() else ()


def _parse(data: bytes, *, directory: str) -> tuple[ModelEntry, ...]:
    try:
        document = json.loads(data)
        rows: list[dict[str, Any]] = document["models"]
        parsed = tuple(_row(row, directory) for row in rows)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DocumentUnreadable(
            "The model manifest (models/manifest.json) cannot be read.",
            remedy="See docs/reference/models.md.",
        ) from error
    for one in parsed:
        _refuse_unfit(one)
    return parsed


def _row(row: Mapping[str, Any], directory: str) -> ModelEntry:
    kinds = {field.name: (int if field.name == "dimensions" else str) for field in fields(ModelEntry)}
    wanted = set(kinds) - {"directory"}
    if set(row) != wanted or any(type(row[name]) is not kinds[name] for name in wanted):
        raise ValueError
    return ModelEntry(**row, directory=directory)


def _refuse_unfit(one: ModelEntry) -> None:
    if one.licence not in FREE_LICENCES and not (one.licence == OPERATOR_LICENCE and one.directory):
        raise ModelError(
            f"The licence {one.licence!r} of {one.id!r} does not allow every use.",
            remedy="Use a model under a free licence, or one that you hold a licence for and say so.",
        )
    if one.role not in ROLES or (one.directory and Path(one.file).name != one.file):
        raise ModelError(
            f"The manifest entry {one.id!r} is not valid.", remedy="See docs/reference/models.md."
        )
