"""Running statistics, which no gradient check sees: are they updated, by the right share, and used in evaluation?

A layer that keeps running averages of its batches (batch norm) must move them in training,
    running = momentum * running + (1 - momentum) * batch,
use them in evaluation and nothing else of the batch, and take one mean for each channel, not for each pixel.
Which share t of the way the running values go to the batch's can be read off: t = (new - old) / (batch - old).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.core.subject import Subject, changed, pack_size, same, snapshot, stored
from minigan.gradcheck.layers.causes import because


def check_statistics(subject: Subject, x: np.ndarray, add: Callable) -> None:
    """In training mode, for a layer that has state: add(Finding) for each of these promises that is broken."""
    layer = subject.fresh()
    old = snapshot(stored(layer))
    if subject.training is not True or not old:
        return
    y, _ = subject.forward(layer, x.copy())
    new = snapshot(stored(layer))
    evaluation = subject.in_mode(False)
    y_evaluation, _ = evaluation.forward(evaluation.fresh(), x.copy())
    if changed(old, new):
        check_independence(subject, evaluation, x, y, y_evaluation, add)
        for key in old:
            if finding := judged(key, old[key], new.get(key), x, getattr(layer, "momentum", None)):
                add(finding)
        return
    # The state may be a setting, such as a noise's strength: then evaluation does not use it. Or it is a reference
    # batch: then training's y uses it too, and differs from evaluation's for another reason, a dropout for example.
    used = not same(y, y_evaluation) and state_matters(evaluation, x, y_evaluation, lambda a: 0.5 + np.abs(a))
    if used and not state_matters(subject, x, y, lambda a: 0.1 * a):
        message = f"training leaves the state {sorted(old)} as it was, and evaluation uses it"
        hint = "move it towards the batch's: running = momentum * running + (1 - momentum) * batch"
        add(Finding("state", message, **because("running-statistics", hint=hint)))


def state_matters(subject: Subject, x: np.ndarray, y: np.ndarray, step: Callable) -> bool:
    """Whether forward gives something else than y once step(array) is added to each array of the state."""
    layer = subject.fresh()
    for array in stored(layer).values():
        if array.dtype.kind == "f":
            array += step(array)
    return not same(y, subject.forward(layer, x.copy())[0])


def judged(key: str, old: np.ndarray, new: np.ndarray | None, x: np.ndarray, momentum: Any) -> Finding | None:
    """How far one running statistic moves. Only where the name tells what it is an average of."""
    axes, kind = tuple(range(x.ndim - 1)), next((kind for kind in ("mean", "var") if kind in key.lower()), None)
    if kind is None or x.ndim < 2 or np.shape(new) != x.shape[-1:] or not isinstance(momentum, float):
        return None
    batch = [x.mean(axis=axes)] if kind == "mean" else [x.var(axis=axes), x.var(axis=axes, ddof=1)]
    shares = [share for value in batch if (share := one_share(old, new, value)) is not None]
    name = f"the running {kind} {key!r}"
    if not shares:
        hint = f"it should go part of the way to the {kind} over all axes but the last"
        message = f"{name} does not move towards the batch's {kind}"
        return Finding("state", message, **because("running-statistics", hint=hint))
    share = shares[0]
    if abs(share - 1) < 1e-6 and 1e-3 < momentum < 1:
        hint = "keep a part of the old value: running = momentum * running + (1 - momentum) * batch"
        return Finding("state", f"{name} is that of the last batch alone", **because("running-statistics", hint=hint))
    if abs(share - momentum) < 1e-6 < abs(share - (1 - momentum)) and momentum > 0.5:
        message = f"{name} goes {share:.3g} of the way to the batch's at once"
        return Finding("state", message, **because("momentum-swapped", momentum=momentum))
    return None


def one_share(old: np.ndarray, new: np.ndarray, batch: np.ndarray) -> float | None:
    """t with new = old + t (batch - old) for all channels, or None."""
    t = float(np.sum((new - old) * (batch - old)) / max(np.sum((batch - old) ** 2), 1e-300))
    return t if np.abs(new - old - t * (batch - old)).max() <= 1e-6 * np.abs(batch - old).max() else None


def check_independence(subject: Subject, evaluation: Subject, x: np.ndarray, y: np.ndarray, y_evaluation: np.ndarray,
                       add: Callable) -> None:  # fmt: skip
    """In evaluation a sample must not depend on the others; in training a channel's pixels share one mean."""
    pack = max(1, pack_size(subject.layer))  # so many samples are one, and its own: see `Pack`
    if len(x) <= pack:
        return
    other = x.copy()
    other[pack:] = 0.5 * other[pack:] + 1
    y_other, _ = evaluation.forward(evaluation.fresh(), other.copy())
    if not same(y_other[:1], y_evaluation[:1]):
        message = "in evaluation mode a sample's output depends on the other samples of the batch"
        add(Finding("y", message, **because("batch-in-evaluation")))
    shared = [p for p in subject.params.values() if p.shape == x.shape[-1:]]
    pixels = x.ndim == 4 and y.shape == x.shape and shared and len(x) > 2 and x.shape[1] * x.shape[2] > 3
    if pixels and each_pixel_by_itself(subject, x, y):
        message = "each pixel is normalised by itself: it does not matter to the others"
        add(Finding("y", message, **because("per-pixel")))


def each_pixel_by_itself(subject: Subject, x: np.ndarray, y: np.ndarray) -> bool:
    """Whether a pixel of the first sample matters to the same pixel of the others, and never to another pixel."""
    seen = False
    for i, j in list(np.ndindex(x.shape[1:3]))[:12]:
        other = x.copy()
        other[0, i, j] = 0.5 * other[0, i, j] + 1
        moved = np.abs(subject.forward(subject.fresh(), other)[0] - y) > 1e-9 * np.abs(y).max()
        seen |= bool(moved[1:, i, j].any())
        moved[:, i, j] = False
        if moved.any():
            return False
    return seen
