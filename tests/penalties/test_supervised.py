"""Supervised: the gradient of the whole semi-supervised step by every parameter of D, and that D learns the classes."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigan.gan import d_step, g_step
from minigan.gradcheck import numeric_gradient, relative_error
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    LogSumExp,
    Reshape,
    Sequential,
    VirtualBatchNorm,
    WithReference,
)
from minigan.losses import NonSaturating, softmax_cross_entropy
from minigan.optim import SGD, Adam
from minigan.penalties import PENALTIES, Supervised, accuracy
from minigan.terms import FeatureMatching


def discriminator(rng, K=3):
    return Sequential(
        Conv2D(2, 3, (3, 2), stride=2, slope=0.2, rng=rng), BatchNorm(3), Dropout(0.2, rng=rng), Flatten(),
        ("classes", Dense(12, K, rng=rng)), ("logit", LogSumExp()),
    ).astype(np.float64)  # fmt: skip


@settings(max_examples=3)
@given(seed=st.integers(0, 99))
def test_the_gradient_by_every_parameter_of_D(seed):
    """d_step with the penalty, as one scalar function."""
    rng = np.random.default_rng(seed)
    D, loss = discriminator(rng), NonSaturating()
    G = Sequential(Dense(3, 3 * 4 * 2, rng=rng), Reshape(3, 4, 2)).astype(np.float64)
    images, labels = rng.standard_normal((9, 3, 4, 2)), rng.integers(3, size=9)
    penalty = Supervised(images, labels, 5, weight=0.7)
    real, z = rng.standard_normal((4, 3, 4, 2)), rng.standard_normal((4, 3))

    def total():
        judge, fake = copy.deepcopy(D), G.forward(z)[0]
        logits = judge.forward(real)[0], judge.forward(fake)[0]
        return loss.discriminator(*logits)[0] + penalty(judge, real, fake, np.random.default_rng(1))[0]

    expected, numeric = total(), {key: numeric_gradient(total, p) for key, p in D.params.items()}
    before = {key: p.copy() for key, p in D.params.items()}
    step = d_step(G, D, loss, SGD(D.params, lr=1.0), real, z, penalties=[penalty], rng=np.random.default_rng(1))
    assert step.loss == pytest.approx(expected, rel=1e-12)
    for key, p in D.params.items():
        smooth = numeric[key].smooth
        assert relative_error(before[key] - p, numeric[key].gradient, noise=1e-5)[smooth].max(initial=0) <= 1e-6, key
    assert np.mean([n.smooth.mean() for n in numeric.values()]) > 0.8


def test_the_value_is_the_cross_entropy_of_the_batch_that_was_drawn(rng):
    D = Sequential(("classes", Dense(2, 4, rng=rng)), LogSumExp())
    images, labels = rng.standard_normal((6, 2)), rng.integers(4, size=6)
    value, grads = Supervised(images, labels, 6, weight=3.0)(D, images, None, rng)
    scores, _ = D.layers["classes"].forward(images)
    assert value == pytest.approx(3 * softmax_cross_entropy(scores, labels)[0], rel=1e-12)
    assert grads.keys() == D.params.keys()


def clusters(rng, N, dtype=np.float32):
    """Points about three corners, and which corner."""
    labels = rng.integers(3, size=N)
    return (np.eye(3)[labels] * 2 + 0.3 * rng.standard_normal((N, 3))).astype(dtype), labels


def test_a_few_labels_make_a_classifier_in_a_semi_supervised_game(rng):
    G = Sequential(Dense(2, 16, rng=rng), LeakyReLU(), Dense(16, 3, rng=rng))
    D = Sequential(
        Dense(3, 16, rng=rng), LeakyReLU(), ("classes", Dense(16, 3, rng=rng)), ("logit", LogSumExp())
    )  # fmt: skip
    samples, test = clusters(rng, 200)[0], clusters(rng, 300)
    penalty = Supervised(*clusters(rng, 9), batch_size=6)
    d_optimizer, g_optimizer = (Adam(network.params, lr=0.01) for network in (D, G))
    before = accuracy(D, *test)
    for _ in range(60):
        real, z = samples[rng.choice(200, 32)], rng.standard_normal((32, 2), dtype=np.float32)
        d_step(G, D, NonSaturating(), d_optimizer, real, z, penalties=[penalty], rng=rng)
        g_step(G, D, NonSaturating(), g_optimizer, z, real=real, terms=[FeatureMatching()])
    assert before < 0.8 and accuracy(D, *test) > 0.97
    assert {p.dtype for p in D.params.values()} == {np.dtype(np.float32)}


def test_accuracy_is_a_share_and_changes_nothing(rng):
    D = Sequential(Dense(3, 3, bias=False), BatchNorm(3), ("logit", LogSumExp()))
    D.params["dense1.w"][...] = np.eye(3)
    images = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
    state = {key: array.copy() for key, array in D.state.items()}
    assert accuracy(D, images, [0, 1, 2, 1, 1], batch_size=2) == 0.8
    assert all(np.array_equal(state[key], array) for key, array in D.state.items())


def test_a_discriminator_with_a_reference_has_a_classifier_too(rng):
    D = WithReference(
        Sequential(Dense(3, 4, rng=rng), VirtualBatchNorm(4, 5), ("classes", Dense(4, 3, rng=rng)), LogSumExp()),
        rng.standard_normal((5, 3)),
    )
    images, labels = clusters(rng, 8, np.float64)
    value, grads = Supervised(images, labels, 4)(D, images, None, rng)
    assert value > 0 and grads.keys() == D.params.keys()


def test_refused_when_made(rng):
    images, labels = np.zeros((4, 3), np.float32), np.array([0, 1, 2, 0])
    for wrong in (labels[:3], labels - 1, labels / 1, labels[:, None]):
        with pytest.raises(ValueError, match="expected a label for each of the 4 images"):
            Supervised(images, wrong, 2)
    with pytest.raises(ValueError, match="batch_size must be at most the number of labelled images, 4, got 5"):
        Supervised(images, labels, 5)
    with pytest.raises(ValueError, match="batch_size must be a whole number"):
        Supervised(images, labels, 0)
    for weight in (-1, np.nan, None):
        with pytest.raises(ValueError, match="weight of Supervised must be a finite number of at least 0"):
            Supervised(images, labels, 2, weight)
    assert "supervised" not in PENALTIES, "a weight alone does not make one"


def test_refused_when_called(rng):
    images, labels = np.zeros((4, 3), np.float32), np.array([0, 1, 2, 0])
    penalty = Supervised(images, labels, 2)
    classes = ("classes", Dense(3, 3, rng=rng))
    for D in (Sequential(classes), Sequential(classes, LogSumExp(), Dense(1, 1)), Dense(3, 3)):
        with pytest.raises(ValueError, match="ends in its class scores and LogSumExp"):
            penalty(D, images, images, rng)
    D = Sequential(classes, LogSumExp())
    with pytest.raises(ValueError, match="give d_step rng="):
        penalty(D, images, images)
    with pytest.raises(ValueError, match=r"labelled images are \(3,\) of float32, the real ones \(2,\) of float32"):
        penalty(D, images[:, :2], images, rng)
    with pytest.raises(ValueError, match="prepare both alike"):
        penalty(D, images.astype(np.float64), images, rng)
    with pytest.raises(ValueError, match="D knows 2 classes, and there is a label 2"):
        penalty(Sequential(Dense(3, 2, rng=rng), LogSumExp()), images, images, rng)
    packed = Sequential(Reshape(3), PackedByTwo(), Dense(6, 3, rng=rng), LogSumExp())
    with pytest.raises(ValueError, match=r"\(2, K\), one row for each image, got \(1, 3\).*packs several images"):
        penalty(packed, images, images, rng)


class PackedByTwo(Flatten):
    """Two samples become one."""

    def forward(self, x, training=True):
        return super().forward(x.reshape(len(x) // 2, -1), training)
