"""The tutorials' pictures in one style: colours that colour-blind people can tell apart, sizes that suit print.

    figure, (left, right) = pictures.panels(1, 2)
    pictures.draw_matrix(left, kernel, title="the kernel")

`panels` sets Matplotlib's defaults (fonts, lines, the order of colours); `style` does that alone.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from minigan.report.pictures import BLUE, ORANGE, rendered, save_gif

# The colours of Okabe & Ito 2008, "Color universal design"; curves get them in the order of COLOURS.
GREEN, PURPLE, SKY, YELLOW, GREY, BLACK = "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7F7F7F", "#000000"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, YELLOW, SKY, BLACK)
DASHES = ("-", "--", "-.", ":")  # tell curves apart in black and white too

WIDTH = 7.0  # inches, of a whole figure
DPI = 80
STYLE = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.prop_cycle": plt.cycler(color=COLOURS),
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "image.cmap": "gray",
    "image.interpolation": "nearest",
}


def style() -> None:
    """Make this the style of all figures from here on."""
    plt.rcParams.update(STYLE)


def panels(rows: int = 1, columns: int = 1, height: float = 2.6, width: float = WIDTH, **options: Any) -> tuple:
    """A figure of rows x columns panels, each row `height` inches high -> figure, axes, as plt.subplots has them."""
    style()
    return plt.subplots(rows, columns, figsize=(width, rows * height), **options)


def draw_matrix(axes: Axes, a: ArrayLike, title: str = "", colours: str | None = "Blues", format: str = "g",
                highlight: Sequence | None = None, limits: tuple[float, float] | None = None) -> None:  # fmt: skip
    """Draw a matrix (H, W) as cells with their numbers in them.

    colours: name of a colour map, or None for white cells. format: of the numbers, "" for no numbers. highlight: a
    frame around some cells, (row, column, height, width), or a list of frames. limits: the values that get the palest
    and the darkest colour; default: the smallest and the largest of `a`.
    """
    a = np.atleast_2d(np.asarray(a, float))
    low, high = limits or (a.min(), a.max())
    shades = np.ones((*a.shape, 3))
    if colours is not None:
        shades = plt.get_cmap(colours)((a - low) / ((high - low) or 1))[..., :3]
    axes.imshow(shades, aspect="equal")
    for (i, j), value in np.ndenumerate(a) if format else ():
        bright = shades[i, j] @ (0.299, 0.587, 0.114) > 0.5  # the luma of ITU-R BT.601
        axes.text(j, i, f"{value:{format}}", ha="center", va="center", color="black" if bright else "white")
    axes.set_xticks(np.arange(a.shape[1] + 1) - 0.5, labels=[])
    axes.set_yticks(np.arange(a.shape[0] + 1) - 0.5, labels=[])
    axes.grid(color=GREY, linewidth=0.6)
    axes.spines[:].set_visible(True)  # a frame on all four sides; curves have two
    axes.tick_params(length=0)
    axes.set_title(title)
    frames = [] if highlight is None else [highlight] if np.ndim(highlight[0]) == 0 else highlight
    for row, column, h, w in frames:
        axes.add_patch(plt.Rectangle((column - 0.5, row - 0.5), w, h, fill=False, edgecolor=ORANGE, linewidth=2.5))


def decision_surface(axes: Axes, D: Callable, limits: tuple, points: int = 60, levels: int = 11) -> QuadContourSet:
    """Shade the plane by D's probability that a point is real: the sigmoid of its logit.

    D: a function from points (N, 2) to logits (N, 1) or (N,). limits: (left, right, bottom, top).
    """
    left, right, bottom, top = limits
    x, y = np.meshgrid(np.linspace(left, right, points), np.linspace(bottom, top, points))
    plane = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    probability = 0.5 * (1 + np.tanh(0.5 * np.asarray(D(plane)).reshape(x.shape)))  # the sigmoid, without overflow
    shades = axes.contourf(x, y, probability, np.linspace(0, 1, levels), cmap="PuOr", alpha=0.75)
    axes.contour(x, y, probability, [0.5], colors=BLACK, linewidths=1)
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    return shades


def gradient_arrows(axes: Axes, points: ArrayLike, grads: ArrayLike, length: float = 0.3, colour: str = BLACK) -> None:
    """Arrows from the points (N, 2) along -grads (N, 2): gradient descent moves them that way. The longest arrow is
    `length` long."""
    longest = np.linalg.norm(grads, axis=1).max() or 1.0
    arrows = -np.asarray(grads) * (length / longest)
    axes.quiver(*np.asarray(points).T, *arrows.T, angles="xy", scale_units="xy", scale=1, width=0.004, color=colour)


def box(axes: Axes, x: float, y: float, text: str, colour: str = BLACK, width: float = 1.5,
        height: float = 0.9) -> None:  # fmt: skip
    """A box around a text, with its middle at (x, y): a network, or a node of a graph."""
    corner = (x - width / 2, y - height / 2)
    axes.add_patch(plt.Rectangle(corner, width, height, facecolor="white", edgecolor=colour, linewidth=1.8))
    axes.text(x, y, text, ha="center", va="center", color=colour)


def arrow(axes: Axes, start: tuple, end: tuple, text: str = "", colour: str = BLACK, style: str = "-",
          above: float = 0.18) -> None:  # fmt: skip
    """An arrow between two points, with its text `above` its middle. A forward pass is black; a gradient is ORANGE and
    dashed, "--"."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "lw": 1.6, "color": colour, "linestyle": style})
    x, y = np.add(start, end) / 2
    axes.text(x, y + above, text, ha="center", va="center", color=colour, fontsize=9)


def descent_paths(axes: Axes, f: Callable, limits: tuple, paths: dict[str, ArrayLike], levels: int = 20) -> None:
    """The contours of f(x, y), and the paths of optimizers on it. limits: (left, right, bottom, top). paths: {label:
    points (steps, 2)}; each path begins at a dot and ends at a cross."""
    left, right, bottom, top = limits
    x, y = np.meshgrid(np.linspace(left, right, 100), np.linspace(bottom, top, 100))
    axes.contour(x, y, f(x, y), levels, colors=GREY, linewidths=0.6)
    for (label, path), colour, dash in zip(paths.items(), COLOURS, 2 * DASHES, strict=False):
        path = np.asarray(path)
        axes.plot(*path.T, dash, color=colour, label=label)
        axes.plot(*path[0], "o", *path[-1], "X", color=colour, markersize=6)
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.legend(loc="best")


def film(figures: Sequence[Figure], seconds: float = 5.0, longest_side: int = 400) -> Any:
    """Figures of one size as an animation (an IPython Image), to stand at the end of a notebook's cell. Closes them."""
    from IPython.display import Image  # here, since only notebooks need IPython

    frames = [rendered(figure) for figure in figures]
    for figure in figures:
        plt.close(figure)
    with tempfile.TemporaryDirectory() as folder:
        save_gif(Path(folder, "film.gif"), frames, seconds, longest_side)
        return Image(Path(folder, "film.gif").read_bytes(), format="gif")
