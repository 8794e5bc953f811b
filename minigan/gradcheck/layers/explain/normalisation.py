"""Normalising layers: a term of the sum missing, wrong, or taken over the wrong axes.

Where mean and variance are taken over a group of entries (a channel of the batch, the features of a sample), the right
gradient is, within each group,

    dx = a g + b + c (x - mean)        g = dy or gamma dy;  a: direct, b: through the mean, c: through the variance

whatever the numbers a, b and c are. They are fitted to the right gradient and to what backward says, group by group,
and compared. (Ioffe & Szegedy 2015, arXiv:1502.03167, section 3; Ba et al. 2016, arXiv:1607.06450, for layers.)
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case, fits, numeric_jacobian, subsets

SAME = 1e-3  # coefficients that differ less are the same


class Groups(NamedTuple):
    """The entries that share one mean and variance: all along `axes`. g: dy or gamma dy. right, said: (a, b, c), each
    with one number for each group; said is None where backward says no such sum."""

    case: Case
    axes: tuple
    g: np.ndarray
    right: np.ndarray
    said: np.ndarray | None

    @property
    def along(self) -> str:
        return f"along axis {' and '.join(map(str, self.axes))}"

    @property
    def size(self) -> int:
        """How many entries a group has."""
        return int(np.prod([self.case.x.shape[k] for k in self.axes]))

    @property
    def std(self) -> np.ndarray:
        return np.sqrt(self.case.x.var(axis=self.axes).ravel() + self.case.eps)

    @property
    def centred(self) -> np.ndarray:
        return self.case.x - self.case.x.mean(axis=self.axes, keepdims=True)


def terms(case: Case) -> Iterator[dict]:
    """Which of the three terms is wrong?"""
    if case.where != "dx" or case.y.shape != case.x.shape:
        return
    axes = coupled_axes(case)
    for g in upstreams(case) if axes else ():
        right = coefficients(case, case.full(case.numeric), g, axes)
        if right is not None:
            groups = Groups(case, axes, g, right, coefficients(case, case.analytic, g, axes))
            yield from over_other_axes(groups) if groups.said is None else compared(groups)
            return


def coupled_axes(case: Case) -> tuple:
    """The axes along which an output depends on other inputs than its own; () where it depends on its own alone. In
    evaluation mode a batch norm depends on its own alone: there its axes in training count."""
    for subject in (case.subject, case.modes):
        if subject is None:
            continue
        some = [case.indices[k] for k in np.linspace(0, len(case.indices) - 1, 5).astype(int)]
        y, _ = subject.forward(subject.fresh(), case.x)
        J, _ = numeric_jacobian(subject, case.x, y, case.x, some)
        found = set()
        for column, index in zip(J.T, some, strict=True):
            others = np.argwhere(np.abs(column.reshape(y.shape)) > 1e-6 * np.abs(column).max())
            found |= {axis for axis in range(y.ndim) if (others[:, axis] != index[axis]).any()}
        if found or subject.training:
            return tuple(sorted(found))
    return ()


def upstreams(case: Case) -> Iterator[np.ndarray]:
    """What g may be."""
    yield case.dy
    for p in case.subject.params.values():
        if p.shape == case.x.shape[case.x.ndim - p.ndim :]:
            yield case.dy * p


def coefficients(case: Case, values: np.ndarray, g: np.ndarray, axes: tuple) -> np.ndarray | None:
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


def compared(groups: Groups) -> Iterator[dict]:
    """Terms that are missing; means over other axes; then terms that are there, but too large or too small."""
    right, said, along = groups.right, groups.said, groups.along
    weight = (1.0, 1.0, float(np.abs(groups.centred).max()))
    large = [np.abs(r).max() * w for r, w in zip(right, weight, strict=True)]
    size = max(large)
    present = [s > SAME * size for s in large]
    wrong = [np.abs(s - r).max() * w > 1e-5 * size for r, s, w in zip(right, said, weight, strict=True)]
    gone = [p and np.abs(s).max() * w <= 1e-6 * size for p, s, w in zip(present, said, weight, strict=True)]
    shown = ", ".join(f"{name}: {s[0]:+.4g} for {r[0]:+.4g}" for name, r, s in zip("abc", right, said, strict=True))
    evidence = f"dx = a dy + b + c (x - mean) {along} in all {right.shape[1]} groups; {shown}"
    if not wrong[0] and wrong[1] and wrong[2] and not present[1] and not present[2]:
        hint = "mean and variance are constants here, and dx is dy times a constant: this is the formula of training"
        yield because("other-mode", evidence, hint)
    if not wrong[0] and gone[1] and gone[2]:
        hint = "mean and variance depend on every x: dx needs the terms through both; this is the formula of evaluation"
        yield because("other-mode", evidence, hint)
    if not wrong[0] and gone[1] and not wrong[2]:
        hint = f"the term through the mean is missing: subtract the mean of g {along}"
        yield because("mean-term", evidence, hint)
    if not wrong[0] and gone[2] and not wrong[1]:
        hint = f"the term through the variance is missing: subtract xhat times the mean of g xhat {along}"
        yield because("variance-term", evidence, hint)
    yield from over_other_axes(groups)
    yield from ratios(groups, wrong, evidence)


def ratios(groups: Groups, wrong: list[bool], evidence: str) -> Iterator[dict]:
    """Terms that are there, but too large or too small."""
    right, said, count = groups.right, groups.said, groups.size
    with np.errstate(all="ignore"):
        _, b, c = (constant(r) for r in said / right)
    if wrong[0]:
        others = np.abs(right[2]).max() * np.abs(groups.case.x).max() > SAME * np.abs(right[0]).max()
        if others and not wrong[1] and not wrong[2]:
            yield because("direct-term", evidence)
        return
    if wrong[1] and wrong[2] and b is not None and c is not None and abs(b - c) < SAME:
        yield because("count", evidence, by=count / c, count=count)
    if wrong[2] and (hint := x_in_variance_term(groups)):
        yield because("x-for-xhat", evidence, hint)
    if wrong[1] and wrong[2]:
        yield because("variance-term", evidence, "the direct term is right, those through mean and variance are wrong")
    if wrong[2]:
        size = in_words(c, count) if c is not None else power_of_std(groups)
        yield because("variance-term", evidence, f"the term through the variance is {size}")
    if wrong[1]:
        size = in_words(b, count) if b is not None else "wrong"
        yield because("mean-term", evidence, f"the term through the mean is {size}")


def in_words(ratio: float, count: int) -> str:
    """ "0.5 times the right one"; where the ratio is that of M - 1 and M entries, that is said."""
    for text, value in (("(M - 1) / M", (count - 1) / count), ("M / (M - 1)", count / max(count - 1, 1))):
        if abs(ratio - value) < 1e-2 * abs(1 - value):
            return f"{text} times the right one, M = {count}: has one of forward and backward ddof=1, the other not?"
    return f"{ratio:.4g} times the right one"


def power_of_std(groups: Groups) -> str:
    """ "std^-1 times the right one", if the ratio, a number for each group, is a power of the group's std."""
    std = groups.std
    with np.errstate(all="ignore"):
        ratio = groups.said[2] / groups.right[2]
        power, factor = np.polyfit(np.log(std), np.log(np.abs(ratio)), 1) if (ratio > 0).all() else (0.0, 0.0)
    if power and abs(power - round(power)) < 0.01 and fits(ratio, std**power * np.exp(factor), close=SAME):
        number = "" if abs(factor) < 0.01 else f"{np.exp(factor):.4g} "
        return f"{number}std^{round(power)} times the right one: count the divisions by std on paper"
    return "wrong: a power of std in it is wrong"


def x_in_variance_term(groups: Groups) -> str:
    """A hint if x stands in the term through the variance where xhat should; else ""."""
    case, said, right, r = groups.case, groups.said, groups.right, 1 / groups.std
    with np.errstate(all="ignore"):
        c = said[2] / right[2]
    mean = case.x.mean(axis=groups.axes).ravel()
    if fits(c * r, np.ones_like(r), close=SAME) and fits(said[1] - said[2] * mean, right[1], close=SAME):
        return "the variance term holds x where it should hold xhat = (x - mean) / std"
    if fits(said[2], -said[0] * r * (groups.g * case.x).mean(axis=groups.axes).ravel(), close=SAME):
        return "the variance term holds the mean of g x, where it should be g xhat: xhat = (x - mean) / std"
    return ""


def constant(r: np.ndarray) -> float | None:
    return float(r.mean()) if np.isfinite(r).all() and np.ptp(r) <= SAME * np.abs(r).max() else None


def over_other_axes(groups: Groups) -> Iterator[dict]:
    """The means of backward taken over other axes than those of forward."""
    case, axes, g, x = groups.case, groups.axes, groups.g, groups.centred
    a = groups.right[0].reshape([1 if k in axes else n for k, n in enumerate(case.x.shape)])
    xhat = x / np.sqrt((x * x).mean(axis=axes, keepdims=True) + case.eps)
    for other in subsets(case.x.ndim):
        through_mean = g.mean(axis=other, keepdims=True)
        through_var = xhat * (g * xhat).mean(axis=other, keepdims=True)
        if other != axes and fits(case.analytic, a * (g - through_mean - through_var)):
            hint = f"forward takes mean and variance over the axes {axes}, backward its means over {other}"
            yield because("axes", "with that the formula gives what backward says, in all entries", hint)


def scale_gradient(case: Case) -> Iterator[dict]:
    """dgamma with another factor than xhat: sum of dy times x, x - mean, y, ..."""
    size = case.array.size
    if case.where == "dx" or case.array.ndim != 1 or case.x.shape != case.y.shape or case.x.shape[-1] != size:
        return
    axes = tuple(range(case.x.ndim - 1))
    centred = case.x - case.x.mean(axis=axes)
    std = np.sqrt(case.x.var(axis=axes) + case.eps)
    tried = {"x": case.x, "x - mean": centred, "x / std": case.x / std, "(x - mean) / var": centred / std**2,
             "y": case.y, "1": np.ones_like(case.x)}  # fmt: skip
    for name, factor in tried.items():
        if fits(case.said, (case.dy * factor).sum(axis=axes)[case.flat]):
            hint = f"{case.where} is the sum of dy times {name}; what does forward multiply {case.where} by?"
            yield because("x-for-xhat", f"right in all {size} entries with {name} in its place", hint)
