"""Which output contributes to which entry: contributions that are missing, or overwritten where they should be added.

A gradient is a sum, g[i] = sum over k of dy[k] J[k, i]. A loop that writes `=` for `+=` keeps the last term of each
sum; a loop that ends too early loses the terms at a border. Backward's own J shows which terms it has. (Convolutions,
whose windows overlap, are where this happens; also embeddings with repeated indices, pooling, sums over the batch.)
"""

from collections.abc import Iterator

import numpy as np

from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case, all_but, subsets

TINY = 1e-5
IMAGE = ("sample", "row", "column", "channel")


def lost(case: Case) -> Iterator[dict]:
    """All terms that are there are right, but some are not there; or terms are there that should not be."""
    J, A = case.jacobian, case.said_jacobian
    if A is None:
        return
    size = np.abs(J).max()
    wrong, kept = np.abs(A - J) > TINY * size, np.abs(A) > TINY * size
    there = np.abs(J) > TINY * size
    if not wrong.any():
        return
    if not (wrong & there).any():
        evidence = f"{int(wrong.sum())} terms too many; the {int(there.sum())} right ones are there"
        yield because("terms-extra", evidence, name=case.name)
    if (kept.sum(axis=1) == 1).all() and (there.sum(axis=1) == 1).all() and same_values(J, A):
        moved = int((kept != there).any(axis=1).sum())
        hint = "each output sends its dy to one entry, as it should, but to another than the one it was made from"
        yield because("order", f"{moved} of {len(J)} outputs do so; the factors are right", hint)
    yield from moved_along(case, there, kept)
    if kept.any() and not (kept & there).any():
        evidence = f"none of the {int(there.sum())} right terms is there, but {int(kept.sum())} others"
        hint = "just those outputs contribute that should not: a condition or a mask is the wrong way round"
        yield because("condition", evidence, hint)
    if (wrong & kept).any():
        return
    missing = f"{int(wrong.sum())} of {int(there.sum())} terms dy[k] d y[k] / d {case.name} are missing"
    evidence = f"{missing}, the rest is right"
    if case.where == "dx":
        yield from diagonal(case, kept, evidence)
        yield from left_out(case, wrong, there, evidence)
    yield from overwritten(case, there, kept, evidence)
    yield from left_out(case, wrong, there, evidence, anywhere=True)
    yield from cut_off(case, wrong, evidence)


def moved_along(case: Case, there: np.ndarray, kept: np.ndarray) -> Iterator[dict]:
    """Outputs that belong to one entry each, and send dy to another, always by the same way further."""
    single = (there.sum(axis=1) == 1) & (kept.sum(axis=1) == 1)
    if 2 * single.sum() < there.any(axis=1).sum() or (kept[~single].sum(axis=1) > 1).any():
        return
    entries = [case.flat[m[single].argmax(axis=1)] for m in (there, kept)]
    one, two = (np.array(np.unravel_index(flat, case.array.shape)) for flat in entries)
    off = two - one
    if not off.any() or (off != off[:, :1]).any():
        return
    text = " and ".join(f"{d:+d} along axis {axis}" for axis, d in enumerate(off[:, 0]) if d)
    hint = f"everything is off by {text}: how much is cut off, or put in, on the first side?"
    yield because("shifted", f"{int(single.sum())} outputs were followed to where they send dy", hint)


def same_values(J: np.ndarray, A: np.ndarray) -> bool:
    return bool(np.abs(J.sum(axis=1) - A.sum(axis=1)).max() <= TINY * np.abs(J).max())


def diagonal(case: Case, kept: np.ndarray, evidence: str) -> Iterator[dict]:
    """Each output has sent its dy to its own input alone, though it depends on others."""
    own = np.zeros_like(kept)
    if case.y.shape != case.x.shape:
        return
    own[case.flat, np.arange(len(case.flat))] = True
    hint = "an output depends on other inputs than its own, too: their part of dx is a sum, and it is missing"
    if not (kept & ~own).any():
        yield because("term-missing", evidence, hint)


def overwritten(case: Case, there: np.ndarray, kept: np.ndarray, evidence: str) -> Iterator[dict]:
    """Each entry has kept one of its terms: one output position, or one tap."""
    shape = case.y.shape
    for axes in subsets(len(shape)):
        before, after = grouped(there, shape, axes), grouped(kept, shape, axes)
        if (before > 1).any() and after.max() <= 1 and 2 * (after == 1).sum() >= (before > 0).sum():
            yield because("overwritten", f"{evidence}; each entry has kept the terms of one place alone")


def grouped(pairs: np.ndarray, shape: tuple, axes: tuple) -> np.ndarray:
    """pairs (K, I) -> for each I the number of different indices along `axes` of y that it is paired with; (1, I)."""
    pairs = pairs.reshape(*shape, -1)
    return pairs.any(axis=all_but(axes, len(shape))).reshape(-1, pairs.shape[-1]).sum(axis=0)[None]


def left_out(case: Case, wrong: np.ndarray, there: np.ndarray, evidence: str, anywhere: bool = False) -> Iterator[dict]:
    """The missing terms are all terms of some outputs: those at a border (or anywhere)."""
    outputs = wrong.any(axis=1) & (wrong == there).all(axis=1)
    if (wrong != outputs[:, None] & there).any():
        return
    lines = edges_of(outputs.reshape(case.y.shape))
    if lines:
        hint = f"the outputs at {lines} do not reach {case.where}: does a loop end too early, or is a part forgotten?"
        yield because("border" if case.y.ndim > 2 else "outputs-left-out", evidence, hint)
    if anywhere:
        hint = f"{int(outputs.sum())} of {len(outputs)} outputs do not reach {case.where} at all"
        first = [int(i) for i in np.unravel_index(int(np.argmax(outputs)), case.y.shape)]
        yield because("outputs-left-out", f"{evidence}; the first is y{first}", hint)


def cut_off(case: Case, wrong: np.ndarray, evidence: str) -> Iterator[dict]:
    """The missing terms are those of some entries at a border."""
    mask = np.zeros(case.array.size, bool)
    mask[case.flat] = wrong.any(axis=0)
    if lines := edges_of(mask.reshape(case.array.shape), whole=False):
        hint = f"only entries at {lines} lack terms: is the padding cropped on both sides, by the right amount?"
        yield because("border", evidence, hint)


def edges_of(mask: np.ndarray, whole: bool = True, names: tuple | None = None) -> str:
    """The border rows, columns, ... that hold all of mask's entries, in words; "" if they are not at a border. whole:
    only if the entries fill them. names: of the axes (default: those of images)."""
    if not mask.any():
        return ""
    names = names or (IMAGE if mask.ndim == 4 else tuple(f"index of axis {k}" for k in range(mask.ndim)))
    for axis in range(mask.ndim):
        others = all_but((axis,), mask.ndim)
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
