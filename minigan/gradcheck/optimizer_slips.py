"""The textbook's recurrences, each with the slips that people make in it.

A rule turns the gradient g of one parameter at step t into the step to be subtracted. s is the parameter's state, a
dict that starts empty; o holds the constants; `slip` names the mistake to make, or is None. So one line of the rule
stands beside its wrong twins, and whoever steps as one of them does is known by his slip.
"""

import numpy as np

CLOSE = 1e-8
SLIPS = {
    "ascent": "the step goes up the slope: subtract it",
    "no-power": "the correction must be 1 - beta^t, with t the number of steps, not 1 - beta",
    "no-correction": "the averages are not divided by 1 - beta^t",
    "no-correction-m": "m is not divided by 1 - beta1^t, only v is",
    "no-correction-v": "v is not divided by 1 - beta2^t, only m is",
    "correction-kept": "the corrected averages are kept as the state: correct copies, mhat and vhat",
    "correction-multiplied": "the averages are multiplied by 1 - beta^t: divide by it",
    "t-per-parameter": "t counts steps, not parameters: raise it once in each step",
    "t-from-0": "t is 1 in the first step: with t = 0 the correction 1 - beta^0 is 0",
    "t-one-ahead": "t is 1 in the first step, not 2",
    "first-step-again": "every step is like the first: the state is forgotten or not used, or t stays 1",
    "betas-swapped": "beta1 belongs to m, the average of g, and beta2 to v, the average of g^2",
    "weights-swapped": "the old average is kept by beta, the new gradient enters by 1 - beta",
    "no-one-minus": "the new gradient enters an average by 1 - beta",
    "no-one-minus-m": "the new gradient enters m by 1 - beta1",
    "no-decay": "the old average is multiplied by its beta (or rho, or momentum) before the new gradient is added",
    "old-state": "the step uses the averages as they were before this gradient: update them first",
    "not-squared": "v averages the squares of the gradients",
    "squared-late": "v averages the squares: the square of the average is another thing",
    "gradient-for-m": "the step uses g itself: it is m, the average, that goes into it",
    "eps-inside": "eps belongs outside the square root",
    "eps-squared": "eps is added to the root as it is",
    "no-eps": "eps is missing under the fraction",
    "no-root": "divide by the square root of the average of squares",
    "dampened": "the gradient enters the velocity as it is, without 1 - momentum",
    "nesterov": "this is Nesterov's momentum: the heavy ball steps by v alone",
    "lr-in-velocity-twice": "lr is in the velocity and in the step: it belongs in one of them",
    "state-shared": "parameters share one state: keep the averages in a dict with the parameter's key",
    "state-shared-by-optimizers": "two optimizers share one state: make it in __init__, not in the class",
    "gradient-late": "the step uses the gradient of the step before",
    "gradients-added": "gradients of earlier steps are still in it: use this step's alone",
}
CAUSES = {
    **{slip: f"In the recurrence: {what}." for slip, what in SLIPS.items()},
    "factor": "Every step is the textbook's times a constant.",
    "rate-changes": "The steps are the textbook's times a number that changes from step to step.",
    "weight-decay": "The step pulls the parameters towards 0.",
    "l2": "A multiple of the parameter is added to its gradient.",
    "clipped": "The gradients are clipped.",
    "parameter-skipped": "Some parameters are not updated.",
    "grads-changed": "The step changes the gradients in place.",
    "not-in-place": "The parameters are replaced, not changed in place.",
}


def sgd(g, s, t, o, slip):
    return o.lr * g


def momentum(g, s, t, o, slip):
    old = s.get("v", 0 * g)
    weight = 1 - o.momentum if slip == "dampened" else o.lr if slip == "lr-in-velocity-twice" else 1
    s["v"] = v = (1 if slip == "no-decay" else o.momentum) * old + weight * g
    if slip == "weights-swapped":
        s["v"] = v = (1 - o.momentum) * old + o.momentum * g
    return o.lr * {"nesterov": g + o.momentum * v, "old-state": old}.get(slip, v)


def rmsprop(g, s, t, o, slip):
    old = s.get("s", 0 * g)
    s["s"] = average(old, squared(g, slip), o.rho, slip)
    return o.lr * g / root(old if slip == "old-state" else s["s"], o.eps, slip)


def adam(g, s, t, o, slip):
    beta1, beta2 = (o.beta2, o.beta1) if slip == "betas-swapped" else (o.beta1, o.beta2)
    old = m, v = s.get("m", 0 * g), s.get("v", 0 * g)
    s["m"] = m = average(m, g, beta1, "no-one-minus" if slip == "no-one-minus-m" else slip)
    s["v"] = v = average(v, m**2 if slip == "squared-late" else squared(g, slip), beta2, slip)
    m, v = old if slip == "old-state" else (m, v)
    t = {"no-power": 1, "no-correction": np.inf}.get(slip, t)
    c1 = 1 if slip == "no-correction-m" else 1 - beta1**t
    c2 = 1 if slip == "no-correction-v" else 1 - beta2**t
    m, v = (m * c1, v * c2) if slip == "correction-multiplied" else (m / c1, v / c2)
    if slip == "correction-kept":
        s["m"], s["v"] = m, v
    return o.lr * (g if slip == "gradient-for-m" else m) / root(v, o.eps, slip)


def average(old, new, beta, slip):
    """beta * old + (1 - beta) * new."""
    if slip == "weights-swapped":
        return (1 - beta) * old + beta * new
    return (1 if slip == "no-decay" else beta) * old + (1 if slip in ("no-one-minus", "no-decay") else 1 - beta) * new


def squared(g, slip):
    return g if slip == "not-squared" else g**2


def root(v, eps, slip):
    """sqrt(v) + eps."""
    if slip == "no-root":
        return v + eps
    extra = {"no-eps": 0, "eps-squared": eps**2}.get(slip, eps)
    return np.sqrt(v + eps) if slip == "eps-inside" else np.sqrt(v) + extra


RULES = {"sgd": sgd, "momentum": momentum, "rmsprop": rmsprop, "adam": adam}


def textbook(rule, o, history, slip=None):
    """The steps to be subtracted, one dict for each of `history`, by the recurrence with one slip in it or none."""
    states, steps, last, total = {}, [], None, {}
    for t, given in enumerate(history, start=1):
        grads, steps = given, [*steps, {}]
        if slip == "gradient-late":
            grads, last = last or {k: 0 * g for k, g in given.items()}, given
        if slip == "gradients-added":
            total = grads = {k: g + total.get(k, 0) for k, g in given.items()}
        for k, (key, g) in enumerate(grads.items(), start=1):
            count = {"t-per-parameter": (t - 1) * len(grads) + k, "t-from-0": t - 1, "t-one-ahead": t + 1}.get(slip, t)
            name = g.shape if slip == "state-shared" else key
            if slip == "first-step-again":
                states[name], count = {}, 1
            with np.errstate(all="ignore"):
                step = RULES[rule](g, states.setdefault(name, {}), count, o, slip)
                if slip == "state-shared-by-optimizers":
                    RULES[rule](-g, states[name], count, o, slip)
                if t > 1:
                    step = step + 0 * steps[-2][key]  # a parameter that is NaN stays NaN
            steps[-1][key] = -step if slip == "ascent" else step
    return steps


def explained(rule, o, history, path, steps, right):
    """Why the steps are not the right ones -> cause, hint, evidence."""
    still = [key for key in path[0] if all(np.array_equal(p[key], path[0][key]) for p in path)]
    if still:
        return (
            "parameter-skipped",
            "loop over all parameters; is a return or a break inside the loop?",
            f"{', '.join(still)} did not move",
        )
    for slip, hint in SLIPS.items():
        if alike(steps, textbook(rule, o, history, slip), o.lr):
            return slip, hint, f"with this slip the textbook's {rule} takes the same steps"
    flat, wanted = (np.array([np.concatenate([s[k].ravel() for k in s]) for s in a]) for a in (steps, right))
    factors = (flat * wanted).sum(axis=1) / (wanted**2).sum(axis=1)
    if close(flat, factors[:, None] * wanted):
        if np.ptp(factors) <= CLOSE * np.abs(factors).max():
            cause = "ascent" if factors[0] < 0 else "factor"
            return cause, f"each step is the textbook's times {factors[0]:.6g}", "divided by that they are right"
        said = ", ".join(f"{f:.4g}" for f in factors)
        return "rate-changes", "the learning rate is a constant of the rule", f"the factors of the steps are {said}"
    return decayed(rule, o, history, path, steps, flat - wanted) or clipped(rule, o, history, steps) or (None, "", "")


def decayed(rule, o, history, path, steps, rest):
    """The parameters pulled towards 0, beside the gradient or in it."""
    at = np.array([np.concatenate([p[k].ravel() for k in p]) for p in path[:-1]])
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
