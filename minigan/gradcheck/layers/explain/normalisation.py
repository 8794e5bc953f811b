"""Normalising layers: a term of the sum missing, wrong, or taken over the wrong axes.

Where mean and variance are taken over a group of entries (a channel of the batch, the features of a sample), the right
gradient is, within each group,

    dx = a g + b + c (x - mean)        g = dy or gamma dy;  a: direct, b: through the mean, c: through the variance

whatever the numbers a, b and c are. They are fitted to the right gradient and to what backward says, group by group,
and compared. (Ioffe & Szegedy 2015, arXiv:1502.03167, section 3; Ba et al. 2016, arXiv:1607.06450, for layers.)
"""

import itertools

import numpy as np

from minigan.gradcheck.layers.explain.case import Case, because, fits, numeric_jacobian

SAME = 1e-3  # coefficients that differ less are the same


def terms(case):
    """Which of the three terms is wrong?"""
    if case.where != "dx" or case.y.shape != case.x.shape:
        return {}
    axes = coupled_axes(case)
    if not axes:
        return {}
    for g in upstreams(case):
        right = coefficients(case, case.full(case.numeric), g, axes)
        if right is None:
            continue
        said = coefficients(case, case.analytic, g, axes)
        if said is not None:
            found, evidence, wrong = compared(case, right, said, axes)
            return found or over_other_axes(case, right, g, axes) or ratios(case, right, said, wrong, evidence, axes, g)
        return over_other_axes(case, right, g, axes)
    return {}


def coupled_axes(case):
    """The axes along which an output depends on other inputs than its own; () where it depends on its own alone. In
    evaluation mode a batch norm depends on its own alone: there its axes in training count."""
    for subject in (case.subject, case.modes):
        if subject is None:
            continue
        some = [case.indices[k] for k in np.linspace(0, len(case.indices) - 1, 5).astype(int)]
        layer = subject.fresh()
        y, _ = subject.forward(layer, case.x)
        J, _ = numeric_jacobian(subject, case.x, y, case.x, some)
        found = set()
        for column, index in zip(J.T, some, strict=True):
            others = np.argwhere(np.abs(column.reshape(y.shape)) > 1e-6 * np.abs(column).max())
            found |= {axis for axis in range(y.ndim) if (others[:, axis] != index[axis]).any()}
        if found or subject.training:
            return tuple(sorted(found))
    return ()


def upstreams(case):
    yield case.dy
    for p in case.subject.params.values():
        if p.shape == case.x.shape[case.x.ndim - p.ndim :]:
            yield case.dy * p


def coefficients(case, values, g, axes):
    """(a, b, c), each with one number for each group; None unless `values` is such a sum in every group."""
    x = case.x - case.x.mean(axis=axes, keepdims=True)
    rows = [np.moveaxis(v, axes, range(len(axes))).reshape(int(np.prod([v.shape[k] for k in axes])), -1)
            for v in (values, g, x)]  # fmt: skip
    found, size = [], np.nanmax(np.abs(values))
    for value, direct, centred in zip(*(r.T for r in rows), strict=True):
        known = np.isfinite(value)
        design = np.stack([direct, np.ones_like(direct), centred], axis=1)[known]
        if known.sum() < 5:
            return None
        solution, *_ = np.linalg.lstsq(design, value[known], rcond=None)
        if np.abs(design @ solution - value[known]).max() > 1e-6 * size:
            return None
        found.append(solution)
    return np.array(found).T


def compared(case, right, said, axes):
    """Terms that are missing -> an explanation or {}, the evidence, and which of the three are wrong."""
    scale = [np.abs(r).max() for r in right]
    x = case.x - case.x.mean(axis=axes, keepdims=True)
    weight = (1.0, 1.0, float(np.abs(x).max()))
    size = max(np.abs(r).max() * w for r, w in zip(right, weight, strict=True))
    present = [s * w > SAME * size for s, w in zip(scale, weight, strict=True)]
    wrong = [np.abs(s - r).max() * w > 1e-5 * size for r, s, w in zip(right, said, weight, strict=True)]
    gone = [p and np.abs(s).max() * w <= 1e-6 * size for p, s, w in zip(present, said, weight, strict=True)]
    along = f"along axis {' and '.join(map(str, axes))}"
    evidence = f"dx = a dy + b + c (x - mean) {along} in all {right.shape[1]} groups; " + ", ".join(
        f"{name}: {s[0]:+.4g} for {r[0]:+.4g}" for name, r, s in zip("abc", right, said, strict=True)
    )
    if not wrong[0] and wrong[1] and wrong[2] and not present[1] and not present[2]:
        hint = "mean and variance are constants here, and dx is dy times a constant: this is the formula of training"
        return because("other-mode", hint, evidence), evidence, wrong
    if not wrong[0] and gone[1] and gone[2]:
        hint = "mean and variance depend on every x: dx needs the terms through both; this is the formula of evaluation"
        return because("other-mode", hint, evidence), evidence, wrong
    if not wrong[0] and gone[1] and not wrong[2]:
        hint = f"the term through the mean is missing: subtract the mean of g {along}"
        return because("mean-term", hint, evidence), evidence, wrong
    if not wrong[0] and gone[2] and not wrong[1]:
        hint = f"the term through the variance is missing: subtract xhat times the mean of g xhat {along}"
        return because("variance-term", hint, evidence), evidence, wrong
    return {}, evidence, wrong


def ratios(case, right, said, wrong, evidence, axes, g):
    """Terms that are there, but too large or too small."""
    with np.errstate(all="ignore"):
        _, b, c = (constant(r) for r in said / right)
    count = int(np.prod([case.x.shape[k] for k in axes]))
    if wrong[0]:
        others = np.abs(right[2]).max() * np.abs(case.x).max() > SAME * np.abs(right[0]).max()
        hint = "the direct term, gamma dy / std, is wrong; the terms through mean and variance are right"
        return {} if wrong[1] or wrong[2] or not others else because("direct-term", hint, evidence)
    if wrong[1] and wrong[2] and b is not None and c is not None and abs(b - c) < SAME:
        hint = f"the sums are divided by {count / c:.4g}, where a group has {count} entries: all that share one mean"
        return because("count", hint, evidence)
    if wrong[2] and (hint := x_in_variance_term(case, right, said, axes, g)):
        return because("x-for-xhat", hint, evidence)
    if wrong[2] and not wrong[1]:
        with np.errstate(all="ignore"):
            size = in_words(c, count) if c is not None else power_of_std(case, said[2] / right[2], axes)
        return because("variance-term", f"the term through the variance is {size}", evidence)
    if wrong[1] and not wrong[2]:
        size = in_words(b, count) if b is not None else "wrong"
        return because("mean-term", f"the term through the mean is {size}", evidence)
    if wrong[1] and wrong[2]:
        return because("variance-term", "the direct term is right, those through mean and variance are wrong", evidence)
    return {}


def in_words(ratio, count):
    """ "0.5 times the right one"; where the ratio is that of M - 1 and M entries, that is said."""
    for text, value in (("(M - 1) / M", (count - 1) / count), ("M / (M - 1)", count / max(count - 1, 1))):
        if abs(ratio - value) < 1e-2 * abs(1 - value):
            return f"{text} times the right one, M = {count}: has one of forward and backward ddof=1, the other not?"
    return f"{ratio:.4g} times the right one"


def power_of_std(case, ratio, axes):
    """ "std^-1 times the right one", if the ratio, a number for each group, is a power of the group's std."""
    std = np.sqrt(case.x.var(axis=axes).ravel() + eps_of(case))
    power, factor = np.polyfit(np.log(std), np.log(np.abs(ratio)), 1) if (ratio > 0).all() else (0.0, 0.0)
    if power and abs(power - round(power)) < 0.01 and fits(ratio, std**power * np.exp(factor), close=SAME):
        number = "" if abs(factor) < 0.01 else f"{np.exp(factor):.4g} "
        return f"{number}std^{round(power)} times the right one: count the divisions by std on paper"
    return "wrong: a power of std in it is wrong"


def x_in_variance_term(case, right, said, axes, g):
    """A hint if x stands in the term through the variance where xhat should; else ""."""
    r = 1 / np.sqrt(case.x.var(axis=axes).ravel() + eps_of(case))
    with np.errstate(all="ignore"):
        c = said[2] / right[2]
    mean = case.x.mean(axis=axes).ravel()
    if fits(c * r, np.ones_like(r), close=SAME) and fits(said[1] - said[2] * mean, right[1], close=SAME):
        return "the variance term holds x where it should hold xhat = (x - mean) / std"
    if fits(said[2], -said[0] * r * (g * case.x).mean(axis=axes).ravel(), close=SAME):
        return "the variance term holds the mean of g x, where it should be g xhat: xhat = (x - mean) / std"
    return ""


def eps_of(case):
    return case.constants.get("eps", case.constants.get("epsilon", 0.0))


def constant(r):
    return float(r.mean()) if np.isfinite(r).all() and np.ptp(r) <= SAME * np.abs(r).max() else None


def over_other_axes(case, right, g, axes):
    """The means of backward taken over other axes than those of forward."""
    x = case.x - case.x.mean(axis=axes, keepdims=True)
    shape = [1 if k in axes else n for k, n in enumerate(case.x.shape)]
    rest = [k for k in range(case.x.ndim) if k not in axes]
    back = np.argsort([*rest, *axes])
    a = right[0].reshape([case.x.shape[k] for k in rest] + [1] * len(axes)).transpose(back).reshape(shape)
    xhat = x / np.sqrt((x * x).mean(axis=axes, keepdims=True) + eps_of(case))
    for count in range(1, case.x.ndim + 1):
        for other in itertools.combinations(range(case.x.ndim), count):
            through_mean = g.mean(axis=other, keepdims=True)
            through_var = xhat * (g * xhat).mean(axis=other, keepdims=True)
            if other != axes and fits(case.analytic, a * (g - through_mean - through_var)):
                hint = f"forward takes mean and variance over the axes {axes}, backward its means over {other}"
                return because("axes", hint, "with that the formula gives what backward says, in all entries")
    return {}


def scale_gradient(case: Case):
    """dgamma with another factor than xhat: sum of dy times x, x - mean, y, ..."""
    size = case.array.size
    if case.where == "dx" or case.array.ndim != 1 or case.x.shape != case.y.shape or case.x.shape[-1] != size:
        return {}
    axes = tuple(range(case.x.ndim - 1))
    centred = case.x - case.x.mean(axis=axes)
    std = np.sqrt(case.x.var(axis=axes) + eps_of(case))
    tried = [("x", case.x), ("x - mean", centred), ("x / std", case.x / std), ("(x - mean) / var", centred / std**2),
             ("y", case.y), ("1", np.ones_like(case.x))]  # fmt: skip
    for name, factor in tried:
        if fits(case.said, (case.dy * factor).sum(axis=axes)[case.flat]):
            hint = f"{case.where} is the sum of dy times {name}; what does forward multiply {case.where} by?"
            return because("x-for-xhat", hint, f"right in all {size} entries with {name} in its place")
    return {}
