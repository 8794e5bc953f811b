"""Precision and recall on layouts that can be counted by hand, and what must and must not change them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.metrics import pairwise, precision_recall

clouds = st.builds(
    lambda seed, n, shift: shift + np.random.default_rng(seed).standard_normal((n, 4)),
    st.integers(0, 999), st.integers(10, 40), st.floats(-2, 2),
)  # fmt: skip


def line(*places):
    return np.array(places, float)[:, None]


def test_counted_by_hand():
    # With k = 1 the real balls are [-1, 1] around 0, [0, 2] around 1, [1, 19] around 10, [-30, 0] around -15.
    real, fake = line(0, 1, 10, -15), line(-1, 1.5, 2.5, 19, 25)
    score = precision_recall(real, fake, k=1)
    assert score.precision == 4 / 5  # all but 25; 19 lies on the rim, which belongs to the ball
    # The generated ones are [-3.5, 1.5] around -1, [0.5, 2.5], [1.5, 3.5], [13, 25] around 19, [19, 31].
    assert score.recall == 2 / 4  # 0 and 1
    assert np.isclose(score, 2 * 0.8 * 0.5 / 1.3, rtol=1e-14)


def test_copies_get_everything_and_strangers_nothing(cloud):
    x = cloud(60)
    copies = precision_recall(x, x[::-1])
    assert copies.value == copies.precision == copies.recall == 1
    strangers = precision_recall(x, cloud(50, seed=1, shift=100))
    assert strangers.value == strangers.precision == strangers.recall == 0


def test_collapse_keeps_precision_and_loses_recall(cloud):
    real = cloud(200)
    one_kind = precision_recall(real, real[:1] + 0.01 * cloud(200, seed=1))
    assert one_kind.precision == 1 and one_kind.recall < 0.05
    exactly_one = precision_recall(real, np.repeat(real[:1], 50, axis=0))
    assert exactly_one.precision == 1 and exactly_one.recall == 1 / 200  # balls of radius 0 hold their centre


@given(clouds, clouds, st.integers(0, 99))
def test_bounds_rotation_order_and_sides(x, y, seed):
    rng = np.random.default_rng(seed)
    score = precision_recall(x, y)
    assert 0 <= score.precision <= 1 and 0 <= score.recall <= 1 and 0 <= score.value <= 1
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    for one, two in ((x @ turn, y @ turn), (rng.permutation(x), rng.permutation(y)), (2 * x, 2 * y)):
        other = precision_recall(one, two)
        assert (other.precision.value, other.recall.value) == (score.precision.value, score.recall.value)
    swapped = precision_recall(y, x)
    assert (swapped.precision.value, swapped.recall.value) == (score.recall.value, score.precision.value)


def test_a_larger_k_only_adds_and_noise_only_takes(cloud):
    real, fake, noise = cloud(200), cloud(200, seed=1), cloud(200, seed=2)
    by_k = [precision_recall(real, fake, k=k).precision.value for k in (1, 2, 3, 5, 10)]
    assert by_k == sorted(by_k) and by_k[0] < by_k[-1]
    by_noise = [precision_recall(real, fake + amount * noise).precision.value for amount in (0, 1, 2, 4)]
    assert by_noise == sorted(by_noise, reverse=True) and by_noise[0] > by_noise[-1]


def test_blocks_do_not_show(cloud, monkeypatch):
    real, fake = cloud(70), cloud(50, seed=1, shift=0.5)
    whole = precision_recall(real, fake, replicates=20)
    monkeypatch.setattr(pairwise, "BLOCK", 210)
    parts = precision_recall(real, fake, replicates=20)
    assert whole.as_dict() == parts.as_dict()
    assert whole.precision.interval[0] < whole.precision < whole.precision.interval[1]
    with pytest.raises(ValueError, match="rng"):
        precision_recall(real, fake, rng="seed")
