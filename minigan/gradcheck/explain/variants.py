"""The right gradient of a slightly different layer: a transposed weight, gamma = 1, parameters after an update, the
other mode.

The parameter is changed in forward, differences are taken anew, and if they agree with what backward says, backward is
right for that other layer. A parameter is put back in any case.
"""

import numpy as np

from minigan.gradcheck.explain.case import because


def other_layer(case):
    """Change one parameter, then the mode."""
    for key, p in case.subject.params.items():
        if p is case.array:
            continue
        kept = p.copy()
        for cause, hint, other in changes(case, key, kept):
            if other.shape != kept.shape or np.array_equal(other, kept):
                continue
            try:
                p[...] = other
                if case.agrees_with():
                    return because(cause, hint, "with that change in forward, backward is right")
            finally:
                p[...] = kept
    return updated_first(case) or other_mode(case)


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
            hint = "backward changes the parameters, and computes this gradient with the new ones: leave that to the optimizer"
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
