"""DiffAugment: D sees everything, real and generated, through the same random changes.

With few real images D learns them by heart. Changing the images that it is trained on helps against that, but if only
the real ones are changed, G learns to draw the changes too. Zhao et al. 2020 (arXiv:2006.10738), section 3.2, change
both, in D's step and in G's; G's gradient then has to go back through the changes. Each of them is affine in the image,
y = A x + b with A and b drawn anew for each sample, so backward is A^T dy, written out below for each kind.

The magnitudes are those of the authors' code. Images are in [-1, 1], and what is cut out or moved in from outside is 0
there, a medium grey (before brightness and contrast, if these come later), although the background of a digit is -1.
"""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

from minigan.checks import generator
from minigan.data.augmentation import shifted
from minigan.layers.base import Layer, expect


class Brightness:
    """y = x + b, b uniform in [-0.5, 0.5]; so dx = dy."""

    def draw(self, chosen: np.ndarray, shape: tuple, rng: np.random.Generator) -> np.ndarray:
        return chosen[:, None, None, None] * rng.uniform(-0.5, 0.5, (len(chosen), 1, 1, 1))

    def forward(self, x: np.ndarray, b: np.ndarray) -> np.ndarray:
        return x + b

    def backward(self, dy: np.ndarray, b: np.ndarray) -> np.ndarray:
        return dy

    def linear(self, ddx: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Forward without what it adds."""
        return ddx


class Blend:
    """y = m + s (x - m) with m the mean of x over `axes`, and s uniform in [low, high].

    With K entries in a mean, y[k] = s x[k] + (1 - s)/K sum_l x[l], so dx[l] = s dy[l] + (1 - s)/K sum_k dy[k]: the same
    function, of dy.
    """

    def __init__(self, axes: int | tuple, low: float, high: float) -> None:
        self.axes, self.low, self.high = axes, low, high

    def draw(self, chosen: np.ndarray, shape: tuple, rng: np.random.Generator) -> np.ndarray:
        s = rng.uniform(self.low, self.high, len(chosen))
        return np.where(chosen, s, 1.0)[:, None, None, None]

    def forward(self, x: np.ndarray, s: np.ndarray) -> np.ndarray:
        m = x.mean(axis=self.axes, keepdims=True)
        return m + s * (x - m)

    backward = linear = forward


class Translation:
    """y[i, j] = x[i - di, j - dj], 0 where that is outside; di, dj whole, uniform, up to an eighth of the side.

    Backward moves dy the other way, dx[i, j] = dy[i + di, j + dj], and drops what moved out, as forward did.
    """

    def draw(self, chosen: np.ndarray, shape: tuple, rng: np.random.Generator) -> np.ndarray:
        return chosen * np.stack([rng.integers(-most, most + 1, len(chosen)) for most in self.most(shape)])  # (2, N)

    def most(self, shape: tuple) -> list[int]:
        """The largest move down and right, in pixels, for images of `shape` (N, H, W, C)."""
        return [int(side / 8 + 0.5) for side in shape[1:3]]

    def forward(self, x: np.ndarray, by: np.ndarray) -> np.ndarray:
        return shifted(x, by.astype(int), max(self.most(x.shape)), fill=0)

    def backward(self, dy: np.ndarray, by: np.ndarray) -> np.ndarray:
        return self.forward(dy, -by)

    linear = forward


class Cutout:
    """y = x * mask, and dx = dy * mask. mask is 0 in a rectangle of half the height and half the width, 1 elsewhere.

    The rectangle's middle is anywhere in the image, so part of it may lie outside.
    """

    def draw(self, chosen: np.ndarray, shape: tuple, rng: np.random.Generator) -> np.ndarray:
        hidden = chosen[:, None, None]
        for axis, side in enumerate(shape[1:3]):
            cut = int(side / 2 + 0.5)
            first = rng.integers(0, side + 1 - cut % 2, len(chosen)) - cut // 2
            place = np.arange(side) - first[:, None]  # (N, side), counted from the rectangle's first
            hidden = hidden & np.expand_dims((place >= 0) & (place < cut), 2 - axis)  # (N, H, 1), then (N, 1, W)
        return ~hidden[..., None]  # (N, H, W, 1)

    def forward(self, x: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return x * mask

    backward = linear = forward


CHANGES = {
    "translation": Translation(),
    "cutout": Cutout(),
    "brightness": Brightness(),
    "saturation": Blend((3,), 0.0, 2.0),  # about the mean of the pixel's channels
    "contrast": Blend((1, 2, 3), 0.5, 1.5),  # about the mean of the image
}
POLICY = "translation,cutout,brightness,contrast"


class DiffAugment(Layer):
    """Random changes of images (N, H, W, C), to be the first layer of a D; in evaluation, the images themselves.

    policy: names out of CHANGES, a tuple or a text with commas, applied in this order. "saturation" needs colours.
    p: the probability of each change, for each sample by itself: 1 in Zhao et al.; adaptive augmentation moves it
        (Karras et al. 2020). It is in `state["p"]`, of shape (), for a checkpoint to keep.
    rng: numpy Generator; give it the Trainer's, whose state a checkpoint keeps too.
    Raises ValueError for an unknown or a repeated name, p outside [0, 1], or an input that is no batch of images.
    """

    per_sample = parameter_free = True

    def __init__(
        self, policy: str | Sequence[str] = POLICY, p: float = 1.0, *, rng: np.random.Generator | None = None
    ) -> None:
        names = [name.strip() for name in policy.split(",")] if isinstance(policy, str) else list(policy)
        if not names or len(set(names) & CHANGES.keys()) < len(names):
            raise ValueError(f"policy expected some of {', '.join(CHANGES)}, each at most once, got {policy!r}")
        if not (isinstance(p, Real) and 0 <= p <= 1):
            raise ValueError(f"p, the probability of each change, must be in [0, 1], got {p!r}")
        self.policy, self.rng = tuple(names), generator(rng)
        self.state = {"p": np.array(p, np.float32)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=4)
        if "saturation" in self.policy and x.shape[3] == 1:
            raise ValueError(f"saturation changes colours, and got grey images {x.shape}; leave it out of the policy")
        y, done = x, []
        for name in self.policy if training else ():
            change, chosen = CHANGES[name], self.rng.random(len(x)) < self.state["p"]
            amount = change.draw(chosen, x.shape, self.rng).astype(x.dtype)
            if chosen.any():
                y = change.forward(y, amount)
                done.append((change, amount))
        return (y if done else x.copy()), self.seal(done, shape=x.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        """A^T dy, the changes' own one after the other, the last one first."""
        (done,) = self.unseal(cache, dy)
        dx = dy.copy()
        for change, amount in reversed(done):
            dx = change.backward(dx, amount)
        return dx, {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = A^T dy, so ddy = A ddx: forward of ddx, without the brightness that it adds."""
        (done,) = self.unseal(cache, dy)
        self.expect_ddx(ddx, dy.shape)
        ddy = ddx.copy()
        for change, amount in done:
            ddy = change.linear(ddy, amount)
        return ddy, {}
