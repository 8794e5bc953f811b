"""Marking of exercise 09: shapes, a DCGAN generator, a walk on the sphere."""

import numpy as np

from minigan.layers import BatchNorm, Conv2DTranspose, Dense, LeakyReLU, Reshape, Sequential, Tanh
from minigan.lessons.marking import Task, Wrong, same_count, same_shape, same_values


def after_conv(student):
    """Even sizes, then odd ones."""
    for size, stride, expected in ((16, 2, 8), (8, 1, 8), (7, 2, 4), (10, 3, 4)):
        hint = (
            f"at places 0, {stride}, {2 * stride}, ... of {size} the kernel sits: how many are that, the last included?"
        )
        same_count(student.size_after_conv(size, stride), expected, f"size_after_conv({size}, {stride})", hint)


def after_transposed(student):
    """The adjoint of the above."""
    for size, stride, expected in ((4, 2, 8), (8, 2, 16), (5, 3, 15), (6, 1, 6)):
        hint = "how many places of the output does one place of the input stand for?"
        suspects = {
            'is that with "same" padding, or without any?': (size - 1) * stride + 4,
            "does a transposed convolution make a map smaller or larger?": -(-size // stride),
        }
        got = student.size_after_transposed(size, stride)
        same_count(got, expected, f"size_after_transposed({size}, {stride})", hint, suspects=suspects)


def layers(student):
    """The list of layers: kinds, shapes on the way, where batch norm stands, and biases."""
    for size, channels in ((16, 1), (20, 3)):
        found = student.generator_layers(size, channels, 5, np.random.default_rng(0))
        if not isinstance(found, list | tuple) or not found:
            raise Wrong(
                "a list of layers is asked for: what does the function return?", f"it is a {type(found).__name__}"
            )
        end_in_tanh(found)
        shapes_on_the_way(found, size, channels)
        where_the_norms_stand(found)
        kinds = [type(layer).__name__ for layer in found]
        expected = [kind.__name__ for kind in ORDER]
        if kinds != expected:
            at = next((k for k, (one, two) in enumerate(zip(kinds, expected, strict=False)) if one != two), len(kinds))
            raise Wrong(f"what should layer {at} of the list do (counted from 0)?", "your list: " + ", ".join(kinds))
        y, _ = Sequential(*found).forward(np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32))
        same_shape(y, (3, size, size, channels), "the images")


ORDER = (
    Dense, BatchNorm, LeakyReLU, Reshape, Conv2DTranspose, BatchNorm, LeakyReLU, Conv2DTranspose, Tanh,
)  # fmt: skip


def end_in_tanh(found):
    """The last layer keeps the images in [-1, 1]."""
    if not isinstance(found[-1], Tanh):
        raise Wrong(
            "real images lie in [-1, 1]: what keeps the generator's there?",
            f"the last layer is a {type(found[-1]).__name__}",
        )


def shapes_on_the_way(found, size, channels):
    """Each layer takes what the one before it gives, and the last gives the image."""
    shape = (5,)
    for k, layer in enumerate(found):
        before = shape
        try:
            shape = tuple(layer.output_shape(shape))
        except ValueError as error:
            raise Wrong(
                "what shape does the layer before hand on, and what does this one take?",
                f"layer {k}, {type(layer).__name__}, after {before}: {error}",
            ) from None
    if shape != (size, size, channels):
        raise Wrong(
            "two layers of stride 2 follow the first map: by how much do they enlarge it, and how large must it be?",
            f"for image_size={size} the last layer gives {shape}",
        )


def where_the_norms_stand(found):
    """After each layer with weights but the last; and no bias before one."""
    weighted = [k for k, layer in enumerate(found) if isinstance(layer, Dense | Conv2DTranspose)]
    for k in weighted:
        followed = isinstance(found[k + 1], BatchNorm)
        if k == weighted[-1] and followed:
            raise Wrong(
                "may each image choose its own brightness if a batch norm stands at the generator's end?",
                f"layer {k + 1} is a BatchNorm, before {type(found[k + 2]).__name__}",
            )
        if k != weighted[-1] and not followed:
            raise Wrong(
                "what does DCGAN put between a layer with weights and its activation?",
                f"layer {k}, {type(found[k]).__name__}, is followed by {type(found[k + 1]).__name__}",
            )
        if followed and "b" in found[k].params:
            raise Wrong(
                "what becomes of a bias when the batch norm behind it takes the mean away?",
                f"layer {k}, {type(found[k]).__name__}, has a bias",
            )
        if not followed and "b" not in found[k].params:
            raise Wrong(
                "no batch norm stands behind the last layer: what moves its mean, then?", f"layer {k} has no bias"
            )


def on_the_sphere(student):
    """A quarter turn in three stops, which can be followed by hand; then two vectors at any angle."""
    root = np.sqrt(0.5)
    straight = {
        "how long is the vector in the middle, and how long are those at the ends?": [[1, 0], [0.5, 0.5], [0, 1]]
    }
    one, two = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    hint = "where does the walk begin, where does it end, and what is half of the right angle between?"
    same_values(student.walk(one, two, 3), [[1, 0], [root, root], [0, 1]], "walk((1, 0), (0, 1), 3)", hint,
                suspects=straight)  # fmt: skip
    rng = np.random.default_rng(0)
    one, two = rng.standard_normal((2, 6))
    cosine = one @ two / np.linalg.norm(one) / np.linalg.norm(two)
    expected = np.stack([sphere(one, two, cosine, t) for t in np.linspace(0, 1, 5)])
    suspects = {
        "your vectors are not of length 1: what is the cosine of the angle between them?": np.stack(
            [sphere(one, two, np.clip(one @ two, -1 + 1e-12, 1 - 1e-12), t) for t in np.linspace(0, 1, 5)]
        ),
    }
    hint = "what is the angle between two vectors of any length?"
    same_values(student.walk(one, two, 5), expected, "walk", hint, suspects=suspects)


def sphere(one, two, cosine, t):
    """One stop of the walk, with the angle's cosine given."""
    omega = np.arccos(cosine)
    return (np.sin((1 - t) * omega) * one + np.sin(t * omega) * two) / np.sin(omega)


TITLE = "DCGAN draws digits"
TASKS = [
    Task("size_after_conv", "the side of a map after a convolution", after_conv),
    Task("size_after_transposed", "the side of a map after a transposed convolution", after_transposed),
    Task("generator_layers", "a DCGAN generator as a list of layers", layers),
    Task("walk", "a spherical walk between two noise vectors", on_the_sphere),
]
