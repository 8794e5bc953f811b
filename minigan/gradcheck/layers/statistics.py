"""Running statistics, which no gradient check sees: are they updated, by the right share, and used in evaluation?

A layer that keeps running averages of its batches (batch norm) must move them in training,
    running = momentum * running + (1 - momentum) * batch,
use them in evaluation and nothing else of the batch, and take one mean for each channel, not for each pixel.
Which share t of the way the running values go to the batch's can be read off: t = (new - old) / (batch - old).
"""

import numpy as np

from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.core.subject import Subject, changed, same, snapshot, stored


def check_statistics(subject, x, add):
    """In training mode, for a layer that has state: add(Finding) for each of these promises that is broken."""
    layer = subject.fresh()
    old = snapshot(stored(layer))
    if subject.training is not True or not old:
        return
    y, _ = subject.forward(layer, x.copy())
    new = snapshot(stored(layer))
    evaluation = Subject(subject.layer, False)
    y_evaluation, _ = evaluation.forward(evaluation.fresh(), x.copy())
    if not changed(old, new):
        if (
            not same(y, y_evaluation)
            and evaluation_uses_state(evaluation, x, y_evaluation)
            and not matters(subject, x, y)
        ):
            message = f"training leaves the state {sorted(old)} as it was, and evaluation uses it"
            hint = "move it towards the batch's: running = momentum * running + (1 - momentum) * batch"
            add(Finding("state", message, cause="running-statistics", hint=hint))
        return
    check_independence(subject, evaluation, x, y, y_evaluation, add)
    for key in old:
        finding = judged(key, old[key], new.get(key), x, getattr(layer, "momentum", None))
        if finding is not None:
            add(finding)


def evaluation_uses_state(evaluation, x, y):
    """Whether evaluation gives something else than y once the state is another. Where it does not, the state is no
    average of the data but a setting of the training, such as the strength of a noise, which somebody else changes."""
    layer = evaluation.fresh()
    for array in stored(layer).values():
        array += 0.5 + np.abs(array)
    return not same(y, evaluation.forward(layer, x.copy())[0])


def matters(subject, x, y):
    """Whether the state is in training's y too: then it is something else than a running statistic, a reference batch
    for example, and a y that differs between the modes does so for another reason, a dropout for example."""
    layer = subject.fresh()
    for array in stored(layer).values():
        if array.dtype.kind == "f":
            array *= 1.1
    return not same(y, subject.forward(layer, x.copy())[0])


def judged(key, old, new, x, momentum):
    """How far one running statistic moves -> a Finding or None. Only where the name tells what it is an average of."""
    axes = tuple(range(x.ndim - 1))
    if x.ndim < 2 or np.shape(new) != x.shape[-1:] or not isinstance(momentum, float):
        return None
    batch = {"mean": [x.mean(axis=axes)], "var": [x.var(axis=axes), x.var(axis=axes, ddof=1)]}
    kind = next((kind for kind in batch if kind in key.lower()), None)
    if kind is None:
        return None
    shares = [share for value in batch[kind] if (share := one_share(old, new, value)) is not None]
    if not shares:
        hint = f"it should go part of the way to the {kind} over all axes but the last"
        message = f"the running {kind} {key!r} does not move towards the batch's {kind}"
        return Finding("state", message, cause="running-statistics", hint=hint)
    share = shares[0]
    if abs(share - 1) < 1e-6 and 1e-3 < momentum < 1:
        hint = "keep a part of the old value: running = momentum * running + (1 - momentum) * batch"
        message = f"the running {kind} {key!r} is that of the last batch alone"
        return Finding("state", message, cause="running-statistics", hint=hint)
    if abs(share - momentum) < 1e-6 < abs(share - (1 - momentum)) and momentum > 0.5:
        message = f"the running {kind} {key!r} goes {share:.3g} of the way to the batch's at once"
        hint = (
            f"momentum = {momentum:.3g} is the share of the old value that is kept: 1 - momentum belongs to the batch"
        )
        return Finding("state", message, cause="momentum-swapped", hint=hint)
    return None


def one_share(old, new, batch):
    """t with new = old + t (batch - old) for all channels, or None."""
    t = float(np.sum((new - old) * (batch - old)) / max(np.sum((batch - old) ** 2), 1e-300))
    return t if np.abs(new - old - t * (batch - old)).max() <= 1e-6 * np.abs(batch - old).max() else None


def check_independence(subject, evaluation, x, y, y_evaluation, add):
    """In evaluation a sample must not depend on the others; in training a channel's pixels share one mean."""
    joins = max(1, getattr(subject.layer, "pack_size", 1))  # so many samples are one, and its own: see `Pack`
    if len(x) <= joins:
        return
    other = x.copy()
    other[joins:] = 0.5 * other[joins:] + 1
    y_other, _ = evaluation.forward(evaluation.fresh(), other.copy())
    if not same(y_other[:1], y_evaluation[:1]):
        hint = "use the running mean and variance in evaluation, not the batch's"
        message = "in evaluation mode a sample's output depends on the other samples of the batch"
        add(Finding("y", message, cause="batch-in-evaluation", hint=hint))
    shared = [p for p in subject.params.values() if p.shape == x.shape[-1:]]
    if x.ndim == 4 and y.shape == x.shape and shared and len(x) > 2 and x.shape[1] * x.shape[2] > 3:
        if each_pixel_by_itself(subject, x, y):
            hint = (
                "take mean and variance over all axes but the last: axis=(0, 1, 2); all pixels of a channel share them"
            )
            message = "each pixel is normalised by itself: it does not matter to the others"
            add(Finding("y", message, cause="per-pixel", hint=hint))


def each_pixel_by_itself(subject, x, y):
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
