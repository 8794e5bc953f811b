"""The right gradient of a slightly different layer: a transposed weight, gamma = 1, eps = 0, another mode.

Two ways to find out. Change something in forward, take differences anew, and see whether they agree with what backward
says: then backward is right for that other layer. Or run forward as it is, change something before backward, and see
whether backward is right now: then it is that which backward sees wrongly. Everything is put back in any case.
"""

import numpy as np

from minigan.gradcheck.core.subject import Broken
from minigan.gradcheck.layers.explain.case import because, fits


def other_layer(case):
    """Change one parameter, then one constant, then the mode."""
    for key, p in case.subject.params.items():
        for cause, hint, other in changes(case, key, p.copy()):
            if other.shape != p.shape or np.array_equal(other, p):
                continue
            if p is not case.array and with_parameter(case, p, other, case.agrees_with):
                return because(cause, hint, "with that change in forward, backward is right")
            if cause in TURNED and with_parameter(case, p, other, lambda p=p, other=other: right_after(case, p, other)):
                return because(cause, hint, "with that change between forward and backward, backward is right")
    return other_constant(case) or updated_first(case) or other_mode(case)


TURNED = ("weight-transposed", "flipped", "channels-swapped", "height-width-swapped")


def with_parameter(case, p, other, question):
    """The answer to a question, asked with other values in the parameter."""
    kept = p.copy()
    try:
        p[...] = other
        return question()
    except Broken:
        return False
    finally:
        p[...] = kept


def right_after(case, p, other):
    """Whether backward is right if the parameter p changes to `other` after forward."""
    p[...] = case.subject.before[next(key for key, q in case.subject.params.items() if q is p)]
    gradient = after_change(case, p, other)
    return np.shape(gradient) == case.array.shape and fits(np.ravel(gradient)[case.flat], case.numeric)


def after_change(case, p, other):
    """What backward says if the parameter p changes to `other` after forward."""
    layer = case.subject.fresh()
    _, cache = case.subject.forward(layer, case.x.copy())
    p[...] = other
    dx, grads = case.subject.backward(layer, case.dy.copy(), cache)
    return dx if case.where == "dx" else grads.get(case.where)


def other_constant(case):
    """One of the layer's plain numbers, as backward seems to see it: eps = 0, slope = 1, ..."""
    for name, value in list(getattr(case.layer, "__dict__", {}).items()):
        if not isinstance(value, float) or isinstance(value, bool):
            continue
        for other in (0.0, 1.0, -value, 1 - value, value * value):
            if other == value:
                continue
            try:
                setattr(case.layer, name, other)
                agrees = case.agrees_with()
            except Broken:
                agrees = False
            finally:
                setattr(case.layer, name, value)
            if agrees:
                cause = "eps" if "eps" in name else "slope" if "slope" in name else "constant-ignored"
                hint = (
                    f"backward is right for {name} = {other:.4g}, but it is {value:.4g}: where does forward use {name}?"
                )
                return because(cause, hint, f"with {name} = {other:.4g} in forward, backward is right")
    return {}


def changes(case, key, p):
    """(cause, hint, the parameter as backward seems to see it)."""
    if p.ndim == 2:
        yield "weight-transposed", f"backward uses {key} where it should use its transpose, or the other way round", p.T
    if p.ndim == 4:
        yield "flipped", f"{key} is flipped where it must not be, or the other way round", p[::-1, ::-1]
        yield "channels-swapped", f"{key} is used with its two channel axes swapped", p.swapaxes(2, 3)
        yield "height-width-swapped", f"{key} is used with height and width swapped", p.swapaxes(0, 1)
    if p.ndim == 1:
        yield "parameter-missing", f"backward is right for {key} = 1: multiply by {key}", np.ones_like(p)
    yield "parameter-missing", f"backward is right for {key} = 0: it forgets {key}", np.zeros_like(p)
    if p.ndim == 1:
        yield "parameter-twice", f"backward is right for {key} squared: it uses {key} twice", p * p


def updated_first(case):
    """The parameters that backward changed, before it used them."""
    if not case.after:
        return {}
    kept = {key: p.copy() for key, p in case.subject.params.items()}
    try:
        for key, p in case.subject.params.items():
            p[...] = case.after.get(key, p)
        if case.agrees_with():
            hint = "backward changes the parameters, then uses the new ones here: leave updates to the optimizer"
            return because("updated-first", hint, "with the changed parameters in forward, backward is right")
    finally:
        for key, p in case.subject.params.items():
            p[...] = kept[key]
    return {}


def swapped(case):
    """The gradient of another parameter."""
    for key, p in case.subject.params.items():
        if p is not case.array and case.where != "dx" and p.shape == case.array.shape and case.agrees_with(array=p):
            hint = f"this is the gradient of {key}: are the two keys, or two lines, swapped?"
            return because("keys-swapped", hint, f"it agrees with the differences of {key}")
    return {}


def other_mode(case):
    """The right gradient in the other mode."""
    if case.modes is None:
        return {}
    y, _ = case.modes.forward(case.modes.fresh(), case.x)
    if case.agrees_with(type(case.scalar)(case.modes, case.x, y, case.dy)):
        now, then = ("training", "evaluation") if case.subject.training else ("evaluation", "training")
        hint = f"in {now} mode this is the gradient of {then} mode: each mode has its own formula"
        return because(
            "other-mode", hint, f"it agrees with the differences of forward(training={not case.subject.training})"
        )
    return {}


def unread(case):
    """A weight that backward does not use for this gradient: what passes through it may be missing."""
    before = case.backward(case.dy)
    for key, p in case.subject.params.items():
        if p is case.array or p.ndim < 2 or before is None:
            continue
        after = with_parameter(case, p, p.copy(), lambda p=p: after_change(case, p, 1.5 * np.flip(p) + 0.1))
        if isinstance(after, np.ndarray) and fits(np.ravel(after), before.ravel(), close=1e-12):
            hint = f"backward does not use {key} for {case.where}: is the path through {key} missing?"
            return because("term-missing", hint, f"with another {key} after forward, backward says the same")
    return {}
