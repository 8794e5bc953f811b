"""The PyTorch twin of a minigan network: the same layers and the same weights, in its words and its layout.

    described = describe(D, (32, 32, 1))          # minigan layers -> kinds of torch.nn, options, arrays

What it plays by is in `rules`, and how it plays in `game`.

PyTorch pads both sides alike; TensorFlow's "same", which minigan has, puts the odd row below: a 5x5 kernel of stride 2
on an even size has the pads (top, bottom) = (1, 2). Padding by hand would cost PyTorch time, so the twin lives in the
mirror. Turn the images and the kernels about, in height and width, and the pads become (bottom, top) = (2, 1); the last
of PyTorch's two rows below is then met by no window, and padding = 2 is exact. For a transposed convolution
the pads crop, and the row that is cropped too much below comes back as output_padding = bottom - top. A 1x1 kernel of
stride 2 on an even size has no pads, and leaves out the last row: in the mirror the first one, which is cropped.
"""

from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

import numpy as np

from minigan.bench.torch.kinds import TWINS
from minigan.bench.torch.order import (
    BRANCHES,
    CHAINS,
    NORMS,
    Place,
    Wanted,
    concatenated,
    order_after,
    passes,
    same_order,
)
from minigan.layers import (
    Attend,
    Concat,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Equalised,
    Layer,
    LeakyReLU,
    MaxoutDense,
    SharedCondition,
    SpectralNorm,
    Sum,
)
from minigan.layers.combine.base import joined_name, raise_named

# What comes out of these may be overwritten in place: nobody else reads it.
FRESH = ("Linear", "Conv2d", "CroppedConv2d", "ConvTranspose2d", "Conv1d", "ConvTranspose1d", "BatchNorm1d",
         "BatchNorm2d", "VirtualBatchNorm", "ConditionalBatchNorm", "ModulatedBatchNorm", "Attend", "EqualisedLinear",
         "EqualisedConv2d", "Fade")  # fmt: skip


class Module(NamedTuple):
    """One module of the twin.

    name, kind, options: as PyTorch has them; the module "a.b" is in the module "a". ours: the name and the layer here
    that it is made of. layouts: {key of ours: (twin's key, function to the twin's layout)}.
    """

    name: str
    kind: str
    options: dict[str, Any]
    layouts: dict[str, tuple[str, Callable]]
    ours: tuple[str, Layer]
    spectral_norm: bool = False


def describe(network: Layer, input_shape: tuple) -> list[dict]:
    """A network of minigan, for samples of `input_shape` -> a list of dicts, one for each module: "name", "kind" (of
    torch.nn or of `layers`), "options", "arrays", by the twin's names and in its layout, and "spectral_norm": whether
    to wrap it. A module stands behind the one that it is in.

    Raises ValueError for a layer that has no twin, or a padding that the mirror does not make symmetric.
    """
    described = {}
    for name, kind, options, layouts, (_, layer), wrapped in walk(network, input_shape):
        if name in described:
            raise ValueError(f"the twin has two modules of the name {name!r}; give that layer another name")
        own = {**layer.params, **layer.state} if layouts else {}
        arrays = {twin_key: to_twin(own[key]) for key, (twin_key, to_twin) in layouts.items()}
        described[name] = {"name": name, "kind": kind, "options": options, "arrays": arrays, "spectral_norm": wrapped}
    return list(described.values())


def walk(network: Layer, input_shape: tuple) -> Iterator[Module]:
    """The modules of a network's twin."""
    yield from chain(network, Place(tuple(input_shape)), [], "", "")


# Each of the generators that follow yields Modules and returns the Place behind them. following: the layers of minigan
# that come after. name: the twin's; own_name: ours.


def chain(layer: Layer, place: Place, following: list, name: str, own_name: str) -> Generator[Module, None, Place]:
    """The modules of layers one after the other, which PyTorch has in a Sequential `name`."""
    parts = layer.parts()  # a single layer is a chain of itself
    for i, (key, part) in enumerate(parts):
        after = [later for _, later in parts[i + 1 :]] + following
        own = own_name if part is layer else joined_name(own_name, key)
        place = yield from modules(part, place, after, joined_name(name, key), own)
    return place


def modules(layer: Layer, place: Place, following: list, name: str, own_name: str) -> Generator[Module, None, Place]:
    """The modules of one layer."""
    if type(layer) in CHAINS:
        yield Module(name, "Sequential", {}, {}, (own_name, layer))
        return (yield from chain(layer, place, following, name, own_name))
    if type(layer) in BRANCHES:
        yield Module(name, type(layer).__name__, {}, {}, (own_name, layer))
        return (yield from side_by_side(layer, place, following, name, own_name))
    if type(layer) is SharedCondition:
        yield Module(name, "SharedCondition", {"first": layer.first}, {}, (own_name, layer))
        return (yield from conditioned(layer, place, following, name, own_name))
    wrapped = type(layer) is SpectralNorm
    pieces = apart(layer.layer if wrapped else layer)
    for i, (suffix, piece) in enumerate(pieces):
        after = [later for _, later in pieces[i + 1 :]] + following
        try:
            if type(piece) not in TWINS:
                known = ", ".join(kind.__name__ for kind in TWINS)
                raise ValueError(f"{type(piece).__name__} has no PyTorch twin here; there are twins of {known}")
            kind, options, layouts, order = TWINS[type(piece)](piece, place, after)
        except ValueError as error:
            raise_named(error, own_name)
        yield Module(name + suffix, kind, options, layouts, (own_name, piece), wrapped and bool(layouts))
        place = Place(shape_after(piece, place.shape), order, kind in FRESH)
    return place


def shape_after(layer: Layer, shape: tuple) -> tuple:
    """The shape of a sample behind a layer; a norm that is told more than labels keeps it."""
    if type(layer) in NORMS:
        return shape
    n = layer.pack_size
    y, _ = layer.apply(np.zeros((n, *shape), np.float32), training=False, given={"labels": np.zeros(n, int)})
    return y.shape[1:]


def conditioned(
    layer: SharedCondition, place: Place, following: list, name: str, own_name: str
) -> Generator[Module, None, Place]:
    """The modules of a SharedCondition: its embedding, and a Sequential for its body."""
    parts = {key: (joined_name(name, key), joined_name(own_name, key)) for key in layer.layers}
    yield from modules(layer.layers["embedding"], place, [], *parts["embedding"])
    body = layer.layers["body"]
    yield Module(parts["body"][0], "Sequential", {}, {}, (parts["body"][1], body))
    return (yield from chain(body, Place((layer.first,)), following, *parts["body"]))


def side_by_side(
    layer: Layer, place: Place, following: list, name: str, own_name: str
) -> Generator[Module, None, Place]:
    """The modules of a Sum, a Concat or an Attend: a Sequential for each branch."""
    wanted = place.order if passes(layer) else order_after(following)
    after, ends = [Wanted(wanted)] if type(layer) is Sum else [], []
    for key, branch in layer.layers.items():
        names = joined_name(name, key), joined_name(own_name, key)
        yield Module(names[0], "Sequential", {}, {}, (names[1], branch))
        ends.append((yield from chain(branch, place._replace(fresh=False), after, *names)))
    if type(layer) is Attend:
        return Place((*ends[0].shape[:-1], ends[-1].shape[-1]), None, True)
    if type(layer) is Concat:
        return Place((*ends[0].shape[:-1], sum(end.shape[-1] for end in ends)), concatenated(ends), True)
    if not all(same_order(end.order, ends[0].order, end.shape) for end in ends):
        raise ValueError(f"layer {own_name!r}: a Sum of features in several orders has no PyTorch twin here; end "
                         "each branch in a Dense")  # fmt: skip
    return Place(ends[0].shape, ends[0].order, len(ends) > 1)


def apart(layer: Layer) -> list[tuple[str, Layer]]:
    """The (suffix of the name, layer) pairs that PyTorch has for one of ours: a MaxoutDense is two, and so is a layer
    with a LeakyReLU in it."""
    if type(layer) is MaxoutDense:
        dense, maxout = layer.apart()
        return [("", dense), ("_maxout", maxout)]
    bare = layer.layer if type(layer) is Equalised else layer
    if type(bare) in (Dense, Conv2D, Conv2DTranspose, Conv1D, Conv1DTranspose, *NORMS) and bare.slope != 1:
        return [("", layer), ("_leaky", LeakyReLU(bare.slope))]
    return [("", layer)]
