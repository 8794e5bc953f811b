"""Mean and covariance of features in a file, as pytorch-fid writes and reads them: all that a FID needs of one side.

An .npz with the keys `mu` (d,) and `sigma` (d, d), float64. Ours hold two more, which other programs pass over:
`network`, the 32 bytes of the network's hash, and `samples`, how many there were. Features of another network have
another unit, so a FID between files of two networks says nothing; `network` lets us see that.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from minigan.checks import naming
from minigan.data.npz import read_arrays
from minigan.files import replacing
from minigan.metrics.fid import Moments

ROUNDING = 1e-5  # of the largest entry, or eigenvalue: files are written in float32, too
MAX_WIDTH = 8192  # features; the eigenvalues of a covariance of this width take minutes


@dataclass(frozen=True, eq=False)
class SavedMoments:
    """mean (d,), covariance (d, d); the hash of the network, the number of samples: None where the file has none."""

    mean: np.ndarray
    covariance: np.ndarray
    network: str | None = None
    samples: int | None = None

    @property
    def pair(self) -> Moments:
        """(mean, covariance), as `minigan.metrics.fid` takes them."""
        return self.mean, self.covariance


def save_moments(path: str | Path, moments: Moments, network: str | None, samples: int) -> None:
    """Write mean and covariance to an .npz, whole or not at all. network: its hash, 64 hexadecimal digits, or None."""
    known = {} if network is None else {"network": np.frombuffer(bytes.fromhex(network), np.uint8)}
    with replacing(path) as file:
        np.savez_compressed(file, mu=moments[0], sigma=moments[1], samples=np.int64(samples), **known)


def load_moments(path: str | Path, width: int | None = None) -> SavedMoments:
    """Read mean and covariance from an .npz. width: of the features, if it is known.

    Raises ValueError for another file, other shapes, NaN, or a sigma that no features can have.
    """
    keys = ("mu", "sigma", "network", "samples")
    arrays = read_arrays(path, wanted=keys, needed=keys[:2])
    mean, covariance = (arrays[key].astype(np.float64) for key in keys[:2])
    with naming(path):
        if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)):
            raise ValueError(f"expected mu (d,) and sigma (d, d), found {mean.shape} and {covariance.shape}; "
                             "fix: mu=x.mean(axis=0), sigma=np.cov(x, rowvar=False)")  # fmt: skip
        if width not in (None, len(mean)) or len(mean) > MAX_WIDTH:
            asked = f"{MAX_WIDTH:,} at most" if width is None else f"{width:,}"
            raise ValueError(f"expected features of width {asked}, found mu and sigma of width {len(mean):,}; "
                             "fix: take both sides from the same layer of the same network")  # fmt: skip
        check_covariance(mean, covariance)
        return SavedMoments(mean, covariance, _network(arrays.get("network")), _samples(arrays.get("samples")))


def check_covariance(mean: np.ndarray, covariance: np.ndarray) -> None:
    """Raise ValueError unless both are finite, and the covariance is symmetric and has no eigenvalue below 0, to
    rounding."""
    broken = [key for key, a in (("mu", mean), ("sigma", covariance)) if not np.isfinite(a).all()]
    if broken:
        raise ValueError(f"expected finite numbers, found NaN or infinity in {' and '.join(broken)}; "
                         "fix: look at the images it was made of")  # fmt: skip
    off, most = np.abs(covariance - covariance.T).max(), np.abs(covariance).max()
    if off > ROUNDING * most:
        raise ValueError(f"expected a symmetric sigma, found entries that differ by {off:.3g} from their mirror image "
                         f"(the largest is {most:.3g}); fix: sigma=np.cov(x, rowvar=False)")  # fmt: skip
    values = np.linalg.eigvalsh(covariance)
    if values[0] < -ROUNDING * values[-1]:
        raise ValueError(f"expected a covariance, found a sigma with the eigenvalue {values[0]:.3g} and "
                         f"{values[-1]:.3g}: no variance is below 0; fix: sigma=np.cov(x, rowvar=False)")  # fmt: skip


def _network(digest):
    if digest is None:
        return None
    if digest.dtype != np.uint8 or digest.shape != (32,):
        raise ValueError(f"expected the 32 bytes of a hash under 'network', found {digest.dtype} {digest.shape}; "
                         "fix: leave it out")  # fmt: skip
    return digest.tobytes().hex()


def _samples(count):
    if count is None or count.dtype.kind not in "iu" or count.size != 1 or count.item() < 1:
        return None
    return int(count.item())
