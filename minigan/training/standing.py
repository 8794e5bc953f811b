"""Standing statistics: the means and variances of a generator's batch norms, made anew for its weights as they are.

A batch norm's running statistics lag behind: they are averages over the last batches, each of other weights; those of
an averaged G are averages of averages. Standing statistics belong to one set of weights, and to one distribution of
noise: the mean and the variance in each of many fresh batches, averaged over the batches,

    mean = (1 / B) sum_b mean_b,    var = (1 / B) sum_b var_b.

Brock et al. 2019, arXiv:1809.11096, appendix C (about 100 batches); the authors' PyTorch code takes B = 16. Truncated
noise has statistics of its own, so the batches are drawn as the samples will be.
"""

import copy

import numpy as np

from minigan.checks import whole
from minigan.layers import Layer

BATCHES = 16


def standing_statistics(G: Layer, noise: np.ndarray, labels: np.ndarray | None = None, batches: int = BATCHES) -> Layer:
    """A copy of G whose batch norms hold the statistics of `noise` (N, z_dim) in so many batches; G stays as it is.

    labels: (N,), for a conditional G. A batch norm is every layer with `mean` and `var` in its state and a `momentum`,
    the share of the old statistics that a forward pass in training keeps: with momentum 0 it keeps those of the batch
    alone. Nothing else of G is changed, though a pass in training may move other states, such as a spectral norm's.
    Raises ValueError for a G without a batch norm, fewer than one batch, or fewer than two rows of noise in each.
    """
    batches = whole("batches", batches)
    if len(noise) < 2 * batches:
        raise ValueError(f"{batches} batches need at least {2 * batches} rows of noise, got {len(noise)}")
    tried = copy.deepcopy(G)
    norms = batch_norms(tried)
    if not norms:
        raise ValueError("standing statistics are of batch norms, and this generator has none")
    sums = [{key: np.zeros_like(norm.state[key], np.float64) for key in ("mean", "var")} for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    for rows in np.array_split(np.arange(len(noise)), batches):
        tried.apply(noise[rows], training=True, given=None if labels is None else {"labels": labels[rows]})
        for norm, total in zip(norms, sums, strict=True):
            for key in total:
                total[key] += norm.state[key]
    standing = copy.deepcopy(G)
    for norm, total in zip(batch_norms(standing), sums, strict=True):
        for key in total:
            norm.state[key][...] = total[key] / batches
    return standing


def batch_norms(G: Layer) -> list[Layer]:
    """The layers of G that normalise by the statistics of a batch, and keep running ones."""
    return [layer for _, layer in G.leaves() if {"mean", "var"} <= layer.state.keys() and hasattr(layer, "momentum")]
