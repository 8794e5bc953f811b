"""What the papers report, to stand beside what was measured here: means only, as their spread is not always a standard
deviation that minigan prints. Their data, networks and lengths are named in the papers; a comparison at another size or
length stands beside them, not against them.
"""

from typing import NamedTuple

PACGAN = "Lin et al. 2018 (PacGAN, arXiv:1712.04086), table 1"
MODERN = "Huang et al. 2024 (R3GAN, arXiv:2501.05441), table of stacked MNIST"


class Published(NamedTuple):
    """A row of a paper's table. recipe: the recipe here that is meant to be the same, or None."""

    method: str
    recipe: str | None
    modes: float
    reverse_kl: float | None
    source: str


PUBLISHED = {
    "ring": (
        Published("GAN", "gan", 6.3, None, PACGAN),
        Published("ALI", None, 6.6, None, PACGAN),
        Published("PacGAN2", "pacgan2", 7.9, None, PACGAN),
    ),
    "grid": (
        Published("GAN", "gan", 17.3, None, PACGAN),
        Published("ALI", None, 24.1, None, PACGAN),
        Published("PacGAN2", "pacgan2", 23.8, None, PACGAN),
    ),
    "stacked-digits": (
        Published("DCGAN", "gan", 99.0, 3.40, MODERN),
        Published("WGAN-GP", "wgan-gp", 959, 0.73, MODERN),
        Published("PacGAN", "pacgan2", 992, 0.28, MODERN),
        Published("modern baseline", "r3gan", 1000, 0.029, MODERN),
    ),
}


def published(data: str, recipe: str) -> Published | None:
    """The Published row of that recipe on that data set, or None."""
    return next((row for row in PUBLISHED.get(data, ()) if row.recipe == recipe), None)
