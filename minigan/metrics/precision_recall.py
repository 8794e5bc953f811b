"""Precision and recall: which share of the generated images is like real ones, and which share of the real is reached?

Kynkaanniemi et al. 2019, "Improved precision and recall metric for assessing generative models" (arXiv:1904.06991),
section 2, eq. 1 and 2. The region of a set of images is a union of balls in feature space: around each, as wide as the
distance to its k-th nearest neighbour in the set.

    precision = share of generated images inside the region of the real ones
    recall    = share of real images inside the region of the generated ones

An outlier has a huge ball, which can raise both scores. `density_coverage` avoids this.
"""

import numpy as np

from minigan.checks import whole
from minigan.metrics.bootstrap import Rng, mean_scores
from minigan.metrics.checks import feature_pair
from minigan.metrics.pairwise import kth_neighbour, map_distances
from minigan.metrics.score import Score


def precision_recall(real: np.ndarray, fake: np.ndarray, *, k: int = 3, replicates: int = 0, rng: Rng = 0) -> Score:
    """Precision and recall of generated features (M, d) against real ones (N, d).

    k: which neighbour gives a ball its radius (3 in the paper). replicates: number of bootstrap replicates for the
    intervals, 0 for none. They draw generated images again for the precision and real ones for the recall; both
    regions stay. rng: numpy Generator or seed, for them.

    Returns a Score whose value is the harmonic mean 2 P R / (P + R), with the parts `precision` and `recall`, Scores.

    Raises ValueError for features of two widths, NaNs, k below 1, or not more than k samples on either side.
    """
    k = whole("k, the number of neighbours,", k)
    real, fake = feature_pair(real, fake, least=k + 1)
    real_radius, fake_radius = kth_neighbour(real, k), kth_neighbour(fake, k)  # squared, as all distances here

    def inside(rows, d2):
        return (d2 <= real_radius).any(axis=1), (d2 <= fake_radius[rows, None]).any(axis=0)

    fakes_inside, reals_inside = zip(*map_distances(inside, fake, real), strict=True)
    fakes_inside, reals_inside = np.concatenate(fakes_inside), np.any(reals_inside, axis=0)
    parts = mean_scores({"precision": fakes_inside, "recall": reals_inside}, replicates, rng)
    P, R = (part.value for part in parts.values())
    return Score(2 * P * R / (P + R) if P + R else 0.0, name="precision and recall", parts=parts)
