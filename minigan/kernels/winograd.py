"""Winograd convolution: fewer products, from evaluating polynomials at six points.

Where it comes from. Two neighbouring outputs of a 3-tap filter share inputs, so computing them one by one wastes
products. Winograd (1980, "Arithmetic Complexity of Computations", ch. IV) showed that m outputs of r taps need only
m + r - 1 products; Lavin & Gray (2016, arXiv:1509.09308) built convolutional layers from it. Here m = 4, r = 3:

    y = At [ (G g) * (Bt d) ]            d: 6 inputs, g: 3 taps, y: 4 outputs, y[k] = sum_r d[k + r] g[r]

How to find the matrices. The *transposed* map (4 numbers and 3 taps in, 6 numbers out) multiplies two polynomials of
degree 3 and 2. A polynomial of degree 5 is known by its values at 6 points, so: evaluate both factors at the points
(A and G), multiply the values (6 products, not 12), and interpolate (B). With M(t) = t (t^2 - a^2) (t^2 - b^2) and the
points 0, a, -a, b, -b and infinity (the leading coefficient):

    A  row of point p:  1, p, p^2, p^3                            infinity: 0, 0, 0, 1
    G  row of point p:  (1, p, p^2) / M'(p)                       infinity: 0, 0, 1
    Bt row of point p:  the coefficients of M(t) / (t - p)        infinity: those of M(t)

In two dimensions the transforms act on rows, then on columns: 36 products give 4x4 outputs, where 144 stood. Each
product of numbers becomes a matrix product over channels, 36 of them, and there BLAS does the work.

Strides. A convolution with stride 2 is read through its input gradient (= a transposed convolution), which maps the
small image dy to the big one dx: rows of dx of equal parity (a *phase*) are an ordinary correlation of dy with every
second row of the kernel. Up to 6x6 taps make four phases of at most 3x3 taps over the *same* dy, so

    v = Bt dy B        one input transform for all phases         (`gather`)
    u = G w Gt         per phase                                  (`filters`)
    m = v u            36 matrix products, phases side by side
    dx = At m A        per phase                                  (`collect`)

A phase with only two taps has a zero at one end of g, and its product at the point 0 (or infinity) vanishes: it is not
computed. 121 products per tile remain of a 5x5 kernel's 400, 100 of a 4x4 kernel's 256.

The other passes are the adjoints of these maps, transposed and in reverse order:

    convolution  y  = overlap-add of B (m ut) Bt,  m = A x At     (`spread`, `scatter`)
    weights      dw = Gt (mt v) G                                 (`filters_adjoint`)

Rounding: at the textbook's points 0, 1, -1, 2, -2 the entries of A reach 8; at 0, 1/r, -1/r, r, -r with r = sqrt(2)
they stay below 3, and so does the error.
"""

import functools
from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from minigan.kernels.geometry import output_sizes
from minigan.kernels.threads import split
from minigan.kernels.transforms import ROW, collect, filters, filters_adjoint, gather, scatter, spread
from minigan.kernels.workspace import take

BLOCK = 64  # columns of a matrix product: wide enough for BLAS, and u has them side by side in memory
POINTS = (np.sqrt(0.5), np.sqrt(2.0))  # a, b
TILES = 96  # v and m of so many tiles are reused from the core's own cache
SMALL = 100**3  # OpenBLAS multiplies up to this many numbers without copying the matrices first: 1.4 times faster


# --- The plan of one axis -------------------------------------------------------------------------------------------


@functools.lru_cache(1024)
def axis(size, kernel, stride, before):
    """How the rows h of the big image are made of rows of the small one; None if a phase needs more than 3 taps.

    Phase p owns the rows h = first[p] + stride * k. Its row k is sum_r small[start + k + r] * w[tap[p, r]], tap -1
    being a zero. `live[i, p]` is False where the product at point i vanishes.
    """
    first = np.array([(p - before) % stride for p in range(stride)])
    newest = (first + before) // stride  # the last small row that touches row k = 0 of each phase
    oldest = newest - np.array([-(-(kernel - p) // stride) - 1 for p in range(stride)])
    start = int(oldest.min())
    if stride > 2 or newest.max() - start > 2:
        return None
    tap = (first + before)[:, None] - stride * (start + np.arange(3))
    tap[(tap < 0) | (tap >= kernel)] = -1
    live = np.ones((6, stride), bool)
    live[0], live[5] = tap[:, 0] >= 0, tap[:, 2] >= 0
    rows = max(-(-(size - f) // stride) for f in first)
    return SimpleNamespace(stride=stride, first=first, start=start, tap=tap, live=live, tiles=-(-rows // 4))


@functools.lru_cache(1024)
def plan(H, W, KH, KW, stride, padding):
    """Both axes, the slot of each phase's products at each point (or -1), and blocks of points with equal slots."""
    h, w = axis(H, KH, stride[0], padding[0][0]), axis(W, KW, stride[1], padding[1][0])
    if h is None or w is None:
        return None
    live = (h.live[:, None, :, None] & w.live[None, :, None, :]).reshape(6, 6, -1)
    slot = np.where(live, live.cumsum(2) - 1, -1)
    blocks = [
        (slice(i, k), slice(j, l), int(live[i, j].sum()))
        for i, k in _runs(h.live) for j, l in _runs(w.live)  # 0 slots: an empty product is zero
    ]  # fmt: skip
    return SimpleNamespace(h=h, w=w, slot=slot, phases=live.shape[2], blocks=blocks)


def _runs(rows):
    """Ranges of equal consecutive rows."""
    cuts = [0, *(i for i in range(1, len(rows)) if (rows[i] != rows[i - 1]).any()), len(rows)]
    return list(pairwise(cuts))


def fits(x_shape, w_shape, stride, padding):
    """Whether every phase has at most 3x3 taps."""
    return plan(*x_shape[1:3], *w_shape[:2], stride, padding) is not None


# --- The three passes -------------------------------------------------------------------------------------------------


@functools.lru_cache(4)
def constants(dtype):
    """a, b and the scales 1 / M'(0), 1 / M'(a), 1 / M'(b) in the dtype of the data: nothing is promoted."""
    aa, bb = POINTS[0] ** 2, POINTS[1] ** 2
    return np.array([*POINTS, 1 / (aa * bb), 0.5 / (aa * (aa - bb)), 0.5 / (bb * (bb - aa))], dtype)


def blocks_of(channels):
    """(blocks, lanes): as few blocks of at most BLOCK channels as possible, as even as possible."""
    blocks = -(-channels // BLOCK)
    return blocks, -(-channels // blocks)


def geometry(plan):
    return (
        (plan.h.first, plan.w.first),
        (plan.h.tap, plan.w.tap),
        (plan.h.start, plan.w.start),
        (plan.h.tiles, plan.w.tiles),
    )


def groups(first, last, tiles, at_once):
    """Tile rows of the images first ... last, about `at_once` tiles at a time, and how many tiles that is."""
    step = max(1, at_once // tiles[1])
    first, last = first * tiles[0], last * tiles[0]
    return [((r, min(r + step, last)), (min(r + step, last) - r) * tiles[1]) for r in range(first, last, step)]


def strips(T, K, N):
    """(strips, height): T rows cut evenly so that each product of height x K and K x N is a small one for BLAS."""
    count = -(-T // max(1, SMALL // (K * N)))
    return count, -(-T // count)


def transformed_filters(w, plan, rows, steps, points):
    """u (6, 6, blocks, rows, lanes): blocks of columns, each contiguous, so that BLAS can read them as they lie."""
    blocks, lanes = blocks_of(w.shape[3])
    _, taps, _, _ = geometry(plan)
    shape = (6, 6, blocks + (plan.phases - 1) * steps[0], rows + (plan.phases - 1) * steps[1], lanes)
    u = take("u", shape, w.dtype)
    split(lambda p, q: filters(w, taps, (p, q), points, plan.slot, steps, take("tile", 6 * ROW, w.dtype), u), rows)
    return u


def conv2d(x, w, stride, padding, out=None):
    """y (N, OH, OW, F) of x (N, H, W, C) and w (KH, KW, C, F)."""
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    y = np.empty((N, *output_sizes(x.shape, w.shape, stride, padding), F), x.dtype) if out is None else out
    p, points = plan(H, W, KH, KW, stride, padding), constants(x.dtype)
    first, _, start, tiles = geometry(p)
    (c_blocks, c_lanes), (f_blocks, f_lanes) = blocks_of(C), blocks_of(F)
    K, Cp = p.phases * c_blocks * c_lanes, c_blocks * c_lanes
    u = transformed_filters(w, p, Cp, (0, Cp), points)[:, :, :, None]  # (6, 6, f_blocks, 1, K, f_lanes)

    def job(n0, n1):
        tile = take("tile", 6 * ROW, x.dtype)
        for rows, T in groups(n0, n1, tiles, TILES):
            S, B = strips(T, K, f_lanes)
            m, v = take("m", (6, 6, S * B, K), x.dtype), take("v", (6, 6, S * B, f_blocks * f_lanes), x.dtype)
            spread(x, (0, C), first, tiles, rows, points, p.slot, tile, m.reshape(6, 6, S * B, -1, Cp))
            ms, vs = m.reshape(6, 6, 1, S, B, K), v.reshape(6, 6, S, B, f_blocks, f_lanes).transpose(0, 1, 4, 2, 3, 5)
            for i, j, slots in p.blocks:
                np.matmul(ms[i, j, ..., : slots * Cp], u[i, j, ..., : slots * Cp, :], out=vs[i, j])
            scatter(v, start, tiles, rows, points, tile, y)

    split(job, N)
    return y


def conv2d_input_grad(dy, w, x_shape, stride, padding, out=None):
    """dx (N, H, W, C) of dy (N, OH, OW, F) and w (KH, KW, C, F)."""
    N, H, W, C = x_shape
    KH, KW, _, F = w.shape
    dx = np.empty(x_shape, dy.dtype) if out is None else out
    p, points = plan(H, W, KH, KW, stride, padding), constants(dy.dtype)
    first, _, start, tiles = geometry(p)
    (c_blocks, c_lanes), (f_blocks, f_lanes) = blocks_of(C), blocks_of(F)
    K, M = f_blocks * f_lanes, p.phases * c_blocks
    wt = take("wt", (KH, KW, F, C), w.dtype)
    wt[...] = w.transpose(0, 1, 3, 2)
    u = transformed_filters(wt, p, K, (c_blocks, 0), points)[:, :, :, None]  # (6, 6, M, 1, K, c_lanes)

    def job(n0, n1):
        tile = take("tile", 6 * ROW, dy.dtype)
        for rows, T in groups(n0, n1, tiles, TILES):
            S, B = strips(T, K, c_lanes)
            m, v = take("m", (6, 6, S * B, M, c_lanes), dy.dtype), take("v", (6, 6, S * B, K), dy.dtype)
            gather(dy, start, tiles, rows, points, tile, v)
            vs, ms = v.reshape(6, 6, 1, S, B, K), m.reshape(6, 6, S, B, M, c_lanes).transpose(0, 1, 4, 2, 3, 5)
            for i, j, slots in p.blocks:
                np.matmul(vs[i, j], u[i, j, : slots * c_blocks], out=ms[i, j, : slots * c_blocks])
            collect(m.reshape(6, 6, S * B, -1, c_blocks * c_lanes), first, tiles, rows, points, p.slot, tile, dx)

    split(job, N)
    return dx


def conv2d_weight_grad(x, dy, w_shape, stride, padding, out=None):
    """dw (KH, KW, C, F) of x (N, H, W, C) and dy (N, OH, OW, F); every thread owns a part of the channels of x."""
    N, H, W, C = x.shape
    KH, KW, _, F = w_shape
    dw = np.zeros(w_shape, x.dtype) if out is None else out
    p, points = plan(H, W, KH, KW, stride, padding), constants(x.dtype)
    first, taps, start, tiles = geometry(p)
    f_blocks, f_lanes = blocks_of(F)

    def job(c0, c1):
        c_blocks, c_lanes = blocks_of(c1 - c0)
        M = p.phases * c_blocks
        tile = take("tile", 6 * ROW, x.dtype)
        du = take("du", (6, 6, M, f_blocks, c_lanes, f_lanes), x.dtype)
        part = take("du of a group", (6, M, f_blocks, c_lanes, f_lanes), x.dtype)
        du.fill(0)
        for rows, T in groups(0, N, tiles, SMALL // BLOCK**2):
            m, v = take("m", (6, 6, T, M, c_lanes), x.dtype), take("v", (6, 6, T, f_blocks * f_lanes), x.dtype)
            gather(dy, start, tiles, rows, points, tile, v)
            spread(x, (c0, c1), first, tiles, rows, points, p.slot, tile, m.reshape(6, 6, T, -1, c_blocks * c_lanes))
            mt = m.transpose(0, 1, 3, 4, 2)[:, :, :, None]  # (6, 6, M, 1, c_lanes, T)
            vs = v.reshape(6, 6, 1, T, f_blocks, f_lanes).transpose(0, 1, 2, 4, 3, 5)  # (6, 6, 1, f_blocks, T, f_lanes)
            for i_range, j, slots in p.blocks:
                for i in range(i_range.start, i_range.stop):  # one row of points at a time: `part` stays in cache
                    some = slice(0, slots * c_blocks)
                    np.matmul(mt[i, j, some], vs[i, j], out=part[j, some])
                    du[i, j, some] += part[j, some]
        filters_adjoint(du, taps, (c0, c1), points, p.slot, tile, dw)

    split(job, C)
    return dw
