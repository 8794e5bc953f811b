"""Each term of the sum with the wrong partner: a flipped kernel, swapped channels, a shift, a wrong stride.

In a convolution, and in every other layer that is linear both in x and in w, d y[k] / d x[i] is one of the weights,
w[m], and d y[k] / d w[i] is one of the inputs, x[m]. Weights and inputs are random numbers, all different, so the value
says which: m is found by looking it up. So the true function gives a list of triples (k, i, m), and backward's own
Jacobian another. With two of the three held fixed, the third of the two lists are compared: a mirror image is a flip,
a constant difference a padding off by so much, a difference that grows with the output's position a wrong stride.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.explain.case import Case, subsets

NOTHING, UNKNOWN = -1, -2
IMAGE, KERNEL = ("sample", "height", "width", "channel"), ("height", "width", "third axis", "fourth axis")


def mispaired(case: Case) -> Iterator[dict]:
    """Try x, or each parameter, as the partner."""
    if case.said_jacobian is None:
        return
    partners = case.subject.params.items() if case.where == "dx" else [("x", case.x)]
    for name, partner in partners:
        true, said = looked_up(case.jacobian, partner), looked_up(case.said_jacobian, partner)
        if partner.ndim < 2 or (true == UNKNOWN).any() or (said == UNKNOWN).any() or not (true >= 0).any():
            continue
        yield from same_pairs(name, partner, true, said)
        yield from shifted(case, partner, true, said)
        yield from taps_left_out(case, name, partner, true, said)


def looked_up(values: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """For each entry of values the flat index of the partner's entry that equals it; NOTHING for 0, or UNKNOWN."""
    flat = partner.ravel()
    order = np.argsort(flat)
    ranked = flat[order]
    place = np.searchsorted(ranked, values)
    nearest = np.full(values.shape, UNKNOWN)
    size = np.abs(flat).max()
    for neighbour in (np.clip(place - 1, 0, len(flat) - 1), np.clip(place, 0, len(flat) - 1)):
        close = np.abs(ranked[neighbour] - values) <= 1e-7 * size
        nearest[close] = order[neighbour][close]
    nearest[np.abs(values) <= 1e-9 * size] = NOTHING
    return nearest


def same_pairs(name: str, partner: np.ndarray, true: np.ndarray, said: np.ndarray) -> Iterator[dict]:
    """The same pairs of output and entry, but with another partner: mirrored, or with two axes swapped."""
    both, ndim = (true >= 0) & (said >= 0), partner.ndim
    if both.sum() < 0.9 * max((true >= 0).sum(), (said >= 0).sum()):
        return
    one, two = (np.array(np.unravel_index(m[both], partner.shape)) for m in (true, said))
    evidence = f"in all {int(both.sum())} products looked at, {name} is read at the wrong place"
    for flipped in subsets(ndim):
        mirrored = one.copy()
        for axis in flipped:
            mirrored[axis] = partner.shape[axis] - 1 - one[axis]
        if (mirrored == two).all():
            along = axis_names(flipped, ndim)
            hint = f"{name} is flipped along {along} where it must not be, or the other way round"
            yield because("flipped", evidence, hint)
    for a, b in itertools.combinations(range(ndim), 2):
        swapped = one.copy()
        swapped[[a, b]] = one[[b, a]]
        if partner.shape[a] == partner.shape[b] and (swapped == two).all():
            if ndim == 2:
                yield because("weight-transposed", evidence, key=name)
            hint = f"{name} is used with its axes {a} and {b} swapped: {axis_names((a, b), ndim)}"
            known = {(4, 0, 1): "height-width-swapped", (4, 2, 3): "channels-swapped"}
            yield because(known.get((ndim, a, b), "axes-swapped"), evidence, hint)


def shifted(case: Case, partner: np.ndarray, true: np.ndarray, said: np.ndarray) -> Iterator[dict]:
    """The same product goes to, or comes from, another place: further along by a constant, or by more and more."""
    images = 1 if case.where == "dx" else 2  # which role, beside the output, has the axes of an image
    lists = [triples(m, case.flat) for m in (true, said)]
    shapes = (case.y.shape, case.array.shape, partner.shape)
    if len(shapes[0]) != len(shapes[images]) or len(shapes[0]) < 3:
        return
    for moving, held in ((images, 0), (0, images)):
        one, two = (unravelled(roles, shapes) for roles in joined(*lists, moving, shapes))
        if len(one[0][0]) < 0.3 * max(len(lists[0][0]), len(lists[1][0])):
            continue
        taps = one[3 - moving - held]  # the three roles are 0, 1 and 2
        yield from judged(case, two[moving] - one[moving], one[held], taps)


def taps_left_out(case: Case, name: str, partner: np.ndarray, true: np.ndarray, said: np.ndarray) -> Iterator[dict]:
    """Products with some of the kernel's taps are missing, all of them; the others are there."""
    if case.where != "dx" or (said != true)[said != NOTHING].any():
        return
    present = np.zeros(partner.size, bool)
    present[said[said >= 0]] = True
    wanted, gone = true >= 0, (true >= 0) & (said == NOTHING)
    if not gone.any() or present[true[gone]].any() or not wanted.any():
        return
    taps = np.argwhere(~present.reshape(partner.shape))
    same = [f"axis {k} index {taps[0, k]}" for k in range(partner.ndim) if (taps[:, k] == taps[0, k]).all()]
    where = f" ({', '.join(same)})" if same else ""
    evidence = f"{int(gone.sum())} of {int(wanted.sum())} products are missing"
    yield because("taps-left-out", evidence, count=len(taps), all=partner.size, name=name, where=where)


def triples(m: np.ndarray, flat: np.ndarray) -> tuple:
    """m (K, I) -> output, entry and partner of each product, all as flat indices."""
    k, i = np.nonzero(m >= 0)
    return k, flat[i], m[k, i]


def joined(one: tuple, two: tuple, moving: int, shapes: tuple) -> tuple:
    """The triples of both lists that agree in all roles but `moving`, in the same order."""
    held = [role for role in range(3) if role != moving]
    keys = [roles[held[0]].astype(np.int64) * np.prod(shapes[held[1]]) + roles[held[1]] for roles in (one, two)]
    _, a, b = np.intersect1d(*keys, return_indices=True)
    return tuple(role[a] for role in one), tuple(role[b] for role in two)


def unravelled(roles: tuple, shapes: tuple) -> list[np.ndarray]:
    return [np.array(np.unravel_index(role, shape)) for role, shape in zip(roles, shapes, strict=True)]


def judged(case: Case, off: np.ndarray, place: np.ndarray, taps: np.ndarray) -> Iterator[dict]:
    """off (axes, E): how far each product is from where it should be; place, taps (axes, E): the other image's index,
    and the kernel's."""
    if not off.any():
        return
    constant, growing, by_tap = {}, {}, {}
    for axis in np.flatnonzero(off.any(axis=1)):
        if (off[axis] == off[axis, 0]).all():
            constant[axis] = int(off[axis, 0])
            continue
        design = np.stack([place[axis], np.ones(place.shape[1]), *taps], axis=1)
        slope, *_ = np.linalg.lstsq(design, off[axis].astype(float), rcond=None)
        if np.abs(design @ slope - off[axis]).max() > 1e-6:
            return
        if abs(slope[0]) > 1e-6:
            growing[axis] = slope[0]
        else:
            by_tap[axis] = slope[2:][int(np.argmax(np.abs(slope[2:])))]
    evidence = f"{off.shape[1]} products were followed from where they come to where they go"
    names = IMAGE if len(off) == 4 else tuple(f"axis {k}" for k in range(len(off)))
    if growing:
        hint = f"each step of the output goes {too_far(growing, names)}: is the stride the right one"
        if swapped_strides(case, growing):
            yield because("height-width-swapped", evidence, f"{hint}, of height for height and of width for width?")
        yield because("stride", evidence, f"{hint}, and dy spread out by it?")
    if by_tap:
        hint = f"each step of the kernel goes {too_far(by_tap, names)}: is the dilation forgotten?"
        yield because("dilation", evidence, hint)
    text = " and ".join(f"{d:+d} along the {names[axis]}" for axis, d in constant.items())
    yield because("shifted", evidence, f"everything is off by {text}: how much padding is on the first side?")


def too_far(slopes: dict, names: tuple) -> str:
    return " and ".join(f"{abs(slope):.3g} too {'far' if slope > 0 else 'short'} along the {names[axis]}"
                        for axis, slope in slopes.items())  # fmt: skip


def swapped_strides(case: Case, growing: dict) -> bool:
    """Whether every axis whose steps are wrong steps by the other axis's stride. (By 1: then it is forgotten.)"""
    stride = [value for key, value in case.constants.items() if key.startswith("stride")]
    if len(stride) != 2 or stride[0] == stride[1] or not set(growing) <= {1, 2}:
        return False
    steps = {axis: stride[axis - 1] + slope for axis, slope in growing.items()}
    forgotten = len(steps) == 1 and abs(next(iter(steps.values())) - 1) < 1e-6
    return not forgotten and all(abs(step - stride[2 - axis]) < 1e-6 for axis, step in steps.items())


def axis_names(axes: tuple, ndim: int) -> str:
    return " and ".join(KERNEL[a] if ndim == 4 else f"axis {a}" for a in axes)
