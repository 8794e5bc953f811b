"""Winograd convolution without speed: the matrices from their definition, the transforms as matrix products.

The twin of winograd.py and transforms.py. Everything is one tile at a time, for one phase: strides are read as in
winograd.py, through the plan of each axis.
"""

import numpy as np

from minigan.kernels.transforms import a, b
from minigan.kernels.winograd import plan


def matrices():
    """A (6, 4), B (6, 6) and G (6, 3) of F(4, 3) with the points 0, a, -a, b, -b and infinity."""
    points = [0.0, a, -a, b, -b]
    M = np.poly(points)  # coefficients of M(t) = product of (t - p), highest power first
    A = np.array([[p**k for k in range(4)] for p in points] + [[0, 0, 0, 1]])
    slope = [np.polyval(np.polyder(M), p) for p in points]
    G = np.array([[p**k / s for k in range(3)] for p, s in zip(points, slope, strict=True)] + [[0, 0, 1]])
    Bt = np.array([[*np.polydiv(M, [1, -p])[0][::-1], 0] for p in points] + [M[::-1]])
    return A, Bt.T, G


def windows(x_shape, w_shape, stride, padding, small_size):
    """Every tile of every phase: (rows of x, columns of x, rows of dy, columns of dy, taps), outside ones masked."""
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


def fetch(image, places):
    """image[:, rows, columns], zero where a row or a column is outside."""
    (h, H), (w, W) = places
    out = np.zeros((image.shape[0], len(h), len(w), image.shape[3]), image.dtype)
    for i, j in np.ndindex(len(h), len(w)):
        if 0 <= h[i] < H and 0 <= w[j] < W:
            out[:, i, j] = image[:, h[i], w[j]]
    return out


def put_added(image, places, tile):
    """The adjoint of fetch."""
    (h, H), (w, W) = places
    for i, j in np.ndindex(len(h), len(w)):
        if 0 <= h[i] < H and 0 <= w[j] < W:
            image[:, h[i], w[j]] += tile[:, i, j]


def taps_of(w, taps):
    """The 3x3 taps of a phase as (3, 3, C, F), zero where the phase has none."""
    g = np.zeros((3, 3, *w.shape[2:]), w.dtype)
    for i, j in np.ndindex(3, 3):
        if taps[0][i] >= 0 and taps[1][j] >= 0:
            g[i, j] = w[taps[0][i], taps[1][j]]
    return g


def both(matrix, tile, axes):
    """matrix tile matrix^t over two axes of tile."""
    for axis in axes:
        tile = np.moveaxis(np.tensordot(matrix.astype(tile.dtype), tile, (1, axis)), 0, axis)
    return tile


def conv2d_input_grad(dy, w, x_shape, stride, padding):
    """dx = At [(G g Gt) (Bt d B)] A."""
    (A, B, G), dx = matrices(), np.zeros(x_shape, dy.dtype)
    for big, small, taps in windows(x_shape, w.shape, stride, padding, dy.shape[1:3]):
        v, u = both(B.T, fetch(dy, small), (1, 2)), both(G, taps_of(w, taps), (0, 1))
        put_added(dx, big, both(A.T, np.einsum("nijf,ijcf->nijc", v, u), (1, 2)))
    return dx


def conv2d(x, w, stride, padding):
    """Each line of conv2d_input_grad transposed, in reverse order."""
    (N, H, W, _), (KH, KW, _, F), ((top, bottom), (left, right)) = x.shape, w.shape, padding
    A, B, G = matrices()
    y = np.zeros((N, (H + top + bottom - KH) // stride[0] + 1, (W + left + right - KW) // stride[1] + 1, F), x.dtype)
    for big, small, taps in windows(x.shape, w.shape, stride, padding, y.shape[1:3]):
        m, u = both(A, fetch(x, big), (1, 2)), both(G, taps_of(w, taps), (0, 1))
        put_added(y, small, both(B, np.einsum("nijc,ijcf->nijf", m, u), (1, 2)))
    return y


def conv2d_weight_grad(x, dy, w_shape, stride, padding):
    """The same products, seen from u."""
    (A, B, G), dw = matrices(), np.zeros(w_shape, x.dtype)
    for big, small, taps in windows(x.shape, w_shape, stride, padding, dy.shape[1:3]):
        m, v = both(A, fetch(x, big), (1, 2)), both(B.T, fetch(dy, small), (1, 2))
        dg = both(G.T, np.einsum("nijc,nijf->ijcf", m, v), (0, 1))
        for i, j in np.ndindex(3, 3):
            if taps[0][i] >= 0 and taps[1][j] >= 0:
                dw[taps[0][i], taps[1][j]] += dg[i, j]
    return dw
