"""Why does an optimizer not step as the textbook says? The simplest explanation that fits all of its steps.

First the slips of `explain.py` are tried. Then its steps are compared with the right ones: those of another parameter,
the right ones times a number, the right ones and a pull towards 0, the right ones of clipped gradients.
"""

import itertools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from minigan.gradcheck.optimizers import causes
from minigan.gradcheck.optimizers.causes import because
from minigan.gradcheck.optimizers.explain import textbook

CLOSE = 1e-8
SLIPS = [slip for slips in causes.SLIPS.values() for slip in slips]


class Walk(NamedTuple):
    """Some steps of an optimizer, and of the textbook's. In each list: a dict of arrays, by the parameters' names."""

    rule: str
    o: SimpleNamespace  # the constants; `others`: all floats that the optimizer holds
    history: list[dict]  # the gradients of each step
    path: list[dict]  # the parameters at the start, and after each step
    steps: list[dict]  # what was subtracted in each step
    right: list[dict]  # what should have been subtracted

    def fits(self, history: list[dict], slip: str | None = None) -> bool:
        """Whether the steps are the textbook's for these gradients, with this slip."""
        return alike(self.steps, textbook(self.rule, self.o, history, slip), self.o.lr)


@np.errstate(all="ignore")  # a wrong step may divide by 0
def explained(walk: Walk) -> dict:
    """Why the steps are not the right ones: cause (None if nothing explains it), hint, evidence."""
    start = walk.path[0]
    still = [key for key in start if all(np.array_equal(p[key], start[key]) for p in walk.path)]
    if still:
        return because("parameter-skipped", f"{', '.join(still)} did not move")
    for slip in SLIPS:
        if walk.fits(walk.history, slip):
            return because(slip, f"with this slip the textbook's {walk.rule} takes the same steps")
    return of_another(walk) or scaled(walk) or decayed(walk) or of_other_gradients(walk) or roughly(walk)


def of_another(walk: Walk) -> dict:
    """A parameter moved by the gradient of another."""
    start = walk.path[0]
    for key, other in itertools.permutations(start, 2):
        pairs = zip(walk.steps, walk.right, strict=True)
        if start[key].shape == start[other].shape and all(apart(s[key], r[other], walk.o.lr) < CLOSE for s, r in pairs):
            return because("other-gradient", f"{key} moves as {other} should")
    return {}


def scaled(walk: Walk) -> dict:
    """The right steps, each times a number: one for all, one for each step, or one for each parameter and step."""
    factors = {}
    for key in walk.right[0]:
        pairs = [(s[key], r[key]) for s, r in zip(walk.steps, walk.right, strict=True)]
        factors[key] = [float((s * r).sum() / (r**2).sum()) for s, r in pairs]
        if not all(close(s, factor * r) for (s, r), factor in zip(pairs, factors[key], strict=True)):
            return {}
    each = np.array(list(factors.values()))
    allowed = CLOSE * np.abs(each).max()
    if np.ptp(each) <= allowed:
        return by_constant(each[0, 0], walk.o)
    said = "; ".join(f"{key}: " + ", ".join(f"{factor:.4g}" for factor in row) for key, row in factors.items())
    alike = np.ptp(each, axis=0).max() <= allowed
    return because("rate-changes" if alike else "scaled-by-parameter", f"the factors of the steps are {said}")


def by_constant(c: float, o: SimpleNamespace) -> dict:
    """Every step is the right one times c."""
    constants = {name: value for name, value in vars(o).items() if isinstance(value, float) and value}
    named = constants | {f"1 / {name}": 1 / value for name, value in constants.items()}
    named |= {f"1 - {name}": 1 - value for name, value in constants.items() if name != "lr"}
    said = next((name for name, value in named.items() if abs(c - value) <= CLOSE * abs(value)), f"{c:.6g}")
    hints = {"lr": "lr is multiplied in twice", "1 / lr": "lr is not multiplied in"}
    hint = hints.get(said, f"each step is the textbook's times {said}")
    return because("ascent" if c < 0 else "factor", "divided by that number all steps are right", hint)


def decayed(walk: Walk) -> dict:
    """The right steps, and a pull of the parameters towards 0."""
    steps, right, at = (np.array([np.concatenate([a[key].ravel() for key in a]) for a in many])
                        for many in (walk.steps, walk.right, walk.path[:-1]))  # fmt: skip
    pull = float(((steps - right) * at).sum() / (at**2).sum())
    if close(steps - right, pull * at):
        return because("weight-decay", f"each step holds {pull / walk.o.lr:.4g} * lr times the parameter")
    return {}


def of_other_gradients(walk: Walk) -> dict:
    """The rule's steps for gradients that it was not given."""
    tried = changed_gradients(walk)
    return next((because(cause, evidence) for cause, evidence, history in tried if walk.fits(history)), {})


def changed_gradients(walk: Walk) -> Iterator[tuple[str, str, list[dict]]]:
    """(cause, evidence, the gradients that the rule may have used in place of those it was given)."""
    for rate in {*walk.o.others, 1e-4, 5e-4, 1e-3, 1e-2, 0.1}:
        pairs = zip(walk.history, walk.path, strict=False)
        yield "l2", f"g + {rate:g} p explains it", [{k: g[k] + rate * p[k] for k in g} for g, p in pairs]
    for most in {abs(value) for value in (*walk.o.others, 0.1, 0.5, 1.0, 5.0, 10.0) if value}:
        entries = [{k: np.clip(g, -most, most) for k, g in grads.items()} for grads in walk.history]
        lengths = [{k: g * min(1, most / np.linalg.norm(g)) for k, g in grads.items()} for grads in walk.history]
        for what, history in (("each entry", entries), ("the length of each gradient", lengths)):
            yield "clipped", f"with {what} cut at {most:g} it is explained", history


def roughly(walk: Walk) -> dict:
    """Steps that are nearly right, and steps of one length."""
    lr = walk.o.lr
    off = max(apart(s[key], r[key], lr) for s, r in zip(walk.steps, walk.right, strict=True) for key in r)
    if off <= 1e-5:
        return because("slight", f"no step is off by more than {off:.1e} of lr")
    if alike(walk.steps, [{key: lr * np.sign(g) for key, g in grads.items()} for grads in walk.history], lr):
        return because("sign-only", "each step is lr times the gradient's sign")
    return {"cause": None, "hint": "", "evidence": ""}


def alike(one: list[dict], two: list[dict], lr: float) -> bool:
    """Whether two lists of steps are the same, NaNs too."""
    return all(apart(a[key], b[key], lr) < CLOSE for a, b in zip(one, two, strict=True) for key in a)


def close(one: np.ndarray, two: np.ndarray) -> bool:
    return bool(np.abs(one - two).max() <= CLOSE * np.abs(one).max()) and bool(np.isfinite(one).all())


def apart(one: np.ndarray, two: np.ndarray, lr: float) -> float:
    """The largest difference in units of lr; infinite where one is finite and the other is not."""
    if not np.array_equal(np.isfinite(one), np.isfinite(two)):
        return np.inf
    with np.errstate(invalid="ignore"):
        return float(np.nan_to_num(np.abs(one - two), nan=0.0, posinf=0.0).max()) / lr
