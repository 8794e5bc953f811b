"""Functions of each entry by itself, y = f(x): then dx = f'(x) dy, and f' can be read off both sides, entry by entry.

The slope that backward uses is dx / dy, the true one is on the diagonal of the Jacobian. The two are compared:
is the slope taken at y, is 1 used for it, is part of the product missing, is a mask another one?
"""

from collections.abc import Iterator

import numpy as np

from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case, fits, numeric_jacobian


def slopes(case: Case) -> Iterator[dict]:
    """The kinds of mistakes in a slope, the simple ones first."""
    if case.where != "dx" or case.x.size != case.y.size:
        return
    J = case.jacobian
    own = J[case.flat, np.arange(len(case.flat))]
    others = np.abs(J).sum(axis=0) - np.abs(own)
    if not np.isfinite(J).all() or (others > 1e-6 * np.abs(J).max()).any():
        return
    x, y, dy = case.pointwise
    used = case.said / dy
    if own.min() < 0:
        yield from at_other_place(case, own, used, x, y)
    yield from plain(own, used)
    yield from at_other_place(case, own, used, x, y)
    yield from masks(own, used, case)
    yield from incomplete(own, used, x, y)
    yield from one_side(own, used, x)
    yield from other_formula(own, used, x, y)


def levels(slope: np.ndarray) -> np.ndarray | None:
    """The different values of a slope that has few, smallest first; else None."""
    size = np.abs(slope).max()
    values = np.unique(np.round(slope / size, 6)) * size if size else np.zeros(1)
    return values if len(values) <= 2 else None


def plain(own: np.ndarray, used: np.ndarray) -> Iterator[dict]:
    """dx = dy, or dx = dy times a constant: no derivative at all."""
    k = float(np.median(used))
    if not fits(used, np.full_like(used, k)):
        return
    kinds, what = levels(own), "dx = dy" if abs(k - 1) < 1e-6 else f"dx = {k:.4g} dy"
    evidence = f"{what} in all {len(own)} entries"
    if kinds is None or len(kinds) < 2:
        yield because("derivative-missing", evidence)
    elif np.abs(kinds).min() < 1e-9:
        yield because("mask-missing", evidence)
    else:
        low = kinds[int(np.argmax(np.abs(kinds - k)))]
        yield because("slope", evidence, f"where forward multiplies by {low:.4g}, backward must too")


def at_other_place(case: Case, own: np.ndarray, used: np.ndarray, x: np.ndarray, y: np.ndarray) -> Iterator[dict]:
    """The derivative taken at y for x: f'(y); or a formula for y's values that was given x."""
    moved = case.x.copy()
    moved.flat[case.flat] = y
    subject = case.subject
    try:
        there, _ = subject.forward(subject.fresh(), moved)
        J, smooth = numeric_jacobian(subject, moved, there, moved, case.indices)
    except Exception:  # y may lie where the function is not defined
        J, smooth = None, np.zeros(0, bool)
    if J is not None and 2 * smooth.sum() >= len(smooth):
        slope_at_y = J[case.flat, np.arange(len(case.flat))]
        if not fits(used[smooth], own[smooth]) and fits(used[smooth], slope_at_y[smooth]):
            yield because("output-for-input", f"f'(y) for f'(x), in {int(smooth.sum())} entries")
    formula, right = fitted(own, y)
    if fits(right, own) and fits(powers(x) @ formula, used):
        yield because("input-for-output", f"with y in it, it is right in all {len(x)} entries")


def masks(own: np.ndarray, used: np.ndarray, case: Case) -> Iterator[dict]:
    """Functions with two slopes, one of them often 0: the wrong slope on one side, or on the wrong entries."""
    two, said = levels(own), levels(used)
    if two is None or said is None:
        return
    size = max(np.abs(own).max(), np.abs(used).max())
    if len(said) == 2 and len(two) == 2 and np.abs(np.sort(two) - np.sort(said)).max() < 1e-5 * size:
        wrong = int(np.sum(np.abs(own - used) > 1e-5 * size))
        evidence = f"in {wrong} of {len(own)} entries; the two slopes are {two[0]:.4g} and {two[1]:.4g} on both sides"
        if wrong == len(own) and np.abs(two).min() < 1e-9:
            yield because("mask-inverted", evidence)
        if any(isinstance(v, np.random.Generator) for v in vars(case.layer).values()):
            yield because("mask-redrawn", evidence)
        if wrong == len(own):
            yield because("condition", evidence, "the condition is the wrong way round")
        yield because("condition", evidence, "the right slopes in the wrong entries: what does the condition ask?")
    for value in two:
        side = np.abs(own - value) < 1e-5 * size
        rest = fits(own[~side], used[~side]) or not np.abs(used[~side] - own[~side]).max(initial=0.0)
        if rest and side.any() and np.ptp(used[side]) < 1e-5 * size:
            evidence = f"in {int(side.sum())} of {len(own)} entries; the others are right"
            yield because("slope", evidence, right=value, said=used[side][0])


def incomplete(own: np.ndarray, used: np.ndarray, x: np.ndarray, y: np.ndarray) -> Iterator[dict]:
    """A product that lacks a factor, or has one too many."""
    everywhere = f"right in all {len(x)} entries"
    parts = {"y": y, "(1 - y)": 1 - y, "(1 + y)": 1 + y, "x": x, "y (1 - y)": y * (1 - y), "1 / x": 1 / x,
             "f'(x)": own, "exp(x)": np.exp(x)}  # fmt: skip
    for name, part in parts.items():
        if lacks := multiple(used * part, own):
            yield because("derivative-incomplete", f"with it it is {everywhere}", factor=times(lacks) + name)
        if over := multiple(own * part, used):
            yield because("derivative-twice", f"without it it is {everywhere}", factor=times(over) + name)
    if fits(used, y / x) and not fits(own, np.full_like(own, own[0])):
        hint = "the product rule has two terms: of y = x s(x), backward has s(x) alone; x s'(x) is missing"
        yield because("term-missing", f"backward multiplies dy by y / x in all {len(x)} entries", hint)
    for name, part in {"y": y, "1 - y": 1 - y, "1 + y": 1 + y, "1 - x^2": 1 - x * x, "x": x}.items():
        if fits(used, part):
            evidence = f"backward multiplies dy by {name} in all {len(x)} entries"
            yield because("derivative-wrong", evidence, f"the derivative is not {name}")


def multiple(one: np.ndarray, two: np.ndarray) -> float:
    """The number k with k one = two, or 0.0 if there is none."""
    k = float(np.sum(one * two) / np.sum(one * one)) if np.isfinite(one).all() and one.any() else 0.0
    return k if k and np.isfinite(k) and fits(k * one, two) else 0.0


def times(k: float) -> str:
    return "" if abs(k - 1) < 1e-5 else f"{k:.4g} "


def one_side(own: np.ndarray, used: np.ndarray, x: np.ndarray) -> Iterator[dict]:
    """Wrong where x is negative, all of it, and right where x is positive; or the other way round."""
    wrong = np.abs(own - used) > 1e-5 * max(np.abs(own).max(), np.abs(used).max())
    for name, side in {"negative": x < 0, "positive": x > 0}.items():
        if not wrong.any() or (wrong & ~side).any() or wrong.sum() < 0.9 * side.sum() or side.all():
            continue
        ratio = used[side] / np.where(own[side] == 0, np.nan, own[side])
        hint = f"the slope is wrong where x is {name}"
        if np.ptp(used[side]) < 1e-6 * np.abs(own).max():
            hint += f": backward has {used[side][0]:.4g} there"
        elif np.isfinite(ratio).all() and np.ptp(ratio) < 1e-5 * np.abs(ratio).max():
            hint += f": {ratio[0]:.4g} times the right one"
        yield because("slope", f"in {int(wrong.sum())} of {len(x)} entries; the other side is right", hint)


def other_formula(own: np.ndarray, used: np.ndarray, x: np.ndarray, y: np.ndarray) -> Iterator[dict]:
    """The slope that backward uses, as a formula in y or x, where it has a short one; and the right one beside it."""
    for name, v in (("y", y), ("x", x)):
        if said := polynomial(used, v, name):
            right = polynomial(own, y, "y") or polynomial(own, x, "x")
            right = f"; the derivative is {right}" if right else ", which is wrong"
            yield because("derivative-wrong", f"in all {len(x)} entries", f"backward multiplies dy by {said}{right}")


def powers(v: np.ndarray) -> np.ndarray:
    """(E,) -> (E, 3): 1, v, v^2."""
    return np.stack([np.ones_like(v), v, v * v], axis=1)


def fitted(slope: np.ndarray, v: np.ndarray) -> tuple:
    """The coefficients of a + b v + c v^2 that come nearest to the slope, and the values of that."""
    coefficients, *_ = np.linalg.lstsq(powers(v), slope, rcond=None)
    return coefficients, powers(v) @ coefficients


def polynomial(slope: np.ndarray, v: np.ndarray, name: str) -> str:
    """slope as a + b v + c v^2 in words, if it is that; else ""."""
    coefficients, values = fitted(slope, v)
    if len(v) < 8 or not fits(values, slope, close=1e-7):
        return ""
    size = np.abs(coefficients).max()
    terms = zip(coefficients, ("", f" {name}", f" {name}^2"), strict=True)
    return " ".join(f"{c:+.3g}{power}" for c, power in terms if abs(c) > 1e-6 * size)
