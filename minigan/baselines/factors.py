"""A mixture of factor analysers: many dimensions, few factors in each component.

    in component k:   x = mean_k + W_k z + noise,   z ~ N(0, I_q),  noise ~ N(0, diag(psi_k))

Ghahramani & Hinton 1996, "The EM algorithm for mixtures of factor analyzers" (CRG-TR-96-1). A covariance
W W^T + diag(psi)
has d (q + 1) numbers where a full one has d (d + 1) / 2: of 784 pixels with 10 factors 8,624 for 307,720. The E-step
also has the posterior of the factors, with y = x - mean (section 2, eq. 4 and 5; see `gaussian.py`):

    E[z | x] = M^-1 W^T P y =: m         E[z z^T | x] = M^-1 + m m^T

and the M-step is a weighted linear regression of y on the factors, with a constant (appendix, eq. 15 and 16): with
h = (z, 1) and all sums weighted by r_n,

    [W  shift] = (sum y E[h]^T) (sum E[h h^T])^-1      mean = mean + shift
    psi        = diag( sum (y - [W shift] E[h]) y^T ) / sum r       raised to the floor where it is below

Each component has a psi of its own here; in the paper they share one. The start is the closed form of PCA in each
component. The floor keeps EM exact: in each psi_j alone, -log psi_j - s_j / psi_j falls on both sides of s_j.
"""

import numpy as np

from minigan.baselines.gaussian import closed_form, latent_mean, low_rank_draw, low_rank_log_density
from minigan.baselines.mixture import COMPONENTS, MOST, TOLERANCE, GaussianMixture
from minigan.checks import at_least_0, whole

FACTORS = 10


class FactorGaussian:
    """One component: mean (d,), W (d, q), psi (d,), which is never below `floor`."""

    def __init__(self, x: np.ndarray, r: np.ndarray, floor: float, rng: np.random.Generator, factors: int):
        self.floor = floor
        self.mean = r @ x / r.sum()
        scaled = np.sqrt(r / r.sum())[:, None] * (x - self.mean)
        _, scales, directions = np.linalg.svd(scaled, full_matrices=False)
        self.W, psi = closed_form(scales**2, directions, factors, floor)
        self.W += np.sqrt(floor) * 0.1 * rng.standard_normal(self.W.shape)  # a factor of exactly 0 would stay 0
        self.psi = np.full(x.shape[1], psi)

    def maximise(self, x: np.ndarray, r: np.ndarray) -> None:
        """The M-step: rows x (N, d), of which shares r (N,) belong here."""
        y, total, q = x - self.mean, r.sum(), self.W.shape[1]
        m, covariance = latent_mean(y, self.W, self.psi)
        h = np.column_stack([m, np.ones(len(m))])  # E[h] of each row
        hh = h.T @ (r[:, None] * h)
        hh[:q, :q] += total * covariance
        yh = y.T @ (r[:, None] * h)
        regression = np.linalg.solve(hh, yh.T).T
        self.W, shift = regression[:, :q], regression[:, q]
        psi = (r @ (y * y) - np.einsum("dh,dh->d", regression, yh)) / total
        self.mean, self.psi = self.mean + shift, np.maximum(psi, self.floor)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """log N(x; mean, W W^T + diag(psi)) of rows x (N, d): (N,)."""
        return low_rank_log_density(x - self.mean, self.W, self.psi)

    def draw(self, n: int, rng: np.random.Generator, noise: float) -> np.ndarray:
        """n rows (n, d), with so much of the noise."""
        return self.mean + low_rank_draw(n, self.W, self.psi, rng, noise)


class FactorMixture(GaussianMixture):
    """A mixture of factor analysers.

    components: None: 30, at most a tenth of the samples. factors: q, of each component, from 1 to d - 1; None: 10, or
    as many as d allows. noise: how much of the noise is in the samples: 1 as in the model, 0 only mean + W z;
    None: 0 for images, 1 for all else. The rest is as for `GaussianMixture`.
    """

    summary = "a mixture of factor analysers: Gaussians of low rank, by EM"

    def __init__(self, components: int | None = None, factors: int | None = None, floor: float | None = None,
                 tolerance: float = TOLERANCE, most: int = MOST, noise: float | None = None):  # fmt: skip
        super().__init__(components, floor, tolerance, most)
        self.factors = None if factors is None else whole("factors", factors)
        self.noise = None if noise is None else at_least_0("noise", noise)

    def check_size(self, N: int, d: int) -> None:
        super().check_size(N, d)
        if d < 2 or self.factors and self.factors >= d:
            raise ValueError(f"factors must be from 1 to {d - 1} with {d} numbers a sample, got {self.factors or 1}")

    def usual(self, N, d):
        return COMPONENTS

    def make(self, x, r, floor, rng):
        return FactorGaussian(x, r, floor, rng, self.factors or min(FACTORS, x.shape[1] - 1))
