"""R1 and R2 in one sweep with the loss: against the separate path, and as the derivative of the whole objective."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan import gan
from minigan.batch import Batch
from minigan.gan_fused import d_gradients, judge, judge_backward
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import (
    AveragePool2D,
    BatchNorm,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Gain,
    InstanceNoise,
    LeakyReLU,
    Maxout,
    MaxoutDense,
    MaxPool2D,
    Pack,
    Reshape,
    Sequential,
    Sum,
    SumPool,
    UpSampling2D,
    spectral_normalised,
)
from minigan.losses import Hinge, LeastSquares, NonSaturating, RelativisticPaired, Wasserstein
from minigan.penalties import R1, R2, WGANGP
from minigan.penalties.joint import has_rules, sweep

number = st.integers
LOSSES = [NonSaturating(smooth=0.9), RelativisticPaired(), Hinge(), LeastSquares(), Wasserstein()]
PENALTIES = [
    lambda: [R1(1.3), R2(0.4)],
    lambda: [R1(1.3)],
    lambda: [R2(0.7, every=2)],
    lambda: [R2(0.2), WGANGP(0.5), R1(0.6), R1(0.1)],
]


def dense(rng, slope=0.2, pieces=None, fused=False, features=4):
    last = [Dense(features, 6, slope=slope, rng=rng)]
    if pieces:
        last = [Dense(features, 3 * pieces, rng=rng), Maxout(pieces)]
    if fused:
        last = [MaxoutDense(features, 3, pieces, rng=rng)]
    width = 3 if pieces else 6
    return Sequential(Flatten(), *last, Dense(width, 5, bias=False, rng=rng), LeakyReLU(0.3), Dense(5, 1, rng=rng))


def convolutional(rng):
    return Sequential(
        UpSampling2D((1, 2)), ("inner", Sequential(Conv2D(1, 3, 3, stride=2, slope=0.4, rng=rng), LeakyReLU(0.5))),
        Conv2DTranspose(3, 2, (2, 3), slope=0.1, rng=rng), Conv2D(2, 2, 2, bias=False, slope=0.2, rng=rng),
        Reshape(2, 6), Flatten(), Dense(12, 9, slope=0.0, rng=rng), Dense(9, 1, rng=rng),
    )  # fmt: skip


def pooling(rng):
    """The downward block of BigGAN's D, and its end."""
    body = Sequential(Conv2D(1, 3, 3, slope=0.3, rng=rng), AveragePool2D(2), Gain())
    skip = Sequential(AveragePool2D(2), Conv2D(1, 3, 1, rng=rng))
    return Sequential(
        Sum(("body", body), ("skip", skip)), LeakyReLU(0.2), MaxPool2D((1, 2)), SumPool(), Dense(3, 1, rng=rng)
    )


def along_time(rng):
    return Sequential(
        Conv1D(2, 3, 4, stride=2, slope=0.2, rng=rng), Conv1DTranspose(3, 2, 3, stride=3, slope=0.1, rng=rng),
        Conv1D(2, 2, 3, bias=False, slope=0.3, rng=rng), Flatten(), Dense(24, 1, rng=rng),
    )  # fmt: skip


DISCRIMINATORS = {
    "dense": (dense, (4,)),
    "relu": (lambda rng: dense(rng, slope=0.0), (4,)),
    "maxout": (lambda rng: dense(rng, pieces=3), (4,)),
    "maxout dense": (lambda rng: dense(rng, pieces=2, fused=True), (4,)),
    "convolutional": (convolutional, (4, 3, 1)),
    "pooling": (pooling, (5, 3, 1)),
    "along the time": (along_time, (7, 2)),
}


def made(name, seed, N=3, M=3):
    """A D in float64 with biases, and real and fake samples."""
    rng = np.random.default_rng(seed)
    make, shape = DISCRIMINATORS[name]
    D = make(rng).astype(np.float64)
    for array in D.params.values():
        array += rng.uniform(0.1, 0.4, array.shape) * rng.choice([-1, 1], array.shape)
    return D, rng.standard_normal((N, *shape)), rng.standard_normal((M, *shape))


def apart(D, loss, real, fake, penalties, seed=0):
    """The reference: D's objective and its gradients, one term after the other."""
    (real_logits, fake_logits), caches = judge(D, Batch(real), Batch(fake))
    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    grads = judge_backward(D, d_real, d_fake, caches)
    for penalty in penalties:
        more, penalty_grads = penalty(D, real, fake, np.random.default_rng(seed))
        value, grads = value + more, gan.added(grads, penalty_grads)
    return value, grads


def stepped(D, loss, real, fake, penalties, seed=0):
    """The value of D's objective, and the gradients, by the fused game."""
    options = {"penalties": penalties, "rng": np.random.default_rng(seed)}
    done, grads = d_gradients(D, loss, Batch(real), Batch(fake), **options)
    return done.loss, grads


@pytest.mark.parametrize("name", DISCRIMINATORS)
@given(loss=st.sampled_from(LOSSES), chosen=st.sampled_from(PENALTIES), seed=number(0, 99), more=number(0, 2))
def test_the_sweep_is_the_separate_path(name, loss, chosen, seed, more):
    """To rounding, over two steps, so that one penalty is due in the first alone; batches of two sizes where the loss
    and the penalties let them be."""
    alike = isinstance(loss, RelativisticPaired) or any(isinstance(penalty, WGANGP) for penalty in chosen())
    D, real, fake = made(name, seed, N=3, M=3 if alike else 3 + more)
    together, separate = chosen(), chosen()
    for _ in range(2):
        value, grads = stepped(D, loss, real, fake, together)
        expected, expected_grads = apart(D, loss, real, fake, separate)
        assert value == pytest.approx(expected, rel=1e-12)
        assert grads.keys() == expected_grads.keys()
        for key in grads:
            scale = 1 + np.abs(expected_grads[key]).max()
            np.testing.assert_allclose(grads[key], expected_grads[key], rtol=0, atol=1e-13 * scale, err_msg=key)
    assert [int(p.state["calls"]) for p in together] == [int(p.state["calls"]) for p in separate] == [2] * len(together)


@pytest.mark.parametrize("name", DISCRIMINATORS)
@pytest.mark.parametrize("loss", [NonSaturating(), RelativisticPaired()])
def test_every_gradient_is_the_derivative_of_the_objective(name, loss):
    """With a dropout, whose one mask is for the loss and the penalties: drawn alike at each evaluation."""
    D, real, fake = made(name, 5)
    layers = list(D.layers.items())
    D = Sequential(*layers[:-1], ("dropout", Dropout(0.3, rng=np.random.default_rng(1))), layers[-1])
    penalties = [R1(1.3), R2(0.4)]
    _, grads = stepped(copy.deepcopy(D), loss, real, fake, penalties)

    def objective():
        return stepped(copy.deepcopy(D), loss, real, fake, penalties)[0]

    trusted = []
    for key, p in D.params.items():
        numeric = numeric_gradient(objective, p)
        error = relative_error(grads[key], numeric.gradient)
        assert error[numeric.smooth].max(initial=0) <= 1e-6, key
        trusted.append(numeric.smooth.ravel())
    assert np.concatenate(trusted).mean() > 0.5


def test_spectral_norm_goes_along():
    D, real, fake = made("dense", 2)
    D = spectral_normalised(D, rng=np.random.default_rng(0)).astype(np.float64)
    D.forward(real)  # the one power iteration of this w
    assert has_rules(D)
    value, grads = stepped(D, NonSaturating(), real, fake, [R1(1.3), R2(0.4)])
    expected, expected_grads = apart(D, NonSaturating(), real, fake, [R1(1.3), R2(0.4)])
    assert value == pytest.approx(expected, rel=1e-12)
    for key in grads:
        np.testing.assert_allclose(grads[key], expected_grads[key], rtol=0, atol=1e-12, err_msg=key)


def swept(D, real, fake, penalties):
    logits, caches = judge(D, Batch(real), Batch(fake))
    _, *slopes = NonSaturating().discriminator(*logits)
    return sweep(D, (real, fake), slopes, caches, penalties) if len(caches) == 1 else None


class Own(Dense):
    """A student's layer: its forward adds what the parent's double_backward knows nothing of."""

    per_sample = True

    def forward(self, x, training=True):
        y, cache = super().forward(x, training)
        return y + 1, cache


class Elsewhere(R1):
    """R1 that looks at other points."""

    def points(self, real, fake, rng):
        return Batch((real.x + fake.x) / 2)


def test_where_it_cannot_be_nothing_is_done(rng):
    real, fake = rng.standard_normal((2, 4, 4))
    plain = dense(rng).astype(np.float64)
    assert swept(plain, real, fake, [R1(1.0)]) is not None
    assert swept(Dense(4, 1, rng=rng).astype(np.float64), real, fake, [R1(1.0)]) is not None  # a network of one layer
    layers = list(plain.layers.items())
    for what, D in {
        "noise": Sequential(InstanceNoise(0.1, rng=rng), *layers),
        "packs": Sequential(Pack(2), *dense(rng, features=8).astype(np.float64).layers.items()),
        "batch norm": Sequential(*layers[:2], BatchNorm(6).astype(np.float64), *layers[2:]),
        "own": Sequential(Own(4, 4, rng=rng).astype(np.float64), *layers),
        "inner": Sequential(("inner", Sequential(InstanceNoise(0.1, rng=rng))), *layers),
    }.items():
        penalty = R1(1.0)
        assert swept(D, real, fake, [penalty]) is None, what
        assert penalty.state["calls"] == 0
    for penalties in ([], [WGANGP(1.0)], [Elsewhere(1.0)]):
        assert swept(plain, real, fake, penalties) is None
    late = R1(1.0, every=2)
    late.count()
    assert swept(plain, real, fake, [late]) is None and late.state["calls"] == 1


def test_what_is_left_is_told(rng):
    real, fake = rng.standard_normal((2, 4, 4))
    penalties = [WGANGP(1.0), R1(1.0), Elsewhere(2.0)]
    value, grads, rest = swept(dense(rng).astype(np.float64), real, fake, penalties)
    assert rest == [penalties[0], penalties[2]] and value > 0 and len(grads) == 5
