"""What a student's layer is made with and fed where nobody said: values by the names of its arguments.

Several are tried, and the first with which a forward pass works is taken; the report tells which it was.
"""

from itertools import product

import numpy as np

from minigan.gradcheck.arguments import made, needed
from minigan.gradcheck.layer import drawn
from minigan.gradcheck.subject import takes, works

IMAGES, ROWS = (3, 7, 6, 2), (5, 4)  # input shapes; no two sizes in one are alike
CHANNELS = (
    "c_in",
    "in_channels",
    "channels",
    "num_channels",
    "num_features",
)  # names of the size of an image's last axis
FEATURES = ("n_in", "in_features", "features", "in_size", "input_size", "n")  # of a row's
VALUES = (
    dict.fromkeys(("c_out", "out_channels", "filters"), (5,))
    | dict.fromkeys(("n_out", "out_features", "out_size", "output_size", "units"), (3,))
    | dict.fromkeys(("kernel", "kernel_size"), ((4, 3), 3))
    | dict.fromkeys(("rate", "p", "slope", "alpha"), (0.4,))
    | {"stride": ((3, 2), 2), "padding": ("same", 1), "rng": (np.random.default_rng(0),)}
)


def tried_layer(cls, kwargs, input_shape, rng):
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
        for shape in [input_shape] if input_shape else likely_shapes(layer):
            best = best or (layer, wanted, shape)
            mode = True if takes(layer, "forward", "training") else None
            if works(layer, drawn(np.random.default_rng(0), shape), mode):
                return layer, wanted, shape
    if best is None:
        raise refusal
    return best


def choices(cls, kwargs, input_shape):
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


def likely_shapes(layer):
    """Input shapes to try, the likeliest first: by the name of its size, by its weight; else images, then rows."""
    for name in CHANNELS + FEATURES:
        size = getattr(layer, name, None)
        if isinstance(size, int):
            image, row = (*IMAGES[:-1], size), (ROWS[0], size)
            return [image, row] if name in CHANNELS else [row, image]
    params = getattr(layer, "params", {})
    w = params.get("w") if hasattr(params, "get") else None
    if getattr(w, "ndim", 0) == 4:
        return [(*IMAGES[:-1], w.shape[2]), (*IMAGES[:-1], w.shape[3])]
    if getattr(w, "ndim", 0) in (1, 2):
        return [(ROWS[0], len(w)), (*IMAGES[:-1], len(w))]
    return [IMAGES, ROWS]
