"""Poisson blending: conjugate gradients against a solved system, and harmonic functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.edit.blend import conjugate_gradients, neighbours, paste, poisson


def hole(H=9, W=7):
    visible = np.ones((H, W), bool)
    visible[2:6, 1:5] = False
    return visible


def test_a_harmonic_picture_is_recovered_exactly(rng):
    """x + 2 y and x^2 - y^2 solve Laplace's equation on the grid, too: blending a flat G gives them back."""
    i, j = np.mgrid[:9, :7].astype(float)
    y = np.stack([i + 2 * j, i**2 - j**2])[..., None]
    out = poisson(y, np.zeros_like(y), hole(), screen=0)
    assert np.allclose(out, y, atol=1e-7)


def test_it_meets_the_rim_and_keeps_the_differences_of_g(rng):
    g, y = rng.standard_normal((2, 9, 7, 3)), rng.standard_normal((2, 9, 7, 3))
    out, visible = poisson(y, g, hole(), screen=0), hole()
    assert (out[:, visible] == y[:, visible]).all()
    u = out - g  # in the hole the mean of its four neighbours: Laplace's equation
    assert np.allclose(neighbours(u)[:, ~visible], 4 * u[:, ~visible], atol=1e-7)
    assert np.allclose(poisson(g + 0.25, g, visible, screen=0), g + 0.25)  # G's picture is darker: it is made lighter
    assert np.allclose(poisson(g, g, visible), g)


def test_a_screen_keeps_it_near_g(rng):
    g, y = rng.standard_normal((1, 9, 7, 1)), rng.standard_normal((1, 9, 7, 1))
    visible = hole()
    far = [np.abs(poisson(y, g, visible, screen=k) - g)[:, ~visible].sum() for k in (0, 0.5, 1e9)]
    assert far[0] > far[1] > far[2] and far[2] < 1e-6


def test_a_hole_at_the_edge(rng):
    visible = np.ones((6, 6), bool)
    visible[:, 3:] = False
    y, g = np.full((1, 6, 6, 1), 0.5), np.zeros((1, 6, 6, 1))
    assert np.allclose(poisson(y, g, visible, screen=0), 0.5)


def test_paste(rng):
    y, g = rng.standard_normal((2, 1, 9, 7, 1))
    out = paste(y, g, hole())
    assert (out[:, hole()] == y[:, hole()]).all() and (out[:, ~hole()] == g[:, ~hole()]).all()


@given(n=st.integers(1, 12), systems=st.integers(1, 3), seed=st.integers(0, 9))
def test_conjugate_gradients_solve(n, systems, seed):
    rng = np.random.default_rng(seed)
    B = rng.standard_normal((n, n))
    L, b = B @ B.T + np.eye(n), rng.standard_normal((systems, n))
    b[0] = 0  # a system that is solved already
    u = conjugate_gradients(lambda u: u @ L.T, b)
    assert np.allclose(u, np.linalg.solve(L, b.T).T, atol=1e-6)


def test_they_stop_after_so_many_steps(rng):
    b = rng.standard_normal((1, 30))
    L = np.diag(np.arange(1.0, 31))
    one = conjugate_gradients(lambda u: u @ L, b, most=1)
    assert np.allclose(one, b * np.sum(b * b) / np.sum(b * (b @ L)))
    assert one == pytest.approx(one) and not np.allclose(one, b / np.arange(1.0, 31))
