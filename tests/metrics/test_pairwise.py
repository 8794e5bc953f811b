"""Distances in blocks are the plain distances."""

import numpy as np
import pytest

from minigan.metrics import pairwise


@pytest.fixture(params=[2**22, 50])
def block(request, monkeypatch):
    """One block for everything, and blocks of a few rows."""
    monkeypatch.setattr(pairwise, "BLOCK", request.param)


def plain(x, y):
    return ((x[:, None] - y) ** 2).sum(axis=2)


def test_distances_are_the_plain_ones_and_come_in_order(block, cloud):
    x, y = cloud(37), cloud(23, seed=1)
    rows = []
    parts = pairwise.map_distances(lambda r, d2: (rows.append(r), d2.copy())[1], x, y)
    np.testing.assert_allclose(np.concatenate(parts), plain(x, y), rtol=1e-12)
    assert sorted(i for r in rows for i in range(r.start, r.stop)) == list(range(37))


def test_equal_vectors_are_at_distance_zero(block, cloud):
    x = cloud(30, shift=1e3)  # large and close: the worst case of the cancelling difference
    d2 = np.concatenate(pairwise.map_distances(lambda rows, d2: d2, x, x))
    assert (np.diag(d2) == 0).all() and (d2 >= 0).all()


@pytest.mark.parametrize("k", [1, 3])
def test_the_kth_neighbour_leaves_oneself_out(block, cloud, k):
    x = cloud(40)
    expected = np.sort(plain(x, x), axis=1)[:, k]
    np.testing.assert_allclose(pairwise.kth_neighbour(x, k), expected, rtol=1e-11)


def test_products(block, cloud):
    x, y = cloud(11), cloud(7, seed=1)
    np.testing.assert_allclose(np.concatenate(pairwise.map_products(lambda rows, p: p, x, y)), x @ y.T, rtol=1e-12)
