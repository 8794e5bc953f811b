"""What G cannot draw: the remainder e in x = G(z) + e, guessed from what is seen.

No z draws a given digit exactly: what is left is small, but it is what a sharp eye sees. The found noise leaves a
difference in what is seen, r = y - A G(z), and r tells of e. Dhar, Grover & Ermon 2018 ("Modeling sparse deviations for
compressed sensing using generative models", arXiv:1807.01442) let x deviate from the range of G, and ask that e be
sparse. Here e is taken to be normal with mean m and covariance C, learnt from the remainders of training pictures, and
the noise on y normal with deviation s, so that its best guess is a formula (the Wiener filter):

    e* = m + C A' (A C A' + s^2 I)^-1 (r - A m)

A is a matrix here, and need not be known as one: its rows are what the adjoint makes of unit vectors. With C = 0 the
picture is G(z) alone.
"""

from dataclasses import dataclass

import numpy as np

from minigan.edit.operators import Operator

FLOOR = 1e-3  # s^2 is at least so large a share of the mean variance of what is seen: no matrix is singular


@dataclass(frozen=True, eq=False)
class Remainder:
    """The normal distribution of remainders: mean (H, W, C), covariance (H W C, H W C), float64."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, e: np.ndarray) -> "Remainder":
        """Mean and covariance of remainders e (N, H, W, C), N at least 2."""
        flat = e.reshape(len(e), -1).astype(np.float64)
        m = flat.mean(axis=0)
        return cls(m.reshape(e.shape[1:]), (flat - m).T @ (flat - m) / (len(e) - 1))

    def given(self, r: np.ndarray, A: Operator, sigma: float = 0.0) -> np.ndarray:
        """The guess e* for each r (N, ...) = y - A G(z) -> (N, H, W, C), in the dtype of r."""
        shape = self.mean.shape
        m = A.forward(self.mean[None])
        rows = matrix_of(A, shape, m.shape[1:])  # A: (numbers of y, numbers of x)
        AC = rows @ self.covariance
        ACA = AC @ rows.T
        seen = np.einsum("ij,ij->i", rows, rows) > 0  # a pixel under a mask says nothing: its row is 0
        noise = max(sigma**2, FLOOR * np.trace(ACA) / max(1, seen.sum()))
        gap = (r - m).reshape(len(r), -1).astype(np.float64)
        solved = np.linalg.solve(ACA + (noise or 1.0) * np.eye(len(ACA)), gap.T)  # (numbers of y, N)
        return (self.mean + (AC.T @ solved).T.reshape(len(r), *shape)).astype(r.dtype)


def matrix_of(A: Operator, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> np.ndarray:
    """The operator as a matrix (numbers of y, numbers of x): row i is A' of the unit vector i."""
    count = int(np.prod(y_shape))
    units = np.eye(count).reshape(count, *y_shape)
    return A.adjoint(units).reshape(count, int(np.prod(x_shape)))
