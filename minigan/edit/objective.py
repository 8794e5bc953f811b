"""How well a noise z explains what is seen: a number for each z, and its gradient, by hand, through a frozen G.

    f(z) = sum of w * rho(A G(z) - y)  +  prior / 2 * |z|^2  +  realism * -log sigmoid(D(G(z)))

y is what is seen of a picture, A what was done to it (`minigan.edit.operators`). The first term is the residual
(Bora et al. 2017, arXiv:1703.03208, equation 3), with weights w >= 0 for the pixels of y. The second is minus the log
of the density of z, up to a constant: if y = A x + noise of deviation s, then prior = 2 s^2 makes f, divided by 2 s^2,
minus the log of the posterior of z. The third is D's opinion: how little it takes the picture for a real one (Yeh et
al. 2017, arXiv:1607.07539, equation 5, with the loss of G that does not saturate).

The gradient goes the same way back: x = G(z), r = A x - y,

    df/dx = A' (w * rho'(r)) - realism * sigmoid(-D(x)) * dD/dx
    df/dz = (dG/dz)' df/dx + prior * z

G and D are in evaluation mode: each row of z has its picture to itself, and so all pictures and all starts go at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from minigan.edit.operators import Identity, Operator
from minigan.layers import Layer

SOFT = 0.05  # of the Charbonnier error: below it a difference counts squared, above it as its size
BLOCK = 512  # rows that go through G at once


def squared(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """rho(r) = r^2 -> rho, rho'. Large differences rule."""
    return r * r, 2 * r


def absolute(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """rho(r) = |r| -> rho, rho'. A few large differences, such as a stroke that G cannot draw, count less."""
    return np.abs(r), np.sign(r)


def charbonnier(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """rho(r) = sqrt(r^2 + e^2) - e -> rho, rho': |r| without its kink at 0 (Charbonnier et al. 1994; e = SOFT)."""
    root = np.sqrt(r * r + SOFT * SOFT)
    return root - SOFT, r / root


ERRORS: dict[str, Callable] = {"squared": squared, "absolute": absolute, "charbonnier": charbonnier}


@dataclass(frozen=True, eq=False)
class Objective:
    """f of the module's docstring, for pictures of which y (N, ...) is seen.

    G: noise (n, z_dim) -> pictures in [-1, 1]. y: in the same scale, as A.forward gives it. error: rho, out of ERRORS.
    weights: of the pixels, as y[0] or to be spread over it; None: all 1. prior, realism: the factors, at least 0.
    D: gives logits (n, 1), or (n, 1 + classes) with the logit first; needed only with realism.
    """

    G: Layer
    y: np.ndarray
    A: Operator = Identity()
    error: str = "squared"
    weights: np.ndarray | None = None
    prior: float = 0.0
    realism: float = 0.0
    D: Layer | None = None

    def __post_init__(self) -> None:
        if self.error not in ERRORS:
            raise ValueError(f"unknown error {self.error!r}; expected one of: {', '.join(ERRORS)}")
        if self.prior < 0 or self.realism < 0:
            raise ValueError(f"prior and realism must be at least 0, got {self.prior} and {self.realism}")
        if self.realism and self.D is None:
            raise ValueError("realism asks D what it takes for real, and no D was given; fix: D=..., or realism=0")

    def __call__(self, z: np.ndarray, labels: np.ndarray | None, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """z (n, z_dim), the label of each row (n,) or None, and which picture of y each row is for (n,)
        -> f (n,), df/dz (n, z_dim)."""
        values, slopes = np.empty(len(z), z.dtype), np.empty_like(z)
        for some in (slice(i, i + BLOCK) for i in range(0, len(z), BLOCK)):
            given = None if labels is None else {"labels": labels[some]}
            x, cache = self.G.apply(z[some], training=False, given=given)
            value, dx = self.of_pictures(x, which[some], given)
            values[some] = value + self.prior / 2 * np.sum(z[some] ** 2, axis=1)
            slopes[some] = self.G.input_grad(dx, cache) + self.prior * z[some]
        return values, slopes

    def of_pictures(self, x: np.ndarray, which: np.ndarray, given: dict[str, Any] | None
                    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """The residual and D's opinion of pictures x (n, H, W, C) -> values (n,), df/dx of the shape of x."""
        rho, slope = ERRORS[self.error](self.A.forward(x) - self.y[which])
        if self.weights is not None:
            weights = self.weights.astype(x.dtype)
            rho, slope = weights * rho, weights * slope
        values, dx = rho.reshape(len(x), -1).sum(axis=1), self.A.adjoint(slope)
        if self.realism:
            value, more = opinion(self.D, x, given)
            values, dx = values + self.realism * value, dx + self.realism * more
        return values, dx


def opinion(D: Layer, x: np.ndarray, given: dict[str, Any] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """-log sigmoid(D(x)) = log(1 + exp(-D(x))) -> its values (n,), and the gradient with respect to x.

    Its derivative with respect to the logit is sigmoid(logit) - 1 = -sigmoid(-logit). Of an AC-GAN's D the first output
    is the logit, and the scores of the classes get no gradient."""
    outputs, cache = D.apply(x, training=False, given=given)
    logits, d_outputs = outputs[:, 0], np.zeros_like(outputs)
    d_outputs[:, 0] = -np.exp(-np.logaddexp(0, logits))  # sigmoid(-s) = exp(-log(1 + exp(s))): nothing overflows
    return np.logaddexp(0, -logits), D.input_grad(d_outputs, cache)
