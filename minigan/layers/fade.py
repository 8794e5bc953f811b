"""Fade: a share of what comes in, by which a new layer fades in and the one that it replaces fades out."""

from typing import Any

import numpy as np

from minigan.layers.base import Layer, expect
from minigan.layers.combine import Sequential, Sum


class Fade(Layer):
    """y = alpha x, or with out=True y = (1 - alpha) x; so dx = alpha dy, or (1 - alpha) dy. Any shape.

    alpha is given["alpha"], a number in [0, 1] that holds for the whole batch. A pass in training keeps it in the
    state; where none is given, as when samples are drawn from a checkpoint, that is the alpha. At first it is 0.

    `fading(old, new)` makes of two of them y = (1 - alpha) old(x) + alpha new(x).
    Source: Karras et al. 2018, arXiv:1710.10196, section 2 and figure 2.

    state["alpha"] holds the 64 bits of the number as a whole number: an average of G copies whole numbers, and an alpha
    that is averaged with those of earlier steps would not be the network's.
    Raises ValueError for an alpha out of range.
    """

    per_sample = parameter_free = True
    reads = "alpha"

    def __init__(self, out: bool = False) -> None:
        self.out = out
        self.state = {"alpha": np.zeros((), np.int64)}

    @property
    def alpha(self) -> float:
        """The alpha of the last pass in training."""
        return float(self.state["alpha"].view(np.float64))

    def share(self, given: dict | None, training: bool) -> float:
        """alpha, or 1 - alpha."""
        alpha = float((given or {}).get("alpha", self.alpha))
        if not 0 <= alpha <= 1:
            raise ValueError(f'Fade expected given["alpha"] in [0, 1], got {alpha}')
        if training:
            self.state["alpha"][...] = np.float64(alpha).view(np.int64)
        return 1 - alpha if self.out else alpha

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        share = x.dtype.type(self.share(given, training))
        return share * x, self.seal(share, shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (share,) = self.unseal(cache, dy)
        return share * dy, {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is a share of dy, so ddy is the same share of ddx."""
        (share,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        return share * ddx, {}


def fading(old: Layer, new: Layer) -> Sum:
    """y = (1 - alpha) old(x) + alpha new(x), a Sum of two branches "old" and "new"."""
    return Sum(
        ("old", Sequential(*old.parts(), ("fade", Fade(out=True)))),
        ("new", Sequential(*new.parts(), ("fade", Fade()))),
    )


def faded_in(fade: Sum) -> list[tuple[str, Layer]]:
    """The (name, layer) pairs of the new branch of a `fading`, without its Fade: what stays when alpha is 1."""
    return fade.layers["new"].parts()[:-1]
