"""What was done to a picture before we saw it: y = A x, for a linear A. One object for each kind of damage.

An operator has two functions, and each is the other's adjoint: the sum of (A x) * y is the sum of x * (A' y).

    y  = A.forward(x)     pictures (N, H, W, C) -> what is seen of them
    dx = A.adjoint(dy)    the gradient on its way back: dx = A' dy, because dy = A dx in the forward direction

To find the picture behind y, `minigan.edit.find` asks for no more than these two. So repairing (Mask), enlarging
(Downsample) and denoising (Identity) are one search (Bora et al. 2017, arXiv:1703.03208, equation 3).
"""

import numpy as np

from minigan.checks import whole


class Operator:
    """A linear map from pictures (N, H, W, C) to what is seen of them."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x -> y = A x."""
        raise NotImplementedError(f"{type(self).__name__} must write forward(self, x)")

    def adjoint(self, y: np.ndarray) -> np.ndarray:
        """y -> A' y, of the shape of x."""
        raise NotImplementedError(f"{type(self).__name__} must write adjoint(self, y)")


class Identity(Operator):
    """All of the picture is seen: A = I."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x

    def adjoint(self, y: np.ndarray) -> np.ndarray:
        return y


class Mask(Operator):
    """Some pixels are seen, the others are 0: A is diagonal, with ones and zeros, and so is its own adjoint.

    visible: bool (H, W), true where a pixel is seen. Raises ValueError if it is not, or if no pixel is seen, or all.
    """

    def __init__(self, visible: np.ndarray) -> None:
        visible = np.asarray(visible)
        if visible.ndim != 2 or visible.dtype != bool or visible.all() or not visible.any():
            raise ValueError(f"expected a mask (H, W) of bool, some true and some not, got {visible.dtype} "
                             f"{visible.shape} with {np.count_nonzero(visible):,} true of {visible.size:,}; fix: hide "
                             "a part")  # fmt: skip
        self.visible = visible

    def forward(self, x: np.ndarray) -> np.ndarray:
        return x * self.visible[:, :, None].astype(x.dtype)

    def adjoint(self, y: np.ndarray) -> np.ndarray:
        return self.forward(y)


class Downsample(Operator):
    """A smaller picture: each of its pixels is the mean of a block of `factor` x `factor` pixels.

    The adjoint gives each pixel of a block its pixel of y, divided by the size of the block.
    """

    def __init__(self, factor: int) -> None:
        self.factor = whole("factor", factor, least=2)

    def forward(self, x: np.ndarray) -> np.ndarray:
        (N, H, W, C), f = x.shape, self.factor
        if H % f or W % f:
            raise ValueError(
                f"a picture of {H} x {W} has no whole blocks of {f} x {f}; fix: a factor that divides both"
            )
        return x.reshape(N, H // f, f, W // f, f, C).mean(axis=(2, 4))  # (N, H / f, W / f, C)

    def adjoint(self, y: np.ndarray) -> np.ndarray:
        f = self.factor
        return (y / y.dtype.type(f * f)).repeat(f, axis=1).repeat(f, axis=2)
