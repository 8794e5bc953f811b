"""Fade and fading: the mixture, its gradients, and which alpha is taken."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import AveragePool2D, Conv2D, Dense, Fade, Sequential, UpSampling2D, faded_in, fading
from minigan.models.conditional import takes_labels
from minigan.training.ema import Average

number = st.integers


@given(alpha=st.floats(0, 1), out=st.booleans(), shape=st.tuples(number(1, 3), number(1, 3), number(1, 3)),
       seed=number(0, 99))  # fmt: skip
def test_gradients(alpha, out, shape, seed):
    rng = np.random.default_rng(seed)
    for check in (check_layer, check_double_backward):
        report = check(Fade(out), input_shape=shape, rng=rng, given={"alpha": alpha})
        assert report.ok, report


def mixture(rng):
    old = Sequential(("conv", Conv2D(2, 1, 1, rng=rng)), ("up", UpSampling2D(2)))
    new = Sequential(("up", UpSampling2D(2)), ("conv", Conv2D(2, 1, 3, rng=rng)))
    return old, new, fading(old, new).astype(np.float64)


@pytest.mark.parametrize("alpha", [0, 0.25, 1])
def test_fading_is_the_mixture_of_both(alpha, rng):
    old, new, fade = mixture(rng)
    x = rng.standard_normal((3, 2, 3, 2))
    y, cache = fade.forward(x, given={"alpha": alpha})
    np.testing.assert_allclose(y, (1 - alpha) * old.forward(x)[0] + alpha * new.forward(x)[0])
    dy = rng.standard_normal(y.shape)
    dx, grads = fade.backward(dy, cache)
    (old_dx, old_grads), (new_dx, new_grads) = (part.backward(dy, part.forward(x)[1]) for part in (old, new))
    np.testing.assert_allclose(dx, (1 - alpha) * old_dx + alpha * new_dx)
    np.testing.assert_allclose(grads["old.conv.w"], (1 - alpha) * old_grads["conv.w"])
    np.testing.assert_allclose(grads["new.conv.w"], alpha * new_grads["conv.w"])


@given(alpha=st.floats(0.05, 0.95), seed=number(0, 99))
def test_gradients_of_the_mixture(alpha, seed):
    rng = np.random.default_rng(seed)
    for check in (check_layer, check_double_backward):
        report = check(mixture(rng)[2], input_shape=(2, 2, 3, 2), rng=rng, given={"alpha": alpha})
        assert report.ok and report.checked > 0, report


def test_tools_go_through_it(rng):
    _, _, fade = mixture(rng)
    x = rng.standard_normal((2, 2, 2, 2))
    names = [visit.name for visit in fade.walk(x, given={"alpha": 0.5})]
    assert names == ["old.conv", "old.up", "old.fade", "new.up", "new.conv", "new.fade"]
    seen = []
    again = fade.rebuilt(lambda name, layer: seen.append(name) or layer)
    assert seen == names
    np.testing.assert_array_equal(again.forward(x, given={"alpha": 0.5})[0], fade.forward(x, given={"alpha": 0.5})[0])
    assert [name for name, _ in faded_in(fade)] == ["up", "conv"]


def test_the_alpha_of_training_is_kept_for_evaluation(rng):
    layer, x = Fade(), np.ones((2, 3), np.float32)
    assert not layer.forward(x, training=False)[0].any(), "0 at first"
    layer.forward(x, training=True, given={"alpha": 0.3})
    assert layer.alpha == 0.3
    np.testing.assert_allclose(layer.forward(x, training=False)[0], 0.3)
    np.testing.assert_allclose(layer.forward(x, training=False, given={"alpha": 0.9})[0], 0.9)
    assert layer.alpha == 0.3, "a pass in evaluation changes no state"
    again = Fade()
    again.state["alpha"][...] = layer.state["alpha"]  # as a checkpoint does
    assert again.alpha == 0.3 and again.astype(np.float64).alpha == 0.3


def test_an_average_of_the_network_has_the_alpha_of_now(rng):
    G = Sequential(("dense", Dense(2, 2, rng=rng)), ("fade", Fade()))
    average = Average(copy.deepcopy(G), 0.999)
    x = np.ones((2, 2), np.float32)
    for t in range(1, 6):
        G.forward(x, given={"alpha": t / 10})
        average.update(G, t)
    assert average.network.layers["fade"].alpha == 0.5


def test_it_is_told_alpha_and_no_labels(rng):
    assert not takes_labels(mixture(rng)[2])


def test_refused(rng):
    for alpha in (-0.1, 1.01, np.nan):
        with pytest.raises(ValueError, match=r'given\["alpha"\] in \[0, 1\]'):
            Fade().forward(np.ones((2, 2), np.float32), given={"alpha": alpha})
    wrong = fading(AveragePool2D(2), Conv2D(1, 1, 3, rng=rng))
    with pytest.raises(ValueError, match="must have the same shape"):
        wrong.forward(np.zeros((1, 4, 4, 1), np.float32))
