"""The judge: it learns the digits, and its verdict tells good images from bad ones."""

import numpy as np
import pytest

from minigan import data
from minigan.metrics import judge, predict, train_classifier


@pytest.fixture(scope="module")
def net_and_digits():
    digits, held_out = data.load("digits"), data.load("digits", split="test")
    x, x_held_out = (data.prepare(d, 8, 1) for d in (digits, held_out))
    net = train_classifier(x, digits.labels, rng=np.random.default_rng(0), epochs=16)
    return net, x_held_out, held_out.labels


def test_it_reads_held_out_digits(net_and_digits):
    net, x, labels = net_and_digits
    probs = predict(net, x)
    np.testing.assert_allclose(probs.sum(axis=1), 1, rtol=1e-5)
    assert np.mean(probs.argmax(axis=1) == labels) >= 0.96


def test_the_verdict_sees_unreadable_and_missing_digits(net_and_digits, rng):
    net, x, labels = net_and_digits
    real, noise = judge(net, x), judge(net, rng.uniform(-1, 1, x.shape).astype(np.float32))
    assert real.confidence > noise.confidence + 0.1
    assert real.shares.min() > 0.05 and np.isclose(real.shares.sum(), 1)
    only_ones = judge(net, x[labels == 1])
    assert only_ones.shares[1] > 0.9 and only_ones.shares.min() == 0


def test_refused(rng):
    with pytest.raises(ValueError, match="at least 64 images"):
        train_classifier(np.zeros((10, 8, 8, 1), np.float32), np.zeros(10, int), rng=rng)
