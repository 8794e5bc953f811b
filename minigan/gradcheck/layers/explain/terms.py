"""A term of a sum that is missing, or one that does not belong there: what is too much, is it something known?

The difference between what backward says and the right gradient is compared with known arrays: dy itself (a branch
past the layer), the parameter (a penalty on weights), or 1, x and y times one number for each group (a sum left out).
"""

import itertools
from collections.abc import Iterator

import numpy as np

from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case, all_but, fits, subsets
from minigan.gradcheck.layers.explain.factors import constant_along


def difference(case: Case) -> Iterator[dict]:
    """What is too much, or missing, as a multiple of something known."""
    over = case.said - case.numeric
    for name, known in simple_terms(case):
        k = float(np.sum(over * known) / max(np.sum(known * known), 1e-300))
        if not fits(over, k * known, close=1e-4):
            continue
        what = f"{abs(k):.4g} times {name}" if abs(abs(k) - 1) > 1e-4 else name
        if name == case.where:
            yield because("penalty", "the difference between the two gradients is that, in all entries", what=what)
        evidence = f"in all {len(over)} entries"
        if k > 0:
            yield because("term-extra", evidence, what=what)
        hint = f"a term is missing: {what}; is there a path past the rest of the layer?"
        yield because("term-missing", evidence, hint)
    yield from sums(case, over)


def simple_terms(case: Case) -> Iterator[tuple]:
    """(name, array at the entries looked at): dy, the parameter itself, other parameters, 1."""
    if case.where == "dx":
        if case.dy.shape == case.x.shape:
            yield "dy", case.dy.ravel()[case.flat]
    else:
        yield case.where, case.array.ravel()[case.flat]
        for key, other in case.subject.params.items():
            if other is not case.array and other.shape == case.array.shape:
                yield key, other.ravel()[case.flat]
    yield "1", np.ones(len(case.flat))


def sums(case: Case, over: np.ndarray) -> Iterator[dict]:
    """1, the array itself, y or exp(y), times one number for each sample, or each channel."""
    if case.array.ndim < 2 or not case.complete:
        return
    excess, known = case.full(over), {"1": np.ones_like(case.array), case.name: case.array}
    if case.where == "dx" and case.y.shape == case.x.shape:
        known |= {"y": case.y, "exp(y)": np.exp(np.minimum(case.y, 50))}
    for (name, array), axes in itertools.product(known.items(), list(subsets(case.array.ndim))[:-1]):
        large = np.abs(array) > 1e-6 * np.abs(array).max()
        ratio = np.divide(excess, array, out=np.full(array.shape, np.nan), where=large)
        vector, others = constant_along(ratio, axes), all_but(axes, case.array.ndim)
        if vector is not None and np.ptp(vector) > 1e-6 * np.abs(vector).max():
            hint = f"{name} times a sum along axis {' and '.join(map(str, others))} is missing or too much: "
            hint += "every output there depends on all inputs there"
            yield because("term-missing", f"the difference is {name} times one number for each group", hint)
        if vector is None and two_sums(ratio, axes, others):
            evidence = f"the difference is {name} times one number for each index of both kinds"
            along = " and ".join(map(str, axes))
            yield because("axes", evidence, f"a sum is taken along axis {along} that should be taken along the others")


def two_sums(ratio: np.ndarray, axes: tuple, others: tuple) -> bool:
    """Whether it is u + v, with u the same along `axes`, and v the same along all others."""
    if not np.isfinite(ratio).all() or ratio.ndim != 2:
        return False
    u, v = ratio.mean(axis=axes, keepdims=True), ratio.mean(axis=others, keepdims=True)
    both = min(np.ptp(u), np.ptp(v)) > 1e-3 * np.abs(ratio).max()
    return both and fits(ratio, u + v - ratio.mean(), close=1e-4)
