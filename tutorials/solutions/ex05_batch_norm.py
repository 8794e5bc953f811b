"""Solution of exercise 05: batch normalisation, forward and backward, in training and in evaluation."""

import numpy as np


def forward(x, gamma, beta, eps=1e-5):
    """Batch norm in training: x (M, C) -> y (M, C), cache."""
    mean, var = x.mean(axis=0), x.var(axis=0)
    r = 1 / np.sqrt(var + eps)
    xhat = (x - mean) * r
    return gamma * xhat + beta, (xhat, r, gamma)


def backward(dy, cache):
    """The gradients in training: dx = r (g - mean g - xhat mean(g xhat)) with g = gamma dy."""
    xhat, r, gamma = cache
    g = gamma * dy
    dx = r * (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0))
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


def track(mean, var, x, momentum=0.9):
    """The running statistics after one more batch."""
    M = len(x)
    new_mean = momentum * mean + (1 - momentum) * x.mean(axis=0)
    new_var = momentum * var + (1 - momentum) * x.var(axis=0) * M / (M - 1)
    return new_mean, new_var


def forward_evaluation(x, gamma, beta, mean, var, eps=1e-5):
    """Batch norm in evaluation: mean and var are constants."""
    r = 1 / np.sqrt(var + eps)
    xhat = (x - mean) * r
    return gamma * xhat + beta, (xhat, r, gamma)


def backward_evaluation(dy, cache):
    """The gradients in evaluation: nothing goes through mean and var."""
    xhat, r, gamma = cache
    return r * gamma * dy, (dy * xhat).sum(axis=0), dy.sum(axis=0)
