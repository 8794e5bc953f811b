"""Mode coverage: of the kinds that the data are known to hold, how many does the generator draw?

For data made of known modes this can simply be counted. The rules are those of VEEGAN (Srivastava et al. 2017,
arXiv:1705.07761, section 4.1) and PacGAN (Lin et al. 2018, arXiv:1712.04086, section 4):

- Every sample belongs to its nearest mode.
- A sample is of high quality if it lies within three standard deviations of that mode's centre.
- A mode of the ring or grid is *found* if at least one high-quality sample belongs to it; a mode of the stacked digits
  (1,000 of them: three digits, one in each colour channel) if at least one sample does.
- Reverse KL = sum over modes of q log(q / p): q the share of all samples that belong to the mode, p its true share
  (1 / modes). It is 0 if every mode gets its share, log(modes) if one gets everything. Reverse, because q stands first:
  modes that are never drawn cost nothing by themselves, only through the surplus of the others.

Three standard deviations of a round Gaussian in the plane hold 98.9 % of it: that is a perfect generator's share.
"""

import numpy as np

from minigan.metrics.bootstrap import Rng, counts, interval
from minigan.metrics.checks import feature_pair, table
from minigan.metrics.score import Score

CONFIDENT = 0.9  # the probability of a class that makes an image a clear one; of stacked digits, in every channel


def mode_coverage(
    samples: np.ndarray, centres: np.ndarray, sigma: float, *, radius: float = 3.0, replicates: int = 0, rng: Rng = 0
) -> Score:
    """Modes that samples (N, d) find among round Gaussians at `centres` (modes, d) of standard deviation `sigma`.

    radius: how many sigmas are high quality. replicates: how many bootstrap replicates for the intervals, 0 for none;
    rng: numpy Generator or seed, for them.

    Returns a Score whose value is the number of modes found, with the parts `high_quality` (a share) and `reverse_kl`,
    Scores, and `counts`, how many samples belong to each mode.

    Raises ValueError for arrays of different widths, NaNs, no samples, or a sigma or radius that is not positive.
    """
    samples, centres = feature_pair(samples, centres, names=("samples", "centres"))
    if not (np.isfinite(sigma * radius) and sigma > 0 and radius > 0):
        raise ValueError(f"sigma and radius must be finite and above 0, got {sigma} and {radius}")
    distance = np.linalg.norm(samples[:, None] - centres, axis=2)
    belongs = distance.argmin(axis=1)
    good = distance.min(axis=1) <= radius * sigma
    return coverage_of(belongs, good, len(centres), good, None, replicates, rng)


def stacked_mode_coverage(
    probs: np.ndarray, *, shares: np.ndarray | None = None, replicates: int = 0, rng: Rng = 0
) -> Score:
    """Modes that stacked digits find: their channels' class probabilities (N, channels, K) -> K^channels modes.

    The mode of a sample is the number whose digits are the classes of its channels. It is found with one sample,
    as in both papers; the high-quality share is that of samples of which the network is at least 90 % sure in every
    channel. shares: (modes,), the real share of each mode, by default equal ones. Else as `mode_coverage`.
    """
    probs = np.asarray(probs)
    if probs.ndim != 3:
        raise ValueError(f"expected class probabilities (N, channels, K), got {probs.shape}; fix: np.stack, axis=1")
    N, channels, K = probs.shape
    table("probs", probs.reshape(N, channels * K), "class probabilities", least=1)
    if not (probs >= 0).all() or np.abs(probs.sum(axis=2) - 1).max() > 1e-3:
        raise ValueError("expected probabilities that sum to 1 in each channel, none below 0; fix: give softmax")
    belongs = probs.argmax(axis=2) @ K ** np.arange(channels)[::-1]
    good = (probs.max(axis=2) >= CONFIDENT).all(axis=1)
    return coverage_of(belongs, np.ones(N, bool), K**channels, good, shares, replicates, rng)


def coverage_of(belongs: np.ndarray, counting: np.ndarray, modes: int, good: np.ndarray, real: np.ndarray | None,
                replicates: int, rng: np.random.Generator) -> Score:  # fmt: skip
    """The Score. belongs (N,): each sample's mode. counting, good (N,) bool: which samples can find a mode, and which
    are of high quality. real: the real shares of the modes, or None."""
    N = len(belongs)

    def numbers(times):
        """Modes found, high-quality share and reverse KL, with sample n there times[n] times."""
        found = np.count_nonzero(np.bincount(belongs[counting], times[counting], minlength=modes))
        return found, times @ good / N, reverse_kl(np.bincount(belongs, times, minlength=modes) / N, real)

    again = np.array([numbers(row) for row in counts(N, replicates, rng)]).reshape(replicates, 3)
    three = zip(("modes", "high-quality share", "reverse KL"), numbers(np.ones(N)), again.T, strict=True)
    found, quality, kl = (Score(value, name=name, interval=interval(value, more)) for name, value, more in three)
    tally = np.bincount(belongs, minlength=modes).tolist()
    found.parts.update(high_quality=quality, reverse_kl=kl, counts=tally)
    return found


def reverse_kl(shares: np.ndarray, real: np.ndarray | None = None) -> float:
    """sum q log(q / p) for shares q (modes,) against the real shares p, by default 1 / modes; 0 log 0 is 0."""
    there = shares > 0
    q = shares[there]
    ratio = q * len(shares) if real is None else q / real[there]
    return float(np.sum(q * np.log(ratio)))
