"""The Frechet inception distance: how far apart are two clouds of features, if each is taken for a Gaussian?

Heusel et al. 2017, "GANs trained by a two time-scale update rule converge to a local Nash equilibrium"
(arXiv:1706.08500), eq. 6, after Dowson & Landau 1982:

    FID = |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))

with means m and covariances S (divided by N - 1) of real and generated features. It is 0 for equal Gaussians. Its unit
is that of the features, squared, so it means nothing without the name of the network.

Biased: of two samples of the *same* distribution it is above 0, the more so the fewer samples (Binkowski et al. 2018,
section 4). Compare only scores of equally many samples.
"""

import numpy as np

from minigan.metrics.bootstrap import Rng, counts, interval, random
from minigan.metrics.checks import feature_pair, features
from minigan.metrics.pairwise import on_threads
from minigan.metrics.score import Score

BLOCK = 2**22  # numbers: samples are summed up in blocks of 32 MB
Moments = tuple[np.ndarray, np.ndarray]  # mean (d,) and covariance (d, d)


def fid(real: np.ndarray, fake: np.ndarray, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """The Frechet distance between real features (N, d) and generated ones (M, d).

    replicates: how many bootstrap replicates for the interval, 0 for none; rng: numpy Generator or seed, for them.

    Returns a Score whose parts are `means`, |m1 - m2|^2, and `covariances`, the rest.

    Raises ValueError for features of two widths, NaNs, or fewer than d + 1 samples on either side: N samples span
    N - 1 directions, and with fewer than d the covariance is 0 in some direction for no better reason than that.
    """
    real, fake = feature_pair(real, fake)
    for name, x in (("real", real), ("fake", fake)):
        check_enough(name, x)
    return _score(moments(real), moments(fake), _replicates(real, fake, replicates, random(rng)))


def fid_to(real: Moments, fake: np.ndarray, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """The Frechet distance between real features of which only the mean (d,) and the covariance (d, d) are known, and
    generated features (M, d): as `fid`. The interval is of the generated ones alone.

    Raises ValueError for features of another width, NaNs, or fewer than d + 1 samples.
    """
    fake = features("fake", fake)
    if fake.shape[1] != len(real[0]):
        raise ValueError(f"real and fake must be of one width, got {len(real[0])} and {fake.shape[1]}; "
                         "fix: take both from the same layer of the same network")  # fmt: skip
    check_enough("fake", fake)
    v = counts(len(fake), replicates, random(rng))
    again = on_threads(lambda b: sum(distance(real, moments(fake, v[b]))), replicates)
    return _score(real, moments(fake), np.array(again))


def check_enough(name: str, x: np.ndarray) -> None:
    """Raise ValueError unless the features x (N, d) are at least d + 1."""
    N, d = x.shape
    if N < d + 1:
        raise ValueError(f"FID on features of width {d:,} needs at least {d + 1:,} {name} samples, got {N:,}: "
                         "fewer cannot fill all directions of a covariance; "
                         "fix: draw more, or use KID, which needs no covariance")  # fmt: skip


def distance(one: Moments, two: Moments) -> tuple[float, float]:
    """(m1, S1), (m2, S2) -> |m1 - m2|^2 and tr(S1 + S2 - 2 (S1 S2)^(1/2)).

    S1 S2 is not symmetric, but it has the eigenvalues of the symmetric S1^(1/2) S2 S1^(1/2) = A A^T with
    A = S1^(1/2) S2^(1/2), all at least 0. The trace of the square root is the sum of their roots, which are the
    singular values of A. Taken directly they keep their digits also where a covariance is singular; the root of
    an eigenvalue that should be 0 but is 1e-16 would be 1e-8.
    """
    (m1, S1), (m2, S2) = one, two
    root_of_product = np.linalg.svd(square_root(S1) @ square_root(S2), compute_uv=False).sum()
    covariances = np.trace(S1) + np.trace(S2) - 2 * root_of_product
    return float(np.sum((m1 - m2) ** 2)), max(0.0, float(covariances))  # below 0 only by rounding


def square_root(S: np.ndarray) -> np.ndarray:
    """The symmetric S^(1/2) of a covariance S (d, d): the same eigenvectors, the roots of the eigenvalues.

    Eigenvalues below d eps times the largest are rounding, of either sign, and taken for the 0 they stand for.
    """
    values, vectors = np.linalg.eigh(S)
    values[values < len(S) * np.finfo(np.float64).eps * values[-1]] = 0
    return (vectors * np.sqrt(values)) @ vectors.T


def moments(x: np.ndarray, weights: np.ndarray | None = None) -> Moments:
    """Mean (d,) and covariance (d, d), divided by N - 1, of samples x (N, d). weights (N,): sample n stands there
    weights[n] times, and N is their sum. First the mean, then the squares about it: one pass would lose digits."""
    N, d = x.shape
    weights = np.ones(N) if weights is None else weights
    total = weights.sum()
    mean = weights @ x / total
    S = np.zeros((d, d))
    height = max(1, BLOCK // d)
    for i in range(0, N, height):
        block = (x[i : i + height] - mean) * np.sqrt(weights[i : i + height, None])
        S += block.T @ block
    return mean, S / (total - 1)


def _score(real, fake, again):
    """The Score between two Moments, with the interval of its replicates."""
    means, covariances = distance(real, fake)
    score, parts = means + covariances, {"means": means, "covariances": covariances}
    return Score(score, name="FID", interval=interval(score, again), parts=parts)


def _replicates(real, fake, replicates, rng):
    """The FID of `replicates` resampled pairs of sets."""
    u, v = (counts(len(x), replicates, rng) for x in (real, fake))
    return np.array(on_threads(lambda b: sum(distance(moments(real, u[b]), moments(fake, v[b]))), replicates))
