"""What is wrong with a loss's gradient: explanations of a wrong one.

In a loss that is a mean over the batch, each gradient is the slope at one logit, divided by N. So the wrong gradient
is compared with the right one entry by entry: is it a constant times it, does it differ by a constant, does a factor
p (1 - p), the slope of the sigmoid, make it right? In a paired loss the slope is at the difference of a pair's logits.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from minigan.gradcheck.core.report import undone
from minigan.gradcheck.losses.causes import because
from minigan.losses import sigmoid


def explain(s: np.ndarray, said: np.ndarray, numeric: np.ndarray, sizes: Iterable[int] = (),
            other: np.ndarray | None = None) -> dict:  # fmt: skip
    """Why `said` is not what differences say -> cause, hint, evidence; {} if nothing explains it.

    s, said, numeric: one-dimensional, the logits (of a paired loss, the differences), the gradient and what it should
    be; sizes: of the other batches; other: for the generator, what the discriminator's d_fake is for the same logits.
    """
    if not said.any():
        return because("zero", f"all {len(said)} entries are 0")
    if not numeric.any():
        return because("unused", "a change of these logits changes no value")
    p = sigmoid(s)
    if found := by_factor(said, numeric, len(s), set(sizes) - {len(s)}):
        return found
    if other is not None and fits(said, other):
        return because("other-player", "it is the discriminator's d_fake")
    if other is not None and fits(said, -other):
        return because("saturating", "it is minus the discriminator's d_fake")
    if fits(said * p * (1 - p), numeric):
        return because("by-probability", "times p (1 - p) it is right")
    if fits(said, numeric * p * (1 - p)):
        return because("sigmoid-slope-twice", "it is right / p (1 - p)")
    if constant(said - numeric, said):
        off = float((said - numeric).mean())
        return because("target", f"each entry is off by {off:+.4g}, which is {off * len(s):+.4g} / N")
    if constant(said + numeric, said) and logistic(s, numeric):
        return because("reflected", "gradient and right gradient add up to a constant")
    return eps_in_log(said, numeric, p) or partly(s, said, numeric)


def eps_in_log(said: np.ndarray, numeric: np.ndarray, p: np.ndarray) -> dict:
    """d log(p + eps) = dp / (p + eps): the right one is that much smaller than dp / p."""
    with np.errstate(all="ignore"):
        for q in (p, 1 - p):
            off = np.nan_to_num((said / numeric - 1) * q, nan=0, posinf=0, neginf=0)
            eps = float(off[np.argmin(q)])
            if 0 < eps < 0.1 and fits(said, numeric * (1 + eps / q)):
                return because("eps-in-log", f"with log(p + {eps:.1e}) in the value it is explained")
    return {}


def by_factor(said: np.ndarray, numeric: np.ndarray, N: int, others: set[int]) -> dict:
    """A constant times the right gradient."""
    c = float(said @ numeric / (numeric @ numeric or 1))
    if not fits(said, c * numeric):
        return {}
    named = {-1.0: "sign", float(N): "sum-for-mean", 1 / N: "divided-twice"}
    named = {N / M: "other-batch-size" for M in others} | named
    known = [cause for value, cause in named.items() if abs(c - value) <= 1e-5 * abs(value)]
    return because(known[0] if known else "factor", f"{undone(c)} it is right in all {N} entries", c=c)


def partly(s: np.ndarray, said: np.ndarray, numeric: np.ndarray) -> dict:
    """Right for some logits."""
    right = np.abs(said - numeric) <= 1e-5 * np.abs(numeric) + 1e-7 * np.abs(numeric).max()
    if found := at_the_kink(s, said, numeric, right):
        return found
    if right.any() and not said[~right].any():
        return because("one-sample", f"{int(right.sum())} of {len(s)} entries are right, the others 0")
    small = np.abs(s) < np.abs(s[~right]).min(initial=np.inf)
    if right.any() and (small == right).all():
        edge = np.abs(s[~right]).min()
        return because("large-logits", f"right for |s| < {edge:.3g}, wrong from there on")
    for sign, way in ((1, "upwards"), (-1, "downwards")):
        edge = (sign * s[~right]).min(initial=np.inf)
        if right.any() and ((sign * s < edge) == right).all():
            return because("one-side", f"wrong from s = {sign * edge:.3g} {way}, right elsewhere")
    if numeric.all():
        ratio = said / numeric
        return {"evidence": f"the factor between wrong and right runs from {ratio.min():.4g} to {ratio.max():.4g}"}
    return {}


def at_the_kink(s: np.ndarray, said: np.ndarray, numeric: np.ndarray, right: np.ndarray) -> dict:
    """A value of two slopes, as a hinge is, and a condition in the gradient that chooses the wrong one."""
    if len(np.unique(np.round(numeric / np.abs(numeric).max(), 5))) != 2:
        return {}
    if constant(said + numeric, said) and not right.any():
        return because("mask-inverted", "each entry has the slope of the other side of the kink")
    low, high = s[~right].min(), s[~right].max()
    within = (s >= low) & (s <= high)
    if not right[within].any() and right[s < low].any() and right[s > high].any():
        return because("kink", f"wrong from s = {low:.3g} to {high:.3g}, right on both sides")
    return {}


def logistic(s: np.ndarray, slope: np.ndarray) -> bool:
    """Whether the slope is that of a log loss: plus or minus sigmoid(s) / N, but for a constant."""
    return any(constant_or_zero(slope - sign * sigmoid(s) / len(s), slope) for sign in (1, -1))


def misshapen(s: np.ndarray, analytic: Any, others: list[np.ndarray]) -> dict:
    """The cause of a gradient that has not the shape of its logits."""
    shape = np.shape(analytic)
    if shape == (len(s), len(s)):
        return because("broadcast", hint="(N, 1) with (N,) makes (N, N): give labels the shape of the logits")
    return because("swapped" if any(shape == a.shape for a in others) else "shape")


def fits(one: np.ndarray, two: np.ndarray) -> bool:
    return bool(np.abs(one - two).max() <= 1e-5 * max(np.abs(one).max(), np.abs(two).max()))


def constant_or_zero(a: np.ndarray, against: np.ndarray) -> bool:
    return bool(np.ptp(a) <= 1e-5 * np.abs(against).max())


def constant(a: np.ndarray, against: np.ndarray) -> bool:
    return constant_or_zero(a, against) and bool(np.abs(a).max() > 1e-4 * np.abs(against).max())
