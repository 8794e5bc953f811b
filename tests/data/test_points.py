"""The toy distributions have the modes, radii and spreads that their docstrings promise."""

import numpy as np
import pytest

from minigan.data.points import grid, grid_centres, known_modes, ring, ring_centres, swiss_roll

MAKERS = [ring, grid, swiss_roll]


def nearest(points, centres):
    distance = np.linalg.norm(points[:, None] - centres, axis=2)
    return distance.argmin(axis=1), distance.min(axis=1)


def test_ring_has_eight_distinct_centres_on_the_circle():
    centres = ring_centres()
    assert centres.shape == (8, 2) and centres.dtype == np.float32
    assert len(np.unique(centres.round(4), axis=0)) == 8
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(centres[[0, 2, 4]], [[1, 0], [0, 1], [-1, 0]], atol=1e-6)


def test_grid_centres_are_the_even_numbers():
    centres = grid_centres()
    assert centres.shape == (25, 2)
    assert np.unique(centres).tolist() == [-4, -2, 0, 2, 4]
    assert len(np.unique(centres, axis=0)) == 25


@pytest.mark.parametrize(("make", "centres", "sigma"), [(ring, ring_centres(), 0.01), (grid, grid_centres(), 0.05)])
def test_mixtures_are_even_and_as_wide_as_said(make, centres, sigma):
    points = make(40_000, np.random.default_rng(0))
    which, distance = nearest(points, centres)
    counts = np.bincount(which, minlength=len(centres))
    expected = 40_000 / len(centres)
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()
    np.testing.assert_allclose((points - centres[which]).std(axis=0), sigma, rtol=0.03)
    assert distance.max() < 6 * sigma


def test_swiss_roll_lies_on_its_spiral():
    points = swiss_roll(5_000, np.random.default_rng(0), noise=0.0)
    radius = np.linalg.norm(points, axis=1)
    t = 7.5 * radius
    assert t.min() >= 1.5 * np.pi - 1e-4 and t.max() <= 4.5 * np.pi + 1e-4
    spiral = np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 7.5
    np.testing.assert_allclose(points, spiral, atol=1e-4)
    noisy = swiss_roll(5_000, np.random.default_rng(0), noise=0.1)
    np.testing.assert_allclose((noisy - points).std(), 0.1, rtol=0.03)


@pytest.mark.parametrize("make", MAKERS)
def test_same_seed_same_points(make):
    one, two, other = (make(50, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one.shape == (50, 2) and one.dtype == np.float32
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("make", MAKERS)
def test_wrong_arguments(make, one_line_error):
    rng = np.random.default_rng(0)
    for n in (0, -1, 2.5, True):
        with one_line_error("n must be a whole number of at least 1"):
            make(n, rng)
    with one_line_error("Generator, got None; write rng="):
        make(5, None)


def test_wrong_shapes_of_distributions(one_line_error):
    rng = np.random.default_rng(0)
    with one_line_error("modes"):
        ring(5, rng, modes=0)
    with one_line_error("radius"):
        ring(5, rng, radius=0)
    with one_line_error("sigma"):
        ring(5, rng, sigma=-1)
    with one_line_error("spacing"):
        grid(5, rng, spacing=float("nan"))
    with one_line_error("noise"):
        swiss_roll(5, rng, noise=float("inf"))


@pytest.mark.parametrize("name, make", [("ring", ring), ("grid", grid)])
def test_the_known_modes_are_those_that_are_drawn(name, make):
    centres, sigma = known_modes(name)
    points = make(20_000, np.random.default_rng(1))
    offsets = points[:, None] - centres
    nearest = np.linalg.norm(offsets, axis=2).argmin(axis=1)
    assert set(nearest) == set(range(len(centres)))
    np.testing.assert_allclose(offsets[np.arange(len(points)), nearest].std(axis=0), sigma, rtol=0.05)
    assert known_modes("swiss-roll") is None
