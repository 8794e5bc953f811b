"""Stacked digits through the eyes of the network for single ones: on real ones, whose labels are known."""

import os

import numpy as np
import pytest

from minigan import data
from minigan.metrics import LeNet, StackedLeNet, feature_network, score_stacked, stacked_mode_coverage
from minigan.recipes.reference import hold_out_a_fifth

BUNDLED = "stacked-digits:digits-8x8"


@pytest.fixture(scope="module")
def network():
    return feature_network(data.load("digits-8x8"))


@pytest.fixture(scope="module")
def held_out():
    return data.load(BUNDLED, split="test", rng=np.random.default_rng(0), n=2000)


def reverse_kl(labels):
    q = np.bincount(labels, minlength=1000) / len(labels)
    return float(np.sum(q[q > 0] * np.log(q[q > 0] * 1000)))


def test_the_network_reads_held_out_digits(network):
    digits = data.load("digits-8x8", split="test")
    assert network.accuracy(data.prepare(digits, 16, 1), digits.labels) >= 0.98


def test_real_stacked_digits_get_what_their_labels_say(network, held_out):
    """360 digits, of which 2 are misread: 3 in 100 stacked ones at most land in another mode."""
    score = score_stacked(held_out.x, network)
    assert abs(score - len(np.unique(held_out.labels))) <= 20
    assert abs(score.reverse_kl - reverse_kl(held_out.labels)) < 0.03
    assert score.high_quality > 0.95
    counts = np.array(score.counts)
    assert np.abs(counts - np.bincount(held_out.labels, minlength=1000)).sum() <= 2 * 0.03 * len(held_out)
    assert StackedLeNet(network).accuracy(data.prepare(held_out, 16, 3), held_out.labels) > 0.97


def test_red_is_the_hundreds(network):
    """One digit of each kind in every order: swapped channels would give 321 for 123."""
    digits = data.load("digits-8x8")
    picture = np.stack([digits.x[digits.labels == figure][0, :, :, 0] for figure in (1, 2, 3)], axis=-1)[None]
    assert np.flatnonzero(score_stacked(picture, network).counts).tolist() == [123]
    assert StackedLeNet(network).look(data.prepare_images(picture, 16, 3)).probs.argmax() == 123


def test_the_size_of_the_samples_does_not_matter(network, held_out):
    """As a generator draws them: 16 x 16, or floats in [0, 1]."""
    small = held_out.x[:100]
    large = data.prepare_images(small, 16, 3)
    scores = [score_stacked(x, network) for x in (small, data.to_uint8((large + 1) / 2), (large + 1) / 2)]
    assert scores[0].counts == scores[1].counts == scores[2].counts


def test_a_collapsed_generator_is_found_out(network, held_out):
    score = score_stacked(held_out.x[:1].repeat(50, axis=0), network, replicates=20)
    assert score == 1 and score.reverse_kl == pytest.approx(np.log(1000)) and score.interval == (1, 1)


def test_what_is_seen(network, held_out):
    eyes, x = StackedLeNet(network), data.prepare_images(held_out.x[:20], 16, 3)
    seen = eyes.look(x)
    assert seen.features.shape == (20, 252) and seen.probs.shape == (20, 1000) and eyes.sizes == (16, 3, 1000)
    for channel in range(3):
        alone = network.look(x[..., [channel]])
        np.testing.assert_array_equal(seen.features[:, 84 * channel : 84 * (channel + 1)], alone.features)
        others = tuple(axis for axis in (1, 2, 3) if axis != channel + 1)
        np.testing.assert_allclose(seen.probs.reshape(-1, 10, 10, 10).sum(axis=others), alone.probs, atol=1e-12)
    np.testing.assert_allclose(eyes.figures(seen.probs), eyes.read(x), atol=1e-12)
    verdict = eyes.judge(x)
    assert verdict.shares.shape == (1000,) and verdict.shares[held_out.labels[0]] > 0


def test_scores_of_single_and_of_stacked_digits_do_not_compare(network, held_out):
    eyes = StackedLeNet(network)
    assert eyes.sha256 != network.sha256 and len(eyes.sha256) == 64
    score = score_stacked(held_out.x[:10], eyes)
    assert score.network == eyes.sha256 and score == score_stacked(held_out.x[:10], network)
    plain = stacked_mode_coverage(eyes.read(data.prepare_images(held_out.x[:10], 16, 3)))
    assert plain.value == score.value and plain.network is None


@pytest.mark.skipif("MINIGAN_DATA" not in os.environ, reason="needs MNIST under $MINIGAN_DATA")
def test_mnist():
    train, real = hold_out_a_fifth(data.load("mnist", split="test"))
    network = feature_network(train)
    assert network.accuracy(data.prepare(real, 32, 1), real.labels) >= 0.98
    x, labels = data.stack(real.x, real.labels, 3000, np.random.default_rng(0))
    score = score_stacked(x, network)
    assert abs(score - len(np.unique(labels))) <= 20 and abs(score.reverse_kl - reverse_kl(labels)) < 0.03


def test_what_does_not_fit_is_refused(network, held_out):
    for wrong in (LeNet(16, 3), object()):
        with pytest.raises(ValueError, match="a LeNet that looks at single digits"):
            score_stacked(held_out.x[:5], wrong)
    for images in (held_out.x[:5, ..., :1], held_out.x[:0], held_out.x[0]):
        with pytest.raises(ValueError, match=r"expected stacked digits \(N, H, W, 3\)"):
            score_stacked(images, network)
    with pytest.raises(ValueError, match=r"values in \[0, 1\]"):
        score_stacked(np.full((2, 8, 8, 3), -0.5), network)
    with pytest.raises(ValueError, match=r"stacked digits \(N, S, S, 3\)"):
        StackedLeNet(network).look(np.zeros((2, 16, 16, 1)))
    with pytest.raises(ValueError, match="looks at float images"):
        StackedLeNet(network).look(np.zeros((2, 8, 8, 3)))
