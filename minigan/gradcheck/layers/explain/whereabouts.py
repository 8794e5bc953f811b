"""Where nothing explains an error: where it lies. In some channels only, at the borders, in one sample."""

import numpy as np

from minigan.gradcheck.layers.explain.case import CLOSE
from minigan.gradcheck.layers.explain.contributions import edges_of

AXES = {2: ("row", "column"), 3: ("sample", "position", "channel"), 4: ("sample", "row", "column", "channel")}


def whereabouts(case):
    """-> cause None, the place of the error in words, and how much of the array it takes."""
    n = case.numeric
    wrong = np.abs(case.said - n) > CLOSE * max(np.abs(n).max(), np.abs(case.said).max())
    if not wrong.any():
        return {}
    mask = np.zeros(case.array.size, bool)
    mask[case.flat] = wrong
    share = f"{int(wrong.sum())} of the {len(n)} entries looked at are wrong"
    if wrong.all() or not case.complete:
        return {"hint": "", "evidence": share}
    place = in_words(mask.reshape(case.array.shape), case.where)
    if place:
        return {"hint": f"wrong {place} only; the rest is right", "evidence": share}
    return {"hint": "", "evidence": share}


def in_words(mask, where):
    """The indices along one axis that hold all errors, in words; "" if they are everywhere along every axis."""
    names = AXES.get(mask.ndim, tuple(f"index of axis {k}" for k in range(mask.ndim)))
    if where != "dx" and mask.ndim == 4:
        names = ("kernel row", "kernel column", "index of axis 2", "index of axis 3")
    border = edges_of(mask, whole=False, names=names)
    if border:
        return f"at {border}"
    best = ""
    for axis in range(mask.ndim):
        lines = mask.any(axis=tuple(k for k in range(mask.ndim) if k != axis))
        if not lines.all() and lines.sum() <= max(len(lines) // 2, 1):
            which = ", ".join(str(k) for k in np.flatnonzero(lines)[:6])
            best = best or f"at {names[axis]} {which}"
    return best
