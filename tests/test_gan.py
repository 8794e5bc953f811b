"""The game: the whole chain loss -> D -> G as one scalar function, and who changes in which step."""

import copy

import numpy as np
import pytest

from minigan.batch import Batch
from minigan.gan import d_step, g_step, logits_of_real
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    LeakyReLU,
    Reshape,
    Sequential,
    Tanh,
)
from minigan.losses import LOSSES
from minigan.optim import SGD


def players(rng):
    """A DCGAN in small, in float64, with everything off its initial values and nothing square."""
    options = {"init": "glorot", "rng": rng}
    G = Sequential(
        Dense(3, 2 * 3 * 4, bias=False, **options), BatchNorm(24), LeakyReLU(0.3), Reshape(2, 3, 4),
        Conv2DTranspose(4, 3, 3, stride=2, bias=False, **options), BatchNorm(3), LeakyReLU(0.3),
        Conv2DTranspose(3, 2, (3, 5), **options), Tanh(),
    )  # fmt: skip
    D = Sequential(
        Conv2D(2, 3, (5, 3), stride=2, **options), LeakyReLU(0.2),
        Conv2D(3, 4, 3, stride=(2, 1), **options), BatchNorm(4), LeakyReLU(0.2), Flatten(), Dense(4 * 3, 1, **options),
    )  # fmt: skip
    for network in (G, D):
        network.astype(np.float64)
        for p in network.params.values():
            p += 0.2 * rng.standard_normal(p.shape)
    return G, D


def snapshot(network):
    return {k: p.copy() for k, p in network.params.items()}


@pytest.mark.parametrize("name", LOSSES)
def test_every_gradient_of_both_steps_is_the_derivative_of_its_loss(name, rng):
    """SGD with lr 1 makes the gradient visible: it is the difference of the parameters before and after."""
    loss = LOSSES[name]()
    G, D = players(rng)
    real, z = rng.uniform(-1, 1, (4, 4, 6, 2)), rng.standard_normal((4, 3))

    def d_value():
        fake = copy.deepcopy(G).forward(z)[0]
        E = copy.deepcopy(D)
        return loss.discriminator(E.forward(real)[0], E.forward(fake)[0])[0]

    def g_value():
        fake_logits = copy.deepcopy(D).forward(copy.deepcopy(G).forward(z)[0])[0]
        if loss.paired:
            return loss.generator(fake_logits, logits_of_real(copy.deepcopy(D), loss, Batch(real)))[0]
        return loss.generator(fake_logits)[0]

    for network, value, step in [
        (D, d_value, lambda: d_step(G, D, loss, SGD(D.params, lr=1.0), real, z)),
        (G, g_value, lambda: g_step(G, D, loss, SGD(G.params, lr=1.0), z, real=real)),
    ]:
        numeric = {k: numeric_gradient(value, p) for k, p in network.params.items()}
        expected = value()
        before, (others_before,) = snapshot(network), [snapshot(n) for n in (G, D) if n is not network]
        result = step()
        assert result.loss == pytest.approx(expected, rel=1e-12)
        smooth = sum(n.smooth.sum() for n in numeric.values()) / sum(n.smooth.size for n in numeric.values())
        assert smooth > 0.9
        for key, p in network.params.items():
            error = relative_error(before[key] - p, numeric[key].gradient, noise=1e-4)[numeric[key].smooth]
            assert error.max(initial=0) <= 1e-6, (key, error.max())
        (other,) = [n for n in (G, D) if n is not network]
        assert all(np.array_equal(others_before[k], p) for k, p in other.params.items())


def test_the_generator_step_computes_no_gradient_of_the_discriminators_parameters(rng):
    G, D = players(rng)
    asked = []
    backward = D.backward
    D.backward = lambda *args, **options: asked.append(options) or backward(*args, **options)
    g_step(G, D, LOSSES["minimax"](), SGD(G.params), rng.standard_normal((4, 3)))
    assert [options["param_grads"] for options in asked] == [False]


def test_batches_that_do_not_fit_are_refused(rng):
    G, D = players(rng)
    optimizer = SGD(D.params)
    z = rng.standard_normal((4, 3))
    with pytest.raises(ValueError, match=r"real images have shape \(4, 5, 2\), G draws \(4, 6, 2\)"):
        d_step(G, D, LOSSES["minimax"](), optimizer, np.zeros((4, 4, 5, 2)), z)
    with pytest.raises(ValueError, match="real images are float32, G's are float64; make z and real alike"):
        d_step(G, D, LOSSES["minimax"](), optimizer, np.zeros((4, 4, 6, 2), np.float32), z)


def test_the_players_learn_what_they_should(rng):
    """A few steps of D alone raise D(real) - D(fake); a few steps of G alone raise D(fake)."""
    G, D = players(rng)
    loss = LOSSES["non-saturating"]()
    real, z = rng.uniform(-1, 1, (16, 4, 6, 2)), rng.standard_normal((16, 3))
    gaps = []
    for _ in range(10):
        d = d_step(G, D, loss, SGD(D.params, lr=0.1), real, z)
        gaps.append(d.real_logits.mean() - d.fake_logits.mean())
    assert gaps[-1] > gaps[0]
    fakes = [g_step(G, D, loss, SGD(G.params, lr=0.1), z).fake_logits.mean() for _ in range(10)]
    assert fakes[-1] > fakes[0]
