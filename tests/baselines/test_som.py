"""The map: near what k-means reaches, and in order."""

import numpy as np
import pytest

from minigan.baselines import SelfOrganisingMap
from minigan.baselines.som import on_plane


def test_prototypes_are_means_weighted_by_the_neighbourhood(ring):
    """With a neighbourhood of next to nothing, a step of the batch map is a step of k-means."""
    model = SelfOrganisingMap((3, 3), epochs=60, last_width=1e-3).fit(ring)
    rows = model.rows_of(ring)
    winners = ((rows[:, None] - model.prototypes) ** 2).sum(axis=2).argmin(axis=1)
    for unit in np.unique(winners):
        np.testing.assert_allclose(model.prototypes[unit], rows[winners == unit].mean(axis=0), atol=0.02)
    np.testing.assert_allclose(model.shares, np.bincount(winners, minlength=9) / len(rows))


@pytest.mark.parametrize("in_order", [True, False])
def test_the_score_is_the_distance_to_the_nearest_prototype(in_order, ring, rng):
    model = SelfOrganisingMap((4, 5)).fit(ring)
    if not in_order:
        model.prototypes = rng.permutation(model.prototypes)
    rows = model.rows_of(ring)
    far = np.sqrt(((rows[:, None] - model.prototypes) ** 2).sum(axis=2))
    assert model.score(ring) == pytest.approx(far.min(axis=1).mean(), rel=1e-9)
    two = np.argsort(far, axis=1)[:, :2]
    steps = np.abs(np.array(np.divmod(two[:, 0], 5)) - np.array(np.divmod(two[:, 1], 5))).max(axis=0)
    assert model.topographic_error(ring) == pytest.approx(np.mean(steps > 1))


def test_a_square_is_mapped_in_order(rng):
    x = rng.uniform(size=(3000, 2))
    model = SelfOrganisingMap(8).fit(x)
    assert model.topographic_error(x) < 0.05 and model.score(x) < 0.06
    w = model.prototypes.reshape(8, 8, 2)
    along = np.diff(w, axis=0).reshape(-1, 2) @ (w[-1] - w[0]).mean(axis=0)
    assert (along > 0).all()  # no row is folded back
    model.prototypes = rng.permutation(model.prototypes)
    assert model.topographic_error(x) > 0.5


@pytest.mark.parametrize("size", [(1, 7), (7, 1)])
def test_a_grid_of_one_row_begins_on_the_first_component_through_the_mean(size, rng):
    x = rng.standard_normal((500, 3)) * (5.0, 1.0, 0.1) + 2
    places = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij"), axis=-1).reshape(-1, 2)
    w = on_plane(x, places)
    _, scales, directions = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    ends = np.outer(2 * np.linspace(-1, 1, 7), directions[0]) * scales[0] / np.sqrt(len(x))
    np.testing.assert_allclose(w, x.mean(axis=0) + ends, atol=1e-9)


@pytest.mark.parametrize("size", [(3, 6), (6, 3)])
def test_the_longer_side_begins_along_the_first_component(size, rng):
    x = rng.standard_normal((500, 3)) * (5.0, 1.0, 0.1)
    places = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij"), axis=-1).reshape(-1, 2)
    w = on_plane(x, places).reshape(*size, 3)
    longer = 0 if size[0] > size[1] else 1
    assert np.abs(np.diff(w, axis=longer)[..., 0]).min() > 0.9 * np.abs(np.diff(w, axis=1 - longer)).max()


def test_one_unit_begins_at_the_mean(rng):
    x = rng.standard_normal((50, 3))
    np.testing.assert_allclose(on_plane(x, np.zeros((1, 2), int)), x.mean(axis=0, keepdims=True))


def test_more_units_are_nearer(digits):
    coarse, fine = (SelfOrganisingMap(side).fit(digits).score(digits) for side in (4, 12))
    assert fine < 0.85 * coarse


def test_samples_are_prototypes_as_often_as_they_won(ring, rng):
    model = SelfOrganisingMap((2, 3)).fit(ring)
    samples = model.sample(20_000, rng)
    which = ((samples[:, None] - model.prototypes) ** 2).sum(axis=2)
    assert which.min(axis=1).max() == 0
    np.testing.assert_allclose(np.bincount(which.argmin(axis=1), minlength=6) / 20_000, model.shares, atol=0.02)
    model.noise = 1.0
    noisy = model.sample(20_000, rng)
    np.testing.assert_allclose(noisy.std(axis=0), ring.std(axis=0), rtol=0.2)


def test_one_dimension_and_one_unit(rng):
    x = rng.standard_normal((100, 1))
    assert SelfOrganisingMap((1, 5)).fit(x).topographic_error(x) < 0.2
    np.testing.assert_allclose(SelfOrganisingMap(1, epochs=2).fit(x).prototypes, [[x.mean()]])
