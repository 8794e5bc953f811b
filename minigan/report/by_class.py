"""Scores by class as a table and as a picture."""

from typing import Any

import numpy as np

from minigan.report import pictures
from minigan.tables import aligned

COLUMNS = {"accuracy": "{:.3f}", "fid": "{:.3g}", "variety": "{:.2f}", "recall": "{:.2f}"}
TITLES = {"accuracy": "accuracy", "fid": "FID", "variety": "variety", "recall": "recall"}
BEST = {"accuracy": "higher is better", "fid": "lower is better", "variety": "1 is that of real images",
        "recall": "higher is better"}  # fmt: skip
SIDES = {"held-out": "held-out", "training": "training", "all": "real"}
OTHERS = {"held-out": "training images", "training": "held-out ones"}
SORTED = {"label": "the class that they were drawn for", "judge": "the class that the network reads"}


def lines(made: Any) -> list[str]:
    """The table of a `minigan.recipes.by_class.ByClass`, and below it the classes that are poor."""
    shown = [name for name in COLUMNS if any(name in row for row in made.rows)]
    beside = any(made.floor)
    rows = [["class", *(title for name in shown for title in (TITLES[name], "real")[: 1 + beside])]]
    for k, name in enumerate(made.names):
        rows.append([name, *cells(made.rows[k], made.floor[k], shown, beside)])
    means, floors = ({name: made.mean(name, floor) for name in shown} for floor in (False, True))
    rows.append(["mean", *cells(means, floors, shown, beside)])
    poor = "less varied than real images: " + ", ".join(made.poor) if made.poor else "no class has collapsed"
    return [heading(made), *aligned(rows), poor]


def heading(made: Any) -> str:
    """What the table is of."""
    fakes = span(row["samples"] for row in made.rows)
    reals = span(row["real"] for row in made.rows)
    text = (f"within each class, sorted by {SORTED[made.sorted_by]}: {fakes} generated against {reals} "
            f"{SIDES[made.side]} images")  # fmt: skip
    text += f"; real: {OTHERS[made.side]} in place of the generated" if made.side in OTHERS else ""
    if (whole := span(row["samples_of_fid"] for row in made.rows)) != fakes:
        text += f"; FID of {whole} generated"
    return text


def span(counts: Any) -> str:
    """ "400", or "377 to 400"."""
    counts = list(counts)
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def cells(row: dict, real: dict, shown: list[str], beside: bool) -> list[str]:
    """The scores of one class, each with that of real images beside it; "-" where there is none."""
    values = ((name, source.get(name)) for name in shown for source in (row, real)[: 1 + beside])
    return ["-" if value is None else COLUMNS[name].format(value) for name, value in values]


def picture(made: Any) -> np.ndarray:
    """Each score of each class as a bar beside that of real images, in panels one below the other, uint8 (h, w, 3)."""
    shown = [name for name in COLUMNS if any(name in row for row in made.rows)]
    figure, panels = pictures.new_figure(max(8, 0.3 * len(made.names)), 1.8 * len(shown) + 0.6, rows=len(shown))
    places = np.arange(len(made.names))
    for axes, name in zip(np.atleast_1d(panels), shown, strict=True):
        for shift, colour, label, rows in ((-0.2, pictures.BLUE, "real", made.floor),
                                           (0.2, pictures.ORANGE, "generated", made.rows)):  # fmt: skip
            heights = [row.get(name, np.nan) for row in rows]
            if np.isfinite(heights).any():
                axes.bar(places + shift, heights, 0.4, color=colour, label=label)
        axes.set_ylabel(TITLES[name])
        axes.set_title(BEST[name], loc="right", color="grey", fontsize=8)
        texts = [str(text)[:16] for text in made.names]
        axes.set_xticks(places, texts, rotation=90 if max(map(len, texts)) * len(texts) > 80 else 0)
    np.atleast_1d(panels)[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8)
    return pictures.rendered(figure)
