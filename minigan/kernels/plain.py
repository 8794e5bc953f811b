"""The plain twins: every kernel as the textbook writes it, under the kernel's own name and with its arguments.

    minigan.kernels.conv2d          fast: threads, vectors, memory that is used again
    minigan.kernels.plain.conv2d    the formula, as loops over the indices or as one line of NumPy

Read this file to learn what a kernel computes, and why; read the fast file to learn how it gets fast. The tests hold
each pair equal. `with minigan.kernels.use("plain"):` runs a whole training by the functions below, some thousand times
slower.

Images are (N, H, W, C). Where only the channels count, an image is a matrix (M, C): a row for each of M = N H W pixels.
"""

import sys

import numpy as np
from numpy import ndarray

from minigan.kernels.geometry import Pads, Pair
from minigan.kernels.machine.addresses import Addresses

# --- Matrix products ------------------------------------------------------------------------------------------------


def matmul(a: ndarray, b: ndarray) -> ndarray:
    """y[m, n] = sum over k of a[m, k] b[k, n]: a (M, K), b (K, N) -> y (M, N)."""
    y = np.zeros((a.shape[0], b.shape[1]), np.result_type(a, b))
    for m, n, k in np.ndindex(a.shape[0], b.shape[1], a.shape[1]):
        y[m, n] += a[m, k] * b[k, n]
    return y


def affine(x: ndarray, w: ndarray, b: ndarray | None, slope: float = 1.0) -> ndarray:
    """z = x w + b -> y = z where z > 0, else slope * z: x (M, K), w (K, N), b (N,) or None -> y (M, N)."""
    y = matmul(x, w)
    add_bias(y, np.zeros(w.shape[1], y.dtype) if b is None else b, slope)
    return y


# --- Bias and leaky rectifier ---------------------------------------------------------------------------------------
# y = z where z > 0, else slope * z. For slope >= 0, y > 0 just where z > 0: backward needs y alone.


def leaky_relu(x: ndarray, slope: float) -> ndarray:
    """x where x > 0, else slope * x. Any shape."""
    return np.where(x > 0, x, slope * x)


def leaky_relu_grad(dy: ndarray, x: ndarray, slope: float) -> ndarray:
    """dx = dy where x > 0, else slope * dy. Any shape."""
    return np.where(x > 0, dy, slope * dy)


def add_bias(y: ndarray, b: ndarray, slope: float = 1.0) -> None:
    """y <- leaky_relu(y + b), in place: y (M, C), b (C,)."""
    y[...] = leaky_relu(y + b, slope)


def bias_grad(dy: ndarray, y: ndarray, slope: float = 1.0, share: ndarray | None = None) -> tuple[ndarray, ndarray]:
    """dz = dy where y > 0, else slope * dy, and db = the sum of dz over its rows: dy, y (M, C) -> dz (M, C), db (C,).

    share (N,): the M / N rows of sample n count share[n] times in db.
    """
    dz = leaky_relu_grad(dy, y, slope)
    if share is None:
        return dz, dz.sum(axis=0)
    of_row = np.repeat(share, len(y) // len(share))  # (M,)
    return dz, (of_row[:, None] * dz).sum(axis=0)


def push_bias(z: ndarray, y: ndarray, b: ndarray, share: ndarray, slope: float = 1.0) -> None:
    """z <- z + share[n] b where y > 0, else slope * (z + share[n] b), in place: z, y (M, C), b (C,), share (N,)."""
    of_row = np.repeat(share, len(z) // len(share))  # (M,)
    z[...] = leaky_relu_grad(z + of_row[:, None] * b, y, slope)


# --- Convolution ----------------------------------------------------------------------------------------------------
# Equations (1) to (3) of conv.py. Where (row, column) is outside of the image, in the padding, x is 0.


def conv2d(x: ndarray, w: ndarray, stride: Pair, padding: Pads) -> ndarray:
    """y[n, i, j, f] = sum over p, q, c of x[n, i*sh + p - top, j*sw + q - left, c] * w[p, q, c, f]         (1)

    x (N, H, W, C), w (KH, KW, C, F) -> y (N, OH, OW, F).
    """
    N, H, W, C = x.shape
    KH, KW, _, F = w.shape
    (sh, sw), ((top, bottom), (left, right)) = stride, padding
    OH, OW = (H + top + bottom - KH) // sh + 1, (W + left + right - KW) // sw + 1
    y = np.zeros((N, OH, OW, F), x.dtype)
    for n, i, j in np.ndindex(N, OH, OW):
        for p, q, c, f in np.ndindex(KH, KW, C, F):
            row, column = i * sh + p - top, j * sw + q - left
            if 0 <= row < H and 0 <= column < W:
                y[n, i, j, f] += x[n, row, column, c] * w[p, q, c, f]
    return y


def conv2d_input_grad(dy: ndarray, w: ndarray, x_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """dx[n, i*sh + p - top, j*sw + q - left, c] += dy[n, i, j, f] * w[p, q, c, f]                          (2)

    The loops of conv2d with x and y exchanged: dy (N, OH, OW, F), w (KH, KW, C, F) -> dx of shape x_shape.
    """
    N, H, W, C = x_shape
    KH, KW, _, F = w.shape
    (sh, sw), ((top, _), (left, _)) = stride, padding
    dx = np.zeros(x_shape, dy.dtype)
    for n, i, j in np.ndindex(dy.shape[:3]):
        for p, q, c, f in np.ndindex(KH, KW, C, F):
            row, column = i * sh + p - top, j * sw + q - left
            if 0 <= row < H and 0 <= column < W:
                dx[n, row, column, c] += dy[n, i, j, f] * w[p, q, c, f]
    return dx


def conv2d_weight_grad(x: ndarray, dy: ndarray, w_shape: tuple, stride: Pair, padding: Pads) -> ndarray:
    """dw[p, q, c, f] = sum over n, i, j of x[n, i*sh + p - top, j*sw + q - left, c] * dy[n, i, j, f]       (3)

    The loops of conv2d with w and y exchanged: x (N, H, W, C), dy (N, OH, OW, F) -> dw of shape w_shape.
    """
    N, H, W, C = x.shape
    KH, KW, _, F = w_shape
    (sh, sw), ((top, _), (left, _)) = stride, padding
    dw = np.zeros(w_shape, x.dtype)
    for n, i, j in np.ndindex(dy.shape[:3]):
        for p, q, c, f in np.ndindex(KH, KW, C, F):
            row, column = i * sh + p - top, j * sw + q - left
            if 0 <= row < H and 0 <= column < W:
                dw[p, q, c, f] += x[n, row, column, c] * dy[n, i, j, f]
    return dw


# --- Batch normalisation --------------------------------------------------------------------------------------------
# z = scale * (x - mean) + shift, then y = leaky_relu(z, slope). x (M, C); mean, scale, shift (C,).


def channel_moments(x: ndarray) -> tuple[ndarray, ndarray]:
    """mean = sum of x / M, variance = sum of (x - mean)^2 / M, over the rows: x (M, C) -> (C,) both."""
    mean = x.sum(axis=0) / len(x)
    return mean, ((x - mean) ** 2).sum(axis=0) / len(x)


def normalise(x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1) -> ndarray:
    """y = leaky_relu(scale * (x - mean) + shift, slope): x (M, C) -> (M, C)."""
    return leaky_relu(scale * (x - mean) + shift, slope)


def channel_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1
) -> tuple[ndarray, ndarray]:
    """With g = dy where z > 0, else slope * dy: the sums of g and of g * (x - mean) over the rows, (C,) both."""
    g = leaky_relu_grad(dy, scale * (x - mean) + shift, slope)
    return g.sum(axis=0), (g * (x - mean)).sum(axis=0)


def normalise_grad(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray
) -> ndarray:
    """dx = scale * g - b * (x - mean) - c, with g as in channel_sums: dy, x (M, C), the others (C,) -> (M, C)."""
    g = leaky_relu_grad(dy, scale * (x - mean) + shift, slope)
    return scale * g - b * (x - mean) - c


# --- Virtual batch normalisation ------------------------------------------------------------------------------------
# The same with statistics of each sample's own: x (N, P, C) has P pixels a sample; mean, scale (N, C); shift (C,).


def sample_moments(x: ndarray, s: ndarray) -> tuple[ndarray, ndarray]:
    """The means of x - s and of (x - s)^2 over the pixels of each sample: x (N, P, C), s (C,) -> (N, C) both."""
    return (x - s).mean(axis=1), ((x - s) ** 2).mean(axis=1)


def normalise_samples(x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1) -> ndarray:
    """y[n] = leaky_relu(scale[n] * (x[n] - mean[n]) + shift[n], slope): x (N, P, C) -> (N, P, C)."""
    return normalise(x, mean[:, None], scale[:, None], shift[:, None], slope)


def sample_sums(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float = 1
) -> tuple[ndarray, ndarray]:
    """With g = dy where z > 0, else slope * dy: the sums of g and g * (x - mean[n]) over each sample, (N, C) both."""
    d = x - mean[:, None]
    g = leaky_relu_grad(dy, scale[:, None] * d + shift[:, None], slope)
    return g.sum(axis=1), (g * d).sum(axis=1)


def normalise_samples_grad(
    dy: ndarray, x: ndarray, mean: ndarray, scale: ndarray, shift: ndarray, slope: float, b: ndarray, c: ndarray
) -> ndarray:
    """dx[n] = scale[n] * g - b[n] * (x[n] - mean[n]) - c[n]: dy, x (N, P, C), b, c (N, C) -> (N, P, C)."""
    return normalise_grad(dy, x, mean[:, None], scale[:, None], shift[:, None], slope, b[:, None], c[:, None])


# --- Pixel normalisation --------------------------------------------------------------------------------------------


def pixel_norm(x: ndarray, eps: float) -> tuple[ndarray, ndarray]:
    """r = 1 / sqrt(mean of x^2 over the row + eps), y = r x: x (M, C) -> y (M, C), r (M,)."""
    r = 1 / np.sqrt((x * x).mean(axis=1) + x.dtype.type(eps))
    return r[:, None] * x, r


def pixel_norm_grad(dy: ndarray, y: ndarray, r: ndarray) -> ndarray:
    """dx = r (dy - y * the mean of dy y over the row): dy, y (M, C), r (M,) -> dx (M, C)."""
    return r[:, None] * (dy - y * (dy * y).mean(axis=1, keepdims=True))


# --- Maxout ---------------------------------------------------------------------------------------------------------
# A unit has `pieces` numbers side by side in memory. The largest of them wins; only the winner has a gradient.


def maxout(x: ndarray, pieces: int) -> tuple[ndarray, ndarray]:
    """y = the largest number of each unit, winner = its place, 0 ... pieces - 1. x: any shape -> both flat.

    The first of equal numbers wins. A NaN is larger than any number.
    """
    units = x.reshape(-1, pieces)
    return units.max(axis=1), units.argmax(axis=1).astype(np.int32)


def scatter_winners(dy: ndarray, winner: ndarray, pieces: int) -> ndarray:
    """dx[u, winner[u]] = dy[u], and 0 elsewhere: the gradient of maxout. dy: one number a unit -> dx, flat."""
    dx = np.zeros((winner.size, pieces), dy.dtype)
    for u, j in enumerate(winner.flat):
        dx[u, j] = dy.reshape(-1)[u]
    return dx.reshape(-1)


def gather_winners(x: ndarray, winner: ndarray) -> ndarray:
    """y[u] = x[u, winner[u]]: the adjoint of scatter_winners. x: `pieces` numbers a unit -> y, flat."""
    units = x.reshape(winner.size, -1)
    return np.array([units[u, j] for u, j in enumerate(winner.flat)], x.dtype)


def maxout_input_grad(dy: ndarray, winner: ndarray, w: ndarray) -> ndarray:
    """dx[n, k] = sum over u of dy[n, u] * w[k, u * pieces + winner[n, u]], for y = maxout(x w, pieces).

    dy (N, U), winner: N * U places, w (K, U * pieces) -> dx (N, K).
    """
    (N, U), K = dy.shape, len(w)
    dx, winner, pieces = np.zeros((N, K), w.dtype), winner.reshape(N, U), w.shape[1] // U
    for n, u in np.ndindex(N, U):
        dx[n] += dy[n, u] * w[:, u * pieces + winner[n, u]]
    return dx


def maxout_weight_grad(
    x: ndarray, dy: ndarray, winner: ndarray, pieces: int, share: ndarray | None = None
) -> tuple[ndarray, ndarray]:
    """For y = maxout(x w + b, pieces): sample n adds x[n] * dy[n, u] to the column of dw that won for its unit u, and
    share[n] * dy[n, u] to that number of db.

    x (N, K), dy (N, U), winner: N * U places, share (N,) or None for ones -> dw (K, U * pieces), db (U * pieces,).
    """
    (N, K), U = x.shape, dy.shape[1]
    dw, db, winner = np.zeros((K, U * pieces), x.dtype), np.zeros(U * pieces, x.dtype), winner.reshape(N, U)
    for n, u in np.ndindex(N, U):
        column = u * pieces + winner[n, u]
        dw[:, column] += x[n] * dy[n, u]
        db[column] += dy[n, u] * (1 if share is None else share[n])
    return dw, db


# --- Blocks of pixels -----------------------------------------------------------------------------------------------
# Block (i, j) has the rows i sh to i sh + sh - 1 and the columns j sw to j sw + sw - 1, as far as the image has them.


def block_sums(x: ndarray, size: Pair) -> ndarray:
    """y[n, i, j, c] = the sum of x[n, :, :, c] over block (i, j): x (N, H, W, C) -> y (N, OH, OW, C)."""
    (sh, sw), (N, H, W, C) = size, x.shape
    y = np.zeros((N, -(-H // sh), -(-W // sw), C), x.dtype)  # -(-a // b) is a / b rounded up
    for r, s in np.ndindex(H, W):
        y[:, r // sh, s // sw] += x[:, r, s]
    return y


def block_repeat(y: ndarray, size: Pair, x_shape: tuple) -> ndarray:
    """x[n, r, s, c] = y[n, r // sh, s // sw, c], the adjoint of block_sums: y (N, OH, OW, C) -> x of shape x_shape."""
    x = np.zeros(x_shape, y.dtype)
    for r, s in np.ndindex(x_shape[1:3]):
        x[:, r, s] = y[:, r // size[0], s // size[1]]
    return x


def block_max(x: ndarray, size: Pair) -> tuple[ndarray, ndarray]:
    """y[n, i, j, c] = the largest x[n, r, s, c] of block (i, j), winner = its place there, (r - i sh) sw + s - j sw.

    The first of equal numbers wins. A NaN is larger than any number. x (N, H, W, C) -> both (N, OH, OW, C).
    """
    (sh, sw), (N, H, W, C) = size, x.shape
    y = np.zeros((N, -(-H // sh), -(-W // sw), C), x.dtype)
    winner = np.zeros(y.shape, np.int32)
    for n, i, j, c in np.ndindex(y.shape):
        block = x[n, i * sh : i * sh + sh, j * sw : j * sw + sw, c]
        r, s = np.unravel_index(block.argmax(), block.shape)
        y[n, i, j, c], winner[n, i, j, c] = block[r, s], r * sw + s
    return y, winner


def block_scatter(dy: ndarray, winner: ndarray, size: Pair, x_shape: tuple) -> ndarray:
    """dx = dy at the winner of each block, 0 elsewhere: the gradient of block_max. dy (N, OH, OW, C) -> x_shape."""
    dx, (sh, sw) = np.zeros(x_shape, dy.dtype), size
    for n, i, j, c in np.ndindex(dy.shape):
        r, s = divmod(int(winner[n, i, j, c]), sw)
        dx[n, i * sh + r, j * sw + s, c] = dy[n, i, j, c]
    return dx


def block_gather(x: ndarray, winner: ndarray, size: Pair) -> ndarray:
    """y = x at the winner of each block, the adjoint of block_scatter: x (N, H, W, C) -> y (N, OH, OW, C)."""
    y, (sh, sw) = np.zeros(winner.shape, x.dtype), size
    for n, i, j, c in np.ndindex(y.shape):
        r, s = divmod(int(winner[n, i, j, c]), sw)
        y[n, i, j, c] = x[n, i * sh + r, j * sw + s, c]
    return y


# --- Attention ------------------------------------------------------------------------------------------------------
# Place i of sample n has a query q[n, i]; place j has a key k[n, j] and a value v[n, j]. a[n, j, i]: what i takes of j.


def attend(q: ndarray, k: ndarray, v: ndarray) -> tuple[ndarray, ndarray]:
    """a[n, :, i] = softmax over j of sum over d of k[n, j, d] q[n, i, d];  y[n, i] = sum over j of a[n, j, i] v[n, j].

    q (N, P, d), k (N, M, d), v (N, M, c) -> y (N, P, c), a (N, M, P).
    """
    (N, P, _), M = q.shape, k.shape[1]
    y, a = np.zeros((N, P, v.shape[2]), q.dtype), np.zeros((N, M, P), q.dtype)
    for n, i in np.ndindex(N, P):
        scores = (k[n] * q[n, i]).sum(axis=1)  # (M,)
        exps = np.exp(scores - scores.max())  # the largest is 1: nothing overflows
        a[n, :, i] = exps / exps.sum()
        y[n, i] = (a[n, :, i, None] * v[n]).sum(axis=0)
    return y, a


def attend_grad(dy: ndarray, q: ndarray, k: ndarray, v: ndarray, a: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """dq, dk, dv, with the shapes of q, k, v, from dy (N, P, c) and what attend was given and returned.

    da_j = dy . v_j, and through the softmax (`minigan.layers.Attend`)  ds_j = a_j (da_j - sum over j of a_j da_j).
    """
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for n, i in np.ndindex(q.shape[:2]):
        weights = a[n, :, i]  # (M,)
        da = (v[n] * dy[n, i]).sum(axis=1)
        ds = weights * (da - (weights * da).sum())
        dq[n, i] = (ds[:, None] * k[n]).sum(axis=0)
        dk[n] += ds[:, None] * q[n, i]
        dv[n] += weights[:, None] * dy[n, i]
    return dq, dk, dv


# --- Minibatch discrimination ---------------------------------------------------------------------------------------


def pair_distances(m: ndarray) -> ndarray:
    """d[i, j, b] = sum over c of |m[i, c, b] - m[j, c, b]|: m (N, C, B) -> d (N, N, B)."""
    N, C, B = m.shape
    d = np.zeros((N, N, B), m.dtype)
    for i, j, c in np.ndindex(N, N, C):
        d[i, j] += np.abs(m[i, c] - m[j, c])
    return d


def pair_distances_grad(weight: ndarray, m: ndarray) -> ndarray:
    """dm[i, c, b] = sum over j of weight[i, j, b] * sign(m[i, c, b] - m[j, c, b]), with sign(0) = 0.

    weight (N, N, B), m (N, C, B) -> dm (N, C, B).
    """
    N, C, B = m.shape
    dm = np.zeros_like(m)
    for i, j, c in np.ndindex(N, N, C):
        dm[i, c] += weight[i, j] * np.sign(m[i, c] - m[j, c])
    return dm


# --- Optimizers and averages ----------------------------------------------------------------------------------------


def adam(
    p: ndarray, g: ndarray, m: ndarray, v: ndarray,
    lr: float, beta1: float, beta2: float, eps: float, t: int,
) -> None:  # fmt: skip
    """One step of Adam, in place: p, g, m, v of one shape; t = 1, 2, ... (Kingma & Ba 2015, algorithm 1)."""
    m[...] = beta1 * m + (1 - beta1) * g
    v[...] = beta2 * v + (1 - beta2) * g * g
    mhat = m / (1 - beta1**t)
    vhat = v / (1 - beta2**t)
    p -= lr * mhat / (np.sqrt(vhat) + eps)


def adam_all(
    ps: list[ndarray], gs: list[ndarray], ms: list[ndarray], vs: list[ndarray],
    lr: float, beta1: float, beta2: float, eps: float, ts: list[int], known: Addresses,
) -> None:  # fmt: skip
    """`adam` on each of several parameters. known: what the fast kernel remembers from step to step."""
    for p, g, m, v, t in zip(ps, gs, ms, vs, ts, strict=True):
        adam(p, g, m, v, lr, beta1, beta2, eps, t)


def ema_update(average: ndarray, x: ndarray, decay: float) -> None:
    """average <- decay * average + (1 - decay) * x, in place. An array of integers becomes x itself."""
    average[...] = decay * average + (1 - decay) * x if average.dtype.kind == "f" else x


def pull_to_mean(p: ndarray, g: ndarray, mean: ndarray, weight: float, t: int) -> ndarray:
    """mean <- mean + (p - mean) / t, in place: the mean of p over t steps. -> g + 2 weight (p - mean), in p's dtype."""
    mean += (p - mean) / t
    return (g + 2 * weight * (p - mean)).astype(p.dtype)


# --- Looking at an array --------------------------------------------------------------------------------------------


def fingerprint(array: ndarray) -> int:
    """The sum of words[i] * (2 i + 1), modulo 2^64: it changes when an entry changes, or when two entries are swapped.

    The words are the array's memory as integers of 64 bits; of 32 bits if 8 does not divide its number of bytes.
    """
    data = np.ascontiguousarray(array).tobytes()
    size = 8 if len(data) % 8 == 0 else 4
    words = [int.from_bytes(data[i : i + size], sys.byteorder) for i in range(0, len(data), size)]
    return sum(word * (2 * i + 1) for i, word in enumerate(words)) % 2**64


def finite(array: ndarray) -> bool:
    """Whether no entry is NaN, inf or -inf. Any shape and dtype."""
    return all(abs(number) < np.inf for number in array.flat)
