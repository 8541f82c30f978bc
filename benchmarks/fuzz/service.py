"""What reaches the service besides JSON bodies: frames and orders of a live capture, and its own receipts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from moiety import decision_receipt
from moiety.credential import envelope
from moiety.errors import MoietyError
from moiety.keys import SigningKey
from moiety.service.capture import frames
from moiety.service.capture.conversation import order_of
from moiety.service.ceremonies.captured import identifier_of, nonce_of

_DEVICE: Final = SigningKey.from_seed(bytes(range(32)))


def one_case(data: bytes) -> None:
    """Read `data[1:]` as one of them. Raises nothing that they are meant to raise."""
    if not data:
        return
    try:
        _READERS[data[0] % len(_READERS)](data[1:])
    except MoietyError:
        return


def _frame(data: bytes) -> None:
    frame = frames.parse(data)
    header = frames.HEADER.pack(int(frame.full), frame.clock, frame.seq, frame.at_ms)
    if data[: len(header)] != header[:2] + data[2:4] + header[4:] or not data.endswith(frame.jpeg):
        raise AssertionError("a frame is not what came")


def _order(data: bytes) -> None:
    if not isinstance(order_of(data.decode("utf-8", "replace")).get("do"), str):
        raise AssertionError("an order says nothing")


def _receipt(data: bytes) -> None:
    decision_receipt.read(data, _DEVICE.verifying_key)


def _identifier(data: bytes) -> None:
    _hexadecimal(identifier_of, data)


def _nonce(data: bytes) -> None:
    _hexadecimal(nonce_of, data)


def _hexadecimal(read: Callable[[str], bytes], data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    if read(text).hex() != text.lower():
        raise AssertionError("what decodes does not encode to itself")


_READERS: Final = (_frame, _order, _receipt, _identifier, _nonce)


def seeds() -> list[bytes]:
    """Good input for every reader."""
    order = json.dumps({"do": "open", "nonce": "00" * 32, "code": "RT1:" + "A" * 40}).encode()
    said = {"version": 1, "outcome": "accept"}
    signed = envelope.sign(said, _DEVICE, typ=decision_receipt.RECEIPT_TYPE)
    frame = frames.HEADER.pack(1, 0, 7, 1200) + b"\xff\xd8\xff" + bytes(40)
    good = (frame, order, signed, b"00" * 16, b"00" * 32)
    return [bytes([number]) + one for number, one in enumerate(good)]
