"""Density and coverage on layouts that can be counted by hand, and against what the paper derives."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minigan.metrics import density_coverage, pairwise, precision_recall

whole_numbers = st.builds(
    lambda seed, n: np.random.default_rng(seed).permutation(1000)[:n, None] * np.eye(1, 3)
    + np.random.default_rng(seed + 1).integers(0, 1000, (n, 3)),
    st.integers(0, 999), st.integers(10, 40),
)  # fmt: skip


def line(*places):
    return np.array(places, float)[:, None]


def test_counted_by_hand():
    # With k = 1 the open balls are (-1, 1) around 0, (0, 2) around 1 and (1, 19) around 10.
    score = density_coverage(line(0, 1, 10), line(0.5, 1.5, 1.6, 40), k=1)
    assert score.density == 6 / 4  # 0.5 is in two, 1.5 and 1.6 in two each, 40 in none
    assert score.coverage == 1 == score.value
    assert density_coverage(line(0, 1, 10), line(0.5, -0.5), k=1).coverage == 2 / 3


def test_a_real_outlier_spoils_precision_but_not_density(cloud):
    real, fake = cloud(200), cloud(200, seed=1, shift=6)  # far off, unless something lies there
    outlier = np.vstack([real, np.full((1, 8), 6.0)])
    assert precision_recall(real, fake).precision < 0.05 and precision_recall(outlier, fake).precision > 0.9
    assert density_coverage(outlier, fake).density < 0.3


@given(whole_numbers)
def test_copies_have_density_and_coverage_1(x):
    """In whole numbers no rounding blurs which of two distances is the larger."""
    x = np.unique(x, axis=0)
    score = density_coverage(x, x[::-1], k=3)
    assert score.coverage == 1
    # Each open ball holds its centre and the k - 1 nearest; where neighbours are equally far, fewer.
    assert 0 < score.density <= 1 + 1e-12


def test_equal_distributions_are_covered_as_the_paper_derives(cloud):
    """1 - (N-1)...(N-k) / ((2N-1)...(2N-k)) for equally many samples: close to 1 - 1/2^k."""
    N, k = 300, 3
    expected = 1 - np.prod([(N - i) / (2 * N - i) for i in range(1, k + 1)])
    scores = [density_coverage(cloud(N, seed=s), cloud(N, seed=s + 50), k=k) for s in range(20)]
    assert abs(np.mean([s.coverage for s in scores]) - expected) < 0.01
    assert abs(np.mean([s.density for s in scores]) - 1) < 0.05


def test_rotation_order_and_blocks_do_not_matter(cloud, rotation, rng, monkeypatch):
    real, fake = cloud(70), cloud(50, seed=1, shift=0.5)
    score = density_coverage(real, fake, replicates=20)
    for one, two in ((real @ rotation(8), fake @ rotation(8)), (rng.permutation(real), rng.permutation(fake))):
        other = density_coverage(one, two)
        np.testing.assert_allclose([other.density, other.coverage], [score.density.value, score.coverage.value])
    monkeypatch.setattr(pairwise, "BLOCK", 210)
    assert density_coverage(real, fake, replicates=20).as_dict() == score.as_dict()


def test_noise_and_collapse(cloud):
    real, fake, noise = cloud(200), cloud(200, seed=1), cloud(200, seed=2)
    by_noise = [density_coverage(real, fake + amount * noise) for amount in (0, 1, 2, 4)]
    for part in ("density", "coverage"):
        values = [score.parts[part].value for score in by_noise]
        assert values == sorted(values, reverse=True) and values[0] > values[-1]
    one_kind = density_coverage(real, real[:1] + 0.01 * noise)
    assert one_kind.coverage < 0.1
