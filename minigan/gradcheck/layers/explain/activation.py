"""Functions of each entry by itself, y = f(x): then dx = f'(x) dy, and f' can be read off both sides, entry by entry.

The slope that backward uses is dx / dy, the true one is on the diagonal of the Jacobian. The two are held against each
other: is the slope taken at y, is 1 used for it, is part of the product missing, is a mask another one?
"""

import numpy as np

from minigan.gradcheck.layers.explain.case import because, fits, numeric_jacobian


def slopes(case):
    """The kinds of mistakes in a slope, the simple ones first."""
    if case.where != "dx" or case.x.size != case.y.size:
        return {}
    J = case.jacobian
    own = J[case.flat, np.arange(len(case.flat))]
    others = np.abs(J).sum(axis=0) - np.abs(own)
    if not np.isfinite(J).all() or (others > 1e-6 * np.abs(J).max()).any():
        return {}
    x, y, dy = (v.ravel()[case.flat] for v in (case.x, case.y, case.dy))
    used = case.said / dy
    return (
        (at_other_place(case, own, used, x, y) if own.min() < 0 else {})
        or plain(own, used, case)
        or at_other_place(case, own, used, x, y)
        or masks(own, used, case)
        or incomplete(own, used, x, y)
        or one_side(own, used, x)
        or other_formula(own, used, x, y)
    )


def levels(slope):
    """The different values of a slope that has few, smallest first; else None."""
    size = np.abs(slope).max()
    values = np.unique(np.round(slope / size, 6)) * size if size else np.zeros(1)
    return values if len(values) <= 2 else None


def plain(own, used, case):
    """dx = dy, or dx = dy times a constant: no derivative at all."""
    k = float(np.median(used))
    if not fits(used, np.full_like(used, k)):
        return {}
    kinds, what = levels(own), "dx = dy" if abs(k - 1) < 1e-6 else f"dx = {k:.4g} dy"
    evidence = f"{what} in all {len(own)} entries"
    if kinds is not None and len(kinds) == 2 and np.abs(kinds).min() < 1e-9:
        hint = "dy must pass where forward let x pass, and nowhere else: multiply by the mask"
        return because("mask-missing", hint, evidence)
    if kinds is not None and len(kinds) == 2:
        low = kinds[int(np.argmax(np.abs(kinds - k)))]
        hint = f"where forward multiplies by {low:.4g}, backward must too"
        return because("slope", hint, evidence)
    return because("derivative-missing", "multiply by the derivative of the function", evidence)


def at_other_place(case, own, used, x, y):
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
        differ = not fits(used[smooth], own[smooth])
        if differ and fits(used[smooth], slope_at_y[smooth]):
            hint = "the derivative is taken at the output y; its formula (or its condition) wants the input x"
            return because("output-for-input", hint, f"f'(y) for f'(x), in {int(smooth.sum())} entries")
    design = np.stack([np.ones_like(y), y, y * y], axis=1)
    formula, *_ = np.linalg.lstsq(design, own, rcond=None)
    if fits(design @ formula, own) and fits(np.stack([np.ones_like(x), x, x * x], axis=1) @ formula, used):
        hint = "the formula of the derivative is written with the output y, but was given the input x"
        return because("input-for-output", hint, f"with y in it, it is right in all {len(x)} entries")
    return {}


def masks(own, used, case):
    """Functions with two slopes, one of them often 0: the wrong slope on one side, or on the wrong entries."""
    two, said = levels(own), levels(used)
    if two is None or said is None:
        return {}
    size = max(np.abs(own).max(), np.abs(used).max())
    if len(said) == 2 and len(two) == 2 and np.abs(np.sort(two) - np.sort(said)).max() < 1e-5 * size:
        wrong = int(np.sum(np.abs(own - used) > 1e-5 * size))
        drawn = any(isinstance(v, np.random.Generator) for v in vars(case.layer).values())
        evidence = f"in {wrong} of {len(own)} entries; the two slopes are {two[0]:.4g} and {two[1]:.4g} on both sides"
        if wrong == len(own) and np.abs(two).min() < 1e-9:
            return because("mask-inverted", "the mask is the wrong way round: dy passes where x did not", evidence)
        if wrong == len(own) and np.abs(two).min() < 1e-9:
            return because("mask-inverted", "the mask is the wrong way round: dy passes where x did not", evidence)
        if drawn:
            hint = "backward uses another mask than forward: keep forward's in the cache"
            return because("mask-redrawn", hint, evidence)
        if wrong == len(own):
            return because("condition", "the condition is the wrong way round", evidence)
        return because("condition", "the right slopes in the wrong entries: what does the condition ask?", evidence)
    for value in two:
        side = np.abs(own - value) < 1e-5 * size
        rest = fits(own[~side], used[~side]) or not np.abs(used[~side] - own[~side]).max(initial=0.0)
        if rest and side.any() and np.ptp(used[side]) < 1e-5 * size:
            hint = f"where forward multiplies by {value:.4g}, backward multiplies by {used[side][0]:.4g}"
            return because("slope", hint, f"in {int(side.sum())} of {len(own)} entries; the others are right")
    return {}


def incomplete(own, used, x, y):
    """A product that lacks a factor, or has one too many."""
    with np.errstate(all="ignore"):
        parts = {"y": y, "(1 - y)": 1 - y, "(1 + y)": 1 + y, "x": x, "y (1 - y)": y * (1 - y), "1 / x": 1 / x,
                 "f'(x)": own, "exp(x)": np.exp(x)}  # fmt: skip
        for name, part in parts.items():
            lacks, over = multiple(used * part, own), multiple(own * part, used)
            if lacks:
                hint = f"the derivative lacks the factor {times(lacks)}{name}"
                return because("derivative-incomplete", hint, f"with it it is right in all {len(x)} entries")
            if over:
                hint = f"the derivative has the factor {times(over)}{name} too often"
                return because("derivative-twice", hint, f"without it it is right in all {len(x)} entries")
        if fits(used, y / x) and not fits(own, np.full_like(own, own[0])):
            hint = "the product rule has two terms: of y = x s(x), backward has s(x) alone; x s'(x) is missing"
            return because("term-missing", hint, f"backward multiplies dy by y / x in all {len(x)} entries")
        for name, part in {"y": y, "1 - y": 1 - y, "1 + y": 1 + y, "1 - x^2": 1 - x * x, "x": x}.items():
            if fits(used, part):
                hint = f"the derivative is not {name}"
                return because("derivative-wrong", hint, f"backward multiplies dy by {name} in all {len(x)} entries")
    return {}


def multiple(one, two):
    """The number k with k one = two, or 0.0 if there is none."""
    k = float(np.sum(one * two) / np.sum(one * one)) if np.isfinite(one).all() and one.any() else 0.0
    return k if k and np.isfinite(k) and fits(k * one, two) else 0.0


def times(k):
    return "" if abs(k - 1) < 1e-5 else f"{k:.4g} "


def one_side(own, used, x):
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
        return because("slope", hint, f"in {int(wrong.sum())} of {len(x)} entries; the other side is right")
    return {}


def other_formula(own, used, x, y):
    """The slope that backward uses, as a formula in y or x, where it has a short one; and the right one beside it."""
    for name, v in (("y", y), ("x", x)):
        said = polynomial(used, v, name)
        if said:
            right = polynomial(own, y, "y") or polynomial(own, x, "x")
            hint = f"backward multiplies dy by {said}" + (
                f"; the derivative is {right}" if right else ", which is wrong"
            )
            return because("derivative-wrong", hint, f"in all {len(x)} entries")
    return {}


def polynomial(slope, v, name):
    """slope as a + b v + c v^2 in words, if it is that; else ""."""
    design = np.stack([np.ones_like(v), v, v * v], axis=1)
    coefficients, *_ = np.linalg.lstsq(design, slope, rcond=None)
    if len(v) < 8 or not fits(design @ coefficients, slope, close=1e-7):
        return ""
    powers = ("", f" {name}", f" {name}^2")
    size = np.abs(coefficients).max()
    return " ".join(f"{c:+.3g}{power}" for c, power in zip(coefficients, powers, strict=True) if abs(c) > 1e-6 * size)
