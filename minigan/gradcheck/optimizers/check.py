"""check_optimizer: several steps of several parameters against the textbook's recurrence, and its classic slips.

One step of one parameter proves little: after the first step Adam's two corrections have just been undone, and a state
that two parameters share shows with the second parameter only.
"""

import time
from types import SimpleNamespace

import numpy as np

from minigan.gradcheck.core.report import Finding, Report
from minigan.gradcheck.core.subject import Broken, called
from minigan.gradcheck.optimizers.causes import OPTIMIZER
from minigan.gradcheck.optimizers.explain import RULES, textbook
from minigan.gradcheck.optimizers.judge import apart, explained

STEPS = 6
SHAPES = {"a": (3, 4), "b": (4,), "c": (3, 4)}
ALIKE = dict.fromkeys("abc", (3, 4))  # in case a step cannot bear different shapes
CONSTANTS = {  # what a rule needs, and under which names it is looked for
    "lr": ("lr", "learning_rate", "alpha", "eta"), "momentum": ("momentum", "beta", "mu"),
    "rho": ("rho", "decay", "decay_rate", "beta", "alpha"), "beta1": ("beta1", "b1", "beta_1", "betas"),
    "beta2": ("beta2", "b2", "beta_2", "betas"), "eps": ("eps", "epsilon"),
}  # fmt: skip
NEEDS = {"sgd": ["lr"], "momentum": ["lr", "momentum"], "rmsprop": ["lr", "rho", "eps"],
         "adam": ["lr", "beta1", "beta2", "eps"]}  # fmt: skip


def check_optimizer(make, rule=None, *, rng=None, tolerance=1e-9):
    """Check an optimizer as `minigan.optim` has them: make(params) -> one with `step(grads)` -> Report.

    make: the class, or a function of params, such as `lambda params: MyAdam(params, lr=0.1)`. rule: "sgd", "momentum",
    "rmsprop" or "adam"; by default the one in the class's name. The constants are read off the optimizer: lr, momentum,
    rho, beta1, beta2, eps, or the other names in CONSTANTS. tolerance: the largest difference between two steps that
    counts as none, in units of lr. Raises ValueError if no rule is known by that name.
    """
    rng, started = np.random.default_rng(0) if rng is None else rng, time.perf_counter()
    seed = int(rng.integers(2**32))
    report = Report(getattr(make, "__name__", "optimizer"))
    try:
        run(report, make, rule, np.random.default_rng(seed), tolerance, SHAPES)
    except Broken as broken:
        report.add(broken.finding)
        if broken.finding.cause == "raises":  # perhaps because arrays of different shapes met in one state
            other = Report(report.name)
            try:
                run(other, make, rule, np.random.default_rng(seed), tolerance, ALIKE)
            except Broken:
                pass
            if any(finding.cause == "state-shared" for finding in other.findings):
                report.findings = other.findings
    report.seconds = time.perf_counter() - started
    return report


def run(report, make, rule, rng, tolerance, shapes):
    """Make two optimizers, step them, and judge the first. Raises Broken where that cannot be done."""
    params = {key: rng.standard_normal(shape) for key, shape in shapes.items()}
    history = [{k: rng.standard_normal(s) * 10 ** rng.uniform(-5, 1, s) for k, s in shapes.items()}
               for _ in range(STEPS)]  # fmt: skip
    start = {key: p.copy() for key, p in params.items()}
    optimizer, bystander = made(make, params), made(make, {key: p.copy() for key, p in params.items()})
    report.name = type(optimizer).__name__
    rule = named(rule, [kind.__name__ for kind in type(optimizer).__mro__])
    o = constants(rule, optimizer)
    path = [start, *taken(report, optimizer, bystander, params, history)]
    judge(report, rule, o, history, path, tolerance)


def made(make, params):
    try:
        optimizer = make(params)
    except Exception as error:
        message = f"could not be made from params alone: {type(error).__name__}: {error}"
        raise Broken(
            "optimizer", message, **OPTIMIZER.because("raises", hint="give defaults, or a lambda params: ...")
        ) from error
    if not callable(getattr(optimizer, "step", None)):
        message = f"{type(optimizer).__name__} has no method step"
        raise Broken("optimizer", message, cause=OPTIMIZER["signature"], hint="write it as step(self, grads)")
    return optimizer


def named(rule, names):
    found = [r for r in ([rule] if rule else RULES) if r in RULES and (rule or any(r in n.lower() for n in names))]
    if not found:
        raise ValueError(f"check_optimizer knows the rules {', '.join(RULES)}; got {rule or names[0]!r}; give rule=...")
    return found[0]


def constants(rule, optimizer):
    """The rule's constants, as they are before the first step; and all other numbers that the optimizer holds."""
    held = {**vars(type(optimizer)), **getattr(optimizer, "__dict__", {})}
    o = SimpleNamespace(others=[value for value in held.values() if isinstance(value, float)])
    for name in NEEDS[rule]:
        known = [alias for alias in CONSTANTS[name] if hasattr(optimizer, alias)]
        if not known:
            message = f"not checked: the optimizer has no attribute {' or '.join(CONSTANTS[name])}"
            raise Broken(
                "optimizer", message, cause=OPTIMIZER["not-checked"], hint=f"store {', '.join(NEEDS[rule])} on self"
            )
        value = getattr(optimizer, known[0])
        setattr(o, name, value[int(name[-1]) - 1] if known[0] == "betas" else value)
    return o


def taken(report, optimizer, bystander, params, history):
    """The parameters after each step. A second optimizer steps in between: it must not matter to the first."""
    path, held = [], dict(params)
    for grads in history:
        given = {key: g.copy() for key, g in grads.items()}
        called(optimizer, "step", given)
        called(bystander, "step", {key: -g for key, g in grads.items()})
        if not report.findings and any(not np.array_equal(given[key], g) for key, g in grads.items()):
            hint = "write into new arrays, not g *= ..., g += ...: the caller may need the gradients again"
            report.add(
                Finding("grads", "step changed the gradients in place", cause=OPTIMIZER["grads-changed"], hint=hint)
            )
        if any(params.get(key) is not p for key, p in held.items()):
            hint = "write p -= ... or p[...] = ..., not params[key] = ...: the layers hold the same arrays"
            raise Broken(
                "params", "the parameters must be updated in place", cause=OPTIMIZER["not-in-place"], hint=hint
            )
        path.append({key: p.copy() for key, p in params.items()})
    return path


def judge(report, rule, o, history, path, tolerance):
    """Hold the steps from `path` (its first entry the start) against the textbook's."""
    steps = [{key: before[key] - after[key] for key in before} for before, after in zip(path, path[1:], strict=False)]
    right = textbook(rule, o, history)
    # p - step is rounded to p's last digit; so is the step that is read off it.
    rounding = 4 * np.finfo(float).eps * max(np.abs(p).max() for p in path[0].values()) / o.lr
    allowed, wrong = tolerance + rounding, {}
    for key in path[0]:
        errors = [apart(a[key], b[key], o.lr) for a, b in zip(steps, right, strict=True)]
        report.checked += len(history) * path[0][key].size
        report.note_error(key, max(errors))
        if max(errors) > allowed:
            wrong[key] = int(np.argmax(np.array(errors) > allowed))  # the first wrong step
    if wrong:
        cause, hint, evidence = explained(rule, o, history, path, steps, right)
        key = min(wrong, key=wrong.get)
        t, largest = wrong[key], max(report.errors[k] for k in wrong)
        message = f"wrong from step {t + 1} on: {largest:.1e} of a step, allowed {tolerance:.0e}"
        evidence = "; ".join(filter(None, [evidence, example(t, key, steps[t][key], right[t][key])]))
        report.add(
            Finding(", ".join(wrong), message, largest, cause=OPTIMIZER.get(cause), hint=hint, evidence=evidence)
        )


def example(t, key, step, right):
    """The entry that is furthest off, in words."""
    off = np.nan_to_num(np.abs(step - right), nan=np.inf)
    i = np.unravel_index(off.argmax(), off.shape)
    at = ", ".join(str(int(k)) for k in i)
    return f"in step {t + 1} {key}[{at}] moves by {-step[i]:+.4e}, by the textbook {-right[i]:+.4e}"
