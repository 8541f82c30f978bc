"""Strict CBOR (RFC 8949): one canonical encoding out, and nothing ambiguous or unbounded in.

The bytes are walked once before `cbor2` builds any value, because that library gives meaning to tags that a
code never needs (regular expressions, big floats, shared references) and that can cost without bound.
"""

from __future__ import annotations

from typing import Any, Final

import cbor2

from moiety.credential.parameters import MAX_DEPTH, MAX_ITEMS, MAX_MAP_ENTRIES
from moiety.errors import CodeMalformed

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = range(8)
_FALSE, _TRUE, _NULL = 20, 21, 22
_FLOATS: Final = {25: 2, 26: 4, 27: 8}


def encode(value: Any) -> bytes:
    """Canonical CBOR: one encoding for one value (RFC 8949, section 4.2.3)."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, what: str = "code", *, tags: frozenset[int] = frozenset()) -> Any:
    """Decode one item of integers, byte and text strings, arrays, maps, floats, true, false and null.

    Tags in `tags` are taken and come out as `cbor2.CBORTag`, without the meaning that they may have.

    Raises:
        CodeMalformed: not well-formed, other tags, indefinite lengths, duplicate keys, keys that are neither
            integers nor strings, something after the end, or more depth, items or entries than `parameters`
            allows. `what` names the part in the message.
    """
    _walk(data, what, tags)
    meaningless = {tag: _bare(tag) for tag in tags}
    try:
        return cbor2.loads(
            data,
            max_depth=MAX_DEPTH + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=meaningless,
        )
    except (cbor2.CBORError, ValueError, TypeError, OverflowError) as error:
        raise _malformed(what, "duplicate keys or text that is not UTF-8") from error


def _bare(tag: int) -> Any:
    """A decoder that gives a tag no meaning."""

    def keep(given: Any, *_: object) -> cbor2.CBORTag:
        # cbor2 6.3 documents that it gives the decoder here, and gives the value.
        return cbor2.CBORTag(tag, given.decode() if isinstance(given, cbor2.CBORDecoder) else given)

    return keep


def _malformed(what: str, why: str) -> CodeMalformed:
    return CodeMalformed(f"The {what} is no strict CBOR: {why}.")


def _walk(data: bytes, what: str, tags: frozenset[int]) -> None:
    """Check well-formedness and the limits, without building anything."""
    at, items = 0, 0
    # Each frame counts the items still owed at its level; a map's frame alternates between keys and values.
    frames: list[list[int]] = [[1, 0]]
    while frames:
        frame = frames[-1]
        if frame[0] == 0:
            frames.pop()
            continue
        is_key = frame[1] == 1 and frame[0] % 2 == 0
        frame[0] -= 1
        items += 1
        if items > MAX_ITEMS:
            raise _malformed(what, f"more than {MAX_ITEMS:,} items")
        major, argument, at = _head(data, at, what, tags)
        if is_key and major not in (_UNSIGNED, _NEGATIVE, _BYTES, _TEXT):
            raise _malformed(what, "a key that is neither a number nor a string")
        if major in (_BYTES, _TEXT):
            if argument > len(data) - at:
                raise _malformed(what, "cut short")
            at += argument
        elif major in (_ARRAY, _MAP, _TAG):
            if len(frames) > MAX_DEPTH:
                raise _malformed(what, f"nested more than {MAX_DEPTH} deep")
            frames.append(_frame(major, argument, what))
    if at != len(data):
        raise _malformed(what, "something follows its end")


def _frame(major: int, argument: int, what: str) -> list[int]:
    if major == _TAG:
        return [1, 0]
    if major == _ARRAY:
        return [argument, 0]  # the limit on items bounds it
    if argument > MAX_MAP_ENTRIES:
        raise _malformed(what, f"a map of more than {MAX_MAP_ENTRIES} entries")
    return [2 * argument, 1]


def _head(data: bytes, at: int, what: str, tags: frozenset[int]) -> tuple[int, int, int]:
    """Major type, argument and the position after them (RFC 8949, section 3)."""
    if at >= len(data):
        raise _malformed(what, "cut short")
    major, short = data[at] >> 5, data[at] & 31
    at += 1
    if short < 24:
        argument, width = short, 0
    elif short < 28:
        width = 1 << (short - 24)
        if width > len(data) - at:
            raise _malformed(what, "cut short")
        argument = int.from_bytes(data[at : at + width], "big")
    elif short == 31 and major in (_BYTES, _TEXT, _ARRAY, _MAP, _OTHER):
        raise _malformed(what, "an indefinite length")
    else:
        raise _malformed(what, "a reserved length")
    if major == _TAG and argument not in tags:
        raise _malformed(what, f"tag {argument}, which has no place here")
    if major == _OTHER and short not in _FLOATS and short not in (_FALSE, _TRUE, _NULL):
        raise _malformed(what, "a simple value without meaning here")
    return major, argument, at + width
