"""The kinds of samples: under which name each is stored, and how it becomes a picture. A new kind is one more entry of
KINDS, and its function (samples, Look) -> picture."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from minigan.report import numbers, pictures

MEANWHILE, PROJECTOR = 500, 1000  # the longer side of a picture in pixels, about: of a step; of a result


class Look(NamedTuple):
    """How a picture shall look. What a kind has no use for, it leaves.

    side: its longer side in pixels, about. zoom: of images, the whole factor they are enlarged by instead. gap: pixels
    between images. texts: one for each sample, below it. rows, columns: of images that are a table, row by row: what
    stands beside each row and above each column. real: real samples, drawn beside numbers. within: samples that shall
    be in sight, of numbers.
    """

    side: int = MEANWHILE
    zoom: int | None = None
    gap: int = 2
    texts: Sequence[str] | None = None
    rows: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    title: str = ""
    real: np.ndarray | None = None
    within: np.ndarray | None = None


class Kind(NamedTuple):
    """One kind of samples.

    key: its name, also in an .npz. fits: function (shape of a sample) -> whether it is of this kind. picture:
    function (samples, Look) -> uint8 (h, w, 3). many: how many samples make a picture. single: whether one alone makes
    a picture.
    """

    key: str
    fits: Callable[[Sequence[int]], bool]
    picture: Callable[[np.ndarray, Look], np.ndarray]
    many: int
    single: bool


def image_grid(samples: np.ndarray, look: Look) -> np.ndarray:
    """Images (N, H, W, C) in [0, 1] as a grid, or as a table with heads."""
    columns = look.columns and len(look.columns)
    zoom = look.zoom or pictures.zoom_to(look.side, samples.shape, look.gap, columns)
    picture = pictures.grid(samples, columns, gap=look.gap, labels=look.texts, zoom=zoom)
    return pictures.headed(picture, look.rows, look.columns, gap=look.gap) if columns else picture


def plots(samples: np.ndarray, look: Look) -> np.ndarray:
    """Points (N, 2), rows of a table (N, d) or signals (N, T, C), beside the real ones if there are any."""
    return numbers.draw(samples, look.real, look.title, look.side, look.within)


KINDS = (
    Kind("images", lambda shape: len(shape) == 3, image_grid, 64, True),
    Kind("points", lambda shape: tuple(shape) == (2,), plots, 1000, False),
    Kind("table", lambda shape: len(shape) == 1, plots, 1000, False),
    Kind("signals", lambda shape: len(shape) == 2, plots, 1000, False),
)


def kind_of(shape: Sequence[int]) -> Kind:
    """The Kind of samples of this shape, (H, W, C) or (2,). Raises ValueError if there is none."""
    for kind in KINDS:
        if kind.fits(shape):
            return kind
    raise ValueError(f"expected samples of shape (H, W, C), (T, C) or (d,), got {tuple(shape)}")


def draw(samples: np.ndarray, **look) -> np.ndarray:
    """Generated samples as one picture, uint8 (h, w, 3). look: the fields of `Look`."""
    return kind_of(samples.shape[1:]).picture(samples, Look(**look))
