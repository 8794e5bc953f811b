"""check_optimizer: several steps of several parameters against the textbook's recurrence, and its classic slips.

One step of one parameter proves little: after the first step Adam's two corrections have just been undone, and a state
that two parameters share shows with the second parameter only.
"""

import time

import numpy as np

from minigan.gradcheck.report import Finding, Report
from minigan.gradcheck.subject import Broken, called

STEPS = 6
SHAPES = {"a": (3, 4), "b": (4,), "c": (3, 4)}
SLIPS = {
    "ascent": "the step goes up the slope: subtract it",
    "no-power": "the correction must be 1 - beta^t, with t the number of steps, not 1 - beta",
    "no-correction": "the averages are not divided by 1 - beta^t",
    "t-per-parameter": "t counts steps, not parameters: raise it once in each step",
    "eps-inside": "eps belongs outside the square root",
    "first-step-again": "the state is forgotten, or t stays 1: every step is like the first",
}


def sgd(g, s, t, o, slip):
    return o.lr * g


def momentum(g, s, t, o, slip):
    s["v"] = o.momentum * s.get("v", 0) + g
    return o.lr * s["v"]


def rmsprop(g, s, t, o, slip):
    s["s"] = o.rho * s.get("s", 0) + (1 - o.rho) * g**2
    return o.lr * g / (np.sqrt(s["s"] + o.eps) if slip == "eps-inside" else np.sqrt(s["s"]) + o.eps)


def adam(g, s, t, o, slip):
    s["m"] = o.beta1 * s.get("m", 0) + (1 - o.beta1) * g
    s["v"] = o.beta2 * s.get("v", 0) + (1 - o.beta2) * g**2
    t = 1 if slip == "no-power" else np.inf if slip == "no-correction" else t
    m, v = s["m"] / (1 - o.beta1**t), s["v"] / (1 - o.beta2**t)
    return o.lr * m / (np.sqrt(v + o.eps) if slip == "eps-inside" else np.sqrt(v) + o.eps)


RULES = {"sgd": sgd, "momentum": momentum, "rmsprop": rmsprop, "adam": adam}


def check_optimizer(make, rule=None, *, rng=None, tolerance=1e-9):
    """Check an optimizer as `minigan.optim` has them: make(params) -> one with `step(grads)` -> Report.

    make: the class, or a function of params, such as `lambda params: MyAdam(params, lr=0.1)`. rule: "sgd", "momentum",
    "rmsprop" or "adam"; by default the one in the class's name. The constants are read off the optimizer: lr, momentum,
    rho, beta1, beta2, eps. Raises ValueError if no rule is known by that name.
    """
    rng, started = np.random.default_rng(0) if rng is None else rng, time.perf_counter()
    params = {key: rng.standard_normal(shape) for key, shape in SHAPES.items()}
    history = [{k: rng.standard_normal(s) * 10 ** rng.uniform(-5, 1, s) for k, s in SHAPES.items()}
               for _ in range(STEPS)]  # fmt: skip
    start = {key: p.copy() for key, p in params.items()}
    report = Report(getattr(make, "__name__", "optimizer"))
    try:
        optimizer, bystander = made(make, params), made(make, {key: p.copy() for key, p in params.items()})
        report.name = type(optimizer).__name__
        rule = named(rule, [kind.__name__ for kind in type(optimizer).__mro__])
        path = taken(report, optimizer, bystander, params, history)
        judge(report, rule, optimizer, start, history, path, tolerance)
    except Broken as broken:
        report.add(broken.finding)
    report.seconds = time.perf_counter() - started
    return report


def made(make, params):
    try:
        return make(params)
    except Exception as error:
        message = f"could not be made from params alone: {type(error).__name__}: {error}"
        raise Broken("optimizer", message, cause="raises", hint="give defaults, or a lambda params: ...") from error


def named(rule, names):
    found = [r for r in ([rule] if rule else RULES) if r in RULES and (rule or any(r in n.lower() for n in names))]
    if not found:
        raise ValueError(f"check_optimizer knows the rules {', '.join(RULES)}; got {rule or names[0]!r}; give rule=...")
    return found[0]


def taken(report, optimizer, bystander, params, history):
    """The parameters after each step. A second optimizer steps in between: it must not matter to the first."""
    path, held = [], dict(params)
    for grads in history:
        given = {key: g.copy() for key, g in grads.items()}
        called(optimizer, "step", given)
        called(bystander, "step", {key: -g for key, g in grads.items()})
        if not report.findings and any(not np.array_equal(given[key], g) for key, g in grads.items()):
            hint = "write into new arrays, not g *= ..., g += ...: the caller may need the gradients again"
            report.add(Finding("grads", "step changed the gradients in place", cause="grads-changed", hint=hint))
        if any(params.get(key) is not p for key, p in held.items()):
            hint = "write p -= ... or p[...] = ..., not params[key] = ...: the layers hold the same arrays"
            raise Broken("params", "the parameters must be updated in place", cause="not-in-place", hint=hint)
        path.append({key: p.copy() for key, p in params.items()})
    return path


def textbook(rule, optimizer, params, history, slip=None):
    """The parameters after each step by the recurrence, with one slip in it or none."""
    params, state, path = {k: p.copy() for k, p in params.items()}, {key: {} for key in params}, []
    for t, grads in enumerate(history, start=1):
        for k, (key, g) in enumerate(grads.items(), start=1):
            count = (t - 1) * len(grads) + k if slip == "t-per-parameter" else t
            if slip == "first-step-again":
                state[key], count = {}, 1
            step = RULES[rule](g, state[key], count, optimizer, slip)
            params[key] = params[key] + step if slip == "ascent" else params[key] - step
        path.append({key: p.copy() for key, p in params.items()})
    return path


def judge(report, rule, optimizer, start, history, path, tolerance):
    try:
        right = textbook(rule, optimizer, start, history)
    except AttributeError as error:
        message = f"the constants of the rule are not on the optimizer: {error}"
        raise Broken("optimizer", message, cause="not-checked", hint="store lr, beta1, ... on self") from error
    for key in start:
        errors = [apart(a[key], b[key], lr=optimizer.lr) for a, b in zip(path, right, strict=True)]
        report.checked += len(history) * start[key].size
        report.errors[key] = max(errors)
        if report.errors[key] > tolerance:
            t = int(np.argmax(np.array(errors) > tolerance)) + 1
            causes = [s for s in SLIPS if same_path(path, textbook(rule, optimizer, start, history, s), optimizer.lr)]
            cause = causes[0] if causes else None
            message = f"wrong from step {t} on: {errors[t - 1]:.1e} of a step, allowed {tolerance:.0e}"
            evidence = f"with this slip the textbook's {rule} gives the same numbers" if cause else ""
            report.add(
                Finding(key, message, report.errors[key], cause=cause, hint=SLIPS.get(cause, ""), evidence=evidence)
            )


def same_path(one, two, lr):
    return all(apart(a[key], b[key], lr) < 1e-9 for a, b in zip(one, two, strict=True) for key in a)


def apart(one, two, lr):
    """The largest difference in units of lr; for a NaN infinite."""
    error = float(np.abs(one - two).max()) / lr
    return error if np.isfinite(error) else np.inf
