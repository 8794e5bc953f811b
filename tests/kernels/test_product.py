"""Matrix products in compiled loops against the plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.kernels.machine.compiling import fast
from minigan.kernels.machine.vectors import TALL, lanes, padded, tile_map
from minigan.kernels.product import product, product_plain

number = st.integers


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-13)])
@given(
    M=number(1, 2 * TALL) | number(4 * TALL, 5 * TALL), vectors=number(1, 5), over=number(0, 15), K=number(0, 9),
    turned=st.booleans(), looked_up=st.booleans(), add=st.booleans(),
    gaps=st.tuples(number(0, 3), number(0, 3), number(0, 3)), start=number(0, 5), seed=number(0, 99),
)  # fmt: skip
def test_product_equals_its_plain_twin(
    M, vectors, over, K, turned, looked_up, add, gaps, start, seed, dtype, tolerance
):
    """Any number of rows, and of columns from a vector on unless they are added to; a read by rows, by columns or by
    tables, arrays with gaps between their rows, c with more around it."""
    N, rng = vectors * lanes(dtype) + (0 if add else over), np.random.default_rng(seed)
    a_row, a_step = (1, M + gaps[0]) if turned else (K + gaps[0], 1)
    b_row, c_row = N + gaps[1], N + gaps[2]
    a = rng.standard_normal(start + (K + 1) * (M + gaps[0]) + M * (K + gaps[0])).astype(dtype)
    b = rng.standard_normal(start + (K + 1) * b_row).astype(dtype)
    c = rng.standard_normal(start + M * c_row + 7).astype(dtype)
    got, want = c.copy(), c.copy()
    if looked_up:
        a_row, a_step = (rng.integers(0, (a.size - start + 1) // 2, size, np.intp) for size in (M, K))
    product(a, start, a_row, a_step, b, start, b_row, got, start, c_row, M, N, K, add)
    product_plain(a, start, a_row, a_step, b, start, b_row, want, start, c_row, M, N, K, add)
    np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * (1 + K))
    inside = np.zeros(c.shape, bool)
    for m in range(M):
        inside[start + m * c_row : start + m * c_row + N] = True
    np.testing.assert_array_equal(got[~inside], c[~inside])


def mixed(p, q, r):
    """A formula with every operation there is: two numbers of three."""
    return 2.0 * p - q * 0.5 + r, -(p + 3.0 * r) * q


map_mixed = tile_map(mixed, 3)


@fast
def mapped(x, y, count):
    map_mixed(x, 0, 3 * count, count, y, 0, 2 * count, count, count)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_formula_runs_on_vectors_as_it_does_on_arrays(rng, dtype):
    count = padded(5, dtype)
    x, y = rng.standard_normal((3, 3, count)).astype(dtype), np.zeros((2, 2, count), dtype)
    columns = [mixed(*x[:, j]) for j in range(3)]
    want = np.array([mixed(*row) for row in zip(*columns, strict=True)])
    mapped(x, y, count)
    assert want.dtype == dtype
    np.testing.assert_allclose(y, want, rtol=20 * np.finfo(dtype).eps)
