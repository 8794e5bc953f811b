"""Spectral normalisation: sigma against an SVD, both orders of gradients, one iteration for each change of the weights.
PyTorch's numbers: see test_spectral_torch.py."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gan import d_step
from minigan.gradcheck import check_double_backward, check_layer
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Layer,
    LeakyReLU,
    Sequential,
    SpectralNorm,
    flop,
    spectral_normalised,
)
from minigan.layers.spectral import not_normalised
from minigan.losses import NonSaturating
from minigan.models import Noise, mlp
from minigan.objectives import Gan
from minigan.optim import SGD, Adam
from minigan.penalties import R1
from minigan.training import Trainer, load_checkpoint, save_checkpoint
from minigan.training.ema import Average

number = st.integers
KINDS = {"dense": 0, "conv": 1, "transpose": 2}
drawn_layers = dict(
    kind=st.sampled_from(sorted(KINDS)), c_in=number(1, 3), c_out=number(1, 4),
    kernel=st.tuples(number(1, 4), number(1, 3)), stride=st.tuples(number(1, 3), number(1, 2)), bias=st.booleans(),
    slope=st.sampled_from([None, 0.2]), seed=number(0, 99),
)  # fmt: skip


def make(kind, c_in, c_out, kernel, stride, bias, slope, seed, init="he"):
    """A layer of that kind, and an input shape for it."""
    rng = np.random.default_rng(seed)
    if kind == "dense":
        return Dense(c_in + 2, c_out, bias=bias, init=init, rng=rng), (4, c_in + 2)
    conv = Conv2D if kind == "conv" else Conv2DTranspose
    return conv(c_in, c_out, kernel, stride=stride, bias=bias, slope=slope, init=init, rng=rng), (2, 5, 4, c_in)


def one_of(kind, seed=0, **options):
    return make(kind, **dict(c_in=2, c_out=3, kernel=(3, 2), stride=(2, 1), bias=True, slope=None, seed=seed) | options)


def matrix(layer):
    """W, a row for each output, written out for each kind."""
    w = layer.params["w"]
    if isinstance(layer, Dense):
        return np.array([[w[i, o] for i in range(w.shape[0])] for o in range(w.shape[1])])
    KH, KW = w.shape[:2]
    if isinstance(layer, Conv2D):
        return np.array([[w[p, q, c, f] for p in range(KH) for q in range(KW) for c in range(layer.c_in)]
                         for f in range(layer.c_out)])  # fmt: skip
    return np.array([[w[p, q, f, c] for p in range(KH) for q in range(KW) for c in range(layer.c_in)]
                     for f in range(layer.c_out)])  # fmt: skip


@settings(max_examples=12)
@given(**drawn_layers)
def test_sigma_is_the_largest_singular_value(**drawn):
    layer, shape = make(**drawn)
    layer.astype(np.float64)
    normalised = SpectralNorm(layer, iterations=1000, rng=np.random.default_rng(1))
    layer.params["w"] *= 1.5
    y, _ = normalised.forward(np.ones(shape))
    U, S, V = np.linalg.svd(matrix(layer))
    sigma, u, v = normalised.sigma()
    assert sigma == pytest.approx(S[0], rel=1e-10)
    if len(S) == 1 or S[1] < 0.98 * S[0]:
        assert abs(u @ U[:, 0]) == pytest.approx(1, rel=1e-8) and abs(v @ V[0]) == pytest.approx(1, rel=1e-8)
    twin = copy.deepcopy(layer)
    twin.params["w"] /= S[0]
    np.testing.assert_allclose(y, twin.forward(np.ones(shape))[0], rtol=1e-9, atol=1e-9)


@settings(max_examples=25)
@given(**drawn_layers)
def test_gradients_in_evaluation_for_any_u_and_v(**drawn):
    """check_layer moves w, u and v at random: nothing has converged, and u and v are not of length 1."""
    layer, shape = make(**drawn)
    normalised, rng = SpectralNorm(layer, rng=np.random.default_rng(1)), np.random.default_rng(drawn["seed"])
    report = check_layer(normalised, input_shape=shape, rng=rng, training=False)
    assert report.ok and set(report.errors) == {"dx", *layer.params}, report


@settings(max_examples=6)
@given(**drawn_layers)
def test_second_order_in_evaluation_for_any_u_and_v(**drawn):
    layer, shape = make(**drawn)
    normalised, rng = SpectralNorm(layer, rng=np.random.default_rng(1)), np.random.default_rng(drawn["seed"])
    report = check_double_backward(normalised, input_shape=shape, rng=rng, training=False)
    assert report.ok and set(report.errors) == {"ddy", *layer.params}, report


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_in_training_once_converged(kind):
    """Weights near 10 have one direction that stretches far more than the others, and 25 iterations find it."""
    layer, shape = one_of(kind, init=lambda rng, shape, *fans: np.full(shape, 10.0), slope=0.2)
    normalised = SpectralNorm(layer, iterations=25, rng=np.random.default_rng(1))
    report = check_double_backward(normalised, input_shape=shape, rng=np.random.default_rng(5), training=True)
    assert report.ok and report.checked > 20, report  # it checks backward first


@pytest.mark.parametrize("kind", KINDS)
def test_before_that_training_gives_the_derivative_with_u_and_v_held(kind, rng):
    layer, shape = one_of(kind)
    normalised = SpectralNorm(layer.astype(np.float64), rng=rng)
    layer.params["w"] += rng.standard_normal(layer.params["w"].shape)
    x = rng.standard_normal(shape)
    y, cache = normalised.forward(x)
    y_held, cache_held = normalised.forward(x, training=False)
    np.testing.assert_array_equal(y, y_held)
    dy = rng.standard_normal(y.shape)
    (dx, grads), (dx_held, grads_held) = normalised.backward(dy, cache), normalised.backward(dy, cache_held)
    np.testing.assert_array_equal(dx, dx_held)
    assert all(np.array_equal(grads[key], grads_held[key]) for key in ("w", "b"))
    assert not check_layer(normalised, x, rng=rng, training=True).ok, "the whole iteration has another derivative"


def test_one_iteration_for_each_change_of_w_and_none_for_a_second_look(rng):
    layer, shape = one_of("conv")
    normalised = SpectralNorm(layer.astype(np.float64), rng=rng)
    x, other = rng.standard_normal((2, *shape))
    layer.params["w"] += rng.standard_normal(layer.params["w"].shape)
    before = copy.deepcopy(normalised.state)
    normalised.forward(x, training=False)
    assert all(np.array_equal(before[key], normalised.state[key]) for key in before), "evaluation changes nothing"
    y, cache = normalised.forward(x)
    W = matrix(layer)
    v = W.T @ before["u"] / np.linalg.norm(W.T @ before["u"])
    u = W @ v / np.linalg.norm(W @ v)
    np.testing.assert_allclose(normalised.state["v"], v, rtol=1e-12)
    np.testing.assert_allclose(normalised.state["u"], u, rtol=1e-12)
    dy = rng.standard_normal(y.shape)
    first = normalised.backward(dy, cache)[1]["w"]
    iterated = copy.deepcopy(normalised.state)
    for _ in range(3):
        normalised.forward(other)
    assert all(np.array_equal(iterated[key], normalised.state[key]) for key in iterated), "the same w: the same u, v"
    np.testing.assert_array_equal(normalised.backward(dy, cache)[1]["w"], first)
    layer.params["b"] += 1
    normalised.forward(x)
    assert np.array_equal(iterated["u"], normalised.state["u"]), "b does not matter to them"


def test_a_cache_keeps_its_own_u_and_v(rng):
    """w changes, is looked at in training (which moves u and v), and comes back: the old cache is still of that D."""
    layer, shape = one_of("dense")
    normalised = SpectralNorm(layer.astype(np.float64), rng=rng)
    x = rng.standard_normal(shape)
    y, cache = normalised.forward(x)
    expected = normalised.backward(np.ones_like(y), cache)[1]["w"]
    kept = layer.params["w"].copy()
    layer.params["w"][...] = rng.standard_normal(kept.shape)
    normalised.forward(x)
    with pytest.raises(ValueError, match="parameters of this SpectralNorm changed after the forward pass"):
        normalised.backward(np.ones_like(y), cache)
    layer.params["w"][...] = kept
    np.testing.assert_array_equal(normalised.backward(np.ones_like(y), cache)[1]["w"], expected)


@pytest.mark.parametrize("norm", [False, True])
def test_a_step_of_the_discriminator_iterates_once(norm, rng):
    """With a batch norm in D, real and fake images go through it one after the other; both meet the same D."""
    G, _ = mlp((2,), z_dim=3, width=8, rng=rng)
    parts = [Dense(2, 8, rng=rng), *([BatchNorm(8)] if norm else []), LeakyReLU(), Dense(8, 1, rng=rng)]
    D = spectral_normalised(Sequential(*parts), rng=rng)
    real, z = rng.standard_normal((2, 6, 2)).astype(np.float32)[0], rng.standard_normal((6, 3), dtype=np.float32)
    optimizer, seen = SGD(D.params, lr=0.5), []
    layer = D.layers["dense1"]
    for _ in range(4):
        d_step(G, D, NonSaturating(), optimizer, real, z)
        seen.append(layer.state["u"].copy())
        D.forward(real)  # as the generator's step does
        D.forward(real)
        assert not np.array_equal(layer.state["u"], seen[-1])
        seen.append(layer.state["u"].copy())
    assert all(np.array_equal(seen[i], seen[i + 1]) for i in (1, 3, 5)), "w was seen already: no iteration in d_step"


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_of_zero_gives_no_nan(kind, rng):
    layer, shape = one_of(kind)
    layer.params["w"][...] = 0
    normalised = SpectralNorm(layer, rng=rng)
    x = rng.standard_normal(shape).astype(np.float32)
    plain, plain_cache = layer.forward(x)
    y, cache = normalised.forward(x)
    np.testing.assert_array_equal(y, plain)
    dx, grads = normalised.backward(np.ones_like(y), cache)
    _, plain_grads = layer.backward(np.ones_like(y), plain_cache)
    assert (dx == 0).all() and np.array_equal(grads["w"], plain_grads["w"]) and np.abs(grads["w"]).max() > 0
    ddy, second = normalised.double_backward(x, np.ones_like(y), cache)
    assert (ddy == 0).all() and np.isfinite(second["w"]).all()
    layer.params["w"][...] = rng.standard_normal(layer.params["w"].shape)  # and it finds its way again
    normalised.forward(x)
    assert 0.1 < normalised.sigma()[0] / np.linalg.norm(matrix(layer), 2) <= 1 + 1e-6


@settings(max_examples=12)
@given(**drawn_layers)
def test_how_far_the_whole_layer_can_stretch(**drawn):
    """The norm of the layer's matrix, which is made column by column: 1 for Dense, for the others at most the root of
    the number of windows that a number is in."""
    layer, shape = make(**drawn | {"bias": False, "slope": None})
    normalised = SpectralNorm(layer.astype(np.float64), iterations=1000, rng=np.random.default_rng(1))
    layer.params["w"] *= 2
    eye = np.eye(int(np.prod(shape[1:]))).reshape(-1, *shape[1:])
    largest = np.linalg.norm(normalised.forward(eye)[0].reshape(len(eye), -1), 2)
    (KH, KW), (sh, sw) = drawn["kernel"], drawn["stride"]
    windows = {"dense": 1, "conv": -(-KH // sh) * -(-KW // sw), "transpose": KH * KW}[drawn["kind"]]
    assert largest <= np.sqrt(windows) * (1 + 1e-9)
    assert drawn["kind"] != "dense" or largest == pytest.approx(1, rel=1e-9)


def test_it_looks_like_the_layer_inside(rng):
    layer, shape = one_of("transpose")
    normalised = SpectralNorm(layer, rng=rng)
    assert normalised.params is layer.params and list(normalised.params) == ["w", "b"] and normalised.per_sample
    assert normalised.output_shape(shape[1:]) == layer.output_shape(shape[1:])
    y_shape = layer.output_shape(shape[1:])
    assert flop(normalised, shape[1:], y_shape) == flop(layer, shape[1:], y_shape) > 0
    other = copy.deepcopy(normalised)
    other.params["w"] += 1
    other.forward(np.ones(shape, np.float32))
    assert not np.array_equal(other.params["w"], normalised.params["w"])
    assert not np.array_equal(other.state["u"], normalised.state["u"])
    normalised.astype(np.float64)
    assert {a.dtype for a in (*normalised.params.values(), *normalised.state.values())} == {np.dtype(np.float64)}


def trainer(seed=0):
    rng = np.random.default_rng(seed)
    G, D = mlp((2,), z_dim=3, width=8, rng=rng)
    D = spectral_normalised(D, rng=rng)
    samples = np.random.default_rng(1).standard_normal((40, 2)).astype(np.float32)
    game = Gan(G, D, NonSaturating(), Adam(G.params), Adam(D.params), Noise(3))
    return Trainer(game, samples, batch_size=10, rng=rng)


def test_a_resumed_training_goes_on_bit_for_bit(tmp_path):
    straight, halved, resumed = trainer(), trainer(), trainer(5)
    for _ in range(6):
        straight.step()
    for _ in range(3):
        halved.step()
    save_checkpoint(tmp_path / "c.npz", halved, {})
    load_checkpoint(tmp_path / "c.npz", resumed)
    for _ in range(3):
        resumed.step()
    one, two = straight.arrays(), resumed.arrays()
    assert one.keys() == two.keys() and "D/state/hidden1.u" in one
    assert all(np.array_equal(one[key], two[key]) for key in one)


def test_the_length_of_u_and_v_does_not_matter(rng):
    """In an average of networks they are shorter than 1, which must not make sigma smaller."""
    net = spectral_normalised(Sequential(Dense(5, 4, rng=rng)), rng=rng)
    average, x = Average(net, decay=0.9), rng.standard_normal((3, 5)).astype(np.float32)
    for t in range(5):
        net.params["dense1.w"][...] = rng.standard_normal((5, 4))
        net.forward(x)
        average.update(net, t)
    inside = average.network.layers["dense1"]
    assert np.linalg.norm(inside.state["u"]) < 0.95
    y, _ = average.network.forward(x, training=False)
    for key in ("u", "v"):
        inside.state[key] *= 0.3
    np.testing.assert_allclose(average.network.forward(x, training=False)[0], y, rtol=1e-5)


def test_spectral_normalised_keeps_names_and_arrays(rng):
    inner = Sequential(Flatten(), ("last", Dense(12, 1, rng=rng)))
    net = Sequential(("down", Conv2D(2, 3, 3, stride=2, slope=0.2, rng=rng)), BatchNorm(3), ("head", inner))
    normalised = spectral_normalised(net, rng=rng)
    assert list(normalised.params) == list(net.params) and all(
        normalised.params[k] is net.params[k] for k in net.params
    )
    kinds = [type(layer).__name__ for layer in normalised.layers.values()]
    assert kinds == ["SpectralNorm", "BatchNorm", "Sequential"]
    assert isinstance(normalised.layers["head"].layers["last"], SpectralNorm)
    assert isinstance(net.layers["down"], Conv2D) and isinstance(inner.layers["last"], Dense), (
        "the old one is as it was"
    )
    again = spectral_normalised(Sequential(("a", normalised.layers["down"]), ("b", Conv2D(3, 2, 1, rng=rng))), rng=rng)
    assert again.layers["a"] is normalised.layers["down"] and isinstance(again.layers["b"], SpectralNorm)
    for nothing in (Sequential(Flatten(), LeakyReLU()), normalised):
        with pytest.raises(ValueError, match="expected a network with a Dense, Conv2D or Conv2DTranspose that is not"):
            spectral_normalised(nothing)
    assert isinstance(spectral_normalised(Dense(2, 3, rng=rng), rng=rng), SpectralNorm)  # a network of one layer


def test_one_rng_makes_one_network():
    one, two, other = (SpectralNorm(one_of("conv")[0], rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.state["u"], two.state["u"])
    assert not np.array_equal(one.state["u"], other.state["u"])


@pytest.mark.parametrize(
    "layer, reason",
    [
        (BatchNorm(3), "BatchNorm has no weight matrix: it divides each channel by its deviation.*no bound"),
        (LeakyReLU(), "LeakyReLU has no weight matrix"),
        (SpectralNorm(Dense(2, 3)), "SpectralNorm is normalised already"),
        (Sequential(Dense(2, 3)), r"write spectral_normalised\(network\)"),
        (np.ones(3), "expected one of Dense, Conv2D, Conv2DTranspose, Conv1D, Conv1DTranspose; ndarray"),
    ],
)
def test_refused(layer, reason):
    with pytest.raises(ValueError, match=reason):
        SpectralNorm(layer)


def test_other_bad_input(rng):
    for iterations in (0, 1.0):
        with pytest.raises(ValueError, match="iterations must be a whole number of at least 1"):
            SpectralNorm(Dense(2, 3), iterations=iterations)
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        SpectralNorm(Dense(2, 3), rng=3)
    layer = SpectralNorm(Dense(2, 3, rng=rng), rng=rng)
    with pytest.raises(ValueError, match="Dense was made for 2 features"):
        layer.forward(np.ones((4, 3)))
    y, cache = layer.forward(np.ones((4, 2)))
    with pytest.raises(ValueError, match="expected ddx with the shape of x"):
        layer.double_backward(y, y, cache)


class Labelled(Dense):
    """A student's Dense that wants to be told something."""

    def forward(self, x, training=True, given=None):
        self.seen.append(given)
        return super().forward(x, training)


class Mixing(Dense):
    """A student's Dense that looks at the whole batch, and so promises nothing."""

    def forward(self, x, training=True):
        return super().forward(x - x.mean(axis=0), training)


def test_a_students_layer_inside_is_told_the_facts(rng):
    layer, facts = Labelled(3, 2, rng=rng), {"labels": np.arange(4)}
    layer.seen = []
    network = spectral_normalised(Sequential(layer, Dense(2, 1, rng=rng)), rng=rng)
    network.forward(rng.standard_normal((4, 3)), given=facts)
    assert len(layer.seen) == 1 and layer.seen[0] is facts


def test_the_weights_that_it_leaves_alone_are_named(rng):
    class Bilinear(Layer):
        def __init__(self):
            self.params = {"table": np.ones((3, 2))}

    network = Sequential(
        ("body", Sequential(Dense(2, 3, rng=rng), LeakyReLU())), ("end", Bilinear()), ("n", BatchNorm(2))
    )
    assert not_normalised(network) == ["body.dense1 (Dense)", "end (Bilinear)"]
    assert not_normalised(spectral_normalised(network, rng=rng)) == ["end (Bilinear)"]


def test_it_promises_what_its_layer_promises(rng):
    x = rng.standard_normal((4, 3))
    for layer, whether in ((Dense(3, 1, rng=rng), True), (Mixing(3, 1, rng=rng), False)):
        network = spectral_normalised(Sequential(layer), rng=rng)
        assert SpectralNorm(layer, rng=rng).per_sample is network.per_sample is whether
    with pytest.raises(ValueError, match="layer 'mixing1': a gradient penalty needs each image's score"):
        R1(1.0)(network, x, x)
