"""check_layer: every gradient of one layer (or one network) against finite differences.

The layer maps x to y; a random upstream gradient dy makes of it the scalar L = sum of (y - y0) * dy, whose derivatives
with respect to x and every parameter are just what backward(dy) must return. y0, the y at the point itself, changes no
derivative, but L is then near 0, and no digits are lost if y is large. The upstream gradient is random because one of
ones hides mistakes: a batch norm's dx is then zero, right or wrong.
"""

from typing import Any

import numpy as np

from minigan.gradcheck.core.inputs import drawn, hiding, part_of, suggested_shape
from minigan.gradcheck.core.numeric import EPS, climb, differences, scales
from minigan.gradcheck.core.report import EVALUATION, TRAINING, Finding, Report, timed
from minigan.gradcheck.core.subject import Broken, Subject, prepared, same, takes
from minigan.gradcheck.layers import contract
from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain import explain
from minigan.gradcheck.layers.explain.case import Case
from minigan.gradcheck.layers.explain.places import wrong_shape

MANY = 300  # an array with more entries is not checked entry by entry, but
SAMPLE = 100  # at so many random entries, and
DIRECTIONS = 3  # along so many random directions through all entries
TINY = float(np.finfo(float).tiny)
SAID = {True: TRAINING, False: EVALUATION}


@timed
def check_layer(layer: Any, x: np.ndarray | None = None, *, input_shape: tuple | None = None,
                rng: np.random.Generator | None = None, tolerance: float = 1e-6, training: bool | None = None,
                given: dict | None = None) -> Report:  # fmt: skip
    """Check dx, the gradient of every parameter, and the promises of a layer -> Report, whose `ok` says it.

    x: an input, batch first; or input_shape, batch included, for a random one; without both a shape is chosen that fits
    the layer and hides no mistakes (see `minigan.gradcheck.core.inputs`). rng: default: seed 0. training: True or False
    for one mode alone, None for both. tolerance: largest relative error that counts as right. given: what forward is
    told beside x, such as {"labels": (N,) ints}, for a layer that takes it.
    The layer itself is not touched: a float64 copy is checked, its parameters and state moved off their initial values,
    its randomness frozen. Nothing that the layer does raises: it becomes a Finding. Where backward returns the gradient
    of an array in `given`, by its name, that gradient is checked, too.
    Raises ValueError if neither x nor input_shape is given and the layer does not tell what it takes, or if `given`
    does not fit the layer or x.
    """
    chosen, before = x is not None or input_shape is not None, np.random.get_state()
    x, rng = input_of(layer, x, input_shape, rng)
    refuse_given(layer, x, given)
    given = given and {key: own_copy(value) for key, value in given.items()}
    try:
        report = check_modes(layer, x, rng, tolerance, training, given)
        report.notes += hiding(x) if chosen else []
        if any(unexplained(finding) for finding in report.findings) and (less := part_of(x)) is not None:
            other = check_modes(layer, less, rng, tolerance, training, first(given, len(less), len(x)))
            explain_by(report, other, less)
    finally:
        np.random.set_state(before)  # a layer that draws from NumPy's global numbers has them frozen meanwhile
    return report


def input_of(layer: Any, x: np.ndarray | None, shape: tuple | None, rng: np.random.Generator | None) -> tuple:
    """-> the input of a check in float64, drawn where none is given, and the generator, by default of seed 0."""
    rng = np.random.default_rng(0) if rng is None else rng
    return drawn(rng, shape or suggested_shape(layer)) if x is None else np.array(x, np.float64), rng


def refuse_given(layer: Any, x: np.ndarray, given: dict | None) -> None:
    """Raise ValueError if the layer takes no `given`, or an array in it has not one entry for each sample of x."""
    if given is None:
        return
    if not takes(layer, "forward", "given"):
        name = type(layer).__name__
        raise ValueError(f"{name}.forward takes no given, got {sorted(given)}; write forward(self, x, training, given)")
    for name, value in given.items():
        if np.ndim(value) and len(value) != len(x):
            message = f"given[{name!r}] must have one entry for each of the {len(x)} samples of x, got {len(value)}"
            raise ValueError(f"{message}; give an x or an input_shape with as many samples")


def own_copy(value: Any) -> Any:
    """A float64 copy of an array of floats, to be moved by differences; anything else as it is."""
    array = np.asarray(value)
    return array.astype(np.float64) if array.ndim and array.dtype.kind == "f" else value


def first(given: dict | None, n: int, of: int) -> dict | None:
    """What the first n of so many samples are given."""
    return given and {key: value[:n] if np.ndim(value) and n < of else value for key, value in given.items()}


def check_modes(layer: Any, x: np.ndarray, rng: np.random.Generator, tolerance: float, training: bool | None,
                given: dict | None) -> Report:  # fmt: skip
    """The Report on all modes of a layer that are wanted."""
    report, earlier = Report(type(layer).__name__), None
    modes = (None,) if not takes(layer, "forward", "training") else (True, False) if training is None else (training,)
    try:
        layer = prepared(layer, x, modes, rng, given)
        for mode in modes:
            said = SAID[mode] if len(modes) > 1 else ""
            try:
                earlier = check_mode(report, Subject(layer, mode, given), x, rng, tolerance, said, earlier)
            except Broken as broken:
                report.add(broken.finding, said)
    except Broken as broken:
        report.add(broken.finding)
    report.findings.sort(key=lambda finding: finding.cause == "option")  # what is wrong in any case comes first
    return report


def unexplained(finding: Finding) -> bool:
    return finding.cause is None and finding.analytic is not None


def explain_by(report: Report, other: Report, x: np.ndarray) -> None:
    """Take the causes that were found with less of the input, where more can be looked at."""
    for finding in report.findings:
        for twin in other.findings:
            if unexplained(finding) and twin.where == finding.where and twin.cause is not None:
                finding.cause, finding.hint = twin.cause, twin.hint
                finding.evidence = f"with an x of shape {x.shape}: {twin.evidence}"


def check_mode(report: Report, subject: Subject, x: np.ndarray, rng: np.random.Generator, tolerance: float, said: str,
               earlier: tuple | None) -> tuple:  # fmt: skip
    """One mode. `earlier` is what this returned for the mode before: where y and all gradients are the same as then,
    the function is the same, and the differences need not be taken again."""
    seed = int(rng.integers(2**32)) if earlier is None else earlier[0]  # the same dy in both modes
    found = contract.run(subject, x, np.random.default_rng(seed), lambda finding: report.add(finding, said))
    y, dy, dx, grads = found
    if earlier is not None and alike(earlier[1], found):
        for finding in report.findings:
            finding.message = finding.message.removesuffix(TRAINING)  # it holds in both
        return earlier
    scalar = Scalar(subject, x, y, dy)
    arrays = {**contract.learnt(subject.given), **subject.params}
    pairs = {"dx": (x, dx)} | {key: (array, grads[key]) for key, array in arrays.items() if key in grads}
    for where, (array, analytic) in pairs.items():
        finding = contract.unusable(where, analytic, array)
        if finding is not None and isinstance(analytic, np.ndarray) and analytic.shape != array.shape:
            finding = wrong_shape(Case(where, array, analytic, scalar, entries(array, rng)), finding)
        if finding is None:
            finding = compare(report, where, array, analytic, scalar, tolerance, rng)
        if finding is not None:
            report.add(finding, said)
    return seed, found


class Scalar:
    """L = sum of (y - y0) * dy as a function of nothing: it reads x and the parameters where they are.

    negligible: a change of L too small to matter, a tenth of a millionth of what the entries of y that vary add up to.
    rounding: how much of the last value may be rounding. Entries of y that did not change at all add nothing to it, but
    one may always hide a change.
    """

    def __init__(self, subject: Subject, x: np.ndarray, y: np.ndarray, dy: np.ndarray):
        self.subject, self.x, self.y, self.dy = subject, x, y, dy
        spread = y - y.mean() if y.size > 1 and np.ptp(y) > 0 else y
        self.negligible = 1e-7 * float(np.linalg.norm(spread * dy))
        self.least = self.rounding = EPS * float(np.abs(y * dy).max(initial=0.0))

    def __call__(self) -> float:
        try:
            y, _ = self.subject.forward(self.subject.fresh(), self.x)
        except Broken:
            return np.nan  # outside of where the layer is defined; a shorter step may be inside
        if y.shape != self.y.shape:
            return np.nan
        change = y - self.y
        self.rounding = max(self.least, EPS * float(np.linalg.norm((y * self.dy)[change != 0])))
        return float(np.sum(change * self.dy))


def compare(report: Report, where: str, array: np.ndarray, analytic: np.ndarray, scalar: Scalar, tolerance: float,
            rng: np.random.Generator) -> Finding | None:  # fmt: skip
    """Compare `analytic` with the differences of `scalar` with respect to `array`. Note in `report` how many entries
    were checked, and how well they agree."""
    indices = entries(array, rng)
    if array.size > MANY:
        report.sampled[where] = (SAMPLE, array.size)
    said = np.array([analytic[i] for i in indices])
    numeric = differences(scalar, array, indices, guess=said, negligible=scalar.negligible)
    smooth = numeric.smooth
    error = report.compare(where, said, numeric)
    largest = float(error.max(initial=0.0))
    if largest > tolerance:
        order = np.argsort(-error)[:3]
        worst = [(indices[k], float(said[k]), float(numeric.gradient[k])) for k in order]
        message = f"wrong: relative error {largest:.1e}, allowed {tolerance:.0e}"
        known = [indices[k] for k in np.flatnonzero(smooth)]
        case = Case(where, array, analytic, scalar, known, numeric.gradient[smooth], scalar.subject.after)
        return explained(Finding(where, message, largest, worst), case)
    if len(smooth) and smooth.mean() < 0.5:
        message = "not checked: more than half of the entries have no derivative that differences can see"
        hint = "they lie on kinks, or are lost in rounding (a cast to float32?); try another x"
        return Finding(where, message, **because("not-checked", f"{(~smooth).sum()} of {len(smooth)}", hint))
    clear = smooth & (np.abs(numeric.gradient) > 1e3 * numeric.error)  # what is left of a rounded 0 may be short
    if contract.through_float32(said[clear], scalar.dy):
        why = because("dtype", hint="look for a cast in backward")
        return Finding(where, "was rounded to float32 on the way", **why)
    return along(report, where, array, analytic, scalar, tolerance, rng) if array.size > MANY else None


def entries(array: np.ndarray, rng: np.random.Generator) -> list[tuple]:
    """The indices of the entries to look at one by one."""
    chosen = np.arange(array.size)
    if array.size > MANY:
        chosen = np.sort(rng.choice(array.size, SAMPLE, replace=False))
    return [tuple(int(i) for i in np.unravel_index(k, array.shape)) for k in chosen]


def explained(finding: Finding, case: Case) -> Finding:
    """The finding with its cause, where there is one, and both gradients whole."""
    finding.analytic, finding.numeric = np.array(case.analytic), case.full(case.numeric)
    finding.explain(explain(case))
    return finding


def along(report: Report, where: str, array: np.ndarray, analytic: np.ndarray, scalar: Scalar, tolerance: float,
          rng: np.random.Generator) -> Finding | None:  # fmt: skip
    """All entries of a large array at once: the derivative along random directions v is the sum of analytic * v."""
    base, seen = array.copy(), 0
    for _ in range(DIRECTIONS):
        v = rng.choice([-1.0, 1.0], array.shape) * scales(base)

        def at(t, v=v):
            array[...] = base + t * v
            value = scalar()
            array[...] = base
            return value, scalar.rounding

        value, smooth, error = climb(at, 2.0**-19, 1.0, scalar.negligible)
        said, usual = float(np.sum(analytic * v)), float(np.linalg.norm(analytic * v))
        if not smooth or error > max(1e-5 * usual, scalar.negligible):  # one wrong entry among many would hide in it
            continue
        seen += 1
        wrong = max(abs(said - value) - 4 * error, 0) / max(abs(value), usual, TINY)
        report.note_error(where, wrong, (abs(said - value) + error) / max(abs(value), usual, TINY))
        if wrong > tolerance:
            message = f"wrong somewhere: along a random direction through all entries, relative error {wrong:.1e}"
            evidence = f"backward says {said:+.6e}, differences say {value:+.6e}"
            finding = Finding(where, message, wrong, evidence=evidence)
            case = Case(where, array, analytic, scalar, after=scalar.subject.after)
            return explained(finding, case) if case.indices else finding
    if not seen:
        message = "not checked: along random directions through all entries there is no derivative"
        return Finding(where, message, **because("not-checked", hint="many entries lie on kinks; try another x"))
    return None


def alike(one: tuple, two: tuple) -> bool:
    """Whether two results of `contract.run` agree in y, dx and all gradients."""
    (y, _, dx, grads), (y2, _, dx2, grads2) = one, two
    equal = same(y, y2) and same(dx, dx2) and grads.keys() == grads2.keys()
    return equal and all(same(grads[k], grads2[k]) for k in grads)
