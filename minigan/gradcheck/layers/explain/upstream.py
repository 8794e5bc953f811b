"""The right gradient, but for another dy: ignored, used twice, one sample alone.

With the Jacobian J the gradient for any dy is dy J. So each candidate costs one product, and many can be tried.
"""

import numpy as np

from minigan.gradcheck.layers.explain.case import because, fits, numeric_jacobian


def another(case, close=fits):
    """Which dy makes it right?"""
    for cause, hint, dy in candidates(case):
        if fits(dy, case.dy):
            continue
        right = case.for_upstream(dy)
        if right.any() and close(case.said, right):
            evidence = f"it is the right gradient for another dy, in all {len(case.numeric)} entries looked at"
            return because(cause, hint, evidence)
    return {}


def candidates(case):
    """(cause, hint, dy): the simple ones first."""
    dy = case.dy
    yield "upstream-ignored", "the upstream gradient dy is ignored: multiply by it", np.ones_like(dy)
    yield "upstream-twice", "the upstream gradient dy is used twice", dy * dy
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
            mean, name = dy.mean(axis=axis, keepdims=True), f"axis {axis}"
            yield "upstream-averaged", f"dy was averaged over {name} first", np.broadcast_to(mean, dy.shape)
            total = mean * dy.shape[axis]
            yield "upstream-averaged", f"dy was summed over {name} first", np.broadcast_to(total, dy.shape)
            yield "upstream-flipped", f"dy is in reverse order along {name}", np.flip(dy, axis)
    yield from through_activation(case)


def through_activation(case):
    """dy with an activation's derivative in it that it should not have, or without one that it should have."""
    dy, hint = case.dy, "dy has passed an activation's derivative, but forward has no activation"
    yield "upstream-changed", hint, dy * case.y
    yield "upstream-changed", hint, dy * (case.y > 0)
    if case.x.shape == dy.shape:
        yield "upstream-changed", hint, dy * case.x
        yield "upstream-changed", hint, dy * (case.x > 0)


def activation(case):
    """An activation at the layer's end that dy has not passed, or has passed twice."""
    slope = slope_of_bias(case)
    if slope is None or fits(slope, np.ones_like(slope)):
        return {}
    given = case.backward(case.dy * slope)
    if given is not None and fits(given.ravel()[case.flat], case.numeric):
        hint = "dy is used as it is; it must pass the activation's derivative first: dz = dy * f'(z)"
        return because("activation-skipped", hint, "with dy times f'(z) handed to backward it is right")
    if fits(case.said, case.for_upstream(case.dy * slope)):
        evidence = "it is the right gradient for dy times f'(z)"
        return because("activation-twice", "the activation's derivative is in it twice", evidence)
    return {}


def not_linear(case):
    """Whatever backward does, twice the dy must give twice the gradient."""
    doubled = case.backward(2 * case.dy)
    if doubled is None or fits(doubled.ravel()[case.flat], 2 * case.said):
        return {}
    hint = "backward must be linear in dy: is dy clipped, normalised, squared, or is something added to it?"
    ratio = float(np.abs(doubled).max() / np.abs(case.said).max())
    return because("upstream-changed", hint, f"for 2 dy it does not return twice as much: {ratio:.3g} times")


def slope_of_bias(case):
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


def one_sample(dy):
    first, last = np.zeros_like(dy), np.zeros_like(dy)
    first[:1], last[-1:] = dy[:1], dy[-1:]
    yield "one-sample", "only the first sample of the batch counts: sum over the batch", first
    yield "one-sample", "only the last sample of the batch counts: add up, do not overwrite", last
    for axis in range(1, dy.ndim - 1):
        for place, word in ((0, "first"), (-1, "last")):
            part = np.zeros_like(dy)
            index = [slice(None)] * dy.ndim
            index[axis] = place
            part[tuple(index)] = dy[tuple(index)]
            yield "one-position", f"only the {word} position along axis {axis} counts: sum over all positions", part
    if dy.ndim == 4:
        for place, word in ((0, "first"), (-1, "last")):
            part = np.zeros_like(dy)
            part[:, place, place] = dy[:, place, place]
            yield (
                "one-position",
                f"only the {word} position of each image counts: sum over all positions",
                part,
            )
