"""What exercises 03 and 04 share: convolutions that are right, and those that come of well-known mistakes."""

import numpy as np

from minigan.kernels.geometry import output_sizes
from minigan.kernels.im2col import fold_plain, unfold_plain

NO_STRIDE, NO_PADS = (1, 1), ((0, 0), (0, 0))
ENDS = "where do the zeros go: how many rows of them are above, how many below? Yours has the pads swapped"
SIDES = "which pair of pads belongs to the rows, and which to the columns?"
STRIDE_GONE = "where does window (0, 1) begin? Yours puts neighbours one pixel apart: where did the stride go?"
STRIDES = "which of the two strides belongs to the rows?"
NO_ZEROS = "how many zeros are on each side of the image? Yours is taken without them"
ALL_BEHIND = "window (0, 0) begins in the rim of zeros: how many of them stand in front of the image?"
FIRST_IMAGE = "whose pixels are these? In yours all windows come from the first image"
FLIPPED = "which tap lies on the top left pixel of a window? Yours reads from its other end: a flipped kernel"
WHICH_ROW = "in which order do the rows count: which of n, i and j is slowest, and which fastest?"


def described(x_shape, w_shape, stride, pads):
    """What went into a convolution, in a few words."""
    return f"x is {x_shape}, w {w_shape}, stride {stride}, pads {pads}"


def swapped(pads):
    """The zeros of each side on the other one."""
    return tuple((after, before) for before, after in pads)


def behind(pads):
    """All zeros at the end: what comes of reading x[i * sh + p] for padded[i * sh + p]."""
    return tuple((0, before + after) for before, after in pads)


def turned(w):
    """The kernel of the mathematicians' convolution."""
    return w[::-1, ::-1]


def columns(x, kernel, stride, pads, size=None):
    """The windows as rows; size: how many there are, (OH, OW), if not as many as fit."""
    size = size or output_sizes(x.shape, kernel, stride, pads)
    cols = np.zeros((len(x) * size[0] * size[1], kernel[0] * kernel[1] * x.shape[3]))
    unfold_plain(x, kernel, stride, (pads[0][0], pads[1][0]), size, (0, len(x) * size[0]), cols)
    return cols


def folded(cols, x_shape, kernel, stride, pads, size=None):
    """The way back."""
    x, size = np.zeros(x_shape), size or output_sizes(x_shape, kernel, stride, pads)
    fold_plain(cols, kernel, stride, (pads[0][0], pads[1][0]), size, (0, x_shape[0] * size[0]), x)
    return x


def folded_by_assignment(cols, x_shape, kernel, stride, pads, size, by_taps):
    """What comes of a fold with = for +=: of all copies of a pixel the last window's is left, or the last tap's."""
    (N, H, W, C), x = x_shape, np.zeros(x_shape)
    moved = cols.reshape(N, *size, *kernel, C)
    order = [(*ij, *pq) for ij in np.ndindex(*size) for pq in np.ndindex(*kernel)]
    for i, j, p, q in sorted(order, key=lambda index: index[2:] + index[:2] if by_taps else index):
        row, column = i * stride[0] + p - pads[0][0], j * stride[1] + q - pads[1][0]
        if 0 <= row < H and 0 <= column < W:
            x[:, row, column] = moved[:, i, j, p, q]
    return x


def convolved(x, w, stride, pads, size=None):
    """y as a product of the windows and w; size as in `columns`."""
    size, (KH, KW, C, F) = size or output_sizes(x.shape, w.shape, stride, pads), w.shape
    return (columns(x, (KH, KW), stride, pads, size) @ w.reshape(KH * KW * C, F)).reshape(len(x), *size, F)


def window_mistakes(windows, x, kernel, stride, pads):
    """(question, array) for each way to take the wrong windows: windows(x, stride, pads, size) makes an array of them,
    of all that fit if there is no size."""
    size = output_sizes(x.shape, kernel, stride, pads)
    rim_again = np.pad(x, ((0, 0), *pads, (0, 0)), mode="edge")
    return [
        (STRIDE_GONE, windows(x, NO_STRIDE, pads, size)),
        (STRIDE_GONE, windows(x, NO_STRIDE, pads)),
        (STRIDES, windows(x, stride[::-1], pads, size)),
        (STRIDES, windows(x, stride[::-1], pads)),
        (ENDS, windows(x, stride, swapped(pads), size)),
        (SIDES, windows(x, stride, pads[::-1], size)),
        (SIDES, windows(x, stride, pads[::-1])),
        (NO_ZEROS, windows(x, stride, NO_PADS)),
        (ALL_BEHIND, windows(x, stride, behind(pads), size)),
        ("what is outside of the image: zeros, or its own rim once more?", windows(rim_again, stride, NO_PADS)),
        (FIRST_IMAGE, windows(np.repeat(x[:1], len(x), axis=0), stride, pads)),
    ]


def conv_mistakes(x, w, stride, pads):
    """(question, y) for each well-known mistake in y = conv(x, w)."""
    C, F = w.shape[2:]
    wrong = window_mistakes(lambda x, *how: convolved(x, w, *how), x, w.shape[:2], stride, pads)
    wrong += [
        (FLIPPED, convolved(x, turned(w), stride, pads)),
        ("does p count rows of the kernel and q its columns, or the other way round?",
            convolved(x, w.swapaxes(0, 1), stride, pads)),
        ("over how many channels does the sum run? In yours only the first counts",
            convolved(x[..., :1], w[:, :, :1], stride, pads)),
        ("is y the sum of the products, or their mean?", convolved(x, w, stride, pads) / w[..., 0].size),
    ]  # fmt: skip
    if C == F:
        asked = "which axis of w counts the channels that come in, which those that go out? Yours has them swapped"
        wrong.append((asked, convolved(x, w.swapaxes(2, 3), stride, pads)))
    return wrong


def column_mistakes(x, kernel, stride, pads):
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


def fold_mistakes(cols, x_shape, kernel, stride, pads):
    """(question, x) for each well-known mistake in x = col2im(cols)."""
    size, C = output_sizes(x_shape, kernel, stride, pads), x_shape[3]
    case = (x_shape, kernel, stride, pads, size)
    back, N = folded(cols, *case), x_shape[0]
    taps = cols.reshape(len(cols), *kernel, C)
    channels_first = cols.reshape(len(cols), C, *kernel).transpose(0, 2, 3, 1)
    column_first = cols.reshape(N, *size[::-1], -1).swapaxes(1, 2)
    copies = "in how many windows is a pixel in the middle, and what becomes of all its copies? "
    last = f"{copies}Is it all of them that are in yours, or only the last?"
    return [
        (last, folded_by_assignment(cols, *case, by_taps=True)),
        (last, folded_by_assignment(cols, *case, by_taps=False)),
        (f"{copies}Is it their sum or their mean that yours returns, and which leads back?",
            back / np.maximum(folded(np.ones_like(cols), *case), 1)),
        (STRIDE_GONE, folded(cols, x_shape, kernel, NO_STRIDE, pads, size)),
        (STRIDES, folded(cols, x_shape, kernel, stride[::-1], pads, size)),
        ("which part of the padded image is the image? Yours has the pads swapped",
            folded(cols, x_shape, kernel, stride, swapped(pads), size)),
        ("which part of the padded image is the image? Where does it begin?",
            folded(cols, x_shape, kernel, stride, NO_PADS, size)),
        (SIDES, folded(cols, x_shape, kernel, stride, pads[::-1], size)),
        ("to which pixel of its window does the first number of a row return?",
            folded(taps[:, ::-1, ::-1].reshape(cols.shape), *case)),
        ("in which order do the columns count?", folded(channels_first.reshape(cols.shape), *case)),
        (WHICH_ROW, folded(column_first.reshape(cols.shape), *case)),
    ]  # fmt: skip
