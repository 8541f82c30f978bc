"""Selective disclosure (RFC 9901, section 7.1): disclosed claims put back where their digests stand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from moiety.document.jose import encode_unpadded, json_value, unpadded
from moiety.document.parameters import MAX_DISCLOSURES, MAX_JSON_DEPTH
from moiety.errors import CodeMalformed, DigestMismatch

HASHES: Final = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}
_RESERVED: Final = frozenset(("_sd", "_sd_alg", "..."))
_NEVER_HIDDEN: Final = frozenset(("iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"))
"""Claims that SD-JWT VC lets nobody disclose selectively: without them nothing could be judged."""


def digest(text: str, hash_name: str) -> str:
    """The digest of a disclosure, or of a presentation, as tokens hold it."""
    return encode_unpadded(hashlib.new(hash_name, text.encode("ascii")).digest())


def disclosed(payload: dict[str, Any], disclosures: Sequence[str], hash_name: str) -> dict[str, Any]:
    """The payload with everything that the holder disclosed in its place.

    Raises:
        DigestMismatch: a disclosure that the issuer did not sign.
        CodeMalformed: a malformed disclosure, a digest twice, or a claim twice.
    """
    if len(disclosures) > MAX_DISCLOSURES:
        raise CodeMalformed(f"The document has more than {MAX_DISCLOSURES} disclosures.")
    if _hides_status(payload.get("status")):
        raise CodeMalformed("The document hides where its status is kept.")
    held = {digest(one, hash_name): _parsed(one) for one in disclosures}
    if len(held) != len(disclosures):
        raise CodeMalformed("The document discloses something twice.")
    builder = _Builder(held)
    whole = builder.members(payload, top=True)
    if held.keys() - builder.used:
        raise DigestMismatch("The document discloses something that its issuer did not sign.")
    return whole


def withholds(payload: dict[str, Any], disclosures: Sequence[str], hash_name: str) -> bool:
    """Whether a claim of the document itself may be withheld: a decoy looks the same."""
    hidden = payload.get("_sd", [])
    shown = {digest(one, hash_name) for one in disclosures}
    return isinstance(hidden, list) and any(one not in shown for one in hidden)


def _hides_status(value: Any) -> bool:
    """Whether where the status is kept is itself disclosed selectively; a decoy beside it hides nothing."""
    return isinstance(value, dict) and "_sd" in value and "status_list" not in value


class _Builder:
    """Walks the payload once; `seen` are the digests met, `used` those that a disclosure stood for.

    A disclosure may hold the digest of another, so what is put together is bounded in depth as a whole.
    """

    def __init__(self, held: dict[str, list[Any]]) -> None:
        self.held = held
        self.seen: set[str] = set()
        self.used: set[str] = set()
        self.depth = 1

    def value(self, value: Any) -> Any:
        if not isinstance(value, (dict, list)):
            return value
        self.depth += 1
        if self.depth > MAX_JSON_DEPTH:
            raise CodeMalformed(f"What the document discloses is nested more than {MAX_JSON_DEPTH} deep.")
        whole = self.members(value) if isinstance(value, dict) else self.array(value)
        self.depth -= 1
        return whole

    def members(self, body: dict[str, Any], *, top: bool = False) -> dict[str, Any]:
        hidden = body.get("_sd", [])
        if not isinstance(hidden, list) or "..." in body:
            raise CodeMalformed("The document's digests are not where they should be.")
        whole = {name: self.value(one) for name, one in body.items() if name not in _RESERVED}
        for one in hidden:
            found = self.find(one, 3)
            if found is None:
                continue
            name = found[1]
            if not isinstance(name, str) or name in _RESERVED or name in whole:
                raise CodeMalformed("The document discloses a claim twice, or one of a reserved name.")
            if top and name in _NEVER_HIDDEN:
                raise CodeMalformed("The document hides a claim that must not be hidden.")
            whole[name] = self.value(found[2])
        return whole

    def array(self, body: list[Any]) -> list[Any]:
        whole = []
        for one in body:
            if isinstance(one, dict) and "..." in one:
                if len(one) != 1:
                    raise CodeMalformed("The document's digests are not where they should be.")
                found = self.find(one["..."], 2)
                if found is not None:
                    whole.append(self.value(found[1]))
            else:
                whole.append(self.value(one))
        return whole

    def find(self, name: object, length: int) -> list[Any] | None:
        """The disclosure that a digest stands for; None for what is withheld, or a decoy."""
        if not isinstance(name, str) or name in self.seen:
            raise CodeMalformed("The document states a digest twice, or none where one should be.")
        self.seen.add(name)
        if name not in self.held:
            return None
        if len(self.held[name]) != length:
            raise CodeMalformed("The document discloses something in the wrong place.")
        self.used.add(name)
        return self.held[name]


def _parsed(text: str) -> list[Any]:
    value = json_value(unpadded(text))
    if not isinstance(value, list) or len(value) not in (2, 3) or not isinstance(value[0], str):
        raise CodeMalformed("A disclosure in the document is malformed.")
    return value
