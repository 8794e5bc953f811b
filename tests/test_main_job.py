"""The promise of the README's first line, judged by a classifier over three seeds. Minutes long: run with -m slow."""

import numpy as np
import pytest

from minigan import data
from minigan.metrics import feature_network, mode_coverage
from minigan.recipes import Settings, load_generator, sample, train


@pytest.fixture(scope="module")
def judge_network():
    held_out = data.load("digits-8x8", split="test")
    net = feature_network(data.load("digits-8x8"))
    accuracy = net.accuracy(data.prepare(held_out, 16, 1), held_out.labels)
    print(f"\nfeature network: {accuracy:.4f} on {len(held_out)} held-out digits")
    assert accuracy >= 0.96
    return net


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_minigan_train_draws_every_digit_readably(seed, judge_network, tmp_path):
    path, _ = train(Settings(seed=seed), out=tmp_path / "run", progress=False)
    G, config = load_generator(path)
    z = np.random.default_rng(seed).standard_normal((2000, config["settings"]["z_dim"]), dtype=np.float32)
    verdict = judge_network.judge(2 * sample(G, z) - 1)
    print(f"seed {seed}: shares {np.round(verdict.shares, 3)}, confidence {verdict.confidence:.3f}")
    assert verdict.shares.min() >= 0.03
    assert verdict.confidence >= 0.85


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_points_on_a_ring(seed, tmp_path):
    """A plain GAN drops modes; this only holds that it finds some and says how many."""
    path, _ = train(Settings(data="ring", seed=seed), out=tmp_path / "run", progress=False)
    with np.load(path / "samples.npz") as file:
        points = file["points"]
    modes = mode_coverage(points, data.ring_centres(), sigma=0.01)
    print(f"seed {seed}: {modes.value:.0f} of 8 modes, {modes.high_quality.value:.0%} within three sigma")
    assert modes >= 1
