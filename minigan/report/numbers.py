"""Samples that are numbers, drawn: points in the plane, the columns of a table, signals. Real ones beside generated."""

from typing import Any

import numpy as np

from minigan.report.pictures import BLUE, ORANGE, draw_points, empty_figure, rendered, scatter

COLUMNS = 4  # of a table that are drawn against each other
ROWS, ACROSS = 8, 4  # signals of each kind in a picture
DRAWN = 1000  # dots of each kind
CHANNELS = 3  # of a signal that are drawn
BINS = 40


def draw(samples: np.ndarray, real: np.ndarray | None = None, title: str = "", side: int = 560,
         within: np.ndarray | None = None) -> np.ndarray:  # fmt: skip
    """Generated samples, and real ones to hold them against, as one picture (h, w, 3): points (N, 2) as a scatter plot,
    a table (N, d) by its first columns, signals (N, T, C) as curves. real: None: there are none. side: the longer side
    in pixels, about. within: samples that the axes shall hold; None: the real ones, or without them the generated."""
    span = next(some for some in (within, real, samples) if some is not None)
    if samples.ndim == 3:
        return signals(samples, real, title, side, span)
    if samples.shape[1] == 2 and alike(span):
        return scatter(real, samples, title, side, within)
    return table(samples, real, title, side, span)


def draw_real(real: np.ndarray, title: str = "") -> np.ndarray:
    """Real samples alone, as `draw` has them."""
    return draw(real[:0], real, title)


def alike(points: np.ndarray) -> bool:
    """Whether both columns of points (N, 2) have a span of one order, so that a plot may have one scale for both."""
    spans = np.ptp(points, axis=0)
    return bool(spans.max() <= 5 * spans.min())


def table(samples: np.ndarray, real: np.ndarray | None, title: str, side: int, span: np.ndarray) -> np.ndarray:
    """The first columns of a table (N, d): each alone as a histogram, and each against each other as dots.

    span: the rows that the axes hold, so that pictures of one run can be laid over each other."""
    n = min(COLUMNS, samples.shape[1])
    sets = sets_of(samples, real)
    limits = [limits_of(span[:, k]) for k in range(n)]
    width, height = (1.0 + 1.9 * n, 0.6 + 1.9 * n) if n > 1 else (5, 4)
    figure = empty_figure(width, height, dpi=side / width)
    figure.set_layout_engine("none")  # which would take most of the time
    cells = figure.add_gridspec(n, n, left=0.09, right=0.98, bottom=0.07, top=0.89, wspace=0.08, hspace=0.16)
    for i, j in zip(*np.tril_indices(n), strict=True):
        axes = figure.add_subplot(cells[i, j])
        for colour, _, rows in sets:
            if i == j:
                axes.hist(rows[:, i], np.linspace(*limits[i], BINS + 1), density=True, color=colour, alpha=0.5,
                          histtype="stepfilled")  # fmt: skip
            else:
                axes.scatter(rows[:DRAWN, j], rows[:DRAWN, i], s=4, c=colour, alpha=0.4, linewidths=0)
                axes.set_ylim(limits[i])
        axes.set_xlim(limits[j])
        axes.tick_params(labelsize=6, labelbottom=i == n - 1, labelleft=j == 0 < i, left=i != j)
        axes.locator_params(nbins=4)
        if i == j:
            axes.set_yticks([])
            axes.set_title(f"column {i}", fontsize=8)
    legend(figure, sets, title)
    return rendered(figure)


def signals(samples: np.ndarray, real: np.ndarray | None, title: str, side: int, span: np.ndarray) -> np.ndarray:
    """Signals (N, T, C) as small curves, real ones on the left and generated ones on the right, all to one scale: that
    of the signals in `span`. Of several channels the first are drawn over each other, in shades."""
    sets = sets_of(samples, real)
    width = 5.2 * len(sets)
    figure = empty_figure(width, 6.4, dpi=side / max(width, 6.4))
    low, high = limits_of(span[:, :, :CHANNELS])
    for axes, (colour, name, some) in zip(np.atleast_1d(figure.subplots(1, len(sets))), sets, strict=True):
        curves(axes, some[: ROWS * ACROSS], low, high, colour, ROWS, ACROSS)
        axes.set_title(f"{name}, each from {low:.3g} to {high:.3g}", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return rendered(figure)


def curves(axes: Any, some: np.ndarray, low: float, high: float, colour: str, rows: int, across: int) -> None:
    """Signals (n, T, C) as curves in a grid of cells on one pair of axes: far faster than a pair for each."""
    from matplotlib.collections import LineCollection

    some = some if some.shape[1] > 1 else some.repeat(2, axis=1)  # a single step is drawn as a level
    t = np.linspace(0, 0.88, some.shape[1])
    for c in range(min(CHANNELS, some.shape[2]) - 1, -1, -1):
        heights = (np.clip(some[:, :, c], low, high) - low) / max(high - low, 1e-12) * 0.88
        lines = [np.stack([n % across + t, rows - 1 - n // across + heights[n]], axis=1) for n in range(len(some))]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=0.9, alpha=1.0 / (1 + c)))
    axes.set(xlim=(-0.06, across), ylim=(-0.06, rows), xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)


def thumbnail(axes: Any, samples: np.ndarray, real: np.ndarray) -> None:
    """Generated samples beside real ones in a small panel: points, the first two columns of a table, a few signals."""
    if samples.ndim == 3:
        low, high = limits_of(real[:, :, :CHANNELS])
        curves(axes, samples[:8], low, high, ORANGE, 4, 2)
    elif samples.shape[1] == 1:
        bins = np.linspace(*limits_of(real), BINS + 1)
        for rows, colour in ((real, BLUE), (samples, ORANGE)):
            axes.hist(rows[:, 0], bins, density=True, color=colour, alpha=0.5, histtype="stepfilled")
    else:
        draw_points(axes, real[:, :2], samples[:, :2], size=3, margin=0.15)
        if not alike(real[:, :2]):
            axes.set(aspect="auto", xlim=limits_of(real[:, 0]), ylim=limits_of(real[:, 1]))


def sets_of(samples: np.ndarray, real: np.ndarray | None) -> list[tuple[str, str, np.ndarray]]:
    """What is to be drawn: colour, name and samples of each kind that there are any of, the real ones first."""
    both = ((BLUE, "real", real), (ORANGE, "generated", samples))
    return [one for one in both if one[2] is not None and len(one[2])]


def limits_of(values: np.ndarray) -> tuple[float, float]:
    """The span of the values with a margin; of one single value, a span around it."""
    low, high = float(values.min()), float(values.max())
    edge = 0.1 * (high - low) or max(abs(high), 1.0) * 0.1
    return low - edge, high + edge


def legend(figure: Any, sets: list, title: str) -> None:
    """The title, and what is drawn in which colour."""
    from matplotlib.lines import Line2D

    dots = [Line2D([], [], linestyle="", marker="o", color=colour, label=name) for colour, name, _ in sets]
    figure.legend(handles=dots, loc="upper right", ncols=len(dots), frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=10)
