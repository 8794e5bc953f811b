"""The truncation curve as a table and as a picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from minigan.report import pictures
from minigan.tables import aligned

# name -> title, how it is printed
COLUMNS = {"precision": ("precision", "{:.3f}"), "recall": ("recall", "{:.3f}"), "fid": ("FID", "{:.3g}"),
           "inception_score": ("Inception Score", "{:.2f}"),
           "label_accuracy": ("label accuracy", "{:.3f}")}  # fmt: skip
PANELS = (("recall", "precision"), ("inception_score", "fid"))  # x, y


def limit_of(row: dict) -> str:
    """The limit of a row in words."""
    return "none" if row["limit"] is None else f"{row['limit']:g}"


def lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The table of a curve (`minigan.recipes.truncation_curve`)."""
    shown = [name for name in COLUMNS if name in rows[0]]
    table = [["truncation", *(COLUMNS[name][0] for name in shown)]]
    table += [[limit_of(row), *(COLUMNS[name][1].format(row[name]) for name in shown)] for row in rows]
    return [f"fidelity against variety: {rows[0]['samples']:,} samples of each truncation", *aligned(table)]


def picture(rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """Precision against recall, and FID against the Inception Score where there are both; uint8 (h, w, 3)."""
    panels = [pair for pair in PANELS if all(name in rows[0] for name in pair)]
    figure = pictures.empty_figure(4.6 * len(panels), 4)
    for axes, (x, y) in zip(np.atleast_1d(figure.subplots(1, len(panels))), panels, strict=True):
        axes.plot([row[x] for row in rows], [row[y] for row in rows], "o-", color=pictures.ORANGE, markersize=4)
        for row in rows:
            axes.annotate(limit_of(row), (row[x], row[y]), xytext=(5, 4), textcoords="offset points", fontsize=8)
        axes.set(xlabel=COLUMNS[x][0], ylabel=COLUMNS[y][0])
        if y == "fid":
            axes.set_yscale("log")  # strong truncation makes it a hundred times as large
        axes.margins(0.12)
    figure.suptitle("how far the noise may lie from 0", fontsize=10)
    return pictures.rendered(figure)
