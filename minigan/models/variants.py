"""Networks changed after they are built. Each function takes a network and returns one like it, with the same layers
under the same names, but for what it is about. The layers that stay are shared, not copied.

What must be decided while a network is built, because it changes the size of a layer, is an argument of `build`:
PacGAN's discriminator has `pac` times the channels in its first layer.
"""

import copy
from collections.abc import Callable

import numpy as np

from minigan.checks import whole
from minigan.layers import (
    BatchNorm,
    Conv1D,
    Conv2D,
    Dense,
    Flatten,
    Identity,
    Layer,
    LogSumExp,
    MaxoutDense,
    MinibatchDiscrimination,
    Pack,
    Reshape,
    Sequential,
    Tanh,
    VirtualBatchNorm,
    WithReference,
    self_attention,
)
from minigan.layers.combine.base import joined_name

KERNELS, DIMS = 50, 5  # of minibatch discrimination; Salimans et al. give 100 and 5 for their larger networks


def seen_through(D: Layer, *views: tuple[str, Layer]) -> Sequential:
    """D with (name, layer) pairs in front, which change the samples before D judges them."""
    return Sequential(*views, *D.parts())


def packed(D: Layer, m: int, sample_shape: tuple) -> Sequential:
    """D that judges m samples together (Lin et al. 2018, arXiv:1712.04086). D must have been built for that many
    channels, `build(..., pac=m)`; ValueError if it was not."""
    D = seen_through(D, ("pack", Pack(m)))
    try:
        D.forward(np.zeros((m, *sample_shape), np.float32), training=False)
    except ValueError as error:
        raise ValueError(
            f"this D was not built for packs of {m} samples of shape {tuple(sample_shape)}, which have {m} times the "
            f"channels; write build(..., pac={m}) ({error})"
        ) from error
    return D


def batch_normalised(D: Layer) -> Layer:
    """D with batch norm after each convolution and dense layer but the first and the last, before the activation, as in
    DCGAN (Radford et al. 2016, arXiv:1511.06434, section 3: not in D's input layer).

    The slope of a layer moves to the batch norm. A MaxoutDense becomes Dense, batch norm, Maxout. The biases are left
    out: batch norm would remove them. Raises ValueError if there is no layer between the first and the last.
    """
    weights = [(name, layer) for name, layer in D.leaves() if isinstance(layer, (Conv2D, Conv1D, Dense))]
    between = [layer for _, layer in weights[1:-1]]
    if not between:
        names = [name for name, _ in weights]
        raise ValueError(f"batch norm goes behind the layers between the first and the last, and D has only {names}")

    def change(name: str, layer: Layer) -> Layer | list:
        if not any(layer is other for other in between):
            return layer
        last_name = own_name(name)
        plain, *maxout = layer.apart() if isinstance(layer, MaxoutDense) else (copy.copy(layer),)
        plain.params = {key: array for key, array in layer.params.items() if key != "b"}
        slope, channels = None, layer.n_out if isinstance(layer, Dense) else layer.c_out
        if layer.slope != 1:
            slope, plain.slope = layer.slope, 1.0
        normalised = [(last_name, plain), (f"{last_name}_norm", BatchNorm(channels, slope=slope))]
        return normalised + [(f"{last_name}_maxout", layer) for layer in maxout]

    return D.rebuilt(change)


def minibatch_discriminating(
    D: Layer, *, kernels: int = KERNELS, dims: int = DIMS, rng: np.random.Generator | None = None
) -> Layer:
    """D whose logit also sees how near each sample's features are to those of the others in its batch (Salimans et al.
    2016, arXiv:1606.03498, section 3.2): a layer before the last one, which is made anew, for more inputs."""

    def end(name: str, last: Dense) -> list:
        closeness = MinibatchDiscrimination(last.n_in, kernels, dims, rng=rng)
        return [("minibatch", closeness), (name, Dense(last.n_in + kernels, last.n_out, rng=rng))]

    return with_other_end(D, end)


def classifying(D: Layer, classes: int, *, rng: np.random.Generator | None = None) -> Layer:
    """D as a classifier of `classes` kinds of real samples and "generated" (Salimans et al. 2016, section 5): in place
    of the last layer one that scores each kind, and the log-sum-exp of the scores, which is the logit of "real"."""

    def end(name: str, last: Dense) -> list:
        scores = Dense(last.n_in, whole("classes", classes, least=2), rng=rng)
        return [("classes", scores), (name, LogSumExp())]

    return with_other_end(D, end)


def with_other_end(D: Layer, end: Callable) -> Layer:
    """D with end(name, last), a list of (name, layer) pairs, in the place of its last layer. ValueError unless that is
    a Dense, outside of branches."""
    return with_other(D, end, -1, "discriminator", "ends in")


def with_other_start(G: Layer, start: Callable) -> Layer:
    """G with start(name, first), a list of (name, layer) pairs, in the place of its first layer. ValueError unless that
    is a Dense, outside of branches."""
    return with_other(G, start, 0, "generator", "begins with")


def with_other(network: Layer, made: Callable, at: int, kind: str, does: str) -> Layer:
    """A network with made(name, layer) in the place of its first (at = 0) or last layer (at = -1), a Dense. kind, does:
    for the message."""
    path, layer = "", network
    while (inner := layer.parts()[at])[1] is not layer:
        path, layer = joined_name(path, inner[0]), inner[1]
    if not isinstance(layer, Dense):
        raise ValueError(f"expected a {kind} that {does} a Dense layer, got one that {does} {path!r}, "
                         f"{type(layer).__name__}; change it before its layers are normalised")  # fmt: skip
    changed = network.rebuilt(lambda name, one: made(own_name(name), one) if one is layer else one)
    return Sequential(*changed) if isinstance(changed, list) else changed  # a list, if it was a single layer


def without_tanh(G: Layer) -> Layer:
    """G up to the Tanh that it ends in: what is in [-1, 1] is then any number, atanh of it. (A Reshape may follow the
    Tanh.) Its layers are shared, with their names. Raises ValueError for a G that does not end in Tanh."""
    ends = [layer for _, layer in G.leaves() if not isinstance(layer, Reshape | Flatten)]
    if not isinstance(ends[-1], Tanh):
        raise ValueError(f"expected a generator that ends in Tanh, got one that ends in {type(ends[-1]).__name__}")
    return G.rebuilt(lambda name, layer: Identity() if layer is ends[-1] else layer)


def attending(network: Layer, rows: int, x: np.ndarray, given: dict | None = None, *,
              rng: np.random.Generator | None = None) -> Sequential:  # fmt: skip
    """A network with self-attention behind the last of its parts whose map has so many rows (Zhang et al. 2019,
    arXiv:1805.08318: "feat 32" and so on). x: a sample or two of its input, given: their conditions. Raises ValueError
    for a number of rows that no map has.
    """
    parts, maps = network.parts(), []
    for i, (_, layer) in enumerate(parts[:-1], start=1):
        x, given = layer.apply(x, training=False, given=given)[0], layer.hand_on(given)
        maps += [(i, x.shape[1], x.shape[3])] if x.ndim == 4 else []
    places = [(at, channels) for at, height, channels in maps if height == rows]
    if not maps:
        raise ValueError("--attention is for networks with maps inside, and these have none; use --preset dcgan, or "
                         "leave it out")  # fmt: skip
    if not places:
        heights = sorted({height for _, height, _ in maps})
        both = heights[:-1] or heights  # G's largest maps are as large as the image, which is no map inside D
        near, known = min(both, key=lambda height: abs(height - rows)), ", ".join(map(str, heights))
        raise ValueError(f"--attention expected the rows of a map inside the networks ({known}), got {rows}; try "
                         f"--attention {near}, or 0 for none")  # fmt: skip
    at, channels = places[-1]
    return Sequential(*parts[:at], ("attention", self_attention(channels, rng=rng)), *parts[at:])


def virtually_normalised(G: Layer, reference: np.ndarray, given: dict | None = None) -> WithReference:
    """G with virtual batch norm in place of batch norm (Salimans et al. 2016, section 3.5). reference: a batch of noise
    (R, z_dim), R at least 2, drawn once. given: its conditions, for a G that needs any. Both are part of G's state.
    Raises ValueError for a G without batch norm."""
    if not any(isinstance(layer, BatchNorm) for _, layer in G.leaves()):
        names = [name for name, _ in G.leaves()]
        raise ValueError(f"virtual batch norm takes the place of batch norm, and this G has none: {names}")

    def change(name: str, layer: Layer) -> Layer:
        if not isinstance(layer, BatchNorm):
            return layer
        if type(layer) is not BatchNorm:
            raise ValueError(f"layer {name!r} is a batch norm of its own kind, {type(layer).__name__}; "
                             "virtual batch norm would do without what it adds")  # fmt: skip
        return VirtualBatchNorm(layer.channels, len(reference), eps=layer.eps, slope=layer.slope)

    return WithReference(G.rebuilt(change), reference, given)


def own_name(name: str) -> str:
    """The last part of a name with dots; "layer" for a single layer, which has no name."""
    return name.rpartition(".")[2] or "layer"
