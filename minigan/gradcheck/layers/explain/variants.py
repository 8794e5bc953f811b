"""The right gradient of a slightly different layer: a transposed weight, gamma = 1, eps = 0, another mode.

Two ways to find out. Change something in forward, take differences anew, and see whether they agree with what backward
says: then backward is right for that other layer. Or run forward as it is, change something before backward, and see
whether backward is right now: then backward sees that parameter wrongly. Everything is put back in any case.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigan.gradcheck.core.subject import Broken
from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case, fits

TURNED = ("weight-transposed", "flipped", "channels-swapped", "height-width-swapped")


def other_layer(case: Case) -> Iterator[dict]:
    """Change one parameter, then one constant, then the mode."""
    for key, p in case.subject.params.items():
        for cause, hint, other in changes(key, p.copy()):
            if other.shape != p.shape or np.array_equal(other, p):
                continue
            if p is not case.array and with_parameters(case, {key: other}, case.agrees_with):
                yield because(cause, "with that change in forward, backward is right", hint, key=key)
            if cause in TURNED and right_after(case, key, other):
                yield because(cause, "with that change between forward and backward, backward is right", hint, key=key)
    yield from other_constant(case)
    yield from updated_first(case)
    yield from other_mode(case)


def changes(key: str, p: np.ndarray) -> Iterator[tuple]:
    """(cause, hint, the parameter as backward seems to see it)."""
    if p.ndim == 2:
        yield "weight-transposed", "", p.T
    if p.ndim == 4:
        yield "flipped", f"{key} is flipped where it must not be, or the other way round", p[::-1, ::-1]
        yield "channels-swapped", f"{key} is used with its two channel axes swapped", p.swapaxes(2, 3)
        yield "height-width-swapped", f"{key} is used with height and width swapped", p.swapaxes(0, 1)
    if p.ndim == 1:
        yield "parameter-missing", f"backward is right for {key} = 1: multiply by {key}", np.ones_like(p)
    yield "parameter-missing", f"backward is right for {key} = 0: it forgets {key}", np.zeros_like(p)
    if p.ndim == 1:
        yield "parameter-twice", f"backward is right for {key} squared: it uses {key} twice", p * p


def with_parameters(case: Case, others: dict, question: Callable) -> Any:
    """The answer to a question, asked with other values in some parameters; False where a pass breaks."""
    params = case.subject.params
    kept = {key: params[key].copy() for key in others}
    try:
        for key, other in others.items():
            params[key][...] = other
        return question()
    except Broken:
        return False
    finally:
        for key, values in kept.items():
            params[key][...] = values


def after_change(case: Case, key: str, other: np.ndarray) -> np.ndarray | None:
    """What backward says if the parameter `key` changes to `other` after forward; None if it breaks."""
    layer = case.subject.fresh()
    _, cache = case.subject.forward(layer, case.x.copy())
    result = with_parameters(case, {key: other}, lambda: case.subject.backward(layer, case.dy.copy(), cache))
    if not result:
        return None
    dx, grads = result
    return dx if case.where == "dx" else grads.get(case.where)


def right_after(case: Case, key: str, other: np.ndarray) -> bool:
    """Whether backward is right if the parameter `key` changes to `other` after forward."""
    gradient = after_change(case, key, other)
    return np.shape(gradient) == case.array.shape and fits(np.ravel(gradient)[case.flat], case.numeric)


def other_constant(case: Case) -> Iterator[dict]:
    """One of the layer's plain numbers, as backward seems to see it: eps = 0, slope = 1, ..."""
    numbers = {name: v for name, v in getattr(case.layer, "__dict__", {}).items() if isinstance(v, float)}
    for name, value in numbers.items():
        for other in (0.0, 1.0, -value, 1 - value, value * value):
            if other != value and agrees_with_constant(case, name, other):
                cause = "eps" if "eps" in name else "slope" if "slope" in name else "constant-ignored"
                hint = f"backward is right for {name} = {other:.4g}, but it is {value:.4g}"
                evidence = f"with {name} = {other:.4g} in forward, backward is right"
                yield because(cause, evidence, f"{hint}: where does forward use {name}?")


def agrees_with_constant(case: Case, name: str, other: float) -> bool:
    """Whether backward is right for another value of one of the layer's numbers."""
    value = getattr(case.layer, name)
    try:
        setattr(case.layer, name, other)
        return case.agrees_with()
    except Broken:
        return False
    finally:
        setattr(case.layer, name, value)


def updated_first(case: Case) -> Iterator[dict]:
    """The parameters that backward changed, before it used them."""
    after = {key: case.after[key] for key in case.subject.params if key in case.after}
    if after and with_parameters(case, after, case.agrees_with):
        yield because("updated-first", "with the changed parameters in forward, backward is right")


def swapped(case: Case) -> Iterator[dict]:
    """The gradient of another parameter."""
    for key, p in case.subject.params.items():
        if p is not case.array and case.where != "dx" and p.shape == case.array.shape and case.agrees_with(array=p):
            yield because("keys-swapped", f"it agrees with the differences of {key}", key=key)


def other_mode(case: Case) -> Iterator[dict]:
    """The right gradient in the other mode."""
    if case.modes is None:
        return
    y, _ = case.modes.forward(case.modes.fresh(), case.x)
    if not case.agrees_with(type(case.scalar)(case.modes, case.x, y, case.dy)):
        return
    now, then = ("training", "evaluation") if case.subject.training else ("evaluation", "training")
    hint = f"in {now} mode this is the gradient of {then} mode: each mode has its own formula"
    evidence = f"it agrees with the differences of forward(training={not case.subject.training})"
    yield because("other-mode", evidence, hint)


def unread(case: Case) -> Iterator[dict]:
    """A weight that backward does not use for this gradient: what passes through it may be missing."""
    before = case.backward(case.dy)
    for key, p in case.subject.params.items():
        if p is case.array or p.ndim < 2 or before is None:
            continue
        after = after_change(case, key, 1.5 * np.flip(p) + 0.1)
        if isinstance(after, np.ndarray) and fits(np.ravel(after), before.ravel(), close=1e-12):
            hint = f"backward does not use {key} for {case.where}: is the path through {key} missing?"
            yield because("term-missing", f"with another {key} after forward, backward says the same", hint)
