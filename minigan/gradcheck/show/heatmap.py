"""A wrong gradient as a picture: what backward says, what differences say, and the first minus the second.

Often the picture is the diagnosis: a wrong border is a frame, a wrong stride a lattice, a forgotten channel
a blank square.
"""

import base64
import io
from typing import Any

import numpy as np

COLOURS = "RdBu_r"  # red positive, white 0, blue negative; colour-blind safe (Brewer, colorbrewer2.org)
GREY, WHITE = (0.62, 0.62, 0.62, 1.0), (1.0, 1.0, 1.0, 1.0)
BLOCK, GAP = 8, 6  # pixels for an entry, and between two squares
LARGEST = 64  # entries along a side of the picture; of a larger array the squares with the largest errors are shown
TITLES = "backward says", "differences say", "backward minus differences"


def picture(where: str, analytic: np.ndarray, numeric: np.ndarray) -> bytes:
    """Three heat maps as PNG -> bytes. The first two have one scale, the difference has its own. Grey is a NaN: not
    finite, or nothing that differences can tell.

    where: as in a Finding; arrays that end in "dx" are read as (N, H, W, C), other arrays of four axes as kernels. Any
    shape with at least one axis, the same for both arrays. Raises ValueError otherwise.
    """
    if analytic.shape != numeric.shape or analytic.ndim == 0 or analytic.size == 0:
        raise ValueError(f"expected two arrays of one shape, got {analytic.shape} and {numeric.shape}")
    with np.errstate(invalid="ignore"):
        panels = [analytic, numeric, analytic - numeric]
    grids, rows, columns, names = chosen([squares(where, panel) for panel in panels], axis_names(where, analytic.ndim))
    return drawn(grids, rows, columns, names)


def as_data_url(png: bytes) -> str:
    """PNG bytes as an address that holds the picture itself, for <img src=...>."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def squares(where: str, array: np.ndarray) -> np.ndarray:
    """An array of any shape as (rows, columns, h, w): a grid of squares h x w. An image array has a row for each sample
    and a column for each channel, a kernel a row and a column for each pair of channels,
    and three axes make a row of squares."""
    if array.ndim == 4:
        return array.transpose((0, 3, 1, 2) if where.endswith("dx") else (2, 3, 0, 1))
    if array.ndim == 3:
        return array[None]
    flat = array[None] if array.ndim == 1 else array.reshape(len(array), -1)
    return flat[None, None]


def axis_names(where: str, ndim: int) -> tuple[str, str]:
    """What the rows and the columns of the grid are."""
    if ndim == 4:
        return ("sample", "channel") if where.endswith("dx") else ("axis 2", "axis 3")
    return ("", "axis 0") if ndim == 3 else ("", "")


def chosen(grids: list[np.ndarray], names: tuple) -> tuple:
    """Of a grid with many squares those with the largest differences, in their order -> grids, rows, columns, names."""
    R, C, h, w = grids[0].shape
    off = np.nan_to_num(np.abs(grids[2]), nan=0.0, posinf=np.inf).max(axis=(2, 3))
    rows = np.sort(np.argsort(-off.max(axis=1), kind="stable")[: max(1, LARGEST // h)])
    columns = np.sort(np.argsort(-off[rows].max(axis=0), kind="stable")[: max(1, LARGEST // w)])
    names = [f"{name} ({len(some)} of {all} shown)" if name and len(some) < all else name
             for name, some, all in zip(names, (rows, columns), (R, C), strict=True)]  # fmt: skip
    return [grid[np.ix_(rows, columns)] for grid in grids], rows, columns, names


def drawn(grids: list[np.ndarray], rows: np.ndarray, columns: np.ndarray, names: list[str]) -> bytes:
    """The three panels, side by side, or one below the other if they are wide -> PNG bytes."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    scales = [largest(*grids[:2])] * 2 + [largest(grids[2])]
    pictures = [tiled(grid, scale) for grid, scale in zip(grids, scales, strict=True)]
    H, W = pictures[0].shape[:2]
    side_by_side = W < 2 * H
    width = float(np.clip(W / 40, 2.2, 3.6 if side_by_side else 9))
    height = float(np.clip(width * H / W, 0.35, 9))
    size = (3 * (width + 1.1), height + 0.9) if side_by_side else (width + 1.6, 3 * (height + 0.75))
    figure = Figure(figsize=size, dpi=100, layout="constrained")
    places = figure.subplots(*((1, 3) if side_by_side else (3, 1)))
    for axes, pixels, title, scale in zip(places, pictures, TITLES, scales, strict=True):
        axes.imshow(pixels, interpolation="nearest", aspect="equal" if max(H, W) < 12 * min(H, W) else "auto")
        axes.set_title(title, fontsize=10)
        label(axes, grids[0].shape, rows, columns, names)
        bar = axes.inset_axes((1.03, 0, 0.04, 1))
        figure.colorbar(ScalarMappable(Normalize(-scale, scale), COLOURS), cax=bar)
        bar.tick_params(labelsize=8)
        bar.locator_params(nbins=3 if height < 1 else 5)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def largest(*grids: np.ndarray) -> float:
    """The largest finite size, at least something above 0."""
    sizes = np.concatenate([np.abs(grid[np.isfinite(grid)]) for grid in grids])
    return float(sizes.max(initial=0.0)) or 1.0


def tiled(grid: np.ndarray, scale: float) -> np.ndarray:
    """(rows, columns, h, w) -> one RGBA picture, an entry a block, white between the squares, grey for what is NaN."""
    from matplotlib import colormaps

    R, C, h, w = grid.shape
    with np.errstate(invalid="ignore"):
        colours = colormaps[COLOURS](0.5 + 0.5 * np.clip(grid / scale, -1, 1))
    colours[~np.isfinite(grid)] = GREY
    colours = colours.repeat(BLOCK, axis=2).repeat(BLOCK, axis=3)
    framed = np.full((R, C, h * BLOCK + GAP, w * BLOCK + GAP, 4), WHITE)
    framed[:, :, :-GAP, :-GAP] = colours
    pixels = framed.transpose(0, 2, 1, 3, 4).reshape(R * (h * BLOCK + GAP), C * (w * BLOCK + GAP), 4)
    return pixels[:-GAP, :-GAP]


def label(axes: Any, shape: tuple, rows: np.ndarray, columns: np.ndarray, names: list[str]) -> None:
    """Numbers beside the grid's rows and columns; for a single square beside its entries, up to 16 of them."""
    single = names == ["", ""]
    for put, numbers, entries in ((axes.set_yticks, rows, shape[2]), (axes.set_xticks, columns, shape[3])):
        numbers, size, gap = (np.arange(entries), BLOCK, 0) if single else (numbers, entries * BLOCK, GAP)
        shown = np.arange(0, len(numbers), -(-len(numbers) // 16))
        put(shown * (size + gap) + (size - 1) / 2, numbers[shown], fontsize=8)
    axes.set_ylabel(names[0], fontsize=9)
    axes.set_xlabel(names[1], fontsize=9)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(single)
