"""Label accuracy: a conditional generator was asked for a 7; does the network read a 7?

Odena, Olah & Shlens 2017, "Conditional image synthesis with auxiliary classifier GANs" (arXiv:1610.09585), section 4.1:

    accuracy = share of generated images whose most probable class is the label they were drawn for

Real images get the network's own accuracy, the most that can be expected. The score does not see variety: one perfect
picture of each class gets 1.
"""

import numpy as np

from minigan.metrics.bootstrap import Rng, mean_score
from minigan.metrics.checks import probabilities
from minigan.metrics.score import Score


def label_accuracy(probs: np.ndarray, labels: np.ndarray, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """The label accuracy of images with class probabilities `probs` (N, K) that were drawn for `labels` (N,) in 0..K-1.

    replicates: number of bootstrap replicates for the interval, 0 for none. rng: numpy Generator or seed, for them.

    Returns a Score in [0, 1]. Raises ValueError for other probabilities or labels.
    """
    probs, labels = probabilities(probs), np.asarray(labels)
    N, K = probs.shape
    if labels.shape != (N,) or labels.dtype.kind not in "iu" or not ((labels >= 0) & (labels < K)).all():
        raise ValueError(f"expected {N:,} labels, whole numbers in 0..{K - 1}, got {labels.dtype} {labels.shape}; "
                         "fix: one for each row of probs, from 0")  # fmt: skip
    return mean_score("label accuracy", probs.argmax(axis=1) == labels, replicates, rng)
