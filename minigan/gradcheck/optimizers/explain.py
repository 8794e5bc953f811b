"""The four rules as in the textbook, each with the slips that people make in it.

A rule turns the gradient g of one parameter, in step t, into the step to subtract. s: the parameter's state, a dict
that starts empty. o: the constants (lr, beta1, ...). slip: the mistake to make, or None. An optimizer that takes the
same steps as a rule with a slip has, most likely, made that slip.
"""

from types import SimpleNamespace

import numpy as np


def sgd(g: np.ndarray, s: dict, t: int, o: SimpleNamespace, slip: str | None) -> np.ndarray:
    return o.lr * g


def momentum(g: np.ndarray, s: dict, t: int, o: SimpleNamespace, slip: str | None) -> np.ndarray:
    old = s.get("v", 0 * g)
    kept = {"no-decay": 1, "weights-swapped": 1 - o.momentum}.get(slip, o.momentum)
    new = {"dampened": 1 - o.momentum, "weights-swapped": o.momentum, "lr-in-velocity-twice": o.lr}.get(slip, 1)
    s["v"] = v = kept * old + new * g
    return o.lr * {"nesterov": g + o.momentum * v, "old-state": old}.get(slip, v)


def rmsprop(g: np.ndarray, s: dict, t: int, o: SimpleNamespace, slip: str | None) -> np.ndarray:
    old = s.get("s", first(g, slip) ** 2)
    s["s"] = average(old, squared(g, slip), o.rho, slip)
    v = old if slip == "old-state" else s["s"]
    if slip == "centred":
        s["m"] = average(s.get("m", 0 * g), g, o.rho, None)
        v = v - s["m"] ** 2
    return o.lr * g / root(v / (1 - o.rho**t) if slip == "correction-added" else v, o.eps, slip)


def adam(g: np.ndarray, s: dict, t: int, o: SimpleNamespace, slip: str | None) -> np.ndarray:
    beta1, beta2 = (o.beta2, o.beta1) if slip == "betas-swapped" else (o.beta1, o.beta2)
    old = s.get("m", first(g, slip)), s.get("v", first(g, slip) ** 2)
    s["m"] = average(old[0], g, beta1, slip and slip.removesuffix("-m"))
    square = s["m"] ** 2 if slip == "squared-late" else squared(g, slip)
    s["v"] = average(old[1], square, beta2, slip and slip.removesuffix("-v"))
    m, v = old if slip == "old-state" else (s["m"], s["v"])
    c1, c2 = corrections(beta1, beta2, t, slip)
    m, v = m / c1, v / c2
    if slip == "correction-kept":
        s["m"], s["v"] = m, v
    if slip == "largest-v":
        s["largest"] = v = np.maximum(s.get("largest", 0), v)
    if slip == "nesterov":
        m = beta1 * s["m"] / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
    if slip == "eps-corrected":  # the correction divides sqrt(v) + eps, where it should divide v
        return o.lr * m * np.sqrt(c2) / root(v * c2, o.eps, slip)
    return o.lr * (g if slip == "gradient-for-m" else m) / root(v, o.eps, slip)


RULES = {"sgd": sgd, "momentum": momentum, "rmsprop": rmsprop, "adam": adam}


def corrections(beta1: float, beta2: float, t: int, slip: str | None) -> tuple[float, float]:
    """What Adam divides m and v by: 1 - beta1^t and 1 - beta2^t."""
    beta1, beta2 = {"corrections-swapped": (beta2, beta1), "one-beta": (beta1, beta1),
                    "one-beta-2": (beta2, beta2)}.get(slip, (beta1, beta2))  # fmt: skip
    t = {"no-power": 1, "no-correction": np.inf}.get(slip, t)
    c1, c2 = (1 - beta1 * t, 1 - beta2 * t) if slip == "times-for-power" else (1 - beta1**t, 1 - beta2**t)
    if slip == "correction-multiplied":
        return 1 / c1, 1 / c2
    return {"no-correction-m": (1, c2), "no-correction-v": (c1, 1)}.get(slip, (c1, c2))


def average(old: np.ndarray, new: np.ndarray, beta: float, slip: str | None) -> np.ndarray:
    """beta * old + (1 - beta) * new."""
    if slip == "weights-swapped":
        return (1 - beta) * old + beta * new
    kept = 1 if slip in ("no-decay", "never-forgets") else beta
    return kept * old + (1 if slip in ("no-one-minus", "no-decay") else 1 - beta) * new


def first(g: np.ndarray, slip: str | None) -> np.ndarray:
    """What an average starts from: 0."""
    return {"starts-from-gradient": g, "starts-from-1": np.ones_like(g)}.get(slip, 0 * g)


def squared(g: np.ndarray, slip: str | None) -> np.ndarray:
    """g^2, entry by entry."""
    return {"not-squared": g, "absolute": np.abs(g), "one-number": np.full_like(g, np.mean(g**2))}.get(slip, g**2)


def root(v: np.ndarray, eps: float, slip: str | None) -> np.ndarray:
    """sqrt(v) + eps."""
    if slip in ("no-root", "absolute"):
        return v + eps
    extra = {"no-eps": 0, "eps-beside": 0, "eps-squared": eps**2}.get(slip, eps)
    return np.sqrt(v + eps) if slip == "eps-inside" else np.sqrt(v) + extra


@np.errstate(all="ignore")  # a wrong step may divide by 0
def textbook(rule: str, o: SimpleNamespace, history: list[dict], slip: str | None = None) -> list[dict]:
    """history: the gradients of each step, a dict each -> the steps to subtract, a dict for each step."""
    states, steps, total = {}, [], {}
    for t, grads in enumerate(history, start=1):
        if slip == "gradient-late":
            grads = history[t - 2] if t > 1 else {key: 0 * g for key, g in grads.items()}
        if slip == "gradients-added":
            total = grads = {key: g + total.get(key, 0) for key, g in grads.items()}
        steps.append({})
        for k, (key, g) in enumerate(grads.items(), start=1):
            count = {"t-per-parameter": (t - 1) * len(grads) + k, "t-from-0": t - 1, "t-one-ahead": t + 1,
                     "t-twice": 2 * t, "first-step-again": 1}.get(slip, t)  # fmt: skip
            name = g.shape if slip == "state-shared" else key
            s = {} if slip == "first-step-again" else states.setdefault(name, {})
            step = RULES[rule](g, s, count, o, slip)
            if slip == "eps-beside":
                step = step + getattr(o, "eps", 0)
            if slip == "state-shared-by-optimizers":  # the other optimizer steps by -g in between
                RULES[rule](-g, s, count, o, slip)
            if t > 1:
                step = step + 0 * steps[-2][key]  # a parameter that is NaN stays NaN
            steps[-1][key] = -step if slip == "ascent" else step
    return steps
