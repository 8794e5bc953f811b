"""Which output contributes to which entry: contributions that are missing, or overwritten where they should be added.

A gradient is a sum, g[i] = sum over k of dy[k] J[k, i]. A loop that writes `=` for `+=` keeps the last term of each
sum; a loop that ends too early loses the terms at a border. Backward's own J shows which terms it has. (Convolutions,
whose windows overlap, are where this happens; also embeddings with repeated indices, pooling, sums over the batch.)
"""

import itertools

import numpy as np

from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case

TINY = 1e-5
IMAGE = ("sample", "row", "column", "channel")


def lost(case: Case) -> dict:
    """All terms that are there are right, but some are not there; or terms are there that should not be."""
    J, A = case.jacobian, case.said_jacobian
    if A is None:
        return {}
    size = np.abs(J).max()
    wrong, kept = np.abs(A - J) > TINY * size, np.abs(A) > TINY * size
    there = np.abs(J) > TINY * size
    if not wrong.any():
        return {}
    if not (wrong & there).any():
        evidence = f"{int(wrong.sum())} terms too many; the {int(there.sum())} right ones are there"
        return because("terms-extra", evidence, name=case.name)
    if (kept.sum(axis=1) == 1).all() and (there.sum(axis=1) == 1).all() and same_values(J, A):
        moved = int((kept != there).any(axis=1).sum())
        hint = "each output sends its dy to one entry, as it should, but to another than the one it was made from"
        return because("order", f"{moved} of {len(J)} outputs do so; the factors are right", hint)
    if found := moved_along(case, there, kept):
        return found
    if kept.any() and not (kept & there).any():
        evidence = f"none of the {int(there.sum())} right terms is there, but {int(kept.sum())} others"
        hint = "just those outputs contribute that should not: a condition or a mask is the wrong way round"
        return because("condition", evidence, hint)
    if (wrong & kept).any():
        return {}
    evidence = (
        f"{int(wrong.sum())} of {int(there.sum())} terms dy[k] d y[k] / d {case.name} are missing, the rest is right"
    )
    return (
        diagonal(case, kept, evidence)
        or (case.where == "dx" and left_out(case, wrong, there, evidence))
        or overwritten(case, there, kept, evidence)
        or left_out(case, wrong, there, evidence, anywhere=True)
        or cut_off(case, wrong, evidence)
    )


def moved_along(case, there, kept) -> dict:
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
    return because("shifted", f"{int(single.sum())} outputs were followed to where they send dy", hint)


def same_values(J, A) -> bool:
    return bool(np.abs(J.sum(axis=1) - A.sum(axis=1)).max() <= TINY * np.abs(J).max())


def diagonal(case, kept, evidence) -> dict:
    """Each output has sent its dy to its own input alone, though it depends on others."""
    own = np.zeros_like(kept)
    if case.where != "dx" or case.y.shape != case.x.shape:
        return {}
    own[case.flat, np.arange(len(case.flat))] = True
    hint = "an output depends on other inputs than its own, too: their part of dx is a sum, and it is missing"
    return {} if (kept & ~own).any() else because("term-missing", evidence, hint)


def overwritten(case, there, kept, evidence) -> dict:
    """Each entry has kept one of its terms: one output position, or one tap."""
    shape = case.y.shape
    for count in range(1, len(shape) + 1):
        for axes in itertools.combinations(range(len(shape)), count):
            before, after = grouped(there, shape, axes), grouped(kept, shape, axes)
            if (before > 1).any() and after.max() <= 1 and 2 * (after == 1).sum() >= (before > 0).sum():
                return because("overwritten", f"{evidence}; each entry has kept the terms of one place alone")
    return {}


def grouped(pairs, shape, axes) -> np.ndarray:
    """pairs (K, I) -> for each I the number of different indices along `axes` of y that it is paired with; (1, I)."""
    pairs = pairs.reshape(*shape, -1)
    others = tuple(k for k in range(len(shape)) if k not in axes)
    return pairs.any(axis=others).reshape(-1, pairs.shape[-1]).sum(axis=0)[None]


def left_out(case, wrong, there, evidence, anywhere=False) -> dict:
    """The missing terms are all terms of some outputs: those at a border (or anywhere)."""
    outputs = wrong.any(axis=1) & (wrong == there).all(axis=1)
    if (wrong != outputs[:, None] & there).any():
        return {}
    lines = edges_of(outputs.reshape(case.y.shape))
    if lines:
        hint = f"the outputs at {lines} do not reach {case.where}: does a loop end too early, or is a part forgotten?"
        return because("border" if case.y.ndim > 2 else "outputs-left-out", evidence, hint)
    if not anywhere:
        return {}
    hint = f"{int(outputs.sum())} of {len(outputs)} outputs do not reach {case.where} at all"
    first = [int(i) for i in np.unravel_index(int(np.argmax(outputs)), case.y.shape)]
    return because("outputs-left-out", f"{evidence}; the first is y{first}", hint)


def cut_off(case, wrong, evidence) -> dict:
    """The missing terms are those of some entries at a border."""
    mask = np.zeros(case.array.size, bool)
    mask[case.flat] = wrong.any(axis=0)
    lines = edges_of(mask.reshape(case.array.shape), whole=False)
    hint = f"only entries at {lines} lack terms: is the padding cropped on both sides, by the right amount?"
    return because("border", evidence, hint) if lines else {}


def edges_of(mask: np.ndarray, whole: bool = True, names: tuple | None = None) -> str:
    """The border rows, columns, ... that hold all of mask's entries, in words; "" if they are not at a border. whole:
    only if the entries fill them. names: of the axes (default: those of images)."""
    if not mask.any():
        return ""
    names = names or (IMAGE if mask.ndim == 4 else tuple(f"index of axis {k}" for k in range(mask.ndim)))
    for axis in range(mask.ndim):
        others = tuple(k for k in range(mask.ndim) if k != axis)
        lines, full = mask.any(axis=others), mask.all(axis=others)
        n, count = len(lines), int(lines.sum())
        if count > n // 2 or (whole and (lines != full).any()):
            continue
        many = f"{count} {names[axis]}s" if count > 1 else names[axis]
        if lines[:count].all():
            return f"the first {many}"
        if lines[-count:].all():
            return f"the last {many}"
        if not whole and count > 1 and lines[0] and lines[-1] and not lines[1:-1].any():
            return f"the first and the last {names[axis]}"
    return ""
