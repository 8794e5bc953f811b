"""Scores as tables and pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from minigan.metrics.modes import CONFIDENT
from minigan.report import by_class, pictures, truncation
from minigan.tables import aligned

# name -> title, which way is better ("" where there is a best value), how it is printed
ROWS = {
    "modes": ("modes found", "higher", "{:.0f}"),
    "high_quality": ("high-quality share", "higher", "{:.3f}"),
    "reverse_kl": ("reverse KL", "lower", "{:.3f}"),
    "spectral_distance": ("spectral distance, dB", "lower", "{:.2f}"),
    "fid": ("FID", "lower", "{:.3g}"),
    "kid": ("KID", "lower", "{:.3g}"),
    "precision": ("precision", "higher", "{:.3f}"),
    "recall": ("recall", "higher", "{:.3f}"),
    "density": ("density", "higher", "{:.3f}"),
    "coverage": ("coverage", "higher", "{:.3f}"),
    "inception_score": ("Inception Score", "higher", "{:.2f}"),
    "label_accuracy": ("label accuracy", "higher", "{:.3f}"),
    "intra_fid": ("intra-FID", "lower", "{:.3g}"),
    "copying": ("copying", "", "{:.3f}"),
    "sharpness": ("sharpness", "", "{:.2f}"),
}
BEST = {"copying": 0.5, "sharpness": 1}
BY_CLASS = {  # means over the classes, of `minigan.recipes.by_class`
    "fid": ("intra-FID", "lower", "{:.3g}"),
    "variety": ("variety in a class", "1", "{:.2f}"),
    "recall": ("recall in a class", "higher", "{:.2f}"),
}


def table(evaluation: Any) -> str:
    """The scores of one Evaluation: with intervals, and beside the floor."""
    scores, (times, half) = evaluation.scores, evaluation.scores.halves
    rows = [("score", "better", f"of {evaluation.n:,}", "95 % interval", f"of {half:,}", "real vs real")]
    for name, score in scores.values.items():
        rows.append((*head(name), *with_interval(name, score), *cells(name, scores.matched, scores.floor)))
    lines = [f"{evaluation.subject}: {evaluation.n:,} samples against {real_side(evaluation)}"]
    lines += looked_through(evaluation)
    lines += ["", *aligned(rows if times else [row[:4] for row in rows]), ""]
    if times:
        lines.append(f"The last two columns compare: {half:,} generated samples, and {half:,} real ones, against "
                     f"{half:,} other real ones (mean of {times} halvings).")  # fmt: skip
    lines += averaged_over(evaluation)
    if evaluation.clear:
        generated, real = evaluation.clear
        lines.append(f"read clearly (one class has more than {CONFIDENT:.0%}): {generated:.1%} of the generated, "
                     f"{real:.1%} of the real images")  # fmt: skip
    if evaluation.classes:
        names = evaluation.class_names or range(len(evaluation.classes[0]))
        shares = (f"{name}: {100 * share:.1f}" for name, share in zip(names, evaluation.classes[0], strict=True))
        lines.append("classes drawn, in %: " + "  ".join(shares))
    if evaluation.by_class:
        lines += ["", *by_class.lines(evaluation.by_class), ""]
    if evaluation.curve:
        lines += ["", *truncation.lines(evaluation.curve), ""][bool(evaluation.by_class) :]
    lines += evaluation.held_out.lines() if evaluation.held_out else []
    return "\n".join(lines + [f"note: {note}" for note in evaluation.notes])


def comparison(one: Any, two: Any) -> str:
    """Two Evaluations side by side, which is better where their intervals allow to say so, and the floor of both."""
    half = one.scores.halves[1]
    rows = [("score", "better", f"A of {one.n:,}", "95 % interval", f"B of {two.n:,}", "95 % interval", "A - B", "",
             f"A of {half:,}", f"B of {half:,}", "real vs real")]  # fmt: skip
    for name, a in one.scores.values.items():
        if name in two.scores.values:
            b = two.scores.values[name]
            rows.append((*head(name), *with_interval(name, a), *with_interval(name, b), ROWS[name][2].format(a - b),
                         who_is_better(name, a, b),
                         *cells(name, one.scores.matched, two.scores.matched, one.scores.floor)))  # fmt: skip
    rows += of_classes(one.by_class, two.by_class) if one.by_class and two.by_class else []
    heads = [f"{letter}: {e.subject}, {e.n:,} samples" for letter, e in (("A", one), ("B", two))]
    notes = [f"note: {note}" for note in dict.fromkeys(one.notes + two.notes)]
    heads += [f"both against {real_side(one)}", *looked_through(one)]
    held_out = [f"{letter}: {line}" for letter, e in (("A", one), ("B", two)) if e.held_out
                for line in e.held_out.lines()]  # fmt: skip
    return "\n".join([*heads, "", *aligned(rows), *held_out, *notes])


def of_classes(one: Any, two: Any) -> list[tuple]:
    """Rows for a comparison: the means over the classes of two `minigan.recipes.by_class.ByClass`."""
    rows = []
    for name, (title, better, form) in BY_CLASS.items():
        a, b, real = one.mean(name), two.mean(name), one.mean(name, floor=True)
        if a is not None and b is not None:
            a, b, difference = (form.format(value) for value in (a, b, a - b))
            last = "-" if real is None else form.format(real)
            rows.append((title, better, a, "-", b, "-", difference, "", "-", "-", last))
    return rows


def real_side(evaluation: Any) -> str:
    """What an Evaluation's samples are held against, in words."""
    if not evaluation.scores.halves[0]:
        of = "" if evaluation.n_real is None else f" of {evaluation.n_real:,} real ones"
        return f"mean and covariance{of} in {evaluation.reference.removeprefix('stats:')}"
    return f"{evaluation.n_real:,} real ones of {evaluation.reference}"


def looked_through(evaluation: Any) -> list[str]:
    """The line about the feature network, if one has looked."""
    if not evaluation.network:
        return []
    eye = evaluation.eye or evaluation.network[:12]
    right = f", {evaluation.accuracy:.1%} of the real images right" if evaluation.accuracy is not None else ""
    return [f"feature network: {eye}{right}; FID and KID compare only with those of the same network"]


def averaged_over(evaluation: Any) -> list[str]:
    """What the Inception Score and KID are means of, and how far these lie apart."""
    lines, values = [], evaluation.scores.values
    if "inception_score" in values and values["inception_score"].parts:
        score = values["inception_score"]
        splits = f"{score.splits} split{'s' * (score.splits > 1)} of {evaluation.n // score.splits:,} images"
        lines.append(f"Inception Score: mean {score:.2f} and deviation {score.spread:.2f} over {splits}")
    if "kid" in values and values["kid"].parts:
        score = values["kid"]
        lines.append(f"KID: mean {score:.3g} and deviation {score.spread:.3g} over {score.subsets} subsets of "
                     f"{score.size:,} samples of each side")  # fmt: skip
    return lines


def head(name: str) -> tuple[str, str]:
    """The title of a score, and which way is better, or its best value."""
    title, better, _ = ROWS[name]
    return title, better or f"{BEST[name]:g}"


def with_interval(name: str, score: Any) -> tuple[str, str]:
    """A Score and its interval as text."""
    form = ROWS[name][2]
    return form.format(score), "-" if score.interval is None else " .. ".join(map(form.format, score.interval))


def cells(name: str, *columns: Mapping[str, float]) -> list[str]:
    """The score of that name in each of the columns, "-" where there is none."""
    return [ROWS[name][2].format(column[name]) if name in column else "-" for column in columns]


def who_is_better(name: str, a: Any, b: Any) -> str:
    """ "A", "B", or "" where 0 lies in the interval of the difference.

    The half-widths of the two intervals add as independent errors do, sqrt(h_a^2 + h_b^2). Both scores are against the
    same real samples, so their errors have a part in common, which is counted twice here: "" is said rather too often.
    """
    if a.interval is None or b.interval is None:
        return ""
    half = np.hypot(*((s.interval[1] - s.interval[0]) / 2 for s in (a, b)))
    if abs(a - b) <= half:
        return ""
    _, better, _ = ROWS[name]
    if better:
        return "A" if (a > b) == (better == "higher") else "B"
    return "A" if abs(a - BEST[name]) < abs(b - BEST[name]) else "B"


def class_histogram(generated: np.ndarray, real: np.ndarray, names: Sequence[str] | None = None) -> np.ndarray:
    """The share of each class (K,) among generated and real images, as one picture (h, w, 3)."""
    figure, axes = pictures.new_figure(8, 3.6)
    classes = np.arange(len(real))
    axes.bar(classes - 0.2, 100 * real, 0.4, color=pictures.BLUE, label="real")
    axes.bar(classes + 0.2, 100 * generated, 0.4, color=pictures.ORANGE, label="generated")
    axes.set(xlabel="class", ylabel="share of the images, %")
    if len(classes) <= 20:
        texts = [str(name)[:16] for name in (classes if names is None else names)]
        axes.set_xticks(classes, texts, rotation=30 if max(map(len, texts)) > 3 else 0)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)
    return pictures.rendered(figure)


def score_curves(steps: Sequence[int], columns: Mapping[str, Sequence[float]]) -> np.ndarray:
    """Scores during a training, {name: values}, each in a panel of its own over the steps, as one picture (h, w, 3).
    Values under real_<name> are drawn as the line that real samples reach."""
    shown = {name: values for name, values in columns.items() if name in ROWS}
    figure, panels = pictures.new_figure(8, 1.7 * len(shown) + 0.4, rows=len(shown))
    panels = np.atleast_1d(panels)
    for axes, (name, values) in zip(panels, shown.items(), strict=True):
        title, better, _ = ROWS[name]
        axes.plot(steps, values, color=pictures.ORANGE, marker="o", markersize=3, label="generated")
        if f"real_{name}" in columns:
            axes.plot(steps, columns[f"real_{name}"], color=pictures.BLUE, linestyle="--", label="real")
        axes.set_ylabel(title)
        if name == "fid":
            axes.set_yscale("log")  # it falls to a hundredth in the first steps; what comes then should show as well
        best = f"{better} is better" if better else f"{BEST[name]:g} is best"
        axes.set_title(best, loc="right", color="grey", fontsize=8)
        axes.set_xlim(min(steps), max(steps) if max(steps) > min(steps) else min(steps) + 1)
    panels[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8)
    panels[-1].set_xlabel("step")
    return pictures.rendered(figure)
