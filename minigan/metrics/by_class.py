"""Scores within one class: are the sevens like real sevens, and as varied? If one class of ten has
collapsed, nine tenths of the images are still good, and a score over all classes changes little.

Miyato & Koyama 2018, "cGANs with projection discriminator" (arXiv:1802.05637), section 4:

    intra-FID(c) = FID between the real and the generated images of class c;      intra-FID = its mean over all classes

Mode collapse within a class shows in two numbers here:

    variety = mean distance of two generated images of the class / mean distance of two real ones, in features
    recall  = share of the real images of the class inside the region of the generated ones (`precision_recall`)

Both mean distances are unbiased, so variety does not drift with the number of images: it is about 1 for images as
varied as real ones, and 0 for one image again and again. It does not see two clumps that lie far apart, with nothing
between them; recall does, but it is noisy where a class has few images, and grows with their number. Neither sees that
images are copies of training images, and both take images of other classes for variety: read them beside the accuracy.
"""

from collections.abc import Sequence

import numpy as np

from minigan.metrics.checks import feature_pair
from minigan.metrics.fid import fid
from minigan.metrics.pairwise import map_distances
from minigan.metrics.precision_recall import precision_recall
from minigan.metrics.score import Score

NEIGHBOURS = 3  # k of the recall, as in its paper


def within_class(real: np.ndarray, fake: np.ndarray) -> dict[str, float]:
    """The scores of generated features (M, d) of one class against the real ones (N, d) of that class.

    Returns {"fid": ..., "variety": ..., "recall": ...}, each where there are enough samples on both sides for it:
    d + 1, 2 and NEIGHBOURS + 1. Raises ValueError for features of two widths, or NaNs.
    """
    if not len(real) or not len(fake):
        return {}
    real, fake = feature_pair(real, fake)
    least, scores = min(len(real), len(fake)), {}
    if least > real.shape[1]:
        scores["fid"] = fid(real, fake).value
    if least > 1 and (spread := mean_distance(real)):
        scores["variety"] = mean_distance(fake) / spread
    if least > NEIGHBOURS:
        scores["recall"] = precision_recall(real, fake, k=NEIGHBOURS).recall.value
    return scores


def mean_distance(x: np.ndarray) -> float:
    """The mean distance of two different rows of x (N, d): over all N (N - 1) ordered pairs."""
    N = len(x)
    return float(sum(map_distances(lambda rows, d2: np.sqrt(d2).sum(), x, x)) / (N * (N - 1)))


def intra_fid(real: np.ndarray, real_labels: np.ndarray, fake: np.ndarray, fake_labels: np.ndarray) -> Score:
    """The intra-FID of generated features (M, d) of classes fake_labels (M,) against real ones (N, d) of real_labels
    (N,): the mean over the classes of the real ones.

    Returns a Score whose parts are the FIDs {class: ...}, and whose spread is their standard deviation. Raises
    ValueError as `fid` does, naming the class, for example where one has fewer than d + 1 images on either side: a mean
    over the others would flatter.
    """
    parts = {}
    for k in np.unique(real_labels):
        try:
            parts[int(k)] = fid(real[real_labels == k], fake[fake_labels == k]).value
        except ValueError as error:
            raise ValueError(f"class {k}: {error}") from error
    return mean_of_classes("intra-FID", list(parts.values()), parts)


def mean_of_classes(name: str, values: Sequence[float], parts: dict | None = None) -> Score:
    """The mean of a score over the classes as a Score; its spread is the standard deviation over them."""
    return Score(float(np.mean(values)), name=name, spread=float(np.std(values)), parts=parts)
