"""What a fitted model has learnt, as one picture: the prototypes of a map, the means of a mixture, the directions of
PCA."""

from typing import Any

import numpy as np

from minigan.report import pictures
from minigan.report.samples import PROJECTOR


def draw(portrait: Any, real: np.ndarray) -> np.ndarray | None:
    """A `minigan.baselines.Portrait` as uint8 (h, w, 3): images as a grid; in the plane as dots over the real points
    (N, 2), with a net between those that are linked. None where there is none, or nothing to draw it by."""
    if portrait is None or real.ndim not in (2, 4) or real.ndim == 2 and real.shape[1] != 2:
        return None
    return image_grid(portrait.samples) if real.ndim == 4 else net(portrait.samples, real, portrait.linked)


def image_grid(samples: np.ndarray) -> np.ndarray:
    """Images (rows, columns, H, W, C) in [-1, 1], drawn in these rows and columns; what lies outside is black or
    white."""
    rows, columns, *shape = samples.shape
    images = np.clip((samples.reshape(-1, *shape) + 1) / 2, 0, 1)
    return pictures.grid(images, columns, gap=1, zoom=pictures.zoom_to(PROJECTOR, images.shape, 1, columns))


def net(samples: np.ndarray, real: np.ndarray, linked: bool) -> np.ndarray:
    """Places (rows, columns, 2) over real points (N, 2)."""
    figure, axes = pictures.new_figure(5.6, 5.6)
    axes.scatter(*real.T, s=4, c=pictures.BLUE, alpha=0.3, linewidths=0, label="real")
    if linked:
        for lines in (samples, samples.swapaxes(0, 1)):
            for line in lines:
                axes.plot(*line.T, color="0.3", linewidth=0.7)
    axes.scatter(*samples.reshape(-1, 2).T, s=12, c=pictures.ORANGE, label="learnt", zorder=3)
    axes.set(aspect="equal")
    axes.legend(loc="upper right", fontsize=8)
    return pictures.rendered(figure)
