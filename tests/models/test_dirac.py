"""The smallest GAN: gradients, how it begins, and that it circles."""

import numpy as np
import pytest

from minigan.gradcheck import check_layer
from minigan.models.dirac import Shift, dirac
from minigan.recipes import Settings
from minigan.recipes.setup import load_samples, make_trainer


def test_gradients_of_the_shift(rng):
    report = check_layer(Shift(rng.standard_normal(3), spread=0.3), input_shape=(5, 3))
    assert report.ok, report


def test_it_begins_at_distance_one_with_d_across():
    for seed in range(3):
        G, D = dirac((2,), rng=np.random.default_rng(seed))
        theta, psi = G.params["shift.b"], D.params["slope.w"][:, 0]
        assert np.linalg.norm(theta) == pytest.approx(1) and np.linalg.norm(psi) == pytest.approx(0.5)
        assert abs(theta @ psi) < 1e-6 and D.params.keys() == {"slope.w"}


@pytest.mark.parametrize("shape, z_dim", [((8, 8, 1), 2), ((2,), 3)])
def test_it_moves_points_only(shape, z_dim):
    with pytest.raises(
        ValueError, match="dirac moves points in the plane by 2 numbers of noise, got .* use --data dirac"
    ):
        dirac(shape, z_dim=z_dim, rng=np.random.default_rng(0))


def way_of_g(**choices):
    """The places of G's cloud after each step, (steps, 2)."""
    settings = Settings(recipe="circles", **choices).resolved()
    trainer, way = make_trainer(settings, load_samples(settings)[1]), []
    for _ in range(settings.steps):
        trainer.step()
        way.append(trainer.objective.G.params["shift.b"].copy())
    return np.array(way)


@pytest.mark.parametrize("seed", range(10))
def test_circles_goes_round_more_than_four_times_and_r1_ends_it(seed):
    way = way_of_g(seed=seed)
    angle = np.unwrap(np.arctan2(way[:, 1], way[:, 0]))
    assert 4 < abs(angle[-1] - angle[0]) / (2 * np.pi) < 5.5
    distance = np.linalg.norm(way, axis=1)
    assert distance.min() > 0.4 and distance[-130:].max() > 0.8  # of the last turn
    assert np.linalg.norm(way_of_g(seed=seed, penalty="r1:1"), axis=1)[-300:].max() < 0.05
