"""Exercise 09: a generator for images of any size, and a walk through its noise.

    minigan exercise check ex09 work        (work: the folder that this file is in)

Tutorial 09 derives all of it. The layers are the library's.
"""

import numpy as np  # noqa: F401

from minigan.layers import BatchNorm, Conv2DTranspose, Dense, LeakyReLU, Reshape, Tanh  # noqa: F401


def size_after_conv(size, stride):
    """The side of a map after a Conv2D with "same" padding -> a whole number. `size` may be odd."""
    raise NotImplementedError("size_after_conv is still to be written")


def size_after_transposed(size, stride):
    """The side of a map after a Conv2DTranspose with "same" padding -> a whole number."""
    raise NotImplementedError("size_after_transposed is still to be written")


def generator_layers(image_size, channels, z_dim, rng):
    """A list of layers from noise (N, z_dim) to images (N, image_size, image_size, channels) in [-1, 1].

    Dense to a first map with 32 channels, at a quarter of the image's side; then two Conv2DTranspose of kernel 4 and
    stride 2, the first to 16 channels. LeakyReLU(0.2) after all but the last layer with weights. Batch norm where DCGAN
    has it, and no bias where it would be lost. Give rng=rng to every layer with weights. image_size: a multiple of 4.
    """
    raise NotImplementedError("generator_layers is still to be written")


def walk(z0, z1, count):
    """The spherical walk from z0 (d,) to z1 (d,) in `count` stops, both ends among them -> (count, d)."""
    raise NotImplementedError("walk is still to be written")
