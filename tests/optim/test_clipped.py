"""Weight clipping: the step of the optimizer inside, cut to a cube."""

import numpy as np
import pytest

from minigan.optim import OPTIMIZERS, SGD, Clipped


@pytest.mark.parametrize("rule", OPTIMIZERS.values())
def test_every_parameter_is_cut_after_the_step(rule, rng):
    """The step is the plain one, cut to the cube; the moving averages are not cut."""
    start = {"w": rng.uniform(-1, 1, (4, 5)), "b": np.array([0.1, -3.0])}
    plain, cut = ({key: p.copy() for key, p in start.items()} for _ in range(2))
    one, two = rule(plain, lr=0.1), Clipped(rule(cut, lr=0.1), 0.5)
    grads = {key: rng.standard_normal(p.shape) for key, p in start.items()}
    one.step(grads)
    two.step(grads)
    for key in start:
        np.testing.assert_array_equal(cut[key], np.clip(plain[key], -0.5, 0.5))
        assert np.abs(plain[key]).max() > 0.5
    assert cut["b"][1] == -0.5, "biases too"
    kept, free = two.state_arrays(), one.state_arrays()
    assert kept.keys() == free.keys() and all(np.array_equal(kept[key], free[key]) for key in kept)


def test_arrays_and_their_dtype_stay():
    w = np.full((2, 3), 7, np.float32)
    optimizer = Clipped(SGD({"w": w}), 0.01)
    optimizer.step({"w": np.zeros((2, 3), np.float32)})
    assert optimizer.params["w"] is w and w.dtype == np.float32 and (w == np.float32(0.01)).all()


@pytest.mark.parametrize("limit", [0, -0.01, np.inf, np.nan, None])
def test_a_limit_that_cuts_nothing_or_all_is_refused(limit):
    with pytest.raises(ValueError, match="limit, the largest size of a weight, must be a finite number above 0"):
        Clipped(SGD({}), limit)
