"""What G cannot draw: the remainder e in x = G(z) + e, guessed from what the noise on y leaves to be seen of it.

No z draws a given picture exactly. What is left, r = y - G(z), is noise of a known deviation s, and e. The noise of two
pixels has nothing in common, but e has, where they lie near each other: a stroke that is missing is some pixels wide.
So take e to be normal, with a covariance that falls with the distance, and e's best guess is a formula (kriging, or
Gaussian process regression: Rasmussen & Williams 2006, "Gaussian processes for machine learning", equation 2.23):

    K[p, q] = v exp(-|p - q|^2 / (2 l^2)),      e* = K (K + s^2 I)^-1 r

v is read off the pictures themselves: the mean of r^2 is v + s^2. (Dhar et al. 2018, arXiv:1807.01442, let x leave the
range of G, too, by as few pixels as can be.)

exp of a sum is a product: K = v R x C, R of the rows' distances, C of the columns'. With R = Q a Q' and C = P b P',
a and b their eigenvalues, the matrix of all pixels need never be made: in the basis of Q and P, e* is
v a_i b_j / (v a_i b_j + s^2) times r.
"""

import numpy as np

WIDTH = 1.0  # l, in pixels: about the half of a stroke of 28 x 28 digits


def remainder(r: np.ndarray, noise: float, width: float = WIDTH) -> np.ndarray:
    """e* of the differences r (N, H, W, C) = y - G(z), each channel by itself; noise: s > 0 -> (N, H, W, C)."""
    variance = max(0.0, float(np.mean(r.astype(np.float64) ** 2)) - noise**2)
    (a, Q), (b, P) = (np.linalg.eigh(nearness(side, width)) for side in r.shape[1:3])
    power = variance * np.maximum(np.outer(a, b), 0)  # (H, W)
    inside = np.einsum("hi,nhwc,wj->nijc", Q, r.astype(np.float64), P, optimize=True)
    inside *= (power / (power + noise**2))[:, :, None]
    return np.einsum("hi,nijc,wj->nhwc", Q, inside, P, optimize=True).astype(r.dtype)


def nearness(side: int, width: float) -> np.ndarray:
    """exp(-(p - q)^2 / (2 width^2)) of the places p, q along a side -> (side, side)."""
    place = np.arange(side)
    return np.exp(-((place[:, None] - place) ** 2) / (2 * width**2))
