"""Winograd convolution: fewer products, from evaluating polynomials at six points.

Source. Neighbouring outputs of a 3-tap filter share inputs, so computing them one by one wastes products. Winograd
(1980, "Arithmetic Complexity of Computations", ch. IV) showed that m outputs of r taps need only m + r - 1 products.
Lavin & Gray (2016, arXiv:1509.09308) built convolutional layers from it. Here m = 4, r = 3:

    y = At [ (G g) * (Bt d) ]            d: 6 inputs, g: 3 taps, y: 4 outputs, y[k] = sum_r d[k + r] g[r]

The matrices. The *transposed* map (4 numbers and 3 taps in, 6 numbers out) multiplies a polynomial of degree 3 by one
of degree 2. The result has degree 5, and its values at 6 points determine it. So: evaluate both factors at the points
(A and G), multiply the values (6 products, not 12), and interpolate (B). The points are 0, a, -a, b, -b and infinity,
where the value is the leading coefficient. With M(t) = t (t^2 - a^2) (t^2 - b^2):

    A  row of point p:  1, p, p^2, p^3                            infinity: 0, 0, 0, 1
    G  row of point p:  (1, p, p^2) / M'(p)                       infinity: 0, 0, 1
    Bt row of point p:  the coefficients of M(t) / (t - p)        infinity: those of M(t)

In two dimensions the transforms act on rows, then on columns: 36 products give 4x4 outputs, instead of 144. With
channels, each of the 36 is a matrix product over the channels: see product.py.

Strides. Take the input gradient of a convolution with stride 2, which maps the small image dy to the big image dx. The
rows of dx of equal parity (a *phase*) are an ordinary correlation of dy with every second row of the kernel. A kernel
of up to 6x6 taps makes four phases of at most 3x3 taps, all over the *same* dy, so

    v = Bt dy B        one input transform for all phases         (`gather`)
    u = G w Gt         per phase                                  (`transform_kernel`)
    m = v u            per phase, 36 matrix products              (`product`)
    dx = At m A        per phase                                  (`collect`)

A phase with only two taps has a zero at one end of g. Its product at the point 0 (or infinity) is 0 and is skipped. For
each tile, a 5x5 kernel needs 121 products instead of 400, a 4x4 kernel 100 instead of 256.

The other two passes use the adjoints of these maps, in reverse order:

    convolution  y  = overlap-add of B (m ut) Bt,  m = A x At     (`spread`, `scatter`)
    weights      dw = Gt (mt v) G                                 (`transform_kernel_adjoint`)

Rounding. At the textbook's points 0, 1, -1, 2, -2 the entries of A reach 8. At 0, 1/r, -1/r, r, -r with r = sqrt(2)
they stay below 3, and the error is smaller too.
"""

import functools
from types import SimpleNamespace

import numpy as np
from numpy import ndarray
from numpy.typing import DTypeLike

from minigan.kernels.geometry import Pads, Pair, output_sizes
from minigan.kernels.machine.compiling import fast, inlined, inner
from minigan.kernels.machine.memory import fresh, scratch
from minigan.kernels.machine.team import begin, end, shares
from minigan.kernels.machine.threads import count, run
from minigan.kernels.machine.vectors import ROWS, lanes, padded
from minigan.kernels.product import product
from minigan.kernels.transforms import collect, gather, scatter, spread, transform_kernel, transform_kernel_adjoint

BLOCK = 64  # channels of a phase of dx that are computed at once
NS_PER_FILTER = 0.25  # of one core, for each number of a transformed kernel
CACHE = 1 << 20  # bytes of v and m that stay in a core's cache
MIN_TILES = 64  # at once: each group of tiles reads all of u, which for many channels is not in the cache


# --- The plan of one axis -------------------------------------------------------------------------------------------


@functools.lru_cache(1024)
def axis(size: int, kernel: int, stride: int, before: int) -> SimpleNamespace | None:
    """How the rows of the big image are made of rows of the small one; None if a phase needs more than 3 taps.

    Phase p has the rows first[p] + stride * k of the big image. Its row k is sum_r small[start + k + r] * w[tap[p, r]],
    where tap -1 stands for a zero. live[p, i] is False where the product at point i is always 0.
    """
    first = np.array([(p - before) % stride for p in range(stride)])
    newest = (first + before) // stride  # the last small row that touches row k = 0 of each phase
    oldest = newest - np.array([-(-(kernel - p) // stride) - 1 for p in range(stride)])
    start = int(oldest.min())
    if stride > 2 or newest.max() - start > 2:
        return None
    tap = (first + before)[:, None] - stride * (start + np.arange(3))
    tap[(tap < 0) | (tap >= kernel)] = -1
    live = np.ones((stride, 6), bool)
    live[:, 0], live[:, 5] = tap[:, 0] >= 0, tap[:, 2] >= 0
    rows = max(-(-(size - f) // stride) for f in first)
    return SimpleNamespace(first=first, start=start, tap=tap, live=live, tiles=-(-rows // 4))


@functools.lru_cache(1024)
def plan(H: int, W: int, KH: int, KW: int, stride: Pair, padding: Pads) -> SimpleNamespace | None:
    """Both axes together; None if one of them does not fit. live (phases, 36): which products are computed."""
    h, w = axis(H, KH, stride[0], padding[0][0]), axis(W, KW, stride[1], padding[1][0])
    if h is None or w is None:
        return None
    return SimpleNamespace(
        first=(h.first, w.first),
        tap=(h.tap, w.tap),
        start=(h.start, w.start),
        tiles=(h.tiles, w.tiles),
        of_one=h.tiles * w.tiles,  # tiles of one image
        live=(h.live[:, None, :, None] & w.live[None, :, None, :]).reshape(-1, 36),
    )


def fits(x_shape: tuple, w_shape: tuple, stride: Pair, padding: Pads) -> bool:
    """Whether every phase has at most 3x3 taps."""
    return plan(*x_shape[1:3], *w_shape[:2], stride, padding) is not None


def tiles_at_once(columns: int, dtype: DTypeLike) -> int:
    """How many tiles, in whole blocks of rows: so many that their v and m fit in the cache, and at least MIN_TILES."""
    return max(MIN_TILES, CACHE // (36 * columns * np.dtype(dtype).itemsize * ROWS) * ROWS)


def images_at_once(N: int, tiles: int, of_one: int) -> int:
    """How many images are a share: about as many as have these tiles, and the same number of shares for each thread."""
    most = max(1, tiles // of_one)
    shares_of_one = -(-N // (most * count()))
    return max(1, -(-N // (shares_of_one * count())))


# --- The three passes: all threads transform the filters, then each takes its own images ------------------------------


def conv2d(x: ndarray, w: ndarray, stride: Pair, padding: Pads) -> ndarray:
    """x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F)."""
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    y = fresh((N, *output_sizes(x.shape, w.shape, stride, padding), F), x.dtype)
    p, C_, F_ = plan(H, W, KH, KW, stride, padding), padded(C, x.dtype), padded(F, x.dtype)
    u, T = scratch("u", (len(p.live), 36, C, F_), x.dtype), tiles_at_once(C_ + F_, x.dtype)
    images, (m, v, tile) = images_at_once(N, T, p.of_one), buffers(T, C_, F_, x.dtype)
    run(conv2d_pass, None, x, w, p.tap, p.first, p.start, p.tiles, p.live, images, T, m, C_, v, tile, u, y)
    return y


@fast
def conv2d_pass(
    me: int, team: ndarray, x: ndarray, w: ndarray, tap: tuple[ndarray, ndarray], first: tuple[ndarray, ndarray],
    start: Pair, tiles: Pair, live: ndarray, images: int, T: int, m: ndarray, C_: int, v: ndarray, tile: ndarray,
    u: ndarray, y: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    N, C, of_one = x.shape[0], x.shape[3], tiles[0] * tiles[1]
    m, v, tile = m[me], v[me], tile[me]
    for c in shares(me, team, C):
        transform_kernel(w, False, tap, c, tile, u)
    for k in shares(me, team, -(-N // images)):
        last = min(k * images + images, N) * of_one
        for t in range(k * images * of_one, last, T):
            conv2d_tiles(x, u, first, start, tiles, live, t, min(t + T, last), m, C_, v, tile, y)
    end(me, team)


@inlined
def conv2d_tiles(
    x: ndarray, u: ndarray, first: tuple[ndarray, ndarray], start: Pair, tiles: Pair, live: ndarray, t0: int, t1: int,
    m: ndarray, C_: int, v: ndarray, tile: ndarray, y: ndarray,
) -> None:  # fmt: skip
    """y of the tiles t0 ... t1."""
    C, F_, m_step, v_step = x.shape[3], u.shape[3], len(m) // 36, len(v) // 36
    u, rows = u.reshape(u.size), -(-(t1 - t0) // ROWS) * ROWS
    for phase in range(len(live)):
        spread(x, (0, C), first, phase, tiles, t0, t1, tile, m, C_)
        clear_rows(m, C_, t1 - t0, rows)
        for i in range(36):
            K = C if live[phase, i] else 0
            if phase == 0 or K > 0:
                a, b, c = i * m_step, (phase * 36 + i) * C * F_, i * v_step
                product(m, a, C_, 1, u, b, F_, v, c, F_, rows, F_, K, phase > 0)
    scatter(v, F_, start, tiles, t0, t1, tile, y)


def conv2d_input_grad(dy: ndarray, w: ndarray, x_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """dy (N, OH, OW, F), w (KH, KW, C, F) -> dx (N, H, W, C)."""
    N, H, W, C = x_shape
    KH, KW, _, F = w.shape
    dx = fresh(x_shape, dy.dtype)
    p, blocks, F_ = plan(H, W, KH, KW, stride, padding), -(-C // BLOCK), padded(F, dy.dtype)
    block = padded(-(-C // blocks), dy.dtype)  # as even as possible
    u, T = scratch("u", (len(p.live), 36, F, blocks * block), dy.dtype), tiles_at_once(block + F_, dy.dtype)
    images, (m, v, tile) = images_at_once(N, T, p.of_one), buffers(T, block, F_, dy.dtype, blocks * block)
    run(input_grad_pass, None, dy, w, p.tap, p.first, p.start, p.tiles, p.live, images, T, m, block, v, F_, tile, u, dx)
    return dx


@fast
def input_grad_pass(
    me: int, team: ndarray, dy: ndarray, w: ndarray, tap: tuple[ndarray, ndarray], first: tuple[ndarray, ndarray],
    start: Pair, tiles: Pair, live: ndarray, images: int, T: int, m: ndarray, block: int, v: ndarray, F_: int,
    tile: ndarray, u: ndarray, dx: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    N, F, of_one = dy.shape[0], dy.shape[3], tiles[0] * tiles[1]
    m, v, tile = m[me], v[me], tile[me]
    for f in shares(me, team, F):
        transform_kernel(w, True, tap, f, tile, u)
    for k in shares(me, team, -(-N // images)):
        last = min(k * images + images, N) * of_one
        for t in range(k * images * of_one, last, T):
            input_grad_tiles(dy, u, first, start, tiles, live, t, min(t + T, last), m, block, v, F_, tile, dx)
    end(me, team)


@inlined
def input_grad_tiles(
    dy: ndarray, u: ndarray, first: tuple[ndarray, ndarray], start: Pair, tiles: Pair, live: ndarray, t0: int, t1: int,
    m: ndarray, block: int, v: ndarray, F_: int, tile: ndarray, dx: ndarray,
) -> None:  # fmt: skip
    """dx of the tiles t0 ... t1."""
    C, F, C_, m_step, v_step = dx.shape[3], dy.shape[3], u.shape[3], len(m) // 36, len(v) // 36
    u, rows = u.reshape(u.size), -(-(t1 - t0) // ROWS) * ROWS
    gather(dy, start, tiles, t0, t1, tile, v, F_)
    clear_rows(v, F_, t1 - t0, rows)
    for phase in range(len(live)):
        for c in range(0, C, block):
            for i in range(36):
                a, b, K = i * v_step, (phase * 36 + i) * F * C_ + c, (F if live[phase, i] else 0)
                product(v, a, F_, 1, u, b, C_, m, i * m_step, block, rows, block, K, False)
            collect(m, block, (c, min(c + block, C)), first, phase, tiles, t0, t1, tile, dx)


def conv2d_weight_grad(x: ndarray, dy: ndarray, w_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """x (N, H, W, C), dy (N, OH, OW, F) -> dw (KH, KW, C, F).

    A share is the dw of some phases and some channels of x, over all images. Each thread transforms all of dy: to fetch
    that from the cache of another core would take longer.
    """
    N, H, W, C = x.shape
    KH, KW, _, F = w_shape
    dw = np.zeros(w_shape, x.dtype)
    p, F_ = plan(H, W, KH, KW, stride, padding), padded(F, x.dtype)
    groups = groups_of_phases(len(p.live), count())
    rows = -(-C // ROWS // -(-count() // len(groups))) * ROWS  # channels of a share
    width = padded(rows, x.dtype)
    T = tiles_at_once(width + F_, x.dtype)
    m, v, tile = buffers(T, width, F_, x.dtype)
    du = scratch("du", (count(), groups.shape[1], 36, rows, F_), x.dtype)
    run(weight_grad_pass, None, x, dy, p.tap, p.first, p.start, p.tiles, p.live, groups, T, m, width, v, tile, du, dw)
    return dw


def groups_of_phases(phases: int, threads: int) -> ndarray:
    """The phases of each share, a row for each. In a 5x5 kernel the phases have 36, 30, 30 and 25 products."""
    return np.array([[0, 3], [1, 2]]) if phases == 4 and threads > 1 else np.arange(phases)[np.newaxis]


@fast
def weight_grad_pass(
    me: int, team: ndarray, x: ndarray, dy: ndarray, tap: tuple[ndarray, ndarray], first: tuple[ndarray, ndarray],
    start: Pair, tiles: Pair, live: ndarray, groups: ndarray, T: int, m: ndarray, width: int, v: ndarray,
    tile: ndarray, du: ndarray, dw: ndarray,
) -> None:  # fmt: skip
    begin(me, team)
    m, v, tile, du, rows = m[me], v[me], tile[me], du[me], du.shape[3]
    for k in shares(me, team, len(groups) * -(-x.shape[3] // rows)):
        block, phases = k // len(groups), groups[k % len(groups)]
        channels = block * rows, min(block * rows + rows, x.shape[3])
        weight_grad_tiles(x, dy, channels, first, phases, start, tiles, live, T, m, width, v, tile, du)
        for c in range(channels[0], channels[1]):
            for i in range(len(phases)):
                transform_kernel_adjoint(du[i], tap, phases[i], c - channels[0], c, tile, dw)
    end(me, team)


@inlined
def weight_grad_tiles(
    x: ndarray, dy: ndarray, channels: Pair, first: tuple[ndarray, ndarray], phases: ndarray, start: Pair,
    tiles: Pair, live: ndarray, T: int, m: ndarray, width: int, v: ndarray, tile: ndarray, du: ndarray,
) -> None:  # fmt: skip
    """du, for some channels of x and some phases, summed over all tiles."""
    rows, F_, m_step, v_step = du.shape[2], du.shape[3], len(m) // 36, len(v) // 36
    du, all_tiles = du.reshape(du.size), len(x) * tiles[0] * tiles[1]
    for t in range(0, all_tiles, T):
        last, c = min(t + T, all_tiles), 0
        gather(dy, start, tiles, t, last, tile, v, F_)
        for phase in phases:
            spread(x, channels, first, phase, tiles, t, last, tile, m, width)
            for i in range(36):
                if live[phase, i]:
                    product(m, i * m_step, 1, width, v, i * v_step, F_, du, c, F_, rows, F_, last - t, t > 0)
                elif t == 0:  # no tap depends on it
                    du[c : c + rows * F_] = 0
                c += rows * F_


@inner
def clear_rows(m: ndarray, width: int, first: int, last: int) -> None:
    """Set the rows first ... last of all 36 matrices to 0: they fill up a block, and are multiplied like the others."""
    step = len(m) // 36
    for i in range(36):
        for q in range(i * step + first * width, i * step + last * width):
            m[q] = 0


def buffers(T: int, m_width: int, v_width: int, dtype: DTypeLike, columns: int = 0) -> tuple[ndarray, ndarray, ndarray]:
    """Scratch memory of each thread for m and v of T tiles, and for one tile, or for 9 taps of a filter with so many
    columns."""
    gap, tile = lanes(dtype), max(36 * max(m_width, v_width), 9 * columns)  # gap: see transforms.py
    m = scratch("m", (count(), 36 * (T * m_width + gap)), dtype)
    v = scratch("v", (count(), 36 * (T * v_width + gap)), dtype)
    return m, v, scratch("tile", (count(), tile), dtype)
