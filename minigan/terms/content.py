"""Content: how far each image that G made is from the one that it should be."""

import numpy as np

from minigan.batch import Batch, as_batch
from minigan.checks import at_least_0
from minigan.layers import Layer
from minigan.terms.base import Term


class Content(Term):
    """value = weight / M * sum over all entries of |y - x|: y of G, x the real image that it was made from, M entries.

        d value / dy = weight / M * sign(y - x)            0 where they are equal

    G's image n and real image n must belong together, as they do in an enhancer, whose input is made from the real
    image (`minigan.models.degraded`). The absolute difference is least at the median of what x may be, the square at
    the mean: the mean of many sharp pictures is a blurred one. Isola et al. 2017 (pix2pix, arXiv:1611.07004), eq. 3,
    with weight 100; the adversarial loss beside it takes out the blur that is left. Ledig et al. 2017 (SRGAN,
    arXiv:1609.04802), eqs. 3 to 6, use squares, or features of another network.

    Raises ValueError for a weight below 0, and when called, without real images or with those of another shape.
    """

    def __init__(self, weight: float = 100.0) -> None:
        self.weight = at_least_0("the weight of Content", weight)

    def __call__(self, D: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """-> value, d value / d fake, {}. See `minigan.gan`."""
        if real is None:
            raise ValueError("Content compares each image with the real one it was made from; give g_step real=...")
        y, x = as_batch(fake).x, as_batch(real).x
        if y.shape != x.shape:
            raise ValueError(f"Content expected images that belong together, of one shape, got {y.shape} of G and "
                             f"{x.shape} real ones")  # fmt: skip
        gap = y - x
        scale = self.weight / gap.size
        return scale * float(np.abs(gap).sum()), np.sign(gap) * gap.dtype.type(scale), {}
