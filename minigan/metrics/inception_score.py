"""The Inception Score: are the images clear, and are they of many kinds? It uses no real images.

Salimans et al. 2016, "Improved techniques for training GANs" (arXiv:1606.03498), section 4:

    IS = exp( E_x KL( p(y|x) || p(y) ) )

p(y|x) are a classifier's probabilities for image x, and p(y) is their mean over all images. It lies between 1 (every
image looks alike to the classifier) and K (each image surely of one class, all K classes equally often). One perfect
picture of each class, drawn again and again, gets the full K: the score does not see the missing variety.
"""

import numpy as np

from minigan.checks import whole
from minigan.metrics.bootstrap import Rng, counts, interval, random
from minigan.metrics.checks import probabilities
from minigan.metrics.score import Score


def inception_score(
    probs: np.ndarray, *, splits: int = 10, shuffle: Rng | None = None, replicates: int = 0, rng: Rng = 0
) -> Score:
    """The Inception Score of images with class probabilities `probs`.

    Args:
        probs: (N, K), rows that sum to 1.
        splits: the score is computed on so many parts, in order, and averaged. Ten in the authors' code
            (openai/improved-gan), which divides as here, N i // splits; torch-fidelity and others do the same. With
            10 splits of 50,000 images each has 5,000. The score of n images is at most n, and lower on small parts,
            so compare scores of as many images in as many splits.
        shuffle: a numpy Generator or a seed: shuffle first, needed where the images are sorted by class.
        replicates: how many bootstrap replicates for the interval; 0 for none.
        rng: numpy Generator or seed, for the replicates.

    Returns:
        Score; its part is the number `splits`; `.spread` is the standard deviation over the splits (divided by their
        number, as the authors do).

    Raises:
        ValueError: not probabilities, or fewer images than splits.
    """
    whole("splits", splits)
    if len(probs) < splits:
        raise ValueError(f"an Inception Score over {splits:,} splits needs at least {splits:,} images, got "
                         f"{len(probs):,}; fix: draw more, or fewer splits")  # fmt: skip
    probs = probabilities(probs)
    if shuffle is not None:
        probs = random(shuffle).permutation(probs)
    N = len(probs)
    parts = [probs[i * N // splits : (i + 1) * N // splits] for i in range(splits)]
    scores = [float(score_of(part)) for part in parts]
    mean, rng = np.mean(scores), random(rng)
    again = np.mean([score_of(part, counts(len(part), replicates, rng)) for part in parts], axis=0)
    spread, parts = float(np.std(scores)), {"splits": splits}
    return Score(mean, name="inception score", spread=spread, interval=interval(mean, again), parts=parts)


def score_of(probs: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """exp of the mean KL over one set (N, K). With weights (B, N): of B sets, with image n weights[b, n] times in each.

    KL(p || q) = sum p log p - sum p log q, and the mean over x of sum p(y|x) log q(y) is sum q log q, because q is the
    mean of p. 0 log 0 is 0.
    """
    N = len(probs)
    weights = np.ones(N) if weights is None else weights
    marginal = weights @ probs / N  # (K,) or (B, K)
    return np.exp(weights @ _p_log_p(probs) / N - _p_log_p(marginal))


def _p_log_p(p):
    """sum over the last axis of p log p."""
    return np.sum(p * np.log(np.where(p > 0, p, 1)), axis=-1)
