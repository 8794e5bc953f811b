"""PhaseShuffle: NumPy's reflection, the adjoint, gradients of both orders, randomness that is its own."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import Conv1D, Dense, Flatten, PhaseShuffle, Sequential
from minigan.layers.phase_shuffle import scattered, shifted
from minigan.penalties import WGANGP

number = st.integers


@given(T=number(1, 9), most=number(0, 4), seed=number(0, 99))
def test_shifts_are_numpys_reflection_and_scatter_is_the_adjoint(T, most, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, T, 2))
    for k in range(-min(most, T - 1), min(most, T - 1) + 1):
        padded = np.pad(x, ((abs(k), abs(k)), (0, 0)), mode="reflect")
        np.testing.assert_array_equal(shifted(x, k), padded[abs(k) - k :][:T])
        np.testing.assert_allclose(np.sum(shifted(x, k) * y), np.sum(x * scattered(y, k)), atol=1e-12)


def test_each_sample_has_a_shift_of_its_own_and_all_of_them_come(rng):
    layer = PhaseShuffle(2, rng=rng)
    x = np.tile(np.arange(9.0)[None, :, None], (500, 1, 1))
    first = layer.forward(x)[0][:, 4, 0]  # the step 4 - k
    assert {2, 3, 4, 5, 6} == set(first.tolist())
    assert np.bincount(first.astype(int))[2:].min() > 60, "about 100 of each"
    assert (layer.forward(x)[0][:, 4, 0] != first).any(), "real and fake may have other shifts"


@pytest.mark.parametrize("training", [True, False])
@given(N=number(1, 5), more=number(1, 5), C=number(1, 3), most=number(0, 4), seed=number(0, 99))
def test_gradients(training, N, more, C, most, seed):
    layer = PhaseShuffle(most, rng=np.random.default_rng(seed))
    for check in (check_layer, check_double_backward):
        shape = (N, most + more, C)
        report = check(layer, input_shape=shape, rng=np.random.default_rng(seed), training=training)
        assert report.ok and report.checked > 0, report


def test_a_gradient_penalty_goes_through_it(rng):
    """Against differences of the penalty's value, with the same shifts each time."""
    D = Sequential(
        ("down", Conv1D(1, 2, 3, stride=2, slope=0.2, rng=rng)),
        ("shuffle", PhaseShuffle(2, rng=np.random.default_rng(5))),
        ("up", Conv1D(2, 3, 3, slope=0.2, rng=rng)), Flatten(), ("logit", Dense(3 * 5, 1, rng=rng)),
    ).astype(np.float64)  # fmt: skip
    real, fake = rng.standard_normal((2, 4, 10, 1))

    def value():
        return WGANGP(1.0)(copy.deepcopy(D), real, fake, np.random.default_rng(3))

    _, grads = value()
    eps = 1e-6
    for key, place in (("down.w", (0, 0, 0)), ("down.w", (2, 0, 1)), ("up.w", (0, 1, 0)), ("logit.w", (7, 0))):
        w, kept = D.params[key], D.params[key][place]
        w[place] = kept + eps
        above = value()[0]
        w[place] = kept - eps
        below, w[place] = value()[0], kept
        assert (above - below) / (2 * eps) == pytest.approx(grads[key][place], rel=1e-5, abs=1e-9), key


def test_evaluation_is_the_identity_and_draws_nothing(rng):
    layer, x = PhaseShuffle(2, rng=rng), rng.standard_normal((3, 5, 2))
    before = rng.bit_generator.state
    y, cache = layer.forward(x, training=False)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(layer.backward(y, cache)[0], x)
    assert rng.bit_generator.state == before and not np.shares_memory(x, y)


def test_the_generator_is_the_callers(rng):
    """Its state is all that a checkpoint needs: the same state, the same shifts."""
    layer, x = PhaseShuffle(3, rng=rng), rng.standard_normal((8, 9, 1))
    state = rng.bit_generator.state
    once = layer.forward(x)[0]
    rng.bit_generator.state = state
    np.testing.assert_array_equal(layer.forward(x)[0], once)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype, rng):
    x = rng.standard_normal((4, 6, 2)).astype(dtype)
    layer = PhaseShuffle(2, rng=rng)
    y, cache = layer.forward(x)
    assert y.dtype == layer.backward(y, cache)[0].dtype == layer.double_backward(x, y, cache)[0].dtype == dtype


def test_what_does_not_fit_is_refused(rng):
    with pytest.raises(ValueError, match="most must be a whole number of at least 0, got -1"):
        PhaseShuffle(-1)
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        PhaseShuffle(2, rng=3)
    layer = PhaseShuffle(2, rng=rng)
    with pytest.raises(ValueError, match="signals \\(N, T, C\\), got shape \\(2, 3\\)"):
        layer.forward(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="up to 2 steps .*got a signal of 2; expected at least 3"):
        layer.forward(np.zeros((2, 2, 1)))
    y, cache = layer.forward(np.zeros((2, 4, 1)))
    with pytest.raises(ValueError, match="backward expected dy with the shape of y"):
        layer.backward(y[:1], cache)
    with pytest.raises(ValueError, match="double_backward expected ddx with the shape of x"):
        layer.double_backward(y[:1], y, cache)
