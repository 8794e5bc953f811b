"""A repaired hole that does not show: Poisson blending, by the method of conjugate gradients.

G's picture may be darker or lighter than the one around the hole, and a plain paste then has a seam. What we want of G
is where the strokes go: the differences between neighbouring pixels. So the hole gets the picture whose differences are
nearest to those of G's, and that meets the pixels around the hole as they are (Perez, Gangnet & Blake 2003, "Poisson
image editing", equation 2; Yeh et al. 2017, arXiv:1607.07539, equation 8):

    minimise over x in the hole   sum over neighbours (p, q), not both outside, of ((x[p] - x[q]) - (g[p] - g[q]))^2

With u = x - g, what is added to G's picture, this is Laplace's equation: in the hole, u is the mean of its neighbours,
and on the rim u = y - g. As a linear system, L u = b, with (L u)[p] = (number of neighbours) u[p] - (sum of the
neighbours in the hole), and b[p] = sum of (y - g) over the neighbours on the rim. L is symmetric, and positive definite
if the hole touches a pixel that is seen.

A hole that reaches to the edge of the picture has no rim there, and what was wrong at the one rim it has is carried
through all of it. So u is also held small, by screen * |x - g|^2 in the sum, which adds `screen` to the number of
neighbours (the screened Poisson equation: Bhat et al. 2008, "Fourier analysis of the 2D screened Poisson equation for
gradient domain problems"); 0: Perez's.
"""

from collections.abc import Callable

import numpy as np

SCREEN = 0.1  # u falls to a third in three pixels or so


def paste(y: np.ndarray, g: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """y where it is seen, g in the hole. y, g: (N, H, W, C); visible: bool (H, W)."""
    return np.where(visible[:, :, None], y, g)


def poisson(y: np.ndarray, g: np.ndarray, visible: np.ndarray, screen: float = SCREEN) -> np.ndarray:
    """y where it is seen; in the hole g, bent so that it meets y at the rim (see above). Shapes as for `paste`.
    screen: at least 0."""
    hole = (~visible)[:, :, None].astype(np.float64)
    count = neighbours(np.ones((1, *visible.shape, 1)))
    difference = (y.astype(np.float64) - g) * (1 - hole)
    b = hole * neighbours(difference)
    u = conjugate_gradients(lambda u: hole * ((count + screen) * u - neighbours(u)), b)
    return paste(y, (g + u).astype(y.dtype), visible)


def neighbours(u: np.ndarray) -> np.ndarray:
    """The sum of the four neighbours of each pixel of u (N, H, W, C); beyond the edge there is none."""
    total = np.zeros_like(u)
    total[:, 1:] += u[:, :-1]
    total[:, :-1] += u[:, 1:]
    total[:, :, 1:] += u[:, :, :-1]
    total[:, :, :-1] += u[:, :, 1:]
    return total


def conjugate_gradients(L: Callable[[np.ndarray], np.ndarray], b: np.ndarray, tolerance: float = 1e-10,
                        most: int = 10_000) -> np.ndarray:  # fmt: skip
    """u with L(u) = b, for a symmetric, positive definite L; b: (N, ...), N systems side by side.

    Hestenes & Stiefel 1952. r = b - L u is what is left, and each step goes along p, which is conjugate to all before:

        a = r.r / p.L(p);   u <- u + a p;   r' = r - a L(p);   p <- r' + (r'.r' / r.r) p

    It ends when each |r| is at most `tolerance` times its |b|, or after `most` steps.
    """

    def dot(s: np.ndarray, t: np.ndarray) -> np.ndarray:
        return (s * t).sum(axis=tuple(range(1, s.ndim)), keepdims=True)

    u, r = np.zeros_like(b), b.copy()
    p, rr = r.copy(), dot(r, r)
    enough = tolerance**2 * rr
    for _ in range(most):
        going = rr > enough  # of a system that is solved, p and r are about 0: it stays as it is
        if not going.any():
            break
        Lp = L(p)
        a = np.where(going, rr / np.where(going, dot(p, Lp), 1), 0)
        u += a * p
        r -= a * Lp
        before, rr = rr, dot(r, r)
        p = r + np.where(going, rr / np.where(going, before, 1), 0) * p
    return u
