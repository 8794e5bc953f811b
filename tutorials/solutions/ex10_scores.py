"""Exercise 10, a solution: three scores, from their definitions."""

import numpy as np


def p_log_p(p):
    """p log p, entry by entry, and 0 where p is 0."""
    return p * np.log(np.where(p > 0, p, 1))


def inception_score(probs):
    """exp(H(y) - H(y|x)), which is the same."""
    probs = np.asarray(probs, np.float64)
    return float(np.exp(p_log_p(probs).sum(axis=1).mean() - p_log_p(probs.mean(axis=0)).sum()))


def moments(features):
    """Mean (d,) and covariance (d, d) of features (N, d), the covariance divided by N - 1 -> (m, S)."""
    features = np.asarray(features, np.float64)
    m = features.mean(axis=0)
    centred = features - m
    return m, centred.T @ centred / (len(features) - 1)


def square_root(S):
    """The same eigenvectors, the roots of the eigenvalues; an eigenvalue below 0 is a rounding error."""
    values, vectors = np.linalg.eigh(S)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def frechet_distance(m1, S1, m2, S2):
    """The root of the product is taken in its symmetric form, whose eigenvalues are real and at least 0."""
    root = square_root(S1)
    inner = root @ S2 @ root
    covariances = np.trace(S1) + np.trace(S2) - 2 * np.trace(square_root(inner))
    return float(np.sum((m1 - m2) ** 2) + covariances)


def reverse_kl(points, centres):
    """sum over modes of q log(q / p); a mode without points adds 0."""
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
    q = np.bincount(nearest, minlength=len(centres)) / len(points)
    return float(p_log_p(q).sum() + np.log(len(centres)))
