"""Noise: the same numbers as ever without a code, and one-hot rows with one."""

import numpy as np
import pytest

from minigan.models import Noise
from minigan.models.noise import truncated


@pytest.mark.parametrize("n, z_dim", [(1, 1), (5, 3), (1000, 16)])
def test_without_codes_it_draws_what_the_generator_draws(n, z_dim):
    one, two = np.random.default_rng(7), np.random.default_rng(7)
    z = Noise(z_dim).sample(n, one)
    want = two.standard_normal((n, z_dim), dtype=np.float32)
    assert z.dtype == np.float32 and z.tobytes() == want.tobytes()
    assert one.bit_generator.state == two.bit_generator.state  # and nothing beyond


def test_with_codes_each_row_ends_in_one_of_them_evenly():
    noise = Noise(3, codes=4)
    z = noise.sample(8000, np.random.default_rng(0))
    assert z.shape == (8000, noise.size) == (8000, 7) and z.dtype == np.float32
    assert np.isin(z[:, 3:], (0, 1)).all() and (z[:, 3:].sum(axis=1) == 1).all()
    assert np.abs(z[:, 3:].mean(axis=0) - 1 / 4).max() < 0.02
    assert np.abs(z[:, :3].std(axis=0) - 1).max() < 0.05


def test_one_seed_one_noise():
    one, two, three = (Noise(2, 3).sample(20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, two) and not np.array_equal(one, three)


@pytest.mark.parametrize("arguments, message", [((0,), "z_dim"), ((2.5,), "z_dim"), ((2, 1), "one kind alone"),
                                                ((2, -1), "codes"), ((2, True), "codes")])  # fmt: skip
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Noise(*arguments)


def test_truncated_noise_is_a_truncated_normal(rng):
    z = rng.standard_normal((400, 50), dtype=np.float32)
    kept = z.copy()
    tight = truncated(z, 1.0, rng)
    assert tight.dtype == np.float32 and np.abs(tight).max() <= 1 and np.array_equal(z, kept)
    within = np.abs(z) <= 1
    np.testing.assert_array_equal(tight[within], z[within])
    assert abs(tight.std() - 0.5396) < 0.01  # of a normal distribution cut at 1; clipping would give 0.72
    np.testing.assert_array_equal(truncated(z, 10.0, rng), z)
    with pytest.raises(ValueError, match="truncation must be a number of at least 0.02, got 0"):
        truncated(z, 0.0, rng)
