"""In which order the twin holds features.

A vector that comes from an image, or becomes one, has the order of the image's entries. Ours is (H, W, C); PyTorch's is
(C, H, W), and mirrored. So the rows and columns of the dense layers beside it change places. An `order` says where the
twin's entries are in ours: twin[t] = ours[order[t]]. None is the same order.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minigan.layers import (
    Attend,
    BatchNorm,
    Concat,
    ConditionalBatchNorm,
    Fade,
    Gain,
    Identity,
    InstanceNoise,
    Layer,
    LeakyReLU,
    ModulatedBatchNorm,
    PhaseShuffle,
    PixelNorm,
    ReLU,
    Reshape,
    Sequential,
    Sum,
    Tanh,
    VirtualBatchNorm,
    WithReference,
)
from minigan.layers.virtual_norm import Examples, Reference

CHAINS = (Sequential, WithReference)  # layers one after the other
BRANCHES = (Sum, Concat, Attend)  # layers side by side
NORMS = (BatchNorm, VirtualBatchNorm, ConditionalBatchNorm, ModulatedBatchNorm)
# These leave the order of features as it is.
KEEPS = (*NORMS, LeakyReLU, ReLU, Tanh, InstanceNoise, Reference, Examples, Identity, Gain, PhaseShuffle, Fade,
         PixelNorm)  # fmt: skip


class Place(NamedTuple):
    """What comes in at a layer: the shape of a sample, the order of its features, whether it may be overwritten."""

    shape: tuple
    order: np.ndarray | None = None
    fresh: bool = False


class Wanted(NamedTuple):
    """In a list of the layers that follow: features must come in this order."""

    order: np.ndarray | None


def passes(layer: Layer) -> bool:
    """Whether a Sum has a branch that leaves the order of features as it is, such as a skip."""
    branches = layer.layers.values() if type(layer) is Sum else ()
    return any(all(type(leaf) in KEEPS for _, leaf in branch.leaves()) for branch in branches)


def order_after(following: list) -> np.ndarray | None:
    """In which order the twin holds features that go into the layers `following`: that of the image they become."""
    if not following:
        return None
    layer, *rest = following
    if type(layer) is Wanted:
        return layer.order
    if type(layer) is Reshape and len(layer.shape) > 1:
        return image_order(layer.shape)
    if type(layer) in CHAINS:
        return order_after([*layer.layers.values(), *rest])
    if type(layer) in BRANCHES:
        asked = (order_after([branch]) for branch in layer.layers.values())
        order = next((order for order in asked if order is not None), None)
        return order_after(rest) if order is None and passes(layer) else order
    return order_after(rest) if type(layer) in KEEPS else None


def image_order(shape: tuple) -> np.ndarray:
    """Our place, in (H, W, C) or (T, C), of each entry of the mirrored image or signal in PyTorch's order (C, H, W) or
    (C, T)."""
    places = np.arange(int(np.prod(shape))).reshape(shape)
    return np.moveaxis(np.flip(places, range(len(shape) - 1)), -1, 0).reshape(-1)


def numbers(order: np.ndarray | None, shape: tuple) -> np.ndarray:
    """The order of features of `shape` as an array."""
    return np.arange(shape[-1]) if order is None else order


def same_order(one: np.ndarray | None, two: np.ndarray | None, shape: tuple) -> bool:
    """Whether two orders of features of `shape` are the same. Images have one order alone."""
    return len(shape) != 1 or np.array_equal(numbers(one, shape), numbers(two, shape))


def concatenated(ends: list[Place]) -> np.ndarray | None:
    """The order of features side by side."""
    if all(end.order is None for end in ends):
        return None
    starts = np.cumsum([0, *(end.shape[-1] for end in ends)])
    return np.concatenate([start + numbers(end.order, end.shape) for start, end in zip(starts, ends, strict=False)])


def reordered(order: np.ndarray | None) -> Callable:
    """The function that brings a vector of features into the twin's order."""
    return np.copy if order is None else lambda vector: vector[order]


def columns_reordered(order: np.ndarray | None) -> Callable:
    """The function that brings the columns of a matrix (rows, features) into the twin's order."""
    return lambda matrix: np.ascontiguousarray(reordered(order)(matrix.T).T)
