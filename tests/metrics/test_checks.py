"""Wrong arrays are refused by every score, in one line that says what came and what to do."""

import numpy as np
import pytest

from minigan.metrics import copying, density_coverage, fid, inception_score, kid, nearest_neighbours, precision_recall
from minigan.metrics.checks import feature_pair, features, probabilities

ON_FEATURES = [fid, kid, precision_recall, density_coverage, nearest_neighbours]


def refused(match, function, *arrays, **options):
    with pytest.raises(ValueError, match=match) as caught:
        function(*arrays, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("score", ON_FEATURES)
def test_features_of_two_widths_and_nans(score, cloud):
    x = cloud(50)
    refused("must be of one width, got 8 and 7", score, x, x[:, :7])
    broken = x.copy()
    broken[3, 2], broken[9, 0] = np.nan, np.inf
    refused("2 of 50 rows with NaN or infinity", score, x, broken)
    refused("2 of 50 rows", score, broken, x)
    refused(r"expected feature vectors \(N, d\), got float64 \(50,\)", score, x, x[:, 0])
    refused("got <U1", score, x, np.full((50, 8), "a"))


def test_too_few_samples(cloud):
    x = cloud(50)
    refused("at least 9 fake samples, got 8", fid, x, x[:8])
    refused("at least 9 real samples, got 8", fid, x[:8], x)
    assert fid(x, x[:9]) > 0
    refused("fake: at least 4 samples are needed, got 3", precision_recall, x, x[:3])
    refused("at least 6 samples are needed for k = 5 neighbours, got 5", density_coverage, x[:5], x)
    assert density_coverage(x, x[:1]).coverage < 1  # only real ones have balls
    refused("at least 2 samples", kid, x[:1], x)
    refused("at least 3 references for 3 neighbours, got 2", nearest_neighbours, x, x[:2], k=3)
    refused("10 splits needs at least 10 images, got 4", inception_score, np.full((4, 2), 0.5))


def test_numbers_that_make_no_sense(cloud):
    x = cloud(50)
    for k in (0, -1, 2.5, True):
        refused("k, the number of neighbours,", precision_recall, x, x, k=k)
        refused("k, the number of neighbours,", density_coverage, x, x, k=k)
    refused("at least 1 subset", kid, x, x, subsets=0)
    refused("at least 2 samples", kid, x, x, size=1)
    refused("splits must be a whole number of at least 1", inception_score, np.full((40, 2), 0.5), splits=0)
    for rng in (-1, None, "seed", np.random):
        refused("rng: expected a numpy Generator or a seed", kid, x, x, rng=rng)
    refused("held_out: expected finite", copying, x, np.full((5, 8), np.nan), x)


def test_probabilities():
    refused(r"row 1 sums to 0.9", probabilities, np.array([[0.5, 0.5], [0.4, 0.5]]))
    refused("at least 0, row 1 is .*fix: give softmax", probabilities, np.array([[0.5, 0.5], [-0.5, 1.5]]))
    refused("at least 0, row 0 is", probabilities, np.array([[np.nan, 0.5], [0.5, 0.5]]))
    assert probabilities(np.float32([[0.3, 0.7]])).dtype == np.float64


def test_what_is_right_passes_uncopied(cloud):
    x = cloud(20)
    assert features("x", x) is x
    one, two = feature_pair(x.astype(np.float32), np.asfortranarray(x))
    assert one.dtype == two.dtype == np.float64 and two.flags.c_contiguous
    assert features("x", np.arange(6).reshape(3, 2)).dtype == np.float64
