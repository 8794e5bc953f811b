"""Density and coverage: precision and recall that are robust to outliers.

Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models" (arXiv:2002.09797), section 3.
Balls are put around real images only, as wide as the distance to the k-th nearest other real one.

    density  = (number of pairs: generated image in the ball of a real one) / (k M)
    coverage = share of real balls with at least one generated image inside

Density is near 1 for equal distributions and above it where generated images crowd into the thick of the real ones.
Coverage is in [0, 1]; of equal distributions and equally many samples it is about 1 - 1/2^k, as the paper derives.
"""

import numpy as np

from minigan.checks import whole
from minigan.metrics.bootstrap import Rng, mean_scores
from minigan.metrics.checks import feature_pair
from minigan.metrics.pairwise import kth_neighbour, map_distances
from minigan.metrics.score import Score


def density_coverage(real: np.ndarray, fake: np.ndarray, *, k: int = 5, replicates: int = 0, rng: Rng = 0) -> Score:
    """Density and coverage of generated features (M, d) against real ones (N, d).

    k: which neighbour gives a ball its radius (5 in the paper). replicates: number of bootstrap replicates for the
    intervals, 0 for none. They draw generated images again for the density and real ones for the coverage; the balls
    stay. rng: numpy Generator or seed, for them.

    Returns a Score whose value is the coverage, with the parts `density` and `coverage`, Scores.

    Raises ValueError for features of two widths, NaNs, k below 1, not more than k real samples, or no generated one.
    """
    k = whole("k, the number of neighbours,", k)
    real, fake = feature_pair(real, fake)
    if len(real) <= k:
        raise ValueError(f"real: at least {k + 1} samples are needed for k = {k} neighbours, got {len(real)}; "
                         "fix: take more, or a smaller k")  # fmt: skip
    radius = kth_neighbour(real, k)  # squared, as all distances here

    def inside(rows, d2):
        # Strictly, as in the authors' code: then the density of a copy of the real images is 1.
        within = d2 < radius[rows, None]
        return within.sum(axis=0, dtype=np.int32), within.any(axis=1)

    balls_around, covered = zip(*map_distances(inside, real, fake), strict=True)
    density, covered = np.sum(balls_around, axis=0) / k, np.concatenate(covered)
    parts = mean_scores({"density": density, "coverage": covered}, replicates, rng)
    return Score(parts["coverage"].value, name="density and coverage", interval=parts["coverage"].interval, parts=parts)
