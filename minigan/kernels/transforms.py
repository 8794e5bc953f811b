"""The transforms of Winograd convolution as compiled loops.

winograd.py has their derivation, winograd_plain.py their twins. Each function moves tiles of 6x6 points, LANES channels
deep, between an image (NHWC) or a kernel and the matrices that BLAS multiplies. A tile is a flat scratch array in the
first-level cache, point (i, j) of channel c at i * ROW + j * LANES + c: all steps are constants, and the innermost
loops run over channels, so that they vectorise.
Everything stays in the dtype of the data: the constants come in as arrays, because a bare 0.5 would promote to float64.

tiles = (down, across) an image; rows = (first, last) tile row, counted through all images; points = (a, b, scales).
"""

from minigan.kernels.jit import fast

LANES = 128  # the 6x6 tile is 18 KB in float32
ROW = 6 * LANES


# --- The one-dimensional transforms, in place on a tile ----------------------------------------------------------
# Entry k of vector q is tile[q + k * step]. The slices a caller passes start at q = 0: were q to start elsewhere,
# numba's test for negative indices would keep the loop from being vectorised (four times slower).


@fast
def apply_Bt(tile, step, lanes, a, b):
    aa, bb = a * a, b * b
    for q in range(lanes):
        d0, d1, d2 = tile[q], tile[q + step], tile[q + 2 * step]
        d3, d4, d5 = tile[q + 3 * step], tile[q + 4 * step], tile[q + 5 * step]
        even_a, odd_a = d4 - bb * d2, a * (d3 - bb * d1)  # M(t) / (t -+ a) = t^4 +- a t^3 - b^2 t^2 -+ a b^2 t
        even_b, odd_b = d4 - aa * d2, b * (d3 - aa * d1)
        tile[q] = aa * bb * d0 - (aa + bb) * d2 + d4
        tile[q + step] = even_a + odd_a
        tile[q + 2 * step] = even_a - odd_a
        tile[q + 3 * step] = even_b + odd_b
        tile[q + 4 * step] = even_b - odd_b
        tile[q + 5 * step] = aa * bb * d1 - (aa + bb) * d3 + d5


@fast
def apply_B(tile, step, lanes, a, b):
    aa, bb = a * a, b * b
    for q in range(lanes):
        v0, v5 = tile[q], tile[q + 5 * step]
        sum_a, dif_a = tile[q + step] + tile[q + 2 * step], a * (tile[q + step] - tile[q + 2 * step])
        sum_b, dif_b = tile[q + 3 * step] + tile[q + 4 * step], b * (tile[q + 3 * step] - tile[q + 4 * step])
        tile[q] = aa * bb * v0
        tile[q + step] = aa * bb * v5 - bb * dif_a - aa * dif_b
        tile[q + 2 * step] = -(aa + bb) * v0 - bb * sum_a - aa * sum_b
        tile[q + 3 * step] = dif_a + dif_b - (aa + bb) * v5
        tile[q + 4 * step] = v0 + sum_a + sum_b
        tile[q + 5 * step] = v5


@fast
def apply_A(tile, step, lanes, a, b):
    aa, bb = a * a, b * b
    for q in range(lanes):
        y0, y1, y2, y3 = tile[q], tile[q + step], tile[q + 2 * step], tile[q + 3 * step]
        even_a, odd_a = y0 + aa * y2, a * (y1 + aa * y3)
        even_b, odd_b = y0 + bb * y2, b * (y1 + bb * y3)
        tile[q + step], tile[q + 2 * step] = even_a + odd_a, even_a - odd_a
        tile[q + 3 * step], tile[q + 4 * step] = even_b + odd_b, even_b - odd_b
        tile[q + 5 * step] = y3


@fast
def apply_At(tile, step, lanes, a, b):
    aa, bb = a * a, b * b
    for q in range(lanes):
        sum_a, dif_a = tile[q + step] + tile[q + 2 * step], a * (tile[q + step] - tile[q + 2 * step])
        sum_b, dif_b = tile[q + 3 * step] + tile[q + 4 * step], b * (tile[q + 3 * step] - tile[q + 4 * step])
        tile[q] += sum_a + sum_b
        tile[q + step] = dif_a + dif_b
        tile[q + 2 * step] = aa * sum_a + bb * sum_b
        tile[q + 3 * step] = aa * dif_a + bb * dif_b + tile[q + 5 * step]


@fast
def apply_G(tile, step, lanes, a, b, scales):
    aa, bb = a * a, b * b
    for q in range(lanes):
        g0, g1, g2 = tile[q], tile[q + step], tile[q + 2 * step]
        even_a, odd_a = scales[1] * (g0 + aa * g2), scales[1] * a * g1
        even_b, odd_b = scales[2] * (g0 + bb * g2), scales[2] * b * g1
        tile[q] = scales[0] * g0
        tile[q + step], tile[q + 2 * step] = even_a + odd_a, even_a - odd_a
        tile[q + 3 * step], tile[q + 4 * step] = even_b + odd_b, even_b - odd_b
        tile[q + 5 * step] = g2


@fast
def apply_Gt(tile, step, lanes, a, b, scales):
    aa, bb = a * a, b * b
    for q in range(lanes):
        sum_a, dif_a = tile[q + step] + tile[q + 2 * step], tile[q + step] - tile[q + 2 * step]
        sum_b, dif_b = tile[q + 3 * step] + tile[q + 4 * step], tile[q + 3 * step] - tile[q + 4 * step]
        sum_a, sum_b = scales[1] * sum_a, scales[2] * sum_b
        tile[q] = scales[0] * tile[q] + sum_a + sum_b
        tile[q + step] = scales[1] * a * dif_a + scales[2] * b * dif_b
        tile[q + 2 * step] = aa * sum_a + bb * sum_b + tile[q + 5 * step]


# --- The two-dimensional transforms -----------------------------------------------------------------------------------
# v and m may be wider than the channels they hold: load fills up with zeros.


@fast
def load(tile, source):
    for c in range(source.size):
        tile[c] = source[c]
    for c in range(source.size, tile.size):
        tile[c] = 0


@fast
def clear(tile):
    for c in range(tile.size):
        tile[c] = 0


@fast
def store(target, tile):
    for c in range(target.size):
        target[c] = tile[c]


@fast
def gather(dy, start, tiles, rows, points, tile, v):
    """v[i, j, t] = (Bt d B)[i, j] of the 6x6 windows d of dy."""
    _, OH, OW, F = dy.shape
    for t in range((rows[1] - rows[0]) * tiles[1]):
        n, th = divmod(rows[0] + t // tiles[1], tiles[0])
        h0, w0 = start[0] + 4 * th, start[1] + 4 * (t % tiles[1])
        for f in range(0, v.shape[3], LANES):
            lanes = min(LANES, v.shape[3] - f)
            for i in range(6):
                for j in range(6):
                    at, h, w = i * ROW + j * LANES, h0 + i, w0 + j
                    if 0 <= h < OH and 0 <= w < OW:
                        load(tile[at : at + lanes], dy[n, h, w, f : f + lanes])
                    else:
                        clear(tile[at : at + lanes])
            for j in range(6):
                apply_Bt(tile[j * LANES :], ROW, lanes, points[0], points[1])
            for i in range(6):
                apply_Bt(tile[i * ROW :], LANES, lanes, points[0], points[1])
                for j in range(6):
                    store(v[i, j, t, f : f + lanes], tile[i * ROW + j * LANES :])


@fast
def scatter(v, start, tiles, rows, points, tile, y):
    """The adjoint of gather: y += B v Bt, windows overlapping; an image is cleared at its first tile."""
    _, OH, OW, F = y.shape
    for t in range((rows[1] - rows[0]) * tiles[1]):
        n, th = divmod(rows[0] + t // tiles[1], tiles[0])
        h0, w0 = start[0] + 4 * th, start[1] + 4 * (t % tiles[1])
        if th == 0 and t % tiles[1] == 0:
            y[n] = 0
        for f in range(0, F, LANES):
            lanes = min(LANES, F - f)
            for i in range(6):
                for j in range(6):
                    store(tile[i * ROW + j * LANES :][:lanes], v[i, j, t, f:])
                apply_B(tile[i * ROW :], LANES, lanes, points[0], points[1])
            for j in range(6):
                apply_B(tile[j * LANES :], ROW, lanes, points[0], points[1])
            for i in range(max(0, -h0), min(6, OH - h0)):
                for j in range(max(0, -w0), min(6, OW - w0)):
                    target, source = y[n, h0 + i, w0 + j, f : f + lanes], tile[i * ROW + j * LANES :]
                    for c in range(lanes):
                        target[c] += source[c]


@fast
def spread(x, channels, first, tiles, rows, points, slot, tile, m):
    """m[i, j, t, slot] = (A x At)[i, j] of the 4x4 parts of each phase of x, for a range of its channels."""
    _, H, W, _ = x.shape
    sh, sw = first[0].size, first[1].size
    for t in range((rows[1] - rows[0]) * tiles[1]):
        n, th = divmod(rows[0] + t // tiles[1], tiles[0])
        for phase in range(sh * sw):
            h0, w0 = first[0][phase // sw] + 4 * sh * th, first[1][phase % sw] + 4 * sw * (t % tiles[1])
            for c in range(0, m.shape[4], LANES):
                lanes, begin, end = (
                    min(LANES, m.shape[4] - c),
                    channels[0] + c,
                    min(channels[0] + c + LANES, channels[1]),
                )
                for j in range(4):
                    for i in range(4):
                        at, h, w = i * ROW + j * LANES, h0 + sh * i, w0 + sw * j
                        if h < H and w < W:
                            load(tile[at : at + lanes], x[n, h, w, begin:end])
                        else:
                            clear(tile[at : at + lanes])
                    apply_A(tile[j * LANES :], ROW, lanes, points[0], points[1])
                for i in range(6):
                    apply_A(tile[i * ROW :], LANES, lanes, points[0], points[1])
                    for j in range(6):
                        s = slot[i, j, phase]
                        if s >= 0:
                            store(m[i, j, t, s, c : c + lanes], tile[i * ROW + j * LANES :])


@fast
def collect(m, first, tiles, rows, points, slot, tile, dx):
    """The adjoint of spread: dx = At m A; the 4x4 parts are disjoint and cover dx."""
    _, H, W, C = dx.shape
    sh, sw = first[0].size, first[1].size
    for t in range((rows[1] - rows[0]) * tiles[1]):
        n, th = divmod(rows[0] + t // tiles[1], tiles[0])
        for phase in range(sh * sw):
            h0, w0 = first[0][phase // sw] + 4 * sh * th, first[1][phase % sw] + 4 * sw * (t % tiles[1])
            for c in range(0, C, LANES):
                lanes = min(LANES, C - c)
                for i in range(6):
                    for j in range(6):
                        at, s = i * ROW + j * LANES, slot[i, j, phase]
                        if s >= 0:
                            store(tile[at : at + lanes], m[i, j, t, s, c:])
                        else:
                            clear(tile[at : at + lanes])
                    apply_At(tile[i * ROW :], LANES, lanes, points[0], points[1])
                for j in range(4):
                    apply_At(tile[j * LANES :], ROW, lanes, points[0], points[1])
                    for i in range(4):
                        h, w = h0 + sh * i, w0 + sw * j
                        if h < H and w < W:
                            store(dx[n, h, w, c : c + lanes], tile[i * ROW + j * LANES :])


@fast
def filters(w, taps, part, points, slot, steps, tile, u):
    """u[i, j, block + slot * steps[0], p + slot * steps[1]] = (G w Gt)[i, j] of each phase's taps of w[:, :, p]."""
    _, _, P, Q = w.shape
    sh, sw, lanes = taps[0].shape[0], taps[1].shape[0], u.shape[4]
    for p in range(part[0], part[1]):
        for phase in range(sh * sw):
            for block in range(-(-Q // lanes)):
                for j in range(3):
                    for i in range(3):
                        at, kh, kw = i * ROW + j * LANES, taps[0][phase // sw, i], taps[1][phase % sw, j]
                        if kh >= 0 and kw >= 0 and p < P:
                            load(tile[at : at + lanes], w[kh, kw, p, block * lanes : (block + 1) * lanes])
                        else:
                            clear(tile[at : at + lanes])
                    apply_G(tile[j * LANES :], ROW, lanes, points[0], points[1], points[2:])
                for i in range(6):
                    apply_G(tile[i * ROW :], LANES, lanes, points[0], points[1], points[2:])
                    for j in range(6):
                        s = slot[i, j, phase]
                        if s >= 0:
                            store(u[i, j, block + s * steps[0], p + s * steps[1]], tile[i * ROW + j * LANES :])


@fast
def filters_adjoint(du, taps, channels, points, slot, tile, dw):
    """The adjoint of filters: dw[:, :, c] = Gt du G, from du[i, j, slot and block of c, block of f, c, f]."""
    sh, sw, F = taps[0].shape[0], taps[1].shape[0], dw.shape[3]
    blocks, rows, lanes = du.shape[2] // (sh * sw), du.shape[4], du.shape[5]
    for p in range(channels[1] - channels[0]):
        for phase in range(sh * sw):
            for block in range(-(-F // lanes)):
                q = block * lanes
                for i in range(6):
                    for j in range(6):
                        at, s = i * ROW + j * LANES, slot[i, j, phase]
                        if s >= 0:
                            store(tile[at : at + lanes], du[i, j, s * blocks + p // rows, block, p % rows])
                        else:
                            clear(tile[at : at + lanes])
                    apply_Gt(tile[i * ROW :], LANES, lanes, points[0], points[1], points[2:])
                for j in range(3):
                    apply_Gt(tile[j * LANES :], ROW, lanes, points[0], points[1], points[2:])
                    for i in range(3):
                        kh, kw = taps[0][phase // sw, i], taps[1][phase % sw, j]
                        if kh >= 0 and kw >= 0:
                            store(dw[kh, kw, channels[0] + p, q : q + lanes], tile[i * ROW + j * LANES :])
