"""How sure is a score? The bootstrap (Efron 1979; Efron & Tibshirani 1993, chapter 13).

The score was computed from N samples. Other samples would have given another score. The samples themselves tell how
far off it may be: draw N of them again, with replacement, compute the score of these (a replicate), and repeat.
Drawing again is counting: replicate b takes sample i counts[b, i] times, so a mean becomes a weighted mean, and no
array is copied. A score that is a mean over samples gets all its replicates from one product of matrices.

The interval is the middle 95 % of the replicates, moved so that their mean is the score itself. Moving matters for FID:
a resampled set repeats images, so it is less varied than the set it came from, and its FID is always larger.
The interval says where the score would lie with other samples, *as many* as there were. It does not say what the score
would be with more samples, or after another training.
"""

from typing import Any

import numpy as np

from minigan.metrics.score import Score

LEVEL = 0.95
Rng = np.random.Generator | int  # a Generator, or the seed of one


def random(rng: Any) -> np.random.Generator:
    """A numpy Generator from a Generator or a seed; ValueError for anything else."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise ValueError(f"rng: expected a numpy Generator or a seed of at least 0, got {rng!r}; write rng=0")
    return np.random.default_rng(rng)


def counts(n: int, replicates: int, rng: Rng) -> np.ndarray:
    """How often each of n samples is drawn in each replicate: float64 (replicates, n), each row sums to n."""
    rng = random(rng)
    drawn = np.empty((replicates, n))
    for row in drawn:
        row[:] = np.bincount(rng.integers(n, size=n), minlength=n)
    return drawn


def interval(value: float, replicates: np.ndarray, level: float = LEVEL) -> tuple[float, float] | None:
    """The middle `level` of the replicates (B,), moved so that their mean is `value` -> (low, high); None if B = 0."""
    if not len(replicates):
        return None
    tails = (1 - level) / 2, (1 + level) / 2
    low, high = np.quantile(replicates, tails) - np.mean(replicates) + value
    return float(low), float(high)


def mean_score(name: str, values: np.ndarray, replicates: int, rng: Rng) -> Score:
    """The mean of `values` (N,) as a Score of that name, with its interval if replicates are asked for."""
    values = np.asarray(values, np.float64)
    again = counts(len(values), replicates, rng) @ values / len(values)
    return Score(values.mean(), name=name, interval=interval(values.mean(), again))


def mean_scores(values: dict[str, np.ndarray], replicates: int, rng: Rng) -> dict[str, Score]:
    """`mean_score` of each entry {name: (N,)}, one after the other from the same generator -> {name: Score}."""
    rng = random(rng)
    return {name: mean_score(name, of_name, replicates, rng) for name, of_name in values.items()}
