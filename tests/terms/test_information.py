"""What the images tell about the noise: values by their formulas, gradients by every pixel and all of Q, the bounds."""

import copy

import numpy as np
import pytest

from minigan.gan import Drawn, draw, g_step
from minigan.gradcheck.core.numeric import differences, relative_error
from minigan.layers import Conv2D, Dense, Flatten, LeakyReLU, Sequential
from minigan.losses import NonSaturating
from minigan.models import Noise, mlp, recogniser
from minigan.optim import SGD, Adam
from minigan.terms import TERMS
from minigan.terms.information import CodeInformation, VariationalEntropy


def conv_q(n_out, rng):
    """A Q for images (N, 3, 4, 2), in float64 and off its initial values."""
    Q = Sequential(
        Conv2D(2, 3, (3, 2), stride=2, slope=0.2, rng=rng), Flatten(), Dense(12, 5, rng=rng), LeakyReLU(0.3),
        Dense(5, n_out, rng=rng),
    ).astype(np.float64)  # fmt: skip
    for p in Q.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    return Q


def check_gradients(term, fake, z):
    """d_images by every pixel and grads by every parameter of Q, against differences of the value."""
    _, d_images, grads = term(None, Drawn(fake, z=z))
    assert grads.keys() == term.network.params.keys()
    seen = []
    for name, array, grad in [("fake", fake, d_images), *((k, p, grads[k]) for k, p in term.network.params.items())]:
        assert grad.shape == array.shape
        numeric = differences(
            lambda: term(None, Drawn(fake, z=z))[0], array, list(np.ndindex(array.shape)), grad.ravel()
        )
        error = relative_error(grad.ravel(), numeric.gradient, noise=1e-6, floor=1e-2)[numeric.smooth]
        assert error.max(initial=0) <= 1e-6, (name, error.max())
        seen += list(numeric.smooth)
    assert np.mean(seen) > 0.9


@pytest.mark.parametrize("seed", range(6))
def test_gradients_of_the_gaussian(seed):
    rng = np.random.default_rng(seed)
    N, z_dim, rest = rng.integers((1, 1, 0), (4, 4, 3))
    term = VariationalEntropy(conv_q(2 * z_dim, rng), None, 0.7, sharpest=[0.1, 1.0][seed % 2])
    check_gradients(term, rng.standard_normal((N, 3, 4, 2)), rng.standard_normal((N, z_dim + rest)))


@pytest.mark.parametrize("seed", range(6))
def test_gradients_of_the_code(seed):
    rng = np.random.default_rng(seed)
    N, z_dim, codes = rng.integers((1, 1, 2), (4, 4, 5))
    term = CodeInformation(conv_q(codes, rng), None, codes, 1.3)
    check_gradients(term, rng.standard_normal((N, 3, 4, 2)), Noise(z_dim, codes).sample(N, rng).astype(np.float64))


def fixed(outputs):
    """A Q that says `outputs` (N, n) whatever it is shown, and passes the gradient by them on as that by the images."""

    class Fixed(Sequential):
        def forward(self, x, training=True):
            return outputs, None

        def backward(self, dy, cache):
            return dy, {}

    return Fixed(Flatten())


def test_the_gaussian_is_the_density_of_a_gaussian(rng):
    """Against the density written as a product, for a variance of exp(s) + sharpest^2."""
    z, mean, s = (rng.standard_normal((6, 3)) for _ in range(3))
    variance = np.exp(s) + 0.3**2
    density = np.prod(np.exp(-((z - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance), axis=1)
    term = VariationalEntropy(fixed(np.concatenate([mean, s], axis=1)), None, 2.0, sharpest=0.3)
    assert term(None, Drawn(z, z=z))[0] == pytest.approx(-2 * np.log(density).mean(), rel=1e-12)


def test_the_bound_on_the_information_holds_where_that_is_known(rng):
    """x = z + noise of deviation t is a Gaussian channel with I(z; x) = log(1 + 1/t^2) / 2. The best Q reaches it, any
    other stays below."""
    t, n = 0.5, 200_000
    z = rng.standard_normal((n, 1))
    x = z + t * rng.standard_normal((n, 1))
    known, entropy = np.log(1 + 1 / t**2) / 2, np.log(2 * np.pi * np.e) / 2
    posterior = t * t / (1 + t * t)  # z given x has mean x / (1 + t^2) and this variance
    bounds = {}
    for name, mean, variance in [("best", x / (1 + t * t), posterior), ("biased", x, posterior),
                                 ("too sure", x / (1 + t * t), posterior / 3)]:  # fmt: skip
        outputs = np.concatenate([mean, np.full((n, 1), np.log(variance - 1e-6))], axis=1)
        bounds[name] = entropy - VariationalEntropy(fixed(outputs), None, sharpest=1e-3)(None, Drawn(x, z=z))[0]
    assert bounds["best"] == pytest.approx(known, abs=0.01)
    assert bounds["biased"] < known - 0.05 and bounds["too sure"] < known - 0.1


def test_q_cannot_be_surer_than_sharpest(rng):
    """A Q that recovers z exactly and is infinitely sure earns log(1 / sharpest) + 1/2 for each number, and no more."""
    z = rng.standard_normal((100_000, 2))
    outputs = np.concatenate([z, np.full_like(z, -1000.0)], axis=1)
    value, d_outputs, _ = VariationalEntropy(fixed(outputs), None, sharpest=0.1)(None, Drawn(z, z=z))
    assert np.log(2 * np.pi * np.e) - value == pytest.approx(2 * (np.log(10) + 0.5), rel=1e-9)
    assert np.all(d_outputs == 0)


def test_the_code_is_cross_entropy_and_its_bound_log_codes():
    z = np.eye(4)[[0, 1, 2, 3, 3]]
    even = CodeInformation(fixed(np.zeros((5, 4))), None, 4, 3.0)
    assert even(None, Drawn(z, z=z))[0] == pytest.approx(3 * np.log(4))
    sure = CodeInformation(fixed(100 * z), None, 4)
    assert sure(None, Drawn(z, z=z))[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["entropy", "information"])
def test_in_the_game_both_g_and_q_learn_to_be_read(name):
    """Two hundred steps in float32 make the noise readable, and that is G's doing too: Q alone gets less far."""
    values = {}
    for g_learns in (False, True):
        rng = np.random.default_rng(0)
        noise = Noise(2, codes=4)
        G, D = mlp((2,), z_dim=noise.size, width=16, rng=rng)
        Q = recogniser(mlp((2,), width=16, rng=rng)[1], 4, rng=rng)
        more = (4,) if name == "information" else ()
        term = TERMS[name](Q, Adam(Q.params, lr=5e-3), *more)
        still = Sequential(*copy.deepcopy(D).layers.values())
        for p in still.params.values():
            p[...] = 0  # a D without an opinion: G has the term alone
        optimizer = Adam(G.params, lr=5e-3) if g_learns else SGD(G.params, lr=1e-30)
        for _ in range(200):
            step = g_step(G, still, NonSaturating(), optimizer, noise.sample(64, rng), terms=(term,))
        assert all(p.dtype == np.float32 for p in (*G.params.values(), *Q.params.values()))
        z = noise.sample(2000, rng)
        values[g_learns] = term(D, draw(G, z))[0]
        assert np.isfinite(step.loss)
    assert values[True] < values[False] - 0.2


def test_refused(rng):
    Q = conv_q(4, rng)
    x, z = rng.standard_normal((3, 3, 4, 2)), rng.standard_normal((3, 2))
    for weight in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight"):
            VariationalEntropy(Q, None, weight)
        with pytest.raises(ValueError, match="weight"):
            CodeInformation(Q, None, 4, weight)
    for sharpest in (0, -1, np.nan):
        with pytest.raises(ValueError, match="sharpest"):
            VariationalEntropy(Q, None, sharpest=sharpest)
    for codes in (1, 2.0, True):
        with pytest.raises(ValueError, match="codes"):
            CodeInformation(Q, None, codes)
    with pytest.raises(ValueError, match="first n of z's 1, got 4"):
        VariationalEntropy(Q, None)(None, Drawn(x, z=z[:, :1]))
    with pytest.raises(ValueError, match="2n numbers.* got 3"):
        VariationalEntropy(conv_q(3, rng), None)(None, Drawn(x, z=z))
    with pytest.raises(ValueError, match=r"one for each of 2 samples, got an output of shape \(3, 4\)"):
        VariationalEntropy(Q, None)(None, Drawn(x, z=z[:2]))
    for code in (np.eye(4)[:3] * 2, np.zeros((3, 4)), np.eye(4)[:3] + np.eye(4)[1:], np.eye(3)):
        with pytest.raises(ValueError, match="one-hot code"):
            CodeInformation(Q, None, 4)(None, Drawn(x, z=code))
    with pytest.raises(ValueError, match="3 logits, one for each kind, got 4"):
        CodeInformation(Q, None, 3)(None, Drawn(x, z=np.eye(3)))
