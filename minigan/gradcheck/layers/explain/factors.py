"""The right gradient, multiplied by something: a constant, or one number for each channel, row or sample.

Read off the ratio of what backward says to what differences say. If the ratio is the same everywhere, or the same along
some of the axes, it is a factor, and a factor has a name if it is a size of the arrays, a constant of the layer, or one
of its parameters.
"""

import itertools
import math

import numpy as np

from minigan.gradcheck.core.report import undone
from minigan.gradcheck.core.subject import stored
from minigan.gradcheck.layers.explain.case import CLOSE, because, fits

FLOAT32 = 4e-7  # a few roundings to float32, each up to 6e-8
PLAIN = {"2": 2.0, "1/2": 0.5, "-2": -2.0, "-1/2": -0.5}


def trivial(case):
    """No dependence, all zeros, or an error too small for a wrong formula."""
    n, said = case.numeric, case.said
    if not n.any():
        hint = f"forward does not depend on {case.where}; does it read another array of the same name?"
        return because("unused", hint, f"in {len(n)} entries a small change of it changes nothing")
    if not said.any():
        hint = "is the result of the computation returned, or an array of zeros made for it?"
        return because("zero", hint, f"all {case.analytic.size} entries are 0")
    off = float(np.abs(said - n).max() / np.abs(n).max())
    if off <= FLOAT32:
        hint = (
            "the formula is right: something on the way is rounded to float32; look for a cast, or for np.zeros(...) "
        )
        return because(
            "float32", hint + "without x.dtype", f"off by {off:.0e} of the largest entry: float32's last digit"
        )
    if off <= CLOSE:
        hint = "almost right: an eps that forward has and backward has not, or a constant with few digits?"
        return because("slight", hint, f"off by {off:.0e} of the largest entry")
    return {}


def constant(case):
    """One factor for all entries, with a name if it has one."""
    r = factor(case.said, case.numeric)
    for key, p in case.subject.params.items():
        if p.size == 1 and p is not case.array and fits(case.said, r * case.numeric) and abs(r - 1) > CLOSE:
            for what, value in (("missing", 1 / p.item()), ("twice", p.item())):
                if abs(r - value) <= CLOSE * abs(value):
                    return because(*named(key, "parameter", what), f"{undone(value)} it is right in all entries")
    return as_known_factor(case.where, case.said, case.numeric, case.y.shape, case.constants) or as_some_factor(
        case.said, case.numeric
    )


def and_a_factor(case, explanation):
    """Another explanation and a constant factor, at once."""
    seen = []

    def close(one, two):
        r = factor(one, two) if np.any(two) else 0.0
        if len(np.ravel(one)) < 4 or abs(r) < CLOSE or not fits(one, r * two):
            return False
        seen.append(r)
        return True

    found = explanation(case, close)
    if not found:
        return {}
    r = seen[-1]
    known = as_known_factor(case.where, np.array([r, r]), np.ones(2), case.y.shape, case.constants)
    name = f" ({known['hint']})" if known.get("cause") == "factor" else ""
    return found | {"hint": f"{found['hint']}; besides, it is multiplied by {r:.6g}{name}"}


def factor(said, n):
    """The number r for which said = r n fits best."""
    return float(np.sum(said * n) / np.sum(n * n))


def as_known_factor(where, said, n, shape, constants=None):
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
        if abs(r - value) <= CLOSE * abs(value):
            evidence = f"{undone(value)} it is right in all {len(n)} entries looked at"
            if value == -1:
                return because("sign", f"the sign of {where} is wrong", evidence)
            hint = f"{where} is the right one times {name}"
            if name in counts:
                hint += "; was a sum taken for a mean, or the other way round?"
            if name in own:
                hint += "; is this constant of the layer forgotten, or used twice?"
                if name.startswith(("1 -", "1 / (1 -")) and ("rate" in name or name.endswith((" p", "p)", "drop"))):
                    hint = "what is kept is divided by 1 - rate in forward, so backward must divide by it too"
                    return because("scale-missing", hint, evidence)
            return because("factor", hint, evidence)
    return {}


def sizes(shape):
    """Names and values of the counts that a sum is divided by to make a mean."""
    found = {f"N = {shape[0]}": shape[0], f"{math.prod(shape)}, the number of entries of y": math.prod(shape)}
    if len(shape) == 4:
        H, W = shape[1:3]
        found |= {f"H W of y = {H * W}": H * W, f"N H W of y = {shape[0] * H * W}": shape[0] * H * W}
    if len(shape) > 1:
        found |= {f"{shape[-1]}, the size of y's last axis": shape[-1]}
    return {name: float(size) for name, size in found.items() if size > 1}


def as_some_factor(said, n):
    r = factor(said, n)
    if len(n) < 3 or abs(r) < CLOSE or abs(r - 1) <= CLOSE or not fits(said, r * n):
        return {}
    hint = f"it is the right one multiplied by {r:.6g}; which constant of the layer is that?"
    return because("factor", hint, f"{undone(r)} it is right in all {len(n)} entries")


def along_axes(case):
    """One factor for each channel (or sample, row, ...) that is an array of the layer: left out, or in twice."""
    for vector, axes in vectors(case):
        found = by_quantity(case, vector, axes)
        if found:
            return found
    return {}


def unnamed_along_axes(case):
    """One factor for each channel, whatever it is."""
    for vector, axes in vectors(case):
        if case.array.ndim > 1:
            return unnamed(case, vector, axes)
    return {}


def vectors(case):
    """(one factor for each index along some axes, these axes), where that is all that is wrong."""
    n = case.full(case.numeric)
    large = np.abs(n) > 1e-4 * np.nanmax(np.abs(n))  # NaN compares as False
    ratio = np.divide(case.analytic, n, out=np.full(n.shape, np.nan), where=large)
    if case.array.ndim == 1:
        yield ratio, (0,)
        return
    for count in range(1, case.array.ndim):
        for axes in itertools.combinations(range(case.array.ndim), count):
            vector = constant_along(ratio, axes)
            if vector is not None:
                yield vector, axes


def constant_along(ratio, axes):
    """ratio, if it is the same for all entries with the same index along `axes`, as an array over these axes; or None.
    Each number must be seen more than once, or it would prove nothing."""
    others = tuple(k for k in range(ratio.ndim) if k not in axes)
    known = np.isfinite(ratio)
    counts = known.sum(axis=others)
    if (counts < 2).any():
        return None
    filled = np.where(known, ratio, np.nan)
    low, high = np.nanmin(filled, axis=others), np.nanmax(filled, axis=others)
    size = max(np.abs(low).max(), np.abs(high).max())
    return (low + high) / 2 if (high - low).max() <= 1e-4 * size else None


def by_quantity(case, vector, axes):
    """A factor for each channel that is one of the layer's own arrays."""
    known = np.isfinite(vector)
    if known.sum() < 2 or np.ptp(vector[known]) <= 1e-4 * np.abs(vector[known]).max():
        return {}
    for name, (quantity, kind) in quantities(case, axes).items():
        if quantity.shape != vector.shape:
            continue
        for what, power in (("missing", -1.0), ("twice", 1.0)):
            with np.errstate(all="ignore"):
                expected = quantity**power
            if fits(vector[known], expected[known], close=1e-4):
                evidence = f"the ratio of the two is {said_as(name, power)} along axis {axes[0]}, in all entries"
                return because(*named(name, kind, what), evidence)
    return {}


def named(name, kind, what):
    """-> cause, hint for a quantity that is a factor missing, or one too many."""
    if kind == "parameter":
        hint = f"{name} is missing: multiply by it" if what == "missing" else f"{name} is in once too often"
        return f"parameter-{what}", hint
    if kind == "eps":
        return "eps", "eps is not where forward has it: std = sqrt(var + eps) in both directions, from the cache"
    hint = f"{name} is in once too often" if what == "missing" else f"{name} is missing: divide by it"
    return "std", hint


def said_as(name, power):
    return name if power == 1 else f"1 / ({name})"


def quantities(case, axes):
    """Arrays a factor may be, name -> (array, kind): the parameters, and for each index along `axes` the spread of x or
    (for the channels) the one in the state, with eps in the right place, in another, or nowhere."""
    found = {key: (p, "parameter") for key, p in case.subject.params.items()}
    eps = case.constants.get("eps", case.constants.get("epsilon", 0.0))
    others = (
        tuple(k for k in range(case.x.ndim) if k not in axes) if case.where == "dx" else tuple(range(case.x.ndim - 1))
    )
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


def unnamed(case, vector, axes):
    wrong = np.abs(vector - 1) > 1e-4
    shown = ", ".join(f"{v:.4g}" for v in np.ravel(vector)[:4]) + (", ..." if vector.size > 4 else "")
    along = " and ".join(map(str, axes))
    hint = (
        f"{case.where} is right but for one factor for each index along axis {along}: {shown}; what has these values?"
    )
    return because("factor-along", hint, f"{int(wrong.sum())} of {vector.size} factors are not 1")
