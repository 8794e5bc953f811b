"""What exercises 03 and 04 share: right convolutions, those that come of well-known mistakes, and the layer's check."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigan.kernels.geometry import output_sizes
from minigan.lessons.marking import Wrong, dx_and_grads, normal, same_values, several

Pair, Pads, Mistakes = tuple[int, int], tuple[tuple[int, int], tuple[int, int]], list[tuple[str, np.ndarray]]

# No two lengths that can be mixed up are equal: height and width, strides, the pads of the four sides, channels and
# heights. Only the channels are equal, seven in and seven out, so that swapped ones give numbers and no error.
STRIDE, PADS, CHANNELS = (2, 3), ((2, 1), (1, 3)), 7
NO_STRIDE, NO_PADS = (1, 1), ((0, 0), (0, 0))

ALONE = "with one channel and one image it is right: what is different here?"
ENDS = "where do the zeros go: how many rows of them are above, how many below? Yours has the pads swapped"
SIDES = "which pair of pads belongs to the rows, and which to the columns?"
STRIDE_GONE = "where does window (0, 1) begin? Yours puts neighbours one pixel apart: where did the stride go?"
STRIDES = "which of the two strides belongs to the rows?"
FLIPPED = "which tap lies on the top left pixel of a window? Yours reads from its other end: a flipped kernel"
WHICH_ROW = "in which order do the rows count: which of n, i and j is slowest, and which fastest?"
WHOLE = "every image adds its part to {}: who divided the sum by their number?"
ONCE = "do before and after count once each?"


def described(x_shape: tuple, w_shape: tuple, stride: Pair, pads: Pads) -> str:
    """What went into a convolution, in a few words."""
    return f"x is {x_shape}, w {w_shape}, stride {stride}, pads {pads}"


def swapped(pads: Pads) -> Pads:
    """The zeros of each side on the other one."""
    return tuple((after, before) for before, after in pads)


def turned(w: np.ndarray) -> np.ndarray:
    """The kernel of the mathematicians' convolution."""
    return w[::-1, ::-1]


def tap_places(kernel: Pair, stride: Pair, size: Pair) -> Iterator[tuple[int, int, tuple]]:
    """For each tap (p, q) the slices of a padded image (N, rows, columns, C) on which the windows have that tap."""
    for p, q in np.ndindex(*kernel):
        yield p, q, np.s_[:, p : p + stride[0] * size[0] : stride[0], q : q + stride[1] * size[1] : stride[1]]


def canvas_of(x_shape: tuple, kernel: Pair, stride: Pair, pads: Pads, size: Pair) -> tuple[np.ndarray, tuple]:
    """Zeros, large enough for the padded image and for all windows, and the slices where the image lies in them."""
    (N, H, W, C), ((top, bottom), (left, right)) = x_shape, pads
    rows, columns = ((size[a] - 1) * stride[a] + kernel[a] for a in (0, 1))
    canvas = np.zeros((N, max(top + H + bottom, rows), max(left + W + right, columns), C))
    return canvas, np.s_[:, top : top + H, left : left + W]


def columns(x: np.ndarray, kernel: Pair, stride: Pair, pads: Pads, size: Pair | None = None) -> np.ndarray:
    """The windows as rows; size: how many there are, (OH, OW), if not as many as fit."""
    size = size or output_sizes(x.shape, kernel, stride, pads)
    canvas, image = canvas_of(x.shape, kernel, stride, pads, size)
    canvas[image] = x
    cols = np.zeros((len(x), *size, *kernel, x.shape[3]))
    for p, q, place in tap_places(kernel, stride, size):
        cols[:, :, :, p, q] = canvas[place]
    return cols.reshape(len(x) * size[0] * size[1], -1)


def folded(cols: np.ndarray, x_shape: tuple, kernel: Pair, stride: Pair, pads: Pads, size: Pair | None = None,
           kept: str = "sum") -> np.ndarray:  # fmt: skip
    """The way back. kept: of a pixel's copies "sum", or, with = in place of +=, the "last tap" or "last window"."""
    size = size or output_sizes(x_shape, kernel, stride, pads)
    canvas, image = canvas_of(x_shape, kernel, stride, pads, size)
    cols = cols.reshape(len(canvas), *size, *kernel, -1)
    if kept == "last window":
        for i, j in np.ndindex(*size):
            row, column = i * stride[0], j * stride[1]
            canvas[:, row : row + kernel[0], column : column + kernel[1]] = cols[:, i, j]
        return canvas[image]
    for p, q, place in tap_places(kernel, stride, size):
        canvas[place] = cols[:, :, :, p, q] + (canvas[place] if kept == "sum" else 0)
    return canvas[image]


def convolved(x: np.ndarray, w: np.ndarray, stride: Pair, pads: Pads, size: Pair | None = None) -> np.ndarray:
    """y = cols W; size as in `columns`."""
    size, (KH, KW, C, F) = size or output_sizes(x.shape, w.shape, stride, pads), w.shape
    return (columns(x, (KH, KW), stride, pads, size) @ w.reshape(KH * KW * C, F)).reshape(len(x), *size, F)


def weight_grad(x: np.ndarray, dy: np.ndarray, w: np.ndarray, stride: Pair, pads: Pads) -> np.ndarray:
    """dW = cols^T dY."""
    return (columns(x, w.shape[:2], stride, pads, dy.shape[1:3]).T @ dy.reshape(-1, dy.shape[3])).reshape(w.shape)


def input_grad(dy: np.ndarray, w: np.ndarray, x_shape: tuple, stride: Pair, pads: Pads) -> np.ndarray:
    """dcols = dY W^T, folded."""
    KH, KW, C, F = w.shape
    return folded(dy.reshape(-1, F) @ w.reshape(-1, F).T, x_shape, (KH, KW), stride, pads, dy.shape[1:3])


def window_mistakes(windows: Callable, x: np.ndarray, kernel: Pair, stride: Pair, pads: Pads) -> Mistakes:
    """(question, array) for each way to take the wrong windows: windows(x, stride, pads, size) makes an array of them,
    of all that fit if there is no size."""
    size = output_sizes(x.shape, kernel, stride, pads)
    rim_again = np.pad(x, ((0, 0), *pads, (0, 0)), mode="edge")
    behind = tuple((0, before + after) for before, after in pads)  # x[i * sh + p] read for padded[i * sh + p]
    return [
        (STRIDE_GONE, windows(x, NO_STRIDE, pads, size)), (STRIDE_GONE, windows(x, NO_STRIDE, pads)),
        (STRIDES, windows(x, stride[::-1], pads, size)), (STRIDES, windows(x, stride[::-1], pads)),
        (ENDS, windows(x, stride, swapped(pads), size)),
        (SIDES, windows(x, stride, pads[::-1], size)), (SIDES, windows(x, stride, pads[::-1])),
        ("how many zeros are on each side of the image? Yours is taken without them", windows(x, stride, NO_PADS)),
        ("window (0, 0) begins in the rim of zeros: how many of them stand in front of the image?",
            windows(x, stride, behind, size)),
        ("what is outside of the image: zeros, or its own rim once more?", windows(rim_again, stride, NO_PADS)),
        ("whose pixels are these? In yours all windows come from the first image",
            windows(np.repeat(x[:1], len(x), axis=0), stride, pads)),
    ]  # fmt: skip


def conv_mistakes(x: np.ndarray, w: np.ndarray, stride: Pair, pads: Pads) -> Mistakes:
    """(question, y) for each well-known mistake in y = conv(x, w)."""
    wrong = window_mistakes(lambda x, *how: convolved(x, w, *how), x, w.shape[:2], stride, pads)
    wrong += [
        (FLIPPED, convolved(x, turned(w), stride, pads)),
        ("does p count rows of the kernel and q its columns, or the other way round?",
            convolved(x, w.swapaxes(0, 1), stride, pads)),
        ("over how many channels does the sum run? In yours only the first counts",
            convolved(x[..., :1], w[:, :, :1], stride, pads)),
        ("is y the sum of the products, or their mean?", convolved(x, w, stride, pads) / w[..., 0].size),
    ]  # fmt: skip
    if w.shape[2] == w.shape[3]:
        asked = "which axis of w counts the channels that come in, which those that go out? Yours has them swapped"
        wrong.append((asked, convolved(x, w.swapaxes(2, 3), stride, pads)))
    return wrong


def column_mistakes(x: np.ndarray, kernel: Pair, stride: Pair, pads: Pads) -> Mistakes:
    """(question, cols) for each well-known mistake in cols = im2col(x)."""
    cols, size = columns(x, kernel, stride, pads), output_sizes(x.shape, kernel, stride, pads)
    taps, rows = cols.reshape(len(cols), *kernel, -1), cols.reshape(len(x), *size, -1)
    return [
        ("in which order do the columns count: (p, q, c), or the channels first? And in which do the axes of w?",
            taps.transpose(0, 3, 1, 2).reshape(cols.shape)),
        ("in which order do the columns count: is it p or q that counts slower?",
            taps.transpose(0, 2, 1, 3).reshape(cols.shape)),
        ("which pixel of a window comes first in its row? Yours counts from the other end",
            taps[:, ::-1, ::-1].reshape(cols.shape)),
        (WHICH_ROW, rows.transpose(0, 2, 1, 3).reshape(cols.shape)),
        (WHICH_ROW, rows.transpose(1, 2, 0, 3).reshape(cols.shape)),
        *window_mistakes(lambda x, *how: columns(x, kernel, *how), x, kernel, stride, pads),
    ]  # fmt: skip


def fold_mistakes(cols: np.ndarray, x_shape: tuple, kernel: Pair, stride: Pair, pads: Pads) -> Mistakes:
    """(question, x) for each well-known mistake in x = col2im(cols)."""
    size, N, C = output_sizes(x_shape, kernel, stride, pads), x_shape[0], x_shape[3]
    case = (x_shape, kernel, stride, pads, size)
    taps, channels_first = cols.reshape(len(cols), *kernel, C), cols.reshape(len(cols), C, *kernel)
    column_first = cols.reshape(N, *size[::-1], -1).swapaxes(1, 2)
    copies = "in how many windows is a pixel in the middle, and what becomes of all its copies? "
    last, which = f"{copies}Is it all of them that are in yours, or only the last?", "which part of the padded image is"
    return [
        (last, folded(cols, *case, kept="last tap")), (last, folded(cols, *case, kept="last window")),
        (f"{copies}Is it their sum or their mean that yours returns, and which leads back?",
            folded(cols, *case) / np.maximum(folded(np.ones_like(cols), *case), 1)),
        (STRIDE_GONE, folded(cols, x_shape, kernel, NO_STRIDE, pads, size)),
        (STRIDES, folded(cols, x_shape, kernel, stride[::-1], pads, size)),
        (f"{which} the image? Yours has the pads swapped", folded(cols, x_shape, kernel, stride, swapped(pads), size)),
        (f"{which} the image? Where does it begin?", folded(cols, x_shape, kernel, stride, NO_PADS, size)),
        (SIDES, folded(cols, x_shape, kernel, stride, pads[::-1], size)),
        ("to which pixel of its window does the first number of a row return?", folded(taps[:, ::-1, ::-1], *case)),
        ("in which order do the columns count?", folded(channels_first.transpose(0, 2, 3, 1), *case)),
        (WHICH_ROW, folded(column_first, *case)),
    ]  # fmt: skip


def layer_gradients(layer: Any, x: np.ndarray, right: Callable, mistakes: Callable, hint: str, case: str) -> tuple:
    """Checks y and db of a student's layer with a bias on one example -> copies of w, dy, dx, dw for further checks.

    right: function (x, w) -> y without the bias. mistakes: function (x, w, b, y) -> suspects. hint: for a wrong y.
    """
    name = type(layer).__name__
    layer.params["b"][...] = np.arange(CHANNELS) / 2 - 1
    w, b = layer.params["w"].copy(), layer.params["b"].copy()
    y, cache = several(layer.forward(x), ("y", "cache"), f"{name}.forward")
    expected = right(x, w) + b
    same_values(y, expected, "y", hint, suspects=mistakes(x, w, b, expected), case=case)
    dy = normal(4, *expected.shape)
    dx, grads = dx_and_grads(layer.backward(dy, cache), f"{name}.backward")
    if not np.array_equal(layer.params["w"], w) or not np.array_equal(layer.params["b"], b):
        raise Wrong("who may change w and b, and when?", "after backward they are not what they were before")
    db = dy.sum(axis=(0, 1, 2))
    same_values(grads["b"], db, "db", suspects={
        "b is added to every pixel of every image: is its gradient their sum, or a mean of them?": db / dy[..., 0].size,
        "b is added to every image: over which axes must its gradient be summed?": dy[0].sum(axis=(0, 1)),
        WHOLE.format("db"): db / len(x), "if it grows a little, does y grow or shrink? And the loss?": -db,
    }, hint="b[f] is added to all of y[..., f]: by how much does the loss grow if b[f] grows?")  # fmt: skip
    return w, dy, dx, grads["w"]
