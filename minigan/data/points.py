"""Two-dimensional toy data, on which a GAN's failures can be seen with the naked eye.

Eight Gaussians on a circle and twenty-five on a grid are the usual test for mode collapse: count how many of
the centres the generator reaches. Sources: Srivastava et al. 2017 (VEEGAN), section 4.1; Lin et al. 2018
(PacGAN), section 4.1, whose radius, spacing and variances are the defaults here. The Swiss roll is the third
toy of Gulrajani et al. 2017 (WGAN-GP), figure 2.
"""

import math

import numpy as np

RING_SIGMA, GRID_SIGMA = 0.01, 0.05  # of each mode, along each axis


def ring_centres(modes=8, radius=1.0):
    """The centres of `ring`, (modes, 2) float32: radius * (cos 2 pi k / modes, sin 2 pi k / modes)."""
    _check_count("modes", modes)
    _check_positive("radius", radius)
    # endpoint=False: 2 pi is 0 again, and an eighth point there would leave seven distinct modes.
    angle = np.linspace(0.0, 2.0 * np.pi, modes, endpoint=False)
    return (radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)).astype(np.float32)


def grid_centres(side=5, spacing=2.0):
    """The centres of `grid`, (side * side, 2) float32, centred on the origin, row by row."""
    _check_count("side", side)
    _check_positive("spacing", spacing)
    line = spacing * (np.arange(side) - (side - 1) / 2)
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


def ring(n, rng, modes=8, radius=1.0, sigma=RING_SIGMA):
    """n points from equally likely round Gaussians on a circle.

    Args:
        n: number of points.
        rng: numpy.random.Generator.
        modes: number of Gaussians.
        radius: of the circle of their centres.
        sigma: standard deviation of each, along each axis.

    Returns:
        float32 (n, 2).

    Raises:
        ValueError: n or modes below 1, radius not positive, sigma negative, rng not a Generator.
    """
    return _mixture(n, rng, ring_centres(modes, radius), sigma)


def grid(n, rng, side=5, spacing=2.0, sigma=GRID_SIGMA):
    """n points from side x side equally likely round Gaussians on a square grid; else as `ring`."""
    return _mixture(n, rng, grid_centres(side, spacing), sigma)


def known_modes(name):
    """The centres and the sigma of "ring" or "grid" as `load` draws them; None for sets without modes."""
    return {"ring": (ring_centres(), RING_SIGMA), "grid": (grid_centres(), GRID_SIGMA)}.get(name)


def swiss_roll(n, rng, noise=0.03):
    """n points along a spiral, one and a half turns, outer radius about 1.9.

    t is uniform in [1.5 pi, 4.5 pi] and the point is (t cos t, t sin t) / 7.5, plus Gaussian noise of
    standard deviation `noise` along each axis. Returns float32 (n, 2); raises ValueError as `ring`.
    """
    _check_draw(n, rng)
    _check_not_negative("noise", noise)
    t = np.pi * rng.uniform(1.5, 4.5, size=n)
    points = np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 7.5
    return (points + noise * rng.standard_normal((n, 2))).astype(np.float32)


def _mixture(n, rng, centres, sigma):
    _check_draw(n, rng)
    _check_not_negative("sigma", sigma)
    which = rng.integers(len(centres), size=n)
    return (centres[which] + sigma * rng.standard_normal((n, 2))).astype(np.float32)


def _check_draw(n, rng):
    _check_count("n", n)
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"expected rng to be a numpy.random.Generator, got {type(rng).__name__}; fix: rng=np.random.default_rng(0)"
        )


def _check_count(name, value):
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"expected {name} to be an integer of at least 1, got {value!r}")


def _check_positive(name, value):
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"expected {name} to be a positive number, got {value!r}")


def _check_not_negative(name, value):
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"expected {name} to be a number of at least 0, got {value!r}")
