"""The right numbers in the wrong places: transposed, flipped, swapped, shifted, in another order; or in another shape.

Undoing it must give the right gradient in every entry looked at. And where nothing explains an error: where it lies.
"""

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np

from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import CLOSE, Case, all_but, fits
from minigan.gradcheck.layers.explain.contributions import edges_of

IMAGE, KERNEL = ("sample", "height", "width", "channel"), ("height", "width", "channel", "channel")
AXES = {2: ("row", "column"), 3: ("sample", "position", "channel"), 4: ("sample", "row", "column", "channel")}


def turned(case: Case, close: Callable = fits) -> Iterator[dict]:
    """Undo each turn in turn."""
    for cause, hint, candidate in turns(case):
        if candidate.shape == case.array.shape and close(candidate.ravel()[case.flat], case.numeric):
            yield because(cause, f"undone, it is right in all {len(case.numeric)} entries looked at", hint)


def turns(case: Case) -> Iterator[tuple]:
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
        special = {0: "samples-mixed", a.ndim - 1: "channels-swapped"} if case.where == "dx" else {}
        yield special.get(axis, "flipped"), f"it is in reverse order along {name}", np.flip(a, axis)
        for shift in (1, -1, 2, -2):
            if abs(shift) < a.shape[axis]:
                yield "shifted", f"it is shifted by {shift} along {name}", np.roll(a, -shift, axis)
    yield from reorderings(a, case.where)


def reorderings(a: np.ndarray, where: str) -> Iterator[tuple]:
    """The same for axes in another order, and entries that are read in another order than they were written."""
    for axes in list(itertools.permutations(range(a.ndim)))[1:]:
        yield "transposed", f"its axes are in another order: {axes}", a.transpose(axes)
        back = a.reshape([a.shape[k] for k in axes]).transpose(np.argsort(axes))
        yield "order", f"it was reshaped where axes should have been swapped: {axes}", back
        hint = f"axes were swapped where it should have been reshaped: {axes}"
        yield "order", hint, a.transpose(axes).reshape(a.shape)
    if a.ndim > 1:
        hint = 'entries are read in another order than they were written: order "F" for order "C"'
        yield "order", hint, np.reshape(a.ravel(), a.shape, order="F")
        yield "order", hint, np.reshape(a.ravel(order="F"), a.shape)
        if where == "dx":
            rest = a.reshape(len(a), -1)
            yield "order", hint, np.stack([row.reshape(a.shape[1:], order="F") for row in rest])
            yield "order", hint, np.stack([image.ravel(order="F") for image in a]).reshape(a.shape)


def misplaced(case: Case) -> Iterator[dict]:
    """The same numbers, each in some other place."""
    said, right = case.analytic.ravel(), case.numeric
    if not case.complete or case.array.size < 4 or not fits(np.sort(said), np.sort(right)):
        return
    order, target = np.argsort(said), np.argsort(right)
    wrong, k = int(np.sum(order != target)), int(np.argmax(order != target))
    one, two = (tuple(map(int, np.unravel_index(j[k], case.array.shape))) for j in (order, target))
    hint = f"all numbers are right but {wrong} are in the wrong place: {one} holds what belongs to {two}"
    yield because("order", "sorted by size, the two gradients are equal", hint)


def wrong_shape(case: Case, finding: Finding) -> Finding:
    """The finding on a gradient of a wrong shape, with more to say if its numbers can be put right."""
    right = case.full(case.numeric)
    known = np.isfinite(right)
    for cause, hint, candidate in reshapings(case.analytic, right.shape):
        if candidate.shape == right.shape and fits(candidate[known], right[known]):
            evidence = f"with that done it is right in all {int(known.sum())} entries looked at"
            return Finding(finding.where, finding.message, **because(cause, evidence, hint))
    return finding


def reshapings(a: np.ndarray, shape: tuple) -> Iterator[tuple]:
    """(cause, hint, what backward said brought into the right shape)."""
    if a.ndim > len(shape) and a.size > math.prod(shape):
        axes = tuple(range(a.ndim - len(shape)))
        what = "the batch" if len(axes) == 1 else "batch and positions"
        hint = f"sum over {what}: .sum(axis={axes if len(axes) > 1 else 0}); all of them share the parameter"
        yield "not-summed", hint, a.sum(axis=axes)
        for kept in itertools.combinations(range(a.ndim), len(shape)):
            lost = all_but(kept, a.ndim)
            yield "not-summed", f"sum over the axes {lost}: the parameter is shared along them", a.sum(axis=lost)
    if a.size == math.prod(shape):
        for axes in itertools.permutations(range(a.ndim)) if len(shape) == a.ndim else ():
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


def whereabouts(case: Case) -> Iterator[dict]:
    """No cause, but the place of the error in words, and how much of the array it takes."""
    n = case.numeric
    wrong = np.abs(case.said - n) > CLOSE * max(np.abs(n).max(), np.abs(case.said).max())
    if not wrong.any():
        return
    mask = np.zeros(case.array.size, bool)
    mask[case.flat] = wrong
    known = case.complete and not wrong.all()
    place = in_words(mask.reshape(case.array.shape), case.where) if known else ""
    hint = f"wrong {place} only; the rest is right" if place else ""
    yield {"hint": hint, "evidence": f"{int(wrong.sum())} of the {len(n)} entries looked at are wrong"}


def in_words(mask: np.ndarray, where: str) -> str:
    """The indices along one axis that hold all errors, in words; "" if they are everywhere along every axis."""
    names = AXES.get(mask.ndim, tuple(f"index of axis {k}" for k in range(mask.ndim)))
    if where != "dx" and mask.ndim == 4:
        names = ("kernel row", "kernel column", "index of axis 2", "index of axis 3")
    if border := edges_of(mask, whole=False, names=names):
        return f"at {border}"
    for axis in range(mask.ndim):
        lines = mask.any(axis=all_but((axis,), mask.ndim))
        if not lines.all() and lines.sum() <= max(len(lines) // 2, 1):
            return f"at {names[axis]} {', '.join(map(str, np.flatnonzero(lines)[:6]))}"
    return ""
