"""Two-dimensional toy data, on which a GAN's failures can be seen with the naked eye.

Eight Gaussians on a circle and twenty-five on a grid are the usual test for mode collapse: count how many of
the centres the generator reaches. Sources: Srivastava et al. 2017 (VEEGAN), section 4.1; Lin et al. 2018
(PacGAN), section 4.1, whose radius, spacing and variances are the defaults here. The Swiss roll is the third
toy of Gulrajani et al. 2017 (WGAN-GP), figure 2.
"""

import numpy as np

from minigan.checks import at_least_0, generator, positive, whole

RING_SIGMA, GRID_SIGMA, DIRAC_SIGMA = 0.01, 0.05, 0.05  # of each mode, along each axis


def ring_centres(modes: int = 8, radius: float = 1.0) -> np.ndarray:
    """The centres of `ring`, (modes, 2) float32: radius * (cos 2 pi k / modes, sin 2 pi k / modes)."""
    whole("modes", modes)
    positive("radius", radius)
    # endpoint=False: 2 pi is 0 again, and an eighth point there would leave seven distinct modes.
    angle = np.linspace(0.0, 2.0 * np.pi, modes, endpoint=False)
    return (radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)).astype(np.float32)


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """The centres of `grid`, (side * side, 2) float32, centred on the origin, row by row."""
    whole("side", side)
    positive("spacing", spacing)
    line = spacing * (np.arange(side) - (side - 1) / 2)
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def mixture(n: int, rng: np.random.Generator, centres: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """n points from equally likely round Gaussians, and which Gaussian each point is from.

    Args:
        n: number of points.
        rng: numpy.random.Generator.
        centres: (modes, 2).
        sigma: standard deviation of each Gaussian, along each axis.

    Returns:
        (points float32 (n, 2), labels int64 (n,) in 0..modes-1).

    Raises:
        ValueError: n below 1, sigma negative, rng not a Generator.
    """
    whole("n", n)
    at_least_0("sigma", sigma)
    rng = generator(rng, needed=True)
    which = rng.integers(len(centres), size=n)
    return (centres[which] + sigma * rng.standard_normal((n, 2))).astype(np.float32), which


def ring(
    n: int, rng: np.random.Generator, modes: int = 8, radius: float = 1.0, sigma: float = RING_SIGMA
) -> np.ndarray:
    """n points from `modes` Gaussians on a circle of that radius, float32 (n, 2); else as `mixture`."""
    return mixture(n, rng, ring_centres(modes, radius), sigma)[0]


def grid(
    n: int, rng: np.random.Generator, side: int = 5, spacing: float = 2.0, sigma: float = GRID_SIGMA
) -> np.ndarray:
    """n points from side x side Gaussians on a square grid, float32 (n, 2); else as `mixture`."""
    return mixture(n, rng, grid_centres(side, spacing), sigma)[0]


def known_modes(name: str) -> tuple[np.ndarray, float] | None:
    """The centres and the sigma of "ring", "grid" or "dirac" as `load` draws them; None for sets without known modes.

    "dirac" is one narrow Gaussian at (0, 0): nearly the single point of Mescheder et al. 2018 (arXiv:1801.04406),
    section 2, in the plane.
    """
    known = {"ring": (ring_centres(), RING_SIGMA), "grid": (grid_centres(), GRID_SIGMA)}
    known["dirac"] = np.zeros((1, 2), np.float32), DIRAC_SIGMA
    return known.get(name)


def swiss_roll(n: int, rng: np.random.Generator, noise: float = 0.03) -> np.ndarray:
    """n points along a spiral, one and a half turns, outer radius about 1.9.

    t is uniform in [1.5 pi, 4.5 pi] and the point is (t cos t, t sin t) / 7.5, plus Gaussian noise of
    standard deviation `noise` along each axis. Returns float32 (n, 2); raises ValueError as `mixture`.
    """
    whole("n", n)
    at_least_0("noise", noise)
    rng = generator(rng, needed=True)
    t = np.pi * rng.uniform(1.5, 4.5, size=n)
    points = np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 7.5
    return (points + noise * rng.standard_normal((n, 2))).astype(np.float32)
