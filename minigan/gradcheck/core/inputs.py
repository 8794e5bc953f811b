"""The input of a check: drawn at random, of a shape that hides no mistakes.

With N = 1 a sum over the batch is no sum; with H = W, or two channel counts alike, swapped axes fit; so the batch is at
least 3, and height, width, channels, kernel and stride are all different, as far as the layer allows it.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from minigan.gradcheck.core.subject import Broken, arrays, parts, takes, works

IMAGES, ROWS = (3, 7, 6, 2), (5, 4)  # usual inputs; no two sizes in one are alike
CHANNELS = ("c_in", "in_channels", "channels", "n_channels", "num_channels", "num_features")  # of an image's last axis
FEATURES = ("n_in", "in_features", "features", "n_features", "in_size", "input_size", "n")  # of a row's


def drawn(rng: np.random.Generator, shape: tuple) -> np.ndarray:
    """A random input: most entries of size 1, one in eight of size 4 to 9, where a function may behave otherwise."""
    x = rng.standard_normal(shape)
    large = rng.random(x.shape) < 1 / 8
    return np.where(large, np.sign(x) * rng.uniform(4, 9, x.shape), x)


def suggested_shape(layer: Any) -> tuple:
    """A shape (batch first) that the layer takes. Raises ValueError if it cannot be told from its attributes."""
    if shape := fitting(layer, candidates(layer)):
        return shape
    raise ValueError(f"check_layer could not tell what input {type(layer).__name__} takes; it expected an input x or "
                     "an input_shape (batch included), got neither: write input_shape=(3, 7, 6, 2) for images, (5, 4) "
                     "for rows")  # fmt: skip


def fitting(layer: Any, shapes: Iterable[tuple], given: Callable = lambda samples: None) -> tuple | None:
    """The first of the shapes with which a forward pass of the layer works; None if there is none. given: number of
    samples -> what forward is given beside x."""
    mode = True if takes(layer, "forward", "training") else None
    for shape in shapes:
        x = np.random.default_rng(0).uniform(0.5, 1.5, shape)
        try:
            if works(copy.deepcopy(layer), x, mode, given(len(x))):
                return shape
        except (Broken, TypeError):
            continue
    return None


def candidates(layer: Any) -> Iterator[tuple]:
    """Shapes to try, the likeliest first: by the layer's weights, by the names of its sizes, else images, then rows."""
    if parts(layer):  # a network takes what its first layer takes; if that takes anything, any other's may fit
        for part in parts(layer).values():
            yield from candidates(part)
        return
    try:
        params = list(arrays(layer, "params").values())
    except Broken:  # no dict of arrays: the check itself will say so
        params = []
    taken = numbers(layer)
    for w in (p for p in params if p.ndim == 4):
        for c in (w.shape[2], w.shape[3], w.shape[1]):
            yield image(c, {*w.shape, *taken}, least=max(w.shape[:2]))
        yield (3, w.shape[1], *image(1, {*w.shape, *taken}, least=max(w.shape[2:]))[1:3])  # channels first
    for w in (p for p in params if p.ndim == 2):
        yield from ((ROWS[0], size) for size in w.shape)
    for name in CHANNELS + FEATURES:
        size = getattr(layer, name, None)
        if isinstance(size, int):
            both = (image(size, {size, *taken}), (ROWS[0], size))
            yield from both if name in CHANNELS else reversed(both)
    for p in (p for p in params if p.ndim == 1):
        yield from (image(len(p), {len(p), *taken}), (ROWS[0], len(p)))
    shape = getattr(layer, "shape", None)  # of a Reshape; a Flatten's is () or (-1,), and tells nothing
    if isinstance(shape, tuple) and shape and min(shape) > 0:
        yield (3, int(np.prod(shape)))
    yield from (image(2, {2, *taken}), (3, 8, 6, 2), (3, 12, 6, 2), ROWS)


def numbers(layer: Any) -> set[int]:
    """The whole numbers among the layer's attributes: sizes that the input's should differ from."""
    found = set()
    for value in getattr(layer, "__dict__", {}).values():
        values = value if isinstance(value, tuple) else (value,)
        found |= {int(v) for v in values if isinstance(v, int | np.integer) and 1 < v < 20}
    return found


def image(channels: int, taken: set[int], least: int = 4) -> tuple:
    """(3, H, W, channels) with H > W, neither of them among `taken`, and room for two steps of the kernel."""
    sizes = [size for size in range(least + 2, least + 40) if size not in taken | {3, channels}]
    return 3, sizes[1], sizes[0], channels


def part_of(x: np.ndarray) -> np.ndarray | None:
    """A piece of a large x, three samples and for images 7 x 6 pixels, to look at more closely; None if x is small."""
    sizes = (3, 7, 6) if x.ndim == 4 else (5,)
    piece = x[tuple(slice(size) for size in sizes)]
    return np.ascontiguousarray(piece) if 2 * piece.size < x.size else None


def only(array: np.ndarray, index: Any) -> np.ndarray:
    """The array with all entries but those at index set to 0."""
    part = np.zeros_like(array)
    part[index] = array[index]
    return part


def hiding(x: np.ndarray) -> list[str]:
    """What a given x may hide, in words: a list of sentences."""
    notes = []
    if x.ndim > 1 and len(x) < 3:
        samples = f"{len(x)} sample{'s' * (len(x) > 1)}"
        notes.append(f"x holds {samples}: sums over the batch are better checked with 3 or more")
    if x.ndim == 4 and x.shape[1] == x.shape[2]:
        notes.append(f"x is {x.shape[1]} high and as wide: swapped height and width may not be seen")
    if x.ndim == 2 and x.shape[0] == x.shape[1]:
        notes.append(f"x has {x.shape[0]} samples and as many features: swapped axes may not be seen")
    return notes
