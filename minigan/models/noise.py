"""The noise z, G's input: standard normal numbers, and after them, as an option, a code: which of several kinds the
sample shall be."""

import numpy as np

from minigan.batch import Batch
from minigan.checks import whole

LEAST_LIMIT = 0.02  # of a truncation


class Noise:
    """z (n, z_dim + codes): z_dim standard normal numbers, then one of `codes` kinds, drawn evenly, as a one-hot row.

        noise = Noise(62, codes=10)        # z for MNIST in InfoGAN: 62 numbers and one of ten kinds
        z = noise.sample(64, rng)          # (64, 72) float32
        G, D = dcgan(28, z_dim=noise.size)

    Without codes it is the plain noise of a GAN. Nothing tells G what the code is for; `minigan.terms.CodeInformation`
    sees to it that it can be read off the images (Chen et al. 2016, InfoGAN, arXiv:1606.03657, section 4).
    truncation: how far from 0 the numbers of `shown` may lie (see `truncated`); None: anywhere.
    Raises ValueError for z_dim below 1, or codes that are neither 0 nor at least 2: one kind alone says nothing.
    """

    def __init__(self, z_dim: int, codes: int = 0, truncation: float | None = None) -> None:
        self.truncation = truncation
        self.z_dim, self.codes = whole("z_dim", z_dim), whole("codes", codes, least=0)
        if self.codes == 1:
            raise ValueError("codes, the number of kinds, must be 0 or at least 2, got 1: one kind alone says nothing")

    @property
    def size(self) -> int:
        """Numbers of one z: the z_dim that G is made with."""
        return self.z_dim + self.codes

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n rows of noise, (n, z_dim + codes) float32."""
        z = rng.standard_normal((n, self.z_dim), dtype=np.float32)
        if not self.codes:
            return z
        return np.concatenate([z, one_hot(rng.integers(self.codes, size=n), self.codes)], axis=1)

    def beside(self, real: Batch, rng: np.random.Generator) -> np.ndarray:
        """The noise of G's images that a step holds beside this real batch: as many rows."""
        return self.sample(len(real), rng)

    def shown(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n rows of noise for samples that are looked at or scored: as `sample`, within the truncation."""
        z = self.sample(n, rng)
        if self.truncation is not None:
            z[:, : self.z_dim] = truncated(z[:, : self.z_dim], self.truncation, rng)
        return z


def one_hot(kinds: np.ndarray, codes: int) -> np.ndarray:
    """Whole numbers (n,) in 0..codes-1 -> (n, codes) float32, 1 in the place of each and 0 elsewhere."""
    return np.eye(codes, dtype=np.float32)[kinds]


def truncated(z: np.ndarray, limit: float, rng: np.random.Generator) -> np.ndarray:
    """Standard normal numbers z, where each one beyond plus or minus `limit` is drawn again until it lies within.

    This is the truncation trick of BigGAN (Brock et al. 2019, arXiv:1809.11096, section 3.1): G is trained with all of
    the normal distribution, and sampled near its middle. Samples get better one by one, and all of them less varied.
    What lies within the limit stays as it is. Raises ValueError for a limit below LEAST_LIMIT: of the numbers drawn,
    less than one in a hundred would lie within.
    """
    if not limit >= LEAST_LIMIT:  # NaN too
        raise ValueError(f"the truncation must be a number of at least {LEAST_LIMIT}, got {limit}; try 0.7")
    z = z.copy()
    while (beyond := np.abs(z) > limit).any():
        z[beyond] = rng.standard_normal(np.count_nonzero(beyond), dtype=z.dtype)
    return z
