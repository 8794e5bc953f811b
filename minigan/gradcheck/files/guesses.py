"""Guesses the arguments and the input of a student's layer, where none are given, from the names of its arguments.

Several are tried, and the first with which a forward pass works is taken; the report tells which it was.
"""

from itertools import product
from typing import Any

import numpy as np

from minigan.gradcheck.core.arguments import made, needed
from minigan.gradcheck.core.inputs import CHANNELS, FEATURES, IMAGES, ROWS, candidates, fitting
from minigan.gradcheck.core.subject import takes

VALUES = (
    dict.fromkeys(("c_out", "out_channels", "filters"), (5,))
    | dict.fromkeys(("n_out", "out_features", "out_size", "output_size", "units"), (3,))
    | dict.fromkeys(("kernel", "kernel_size"), ((4, 3), 3))
    | dict.fromkeys(("rate", "p", "slope", "alpha"), (0.4,))
    | {"stride": ((3, 2), 2), "padding": ("same", 1), "rng": (np.random.default_rng(0),)}
)


def tried_layer(cls: type, kwargs: dict, input_shape: tuple | None, rng: np.random.Generator) -> tuple:
    """-> the layer, the arguments that made it, an input shape: the first choice whose forward pass works, else the
    last that could be made. Raises ValueError if none can."""
    known, best, refusal = choices(cls, kwargs, input_shape), None, None
    for values in product(*known.values()):
        wanted = dict(zip(known, values, strict=True)) | kwargs
        try:
            layer = made(cls, wanted, rng)
        except ValueError as error:
            refusal = error
            continue
        wanted.pop("rng", None)
        shapes = [input_shape] if input_shape else list(candidates(layer))
        shape = fitting(layer, shapes, lambda samples, layer=layer: labels_for(layer, samples))
        if shape is not None:
            return layer, wanted, shape
        best = best or (layer, wanted, shapes[0])
    if best is None:
        raise refusal
    return best


def labels_for(layer: Any, samples: int) -> dict | None:
    """What a layer that takes `given` is given: labels 0, 1, ... in turn, below its `classes` if it has any, else below
    2. None for any other layer."""
    if not takes(layer, "forward", "given"):
        return None
    return {"labels": np.arange(samples) % getattr(layer, "classes", 2)}


def choices(cls: type, kwargs: dict, input_shape: tuple | None) -> dict[str, tuple]:
    """For each argument without a default that is not given: the values to try. An unknown name has none, and the
    layer's making will say that it is missing."""
    found = {}
    for name in needed(cls):
        if name in kwargs:
            continue
        if name in CHANNELS + FEATURES:
            found[name] = ((input_shape or (IMAGES if name in CHANNELS else ROWS))[-1],)
        elif name in VALUES:
            found[name] = VALUES[name]
    return found
