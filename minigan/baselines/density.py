"""Kernel density: a small Gaussian on each training sample.

    p(x) = 1/N sum over n of N(x; x_n, h^2 I)

Parzen 1962, "On estimation of a probability density function and mode" (Ann. Math. Statist. 33, 1065-1076). The
bandwidth h
is chosen by the likelihood of each training sample under all the others (leave one out: Duin 1976), for with itself
among them the best h would be 0:

    L(h) = 1/N sum_i log( 1/(N-1) sum over j != i of N(x_i; x_j, h^2 I) )

A sample is a training sample with noise on it. So this model copies: nearest neighbours tell
(`minigan.metrics.neighbours`).
"""

import numpy as np

from minigan.baselines.base import Baseline, check_enough
from minigan.baselines.distances import blocks
from minigan.baselines.gaussian import LOG_2PI
from minigan.checks import positive

TRIED = 20  # bandwidths in a round, each round between the neighbours of the best one of the round before
ROUNDS = 2
LEFT_OUT = 2000  # samples at most that are left out, one at a time, to choose h: evenly spaced ones
PAIRS = 2**23  # distances at most for that: of 50,000 samples 167 are left out
LEAST = 1e-3  # the least h, of the data's deviation: samples that stand there twice ask for 0


class KernelDensity(Baseline):
    """A kernel density estimate with one Gaussian bandwidth.

    bandwidth: h; None: the most likely one, leaving one out (of at most 2,000 samples, evenly spaced; of fewer where
    there are more than 4,000), to 1 % or so.
    After `fit`: x (N, d), h.
    """

    summary = "kernel density: a small Gaussian on each training sample"

    def __init__(self, bandwidth: float | None = None):
        self.bandwidth = None if bandwidth is None else positive("bandwidth", bandwidth)

    def check_size(self, N: int, d: int) -> None:
        check_enough("KernelDensity", N, 2, "")

    def fit_rows(self, x, rng, images):
        self.x, self.h = x, self.bandwidth or best_bandwidth(x)

    def sample_rows(self, n, rng):
        return self.x[rng.integers(len(self.x), size=n)] + self.h * rng.standard_normal((n, self.x.shape[1]))

    def score_rows(self, x):
        return np.concatenate([log_means(d2, [self.h], x.shape[1])[0] for _, d2 in blocks(x, self.x)])


def log_means(d2: np.ndarray, bandwidths: list[float], d: int) -> np.ndarray:
    """log of the mean over j of N(x_i; x_j, h^2 I), for each h of the bandwidths: (len(bandwidths), N).

    d2 (N, M): squared distances; infinite ones count as 0, and are still among the M.
    """
    nearest = d2.min(axis=1, keepdims=True)  # log-sum-exp: the largest term of each row is exp(0)
    rows = []
    for h in bandwidths:
        sums = np.exp((nearest - d2) / (2 * h * h)).mean(axis=1)
        rows.append(np.log(sums) - nearest[:, 0] / (2 * h * h) - d * (LOG_2PI / 2 + np.log(h)))
    return np.array(rows)


def left_out(x: np.ndarray, bandwidths: list[float]) -> np.ndarray:
    """L(h) for each h: (len(bandwidths),). x (N, d)."""
    N, d = x.shape
    count = min(N, LEFT_OUT, max(1, PAIRS // N))
    chosen = np.linspace(0, N - 1, count).astype(int)
    sums = np.zeros(len(bandwidths))
    for rows, d2 in blocks(x[chosen], x):
        d2[np.arange(len(d2)), chosen[rows]] = np.inf  # a sample is not its own neighbour
        sums += (log_means(d2, bandwidths, d) + np.log(N / (N - 1))).sum(axis=1)
    return sums / len(chosen)


def best_bandwidth(x: np.ndarray) -> float:
    """The h with the largest L(h): on a grid from LEAST to 2 deviations of the data, then on a finer one."""
    deviation = float(np.sqrt(x.var(axis=0).mean()))
    low, high = LEAST * deviation, 2 * deviation
    for _ in range(ROUNDS):
        tried = np.geomspace(low, high, TRIED)
        best = int(left_out(x, list(tried)).argmax())
        low, high = tried[max(best - 1, 0)], tried[min(best + 1, TRIED - 1)]
    return float(tried[best])
