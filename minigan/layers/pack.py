"""Pack: the discriminator judges several samples at once, as one."""

from typing import Any

import numpy as np

from minigan.batch import packed
from minigan.checks import whole
from minigan.layers.base import Layer, expect


class Pack(Layer):
    """x (N, ..., C) -> y (N/m, ..., m C): the channels of m consecutive samples side by side, as one sample.

        y[n, ..., j C + c] = x[n m + j, ..., c]        j = 0 ... m - 1
        dx[n m + j, ..., c] = dy[n, ..., j C + c]      the same numbers, back in their places

    As D's first layer it makes D look at m samples of *one kind*, all real or all generated. A generator that draws the
    same few images again and again is told apart by that alone: packs of real images are varied, and its packs are not.
    Lin et al. 2018 (PacGAN, arXiv:1712.04086), section 2 and, on why it works, section 3: D compares not the
    distributions P and Q but their products P^m and Q^m, and the distance of these grows faster with m if Q misses
    modes of P. Only D's next layer changes: it takes m C channels.

    A batch whose N is not a multiple of m is refused, so no pack holds both real and generated samples, though `judge`
    sends both through at once. D's logits are (N/m, 1), and a loss takes their mean as ever.
    m at least 1 (then nothing changes), else ValueError. Images (N, H, W, C) or points (N, C).
    """

    per_sample = parameter_free = True  # each pack for itself

    def __init__(self, m: int) -> None:
        self.pack_size = whole("m, the number of samples in a pack,", m)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        m = self.pack_size
        if x.ndim < 2 or not len(x) or len(x) % m:
            raise ValueError(
                f"Pack({m}) joins {m} samples into one, and expected a batch (N, ..., C) with N a multiple of {m}, "
                f"got shape {x.shape}; choose the batch size so"
            )
        y = self._packed(x)
        return y, self.seal(x.shape, shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (x_shape,) = self.unseal(cache, dy)
        N, *middle, C = x_shape
        separate = dy.reshape(N // self.pack_size, *middle, self.pack_size, C)  # (N/m, ..., m, C)
        return np.moveaxis(separate, -2, 1).reshape(x_shape), {}

    def hand_on(self, given: dict | None) -> dict | None:
        """The conditions of each pack: those of its samples, side by side."""
        return packed(given, self.pack_size) if given else given

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx is dy in other places, so ddy is ddx packed."""
        (x_shape,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, x_shape)
        return self._packed(ddx), {}

    def _packed(self, x):
        N, *middle, C = x.shape
        packs = x.reshape(N // self.pack_size, self.pack_size, *middle, C)  # (N/m, m, ..., C)
        return np.moveaxis(packs, 1, -2).reshape(N // self.pack_size, *middle, self.pack_size * C)
