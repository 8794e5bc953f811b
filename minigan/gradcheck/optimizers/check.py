"""check_optimizer: several steps of several parameters against the textbook's rule, and its classic slips.

One step of one parameter proves little. After the first step, Adam's two corrections have just been undone. A
state that two parameters share shows only with the second parameter.
"""

import contextlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from minigan.gradcheck.core.report import Finding, Report, timed
from minigan.gradcheck.core.subject import Broken, called
from minigan.gradcheck.optimizers.causes import because
from minigan.gradcheck.optimizers.explain import RULES, textbook
from minigan.gradcheck.optimizers.judge import Walk, apart, explained

STEPS = 6
SHAPES = {"a": (3, 4), "b": (4,), "c": (3, 4)}
ALIKE = dict.fromkeys("abc", (3, 4))  # for optimizers that raise for different shapes
CONSTANTS = {  # what a rule needs, and the names under which it is looked for
    "lr": ("lr", "learning_rate", "alpha", "eta"), "momentum": ("momentum", "beta", "mu"),
    "rho": ("rho", "decay", "decay_rate", "beta", "alpha"), "beta1": ("beta1", "b1", "beta_1", "betas"),
    "beta2": ("beta2", "b2", "beta_2", "betas"), "eps": ("eps", "epsilon"),
}  # fmt: skip
NEEDS = {"sgd": "lr", "momentum": "lr momentum", "rmsprop": "lr rho eps", "adam": "lr beta1 beta2 eps"}


@timed
def check_optimizer(make: Callable[[dict], Any], rule: str | None = None, *, rng: np.random.Generator | None = None,
                    tolerance: float = 1e-9) -> Report:  # fmt: skip
    """Check that an optimizer steps as the textbook says.

    make: its class, or a function of params, such as `lambda params: MyAdam(params, lr=0.1)`. What it returns needs one
    method, `step(grads)`, and its constants as attributes: lr, momentum, rho, beta1, beta2, eps, or the other names in
    CONSTANTS. rule: "sgd", "momentum", "rmsprop" or "adam"; by default the one in the name of the class. tolerance: the
    largest difference between two steps that counts as none, in units of lr.
    Raises ValueError if no rule is known by that name.
    """
    seed = int((np.random.default_rng(0) if rng is None else rng).integers(2**32))
    report = Report(getattr(make, "__name__", "optimizer"))
    try:
        run(report, make, rule, seed, tolerance, SHAPES)
    except Broken as broken:
        report.add(broken.finding)
        if broken.finding.cause == "raises":  # perhaps because arrays of different shapes met in one state
            other = Report(report.name)
            with contextlib.suppress(Broken):
                run(other, make, rule, seed, tolerance, ALIKE)
            if any(finding.cause == "state-shared" for finding in other.findings):
                report.findings = other.findings
    return report


def run(report: Report, make: Callable, rule: str | None, seed: int, tolerance: float, shapes: dict) -> None:
    """Make two optimizers, step them, and judge the first. Raises Broken where that cannot be done."""
    rng = np.random.default_rng(seed)
    params = {key: rng.standard_normal(shape) for key, shape in shapes.items()}
    history = [{k: rng.standard_normal(s) * 10 ** rng.uniform(-5, 1, s) for k, s in shapes.items()}
               for _ in range(STEPS)]  # fmt: skip
    optimizer, bystander = made(make, params), made(make, {key: p.copy() for key, p in params.items()})
    report.name = type(optimizer).__name__
    rule = named(rule, [kind.__name__ for kind in type(optimizer).__mro__])
    o = constants(rule, optimizer)
    path = walked(report, optimizer, bystander, params, history)
    steps = [{key: before[key] - after[key] for key in before} for before, after in zip(path, path[1:], strict=False)]
    judge(report, Walk(rule, o, history, path, steps, textbook(rule, o, history)), tolerance)


def made(make: Callable, params: dict) -> Any:
    """The optimizer. Raises Broken if it cannot be made, or has no method step."""
    try:
        optimizer = make(params)
    except Exception as error:
        message = f"could not be made from params alone: {type(error).__name__}: {error}"
        why = because("raises", hint="give defaults, or a lambda params: ...")
        raise Broken("optimizer", message, **why) from error
    if not callable(getattr(optimizer, "step", None)):
        why = because("signature", wanted="step(self, grads)")
        raise Broken("optimizer", f"{type(optimizer).__name__} has no method step", **why)
    return optimizer


def named(rule: str | None, names: list[str]) -> str:
    """`rule`, or the rule in the name of the class or of its bases. Raises ValueError if there is none."""
    found = [r for r in ([rule] if rule else RULES) if r in RULES and (rule or any(r in n.lower() for n in names))]
    if not found:
        raise ValueError(f"check_optimizer knows the rules {', '.join(RULES)}; got {rule or names[0]!r}; give rule=...")
    return found[0]


def constants(rule: str, optimizer: Any) -> SimpleNamespace:
    """The rule's constants as they are before the first step; `others`: all floats that the optimizer holds."""
    held = {**vars(type(optimizer)), **getattr(optimizer, "__dict__", {})}
    o = SimpleNamespace(others=[value for value in held.values() if isinstance(value, float)])
    for name in NEEDS[rule].split():
        known = next((alias for alias in CONSTANTS[name] if hasattr(optimizer, alias)), None)
        if known is None:
            message = f"not checked: the optimizer has no attribute {' or '.join(CONSTANTS[name])}"
            why = because("not-checked", hint=f"store {NEEDS[rule].replace(' ', ', ')} on self")
            raise Broken("optimizer", message, **why)
        value = getattr(optimizer, known)
        setattr(o, name, value[int(name[-1]) - 1] if known == "betas" else value)
    return o


def walked(report: Report, optimizer: Any, bystander: Any, params: dict, history: list[dict]) -> list[dict]:
    """The parameters at the start, and after each step. The bystander, another optimizer, steps in between: this must
    not matter to the first."""
    held, path = dict(params), [{key: p.copy() for key, p in params.items()}]
    for grads in history:
        given = {key: g.copy() for key, g in grads.items()}
        called(optimizer, "step", given)
        called(bystander, "step", {key: -g for key, g in grads.items()})
        if not report.findings and any(not np.array_equal(given[key], g) for key, g in grads.items()):
            report.add(Finding("grads", "step changed the gradients in place", **because("grads-changed")))
        if any(params.get(key) is not p for key, p in held.items()):
            raise Broken("params", "the parameters must be updated in place", **because("not-in-place"))
        path.append({key: p.copy() for key, p in params.items()})
    return path


def judge(report: Report, walk: Walk, tolerance: float) -> None:
    """Compare the steps with the textbook's, and note what is wrong."""
    # A step is read off two values of p, each rounded to p's last digit.
    rounding = 4 * np.finfo(float).eps * max(np.abs(p).max() for p in walk.path[0].values()) / walk.o.lr
    wrong = {}  # the first wrong step of each parameter
    for key, p in walk.path[0].items():
        errors = [apart(a[key], b[key], walk.o.lr) for a, b in zip(walk.steps, walk.right, strict=True)]
        report.checked += len(errors) * p.size
        report.note_error(key, max(errors))
        if max(errors) > tolerance + rounding:
            wrong[key] = int(np.argmax(np.array(errors) > tolerance + rounding))
    if wrong:
        why = explained(walk)
        key = min(wrong, key=wrong.get)
        t, largest = wrong[key], max(report.errors[k] for k in wrong)
        message = f"wrong from step {t + 1} on: {largest:.1e} of a step, allowed {tolerance:.0e}"
        shown = example(t, key, walk.steps[t][key], walk.right[t][key])
        why["evidence"] = "; ".join(filter(None, [why["evidence"], shown]))
        report.add(Finding(", ".join(wrong), message, largest, **why))


def example(t: int, key: str, step: np.ndarray, right: np.ndarray) -> str:
    """The entry that is furthest off, in words."""
    i = np.unravel_index(np.nan_to_num(np.abs(step - right), nan=np.inf).argmax(), step.shape)
    at = ", ".join(str(int(k)) for k in i)
    return f"in step {t + 1} {key}[{at}] moves by {-step[i]:+.4e}, by the textbook {-right[i]:+.4e}"
