"""Model files: where they come from, under what licence, and that they are the ones we measured."""

from moiety.models.manifest import ModelEntry, entries, entry, register, register_home
from moiety.models.weights import weights

__all__ = ["ModelEntry", "entries", "entry", "register", "register_home", "weights"]
