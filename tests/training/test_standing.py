"""Standing statistics: equal to means over batches by hand, of every batch norm, and of nothing else."""

import numpy as np
import pytest

from minigan.layers import BatchNorm, ConditionalBatchNorm, Dense, Dropout, LeakyReLU, Sequential, spectral_normalised
from minigan.training.standing import standing_statistics


def network(rng):
    return Sequential(("one", Dense(3, 5, rng=rng)), ("norm1", BatchNorm(5)), ("leaky", LeakyReLU(0.2)),
                      ("two", Dense(5, 4, rng=rng)), ("norm2", BatchNorm(4)))  # fmt: skip


def test_it_is_the_mean_over_the_batches(rng):
    """By hand: batch b goes through the first layers with its own statistics, as in training."""
    G, z = network(rng), rng.standard_normal((12, 3)).astype(np.float32)
    standing = standing_statistics(G, z, batches=3)
    expected = {key: [] for key in ("norm1.mean", "norm1.var", "norm2.mean", "norm2.var")}
    for x in np.split(z.astype(np.float64), 3):
        x = x @ G.params["one.w"] + G.params["one.b"]
        expected["norm1.mean"].append(x.mean(axis=0))
        expected["norm1.var"].append(x.var(axis=0, ddof=1))
        x = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
        x = np.where(x > 0, x, 0.2 * x) @ G.params["two.w"] + G.params["two.b"]
        expected["norm2.mean"].append(x.mean(axis=0))
        expected["norm2.var"].append(x.var(axis=0, ddof=1))
    for key, values in expected.items():
        np.testing.assert_allclose(standing.state[key], np.mean(values, axis=0), rtol=1e-4, atol=1e-5)
    x = z @ G.params["one.w"] + G.params["one.b"]
    y = standing.layers["norm1"].forward(x, training=False)[0]
    r = 1 / np.sqrt(standing.state["norm1.var"] + 1e-5)
    np.testing.assert_allclose(y, (x - standing.state["norm1.mean"]) * r, rtol=1e-4, atol=1e-5)


def test_the_generator_stays_as_it_is_and_the_same_noise_gives_the_same(rng):
    G, z = network(rng), rng.standard_normal((32, 3)).astype(np.float32)
    before = {key: array.copy() for key, array in G.state.items()}
    one, two = standing_statistics(G, z), standing_statistics(G, z)
    for key, array in G.state.items():
        np.testing.assert_array_equal(array, before[key])
        np.testing.assert_array_equal(one.state[key], two.state[key])
    assert all(norm.momentum == 0.9 for norm in (one.layers["norm1"], G.layers["norm1"]))
    assert not np.array_equal(one.state["norm1.mean"], standing_statistics(G, z[::-1] + 1).state["norm1.mean"])


def test_a_conditional_norm_sees_its_labels_and_other_states_stay(rng):
    G = Sequential(("one", Dense(3, 5, rng=rng)), ("norm1", ConditionalBatchNorm(5, 2)),
                   ("drop", Dropout(0.5, rng=rng)), ("two", Dense(5, 4, rng=rng)), ("norm2", BatchNorm(4)))  # fmt: skip
    G.params["norm1.beta"][1] += 3
    G = spectral_normalised(G, rng=rng)
    z, ones = rng.standard_normal((16, 3)).astype(np.float32), np.ones(16, int)
    low, high = (standing_statistics(G, z, labels, batches=2) for labels in (0 * ones, ones))
    assert np.array_equal(low.state["norm1.mean"], high.state["norm1.mean"])
    assert not np.allclose(low.state["norm2.mean"], high.state["norm2.mean"])
    moved = {key for key in G.state if not np.array_equal(G.state[key], high.state[key])}
    assert moved == {"norm1.mean", "norm1.var", "norm2.mean", "norm2.var"}


@pytest.mark.parametrize("rows, batches, message", [
    (31, 16, "16 batches need at least 32 rows of noise, got 31"),
    (8, 0, "batches must be a whole number of at least 1, got 0"),
])  # fmt: skip
def test_refusals(rng, rows, batches, message):
    with pytest.raises(ValueError, match=message):
        standing_statistics(network(rng), np.zeros((rows, 3), np.float32), batches=batches)


def test_without_a_batch_norm(rng):
    with pytest.raises(ValueError, match="of batch norms, and this generator has none"):
        standing_statistics(Sequential(Dense(3, 2, rng=rng)), np.zeros((32, 3), np.float32))
