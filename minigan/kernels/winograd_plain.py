"""The plain twin of winograd.py and transforms.py: matrices from their definition, transforms as matrix products.

It computes one tile of one phase at a time. Strides are treated as in winograd.py, by the plan of each axis.
"""

from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from minigan.kernels.geometry import Pads, Pair, output_sizes
from minigan.kernels.transforms import a, b
from minigan.kernels.winograd import plan


def matrices() -> tuple[ndarray, ndarray, ndarray]:
    """A (6, 4), B (6, 6) and G (6, 3) of F(4, 3) with the points 0, a, -a, b, -b and infinity."""
    points = [0.0, a, -a, b, -b]
    M = np.poly(points)  # coefficients of M(t) = product of (t - p), highest power first
    A = np.array([[p**k for k in range(4)] for p in points] + [[0, 0, 0, 1]])
    slope = [np.polyval(np.polyder(M), p) for p in points]
    G = np.array([[p**k / s for k in range(3)] for p, s in zip(points, slope, strict=True)] + [[0, 0, 1]])
    Bt = np.array([[*np.polydiv(M, [1, -p])[0][::-1], 0] for p in points] + [M[::-1]])
    return A, Bt.T, G


def windows(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads, small_size: Pair) -> Iterator[tuple]:
    """For each tile of each phase: its (rows, size) and (columns, size) in x, the same in dy, and its taps.

    Rows and columns may lie outside of the image.
    """
    p = plan(x_shape[1], x_shape[2], w_shape[0], w_shape[1], stride, padding)
    for ph, pw in np.ndindex(*stride):
        for th, tw in np.ndindex(*p.tiles):
            h = p.first[0][ph] + stride[0] * (4 * th + np.arange(4))
            w = p.first[1][pw] + stride[1] * (4 * tw + np.arange(4))
            oh, ow = p.start[0] + 4 * th + np.arange(6), p.start[1] + 4 * tw + np.arange(6)
            yield (
                [(h, x_shape[1]), (w, x_shape[2])],
                [(oh, small_size[0]), (ow, small_size[1])],
                (p.tap[0][ph], p.tap[1][pw]),
            )


def fetch(image: ndarray, places: list) -> ndarray:
    """image[:, rows, columns], 0 outside of the image."""
    (h, H), (w, W) = places
    out = np.zeros((image.shape[0], len(h), len(w), image.shape[3]), image.dtype)
    for i, j in np.ndindex(len(h), len(w)):
        if 0 <= h[i] < H and 0 <= w[j] < W:
            out[:, i, j] = image[:, h[i], w[j]]
    return out


def put_added(image: ndarray, places: list, tile: ndarray) -> None:
    """The adjoint of fetch."""
    (h, H), (w, W) = places
    for i, j in np.ndindex(len(h), len(w)):
        if 0 <= h[i] < H and 0 <= w[j] < W:
            image[:, h[i], w[j]] += tile[:, i, j]


def taps_of(w: ndarray, taps: tuple) -> ndarray:
    """The taps of a phase of w, (3, 3, C, F); 0 where the phase has none."""
    g = np.zeros((3, 3, *w.shape[2:]), w.dtype)
    for i, j in np.ndindex(3, 3):
        if taps[0][i] >= 0 and taps[1][j] >= 0:
            g[i, j] = w[taps[0][i], taps[1][j]]
    return g


def both(matrix: ndarray, tile: ndarray, axes: Pair) -> ndarray:
    """matrix tile matrix^T, over two axes of tile."""
    for axis in axes:
        tile = np.moveaxis(np.tensordot(matrix.astype(tile.dtype), tile, (1, axis)), 0, axis)
    return tile


def conv2d_input_grad(dy: ndarray, w: ndarray, x_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """dx = At [(G g Gt) (Bt d B)] A."""
    (A, B, G), dx = matrices(), np.zeros(x_shape, dy.dtype)
    for big, small, taps in windows(x_shape, w.shape, stride, padding, dy.shape[1:3]):
        v, u = both(B.T, fetch(dy, small), (1, 2)), both(G, taps_of(w, taps), (0, 1))
        put_added(dx, big, both(A.T, np.einsum("nijf,ijcf->nijc", v, u), (1, 2)))
    return dx


def conv2d(x: ndarray, w: ndarray, stride: Pair, padding: Pads) -> ndarray:
    """The transpose of each line of conv2d_input_grad, in reverse order."""
    A, B, G = matrices()
    y = np.zeros((len(x), *output_sizes(x.shape, w.shape, stride, padding), w.shape[3]), x.dtype)
    for big, small, taps in windows(x.shape, w.shape, stride, padding, y.shape[1:3]):
        m, u = both(A, fetch(x, big), (1, 2)), both(G, taps_of(w, taps), (0, 1))
        put_added(y, small, both(B, np.einsum("nijc,ijcf->nijf", m, u), (1, 2)))
    return y


def conv2d_weight_grad(x: ndarray, dy: ndarray, w_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """The adjoint of conv2d_input_grad with respect to w."""
    (A, B, G), dw = matrices(), np.zeros(w_shape, x.dtype)
    for big, small, taps in windows(x.shape, w_shape, stride, padding, dy.shape[1:3]):
        m, v = both(A, fetch(x, big), (1, 2)), both(B.T, fetch(dy, small), (1, 2))
        dg = both(G.T, np.einsum("nijc,nijf->ijcf", m, v), (0, 1))
        for i, j in np.ndindex(3, 3):
            if taps[0][i] >= 0 and taps[1][j] >= 0:
                dw[taps[0][i], taps[1][j]] += dg[i, j]
    return dw
