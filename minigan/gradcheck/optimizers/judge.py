"""Why does an optimizer not step as the textbook says? The simplest explanation that fits all its steps.

First the slips of `optimizer_slips`. Then what can be seen by comparing steps: another parameter's, the right ones
times a number, the right ones and a pull towards 0, the right ones of clipped gradients.
"""

import numpy as np

from minigan.gradcheck.optimizers.explain import SLIPS, textbook

CLOSE = 1e-8
CAUSES = {
    **{slip: f"In the recurrence: {what}." for slip, what in SLIPS.items()},
    "other-gradient": "A parameter moves by the gradient of another.",
    "scaled-by-parameter": "The steps are the textbook's times a number that differs between parameters.",
    "slight": "The steps are nearly right: float32, or another eps.",
    "sign-only": "The steps are the learning rate times the sign of the gradient.",
    "factor": "Every step is the textbook's times a constant.",
    "rate-changes": "The steps are the textbook's times a number that changes from step to step.",
    "weight-decay": "The step pulls the parameters towards 0.",
    "l2": "A multiple of the parameter is added to its gradient.",
    "clipped": "The gradients are clipped.",
    "parameter-skipped": "Some parameters are not updated.",
    "grads-changed": "The step changes the gradients in place.",
    "not-in-place": "The parameters are replaced, not changed in place.",
}


@np.errstate(all="ignore")  # a wrong step may well divide by 0
def explained(rule, o, history, path, steps, right):
    """Why the steps are not the right ones -> cause (None if nothing explains it), hint, evidence.

    o: the constants; history: the gradients of each step; path: the parameters before, and after each step; steps,
    right: what was subtracted in each step, and what should have been.
    """
    still = [key for key in path[0] if all(np.array_equal(p[key], path[0][key]) for p in path)]
    if still:
        hint = "loop over all parameters; is a return or a break inside the loop?"
        return "parameter-skipped", hint, f"{', '.join(still)} did not move"
    for slip, hint in SLIPS.items():
        if alike(steps, textbook(rule, o, history, slip), o.lr):
            return slip, hint, f"with this slip the textbook's {rule} takes the same steps"
    return (
        of_another(steps, right, o)
        or scaled(steps, right, o)
        or decayed(rule, o, history, path, steps, right)
        or clipped(rule, o, history, steps)
        or roughly(o, history, steps, right)
    )


def of_another(steps, right, o):
    """A parameter moved by the gradient of another."""
    for key in right[0]:
        for other in right[0]:
            pairs = [(s[key], r[other]) for s, r in zip(steps, right, strict=True)]
            if other != key and pairs[0][0].shape == pairs[0][1].shape and all(apart(*p, o.lr) < CLOSE for p in pairs):
                hint = "take each gradient by its key, not by its place"
                return "other-gradient", hint, f"{key} moves as {other} should"
    return None


def scaled(steps, right, o):
    """The right steps, each times a number: one for all, one for each step, or one for each parameter and step."""
    factors = {}
    for key in right[0]:
        for t, (s, r) in enumerate(zip(steps, right, strict=True)):
            factors[key, t] = float((s[key] * r[key]).sum() / (r[key] ** 2).sum())
            if not close(s[key], factors[key, t] * r[key]):
                return None
    each = np.array([[factors[key, t] for t in range(len(right))] for key in right[0]])
    if np.ptp(each) <= CLOSE * np.abs(each).max():
        return by_constant(each[0, 0], o)
    said = "; ".join(f"{key}: " + ", ".join(f"{f:.4g}" for f in row) for key, row in zip(right[0], each, strict=True))
    evidence = f"the factors of the steps are {said}"
    if np.ptp(each, axis=0).max() <= CLOSE * np.abs(each).max():
        hint = "the learning rate is a constant of the rule, and gradients are taken as they come"
        return "rate-changes", hint, evidence
    return "scaled-by-parameter", "all parameters have one learning rate; is a mean, or a norm, in it?", evidence


def by_constant(c, o):
    """Every step is the right one times c."""
    constants = {name: value for name, value in vars(o).items() if isinstance(value, float)}
    named = {f"{name}": value for name, value in constants.items()}
    named |= {f"1 / {name}": 1 / value for name, value in constants.items() if value}
    named |= {f"1 - {name}": 1 - value for name, value in constants.items() if name != "lr"}
    said = [name for name, value in named.items() if value and abs(c - value) <= CLOSE * abs(value)]
    hint = {"lr": "lr is multiplied in twice", "1 / lr": "lr is not multiplied in"}.get(
        said[0] if said else "", f"each step is the textbook's times {said[0] if said else format(c, '.6g')}"
    )
    return "ascent" if c < 0 else "factor", hint, "divided by that number all steps are right"


def roughly(o, history, steps, right):
    """Steps that are nearly right, and steps of one length."""
    off = max(apart(s[key], r[key], o.lr) for s, r in zip(steps, right, strict=True) for key in r)
    if off <= 1e-5:
        hint = "is the state kept in float32? np.zeros_like(p) has the parameter's dtype; or is eps another one?"
        return "slight", hint, f"no step is off by more than {off:.1e} of lr"
    if all(
        apart(s[key], o.lr * np.sign(g[key]), o.lr) < CLOSE for s, g in zip(steps, history, strict=True) for key in g
    ):
        return "sign-only", "the size of the gradient belongs in the step", "each step is lr times the gradient's sign"
    return None, "", ""


def decayed(rule, o, history, path, steps, right):
    """The parameters pulled towards 0, beside the gradient or in it."""
    flat = [np.array([np.concatenate([a[k].ravel() for k in a]) for a in many]) for many in (steps, right, path[:-1])]
    rest, at = flat[0] - flat[1], flat[2]
    pull = float((rest * at).sum() / (at**2).sum())
    if close(rest, pull * at):
        evidence = f"each step holds {pull / o.lr:.4g} * lr times the parameter"
        return "weight-decay", "the rule has no weight decay: leave it to a rule of its own", evidence
    for rate in {*o.others, 1e-4, 5e-4, 1e-3, 1e-2, 0.1}:
        given = [{k: g + rate * p[k] for k, g in grads.items()} for grads, p in zip(history, path, strict=False)]
        if alike(steps, textbook(rule, o, given), o.lr):
            return (
                "l2",
                "the gradient is used as it comes: a penalty belongs in the loss",
                f"g + {rate:g} p explains it",
            )
    return None


def clipped(rule, o, history, steps):
    """The gradients clipped, each entry or the length of each."""
    for most in {*o.others, 0.1, 0.5, 1.0, 5.0, 10.0}:
        for what, clip in (
            ("each entry", lambda g, c: np.clip(g, -c, c)),
            ("the length of each gradient", lambda g, c: g * min(1, c / np.linalg.norm(g))),
        ):
            given = [{k: clip(g, abs(most)) for k, g in grads.items()} for grads in history]
            if most and alike(steps, textbook(rule, o, given), o.lr):
                return (
                    "clipped",
                    "the rule takes the gradients as they are",
                    f"with {what} cut at {most:g} it is explained",
                )
    return None


def alike(one, two, lr):
    """Whether two lists of steps are the same, NaNs too."""
    return all(apart(a[key], b[key], lr) < CLOSE for a, b in zip(one, two, strict=True) for key in a)


def close(one, two):
    return bool(np.abs(one - two).max() <= CLOSE * np.abs(one).max()) and bool(np.isfinite(one).all())


def apart(one, two, lr):
    """The largest difference in units of lr; infinite where one is finite and the other is not."""
    if not np.array_equal(np.isfinite(one), np.isfinite(two)):
        return np.inf
    with np.errstate(invalid="ignore"):
        return float(np.nan_to_num(np.abs(one - two), nan=0.0, posinf=0.0).max()) / lr
