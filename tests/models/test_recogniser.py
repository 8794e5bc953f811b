"""Q is D but for the last layer."""

import numpy as np
import pytest

from minigan.layers import BatchNorm, Dense, Sequential
from minigan.models import build, mlp, recogniser


def test_it_takes_over_all_but_the_last_layer(rng):
    D = mlp((2,), width=8, rng=rng)[1]
    Q = recogniser(D, 6, rng=rng)
    assert Q.forward(np.zeros((5, 2), np.float32))[0].shape == (5, 6)
    assert Q.layers["hidden1"] is D.layers["hidden1"] and "logit" not in Q.layers


def test_for_images(rng):
    Q = recogniser(build("quick", (16, 16, 1), rng=rng)[1], 10, rng=rng)
    assert Q.output_shape((16, 16, 1)) == (10,)


def test_a_network_that_ends_in_another_layer_is_refused(rng):
    with pytest.raises(ValueError, match="ends in 'batchnorm1', BatchNorm"):
        recogniser(Sequential(Dense(2, 1, rng=rng), BatchNorm(1)), 6)
