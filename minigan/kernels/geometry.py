"""How large the output of a convolution is, and where its windows lie."""

from collections.abc import Iterator

import numpy as np

Pair = tuple[int, int]  # (height, width)
Pads = tuple[Pair, Pair]  # ((top, bottom), (left, right))


def output_size(size: int, kernel: int, stride: int, padding: Pair) -> int:
    """How many windows fit along one axis: floor((size + before + after - kernel) / stride) + 1."""
    return (size + padding[0] + padding[1] - kernel) // stride + 1


def output_sizes(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads) -> Pair:
    """(OH, OW) of images (N, H, W, C) under a kernel (KH, KW, C, F)."""
    return tuple(output_size(*axis) for axis in zip(x_shape[1:3], w_shape[:2], stride, padding, strict=True))


def windows(x_shape: tuple, kernel: Pair, size: Pair, stride: Pair, padding: Pads) -> Iterator[tuple]:
    """Each (n, i, j, p, q, row, column) with row = i*sh + p - top and column = j*sw + q - left inside of the image.

    Images (N, H, W, C), a kernel (KH, KW), outputs of size (OH, OW).
    """
    (sh, sw), ((top, _), (left, _)) = stride, padding
    for n, i, j, p, q in np.ndindex(x_shape[0], *size, *kernel):
        row, column = i * sh + p - top, j * sw + q - left
        if 0 <= row < x_shape[1] and 0 <= column < x_shape[2]:
            yield n, i, j, p, q, row, column
