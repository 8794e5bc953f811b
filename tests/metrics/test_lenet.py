"""The feature network: it learns the digits, and its verdict tells good images from bad ones."""

import numpy as np
import pytest

from minigan import data
from minigan.metrics import LeNet, feature_network, train_lenet
from minigan.metrics.lenet import FEATURES, scale_features


@pytest.fixture(scope="module")
def net_and_digits():
    digits, held_out = data.load("digits-8x8"), data.load("digits-8x8", split="test")
    net = train_lenet(data.prepare(digits, 8, 1), digits.labels, rng=np.random.default_rng(0), steps=1000)
    return net, data.prepare(held_out, 8, 1), held_out.labels


def test_it_reads_held_out_digits(net_and_digits):
    net, x, labels = net_and_digits
    seen = net.look(x)
    assert seen.features.shape == (360, FEATURES) and seen.features.dtype == seen.probs.dtype == np.float64
    np.testing.assert_allclose(seen.probs.sum(axis=1), 1, rtol=1e-12)
    assert net.accuracy(x, labels) == np.mean(seen.probs.argmax(axis=1) == labels) >= 0.96


def test_the_verdict_sees_unreadable_and_missing_digits(net_and_digits, rng):
    net, x, labels = net_and_digits
    real, noise = net.judge(x), net.judge(rng.uniform(-1, 1, x.shape).astype(np.float32))
    assert real.confidence > noise.confidence + 0.1
    assert real.shares.min() > 0.05 and np.isclose(real.shares.sum(), 1)
    only_ones = net.judge(x[labels == 1])
    assert only_ones.shares[1] > 0.9 and np.sort(only_ones.shares)[-2] < 0.1


def test_features_are_the_layer_before_the_logits(net_and_digits):
    net, x, _ = net_and_digits
    logits, _ = net.net.forward(x[:9], training=False)
    seen = net.look(x[:9], batch=4)
    own = seen.features @ net.net.params["logits.w"] + net.net.params["logits.b"]
    np.testing.assert_allclose(own, logits, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(seen.features, net.look(x[:9]).features, rtol=1e-5, atol=1e-5)


def test_the_hash_is_of_sizes_and_weights():
    one, same, other = (LeNet(8, rng=np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert one.sha256 == same.sha256 != other.sha256 and len(one.sha256) == 64
    same.net.params["logits.b"][3] += 1e-3
    assert same.sha256 != one.sha256


def test_scaled_features_have_variance_1_and_the_same_answers(net_and_digits):
    _, x, _ = net_and_digits
    net = LeNet(8, rng=np.random.default_rng(3))
    before = net.look(x)
    scale_features(net, x)
    after = net.look(x)
    np.testing.assert_allclose(after.features.var(axis=0).mean(), 1, rtol=1e-4)
    np.testing.assert_allclose(after.probs, before.probs, rtol=1e-3, atol=1e-5)


def test_weights_are_what_a_float16_file_can_hold(net_and_digits):
    for p in net_and_digits[0].net.params.values():
        np.testing.assert_array_equal(p, p.astype(np.float16))


def test_refused(net_and_digits, rng):
    net, x, _ = net_and_digits
    with pytest.raises(ValueError, match="at least 64 images"):
        train_lenet(np.zeros((10, 8, 8, 1), np.float32), np.zeros(10, int), rng=rng)
    for images, match in [
        (x[:, :7], r"looks at float images \(N, 8, 8, 1\)"),
        (x[..., 0], r"looks at float images"),
        ((x * 127).astype(np.uint8), "got uint8"),
        (x[:0], "looks at float images"),
        (x + 0.5, r"expected values in \[-1, 1\], got [\d,]+ outside, from -0.5 to 1.5"),
        (np.where(x > 0, np.nan, x), r"expected finite values in \[-1, 1\], got [\d,]+ NaN"),
    ]:
        with pytest.raises(ValueError, match=match):
            net.look(images)


def test_the_bundled_network_reads_the_bundled_digits():
    held_out = data.load("digits-8x8", split="test")
    net = feature_network(data.load("digits-8x8"))
    assert net.sizes == (16, 1, 10)
    assert net.accuracy(data.prepare(held_out, 16, 1), held_out.labels) >= 0.96
