"""MinibatchStdDev: its gradients of both orders, also through a gradient penalty; its groups; what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import gan, gan_fused
from minigan.batch import Batch
from minigan.gan_fused import judge
from minigan.gradcheck import check_double_backward, check_layer, numeric_gradient
from minigan.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Flatten,
    Identity,
    MinibatchStdDev,
    Sequential,
    Sum,
    fading,
)
from minigan.losses import Wasserstein
from minigan.penalties import DRAGAN, R1, R2, WGANGP, check_discriminator

number = st.integers
shapes = st.tuples(number(1, 7), number(1, 3), number(1, 3), number(1, 3))


@given(shape=shapes, group_size=number(2, 5), seed=number(0, 99))
def test_gradients_of_both_orders(shape, group_size, seed):
    rng = np.random.default_rng(seed)
    layer = MinibatchStdDev(group_size, eps=0.1)
    report = check_layer(layer, input_shape=shape, rng=rng)
    assert report.ok and report.checked > 0, report
    report = check_double_backward(layer, input_shape=shape, rng=rng)
    assert report.ok and report.checked > 0, report


@given(shape=shapes, group_size=number(2, 5), seed=number(0, 99))
def test_bend_is_the_derivative_by_x(shape, group_size, seed):
    rng = np.random.default_rng(seed)
    layer = MinibatchStdDev(group_size, eps=0.1)
    x, ddx, dy = rng.standard_normal(shape), rng.standard_normal(shape), rng.standard_normal((*shape[:3], shape[3] + 1))

    def P():
        return float((ddx * layer.backward(dy, layer.forward(x)[1])[0]).sum())

    bend = layer.bend(ddx, dy, layer.forward(x)[1])
    np.testing.assert_allclose(bend, numeric_gradient(P, x).gradient, rtol=1e-5, atol=1e-7)


def test_it_is_the_formula_of_the_paper(rng):
    x = rng.standard_normal((6, 3, 2, 4))
    y, _ = MinibatchStdDev(3, eps=1e-8).forward(x)
    np.testing.assert_array_equal(y[..., :4], x)
    for group in (slice(0, 3), slice(3, 6)):
        s = x[group].std(axis=0).mean()
        np.testing.assert_allclose(y[group, :, :, 4], s, rtol=1e-6)


def test_the_last_group_has_what_is_left_and_groups_do_not_see_each_other(rng):
    layer, x = MinibatchStdDev(4), rng.standard_normal((10, 2, 2, 3))
    y, _ = layer.forward(x)
    np.testing.assert_allclose(y[8:, :, :, 3], x[8:].std(axis=0).mean(), rtol=1e-6)
    other = x.copy()
    other[:4] *= 3
    np.testing.assert_array_equal(layer.forward(other)[0][4:], y[4:])
    assert layer.forward(x[:1])[0][0, 0, 0, 3] == pytest.approx(1e-4), "a sample alone has no deviation, but eps"


def test_pictures_that_are_alike_are_found_out(rng):
    one = np.repeat(rng.standard_normal((1, 4, 4, 8), np.float32), 8, axis=0)
    many = rng.standard_normal((8, 4, 4, 8), np.float32)
    layer = MinibatchStdDev()
    assert layer.forward(one)[0][..., 8].max() < 1e-3 < 0.5 < layer.forward(many)[0][..., 8].min()


def critic(rng):
    """A D with branches before the curved layer, and a rectifier behind it."""
    new = Sequential(("conv", Conv2D(3, 2, 3, slope=0.2, rng=rng)), ("pool", AveragePool2D(2)))
    old = Sequential(("pool", AveragePool2D(2)), ("conv", Conv2D(3, 2, 1, rng=rng)))
    return Sequential(
        ("image", Conv2D(1, 3, 3, slope=0.2, rng=rng)),
        ("fade", fading(old, new)),
        ("std", MinibatchStdDev(2)),
        ("conv", Conv2D(3, 2, 3, slope=0.2, rng=rng)),
        ("std2", MinibatchStdDev(3)),
        ("flatten", Flatten()),
        ("logit", Dense(2 * 2 * 3, 1, rng=rng)),
    ).astype(np.float64)


@pytest.mark.parametrize("penalty", [WGANGP(10.0), R1(1.0), R2(1.0), DRAGAN(10.0)], ids=lambda p: type(p).__name__)
def test_a_gradient_penalty_goes_through_it_exactly(penalty, rng):
    """Also what reaches the layers before it because the deviation is curved: each parameter against differences."""
    D, given = critic(rng), {"alpha": 0.3}
    real, fake = (Batch(rng.standard_normal((5, 4, 4, 1)), given) for _ in range(2))

    def value():
        penalty.state["calls"][...] = 0
        return penalty(D, real, fake, np.random.default_rng(1))

    _, grads = value()
    assert grads.keys() == D.params.keys() and np.abs(grads["image.b"]).max() > 0, "a bias before it counts, too"
    for key, p in D.params.items():
        numeric = numeric_gradient(lambda: value()[0], p)
        smooth = numeric.smooth
        np.testing.assert_allclose(grads[key][smooth], numeric.gradient[smooth], rtol=1e-5, atol=1e-7, err_msg=key)


def test_the_rows_of_the_penalty_are_the_slope_of_the_mean_of_a_group(rng):
    """M |d f / d x[m]| of f = the mean score of a group of M, the number that WGAN-GP brings to 1."""
    D, given = critic(rng), {"alpha": 0.3}
    x = rng.standard_normal((6, 4, 4, 1))  # one group of both layers
    logits, cache = D.apply(x, given=given)
    rows = D.input_grad(np.ones_like(logits), cache)
    numeric = numeric_gradient(lambda: float(D.apply(x, given=given)[0].mean()), x)
    np.testing.assert_allclose(rows[numeric.smooth], len(x) * numeric.gradient[numeric.smooth], rtol=1e-5, atol=1e-7)


def test_real_and_fake_images_are_judged_apart(rng):
    D, given = critic(rng), {"alpha": 1.0}
    assert not D.per_sample and check_discriminator(D) is None
    real, fake = (Batch(rng.standard_normal((3, 4, 4, 1)), given) for _ in range(2))
    (real_logits, fake_logits), caches = judge(D, real, fake)
    assert len(caches) == 2
    np.testing.assert_array_equal(real_logits, D.apply(real.x, given=given)[0])
    np.testing.assert_array_equal(fake_logits, D.apply(fake.x, given=given)[0])


def test_whole_groups_of_real_and_fake_images_go_as_one_batch(rng):
    """With the same logits and gradients as one after the other."""
    D, given = critic(rng), {"alpha": 0.3}
    real, fake = (Batch(rng.standard_normal((6, 4, 4, 1)), given) for _ in range(2))
    logits, caches = judge(D, real, fake)
    assert len(caches) == 1, "groups of 2 and of 3: none holds both kinds"
    for ours, batch in zip(logits, (real, fake), strict=True):
        np.testing.assert_allclose(ours, D.apply(batch.x, given=given)[0])
    fused = gan_fused.d_gradients(D, Wasserstein(), real, fake, penalties=[R1(1.0)])
    plain = gan.d_gradients(D, Wasserstein(), real, fake, penalties=[R1(1.0)])
    assert fused[0].loss == pytest.approx(plain[0].loss)
    for key, grad in plain[1].items():
        np.testing.assert_allclose(fused[1][key], grad, atol=1e-12, err_msg=key)


def test_refused(rng):
    for wrong in (1, 0, 2.5):
        with pytest.raises(ValueError, match="group_size"):
            MinibatchStdDev(wrong)
    with pytest.raises(ValueError, match="eps"):
        MinibatchStdDev(eps=0)
    with pytest.raises(ValueError, match="MinibatchStdDev expected images"):
        MinibatchStdDev().forward(np.zeros((4, 3), np.float32))
    body = Sequential(("std", MinibatchStdDev(2)), ("conv", Conv2D(2, 1, 1, rng=rng)))
    D = Sequential(("sum", Sum(("body", body), ("skip", Identity()))), Flatten(), Dense(4, 1, rng=rng))
    D.astype(np.float64)
    with pytest.raises(ValueError, match=r"layer 'sum.body.std': MinibatchStdDev is curved, and inside of another"):
        check_discriminator(D)
    y, cache = D.forward(rng.standard_normal((4, 2, 2, 1)))
    with pytest.raises(NotImplementedError, match="a curved layer inside of another layer"):
        D.double_backward(rng.standard_normal((4, 2, 2, 1)), np.ones_like(y), cache)
