"""The right gradient, but for another dy: ignored, used twice, one sample alone.

With the Jacobian J the gradient for any dy is dy J. So each candidate costs one product, and many can be tried.
"""

from collections.abc import Callable, Iterator

import numpy as np

from minigan.gradcheck.core.inputs import only
from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case, fits, numeric_jacobian


def another(case: Case, close: Callable = fits) -> Iterator[dict]:
    """Which dy makes it right?"""
    for cause, hint, dy in candidates(case):
        right = case.for_upstream(dy)
        if not fits(dy, case.dy) and right.any() and close(case.said, right):
            evidence = f"it is the right gradient for another dy, in all {len(case.numeric)} entries looked at"
            yield because(cause, evidence, hint)


def candidates(case: Case) -> Iterator[tuple]:
    """(cause, hint or "", dy): the simple ones first."""
    dy = case.dy
    yield "upstream-ignored", "", np.ones_like(dy)
    yield "upstream-twice", "", dy * dy
    if case.where != "dx" and len(dy) > 1:
        yield from one_sample(dy)
    yield "upstream-changed", "backward uses |dy|: the sign of the upstream gradient is lost", np.abs(dy)
    yield "upstream-changed", "backward uses the sign of dy: its size is lost", np.sign(dy)
    hint = "backward cuts off negative entries of dy; the ReLU's condition is on x, not on dy"
    yield "upstream-changed", hint, np.maximum(dy, 0)
    if len(dy) > 1:
        hint = "dy was averaged over the batch first: each sample has its own dy"
        yield "upstream-averaged", hint, np.broadcast_to(dy.mean(axis=0), dy.shape)
        yield "upstream-averaged", "dy was summed over the batch first", np.broadcast_to(dy.sum(axis=0), dy.shape)
        yield "samples-mixed", "the samples of the batch are in reverse order", dy[::-1]
        yield "samples-mixed", "each sample gets its neighbour's dy", np.roll(dy, 1, axis=0)
        yield "samples-mixed", "each sample gets its neighbour's dy", np.roll(dy, -1, axis=0)
    for axis in range(1, dy.ndim):
        if dy.shape[axis] > 1:
            name, mean = f"axis {axis}", np.broadcast_to(dy.mean(axis=axis, keepdims=True), dy.shape)
            yield "upstream-averaged", f"dy was averaged over {name} first", mean
            yield "upstream-averaged", f"dy was summed over {name} first", mean * dy.shape[axis]
            yield "upstream-flipped", f"dy is in reverse order along {name}", np.flip(dy, axis)
    # dy with an activation's derivative in it that it should not have
    hint = "dy has passed an activation's derivative, but forward has no activation"
    for v in (case.y, case.x) if case.x.shape == dy.shape else (case.y,):
        yield "upstream-changed", hint, dy * v
        yield "upstream-changed", hint, dy * (v > 0)


def one_sample(dy: np.ndarray) -> Iterator[tuple]:
    """One sample, one position along an axis, or one position of each image, where all should be summed."""
    yield "one-sample", "only the first sample of the batch counts: sum over the batch", only(dy, np.s_[:1])
    yield "one-sample", "only the last sample of the batch counts: add up, do not overwrite", only(dy, np.s_[-1:])
    whole = (slice(None),)
    places = [(f"along axis {axis}", whole * axis, 1) for axis in range(1, dy.ndim - 1)]
    places += [("of each image", whole, 2)] if dy.ndim == 4 else []
    for name, before, axes in places:
        for place, word in ((0, "first"), (-1, "last")):
            hint = f"only the {word} position {name} counts: sum over all positions"
            yield "one-position", hint, only(dy, (*before, *[place] * axes))


def activation(case: Case) -> Iterator[dict]:
    """An activation at the layer's end that dy has not passed, or has passed twice."""
    slope = slope_of_bias(case)
    if slope is None or fits(slope, np.ones_like(slope)):
        return
    passed = case.backward(case.dy * slope)
    if passed is not None and fits(passed.ravel()[case.flat], case.numeric):
        yield because("activation-skipped", "with dy times f'(z) handed to backward it is right")
    if fits(case.said, case.for_upstream(case.dy * slope)):
        yield because("activation-twice", "it is the right gradient for dy times f'(z)")


def not_linear(case: Case) -> Iterator[dict]:
    """Whatever backward does, twice the dy must give twice the gradient."""
    doubled = case.backward(2 * case.dy)
    if doubled is None or fits(doubled.ravel()[case.flat], 2 * case.said):
        return
    hint = "backward must be linear in dy: is dy clipped, normalised, squared, or is something added to it?"
    ratio = float(np.abs(doubled).max() / np.abs(case.said).max())
    yield because("upstream-changed", f"for 2 dy it does not return twice as much: {ratio:.3g} times", hint)


def slope_of_bias(case: Case) -> np.ndarray | None:
    """If the layer ends with y = f(z + b), f'(z) in the shape of y: what a small change of b does; else None."""
    F = case.dy.shape[-1]
    for p in case.subject.params.values():
        if p.shape != (F,) or case.dy.ndim < 2:
            continue
        J, smooth = numeric_jacobian(case.subject, case.x, case.y, p, [(f,) for f in range(F)])
        J = J.reshape(*case.dy.shape, F)
        own = np.einsum("...ff->...f", J)
        if smooth.all() and fits(J.sum(axis=-1), own):
            return own.copy()
    return None
