"""`minigan edit`: walks between two pictures, directions in the noise, and the odd one out."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from minigan.edit import directions as find_directions
from minigan.edit.baselines import nearest
from minigan.edit.directions import Directions, ganspace
from minigan.edit.find import drawn
from minigan.edit.odd import anogan, auc, feature_discrepancy, residual, roc
from minigan.edit.operators import Identity
from minigan.edit.tasks import Task
from minigan.metrics.bootstrap import interval
from minigan.recipes.edit_subject import Pictures, Subject
from minigan.recipes.setup import class_number
from minigan.recipes.walk import PATHS, straight
from minigan.report import pictures
from minigan.report.pictures import COLOURS
from minigan.tables import aligned

SAMPLES = 4000  # of noise, that directions are learnt from
STEPS = 7  # columns of the picture of directions
MOST = 20  # pictures of a walk
REACH = 3.0  # deviations to each side
AGAIN = 1000  # bootstrap replicates of an AUC


@dataclass(frozen=True, eq=False)
class Made:
    """What a verb made: a picture uint8 (h, w, 3), arrays for found.npz, numbers for table.json, a text."""

    image: np.ndarray
    content: dict[str, np.ndarray]
    numbers: dict[str, Any]
    said: str

    def picture(self) -> np.ndarray:
        return self.image

    def arrays(self) -> dict[str, np.ndarray]:
        return self.content

    def as_dict(self) -> dict[str, Any]:
        return self.numbers

    def text(self) -> str:
        return self.said


def walk(subject: Subject, came: Pictures, frames: int = 8, label: int | None = None,
         tick: Callable[[], Any] = lambda: None) -> Made:  # fmt: skip
    """From each picture to the next, through their noises: on the arc, on the straight line, and beside them the pixels
    faded over, which needs no generator. Where G is told the class, the labels go along the straight line.

    Raises ValueError for fewer than two pictures, or more than MOST, and for fewer than two frames."""
    if not 2 <= len(came.x) <= MOST:
        raise ValueError(f"a walk needs 2 to {MOST} pictures, got {len(came.x)}; fix: give so many, or --held-out 4")
    if frames < 2:
        raise ValueError(f"--frames must be at least 2, got {frames}")
    found = subject.search_for(lambda y: Task().objective(subject.G, y), came.x, label=label, tick=tick,
                               start=subject.start(Task()))  # fmt: skip
    labels, at = None if found.labels is None else found.labels[:, 0], np.linspace(0, 1, frames)
    rows = {way: legs(subject, found.z[:, 0], labels, path, at) for way, path in PATHS.items()}
    rows["pixels"] = np.stack([straight(a, b, t) for a, b in pairwise(came.x) for t in at])
    x, heads = np.concatenate(list(rows.values())), [way for way in rows for _ in range(len(came.x) - 1)]
    sure = {}
    if subject.judge is not None:
        between = np.tile((at > 0) & (at < 1) if frames > 2 else at >= 0, len(came.x) - 1)
        sure = {way: float(subject.read(row[between])[1].mean()) for way, row in rows.items()}
    grid = pictures.grid((x + 1) / 2, frames, zoom=pictures.zoom_to(1000, x.shape, columns=frames))
    table = [["walk", "how sure the judge is on the way"], *([way, f"{share:.1%}"] for way, share in sure.items())]
    content = {"images": (np.clip(x, -1, 1) + 1).reshape(len(heads), frames, *x.shape[1:]) / 2,
               "z": found.z[:, 0], "ways": np.array(heads)}  # fmt: skip
    numbers = {"task": "walk", "pictures": len(came.x), "sure": sure}
    return Made(pictures.headed(grid, heads, [""] * frames), content, numbers, "\n".join(aligned(table)))


def legs(subject: Subject, z: np.ndarray, labels: np.ndarray | None, path: Callable, at: np.ndarray) -> np.ndarray:
    """Pictures on the way from each noise of z (N, z_dim) to the next, ((N - 1) * len(at), H, W, C). A code has nothing
    between it and another: each leg keeps that of its start. Raises ValueError if G draws no mixtures of classes."""
    numbers, codes = np.split(z, [subject.noise.z_dim], axis=1)
    ways = np.concatenate([path(a[None], b[None], t) for a, b in pairwise(numbers) for t in at]).astype(z.dtype)
    stops = np.concatenate([ways, np.repeat(codes[:-1], len(at), axis=0)], axis=1)
    if labels is None or (labels == labels[0]).all():
        return drawn(subject.G, stops, None if labels is None else np.full(len(stops), labels[0]))
    told = np.eye(subject.classes, dtype=z.dtype)[labels]
    mixtures = np.stack([straight(a, b, t) for a, b in pairwise(told) for t in at])
    try:
        return drawn(subject.G, stops, mixtures)
    except (ValueError, IndexError, TypeError) as error:
        raise ValueError(f"the generator of {subject.path} cannot draw mixtures of classes ({error}); fix: one --class "
                         "for all pictures") from error  # fmt: skip


def directions(subject: Subject, count: int = 8, label: int | None = None) -> Made:
    """GANSpace's directions of G: a row for each, from -REACH to REACH deviations from one noise. Of a G that is not
    told the class, and with a judge, also the noise's mean of each class and where it leads."""
    rng = subject.rng(5)
    z = subject.noise.sample(SAMPLES, rng)
    labels = None
    if subject.classes:
        labels = np.arange(SAMPLES) % subject.classes if label is None else np.full(SAMPLES, label)
    ways = ganspace(subject.G, z, labels, count)
    x = along(subject, ways, z[0], None if labels is None else labels[:1])
    table = ((x + 1) / 2).reshape(-1, *x.shape[2:])
    grid = pictures.grid(table, STEPS, zoom=pictures.zoom_to(1000, table.shape, columns=STEPS))
    columns = [f"{a:+.0f}" for a in np.linspace(-REACH, REACH, STEPS)]
    heads = [f"{k + 1}: {share:.0%}" for k, share in enumerate(ways.share)]
    content = {"directions": ways.u, "deviations": ways.deviation, "shares": ways.share, "images": (x + 1) / 2}
    numbers = {"task": "directions", "shares": ways.share.tolist()}
    said = [f"{len(ways.share)} directions; share of the variance of an early layer: "
            + ", ".join(f"{share:.1%}" for share in ways.share)]  # fmt: skip
    if len(ways.share) < count:
        said.append(f"--count {count}: there are no more, as many as the noise ({z.shape[1]:,}) or the layer has "
                    "numbers")  # fmt: skip
    if not subject.classes and subject.judge is not None:
        means, moved = class_walk(subject, z)
        content["class_means"], numbers["read_after_move"] = means, moved
        said += ["", *aligned([["class", "read as it", "after the move"],
                               *([name, f"{a:.0%}", f"{b:.0%}"] for name, (a, b) in moved.items())])]  # fmt: skip
        if unread := [name for name in subject.names if name not in moved]:
            said.append(f"left out, as the judge reads none of {SAMPLES:,} pictures as it: {', '.join(unread)}")
    return Made(pictures.headed(grid, heads, columns), content, numbers, "\n".join(said))


def along(subject: Subject, ways: Directions, z: np.ndarray, label: np.ndarray | None) -> np.ndarray:
    """Pictures along each direction from one noise z (z_dim,) -> (K, STEPS, H, W, C)."""
    steps = np.linspace(-REACH, REACH, STEPS)
    rows = [z + np.outer(steps * d, u).astype(z.dtype) for u, d in zip(ways.u, ways.deviation, strict=True)]
    told = None if label is None else np.repeat(label, STEPS)
    return np.stack([drawn(subject.G, row, told) for row in rows])


def class_walk(subject: Subject, z: np.ndarray, shown: int = 200) -> tuple[np.ndarray, dict[str, tuple[float, float]]]:
    """The mean noise of each class (`class_means`), and what it is good for: {class: (share of `shown` fresh samples
    that the judge reads as it, the same after each noise has gone one step from the mean of its class to that one)}.
    The step is as long as noise is: the difference of two means is short, and points the way."""
    read, _ = subject.read(drawn(subject.G, z))
    means = find_directions.class_means(z, read, len(subject.names))
    fresh = subject.noise.sample(shown, subject.rng(6))
    before, _ = subject.read(drawn(subject.G, fresh))
    moved = {}
    for k, name in enumerate(subject.names):
        if np.isnan(means[k]).any():
            continue
        way = means[k] - np.nan_to_num(means[before])
        length = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
        gone = fresh + way / length * np.sqrt(subject.noise.z_dim, dtype=z.dtype)
        gone = np.where((before == k)[:, None], fresh, gone)
        after, _ = subject.read(drawn(subject.G, gone.astype(z.dtype)))
        moved[name] = (float(np.mean(before == k)), float(np.mean(after == k)))
    return means, moved


def check_odd(subject: Subject, name: str | None) -> int:
    """The number of the class that the run was trained without. Raises ValueError if it was trained with all, or `name`
    is another one."""
    left_out, names = subject.config["settings"].get("without_class"), subject.names
    if not left_out:
        raise ValueError(f"edit odd finds a class that the run has not seen, and {subject.path} has seen all of its "
                         "data; fix: minigan train --without-class 7, and that run")  # fmt: skip
    number = class_number(names, left_out)
    if name is not None and class_number(names, name) != number:
        raise ValueError(f"{subject.path} was trained without class {names[number]}, and has seen {name}; leave "
                         "--class out")  # fmt: skip
    return number


def check_both(subject: Subject, came: Pictures, all_of_them: bool) -> None:
    """Raise ValueError unless some of the pictures are of the class that the run was trained without, and some are not.
    all_of_them: whether they are all that there are."""
    number = check_odd(subject, None)
    found, name = np.count_nonzero(came.labels == number), subject.names[number]
    if 0 < found < len(came.x):
        return
    what = "none" if found == 0 else "each"
    fix = "a run of data with both" if all_of_them else "a larger --held-out, or leave it out for all of the test split"
    raise ValueError(f"edit odd tells class {name}, which the run was trained without, from the others, and {what} of "
                     f"the {len(came.x):,} held-out pictures is of it; fix: {fix}")  # fmt: skip


def odd(subject: Subject, came: Pictures, tick: Callable[[], Any] = lambda: None) -> Made:
    """Which of held-out pictures are of the class that the run was trained without? Raises ValueError as `check_odd`,
    and where none is, or all."""
    number = check_odd(subject, None)
    left_out, is_odd = subject.names[number], came.labels == number
    found = subject.search_for(lambda y: Task().objective(subject.G, y), came.x, tick=tick,
                               start=subject.start(Task()))  # fmt: skip
    g = found.pictures(subject.G)[:, 0]
    R, scores = residual(came.x, g), {}
    if subject.lacking():
        subject.say(f"note: no scores by features of D: {subject.lacking()}")
    else:
        F = feature_discrepancy(subject.D, came.x, g)
        scores |= {"AnoGAN: residual and features": anogan(R, F), "features of D": F}
    scores["residual |x - G(z)|"] = R
    scores["distance to the nearest training picture"] = residual(came.x, nearest(subject.train, came.x, Identity()))
    areas = {key: auc_with_interval(values, is_odd, subject.rng(7)) for key, values in scores.items()}
    head = [f"odd: class {left_out}, {is_odd.sum():,} of {len(is_odd):,}", "area under ROC", "95 %"]
    rows = [[key, f"{area:.3f}", f"{low:.3f} to {high:.3f}"] for key, (area, low, high) in areas.items()]
    named = {key: dict(zip(("value", "low", "high"), area, strict=True)) for key, area in areas.items()}
    numbers = {"task": "odd", "class": left_out, "odd": int(is_odd.sum()), "pictures": len(is_odd), "auc": named}
    image = odd_picture({key: roc(values, is_odd) for key, values in scores.items()}, areas)
    content = {"scores": next(iter(scores.values())), "odd": is_odd, "images": (g + 1) / 2,
               "given": (came.x + 1) / 2, "z": found.z[:, 0]}  # fmt: skip
    return Made(image, content, numbers, "\n".join(aligned([head, *rows])))


def auc_with_interval(scores: np.ndarray, is_odd: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float]:
    """The area under the ROC curve, and the middle 95 % of AGAIN bootstrap replicates."""
    value, again = auc(scores, is_odd), []
    for _ in range(AGAIN):
        chosen = np.concatenate([rng.choice(np.flatnonzero(part), part.sum()) for part in (is_odd, ~is_odd)])
        again.append(auc(scores[chosen], is_odd[chosen]))
    return value, *interval(value, np.array(again))


def odd_picture(curves: dict[str, tuple[np.ndarray, np.ndarray]], areas: dict[str, tuple]) -> np.ndarray:
    """The ROC curves in one picture."""
    figure, axes = pictures.new_figure(6.4, 6.4)
    for (key, (alarms, found)), colour in zip(curves.items(), COLOURS, strict=False):
        axes.plot(alarms, found, color=colour, label=f"{key}: {areas[key][0]:.3f}")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":", label="chance: 0.5")
    axes.set(xlabel="false alarms, share of the others", ylabel="found, share of the odd ones", aspect="equal")
    axes.legend(loc="lower right", fontsize=8)
    return pictures.rendered(figure)
