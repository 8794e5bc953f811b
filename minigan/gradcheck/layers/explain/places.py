"""The right numbers in the wrong places: transposed, flipped, swapped, shifted, in another order; or in another shape.

Undoing it must give the right gradient in every entry looked at.
"""

import itertools
import math

import numpy as np

from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.layers.explain.case import because, fits

IMAGE, KERNEL = ("sample", "height", "width", "channel"), ("height", "width", "channel", "channel")


def turned(case, close=fits):
    """Undo each turn in turn."""
    for cause, hint, candidate in turns(case):
        if candidate.shape == case.array.shape and close(candidate.ravel()[case.flat], case.numeric):
            return because(cause, hint, f"undone, it is right in all {len(case.numeric)} entries looked at")
    return {}


def turns(case):
    """(cause, hint, what backward said with the turn undone)."""
    a, names = case.analytic, KERNEL if case.where != "dx" else IMAGE
    if a.ndim == 2:
        yield "transposed", "it is transposed: swap the two axes", a.T
    if a.ndim == 4:
        yield "flipped", "the kernel is flipped: upside down and left to right", a[::-1, ::-1]
        if case.where != "dx":
            yield "channels-swapped", "the two channel axes are swapped", a.swapaxes(2, 3)
            yield "height-width-swapped", "height and width are swapped", a.swapaxes(0, 1)
        yield "height-width-swapped", "height and width are swapped", a.swapaxes(1, 2)
    for axis in range(a.ndim):
        name = f"axis {axis}" + (f" ({names[axis]})" if a.ndim == 4 else "")
        cause = "samples-mixed" if case.where == "dx" and axis == 0 else "flipped"
        cause = "channels-swapped" if case.where == "dx" and axis == a.ndim - 1 else cause
        yield cause, f"it is in reverse order along {name}", np.flip(a, axis)
        for shift in (1, -1, 2, -2):
            if abs(shift) < a.shape[axis]:
                yield "shifted", f"it is shifted by {shift} along {name}", np.roll(a, -shift, axis)
    for axes in list(itertools.permutations(range(a.ndim)))[1:]:
        yield "transposed", f"its axes are in another order: {axes}", a.transpose(axes)
        in_order = a.reshape([a.shape[k] for k in axes]) if a.ndim > 1 else a
        back = in_order.transpose(np.argsort(axes))
        yield "order", f"it was reshaped where axes should have been swapped: {axes}", back
        yield (
            "order",
            f"axes were swapped where it should have been reshaped: {axes}",
            a.transpose(axes).reshape(a.shape),
        )
    if a.ndim > 1:
        hint = 'entries are read in another order than they were written: order "F" for order "C"'
        yield "order", hint, np.reshape(a.ravel(), a.shape, order="F")
        yield "order", hint, np.reshape(a.ravel(order="F"), a.shape)
        if case.where == "dx":
            rest = a.reshape(len(a), -1)
            yield "order", hint, np.stack([row.reshape(a.shape[1:], order="F") for row in rest])
            yield "order", hint, np.stack([image.ravel(order="F") for image in a]).reshape(a.shape)


def misplaced(case):
    """The same numbers, each in some other place."""
    if not case.complete or case.array.size < 4:
        return {}
    said, right = case.analytic.ravel(), case.numeric
    if not fits(np.sort(said), np.sort(right)):
        return {}
    order, target = np.argsort(said), np.argsort(right)
    wrong = int(np.sum(order != target))
    k = int(np.argmax(order != target))
    one, two = (tuple(map(int, np.unravel_index(j[k], case.array.shape))) for j in (order, target))
    hint = f"all numbers are right but {wrong} are in the wrong place: {one} holds what belongs to {two}"
    return because("order", hint, "sorted by size, the two gradients are equal")


def wrong_shape(case, finding):
    """The finding on a gradient of a wrong shape, with more to say if its numbers can be put right."""
    a, shape, right = case.analytic, case.array.shape, case.full(case.numeric)
    known = np.isfinite(right)
    for cause, hint, candidate in reshapings(a, shape, case.where):
        if candidate.shape == shape and fits(candidate[known], right[known]):
            evidence = f"with that done it is right in all {int(known.sum())} entries looked at"
            return Finding(finding.where, finding.message, cause=cause, hint=hint, evidence=evidence)
    return finding


def reshapings(a, shape, where):
    if a.ndim > len(shape) and a.size > math.prod(shape):
        axes = tuple(range(a.ndim - len(shape)))
        what = "the batch" if len(axes) == 1 else "batch and positions"
        hint = f"sum over {what}: .sum(axis={axes if len(axes) > 1 else 0}); all of them share the parameter"
        yield "not-summed", hint, a.sum(axis=axes)
        for kept in itertools.combinations(range(a.ndim), len(shape)):
            lost = tuple(k for k in range(a.ndim) if k not in kept)
            yield "not-summed", f"sum over the axes {lost}: the parameter is shared along them", a.sum(axis=lost)
    if a.size == math.prod(shape):
        for axes in itertools.permutations(range(a.ndim)):
            if len(shape) == a.ndim:
                yield "transposed", f"its axes are in another order: .transpose{axes}", a.transpose(axes)
        yield "shape", f"the numbers are right: .reshape{shape}", a.reshape(shape)
        yield "order", 'the numbers are in order "F"', a.reshape(shape, order="F")
    if a.ndim == len(shape) and all(x >= y for x, y in zip(a.shape, shape, strict=True)):
        spare = [x - y for x, y in zip(a.shape, shape, strict=True)]
        for before in itertools.product(*(range(min(s, 6) + 1) for s in spare)):
            crop = a[tuple(slice(b, b + n) for b, n in zip(before, shape, strict=True))]
            text = ", ".join(f"{b} before and {s - b} after along axis {k}"
                             for k, (b, s) in enumerate(zip(before, spare, strict=True)) if s)  # fmt: skip
            yield "not-cropped", f"the padding is still there: cut off {text}", crop
