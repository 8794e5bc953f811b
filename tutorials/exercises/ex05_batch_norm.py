"""Exercise 05: batch normalisation, forward and backward, in training and in evaluation.

Fill in the five functions, in this order, and have them marked as often as you like:

    minigan exercise check ex05 work        (work: the folder that this file is in)

x and y are (M, C): M values in each of C channels. gamma, beta, means and variances are (C,). See tutorial 05.
"""

import numpy as np  # noqa: F401  (you will need it)


def forward(x, gamma, beta, eps=1e-5):
    """Batch norm in training: x (M, C) -> y (M, C), cache.

        xhat = (x - mean) / sqrt(var + eps),        y = gamma * xhat + beta

    with mean and var of each channel, var divided by M. The cache is the tuple (xhat, r, gamma) with
    r = 1 / sqrt(var + eps), shape (C,).
    """
    raise NotImplementedError("forward in training")


def backward(dy, cache):
    """The gradients in training: dy (M, C) and the cache of `forward` -> dx (M, C), dgamma (C,), dbeta (C,).

    Mean and var depend on every x.
    """
    raise NotImplementedError("backward in training")


def track(mean, var, x, momentum=0.9):
    """The running statistics (C,) after one more batch x (M, C): -> new mean, new var, as new arrays.

    momentum is the share of the old mean and var that is kept. The batch's variance is multiplied by M / (M - 1).
    """
    raise NotImplementedError("the running statistics")


def forward_evaluation(x, gamma, beta, mean, var, eps=1e-5):
    """Batch norm in evaluation, with the running mean and var (C,): x (M, C) -> y (M, C), cache as above.

    M may be 1 here.
    """
    raise NotImplementedError("forward in evaluation")


def backward_evaluation(dy, cache):
    """The gradients in evaluation: dy (M, C) and the cache of `forward_evaluation` -> dx, dgamma, dbeta."""
    raise NotImplementedError("backward in evaluation")
