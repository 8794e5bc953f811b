"""Pictures made worse on purpose: the input of a generator that learns to make them better."""

import numpy as np

from minigan.batch import Batch
from minigan.checks import at_least_0, whole


class Degraded:
    """Takes the place of `Noise` in a game: G's input is not noise but a worse copy of the real picture.

        low = degraded.worse(x, rng)       # (N, H, W, C) in [-1, 1] -> (N, H / enlarge, W / enlarge, C) in [-1, 1]

    enlarge: each pixel of the copy is the mean of enlarge x enlarge pixels; 1: as large as the picture. grain: the
    standard deviation of normal noise that is added then, where black is 0 and white is 1; what leaves [0, 1] is put
    back to its end, as a picture file does. examples: real pictures (n, H, W, C) in [-1, 1], whose copies `shown`
    gives.
    Raises ValueError for numbers out of range, sides that `enlarge` does not divide, or choices that change nothing.
    """

    def __init__(self, examples: np.ndarray, enlarge: int = 2, grain: float = 0.0) -> None:
        self.examples, self.enlarge = examples, whole("enlarge", enlarge)
        self.grain = at_least_0("grain", grain)
        if self.enlarge == 1 and not self.grain:
            raise ValueError("an enhancer has nothing to do: --enlarge is 1 and --grain 0; give --enlarge 2 or "
                             "--grain 0.2")  # fmt: skip
        check_sides(examples.shape[1:3], self.enlarge)

    def worse(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Worse copies of the pictures x."""
        low = block_means(x, self.enlarge)
        if not self.grain:
            return low
        low = low + 2 * low.dtype.type(self.grain) * rng.standard_normal(low.shape, low.dtype)  # 2: from -1 to 1
        return np.clip(low, -1, 1)

    def beside(self, real: Batch, rng: np.random.Generator) -> np.ndarray:
        """G's input in a step: worse copies of the batch."""
        return self.worse(real.x, rng)

    def shown(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Worse copies of n of the examples, drawn by rng; again from the first if there are fewer."""
        order = rng.permutation(len(self.examples))
        return self.worse(self.examples[np.resize(order, n)], rng)

    sample = shown


def block_means(x: np.ndarray, size: int) -> np.ndarray:
    """(N, H, W, C) -> (N, H / size, W / size, C): the mean of each block of size x size pixels."""
    N, H, W, C = x.shape
    return x if size == 1 else x.reshape(N, H // size, size, W // size, size, C).mean(axis=(2, 4), dtype=x.dtype)


def small(shape: tuple[int, int, int], enlarge: int) -> tuple[int, int, int]:
    """The shape of the worse copy of a picture of this shape, (H, W, C)."""
    H, W, C = shape
    check_sides((H, W), enlarge)
    return H // enlarge, W // enlarge, C


def check_sides(sides: tuple[int, int], enlarge: int) -> None:
    """Raise ValueError unless `enlarge` divides the height and the width."""
    if any(side % enlarge for side in sides):
        fit = "x".join(str(max(1, round(side / enlarge)) * enlarge) for side in sides)
        raise ValueError(f"--enlarge {enlarge} needs pictures whose sides are multiples of {enlarge}, got "
                         f"{sides[0]}x{sides[1]}; try --image-size {fit}")  # fmt: skip
