"""A mixture of K Gaussians, fitted by expectation and maximisation.

    p(x) = sum over k of weight_k N(x; mean_k, C_k)

EM (Dempster, Laird & Rubin 1977; Bishop 2006, section 9.2) repeats two steps:

    E   r_nk = weight_k N(x_n; mean_k, C_k) / p(x_n)               how much of sample n belongs to component k
    M   N_k = sum_n r_nk,  weight_k = N_k / N,  mean_k = 1/N_k sum_n r_nk x_n,
        C_k = 1/N_k sum_n r_nk (x_n - mean_k)(x_n - mean_k)^T

The likelihood never falls. For any r, log p(x) >= sum_k r_k (log weight_k N(x; ...) - log r_k) (Jensen), with equality
at the r of the E-step; the M-step makes the right side largest, so what it bounds rises at least as far.

**The floor.** A component on a single sample would shrink to an infinite likelihood. So no C_k may have a variance
below `floor` (a share of the data's mean variance) in any direction. The most likely C_k under that condition has the
eigenvectors of the C_k above and its eigenvalues, raised to the floor where they are below: -log |C| - tr C^-1 S is
largest for common eigenvectors (von Neumann's trace inequality), and then -log c - s / c falls on both sides of c = s.
So the M-step is still exact, and the likelihood still never falls; adding floor * I to C_k, as is often done, does not
keep this.

**Empty components.** One to which less than one sample belongs in sum keeps its mean and C_k; its weight is set as
always. The bound does not fall by that, either.
"""

from collections.abc import Callable

import numpy as np

from minigan.baselines.base import Baseline, Portrait, check_enough
from minigan.baselines.distances import nearest_of, plus_plus
from minigan.baselines.gaussian import LOG_2PI
from minigan.checks import at_least_0, generator, positive, whole

COMPONENTS, FEWEST = 30, 10
FLOOR, FLOOR_OF_IMAGES = 1e-5, 0.01  # of the mean variance; in images many pixels hardly vary
TOLERANCE, MOST = 1e-3, 100  # nats per sample that a step must gain; steps


class FullGaussian:
    """One component with a covariance of its own, C = V diag(variances) V^T, whose variances are never below `floor`.

    mean (d,), variances (d,), V (d, d).
    """

    def __init__(self, x: np.ndarray, r: np.ndarray, floor: float, rng: np.random.Generator):
        self.floor = floor
        self.maximise(x, r)

    def maximise(self, x: np.ndarray, r: np.ndarray) -> None:
        """The M-step: rows x (N, d), of which shares r (N,) belong here."""
        total = r.sum()
        self.mean = r @ x / total
        y = x - self.mean
        variances, self.V = np.linalg.eigh(y.T @ (r[:, None] * y) / total)
        self.variances = np.maximum(variances, self.floor)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """log N(x; mean, C) of rows x (N, d): (N,)."""
        y = (x - self.mean) @ self.V
        return -0.5 * (len(self.mean) * LOG_2PI + np.log(self.variances).sum() + y**2 @ (1 / self.variances))

    def draw(self, n: int, rng: np.random.Generator, noise: float) -> np.ndarray:
        """n rows (n, d). noise: of those that tell it from the factors; here all is one."""
        return self.mean + rng.standard_normal((n, len(self.mean))) * np.sqrt(self.variances) @ self.V.T


class GaussianMixture(Baseline):
    """A mixture of Gaussians with full covariances.

    components: K; None: 30, but fewer where each would have less than two samples for each dimension, down to 10, and
    at most a tenth of the samples. floor: the least variance in any direction, as a share of the mean variance of the
    data; None: 1e-5, and 0.01 for images, where the pixels of the border hardly vary. tolerance: EM ends when a step
    gains less than so many nats per sample; most: or after so many steps.

    After `fit`: weights (K,), parts (K components), history (the mean log-likelihood before each M-step), converged
    (whether it ended by the tolerance).
    """

    summary = "a mixture of Gaussians with full covariances, by EM"
    make: Callable = FullGaussian  # (x, r, floor, rng) -> a component with maximise, log_density, draw, mean

    def __init__(self, components: int | None = None, floor: float | None = None, tolerance: float = TOLERANCE,
                 most: int = MOST):  # fmt: skip
        self.components = None if components is None else whole("components", components)
        self.floor = None if floor is None else positive("floor", floor)
        self.tolerance = at_least_0("tolerance", tolerance)
        self.most = whole("most, the number of steps,", most)

    def check_size(self, N: int, d: int) -> None:
        check_enough(type(self).__name__, N, max(2, self.components or 2), ", one for each component")

    def fit_rows(self, x, rng, images):
        rng = generator(rng, needed=True)
        K = self.components or max(1, min(self.usual(*x.shape), len(x) // 10))
        r = np.eye(K)[nearest_of(x, plus_plus(x, K, rng))[0]]  # at the start each sample belongs to its nearest seed
        r = r[:, r.any(axis=0)]  # samples that are the same make the same seed, twice
        floor = (self.floor or (FLOOR_OF_IMAGES if images else FLOOR)) * x.var(axis=0).mean()
        self.weights, self.history, self.converged = r.mean(axis=0), [], False
        self.parts = [self.make(*own(x, r[:, k]), floor, rng) for k in range(r.shape[1])]
        for _ in range(self.most):
            r, total = self.expect(x)
            self.history.append(float(total.mean()))
            if len(self.history) > 1 and self.history[-1] - self.history[-2] <= self.tolerance:
                self.converged = True
                return
            self.maximise(x, r)
        self.history.append(float(self.expect(x)[1].mean()))

    def usual(self, N: int, d: int) -> int:
        """How many components there are if nobody says."""
        return min(COMPONENTS, max(FEWEST, N // (2 * d)))

    def expect(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The E-step of rows x (N, d): r (N, K), and log p(x) of each row, (N,), by log-sum-exp."""
        with np.errstate(divide="ignore"):  # the weight of an empty component may be 0
            log_weights = np.log(self.weights)
        joint = np.stack([part.log_density(x) for part in self.parts], axis=1) + log_weights
        largest = joint.max(axis=1, keepdims=True)
        r = np.exp(joint - largest)
        sums = r.sum(axis=1, keepdims=True)
        return r / sums, (largest + np.log(sums))[:, 0]

    def maximise(self, x: np.ndarray, r: np.ndarray) -> None:
        """The M-step."""
        self.weights = r.mean(axis=0)
        for k, part in enumerate(self.parts):
            if r[:, k].sum() >= 1:
                part.maximise(*own(x, r[:, k]))

    def sample_rows(self, n, rng):
        which = rng.choice(len(self.parts), size=n, p=self.weights / self.weights.sum())
        x = np.empty((n, len(self.parts[0].mean)))
        for k, part in enumerate(self.parts):
            x[which == k] = part.draw(int(np.count_nonzero(which == k)), rng, self.noise_shown)
        return x

    def score_rows(self, x):
        return self.expect(x)[1]

    def portrait(self) -> Portrait:
        """The means, the heaviest first, in rows of ten."""
        means = np.array([self.parts[k].mean for k in np.argsort(-self.weights, kind="stable")])
        rows = -(-len(means) // 10)
        columns = -(-len(means) // rows)
        whole_grid = np.concatenate([means, np.repeat(means[-1:], rows * columns - len(means), axis=0)])
        return Portrait(whole_grid.reshape(rows, columns, *self.shape))


def own(x: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of x (N, d) whose share r (N,) is not 0, and these shares: in many dimensions few are left."""
    return (x, r) if r.all() else (x[r > 0], r[r > 0])
