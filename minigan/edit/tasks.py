"""What a search is for: finding, repairing, denoising, enlarging. One object each, and the search knows none by name.

A task says what is seen of a picture (`see`: y = A x, or y = A x + noise), how much to ask of z (`prior`, `weights`),
what is done with the picture that was found (`finish`), and what could be done without a generator (`others`).

How large is the prior? y = A G(z) + a difference of deviation s gives prior = 2 s^2 (`minigan.edit.objective`). Part of
the difference is the noise on y; the rest is what G cannot draw: GAP, on pictures in [-1, 1]. A mean over a block of
f x f pixels has 1 / f^2 of that variance. Where half of a picture is hidden, the fit of the other half is not to cost a
likely z: there the prior is larger, HIDDEN.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.checks import positive
from minigan.edit import baselines, blend
from minigan.edit.masks import importance
from minigan.edit.objective import Objective
from minigan.edit.operators import Downsample, Identity, Mask, Operator
from minigan.edit.remainder import remainder

GAP = 0.16  # root of the mean squared difference of held-out digits and their G(z), about
HIDDEN = 4.0
FAR = 0.25
GREY = 0.0  # a hidden pixel where y is shown
Others = dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]]  # name -> (train, y, truth) -> pictures


class Task:
    """Finding: all of the picture is seen. The other tasks change what differs.

    A: what was done to the pictures. prior, weights: of the Objective. noise: deviation of the noise on y, on the scale
    [-1, 1]. name: the verb.
    """

    name = "find"

    def __init__(self, A: Operator | None = None, prior: float = 2 * GAP**2, weights: np.ndarray | None = None,
                 noise: float = 0.0) -> None:  # fmt: skip
        self.A, self.prior, self.weights, self.noise = A or Identity(), prior, weights, noise

    def see(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """What is seen of pictures x (N, H, W, C) in [-1, 1]."""
        y = self.A.forward(x)
        return y + (self.noise * rng.standard_normal(y.shape)).astype(y.dtype) if self.noise else y

    def objective(self, G: Any, y: np.ndarray, **more: Any) -> Objective:
        """The Objective of the search; more: others of its fields, such as realism and D."""
        return Objective(G, y, self.A, **{"prior": self.prior, "weights": self.weights} | more)

    def finish(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """From G's pictures x to the result."""
        return x

    def counted(self, x: np.ndarray) -> np.ndarray:
        """The pixels of x (N, H, W, C) that the errors are taken over -> (N, number)."""
        return x.reshape(len(x), -1)

    def shown(self, y: np.ndarray) -> np.ndarray:
        """y as pictures of the size of x."""
        return np.clip(y, -1, 1)

    def others(self) -> Others:
        """The methods without a generator that the result is held against."""
        return {"nearest training picture": lambda train, y, truth: baselines.nearest(train, y, self.A)}


class Repair(Task):
    """Some pixels are hidden. visible: bool (H, W). blending: "poisson" or "paste".

    The visible pixels near the hole say most about it, and have weights up to 1; the others keep a part of theirs, FAR
    (Yeh et al. 2017 give those far from the hole none, and have a G of faces, which all have the same outline).
    """

    name = "repair"

    def __init__(self, visible: np.ndarray, blending: str = "poisson", prior: float = HIDDEN) -> None:
        near = importance(visible)
        if blending not in BLENDING:
            raise ValueError(f"unknown --blend {blending!r}; expected one of: {', '.join(BLENDING)}")
        self.blending = BLENDING[blending]
        weights = np.where(visible, FAR + (1 - FAR) * near / max(near.max(), 1e-9), 0)
        super().__init__(Mask(visible), prior, weights[:, :, None])

    def finish(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        return np.clip(self.blending(y, x, self.A.visible), -1, 1)

    def counted(self, x: np.ndarray) -> np.ndarray:
        return x[:, ~self.A.visible].reshape(len(x), -1)

    def shown(self, y: np.ndarray) -> np.ndarray:
        return np.where(self.A.visible[:, :, None], y, y.dtype.type(GREY))

    def others(self) -> Others:
        def filled(pictures: np.ndarray, y: np.ndarray) -> np.ndarray:
            return blend.paste(y, pictures, self.A.visible)

        return {
            "mean training picture": lambda train, y, _: filled(baselines.mean_picture(train, len(y)), y),
            "nearest training picture": lambda train, y, _: filled(baselines.nearest(train, y, self.A), y),
            "linear (Wiener)": lambda train, y, _: filled(np.clip(baselines.linear(train, y, self.A), -1, 1), y),
        }


class Denoise(Task):
    """Noise of deviation sigma, on the scale [0, 1], lies on the picture."""

    name = "denoise"

    def __init__(self, sigma: float) -> None:
        noise = 2 * positive("sigma, the deviation of the noise,", sigma)
        super().__init__(prior=2 * (noise**2 + GAP**2), noise=noise)

    def finish(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """What G could not draw is added, as far as the noise leaves it to be seen (`minigan.edit.remainder`)."""
        return np.clip(x + remainder(y - x, self.noise), -1, 1)

    def others(self) -> Others:
        return {
            "Gaussian filter": lambda _, y, x: best(baselines.gaussian, y, x, np.arange(0.5, 2.51, 0.1)),
            "median filter": lambda _, y, x: best(baselines.median, y, x, (3, 5, 7)),
            "linear (Wiener)": lambda train, y, _: np.clip(baselines.linear(train, y, self.A, self.noise), -1, 1),
            **super().others(),
        }


class Enlarge(Task):
    """A picture `factor` times as small is seen, each of its pixels the mean of a block."""

    name = "enlarge"

    def __init__(self, factor: int) -> None:
        super().__init__(Downsample(factor), prior=2 * (GAP / factor) ** 2)

    def finish(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """What G could not draw is added, as far as y tells of it: x + enlarged(y - A x), the step of iterative back
        projection (Irani & Peleg 1991, CVGIP 53(3), equation 1)."""
        return np.clip(x + baselines.bicubic(y - self.A.forward(x), self.A.factor), -1, 1)

    def shown(self, y: np.ndarray) -> np.ndarray:
        return self.A.adjoint(y) * y.dtype.type(self.A.factor**2)

    def others(self) -> Others:
        return {
            "bicubic": lambda _, y, x: np.clip(baselines.bicubic(y, self.A.factor), -1, 1),
            "linear (Wiener)": lambda train, y, _: np.clip(baselines.linear(train, y, self.A), -1, 1),
            **super().others(),
        }


BLENDING = {"poisson": blend.poisson, "paste": blend.paste}


def best(filtered: Callable, y: np.ndarray, truth: np.ndarray, widths: Any) -> np.ndarray:
    """The filter at the width that is best on these very pictures: more than anyone can know beforehand."""
    tried = [np.clip(filtered(y, width), -1, 1) for width in widths]
    return max(tried, key=lambda x: psnr(x, truth).mean())


def squared_error(x: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The mean squared difference of each picture, on the scale [0, 1] -> (N,). x, truth: (N, ...) in [-1, 1]."""
    return np.mean((x.reshape(len(x), -1).astype(np.float64) - truth.reshape(len(x), -1)) ** 2, axis=1) / 4


def psnr(x: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The peak signal-to-noise ratio of each picture, 10 log10(1 / mean squared error), in decibels -> (N,)."""
    return -10 * np.log10(np.maximum(squared_error(x, truth), 1e-10))
