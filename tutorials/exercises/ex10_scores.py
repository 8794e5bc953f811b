"""Exercise 10: how good is it? Three scores, from their definitions.

    minigan exercise check ex10 work        (work: the folder that this file is in)

Tutorial 10 derives all of them. Use NumPy alone, and float64.
"""

import numpy as np  # noqa: F401


def inception_score(probs):
    """exp of the mean of KL(p(y|x) || p(y)) over the images, for class probabilities (N, K) -> a number.

    p(y) is the mean of the rows. A probability may be 0, and 0 log 0 counts as 0.
    """
    raise NotImplementedError("inception_score is still to be written")


def moments(features):
    """Mean (d,) and covariance (d, d) of features (N, d), the covariance divided by N - 1 -> (m, S)."""
    raise NotImplementedError("moments is still to be written")


def frechet_distance(m1, S1, m2, S2):
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1^(1/2) S2 S1^(1/2))^(1/2)) for covariances that may be singular -> a number.

    numpy.linalg.eigh gives eigenvalues and eigenvectors of a symmetric matrix; rounding may make a 0 slightly negative.
    """
    raise NotImplementedError("frechet_distance is still to be written")


def reverse_kl(points, centres):
    """sum over modes of q log(q / p), for points (N, 2) and centres (modes, 2) -> a number.

    q: the share of points that are nearest to this centre; p: 1 / modes.
    """
    raise NotImplementedError("reverse_kl is still to be written")
