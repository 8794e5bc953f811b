"""What is wrong with a wrong gradient? Explanations are tried; the simplest that makes it right is the cause.

Two kinds. A wrong gradient may be the right one multiplied or turned round: then undoing that makes it right. Or it is
the right gradient of something else, of L with another upstream gradient, or with a transposed weight: then the
differences of that something agree with it. An explanation counts only if it fits all entries looked at, to 1e-5.
"""

import math

import numpy as np

from minigan.gradcheck.numeric import differences

LOOKED_AT = 24  # entries for which the differences of another function are taken
CLOSE = 1e-5


def explain(where, analytic, indices, numeric, scalar_for, scalar, array):
    """Why `analytic` is not what differences say -> dict with cause, hint, evidence; {} if nothing explains it.

    indices: of the entries that differences were taken of; numeric: what they said. scalar_for(dy): the function L with
    another upstream gradient.
    """
    n = np.asarray(numeric)
    said = np.array([analytic[i] for i in indices])
    if not n.any():
        hint = f"forward does not depend on {where}; does it read another array of the same name?"
        return {
            "cause": "unused",
            "hint": hint,
            "evidence": f"in {len(n)} entries a small change of it changes nothing",
        }
    if not said.any():
        hint = "is the result of the computation returned, or an array of zeros made for it?"
        return {"cause": "zero", "hint": hint, "evidence": f"all {analytic.size} entries are 0"}
    if fits(said, n):
        hint = "almost right: an eps that forward has and backward has not, a constant with few digits, or float32?"
        return {"cause": "slight", "hint": hint, "evidence": f"off by less than {CLOSE:.0e} of the largest entry"}
    return (
        as_known_factor(where, said, n, scalar.y.shape)
        or as_turned(analytic, indices, n)
        or as_of_another_upstream(where, said, indices, n, scalar_for, scalar, array)
        or as_of_transposed_weight(said, indices, scalar, array)
        or as_some_factor(said, n)
    )


def fits(one, two):
    return len(one) > 0 and bool(np.abs(one - two).max() <= CLOSE * max(np.abs(one).max(), np.abs(two).max()))


def factor(said, n):
    """The number r for which said = r n fits best."""
    return float(np.sum(said * n) / np.sum(n * n))


def as_known_factor(where, said, n, shape):
    """A factor that has a name. shape: of y, batch first."""
    r = factor(said, n)
    if not fits(said, r * n):
        return {}
    sizes = {f"N = {shape[0]}": shape[0], f"{math.prod(shape)}, the number of entries of y": math.prod(shape)}
    if len(shape) == 4:
        H, W = shape[1:3]
        sizes |= {f"H W = {H * W}": H * W, f"N H W = {shape[0] * H * W}": shape[0] * H * W}
    counts = {name: float(size) for name, size in sizes.items() if size > 1}
    counts |= {f"1 / ({name})": 1 / size for name, size in counts.items()}
    known = [("-1", -1.0), ("2", 2.0), ("1/2", 0.5), ("-2", -2.0), ("-1/2", -0.5), *counts.items()]
    for name, value in known:
        if abs(r - value) <= CLOSE * abs(value):
            evidence = f"divided by {value:+.6g} it is right in all {len(n)} entries looked at"
            if value == -1:
                return {"cause": "sign", "hint": f"the sign of {where} is wrong", "evidence": evidence}
            hint = f"{where} is the right one times {name}"
            hint += "; was a sum taken for a mean, or the other way round?" if name in counts else ""
            return {"cause": "factor", "hint": hint, "evidence": evidence}
    return {}


def as_some_factor(said, n):
    r = factor(said, n)
    if len(n) < 3 or r == 0 or not fits(said, r * n):
        return {}
    hint = f"it is the right one multiplied by {r:.6g}; which constant of the layer is that?"
    return {"cause": "factor", "hint": hint, "evidence": f"divided by {r:+.6g} it is right in all {len(n)} entries"}


def as_turned(analytic, indices, n):
    """The right numbers in the wrong places: transposed, flipped, axes swapped."""
    tried = []
    if analytic.ndim == 2:
        tried.append(("transposed", "it is transposed: swap the two axes", analytic.T))
    if analytic.ndim == 4:
        tried.append(("flipped", "the kernel is flipped: upside down and left to right", analytic[::-1, ::-1]))
        tried.append(("channels-swapped", "the two channel axes are swapped", analytic.swapaxes(2, 3)))
        tried.append(("height-width-swapped", "height and width are swapped", analytic.swapaxes(0, 1)))
        tried.append(("height-width-swapped", "height and width are swapped", analytic.swapaxes(1, 2)))
    for cause, hint, candidate in tried:
        if candidate.shape == analytic.shape and fits(np.array([candidate[i] for i in indices]), n):
            return {"cause": cause, "hint": hint, "evidence": f"then it is right in all {len(n)} entries looked at"}
    return {}


def as_of_another_upstream(where, said, indices, n, scalar_for, scalar, array):
    """The right gradient, but not for this dy."""
    dy = scalar.dy
    first, last = np.zeros_like(dy), np.zeros_like(dy)
    first[:1], last[-1:] = dy[:1], dy[-1:]
    tried = [
        ("upstream-ignored", "the upstream gradient dy is ignored: multiply by it", np.ones_like(dy)),
        ("upstream-twice", "the upstream gradient dy is used twice", dy * dy),
    ]
    if where != "dx" and len(dy) > 1:
        tried.append(("one-sample", "only the first sample of the batch counts: sum over the batch", first))
        tried.append(("one-sample", "only the last sample of the batch counts: add up, do not overwrite", last))
    for cause, hint, other in tried:
        if agrees(said, indices, scalar_for(other), array):
            evidence = f"it is the right gradient for another dy, in {min(len(n), LOOKED_AT)} entries looked at"
            return {"cause": cause, "hint": hint, "evidence": evidence}
    return {}


def as_of_transposed_weight(said, indices, scalar, array):
    """The right gradient of the layer with one of its square weights transposed."""
    for key, p in scalar.subject.params.items():
        if p is array or p.ndim != 2 or p.shape[0] != p.shape[1] or np.array_equal(p, p.T):
            continue
        kept = p.copy()
        p[...] = kept.T
        try:
            if agrees(said, indices, scalar, array):
                hint = f"backward uses {key} where it should use its transpose, or the other way round"
                return {"cause": "weight-transposed", "hint": hint, "evidence": f"with {key}.T in forward it is right"}
        finally:
            p[...] = kept
    return {}


def agrees(said, indices, f, array):
    numeric = differences(f, array, indices[:LOOKED_AT], guess=said[:LOOKED_AT])
    smooth = numeric.smooth
    return 2 * smooth.sum() >= len(smooth) and fits(said[:LOOKED_AT][smooth], numeric.gradient[smooth])
