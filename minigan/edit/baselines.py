"""What can be done without a generator: the methods that a search through G has to beat.

    mean_picture    the mean of the training pictures: the best guess for who has seen nothing
    nearest         the training picture that is nearest to what is seen: |A t - y|^2 least
    gaussian        each pixel the mean of those around it, with normal weights
    median          each pixel the median of a square around it
    bicubic         a small picture enlarged by cubic splines (Keys 1981), as Pillow has it
    linear          the best guess that is linear in y, from mean and covariance of the training pictures (Wiener)

All take and give pictures (N, H, W, C) of one scale.
"""

import numpy as np

from minigan.edit.operators import Operator

FLOOR = 1e-3
MOST = 4000
BLOCK = 64  # pictures whose distances to all training pictures are in memory at once


def mean_picture(train: np.ndarray, count: int) -> np.ndarray:
    """The mean of the training pictures, `count` times."""
    return np.repeat(train.mean(axis=0, keepdims=True), count, axis=0)


def nearest(train: np.ndarray, y: np.ndarray, A: Operator) -> np.ndarray:
    """For each y the training picture t with the least |A t - y|^2 = |A t|^2 - 2 (A t).y + |y|^2."""
    seen, y = A.forward(train).reshape(len(train), -1), y.reshape(len(y), -1)
    squares = np.sum(seen * seen, axis=1)
    best = [np.argmin(squares - 2 * y[i : i + BLOCK] @ seen.T, axis=1) for i in range(0, len(y), BLOCK)]
    return train[np.concatenate(best)]


def gaussian(y: np.ndarray, width: float) -> np.ndarray:
    """Each pixel the mean of those around it, with weights exp(-d^2 / (2 width^2)), as far as three widths; beyond the
    edge the picture is mirrored. The weights are a product of one for the rows and one for the columns."""
    reach = min(max(1, round(3 * width)), *(side - 1 for side in y.shape[1:3]))
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * width**2))
    weights /= weights.sum()
    for axis in (1, 2):
        margins = [(reach, reach) if k == axis else (0, 0) for k in range(4)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(y, margins, "symmetric"), len(weights), axis=axis)
        y = windows @ weights.astype(y.dtype)
    return y


def median(y: np.ndarray, width: int) -> np.ndarray:
    """Each pixel the median of a square of `width` x `width` pixels, odd, around it; the edge is mirrored."""
    reach = width // 2
    framed = np.pad(y, ((0, 0), (reach, reach), (reach, reach), (0, 0)), "symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(framed, (width, width), axis=(1, 2))
    return np.median(windows, axis=(4, 5)).astype(y.dtype)


def bicubic(y: np.ndarray, factor: int) -> np.ndarray:
    """Pictures (N, h, w, C) -> (N, h * factor, w * factor, C), by Pillow's bicubic filter on float numbers."""
    from PIL import Image

    N, h, w, C = y.shape
    out = np.empty((N, h * factor, w * factor, C), y.dtype)
    for n, c in np.ndindex(N, C):
        picture = Image.fromarray(np.ascontiguousarray(y[n, :, :, c], np.float32))
        out[n, :, :, c] = np.asarray(picture.resize((w * factor, h * factor), Image.Resampling.BICUBIC))
    return out


def linear(train: np.ndarray, y: np.ndarray, A: Operator, sigma: float = 0.0) -> np.ndarray:
    """The mean of x given y = A x + noise of deviation sigma, if pictures were normal, with mean m and covariance C of
    the training pictures (Wiener's filter; Kay 1993, "Estimation theory", equation 10.28):

        m + C A' (A C A' + s^2 I)^-1 (y - A m)

    X holds the N training pictures less m, a row each, and S = A X what is seen of them. Then C = X' X / N, and this is

        X' S / N (S' S / N + s^2 I)^-1 (y - A m)  =  X' / N (S S' / N + s^2 I)^-1 S (y - A m)

    The second form has the smaller matrix where y has more numbers than N. At most MOST pictures are used, evenly
    chosen. s^2 is at least FLOOR times the mean variance of y, so that the matrix has an inverse.
    """
    train = train[np.linspace(0, len(train) - 1, min(len(train), MOST)).astype(int)]
    m, N = train.mean(axis=0, keepdims=True), len(train)
    S, X = A.forward(train - m).reshape(N, -1).astype(np.float64), (train - m).reshape(N, -1).astype(np.float64)
    gap = (y - A.forward(m)).reshape(len(y), -1).astype(np.float64)  # (n, numbers of y)
    noise = max(sigma**2, FLOOR * np.mean(S**2))
    if S.shape[1] <= N:
        weights = S @ np.linalg.solve(S.T @ S / N + noise * np.eye(S.shape[1]), gap.T)  # (N, n): of each X
    else:
        weights = np.linalg.solve(S @ S.T / N + noise * np.eye(N), S @ gap.T)
    return (m + (weights.T @ X / N).reshape(len(y), *train.shape[1:])).astype(y.dtype)
