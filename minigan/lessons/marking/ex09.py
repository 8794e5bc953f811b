"""Marking of exercise 09: shapes, a DCGAN generator, a walk on the sphere."""

from collections.abc import Sequence

import numpy as np

from minigan.layers import BatchNorm, Conv2DTranspose, Dense, LeakyReLU, Reshape, Sequential, Tanh
from minigan.lessons.marking import Student, Task, Wrong, same_count, same_shape, same_values


def after_conv(student: Student) -> None:
    """Even sizes, then odd ones."""
    for size, stride, expected in ((16, 2, 8), (8, 1, 8), (7, 2, 4), (10, 3, 4)):
        hint = f"the kernel sits at 0, {stride}, {2 * stride}, ... of {size}: how many are that, the last included?"
        same_count(student.size_after_conv(size, stride), expected, f"size_after_conv({size}, {stride})", hint)


def after_transposed(student: Student) -> None:
    """The adjoint of the above."""
    for size, stride, expected in ((4, 2, 8), (8, 2, 16), (5, 3, 15), (6, 1, 6)):
        got, what = student.size_after_transposed(size, stride), f"size_after_transposed({size}, {stride})"
        same_count(got, expected, what, suspects={
            'is that with "same" padding, or without any?': (size - 1) * stride + 4,
            "does a transposed convolution make a map smaller or larger?": -(-size // stride),
        }, hint="how many places of the output does one place of the input stand for?")  # fmt: skip


ORDER = [Dense, BatchNorm, LeakyReLU, Reshape, Conv2DTranspose, BatchNorm, LeakyReLU, Conv2DTranspose, Tanh]


def layers(student: Student) -> None:
    """The list of layers: kinds, shapes on the way, where batch norm stands, and biases."""
    for size, channels in ((16, 1), (20, 3)):
        found = student.generator_layers(size, channels, 5, np.random.default_rng(0))
        if not isinstance(found, list | tuple) or not found:
            raise Wrong("a list of layers is asked for: what does the function return?", f"it is a {kind(found)}")
        if not isinstance(found[-1], Tanh):
            raise Wrong("real images lie in [-1, 1]: what keeps the generator's there?",
                        f"the last layer is a {kind(found[-1])}")  # fmt: skip
        shapes_on_the_way(found, size, channels)
        where_the_norms_stand(found)
        kinds, expected = [kind(layer) for layer in found], [layer.__name__ for layer in ORDER]
        if kinds != expected:
            at = next((k for k, (one, two) in enumerate(zip(kinds, expected, strict=False)) if one != two), len(kinds))
            raise Wrong(f"what should layer {at} of the list do (counted from 0)?", "your list: " + ", ".join(kinds))
        y, _ = Sequential(*found).forward(np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32))
        same_shape(y, (3, size, size, channels), "the images")


def kind(thing: object) -> str:
    return type(thing).__name__


def shapes_on_the_way(found: Sequence, size: int, channels: int) -> None:
    """Each layer takes what the one before it gives, and the last gives the image."""
    shape = (5,)
    for k, layer in enumerate(found):
        before = shape
        try:
            shape = tuple(layer.output_shape(shape))
        except ValueError as error:
            raise Wrong("what shape does the layer before hand on, and what does this one take?",
                        f"layer {k}, {kind(layer)}, after {before}: {error}") from None  # fmt: skip
    if shape != (size, size, channels):
        raise Wrong("two layers of stride 2 follow the first map: by how much do they enlarge it, and how large must "
                    "it be?", f"for image_size={size} the last layer gives {shape}")  # fmt: skip


def where_the_norms_stand(found: Sequence) -> None:
    """After each layer with weights but the last; and no bias before one."""
    weighted = [k for k, layer in enumerate(found) if isinstance(layer, Dense | Conv2DTranspose)]
    for k in weighted:
        layer, after, biased = f"layer {k}, {kind(found[k])},", found[k + 1], "b" in found[k].params
        followed = isinstance(after, BatchNorm)
        if k == weighted[-1] and followed:
            raise Wrong("may each image choose its own brightness if a batch norm stands at the generator's end?",
                        f"layer {k + 1} is a BatchNorm, before {kind(found[k + 2])}")  # fmt: skip
        if k != weighted[-1] and not followed:
            raise Wrong("what does DCGAN put between a layer with weights and its activation?",
                        f"{layer} is followed by {kind(after)}")  # fmt: skip
        if followed and biased:
            raise Wrong("what becomes of a bias when the batch norm behind it takes the mean away?",
                        f"{layer} has a bias")  # fmt: skip
        if not followed and not biased:
            raise Wrong("no batch norm stands behind the last layer: what moves its mean, then?", f"{layer} has none")


def on_the_sphere(student: Student) -> None:
    """A quarter turn in three stops, which can be followed by hand; then two vectors at any angle."""
    root, one, two = np.sqrt(0.5), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    same_values(student.walk(one, two, 3), [one, [root, root], two], "walk((1, 0), (0, 1), 3)", suspects={
        "how long is the vector in the middle, and how long are those at the ends?": [one, [0.5, 0.5], two],
    }, hint="where does the walk begin, where does it end, and what is half of the right angle between?")  # fmt: skip
    one, two = np.random.default_rng(0).standard_normal((2, 6))
    cosine = one @ two / np.linalg.norm(one) / np.linalg.norm(two)
    same_values(student.walk(one, two, 5), walked(one, two, cosine), "walk", suspects={
        "your vectors are not of length 1: what is the cosine of the angle between them?":
            walked(one, two, np.clip(one @ two, -1 + 1e-12, 1 - 1e-12)),
    }, hint="what is the angle between two vectors of any length?")  # fmt: skip


def walked(one: np.ndarray, two: np.ndarray, cosine: float) -> np.ndarray:
    """Five stops of the walk, with the angle's cosine given."""
    omega, t = np.arccos(cosine), np.linspace(0, 1, 5)[:, None]
    return (np.sin((1 - t) * omega) * one + np.sin(t * omega) * two) / np.sin(omega)


TITLE = "DCGAN draws digits"
TASKS = [
    Task("size_after_conv", "the side of a map after a convolution", after_conv),
    Task("size_after_transposed", "the side of a map after a transposed convolution", after_transposed),
    Task("generator_layers", "a DCGAN generator as a list of layers", layers),
    Task("walk", "a spherical walk between two noise vectors", on_the_sphere),
]
