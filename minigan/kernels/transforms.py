"""The transforms of Winograd convolution: the six formulas, and the loops that apply them to images and kernels.

winograd.py has the derivation. A formula maps the numbers of a column, each a vector over channels, to other numbers.
`tile_map` compiles it for the columns and then the rows of a tile.

Each loop below copies a tile of an image or a kernel into scratch memory, with zeros outside of the image, and writes
its transform into a matrix that `product` multiplies; or the other way round. Points are numbered 0 ... 35, row by row.
In the matrices the channels are padded to whole vectors.

v and m are flat. A 36th of each holds the T x `width` matrix of a point, and a small gap: all 36 points of a tile are
written at once, and the first-level cache has few places for numbers a multiple of 4096 bytes apart. u has the shape
(phases, 36, rows, columns).
"""

from typing import Any

import numpy as np
from numpy import ndarray

from minigan.kernels.geometry import Pair
from minigan.kernels.machine.compiling import inlined, inner
from minigan.kernels.machine.vectors import REGISTER_BYTES, tile_map

a, b = np.sqrt(0.5).item(), np.sqrt(2.0).item()  # the points are 0, a, -a, b, -b and infinity
aa, bb = a * a, b * b
scale_0, scale_a, scale_b = 1 / (aa * bb), 0.5 / (aa * (aa - bb)), 0.5 / (bb * (bb - aa))  # 1 / M'(0), M'(a), M'(b)


def Bt(d0: Any, d1: Any, d2: Any, d3: Any, d4: Any, d5: Any) -> tuple:
    """The coefficients of M(t) / (t -+ a) = t^4 +- a t^3 - b^2 t^2 -+ a b^2 t, and so on, times d."""
    even_a, odd_a = d4 - bb * d2, a * d3 - a * bb * d1
    even_b, odd_b = d4 - aa * d2, b * d3 - aa * b * d1
    first, last = aa * bb * d0 - (aa + bb) * d2 + d4, aa * bb * d1 - (aa + bb) * d3 + d5
    return first, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, last


def B(v0: Any, v1: Any, v2: Any, v3: Any, v4: Any, v5: Any) -> tuple:
    """The transpose of Bt."""
    sum_a, dif_a, sum_b, dif_b = v1 + v2, v1 - v2, v3 + v4, v3 - v4
    d1 = aa * bb * v5 - a * bb * dif_a - aa * b * dif_b
    d2 = -(aa + bb) * v0 - bb * sum_a - aa * sum_b
    d3 = a * dif_a + b * dif_b - (aa + bb) * v5
    return aa * bb * v0, d1, d2, d3, v0 + sum_a + sum_b, v5


def A(y0: Any, y1: Any, y2: Any, y3: Any) -> tuple:
    """The polynomial y0 + y1 t + y2 t^2 + y3 t^3 at the six points."""
    even_a, odd_a = y0 + aa * y2, a * y1 + a * aa * y3
    even_b, odd_b = y0 + bb * y2, b * y1 + b * bb * y3
    return y0, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, y3


def At(m0: Any, m1: Any, m2: Any, m3: Any, m4: Any, m5: Any) -> tuple:
    """The transpose of A."""
    sum_a, dif_a, sum_b, dif_b = m1 + m2, m1 - m2, m3 + m4, m3 - m4
    return m0 + sum_a + sum_b, a * dif_a + b * dif_b, aa * sum_a + bb * sum_b, a * aa * dif_a + b * bb * dif_b + m5


def G(g0: Any, g1: Any, g2: Any) -> tuple:
    """The polynomial g0 + g1 t + g2 t^2 at the six points, divided by M'."""
    even_a, odd_a = scale_a * g0 + scale_a * aa * g2, scale_a * a * g1
    even_b, odd_b = scale_b * g0 + scale_b * bb * g2, scale_b * b * g1
    return scale_0 * g0, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, g2


def Gt(u0: Any, u1: Any, u2: Any, u3: Any, u4: Any, u5: Any) -> tuple:
    """The transpose of G."""
    sum_a, dif_a, sum_b, dif_b = scale_a * (u1 + u2), u1 - u2, scale_b * (u3 + u4), u3 - u4
    return scale_0 * u0 + sum_a + sum_b, scale_a * a * dif_a + scale_b * b * dif_b, aa * sum_a + bb * sum_b + u5


def identity(number: Any) -> tuple:
    """tile_map makes a copy of it."""
    return (number,)


map_Bt, map_B, map_A = tile_map(Bt, 6), tile_map(B, 6), tile_map(A, 4)
map_At, map_G, map_Gt = tile_map(At, 6), tile_map(G, 3), tile_map(Gt, 6)
copy_vectors = tile_map(identity, 1)


# --- Between an image and a tile in scratch memory ------------------------------------------------------------------
# Entry (i, j) of the tile is the pixel corner + (i, j) * steps of the image, with its channels first ... first + count.
# The tile has `width` channels; the other channels are zeros. Images are flat arrays, and `shape` is (H, W, C).


@inner
def copy(source: ndarray, s: int, target: ndarray, t: int, count: int) -> None:
    """target[t : t + count] = source[s : s + count], for flat arrays."""
    if count % (REGISTER_BYTES // target.itemsize) == 0:
        copy_vectors(source, s, 0, 0, target, t, 0, 0, count)
    else:
        for c in range(count):
            target[t + c] = source[s + c]


@inlined
def clear(tile: ndarray, first: int, last: int) -> None:
    """tile[first : last] = 0."""
    for c in range(first, last):
        tile[c] = 0


@inlined
def inside(shape: tuple, corner: Pair, steps: Pair, size: int) -> bool:
    """Whether the whole tile lies inside the image."""
    far = corner[0] + steps[0] * (size - 1), corner[1] + steps[1] * (size - 1)
    return corner[0] >= 0 and corner[1] >= 0 and far[0] < shape[0] and far[1] < shape[1]


@inner
def columns_inside(W: int, corner: int, step: int, size: int) -> Pair:
    """j0, j1: the columns j0 <= j < j1 of a tile lie inside the image."""
    j0 = min(size, max(0, -(corner // step)))
    return j0, max(j0, min(size, (W - 1 - corner) // step + 1))


@inner
def fetch(
    image: ndarray, shape: tuple, n: int, corner: Pair, steps: Pair, size: int, first: int, count: int, width: int,
    tile: ndarray,
) -> None:  # fmt: skip
    """tile <- size x size pixels of the image, 0 outside of it."""
    H, W, C = shape
    for i in range(size):
        h, at = corner[0] + i * steps[0], i * size * width
        j0, j1 = columns_inside(W, corner[1], steps[1], size) if 0 <= h < H else (0, 0)
        clear(tile, at, at + j0 * width)
        clear(tile, at + j1 * width, at + size * width)
        start = ((n * H + h) * W + corner[1] + j0 * steps[1]) * C + first
        if steps[1] == 1 and C == width:
            copy(image, start, tile, at + j0 * width, (j1 - j0) * width)
            continue
        for j in range(j0, j1):
            copy(image, start + (j - j0) * steps[1] * C, tile, at + j * width, count)
            clear(tile, at + j * width + count, at + (j + 1) * width)


@inner
def put(
    tile: ndarray, image: ndarray, shape: tuple, n: int, corner: Pair, steps: Pair, size: int, first: int, count: int,
    width: int,
) -> None:  # fmt: skip
    """image <- the part of the tile that lies inside it."""
    H, W, C = shape
    j0, j1 = columns_inside(W, corner[1], steps[1], size)
    for i in range(size):
        h = corner[0] + i * steps[0]
        if 0 <= h < H:
            for j in range(j0, j1):
                pixel = (n * H + h) * W + corner[1] + j * steps[1]
                copy(tile, (i * size + j) * width, image, pixel * C + first, count)


@inner
def put_added(tile: ndarray, image: ndarray, shape: tuple, n: int, corner: Pair, size: int, width: int) -> None:
    """image += the part of the tile that lies inside it."""
    H, W, C = shape
    j0, j1 = columns_inside(W, corner[1], 1, size)
    for i in range(max(0, -corner[0]), min(size, H - corner[0])):
        at, start = (i * size + j0) * width, ((n * H + corner[0] + i) * W + corner[1] + j0) * C
        if C == width:
            for q in range((j1 - j0) * C):
                image[start + q] += tile[at + q]
            continue
        for j in range(j1 - j0):
            for c in range(C):
                image[start + j * C + c] += tile[at + j * width + c]


@inlined
def place(t: int, tiles: Pair) -> tuple[int, int, int]:
    """n, down, across: tile t, counted through all images, is tile (down, across) of image n."""
    n, rest = divmod(t, tiles[0] * tiles[1])
    down, across = divmod(rest, tiles[1])
    return n, down, across


# --- The four transforms of images ------------------------------------------------------------------------------------
# t0 ... t1 are tiles, counted through all images. Phase (ph, pw) of x begins at pixel (first[0][ph], first[1][pw]). A
# tile that lies inside the image and fills whole vectors is transformed in place, without the copy.


@inner
def gather(dy: ndarray, start: Pair, tiles: Pair, t0: int, t1: int, tile: ndarray, v: ndarray, width: int) -> None:
    """v[:, t - t0] = Bt d B for the 6x6 windows d of dy, which overlap by two."""
    _, H, W, F = dy.shape
    flat, step = dy.reshape(dy.size), len(v) // 36
    for t in range(t0, t1):
        n, down, across = place(t, tiles)
        corner, target = (start[0] + 4 * down, start[1] + 4 * across), (t - t0) * width
        if F == width and inside((H, W), corner, (1, 1), 6):
            at = ((n * H + corner[0]) * W + corner[1]) * F
            map_Bt(flat, at, W * F, F, v, target, 6 * step, step, width)
        else:
            fetch(flat, (H, W, F), n, corner, (1, 1), 6, 0, F, width, tile)
            map_Bt(tile, 0, 6 * width, width, v, target, 6 * step, step, width)


@inner
def scatter(v: ndarray, width: int, start: Pair, tiles: Pair, t0: int, t1: int, tile: ndarray, y: ndarray) -> None:
    """The adjoint of gather: y += B v Bt, in overlapping windows. Clears an image at its first tile."""
    _, H, W, F = y.shape
    flat, step = y.reshape(y.size), len(v) // 36
    for t in range(t0, t1):
        n, down, across = place(t, tiles)
        if down == 0 and across == 0:
            y[n] = 0
        map_B(v, (t - t0) * width, 6 * step, step, tile, 0, 6 * width, width, width)
        put_added(tile, flat, (H, W, F), n, (start[0] + 4 * down, start[1] + 4 * across), 6, width)


@inner
def spread(
    x: ndarray, channels: Pair, first: tuple[ndarray, ndarray], phase: int, tiles: Pair, t0: int, t1: int,
    tile: ndarray, m: ndarray, width: int,
) -> None:  # fmt: skip
    """m[:, t - t0] = A x At for the 4x4 parts of one phase of x, which do not overlap, and a range of its channels."""
    _, H, W, C = x.shape
    flat, step, count = x.reshape(x.size), len(m) // 36, channels[1] - channels[0]
    steps = first[0].size, first[1].size
    for t in range(t0, t1):
        n, down, across = place(t, tiles)
        corner, target = part_of_phase(first, phase, down, across), (t - t0) * width
        if count == width and inside((H, W), corner, steps, 4):
            at = ((n * H + corner[0]) * W + corner[1]) * C + channels[0]
            map_A(flat, at, steps[0] * W * C, steps[1] * C, m, target, 6 * step, step, width)
        else:
            fetch(flat, (H, W, C), n, corner, steps, 4, channels[0], count, width, tile)
            map_A(tile, 0, 4 * width, width, m, target, 6 * step, step, width)


@inner
def collect(
    m: ndarray, width: int, channels: Pair, first: tuple[ndarray, ndarray], phase: int, tiles: Pair, t0: int, t1: int,
    tile: ndarray, dx: ndarray,
) -> None:  # fmt: skip
    """The adjoint of spread: dx = At m A. The parts of all phases cover dx."""
    _, H, W, C = dx.shape
    flat, step, count = dx.reshape(dx.size), len(m) // 36, channels[1] - channels[0]
    steps = first[0].size, first[1].size
    for t in range(t0, t1):
        n, down, across = place(t, tiles)
        corner, source = part_of_phase(first, phase, down, across), (t - t0) * width
        if count == width and inside((H, W), corner, steps, 4):
            at = ((n * H + corner[0]) * W + corner[1]) * C + channels[0]
            map_At(m, source, 6 * step, step, flat, at, steps[0] * W * C, steps[1] * C, width)
        else:
            map_At(m, source, 6 * step, step, tile, 0, 4 * width, width, width)
            put(tile, flat, (H, W, C), n, corner, steps, 4, channels[0], count, width)


@inlined
def part_of_phase(first: tuple[ndarray, ndarray], phase: int, down: int, across: int) -> Pair:
    """The first pixel of tile (down, across) of a phase."""
    ph, pw = divmod(phase, first[1].size)
    return first[0][ph] + 4 * first[0].size * down, first[1][pw] + 4 * first[1].size * across


# --- The two transforms of kernels ------------------------------------------------------------------------------------
# Tap (i, j) of phase (ph, pw) is row tap[0][ph, i] and column tap[1][pw, j] of w. -1: that tap is zero.


@inner
def transform_kernel(
    w: ndarray, transposed: bool, tap: tuple[ndarray, ndarray], p: int, tile: ndarray, u: ndarray
) -> None:
    """u[phase, :, p] = G g Gt for the taps g of each phase of w[:, :, p] (transposed: of w[..., p])."""
    _, KW, P, Q = w.shape
    flat, width, step, phases = w.reshape(w.size), u.shape[3], u.shape[2] * u.shape[3], len(u)
    u = u.reshape(u.size)
    for phase in range(phases):
        ph, pw = divmod(phase, tap[1].shape[0])
        for i in range(3):
            for j in range(3):
                kh, kw, at, found = tap[0][ph, i], tap[1][pw, j], (i * 3 + j) * width, 0
                here = (kh * KW + kw) * P * Q
                if kh >= 0 and kw >= 0 and transposed:
                    found = P
                    for q in range(P):
                        tile[at + q] = flat[here + q * Q + p]
                elif kh >= 0 and kw >= 0:
                    found = Q
                    copy(flat, here + p * Q, tile, at, Q)
                clear(tile, at + found, at + width)
        map_G(tile, 0, 3 * width, width, u, phase * 36 * step + p * width, 6 * step, step, width)


@inner
def transform_kernel_adjoint(
    du: ndarray, tap: tuple[ndarray, ndarray], phase: int, p: int, c: int, tile: ndarray, dw: ndarray
) -> None:
    """The adjoint of transform_kernel, for one phase: dw[:, :, c] = Gt du G for du[:, p], at the taps of the phase."""
    _, KW, C, F = dw.shape
    flat, width, step = dw.reshape(dw.size), du.shape[2], du.shape[1] * du.shape[2]
    ph, pw = divmod(phase, tap[1].shape[0])
    map_Gt(du.reshape(du.size), p * width, 6 * step, step, tile, 0, 3 * width, width, width)
    for i in range(3):
        for j in range(3):
            kh, kw = tap[0][ph, i], tap[1][pw, j]
            if kh >= 0 and kw >= 0:
                copy(tile, (i * 3 + j) * width, flat, ((kh * KW + kw) * C + c) * F, F)
