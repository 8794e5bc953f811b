"""Which output contributes to which entry: contributions that are missing, or overwritten where they should be added.

A gradient is a sum, g[i] = sum over k of dy[k] J[k, i]. A loop that writes `=` for `+=` keeps the last term of each
sum; a loop that ends too early loses the terms at a border. Backward's own J shows which terms it has. (Convolutions,
whose windows overlap, are where this happens; also embeddings with repeated indices, pooling, sums over the batch.)
"""

import itertools

import numpy as np

from minigan.gradcheck.layers.explain.case import because

TINY = 1e-5


def lost(case):
    """All terms that are there are right, but some are not there."""
    J, A = case.jacobian, case.said_jacobian
    if A is None:
        return {}
    size = np.abs(J).max()
    wrong, nothing = np.abs(A - J) > TINY * size, np.abs(A) <= TINY * size
    there, kept = np.abs(J) > TINY * size, ~nothing
    if wrong.any() and not (wrong & there).any():
        hint = f"outputs that do not depend on an entry of {case.name} send their dy there, too"
        return because(
            "terms-extra", hint, f"{int(wrong.sum())} terms too many; the {int(there.sum())} right ones are there"
        )
    if wrong.any() and (kept.sum(axis=1) == 1).all() and (there.sum(axis=1) == 1).all() and same_values(J, A):
        moved = int((kept != there).any(axis=1).sum())
        hint = "each output sends its dy to one entry, as it should, but to another than the one it was made from"
        return because("order", hint, f"{moved} of {len(J)} outputs do so; the factors are right")
    if wrong.any() and (found := moved_along(case, there, kept)):
        return found
    if wrong.any() and kept.any() and not (kept & there).any():
        hint = "just those outputs contribute that should not: a condition or a mask is the wrong way round"
        return because(
            "condition", hint, f"none of the {int(there.sum())} right terms is there, but {int(kept.sum())} others"
        )
    if not wrong.any() or (wrong & kept).any():
        return {}
    evidence = (
        f"{int(wrong.sum())} of {int(there.sum())} terms dy[k] d y[k] / d {case.name} are missing, the rest is right"
    )
    return (
        diagonal(case, kept, evidence)
        or (case.where == "dx" and left_out(case, wrong, there, evidence))
        or overwritten(case, there, kept, evidence)
        or cut_off(case, wrong, there, evidence)
    )


def moved_along(case, there, kept):
    """Outputs that belong to one entry each, and send dy to another, always by the same way further."""
    single = (there.sum(axis=1) == 1) & (kept.sum(axis=1) == 1)
    if 2 * single.sum() < there.any(axis=1).sum() or (kept[~single].sum(axis=1) > 1).any():
        return {}
    one, two = (
        np.array(np.unravel_index(case.flat[m[single].argmax(axis=1)], case.array.shape)) for m in (there, kept)
    )
    off = two - one
    if not off.any() or (off != off[:, :1]).any():
        return {}
    text = " and ".join(f"{d:+d} along axis {axis}" for axis, d in enumerate(off[:, 0]) if d)
    hint = f"everything is off by {text}: how much is cut off, or put in, on the first side?"
    return because("shifted", hint, f"{int(single.sum())} outputs were followed to where they send dy")


def same_values(J, A):
    return bool(np.abs(J.sum(axis=1) - A.sum(axis=1)).max() <= TINY * np.abs(J).max())


def diagonal(case, kept, evidence):
    """Each output has sent its dy to its own input alone, though it depends on others."""
    if case.where != "dx" or case.y.shape != case.x.shape:
        return {}
    own = np.zeros_like(kept)
    own[case.flat, np.arange(len(case.flat))] = True
    if (kept & ~own).any():
        return {}
    hint = "an output depends on other inputs than its own, too: their part of dx is a sum, and it is missing"
    return because("term-missing", hint, evidence)


def overwritten(case, there, kept, evidence):
    """Each entry has kept one of its terms: one output position, or one tap."""
    shape = case.y.shape
    for count in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), count):
            before, after = grouped(there, shape, axes), grouped(kept, shape, axes)
            if (before > 1).any() and after.max() <= 1 and 2 * (after == 1).sum() >= (before > 0).sum():
                hint = "entries get contributions from several places, and one is kept: write += for =, or sum them"
                return because("overwritten", hint, f"{evidence}; each entry has kept the terms of one place alone")
    return {}


def grouped(pairs, shape, axes):
    """pairs (K, I) -> for each I the number of different indices along `axes` of y that it is paired with; (1, I)."""
    pairs = pairs.reshape(*shape, -1)
    others = tuple(k for k in range(len(shape)) if k not in axes)
    return pairs.any(axis=others).reshape(-1, pairs.shape[-1]).sum(axis=0)[None]


def left_out(case, wrong, there, evidence, anywhere=False):
    """The missing terms are all terms of some outputs: those at a border (or anywhere)."""
    outputs = wrong.any(axis=1) & (wrong == there).all(axis=1)
    if (wrong != outputs[:, None] & there).any():
        return {}
    lines = edges_of(outputs.reshape(case.y.shape))
    if lines:
        hint = f"the outputs at {lines} do not reach {case.where}: does a loop end too early, or is a part forgotten?"
        return because("border" if case.y.ndim > 2 else "outputs-left-out", hint, evidence)
    if not anywhere:
        return {}
    hint = f"{int(outputs.sum())} of {len(outputs)} outputs do not reach {case.where} at all"
    return because("outputs-left-out", hint, f"{evidence}; the first is y{first(outputs, case.y.shape)}")


def cut_off(case, wrong, there, evidence):
    """The missing terms are those of some outputs, or of some entries at a border."""
    found = left_out(case, wrong, there, evidence, anywhere=True)
    if found:
        return found
    entries = wrong.any(axis=0)
    mask = np.zeros(case.array.size, bool)
    mask[case.flat] = entries
    lines = edges_of(mask.reshape(case.array.shape), whole=False)
    if lines:
        hint = f"only entries at {lines} lack terms: is the padding cropped on both sides, by the right amount?"
        return because("border", hint, evidence)
    return {}


def edges_of(mask, whole=True, names=None):
    """The border rows, columns, ... that hold all of mask's entries, in words; "" if they are not at a border. whole:
    only if the entries fill them. names: of the axes (default: those of images)."""
    names = names or {4: ("sample", "row", "column", "channel")}.get(mask.ndim)
    names = names or tuple(f"index of axis {k}" for k in range(mask.ndim))
    if not mask.any():
        return ""
    for axis in range(mask.ndim):
        lines = mask.any(axis=tuple(k for k in range(mask.ndim) if k != axis))
        full = mask.all(axis=tuple(k for k in range(mask.ndim) if k != axis))
        n, count = len(lines), int(lines.sum())
        if count > n // 2 or (whole and (lines != full).any()):
            continue
        if lines[:count].all():
            return f"the first {count} {names[axis]}{'s' * (count > 1)}" if count > 1 else f"the first {names[axis]}"
        if lines[-count:].all():
            return f"the last {count} {names[axis]}{'s' * (count > 1)}" if count > 1 else f"the last {names[axis]}"
        if not whole and count > 1 and lines[0] and lines[-1] and not lines[1:-1].any():
            return f"the first and the last {names[axis]}"
    return ""


def first(mask, shape):
    return [int(i) for i in np.unravel_index(int(np.argmax(mask)), shape)]
