"""Strict CBOR (RFC 8949): one canonical encoding out, and nothing ambiguous or unbounded in.

The bytes are walked once before `cbor2` builds any value, because that library gives meaning to tags that a
code never needs (regular expressions, big floats, shared references) and that can cost without bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cbor2

from moiety.credential.parameters import MAX_DEPTH, MAX_ITEMS, MAX_MAP_ENTRIES
from moiety.errors import CodeMalformed

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _OTHER = range(8)
_FALSE, _TRUE, _NULL = 20, 21, 22
_FLOATS: Final = {25: 2, 26: 4, 27: 8}
_ENDLESS: Final = -1
_BREAK: Final = 0xFF


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one item may hold, and how much of CBOR's own freedom is taken.

    Attributes:
        depth: nesting of arrays, maps and tags.
        items: items in all.
        entries: entries of one map.
        any_value: whether tags and simple values of any kind are taken, without the meaning they may have.
        endless: whether indefinite lengths are taken.
    """

    depth: int = MAX_DEPTH
    items: int = MAX_ITEMS
    entries: int = MAX_MAP_ENTRIES
    any_value: bool = False
    endless: bool = False


CODE: Final = Limits()


def encode(value: Any) -> bytes:
    """Canonical CBOR: one encoding for one value (RFC 8949, section 4.2.3)."""
    return cbor2.dumps(value, canonical=True)


def decode(
    data: bytes, what: str = "code", *, tags: frozenset[int] = frozenset(), limits: Limits = CODE
) -> Any:
    """Decode one item of integers, byte and text strings, arrays, maps, floats, true, false and null.

    Tags in `tags` are taken and come out as `cbor2.CBORTag`, without the meaning that they may have.

    Raises:
        CodeMalformed: not well-formed, other tags, indefinite lengths, duplicate keys, keys that are neither
            integers nor strings, something after the end, or more depth, items or entries than `limits`
            allows. `what` names the part in the message.
    """
    meaningless = {tag: _bare(tag) for tag in tags | _walk(data, what, tags, limits)}
    try:
        return cbor2.loads(
            data,
            max_depth=limits.depth + 1,
            allow_indefinite=limits.endless,
            allow_duplicate_keys=False,
            semantic_decoders=meaningless,
        )
    except (cbor2.CBORError, ValueError, TypeError, OverflowError) as error:
        raise _malformed(what, "duplicate keys or text that is not UTF-8") from error


def embedded_spans(data: bytes) -> list[bytes]:
    """Every item of tag 24 in `data` as its bytes are, in their order; what is inside one isn't looked at.

    For data that `decode` took without indefinite lengths.
    """
    spans, at = [], 0
    while at < len(data):
        start = at
        major, argument, at = _number(data, at)
        if major == _TAG and argument == 24 and at < len(data):
            inner, length, after = _number(data, at)
            if inner == _BYTES:
                at = after + length
                spans.append(data[start:at])
        elif major in (_BYTES, _TEXT):
            at += argument
    return spans


def _bare(tag: int) -> Any:
    """A decoder that gives a tag no meaning."""

    def keep(given: Any, *_: object) -> cbor2.CBORTag:
        # cbor2 6.3 documents that it gives the decoder here, and gives the value.
        return cbor2.CBORTag(tag, given.decode() if isinstance(given, cbor2.CBORDecoder) else given)

    return keep


def _malformed(what: str, why: str) -> CodeMalformed:
    return CodeMalformed(f"The {what} is no strict CBOR: {why}.")


def _walk(data: bytes, what: str, tags: frozenset[int], limits: Limits) -> frozenset[int]:
    """Check well-formedness and the limits, without building anything. Returns the tags that were met."""
    at, items, met = 0, 0, set[int]()
    # Each frame: the items still owed at its level (or endless), its major type, and the items it has had.
    frames: list[list[int]] = [[1, _ARRAY, 0]]
    while frames:
        frame = frames[-1]
        if frame[0] == _ENDLESS and data[at : at + 1] == bytes([_BREAK]):
            if frame[1] == _MAP and frame[2] % 2:
                raise _malformed(what, "a key without a value")
            at, frame[0] = at + 1, 0
        if frame[0] == 0:
            frames.pop()
            continue
        is_key = frame[1] == _MAP and frame[2] % 2 == 0
        frame[0] -= frame[0] != _ENDLESS
        frame[2] += 1
        items += 1
        if items > limits.items:
            raise _malformed(what, f"more than {limits.items:,} items")
        major, argument, at = _head(data, at, what, tags, limits)
        _require_fitting(frame, major, argument, is_key=is_key, what=what, limits=limits)
        if major in (_BYTES, _TEXT) and argument != _ENDLESS:
            if argument > len(data) - at:
                raise _malformed(what, "cut short")
            at += argument
        elif major in (_ARRAY, _MAP, _TAG, _BYTES, _TEXT):
            if len(frames) > limits.depth:
                raise _malformed(what, f"nested more than {limits.depth} deep")
            if major == _TAG:
                met.add(argument)
            frames.append(_frame(major, argument, what, limits))
    if at != len(data):
        raise _malformed(what, "something follows its end")
    return frozenset(met)


def _require_fitting(
    frame: list[int], major: int, argument: int, *, is_key: bool, what: str, limits: Limits
) -> None:
    """Refuse an item where it has no place: keys, and the parts of an endless string."""
    if is_key and (major not in (_UNSIGNED, _NEGATIVE, _BYTES, _TEXT) or argument == _ENDLESS):
        raise _malformed(what, "a key that is neither a number nor a string")
    if frame[1] in (_BYTES, _TEXT) and (major != frame[1] or argument == _ENDLESS):
        raise _malformed(what, "a string of unlike parts")
    if frame[1] == _MAP and frame[0] == _ENDLESS and frame[2] > 2 * limits.entries:
        raise _malformed(what, f"a map of more than {limits.entries} entries")


def _frame(major: int, argument: int, what: str, limits: Limits) -> list[int]:
    if major == _TAG:
        return [1, _TAG, 0]
    if argument == _ENDLESS or major == _ARRAY:
        return [argument, major, 0]  # the limit on items bounds it
    if argument > limits.entries:
        raise _malformed(what, f"a map of more than {limits.entries} entries")
    return [2 * argument, _MAP, 0]


def _head(data: bytes, at: int, what: str, tags: frozenset[int], limits: Limits) -> tuple[int, int, int]:
    """Major type, argument and the position after them (RFC 8949, section 3)."""
    if at >= len(data):
        raise _malformed(what, "cut short")
    major, short = data[at] >> 5, data[at] & 31
    if short == 31 and major in (_BYTES, _TEXT, _ARRAY, _MAP) and limits.endless:
        return major, _ENDLESS, at + 1
    if short == 31 and major in (_BYTES, _TEXT, _ARRAY, _MAP, _OTHER):
        raise _malformed(what, "an indefinite length")
    if short > 27:
        raise _malformed(what, "a reserved length")
    if short >= 24 and 1 << (short - 24) > len(data) - at - 1:
        raise _malformed(what, "cut short")
    major, argument, after = _number(data, at)
    if major == _TAG and argument not in tags and not limits.any_value:
        raise _malformed(what, f"tag {argument}, which has no place here")
    plain = short in _FLOATS or short in (_FALSE, _TRUE, _NULL)
    if major == _OTHER and not plain and not (limits.any_value and (short != 24 or argument >= 32)):
        raise _malformed(what, "a simple value without meaning here")
    return major, argument, after


def _number(data: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument and the position after them, of a head that is whole."""
    major, short = data[at] >> 5, data[at] & 31
    if short < 24:
        return major, short, at + 1
    width = 1 << (short - 24)
    return major, int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width
