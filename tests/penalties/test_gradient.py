"""Gradient penalties: each as a scalar function of every parameter of D, against central differences in float64; what
can be said in closed form; PyTorch's automatic second derivative; and what is refused."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.batch import Batch
from minigan.gan import d_step
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    Maxout,
    Pack,
    ReLU,
    Reshape,
    Sequential,
    Sigmoid,
    Tanh,
    UpSampling2D,
)
from minigan.losses import NonSaturating
from minigan.models import mlp
from minigan.optim import SGD
from minigan.penalties import DRAGAN, PENALTIES, R1, R2, WGANGP, check_discriminator

number = st.integers
names = st.sampled_from(sorted(PENALTIES))


class NoOutput(Layer):
    """A D that says nothing: (N, 0)."""

    per_sample = True

    def forward(self, x, training=True):
        return x[:, :0], x.shape

    def double_backward(self, ddx, dy, cache):
        return ddx[:, :0], {}


def made(name, every=1):
    """A penalty with no choice at its usual value."""
    options = {"wgan-gp": {"target": 0.7}, "dragan": {"target": 0.4, "spread": 0.3}}.get(name, {})
    return PENALTIES[name](1.7, every=every, **options)


def moved(D, rng):
    """D in float64, its parameters off their initial values: biases are 0 there."""
    D.astype(np.float64)
    for array in (*D.params.values(), *D.state.values()):
        array += rng.uniform(0.1, 0.5, array.shape) * rng.choice([-1, 1], array.shape)
    return D


def check(name, D, shape, seed):
    """Every gradient of the penalty is the derivative of its value; random points and masks are drawn alike each time.
    Returns the value."""
    rng = np.random.default_rng(seed)
    D, penalty = moved(D, rng), made(name)
    real, fake = rng.standard_normal((2, *shape))

    def P():
        return penalty(copy.deepcopy(D), real, fake, np.random.default_rng(seed))[0]

    value, grads = penalty(copy.deepcopy(D), real, fake, np.random.default_rng(seed))
    assert value == P() and grads.keys() == D.params.keys()
    trusted = []
    for key, p in D.params.items():
        numeric = numeric_gradient(P, p)
        assert grads[key].shape == p.shape and grads[key].dtype == np.float64
        error = relative_error(grads[key], numeric.gradient)
        assert error[numeric.smooth].max(initial=0) <= 1e-6, key
        trusted.append(numeric.smooth.ravel())
    assert np.concatenate(trusted).mean() > 0.5
    return value


@given(name=names, N=number(1, 4), n_in=number(1, 4), widths=st.lists(number(1, 5), max_size=3),
       slope=st.sampled_from([0.2, 0.0, -0.5, 1.5]), rate=st.sampled_from([None, 0.4]), seed=number(0, 99))  # fmt: skip
def test_dense_discriminators(name, N, n_in, widths, slope, rate, seed):
    rng, layers = np.random.default_rng(seed), []
    for before, width in pairwise([n_in, *widths]):
        layers += [Dense(before, width, rng=rng), LeakyReLU(slope)]
        layers += [Dropout(rate, rng=rng)] if rate else []
    D = Sequential(*layers, Dense([n_in, *widths][-1], 1, rng=rng))
    check(name, D, (N, n_in), seed)


@pytest.mark.long
@given(
    name=names, N=number(1, 3), H=number(3, 6), W=number(3, 6), C=number(1, 2), F=number(1, 3),
    kernel=st.tuples(number(1, 3), number(1, 3)), stride=st.tuples(number(1, 3), number(1, 3)),
    padding=st.sampled_from(["same", "valid", 1]), bias=st.booleans(), slope=st.sampled_from([None, 0.0, 0.3]),
    rate=st.sampled_from([None, 0.3]), seed=number(0, 99),
)  # fmt: skip
def test_convolutional_discriminators(name, N, H, W, C, F, kernel, stride, padding, bias, slope, rate, seed):
    """Not square in anything; the slope inside the convolution and as a layer of its own."""
    rng = np.random.default_rng(seed)
    options = {"stride": stride, "padding": padding, "bias": bias, "slope": slope, "rng": rng}
    layers = [Conv2D(C, F, kernel, **options), Conv2D(F, 2, (1, 2), slope=0.2, rng=rng)]
    layers += [Dropout(rate, rng=rng)] if rate else []
    size = Sequential(*layers).output_shape((H, W, C))
    D = Sequential(*layers, Conv2DTranspose(2, 1, (2, 1), stride=(1, 2), rng=rng), LeakyReLU(0.1), Flatten(),
                   Dense(2 * int(np.prod(size[:2])), 1, bias=bias, rng=rng))  # fmt: skip
    check(name, D, (N, H, W, C), seed)


@pytest.mark.parametrize("name", PENALTIES)
def test_every_layer_that_may_be_in_a_discriminator(name, rng):
    D = Sequential(
        UpSampling2D((1, 2)), ("inner", Sequential(Conv2D(1, 2, 3, stride=2, slope=0.4, rng=rng), LeakyReLU(0.5))),
        Dropout(0.2, rng=rng), Reshape(2, 12), Flatten(), Dense(24, 9, rng=rng), ReLU(), Dense(9, 1, rng=rng),
    )  # fmt: skip
    assert check(name, D, (3, 4, 6, 1), 1) > 0


@pytest.mark.parametrize("name", PENALTIES)
def test_a_pack_is_what_is_scored(name, rng):
    D = Sequential(Pack(2), Dense(6, 8, rng=rng), Maxout(2), Dense(4, 1, rng=rng))
    check(name, D, (4, 3), 2)
    weights = Sequential(Pack(2), Dense(6, 1, rng=rng)).astype(np.float64)
    g = weights.params["dense1.w"]
    real = rng.standard_normal((4, 3))
    assert R1(3.0)(weights, real, real)[0] == pytest.approx(1.5 * np.sum(g**2), rel=1e-12)


def test_a_linear_discriminator_in_closed_form(rng):
    """Its gradient is w itself, at each image: R1 = R2 = gamma / 2 |w|^2, of gradient gamma w; the norm is |w|."""
    D = moved(Sequential(Flatten(), Dense(24, 1, rng=rng)), rng)
    w = D.params["dense1.w"]
    norm = np.linalg.norm(w)
    real, fake = rng.standard_normal((2, 5, 2, 4, 3))
    for penalty in (R1(0.8), R2(0.8)):
        value, grads = penalty(D, real, fake, rng)
        assert value == pytest.approx(0.4 * norm**2, rel=1e-13)
        np.testing.assert_allclose(grads["dense1.w"], 0.8 * w, rtol=1e-12)
    for penalty in (WGANGP(), DRAGAN()):
        value, grads = penalty(D, real, fake, rng)
        assert value == pytest.approx(10 * (norm - 1) ** 2, rel=1e-12)
        np.testing.assert_allclose(grads["dense1.w"], 20 * (norm - 1) * w / norm, rtol=1e-11)
    assert not grads["dense1.b"].any()


def test_both_sides_of_the_target_cost(rng):
    D = Sequential(Dense(1, 1, bias=False, rng=rng)).astype(np.float64)
    real, fake = rng.standard_normal((2, 3, 1))
    for w, pull in ((0.5, -1), (1.5, 1)):
        D.params["dense1.w"][...] = w
        value, grads = WGANGP(2.0)(D, real, fake, rng)
        assert value == pytest.approx(0.5) and grads["dense1.w"] == pytest.approx(2 * pull)


def seen_by(penalty, D, real, fake, rng):
    """Where the penalty looks."""
    seen = []
    forward = D.forward
    D.forward = lambda x, training, given=None: seen.append((x, training)) or forward(x, training)
    penalty(D, real, fake, rng)
    ((x, training),) = seen
    assert training is True
    return x


def test_where_each_one_looks(rng):
    D, shape = Sequential(Flatten(), Dense(24, 1, rng=rng)), (50, 2, 4, 3)
    real, fake = rng.standard_normal((2, *shape), dtype=np.float32)
    assert seen_by(R1(1.0), D, real, fake, rng) is real
    assert seen_by(R2(1.0), D, real, fake, rng) is fake
    D = Sequential(Flatten(), Dense(24, 1, rng=rng))
    between = seen_by(WGANGP(), D, real, fake, rng)
    share = ((between - fake) / (real - fake)).reshape(50, -1)  # e, once for each pixel
    assert between.dtype == np.float32
    np.testing.assert_allclose(share, np.median(share, axis=1, keepdims=True) * np.ones(24), atol=1e-3)
    e = np.median(share, axis=1)
    assert e.min() >= 0 and e.max() <= 1 and e.std() == pytest.approx(1 / np.sqrt(12), rel=0.25)
    D = Sequential(Flatten(), Dense(24, 1, rng=rng))
    around = seen_by(DRAGAN(spread=0.5), D, 3 * real, fake, rng) - 3 * real
    assert around.dtype == np.float32
    assert around.std() == pytest.approx(1.5, rel=0.1) and abs(around.mean()) < 0.2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", PENALTIES)
def test_no_gradient_at_all_is_no_nan(name, dtype, rng):
    """A dead D has g = 0 exactly, a nearly dead one a norm whose square is 0 in this dtype."""
    D = Sequential(Dense(3, 4, rng=rng), ReLU(), Dense(4, 1, rng=rng)).astype(dtype)
    real, fake = rng.standard_normal((2, 5, 3)).astype(dtype)
    for scale in (0, np.finfo(dtype).tiny, np.sqrt(np.finfo(dtype).tiny)):
        D.params["dense2.w"][...] = scale
        with np.errstate(all="raise", under="ignore"):
            value, grads = PENALTIES[name](10.0)(D, real, fake, rng)
        assert np.isfinite(value) and all(np.isfinite(grad).all() and grad.dtype == dtype for grad in grads.values())


def test_lazy_regularisation(rng):
    D = mlp((2,), width=5, rng=rng)[1]
    real, fake = rng.standard_normal((2, 6, 2), dtype=np.float32)
    whole, lazy = R1(0.5), R1(0.5, every=3)
    value, grads = whole(D, real, fake)
    for call in range(7):
        now, lazy_grads = lazy(D, real, fake)
        assert now == (pytest.approx(3 * value) if call % 3 == 0 else 0)
        assert lazy_grads.keys() == (grads.keys() if call % 3 == 0 else set())
    assert lazy.state["calls"] == 7
    again = copy.deepcopy(lazy)
    assert again(D, real, fake)[0] == 0 and lazy.state["calls"] == 7


def test_the_penalties_of_one_step_add_up(rng):
    """D's step goes down the slope of the loss and both penalties."""
    G, D = mlp((2,), width=5, rng=rng)
    real, z = rng.standard_normal((2, 6, 2), dtype=np.float32)

    def step(penalties):
        player = copy.deepcopy(D)
        loss = d_step(G, player, NonSaturating(), SGD(player.params, 1.0), real, z, penalties=penalties, rng=rng).loss
        return loss, {key: D.params[key] - p for key, p in player.params.items()}

    fake, _ = G.forward(z)
    base, moves = step(())
    loss, more = step((R1(0.5), R2(0.7)))
    (r1, r1_grads), (r2, r2_grads) = R1(0.5)(D, real, fake), R2(0.7)(D, real, fake)
    assert loss == pytest.approx(base + r1 + r2)
    for key in moves:
        np.testing.assert_allclose(more[key], moves[key] + r1_grads[key] + r2_grads[key], atol=1e-5)


def test_parity_with_automatic_differentiation(rng):
    torch = pytest.importorskip("torch")
    D = moved(Sequential(Dense(6, 8, rng=rng), LeakyReLU(0.2), Dense(8, 7, rng=rng), ReLU(), Dense(7, 1, rng=rng)), rng)
    real, fake = rng.standard_normal((2, 9, 6))
    twin = {key: torch.tensor(p, requires_grad=True) for key, p in D.params.items()}

    def logits(x):
        hidden = torch.nn.functional.leaky_relu(x @ twin["dense1.w"] + twin["dense1.b"], 0.2)
        hidden = torch.relu(hidden @ twin["dense2.w"] + twin["dense2.b"])
        return hidden @ twin["dense3.w"] + twin["dense3.b"]

    def two_sided(g, target):
        return 1.7 * ((g.norm(dim=1) - target) ** 2).mean()

    def squared(g, _):
        return 1.7 / 2 * (g**2).sum(dim=1).mean()

    e = np.random.default_rng(5).random((9, 1))
    delta = 0.3 * real.std() * np.random.default_rng(5).standard_normal(real.shape)
    for name, x, score, target in (
        ("wgan-gp", e * real + (1 - e) * fake, two_sided, 0.7),
        ("dragan", real + delta, two_sided, 0.4),
        ("r1", real, squared, None),
        ("r2", fake, squared, None),
    ):
        x = torch.tensor(x, requires_grad=True)
        (g,) = torch.autograd.grad(logits(x).sum(), x, create_graph=True)
        expected = score(g, target)
        theirs = torch.autograd.grad(expected, list(twin.values()), allow_unused=True)
        value, grads = made(name)(D, real, fake, np.random.default_rng(5))
        assert value == pytest.approx(expected.item(), rel=1e-12)
        for key, grad in zip(twin, theirs, strict=True):
            expected = np.zeros_like(grads[key]) if grad is None else grad.numpy()
            np.testing.assert_allclose(grads[key], expected, atol=1e-12, err_msg=key)


class Own(Layer):
    """A student's layer, without double_backward."""

    per_sample = True

    def forward(self, x, training=True):
        return 2 * x, None

    def backward(self, dy, cache):
        return 2 * dy, {}


@pytest.mark.parametrize(
    "layers, message",
    [
        ([("norm", BatchNorm(3))], r"layer 'norm': .*BatchNorm looks at the whole batch.*1704.00028"),
        ([("block", Sequential(Flatten(), ("norm", BatchNorm(3))))], r"layer 'block\.norm': "),
        ([("squash", Tanh())], "layer 'squash': Tanh has no double_backward.*LeakyReLU in place of Tanh"),
        ([("squash", Sigmoid())], "layer 'squash': Sigmoid has no double_backward"),
        ([("mine", Own())], "layer 'mine': Own has no double_backward"),
    ],
)
def test_discriminators_that_are_refused(layers, message, rng):
    D = Sequential(*layers, ("logit", Dense(3, 1, rng=rng)))
    with pytest.raises(ValueError, match=message):
        check_discriminator(D)
    real = rng.standard_normal((4, 3))
    for name in PENALTIES:
        with pytest.raises(ValueError, match=message):
            made(name)(D, real, real, rng)


def test_discriminators_that_are_not_refused(rng):
    check_discriminator(mlp((2,), rng=rng)[1])
    check_discriminator(Dense(3, 1, rng=rng))  # a layer is a network
    D = Dense(3, 1, rng=rng).astype(np.float64)
    value, grads = R1(2.0)(D, np.ones((4, 3)), None)
    assert value == pytest.approx(np.sum(D.params["w"] ** 2))
    np.testing.assert_allclose(grads["w"], 2 * D.params["w"])


@pytest.mark.parametrize("weight", [-1, -1e-9, np.nan, np.inf, True, "10", None, np.ones(2)])
@pytest.mark.parametrize("name", PENALTIES)
def test_weights_that_are_refused(name, weight):
    with pytest.raises(ValueError, match=f"the weight of {PENALTIES[name].__name__} must be a finite number"):
        PENALTIES[name](weight)


def test_other_arguments_that_are_refused(rng):
    for options, message in (
        ({"target": -1}, "target, the gradient norm that D shall have, must be"),
        ({"spread": np.nan}, "spread must be a finite number"),
        ({"every": 0}, "every must be a whole number of at least 1, got 0"),
        ({"every": 1.5}, "every must be a whole number"),
    ):
        with pytest.raises(ValueError, match=message):
            DRAGAN(**options)
    D = Sequential(Dense(3, 1, rng=rng))
    real = rng.standard_normal((4, 3))
    with pytest.raises(ValueError, match=r"both batches must have the same shape, got \(4, 3\) and \(3, 3\)"):
        WGANGP()(D, real, real[:3], rng)
    for penalty in (WGANGP(), DRAGAN()):
        with pytest.raises(ValueError, match="draws random points; give it .*rng"):
            penalty(D, real, real)
    for D in (Reshape(1, 1, 3), Sequential(Dense(3, 4, rng=rng), Reshape(2, 2)), NoOutput(), Dense(3, 2, rng=rng)):
        with pytest.raises(ValueError, match=r"a gradient penalty expected a logit for each image, \(N, 1\), got"):
            R1(1.0)(D, real, real, rng)


@pytest.mark.parametrize("name", PENALTIES)
def test_of_several_outputs_the_first_one_is_the_logit(name, rng):
    """Beside it AC-GAN's D has class scores: the penalty is that of the logit alone, and the scores get no gradient."""
    wide = Sequential(Dense(4, 6, slope=0.2, rng=rng), ("end", Dense(6, 4, rng=rng))).astype(np.float64)
    narrow = copy.deepcopy(wide)
    narrow.layers["end"].params = {"w": wide.params["end.w"][:, :1].copy(), "b": wide.params["end.b"][:1].copy()}
    narrow.layers["end"].n_out = 1
    real, fake = (Batch(x, {"labels": np.array([0, 2, 1, 1, 0])}) for x in rng.standard_normal((2, 5, 4)))
    (value, grads), (alone, grads_alone) = (
        PENALTIES[name]()(D, real, fake, np.random.default_rng(1)) for D in (wide, narrow)
    )
    assert value == pytest.approx(alone, rel=1e-12) and value > 0
    np.testing.assert_allclose(grads["dense1.w"], grads_alone["dense1.w"], atol=1e-12)
    np.testing.assert_allclose(grads["end.w"][:, :1], grads_alone["end.w"], atol=1e-12)
    assert not grads["end.w"][:, 1:].any() and not grads["end.b"].any() and grads["end.w"].shape == (6, 4)
