"""Is it copying? A generator that repeats its training images gets a perfect FID. Nearest neighbours show it.

Beside each generated image stands its nearest training image, and there is one number. Meehan, Chaudhuri & Dasgupta
2020, "A non-parametric test to detect data-copying in generative models" (arXiv:2004.05675), section 3: compare the
distance of generated images to their nearest training image, d(fake), with that of held-out real images, d(held out).

    copying = P( d(fake) < d(held out) ) + P( d(fake) = d(held out) ) / 2     over all pairs

which is the Mann-Whitney U statistic divided by the number of pairs. 0.5: the generated images are as near to the
training images as new real ones are. Near 1: copies. Near 0: farther away than real images are.
"""

from typing import NamedTuple

import numpy as np

from minigan.checks import whole
from minigan.metrics.bootstrap import Rng, mean_score
from minigan.metrics.checks import feature_pair, features
from minigan.metrics.pairwise import map_distances
from minigan.metrics.score import Score


class Neighbours(NamedTuple):
    """For each query, its k nearest among the references: which (N, k), and how far (N, k), nearest first."""

    index: np.ndarray
    distance: np.ndarray


def nearest_neighbours(queries: np.ndarray, references: np.ndarray, k: int = 1) -> Neighbours:
    """The k nearest of references (M, d) to each of queries (N, d), by Euclidean distance -> Neighbours.

    Raises ValueError for arrays of two widths, NaNs, or fewer references than k.
    """
    k = whole("k, the number of neighbours,", k)
    queries, references = feature_pair(queries, references, names=("queries", "references"))
    if len(references) < k:
        raise ValueError(f"expected at least {k} references for {k} neighbours, got {len(references)}; fix: take more")

    def nearest(rows, d2):
        if k == 1:  # the usual case, and several times faster
            index = d2.argmin(axis=1)[:, None]
        else:
            index = np.argpartition(d2, k - 1, axis=1)[:, :k]
        d2 = np.take_along_axis(d2, index, axis=1)
        order = np.argsort(d2, axis=1, kind="stable")
        return np.take_along_axis(index, order, axis=1), np.sqrt(np.take_along_axis(d2, order, axis=1))

    index, distance = zip(*map_distances(nearest, queries, references), strict=True)
    return Neighbours(np.concatenate(index), np.concatenate(distance))


def copying(train: np.ndarray, held_out: np.ndarray, fake: np.ndarray, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """Whether generated features (M, d) are nearer to the training ones (N, d) than held-out real ones (H, d) are.

    replicates: how many bootstrap replicates for the interval, 0 for none; rng: numpy Generator or seed, for them.

    Returns a Score in [0, 1], 0.5 being ideal. Raises ValueError for arrays of different widths or NaNs.
    """
    train, held_out = features("train", train), features("held_out", held_out)
    return copying_of(
        nearest_neighbours(held_out, train), nearest_neighbours(fake, train), replicates=replicates, rng=rng
    )


def copying_of(held_out: Neighbours, fake: Neighbours, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """`copying`, from the Neighbours that held-out and generated samples have among the training ones."""
    d_held_out, d_fake = np.sort(held_out.distance[:, 0]), fake.distance[:, 0]
    # For each generated one, the share of held-out ones that are further off, by its place in their order.
    further = 1 - np.searchsorted(d_held_out, d_fake, "right") / len(d_held_out)
    not_nearer = 1 - np.searchsorted(d_held_out, d_fake, "left") / len(d_held_out)
    values = (further + not_nearer) / 2
    return mean_score("copying", values, replicates, rng)
