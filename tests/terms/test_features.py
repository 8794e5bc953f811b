"""Feature matching and pull-away: gradients by every pixel, and through G by every parameter; what they measure."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gan import g_step
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LogSumExp,
    MinibatchDiscrimination,
    Reshape,
    Sequential,
    Tanh,
    VirtualBatchNorm,
    WithReference,
)
from minigan.losses import NonSaturating
from minigan.optim import SGD
from minigan.terms import FeatureMatching, PullAway, features_layer

KINDS = pytest.mark.parametrize("kind", [FeatureMatching, PullAway])
LOOKS = ("plain", "dropout", "batch norm", "minibatch", "packed", "images", "reference")


class Pairs(Layer):
    """Two samples become one, their channels side by side: what packing does to the batch axis."""

    def forward(self, x):
        N, H, W, C = x.shape
        return np.concatenate([x[: N // 2], x[N // 2 :]], axis=3), None

    def backward(self, dy, cache):
        return np.concatenate(np.split(dy, 2, axis=3)), {}


def discriminator(look, rng):
    """Images (N, 3, 4, 2) -> logits. look: what is special about its features."""
    first = [("pairs", Pairs())] if look == "packed" else []
    middle = {
        "dropout": [Dropout(0.3, rng=rng)],
        "batch norm": [BatchNorm(3, slope=0.2)],
        "reference": [VirtualBatchNorm(3, 3)],
    }.get(look, [])
    mixed = [MinibatchDiscrimination(5, 3, 2, rng=rng)] if look == "minibatch" else []
    D = Sequential(
        *first, Conv2D(4 if first else 2, 3, (3, 2), stride=2, slope=0.2, rng=rng), *middle,
        ("flatten", Flatten()), ("hidden", Dense(12, 5, rng=rng)), *mixed,
        ("logit", Dense(8 if mixed else 5, 1, rng=rng)),
    )  # fmt: skip
    D = WithReference(D, rng.standard_normal((3, 3, 4, 2))) if look == "reference" else D
    return D.astype(np.float64)


def made(kind, look):
    """A term of this kind; of a D "images" the features are themselves images."""
    return kind(1.7, layer="flatten" if look == "images" else None)


def check(array, gradient, value):
    numeric = numeric_gradient(value, array)
    assert numeric.smooth.mean() > 0.8
    assert relative_error(gradient, numeric.gradient, noise=1e-6)[numeric.smooth].max() <= 1e-6


@KINDS
@pytest.mark.parametrize("look", LOOKS)
@settings(max_examples=2)
@given(seed=st.integers(0, 99))
def test_the_gradient_by_every_pixel(kind, look, seed):
    rng = np.random.default_rng(seed)
    D, term = discriminator(look, rng), made(kind, look)
    fake, real = rng.standard_normal((4, 3, 4, 2)), rng.standard_normal((6, 3, 4, 2))
    before = {key: p.copy() for key, p in D.params.items()}
    given_arrays = fake.copy(), real.copy()
    value, d_fake, grads = term(copy.deepcopy(D), fake, real)
    assert value > 0 and grads == {} and d_fake.shape == fake.shape
    check(fake, d_fake, lambda: term(copy.deepcopy(D), fake, real)[0])
    assert all(np.array_equal(before[key], p) for key, p in D.params.items())
    assert np.array_equal(fake, given_arrays[0]) and np.array_equal(real, given_arrays[1])


@pytest.mark.parametrize("look", ["dropout", "batch norm", "packed"])
def test_the_gradient_by_every_parameter_of_G(look, rng):
    """g_step with both terms, as one scalar function of G."""
    G = Sequential(
        Dense(3, 2 * 3 * 2, bias=False, rng=rng), BatchNorm(12, slope=0.3), Reshape(2, 3, 2),
        Conv2DTranspose(2, 2, (3, 2), stride=2, padding=((1, 1), (1, 1)), rng=rng), Tanh(),
    ).astype(np.float64)  # fmt: skip
    D, loss = discriminator(look, rng), NonSaturating()
    z, real = rng.standard_normal((4, 3)), rng.standard_normal((4, 3, 4, 2))
    terms = [FeatureMatching(0.7), PullAway(0.3)]
    assert G.forward(z)[0].shape == real.shape

    def total():
        judge, fake = copy.deepcopy(D), copy.deepcopy(G).forward(z)[0]
        value, _ = loss.generator(judge.forward(fake)[0])
        return value + sum(term(judge, fake, real)[0] for term in terms)

    expected, numeric = total(), {key: numeric_gradient(total, p) for key, p in G.params.items()}
    before = {key: p.copy() for key, p in G.params.items()}
    step = g_step(G, D, loss, SGD(G.params, lr=1.0), z, real=real, terms=terms)
    assert step.loss == pytest.approx(expected, rel=1e-12)
    for key, p in G.params.items():
        smooth = numeric[key].smooth
        assert smooth.mean() > 0.8
        assert relative_error(before[key] - p, numeric[key].gradient, noise=1e-5)[smooth].max() <= 1e-6, key


def identity(n):
    """A D whose features are the points themselves."""
    dense = Dense(n, n, bias=False)
    dense.params["w"][...] = np.eye(n)
    return Sequential(("points", dense), ("logit", Dense(n, 1))).astype(np.float64)


def test_feature_matching_is_the_distance_of_the_means(rng):
    fake, real = rng.standard_normal((4, 3)), rng.standard_normal((7, 3))
    value, d_fake, _ = FeatureMatching(2.0)(identity(3), fake, real)
    gap = fake.mean(axis=0) - real.mean(axis=0)
    assert value == pytest.approx(2 * np.sum(gap**2), rel=1e-12)
    np.testing.assert_allclose(d_fake, np.tile(gap, (4, 1)), rtol=1e-12)


def test_pull_away_is_the_mean_squared_cosine(rng):
    f = rng.standard_normal((5, 3))
    cosines = [f[i] @ f[j] / np.linalg.norm(f[i]) / np.linalg.norm(f[j]) for i in range(5) for j in range(5) if i != j]
    assert PullAway(0.1)(identity(3), f)[0] == pytest.approx(0.1 * np.mean(np.square(cosines)), rel=1e-12)


def test_a_pack_counts_once(rng):
    """Of four images in two packs there is one pair of features."""
    D, fake = discriminator("packed", rng), rng.standard_normal((4, 3, 4, 2))
    (one, two), _ = D.split("logit")[0].forward(fake)
    cosine = one @ two / np.linalg.norm(one) / np.linalg.norm(two)
    assert PullAway(1.0)(D, fake)[0] == pytest.approx(cosine**2, rel=1e-12)


@given(N=st.integers(2, 12), F=st.integers(1, 6), spread=st.sampled_from([0.1, 1.0, 5.0]), seed=st.integers(0, 99))
def test_what_pull_away_bounds(N, F, spread, seed):
    """The entropy of the shares of the directions in a batch, from below; and itself, by the number of directions."""
    rng = np.random.default_rng(seed)
    f = 1 + spread * rng.standard_normal((N, F))
    v = PullAway(1.0)(identity(F), f)[0]
    u = f / np.linalg.norm(f, axis=1, keepdims=True)
    shares = np.linalg.eigvalsh(u.T @ u / N).clip(1e-300)
    assert -np.sum(shares * np.log(shares)) >= np.log(N) - np.log1p((N - 1) * v) - 1e-9
    assert v >= (N / F - 1) / (N - 1) - 1e-12


def test_what_pull_away_does_not_see():
    """Four pictures again and again have the least value there is, though their distribution has hardly any entropy."""
    f = np.tile(np.eye(4), (3, 1))
    v = PullAway(1.0)(identity(4), f)[0]
    assert v == pytest.approx((12 / 4 - 1) / 11, rel=1e-12)
    assert PullAway(1.0)(identity(4), f * np.arange(1, 13)[:, None] * (-1) ** np.arange(12)[:, None])[0] == v


def test_features_of_zeros_have_no_direction():
    f = np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    value, d_f, _ = PullAway(1.0)(identity(2), f)
    assert value == pytest.approx(2 * 0.5 / 6) and not d_f[1].any() and np.isfinite(d_f).all()


@KINDS
def test_float32_stays_float32(kind, rng):
    D = discriminator("dropout", rng).astype(np.float32)
    fake, real = (rng.standard_normal((4, 3, 4, 2), dtype=np.float32) for _ in range(2))
    value, d_fake, _ = kind(0.5)(D, fake, real)
    assert isinstance(value, float) and d_fake.dtype == np.float32


def test_the_layer_whose_input_the_features_are(rng):
    assert features_layer(identity(2)) == "logit"
    scores = Sequential(("hidden", Dense(2, 3)), ("classes", Dense(3, 4)), ("logit", LogSumExp()))
    assert features_layer(scores) == "classes"
    assert FeatureMatching().layer is None and FeatureMatching().weight == 1.0 and PullAway().weight == 0.1
    for D in (Sequential(Dense(2, 1)), Sequential(("logit", Dense(2, 1))), Dense(2, 1),
              Sequential(("classes", Dense(3, 4)), ("logit", LogSumExp()))):  # fmt: skip
        with pytest.raises(ValueError, match="give the name of the layer"):
            features_layer(D)


def test_refused(rng):
    for kind in (FeatureMatching, PullAway):
        for weight in (-1, np.nan, np.inf, "logit", True):
            with pytest.raises(ValueError, match=f"weight of {kind.__name__} must be a finite number of at least 0"):
                kind(weight)
    D, x = identity(2), rng.standard_normal((4, 2))
    with pytest.raises(ValueError, match="expected the name of a layer that has layers before it"):
        PullAway(layer="hidden")(D, x)
    with pytest.raises(ValueError, match="FeatureMatching compares with real images; give g_step real="):
        FeatureMatching()(D, x)
    with pytest.raises(ValueError, match="at least 2 rows of features, got 1"):
        PullAway()(D, x[:1])
