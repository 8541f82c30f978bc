"""The bytes of a model file, read once and checked against the manifest."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Final

from moiety.errors import ModelError
from moiety.models.manifest import ModelEntry, entry

MAX_MODEL_BYTES: Final = 600_000_000


def weights(model_id: str) -> bytes:
    """The checked bytes of a model file. Nothing is downloaded, ever.

    Raises:
        ModelError: unknown, missing, or not the file that was measured.
    """
    return _checked(entry(model_id))


def path_of(one: ModelEntry) -> Path:
    """Where the file of a manifest entry lies on this machine.

    Raises:
        ModelError: the package that carries it is not installed.
    """
    if one.directory:
        return Path(one.directory) / one.file
    # find_spec, not import: the package that carries a model need not be run to be read.
    found = importlib.util.find_spec(one.package)
    if found is None or found.origin is None:
        raise ModelError(
            f"The package {one.package!r}, which carries the model {one.id!r}, is not installed."
        )
    return Path(found.origin).parent / one.file


@lru_cache(maxsize=8)
def _checked(one: ModelEntry) -> bytes:
    path = path_of(one)
    try:
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise ModelError(f"The model file of {one.id!r} is too large.")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model file of {one.id!r} is missing.") from error
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), one.sha256):
        raise ModelError(
            f"The model file of {one.id!r} is not the one that was measured: its SHA-256 differs."
        )
    return data
