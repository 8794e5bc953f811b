"""The average of G: its formula, its buffers, its place in a checkpoint."""

import numpy as np
import pytest

from minigan.layers import BatchNorm, Dense, Layer, Sequential
from minigan.training.ema import Average


def network(seed):
    rng = np.random.default_rng(seed)
    G = Sequential(Dense(3, 4, rng=rng), BatchNorm(4))
    G.forward(rng.standard_normal((5, 3)).astype(np.float32))  # moves the running statistics
    return G


def test_parameters_and_running_statistics_trail_behind():
    G, later = network(0), network(1)
    average = Average(G, decay=0.9)
    average.update(later, t=10**6)
    for kind in ("params", "state"):
        for key, kept in getattr(average.network, kind).items():
            np.testing.assert_allclose(kept, 0.9 * getattr(G, kind)[key] + 0.1 * getattr(later, kind)[key], rtol=1e-6)


def test_what_is_not_made_of_floats_is_taken_over():
    class Counting(Layer):
        def __init__(self):
            self.state = {"calls": np.array([3, 4])}

    G, later = Sequential(("count", Counting())), Sequential(("count", Counting()))
    later.layers["count"].state["calls"] += 2
    average = Average(G, decay=0.9)
    average.update(later, t=100)
    np.testing.assert_array_equal(average.network.state["count.calls"], [5, 6])


def test_early_on_it_follows_fast():
    G, later = network(0), network(1)
    average = Average(G, decay=0.999)
    average.update(later, t=1)
    want = 2 / 11 * G.params["dense1.w"] + 9 / 11 * later.params["dense1.w"]
    np.testing.assert_allclose(average.network.params["dense1.w"], want, rtol=1e-6)


def test_what_it_averages_is_left_alone():
    G = network(0)
    before = {key: array.copy() for key, array in G.params.items()}
    Average(G).update(network(1), t=5)
    assert all(np.array_equal(G.params[key], array) for key, array in before.items())


@pytest.mark.parametrize("decay", [1, 1.5, -0.1, float("nan")])
def test_a_decay_out_of_range_is_refused(decay):
    with pytest.raises(ValueError, match="decay"):
        Average(network(0), decay)
