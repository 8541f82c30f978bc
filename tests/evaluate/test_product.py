"""The integer product is exact, where saturating ones are not, and for blocks of any shape."""

from __future__ import annotations

import numpy as np
import pytest

from moiety.evaluate.product import multiply, shifted


@pytest.mark.parametrize("value", [-128, -127, 0, 1, 127])
@pytest.mark.parametrize("other", [-128, 127])
def test_the_largest_sums_do_not_saturate(value: int, other: int) -> None:
    rows, columns = np.full((3, 1040), value, np.int8), np.full((5, 1040), other, np.int8)
    product = multiply(shifted(rows), np.ascontiguousarray(shifted(columns).T))
    assert product.dtype == np.int32
    assert np.array_equal(product, np.full((3, 5), 1040 * value * other))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 128), (17, 33, 127), (256, 70, 128), (3, 1024, 512)])
def test_products_equal_those_of_wide_integers(shape: tuple[int, int, int]) -> None:
    rows, columns, length = shape
    random = np.random.default_rng(rows)
    left = random.integers(-128, 128, (rows, length)).astype(np.int8)
    right = random.integers(-128, 128, (columns, length)).astype(np.int8)
    expected = left.astype(np.int64) @ right.astype(np.int64).T
    assert np.array_equal(multiply(shifted(left), np.ascontiguousarray(shifted(right).T)), expected)
    # A slice of a wider factor, as the diagonal's blocks are.
    assert np.array_equal(
        multiply(shifted(left), shifted(right).T[:, columns // 2 :]), expected[:, columns // 2 :]
    )
