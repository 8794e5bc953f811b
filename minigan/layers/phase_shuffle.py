"""PhaseShuffle: D must not tell real from fake by the phase of a periodic pattern.

Transposed convolutions of stride s leave a pattern of period s in what G draws, always at the same phase. D can learn
to look for it at just that place, which tells nothing of the sound. So each sample's feature maps are moved along the
time by a few steps, at random, between D's layers (Donahue, McAuley & Puckette 2019, arXiv:1802.04208, section 3.3).
"""

from typing import Any

import numpy as np

from minigan.checks import generator, whole
from minigan.layers.base import Layer, expect


class PhaseShuffle(Layer):
    """y[n, t, c] = x[n, r(t - k[n]), c], with k[n] whole and uniform in -most..most, drawn for each sample by itself.

    r reflects what lies outside at the first and the last step, which are not repeated: r(-1) = 1, and with T steps
    r(T) = T - 2. In evaluation the identity. (The authors' code draws one k for a batch; the paper says each map.)

    Backward scatters: dx[n, r(t - k[n]), c] += dy[n, t, c]. A step near the end that is taken twice, once as itself and
    once reflected, gets the sum of both.
    x (N, T, C) with T above `most`, else ValueError. most: at least 0. rng: numpy Generator; give it the Trainer's,
    whose state a checkpoint keeps.
    """

    per_sample = parameter_free = True

    def __init__(self, most: int = 2, *, rng: np.random.Generator | None = None) -> None:
        self.most, self.rng = whole("most", most, least=0), generator(rng)

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=3)
        if x.shape[1] <= self.most:
            raise ValueError(f"PhaseShuffle by up to {self.most} steps reflects as many at the end, got a signal of "
                             f"{x.shape[1]}; expected at least {self.most + 1}: use a smaller `most`, or leave it out "
                             "behind the last layers")  # fmt: skip
        k = self.rng.integers(-self.most, self.most + 1, len(x)) if training else np.zeros(len(x), int)
        return each(shifted, x, k), self.seal(k, shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        (k,) = self.unseal(cache, dy)
        return each(scattered, dy, k), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """y = A x with A of zeros and ones, and dx = A^T dy; so ddy = A ddx, with the shifts of the forward pass."""
        (k,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        return each(shifted, ddx, k), {}


def shifted(x: np.ndarray, k: int) -> np.ndarray:
    """x (T, C) moved by k steps: y[t] = x[r(t - k)]. To the left is to the right in a mirror."""
    if k < 0:
        return shifted(x[::-1], -k)[::-1]
    return np.concatenate([x[k:0:-1], x[: len(x) - k]])  # x[k], ..., x[1], then x[0], x[1], ...


def scattered(dy: np.ndarray, k: int) -> np.ndarray:
    """The adjoint of `shifted`: dx[r(t - k)] += dy[t]."""
    if k < 0:
        return scattered(dy[::-1], -k)[::-1]
    dx = np.zeros_like(dy)
    dx[: len(dy) - k] = dy[k:]
    dx[1 : k + 1] += dy[:k][::-1]  # those that were reflected
    return dx


def each(move: Any, x: np.ndarray, k: np.ndarray) -> np.ndarray:
    """move(x[n], k[n]) for each sample, as one new array."""
    y = np.empty_like(x)
    for n, by in enumerate(k):
        y[n] = move(x[n], int(by))
    return y
