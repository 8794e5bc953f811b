"""Principal components as a model that one can draw from.

    x = mean + W z + sigma e,   z ~ N(0, I_q),  e ~ N(0, I_d)     =>   x ~ N(mean, W W^T + sigma^2 I)

Tipping & Bishop 1999, "Probabilistic principal component analysis" (J. R. Statist. Soc. B 61, 611-622). With
eigenvalues l_1 >= ... >= l_d and eigenvectors U of the covariance S = 1/N sum (x - mean)(x - mean)^T, the most likely
parameters are, in closed form (eq. 7 and 8, rotation R = I),

    sigma^2 = 1 / (d - q) * sum of l_j over j > q          the mean variance of what is left out
    W       = U_q (L_q - sigma^2 I)^(1/2)

Why: of all W W^T + sigma^2 I, the likelihood -N/2 (log |C| + tr C^-1 S) is stationary only where the columns of W lie
along eigenvectors of S, and it is largest for the q largest ones; then C has the eigenvalues of S along them and
sigma^2 elsewhere, and d/d(sigma^2) = 0 says that sigma^2 is the mean of the others.
"""

import numpy as np

from minigan.baselines.base import Baseline, Portrait, check_enough
from minigan.baselines.gaussian import closed_form, latent_mean, low_rank_draw, low_rank_log_density
from minigan.checks import at_least_0, whole

LATENT = 50
FLOOR = 1e-6  # the least noise variance, as a share of the mean variance: without noise the likelihood is infinite
SHOWN, STEPS = 8, (-2, -1, 0, 1, 2)  # directions in the portrait; places along them, in deviations


class PCA(Baseline):
    """Probabilistic PCA.

    latent: numbers of z, q, from 1 to d - 1; None: 50, or as many as d and N allow. noise: how much of the noise
    sigma e is in the samples: 1 as in the model, 0 only mean + W z; None: 0 for images, 1 for all else.

    After `fit`: mean (d,), W (d, q), sigma2 (a number), directions (q, d), variances (q,), the q largest l.
    """

    summary = "probabilistic principal components: one Gaussian of low rank"

    def __init__(self, latent: int | None = None, noise: float | None = None):
        self.latent = None if latent is None else whole("latent", latent)
        self.noise = None if noise is None else at_least_0("noise", noise)

    def check_size(self, N: int, d: int) -> None:
        if d < 2 or self.latent and self.latent >= d:
            raise ValueError(f"PCA leaves at least one direction to the noise: with {d} numbers a sample, latent must "
                             f"be from 1 to {d - 1}, got {self.latent or 1}")  # fmt: skip
        check_enough("PCA", N, 1 + (self.latent or 1), ", one more than latent numbers")

    def fit_rows(self, x, rng, images):
        N, d = x.shape
        q = self.latent or min(LATENT, d - 1, N - 1)
        self.mean = x.mean(axis=0)
        _, scales, directions = np.linalg.svd(x - self.mean, full_matrices=False)  # x - mean = A diag(scales) U^T
        variances = scales**2 / N
        self.W, self.sigma2 = closed_form(variances, directions, q, FLOOR * variances.sum() / d)
        self.directions, self.variances = directions[:q], variances[:q]

    def encode(self, x: np.ndarray) -> np.ndarray:
        """The mean of z given each sample of x (N, *shape): (N, q) = (W^T W + sigma^2 I)^-1 W^T (x - mean)."""
        return latent_mean(self.rows_of(x) - self.mean, self.W, self._psi())[0]

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        """Each sample of x (N, *shape) as its nearest point mean + W z: mean + U_q U_q^T (x - mean)."""
        y = self.rows_of(x) - self.mean
        return (self.mean + y @ self.directions.T @ self.directions).reshape(np.shape(x))

    def sample_rows(self, n, rng):
        return self.mean + low_rank_draw(n, self.W, self._psi(), rng, self.noise_shown)

    def score_rows(self, x):
        return low_rank_log_density(x - self.mean, self.W, self._psi())

    def portrait(self) -> Portrait:
        """A row for each of the first directions: the mean, and on both sides what that direction changes."""
        steps = np.array(STEPS)[:, None] * np.sqrt(self.variances[:SHOWN, None, None])
        rows = self.mean + steps * self.directions[:SHOWN, None]
        return Portrait(rows.reshape(*rows.shape[:2], *self.shape))

    def _psi(self):
        return np.full(len(self.mean), self.sigma2)
