"""The right gradient, multiplied by something: a constant, or one number for each channel, row or sample.

Read off the ratio of what backward says to what differences say. If the ratio is the same everywhere, or the same along
some of the axes, it is a factor, and a factor has a name if it is a size of the arrays, a constant of the layer, or one
of its parameters.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np

from minigan.gradcheck.core.report import undone
from minigan.gradcheck.core.subject import stored
from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import CLOSE, Case, all_but, fits, subsets

FLOAT32 = 4e-7  # a few roundings to float32, each up to 6e-8
PLAIN = {"2": 2.0, "1/2": 0.5, "-2": -2.0, "-1/2": -0.5}


def trivial(case: Case) -> Iterator[dict]:
    """No dependence, all zeros, or an error too small for a wrong formula."""
    n, said = case.numeric, case.said
    if not n.any():
        yield because("unused", f"in {len(n)} entries a small change of it changes nothing", where=case.where)
    if not said.any():
        yield because("zero", f"all {case.analytic.size} entries are 0")
    off = float(np.abs(said - n).max() / np.abs(n).max())
    evidence = f"off by {off:.0e} of the largest entry"
    if off <= FLOAT32:
        yield because("float32", f"{evidence}: float32's last digit")
    if off <= CLOSE:
        yield because("slight", evidence)


def constant(case: Case) -> Iterator[dict]:
    """One factor for all entries, with a name if it has one."""
    r = factor(case.said, case.numeric)
    if not fits(case.said, r * case.numeric) or abs(r - 1) <= CLOSE:
        return
    for key, p in case.subject.params.items():
        if p.size == 1 and p is not case.array:
            for what, value in (("missing", 1 / p.item()), ("twice", p.item())):
                if abs(r - value) <= CLOSE * abs(value):
                    yield because(f"parameter-{what}", f"{undone(value)} it is right in all entries", key=key)
    if known := as_known_factor(case.where, case.said, case.numeric, case.y.shape, case.constants):
        yield known
    if len(case.numeric) >= 3 and abs(r) >= CLOSE:
        hint = f"it is the right one multiplied by {r:.6g}; which constant of the layer is that?"
        yield because("factor", f"{undone(r)} it is right in all {len(case.numeric)} entries", hint)


def and_a_factor(case: Case, explanation: Callable) -> Iterator[dict]:
    """Another explanation and a constant factor, at once."""
    seen = []

    def close(one, two):
        r = factor(one, two) if np.any(two) else 0.0
        if len(np.ravel(one)) < 4 or abs(r) < CLOSE or not fits(one, r * two):
            return False
        seen.append(r)
        return True

    for found in explanation(case, close):
        r = seen[-1]
        known = as_known_factor(case.where, np.array([r, r]), np.ones(2), case.y.shape, case.constants)
        name = f" ({known['hint']})" if known.get("cause") == "factor" else ""
        yield found | {"hint": f"{found['hint']}; besides, it is multiplied by {r:.6g}{name}"}


def factor(said: np.ndarray, n: np.ndarray) -> float:
    """The number r for which said = r n fits best."""
    return float(np.sum(said * n) / np.sum(n * n))


def as_known_factor(where: str, said: np.ndarray, n: np.ndarray, shape: tuple, constants: dict | None = None) -> dict:
    """A factor that has a name. shape: of y, batch first; constants: name -> number, of the layer."""
    r = factor(said, n) if n.any() else 0.0
    if not fits(said, r * n) or abs(r - 1) <= CLOSE:
        return {}
    counts = sizes(shape)
    counts |= {f"1 / ({name})": 1 / size for name, size in counts.items()}
    own = {}
    for name, c in (constants or {}).items():
        own |= {name: c, f"1 / {name}": 1 / c, f"-{name}": -c, f"{name} squared": c * c}
        if 0 < c < 1:
            own |= {f"1 - {name}": 1 - c, f"1 / (1 - {name})": 1 / (1 - c)}
    for name, value in [("-1", -1.0), *PLAIN.items(), *counts.items(), *own.items()]:
        if abs(r - value) > CLOSE * abs(value):
            continue
        evidence = f"{undone(value)} it is right in all {len(n)} entries looked at"
        if value == -1:
            return because("sign", evidence, where=where)
        dropped = "rate" in name or name.endswith((" p", "p)", "drop"))
        if name in own and name.startswith(("1 -", "1 / (1 -")) and dropped:
            return because("scale-missing", evidence)
        hint = f"{where} is the right one times {name}"
        hint += "; was a sum taken for a mean, or the other way round?" if name in counts else ""
        hint += "; is this constant of the layer forgotten, or used twice?" if name in own else ""
        return because("factor", evidence, hint)
    return {}


def sizes(shape: tuple) -> dict[str, float]:
    """Names and values of the counts that a sum is divided by to make a mean."""
    found = {f"N = {shape[0]}": shape[0], f"{math.prod(shape)}, the number of entries of y": math.prod(shape)}
    if len(shape) == 4:
        H, W = shape[1:3]
        found |= {f"H W of y = {H * W}": H * W, f"N H W of y = {shape[0] * H * W}": shape[0] * H * W}
    if len(shape) > 1:
        found |= {f"{shape[-1]}, the size of y's last axis": shape[-1]}
    return {name: float(size) for name, size in found.items() if size > 1}


def along_axes(case: Case) -> Iterator[dict]:
    """One factor for each channel (or sample, row, ...) that is an array of the layer: left out, or in twice."""
    for vector, axes in vectors(case):
        yield from by_quantity(case, vector, axes)


def unnamed_along_axes(case: Case) -> Iterator[dict]:
    """One factor for each channel, whatever it is."""
    for vector, axes in vectors(case) if case.array.ndim > 1 else ():
        shown = ", ".join(f"{v:.4g}" for v in np.ravel(vector)[:4]) + (", ..." if vector.size > 4 else "")
        evidence = f"{int((np.abs(vector - 1) > 1e-4).sum())} of {vector.size} factors are not 1"
        yield because("factor-along", evidence, where=case.where, along=" and ".join(map(str, axes)), shown=shown)


def vectors(case: Case) -> Iterator[tuple]:
    """(one factor for each index along some axes, these axes), where that is all that is wrong."""
    n = case.full(case.numeric)
    large = np.abs(n) > 1e-4 * np.nanmax(np.abs(n))  # NaN compares as False
    ratio = np.divide(case.analytic, n, out=np.full(n.shape, np.nan), where=large)
    if case.array.ndim == 1:
        yield ratio, (0,)
        return
    for axes in list(subsets(case.array.ndim))[:-1]:
        vector = constant_along(ratio, axes)
        if vector is not None:
            yield vector, axes


def constant_along(ratio: np.ndarray, axes: tuple) -> np.ndarray | None:
    """ratio, if it is the same for all entries with the same index along `axes`, as an array over these axes; or None.
    Each number must be seen more than once, or it would prove nothing."""
    others, known = all_but(axes, ratio.ndim), np.isfinite(ratio)
    if (known.sum(axis=others) < 2).any():
        return None
    filled = np.where(known, ratio, np.nan)
    low, high = np.nanmin(filled, axis=others), np.nanmax(filled, axis=others)
    size = max(np.abs(low).max(), np.abs(high).max())
    return (low + high) / 2 if (high - low).max() <= 1e-4 * size else None


def by_quantity(case: Case, vector: np.ndarray, axes: tuple) -> Iterator[dict]:
    """A factor for each channel that is one of the layer's own arrays."""
    known = np.isfinite(vector)
    if known.sum() < 2 or np.ptp(vector[known]) <= 1e-4 * np.abs(vector[known]).max():
        return
    for name, (quantity, kind) in quantities(case, axes).items():
        if quantity.shape != vector.shape:
            continue
        for power in (-1.0, 1.0):
            if fits(vector[known], (quantity**power)[known], close=1e-4):
                ratio = name if power == 1 else f"1 / ({name})"
                yield named(name, kind, power, f"the ratio of the two is {ratio} along axis {axes[0]}, in all entries")


def named(name: str, kind: str, power: float, evidence: str) -> dict:
    """The cause where a quantity to this power is a factor too many."""
    if kind == "parameter":
        return because("parameter-twice" if power == 1 else "parameter-missing", evidence, key=name)
    if kind == "eps":
        return because("eps", evidence)
    hint = f"{name} is missing: divide by it" if power == 1 else f"{name} is in once too often"
    return because("std", evidence, hint)


def quantities(case: Case, axes: tuple) -> dict:
    """Arrays a factor may be, name -> (array, kind): the parameters, and for each index along `axes` the spread of x or
    (for the channels) the one in the state, with eps in the right place, in another, or nowhere."""
    found, eps = {key: (p, "parameter") for key, p in case.subject.params.items()}, case.eps
    others = all_but(axes if case.where == "dx" else (case.x.ndim - 1,), case.x.ndim)
    variances = {"var": case.x.var(axis=others)}
    found["root mean square"] = (np.sqrt((case.x**2).mean(axis=others) + eps), "statistic")
    variances |= {f"state's {key}": np.abs(s) for key, s in stored(case.layer).items() if "var" in key and s.ndim == 1}
    for name, var in variances.items():
        std = np.sqrt(var + eps)
        found |= {f"sqrt({name} + eps)": (std, "statistic"), f"{name} + eps": (var + eps, "statistic")}
        if eps:
            found[f"sqrt({name} + eps) / sqrt({name})"] = (std / np.sqrt(var), "eps")
            found[f"sqrt({name} + eps) / (sqrt({name}) + eps)"] = (std / (np.sqrt(var) + eps), "eps")
            found[f"({name} + eps) / {name}"] = ((var + eps) / var, "eps")
    return found
