"""Reading from pictures: simulated prints and photographs, sixty here and a thousand in the benchmark."""

from __future__ import annotations

import numpy as np
import pytest

from moiety.credential import read
from moiety.credential.code import Credential

from .conftest import MakeCode, MakeContents


def test_sixty_prints_photographed_are_read_and_none_is_wrong() -> None:
    from benchmarks.print_and_photograph import SEED, Conditions, run

    outcome = run(60, SEED, Conditions())
    assert (outcome.read, outcome.wrong) == (60, 0)


def test_smaller_modules_need_the_second_look(make_code: MakeCode, make_contents: MakeContents) -> None:
    from benchmarks.print_and_photograph import Conditions, photograph

    code = make_code(make_contents(2))
    rng = np.random.default_rng(7)
    pictures = [photograph(code.text, rng, Conditions(pixels_per_module=3.0)) for _ in range(12)]
    found = 0
    for picture in pictures:
        found += Credential.from_picture(picture) == code
    assert found >= 11


@pytest.mark.parametrize("turned", [1, 2, 3])
def test_a_code_upside_down_or_in_negative_is_read(make_code: MakeCode, turned: int) -> None:
    from moiety.credential import qr

    code = make_code()
    modules = np.pad(np.array(qr.symbol(code.text)), 4)
    grey = np.kron(np.where(modules, 0, 255), np.ones((6, 6))).astype(np.uint8)
    rgb = np.repeat(np.rot90(grey, turned)[:, :, None], 3, axis=2).copy()
    assert read.in_picture(rgb) == code.text
    assert read.in_picture(255 - rgb) == code.text
