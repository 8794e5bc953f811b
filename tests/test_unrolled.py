"""The unrolled game: the whole of it as one function of G's parameters, who changes, and what is refused."""

import copy

import numpy as np
import pytest

from minigan import gan_fused, unrolled
from minigan.batch import Batch
from minigan.gan import d_step, draw, g_step
from minigan.gradcheck.core.numeric import differences, relative_error
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxoutDense,
    Reshape,
    Sequential,
    Tanh,
)
from minigan.losses import Minimax, NonSaturating
from minigan.models import mlp
from minigan.optim import SGD, Adam, Clipped, Momentum
from minigan.terms import Term
from minigan.unrolled import Unrolled, check_unrolled, unrolled_g_step


def players(rng, dtype=np.float64):
    """Small ones with every kind of layer that can be unrolled, off their initial values, nothing square."""
    options = {"init": "glorot", "rng": rng}
    G = Sequential(Dense(2, 3, **options), BatchNorm(3, slope=0.3), Dense(3, 6, **options), Tanh(), Reshape(2, 3, 1))
    D = Sequential(
        Conv2D(1, 2, (3, 2), slope=0.2, **options), Conv2DTranspose(2, 2, (2, 3), stride=(2, 1), slope=0.4, **options),
        LeakyReLU(0.3), Conv2D(2, 1, 2, stride=2, bias=False, **options), Flatten(), Dense(4, 3, **options),
        LeakyReLU(0.2), MaxoutDense(3, 4, 2, **options), Dense(4, 1, **options),
    )  # fmt: skip
    for network in (G, D):
        network.astype(dtype)
        for p in network.params.values():
            p += (0.3 * rng.standard_normal(p.shape)).astype(dtype)
    return G, D


def batches(rng, dtype=np.float64):
    """Real images and noise, of different numbers, so that no 1/N can stand for the other."""
    return rng.uniform(-1, 1, (5, 2, 3, 1)).astype(dtype), rng.standard_normal((4, 2)).astype(dtype)


def objective(G, D, loss, d_optimizer, real, z, steps):
    """f_K, said plainly: D takes its steps, then G is asked. In the minimax game both play for one number."""
    fake = copy.deepcopy(G).forward(z)[0]
    E, optimizer = copy.deepcopy((D, d_optimizer))
    for _ in range(steps):
        (r, r_cache), (f, f_cache) = E.forward(real), E.forward(fake)
        _, d_real, d_fake = loss.discriminator(r, f)
        one, two = E.backward(d_real, r_cache)[1], E.backward(d_fake, f_cache)[1]
        optimizer.step({key: one[key] + two[key] for key in one})
    r, f = E.forward(real)[0], E.forward(fake)[0]
    return -loss.discriminator(r, f)[0] if type(loss) is Minimax else loss.generator(f)[0]


OPTIMIZERS = {
    "sgd": lambda params: SGD(params, lr=0.3),
    "adam": lambda params: Adam(params, lr=0.05, beta1=0.5),
    "adam with a large eps": lambda params: Adam(params, lr=0.1, beta1=0.5, beta2=0.9, eps=1e-2),
}


@pytest.mark.parametrize(
    "loss, optimizer, steps",
    [
        (NonSaturating(), "sgd", 1),
        (Minimax(), "sgd", 3),
        (Minimax(smooth=0.9), "adam", 1),
        (NonSaturating(), "adam", 3),
        (Minimax(), "adam with a large eps", 2),
    ],
)
def test_every_gradient_of_g_is_the_derivative_of_the_whole_unrolled_objective(loss, optimizer, steps, rng):
    """SGD with lr 1 makes G's gradient visible. D has moved before, so Adam's averages are not those of a start."""
    G, D = players(rng)
    d_optimizer = OPTIMIZERS[optimizer](D.params)
    real, z = batches(rng)
    for _ in range(2):
        d_step(G, D, loss, d_optimizer, real, rng.standard_normal((4, 2)))
    H, F = copy.deepcopy(G), copy.deepcopy(G)
    first = unrolled_g_step(F, D, loss, SGD(F.params, lr=1.0), d_optimizer, z, real=real, steps=steps,
                            second_order=False)  # fmt: skip
    both = unrolled_g_step(H, D, loss, SGD(H.params, lr=1.0), d_optimizer, z, real=real, steps=steps)

    def value():
        return objective(G, D, loss, d_optimizer, real, z, steps)

    assert both.loss == pytest.approx(value(), rel=1e-12)
    np.testing.assert_array_equal(both.fake_logits, first.fake_logits)
    smooth, apart = [], 0.0
    for key, p in G.params.items():
        grad = p - H.params[key]
        numeric = differences(value, p, list(np.ndindex(p.shape)), guess=grad.ravel())
        error = relative_error(grad.ravel(), numeric.gradient, noise=1e-6, floor=1e-2)[numeric.smooth]
        assert error.max(initial=0) <= 1e-6, (key, error.max())
        smooth += list(numeric.smooth)
        apart = max(apart, relative_error((p - F.params[key]).ravel(), numeric.gradient, noise=1e-6).max())
    assert np.mean(smooth) > 0.9
    assert apart > 0.1  # the second term is no trifle


def test_without_the_second_term_it_is_g_step_against_the_d_of_later(rng):
    G, D = players(rng, np.float32)
    real, z = batches(rng, np.float32)
    loss, d_optimizer = NonSaturating(), Adam(D.params, lr=0.01)
    H, (E, later) = copy.deepcopy(G), copy.deepcopy((D, d_optimizer))
    got = unrolled_g_step(H, D, loss, SGD(H.params), d_optimizer, z, real=real, steps=3, second_order=False)
    for _ in range(3):
        d_step(copy.deepcopy(G), E, loss, later, real, z)
    want = g_step(G, E, loss, SGD(G.params), z)
    assert got.loss == want.loss
    assert all(np.array_equal(G.params[key], H.params[key]) for key in G.params)


def test_real_and_fake_images_go_through_d_as_one_batch_or_apart(rng, monkeypatch):
    G, D = players(rng)
    real, z = batches(rng)
    asked, moved = [], []
    for one in (True, False):
        for module in (unrolled, gan_fused):
            monkeypatch.setattr(module, "as_one", lambda D, real, one=one: asked.append(one) or one)
        H, (E, d_optimizer) = copy.deepcopy(G), copy.deepcopy((D, Adam(D.params, lr=0.05)))
        unrolled_g_step(H, E, NonSaturating(), SGD(H.params, lr=1), d_optimizer, z, real=real, steps=3)
        moved.append(H.params)
    assert asked == [True] * 6 + [False] * 6
    for key, p in moved[0].items():
        np.testing.assert_allclose(p, moved[1][key], rtol=1e-9)
        assert not np.array_equal(p, G.params[key])


@pytest.mark.parametrize("second_order", [False, True])
def test_nothing_of_d_changes(second_order, rng):
    """Not its parameters, not its running statistics, not its optimizer, bit for bit; G does, in float32."""
    G, D = players(rng, np.float32)
    if not second_order:
        D = Sequential(*D.layers.values(), BatchNorm(1))
    real, z = batches(rng, np.float32)
    d_optimizer, g_optimizer = Adam(D.params), Adam(G.params)
    d_step(G, D, NonSaturating(), d_optimizer, real, z)
    before = copy.deepcopy((dict(D.params), dict(D.state), d_optimizer.state_arrays(), dict(G.params)))
    unrolled_g_step(G, D, NonSaturating(), g_optimizer, d_optimizer, z, real=real, steps=2, second_order=second_order)
    for then, now in zip(before[:3], (D.params, D.state, d_optimizer.state_arrays()), strict=True):
        assert then.keys() == now.keys() and all(then[key].tobytes() == now[key].tobytes() for key in now)
    assert set(g_optimizer.steps.values()) == {1}
    assert all(not np.array_equal(before[3][key], p) for key, p in G.params.items())
    assert all(p.dtype == np.float32 for p in G.params.values())


def test_what_g_drew_is_not_drawn_again_and_other_terms_still_count(rng):
    G, D = players(rng)
    real, z = batches(rng)

    class Sum(Term):
        def __call__(self, D, fake, real=None):
            return fake.x.sum(), np.ones_like(fake.x), {}

    moved = {}
    for name, terms in (("without", ()), ("with", (Sum(),))):
        H = copy.deepcopy(G)
        game = Unrolled(H, D, NonSaturating(), SGD(H.params, lr=1.0), Adam(D.params), None, steps=2, terms=terms)
        drawn = draw(H, z)
        H.forward = None
        game.g_step(Batch(real), drawn)
        moved[name] = {key: G.params[key] - p for key, p in H.params.items()}
    _, want = G.backward(np.ones_like(drawn.x), drawn.cache)
    for key, grad in want.items():
        np.testing.assert_allclose(moved["with"][key] - moved["without"][key], grad, atol=1e-9)


def test_refused(rng):
    G, D = mlp((2,), z_dim=3, width=4, rng=rng)
    good, loss = Adam(D.params), NonSaturating()
    check_unrolled(D, loss, good, 5)

    class Other(NonSaturating):
        pass

    clipping = Clipped(SGD(D.params), 0.01)
    noisy = Sequential(Dense(2, 3, rng=rng), Dropout(0.5, rng=rng), Dense(3, 1, rng=rng))
    normed = Sequential(Dense(2, 3, rng=rng), BatchNorm(3), Dense(3, 1, rng=rng))
    smooth = Sequential(Dense(2, 3, rng=rng), Tanh(), Dense(3, 1, rng=rng))
    for arguments, message in [
        ((D, loss, good, 0), "at least 1, got 0"),
        ((D, loss, good, -1), "at least 1, got -1"),
        ((D, loss, good, 2.0), "whole number"),
        ((D, loss, good, 5, [print]), "does not support penalties of D; remove penalties"),
        ((D, loss, Adam(G.params), 5), "D's optimizer, made with D.params"),
        ((D, Other(), good, 5), "the losses Minimax and NonSaturating, got Other"),
        ((D, loss, Momentum(D.params), 5), r"Adam and SGD \(not wrapped in Clipped\), got Momentum"),
        ((D, loss, clipping, 5), r"not wrapped in Clipped\), got Clipped"),
        ((noisy, loss, SGD(noisy.params), 5), "'dropout1' is Dropout"),
        ((normed, loss, SGD(normed.params), 5), "'batchnorm1' is BatchNorm"),
        ((smooth, loss, SGD(smooth.params), 5), "'tanh1' is Tanh"),
    ]:
        with pytest.raises(ValueError, match=message):
            check_unrolled(*arguments)
    check_unrolled(smooth, Other(), Momentum(smooth.params), 5, second_order=False)
    with pytest.raises(ValueError, match=r"real images have shape \(4,\)"):
        z = rng.standard_normal((5, 3), dtype=np.float32)
        unrolled_g_step(G, D, loss, SGD(G.params), good, z, real=np.zeros((5, 4), np.float32), steps=1)
