"""Texts that are built as codes are, without a home: enough for what tells them from other things."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from moiety.credential import base45, inflate, qr


def code_text(size: int = 700, seed: int = 169) -> str:
    """base45 of zlib of bytes that begin as COSE_Sign1 does; with so many bytes it has some 15 spaces."""
    body = random.Random(seed).randbytes(size)
    return base45.encode(inflate.deflate(b"\xd2\x84\x43\xa1\x01\x27" + body))


def drawn(text: str, *, module: int = 4, margin: int = 4) -> NDArray[np.uint8]:
    """A symbol in black on white, shape (height, width)."""
    modules = np.pad(np.array(qr.symbol(text)), margin)
    return np.kron(np.where(modules, 0, 255), np.ones((module, module))).astype(np.uint8)


def coloured(
    grey: NDArray[np.uint8], dark: tuple[int, int, int], light: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """A drawing in two colours, shape (height, width, 3)."""
    return np.where(grey[:, :, None] < 128, np.array(dark), np.array(light)).astype(np.uint8)
