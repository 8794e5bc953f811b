"""Recipes side by side: the table for the terminal and for Markdown, and the picture."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minigan.report import numbers, pictures
from minigan.report.evaluation import BEST, ROWS
from minigan.tables import aligned

# name -> how it is printed
FORMS = {"modes": "{:.1f}", "high_quality": "{:.1f} %", "reverse_kl": "{:.3f}", "fid": "{:.2f}", "kid": "{:.3f}",
         "spectral_distance": "{:.2f}", "precision": "{:.1f} %", "recall": "{:.1f} %", "copying": "{:.2f}",
         "sharpness": "{:.2f}", "label_accuracy": "{:.1f} %",
         "intra_fid": "{:.2f}"}  # fmt: skip
SCORES = tuple(FORMS)
PER_CENT = tuple(name for name, form in FORMS.items() if form.endswith("%"))
SHOWN = 3  # seeds whose samples are drawn
TILES = 36  # images of each
MEANT = {  # what is said of a score below the table, where its title does not
    "copying": "copying: how often a sample is nearer to a training image than a held-out image is; 0.5 as new real "
               "ones, near 1 copies",
    "sharpness": "sharpness: the mean |Laplacian| beside that of real images, 1; below it blurred, above it too hard "
                 "or noisy",
}  # fmt: skip
LABEL = 14  # letters that fit beside a row


@dataclass
class Row:
    """One recipe. wanted: how many seeds; seeds: those with scores, and in their order scores {name: [number]} and
    seconds. of: how many modes there are, 0 where none are known. published: with method, modes and reverse_kl, or
    None. troubles: a sentence for each seed without scores."""

    recipe: str
    wanted: int
    seeds: list = field(default_factory=list)
    scores: dict = field(default_factory=dict)
    seconds: list = field(default_factory=list)
    of: int = 0
    published: object = None
    troubles: list = field(default_factory=list)

    def as_dict(self) -> dict:
        """The row, as JSON can hold it, with the mean and the standard deviation of each score."""
        stats = {name: {"mean": mean(v), "std": std(v), "values": v} for name, v in self.scores.items()}
        published = self.published and self.published._asdict()
        return vars(self) | {"scores": stats, "published": published}


def mean(values: Sequence[float]) -> float:
    """The mean as a float."""
    return float(np.mean(values))


def std(values: Sequence[float]) -> float | None:
    """The standard deviation of a sample (divided by n - 1); None of a single number."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def spread(name: str, values: Sequence[float]) -> str:
    """Mean and standard deviation as text, "7.9 ± 0.1"; of a single number only that."""
    scale, (number, space, unit) = 100 if name in PER_CENT else 1, FORMS[name].partition(" ")
    around = f" ± {number.format(scale * std(values))}" if len(values) > 1 else ""
    return number.format(scale * mean(values)) + around + space + unit


def scored(rows: Sequence[Row]) -> list[str]:
    """The names of the scores that any row has."""
    return [name for name in SCORES if any(name in row.scores for row in rows)]


def cells(rows: Sequence[Row]) -> list[list[str]]:
    """The table as rows of text, the head first. Where there are scores, there is a column of modes: "-" if the data
    have no known ones."""
    found, of = scored(rows), max(row.of for row in rows)
    names = list(dict.fromkeys(["modes", *found])) if found else []
    head = ["recipe", "seeds"]
    head += [(f"modes of {of:,}" if of else "modes") if name == "modes" else ROWS[name][0] for name in names]
    head += ["each seed's modes", "s/run", "published"] if names else []
    table = [head]
    for row in rows:
        line = [row.recipe, f"{len(row.seeds)}/{row.wanted}"]
        line += [spread(name, row.scores[name]) if name in row.scores else "-" for name in names]
        if names:
            line.append(" ".join(f"{v:.0f}" for v in row.scores.get("modes", [])) or "-")
            line += [brief(row.seconds), reported(row.published)]
        table.append(line)
    return table


def brief(seconds: Sequence[float]) -> str:
    """The mean of seconds, of less than one with a decimal; "-" of none."""
    return "-" if not seconds else f"{mean(seconds):.0f}" if mean(seconds) >= 1 else f"{mean(seconds):.1f}"


def reported(published: Any) -> str:
    """The numbers of a Published row, "6.3 modes, reverse KL 0.73"."""
    if not published:
        return "-"
    kl = "" if published.reverse_kl is None else f", KL {published.reverse_kl:g}"
    return f"{published.modes:g}{kl}"


def remarks(rows: Sequence[Row], others: Sequence[Any], more: Sequence[str] = ()) -> list[str]:
    """The lines below the table: `more`, what scores mean, published rows without a recipe here, sources, scores and
    runs that are missing."""
    lines = [*more, *(MEANT[name] for name in scored(rows) if name in MEANT)]
    if scored(rows) and not any("modes" in row.scores for row in rows):
        lines.append("modes: not counted, because the data have neither known modes nor labels")
    if others:
        lines.append("published, too: " + "; ".join(f"{row.method} {reported(row)}" for row in others))
    sources = dict.fromkeys(row.source for row in [*(row.published for row in rows if row.published), *others])
    lines += [f"published: modes found, as a mean; {source}" for source in sources]
    return lines + [text for row in rows for text in row.troubles]


def table(heading: str, rows: Sequence[Row], others: Sequence[Any] = (), more: Sequence[str] = ()) -> str:
    """The comparison for the terminal."""
    lines = [heading, "mean ± standard deviation over the seeds", "", *aligned(cells(rows)), "",
             *remarks(rows, others, more)]  # fmt: skip
    return "\n".join(lines).rstrip()


def markdown(heading: str, rows: Sequence[Row], others: Sequence[Any] = (), more: Sequence[str] = ()) -> str:
    """The comparison as Markdown."""
    head, *body = cells(rows)
    lines = [f"# {heading}", "", "Mean ± standard deviation over the seeds.", ""]
    lines += ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *body)]
    lines += ["", *(f"- {text}" for text in remarks(rows, others, more)), "", "![samples and scores](compare.png)"]
    return "\n".join(lines) + "\n"


def picture(
    heading: str, rows: Sequence[Row], samples: Mapping[str, dict], real: np.ndarray | None = None
) -> np.ndarray:
    """A row for each recipe: what its first seeds draw, and every seed's scores as dots; one picture (h, w, 3).

    samples: {recipe: {seed: images (N, H, W, C) in [0, 1], or points, rows, signals}}. real: real ones: numbers are
    drawn behind the generated ones, images in a row of their own above.
    """
    names = scored(rows)
    images = real is not None and real.ndim == 4
    shown = max(1, max(len(samples.get(row.recipe, {})) for row in rows))
    width = 2.0 if len(names) <= 4 else 1.6
    figure = pictures.empty_figure(1.5 * shown + width * len(names) + 0.8, 1.5 * (len(rows) + images) + 1.1, dpi=150)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.01, hspace=0.02)
    ratios = [1] * shown + [1.35 * width / 2] * len(names)
    grid = figure.subplots(len(rows) + images, len(ratios), squeeze=False, width_ratios=ratios)
    if images:
        draw_real(grid[0], shown, real)
    for axes, row in zip(grid[int(images) :], rows, strict=True):
        draw_samples(axes[:shown], samples.get(row.recipe, {}), real)
        axes[0].set_ylabel(textwrap.fill(row.recipe, LABEL), fontsize=11, fontweight="bold")
        for panel, name in zip(axes[shown:], names, strict=True):
            draw_scores(panel, name, row)
    for column, name in enumerate(names, start=shown):
        finish_column(grid[int(images) :, column], name, rows)
    figure.suptitle(heading, fontsize=10)
    handles = legend_handles(rows, real is not None and not images)
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8)
    return pictures.rendered(figure)


def draw_real(axes: Sequence[Any], shown: int, real: np.ndarray) -> None:
    """A row of real images (N, H, W, C) in [0, 1]: other ones in each of the first panels."""
    draw_samples(axes[:shown], {k: real[k * TILES : (k + 1) * TILES] for k in range(shown)}, real, titles=False)
    axes[0].set_ylabel("real", fontsize=11, fontweight="bold")
    for panel in axes[shown:]:
        panel.set_visible(False)


def legend_handles(rows: Sequence[Row], points: bool) -> list:
    """The entries of the legend."""
    from matplotlib.lines import Line2D

    dot = dict(linestyle="", marker="o", markeredgewidth=0)
    handles = [
        Line2D([], [], color=pictures.BLUE, markersize=4, label="real", **dot),
        Line2D([], [], color=pictures.ORANGE, markersize=4, label="generated", **dot),
    ] if points else []  # fmt: skip
    handles += [
        Line2D([], [], linestyle="", marker="o", color=pictures.ORANGE, markeredgecolor="black", label="one seed"),
        Line2D([], [], color=pictures.BLUE, label="mean"),
        Line2D([], [], linestyle="", marker="D", color="white", markeredgecolor="black", label="published"),
    ]
    return handles if any(row.published for row in rows) else handles[:-1]


def draw_samples(axes: Sequence[Any], samples: dict, real: np.ndarray | None, titles: bool = True) -> None:
    """The samples of the first seeds, a panel each; panels without samples stay empty. titles: which seed above
    each."""
    for panel in axes:
        panel.set(xticks=[], yticks=[])
        for side in panel.spines.values():
            side.set_visible(False)
    for panel, (seed, drawn) in zip(axes, samples.items(), strict=False):
        if titles:
            panel.set_title(f"seed {seed}", fontsize=8, color="dimgrey", pad=2)
        if not len(drawn):
            continue
        if drawn.ndim == 4:
            panel.imshow(pictures.grid(drawn[:TILES], gap=1, cell=32), interpolation="nearest")
        else:
            numbers.thumbnail(panel, drawn, real)


def draw_scores(panel: Any, name: str, row: Row) -> None:
    """One score of one recipe: a dot for each seed, the mean as a line, the published number as an open diamond."""
    values = row.scores.get(name, [])
    heights = np.arange(len(values), 0, -1)
    if len(values):
        panel.axvline(mean(values), color=pictures.BLUE, linewidth=1.2, zorder=1)
        panel.scatter(values, heights, s=26, c=pictures.ORANGE, edgecolors="black", linewidths=0.5, zorder=3)
        panel.text(1.0, 1.01, spread(name, values), transform=panel.transAxes, ha="right", va="bottom", fontsize=8)
    known = getattr(row.published, name, None)
    if known is not None:
        panel.scatter([known], [0], s=34, marker="D", facecolors="white", edgecolors="black", zorder=3, clip_on=False)
    panel.set_ylim(-0.6, max(row.wanted, 1) + 0.6)
    panel.set_yticks([])
    panel.grid(axis="x", color="0.9", linewidth=0.6)


def finish_column(column: Sequence[Any], name: str, rows: Sequence[Row]) -> None:
    """One scale for all panels of a score, its title above, which way is better below."""
    values = [v for row in rows for v in row.scores.get(name, [])]
    values += [v for row in rows if (v := getattr(row.published, name, None)) is not None]
    title, better, _ = ROWS[name]
    best = f"{better} is better" if better else f"{BEST[name]:g} is best"
    if name == "modes":
        low, high = 0, max(row.of for row in rows)
    elif name in PER_CENT or name == "copying":
        low, high = 0, 1
    else:
        low, high = min([0, *values]), max(values) or 1  # KID may fall below 0
    margin = 0.05 * (high - low)
    for panel in column:
        panel.set_xlim(low - margin, high + margin)
        panel.locator_params(axis="x", nbins=4, steps=[1, 2, 4, 5, 10])  # small numbers have long labels
        panel.tick_params(axis="x", labelsize=8, labelbottom=panel is column[-1])
    column[0].annotate(title, (0, 1), xytext=(0, 16), xycoords="axes fraction", textcoords="offset points", fontsize=9)
    column[-1].set_xlabel(best, fontsize=8, color="dimgrey")
