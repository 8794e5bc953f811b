"""Marks exercise 03: a convolution by loops, by im2col and a matrix product, and its backward pass."""

import numpy as np

from minigan import kernels
from minigan.kernels.im2col import fold_plain, unfold_plain
from minigan.lessons.marking import Task, Wrong, right_gradients, same_shape, same_values

TITLE = "Convolution: loops, im2col, backward"

# Nothing here is equal that could be mixed up: height and width, strides, what is above, below, left and right. Only
# the channels are: two in, two out, so that swapped ones give numbers and no error.
STRIDE, PADS, KERNEL = (2, 3), ((1, 0), (0, 1)), (3, 2)
X_SHAPE, SIZE = (2, 5, 6, 2), (2, 2)
HAND = np.arange(1.0, 13.0).reshape(1, 3, 4, 1)  # 1 ... 12 in rows of four
HAND_KERNEL = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(2, 2, 1, 1)
NO_STRIDE, NO_PADS = (1, 1), ((0, 0), (0, 0))
COPIES = "in how many windows is a pixel in the middle? What should come of all its copies? Do you write = or +=?"


def numbers(*shape):
    return np.random.default_rng(3).standard_normal(shape)


def swapped(pads):
    """The zeros of each side on the other one."""
    return tuple((after, before) for before, after in pads)


def turned(w):
    """The kernel of the mathematicians' convolution."""
    return w[::-1, ::-1]


def columns(x, kernel, stride, pads, size):
    cols = np.zeros((len(x) * size[0] * size[1], kernel[0] * kernel[1] * x.shape[3]))
    unfold_plain(x, kernel, stride, (pads[0][0], pads[1][0]), size, (0, len(x) * size[0]), cols)
    return cols


def folded(cols, x_shape, kernel, stride, pads, size):
    x = np.zeros(x_shape)
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


def check_output_size(student):
    for case, expected in {(5, 3, 1, 0, 0): 3, (5, 3, 1, 1, 1): 5, (7, 3, 2, 1, 0): 3, (8, 3, 2, 0, 0): 3}.items():
        size, kernel, stride, before, after = case
        said = f"output_size{case}"
        same_values(student.output_size(*case), expected, said, suspects={
            "how many fence posts has a fence of three panels? The first window is there before any step is taken":
                (size + before + after - kernel) // stride,
            "may the last window stick out over the end? What then should become of half a step?":
                -(-(size + before + after - kernel) // stride) + 1,
        }, hint="where does window i begin, where does it end, and which is the last that still fits?")  # fmt: skip


def check_conv_loops(student):
    y = student.conv_loops(HAND, HAND_KERNEL, NO_STRIDE, NO_PADS)
    same_shape(y, (1, 2, 3, 1), "y for an image of 3 x 4 and a kernel of 2 x 2")
    same_values(y, kernels.conv2d_plain(HAND, HAND_KERNEL, NO_STRIDE, NO_PADS), "y", suspects={
        "which tap lies on the top left pixel of a window? Yours reads the kernel from its other end: a flipped kernel":
            kernels.conv2d_plain(HAND, turned(HAND_KERNEL), NO_STRIDE, NO_PADS),
        "does p count rows of the kernel and q its columns, or the other way round?":
            kernels.conv2d_plain(HAND, HAND_KERNEL.swapaxes(0, 1), NO_STRIDE, NO_PADS),
    }, hint="the image holds 1 ... 12, the kernel 1, 10 and 100, 1000: which pixels are in this number?")  # fmt: skip
    x, w = numbers(*X_SHAPE), numbers(*KERNEL, 2, 2)
    y = student.conv_loops(x, w, STRIDE, PADS)
    same_shape(y, (2, *SIZE, 2), f"y for x {x.shape}, w {w.shape}, stride {STRIDE}, pads {PADS}",
               "which of the two strides belongs to the rows? And how many zeros are on each side?")  # fmt: skip
    same_values(y, kernels.conv2d_plain(x, w, STRIDE, PADS), "y", suspects=conv_suspects(x, w))


def conv_suspects(x, w):
    return {
        "where do the zeros go: how many rows of them are above, how many below? Yours has the pads swapped":
            kernels.conv2d_plain(x, w, STRIDE, swapped(PADS)),
        "which axis of w counts the channels that come in, which those that go out? Yours has them swapped":
            kernels.conv2d_plain(x, w.swapaxes(2, 3), STRIDE, PADS),
        "which tap lies on the top left pixel of a window? Yours reads the kernel from its other end: a flipped kernel":
            kernels.conv2d_plain(x, turned(w), STRIDE, PADS),
    }  # fmt: skip


def check_im2col(student):
    same_values(student.im2col(HAND, (2, 2), NO_STRIDE, NO_PADS), columns(HAND, (2, 2), NO_STRIDE, NO_PADS, (2, 3)),
                "cols", "which four pixels are in this window? The image holds 1 ... 12 in rows of four")  # fmt: skip
    x = numbers(*X_SHAPE)
    expected = columns(x, KERNEL, STRIDE, PADS, SIZE)
    axes = expected.reshape(len(expected), *KERNEL, 2)
    same_values(student.im2col(x, KERNEL, STRIDE, PADS), expected, "cols", suspects={
        "in which order do the columns count: (p, q, c), or the channels first? And in which do the axes of w?":
            axes.transpose(0, 3, 1, 2).reshape(expected.shape),
        "in which order do the columns count: is it p or q that counts slower?":
            axes.transpose(0, 2, 1, 3).reshape(expected.shape),
        "where do the zeros go: how many rows of them are above, how many below? Yours has the pads swapped":
            columns(x, KERNEL, STRIDE, swapped(PADS), SIZE),
    })  # fmt: skip


def check_col2im(student):
    ones = student.col2im(np.ones((6, 4)), (1, 3, 4, 1), (2, 2), NO_STRIDE, NO_PADS)
    same_shape(ones, (1, 3, 4, 1), "what col2im returns", "the rim of zeros is not part of x: is it cut off again?")
    same_values(ones, folded(np.ones((6, 4)), (1, 3, 4, 1), (2, 2), NO_STRIDE, NO_PADS, (2, 3)), "col2im(ones)",
                suspects={COPIES: np.ones((1, 3, 4, 1))},
                hint="each of these numbers should say in how many windows its pixel is")  # fmt: skip
    cols, case = numbers(8, 12), (X_SHAPE, KERNEL, STRIDE, PADS, SIZE)
    got = student.col2im(cols, X_SHAPE, KERNEL, STRIDE, PADS)
    same_values(got, folded(cols, *case), "col2im(cols)", suspects={
        COPIES: folded_by_assignment(cols, *case, by_taps=True),
        f"the last copy wins in yours; {COPIES}": folded_by_assignment(cols, *case, by_taps=False),
        "where does window (0, 1) begin? Yours puts neighbouring windows one pixel apart: where did the stride go?":
            folded(cols, X_SHAPE, KERNEL, NO_STRIDE, PADS, SIZE),
        "which part of the padded image is the image? Yours has the pads swapped":
            folded(cols, X_SHAPE, KERNEL, STRIDE, swapped(PADS), SIZE),
    }, hint="from which pixel did im2col take this number?")  # fmt: skip


def check_layer(student):
    layer, x = student.MyConv(2, 2, KERNEL, STRIDE, PADS), numbers(*X_SHAPE)
    layer.params["b"][...] = [0.5, -2.0]
    w, b = layer.params["w"], layer.params["b"]
    y, cache = layer.forward(x)
    without = kernels.conv2d_plain(x, w, STRIDE, PADS)
    same_shape(y, without.shape, "y")
    same_values(y, without + b, "y", suspects={"what became of the bias?": without})
    dy = np.random.default_rng(4).standard_normal(y.shape)
    try:
        dx, grads = layer.backward(dy, cache)
        dw, db = grads["w"], grads["b"]
    except (TypeError, KeyError, IndexError, ValueError) as error:
        if isinstance(error, ValueError) and "unpack" not in str(error):
            raise
        raise Wrong('backward returns two things, dx and the dict {"w": dw, "b": db}: does yours?') from error
    check_backward(x, w, dy, dx, dw, db)
    right_gradients(student.MyConv(2, 3, (2, 3), (3, 2), ((0, 2), (1, 0))), input_shape=(2, 5, 4, 2))


def check_backward(x, w, dy, dx, dw, db):
    """The three gradients of one example, with the mistakes that are often made."""
    rows = len(dy) * dy.shape[1] * dy.shape[2]
    expected = dy.sum(axis=(0, 1, 2))
    same_shape(db, expected.shape, "db")
    same_values(db, expected, "db", suspects={
        "b is added to every pixel of every image: is its gradient their sum, or a mean of them?": expected / rows,
        "b is added to every image: over which axes must its gradient be summed?": dy[0].sum(axis=(0, 1)),
    })  # fmt: skip
    expected = kernels.conv2d_weight_grad_plain(x, dy, w.shape, STRIDE, PADS)
    same_shape(dw, w.shape, "dw")
    same_values(dw, expected, "dw", suspects={
        "y is a sum over the batch's images, and so is the loss: who divided dw by their number?": expected / len(x),
        "which axis of w counts the channels that come in? In dw they are swapped": expected.swapaxes(2, 3),
    }, hint="Y = cols W: which of cols and dY must be transposed to give a matrix of the shape of W?")  # fmt: skip
    expected = kernels.conv2d_input_grad_plain(dy, w, x.shape, STRIDE, PADS)
    same_shape(dx, x.shape, "dx")
    same_values(dx, expected, "dx", suspects={
        "which axis of w meets the channels of dy? In your dx they are swapped":
            kernels.conv2d_input_grad_plain(dy, w.swapaxes(2, 3), x.shape, STRIDE, PADS),
        "which stride had the forward pass? Your backward goes by single pixels: the stride is forgotten":
            kernels.conv2d_input_grad_plain(dy, w, x.shape, NO_STRIDE, PADS),
        "do forward and backward agree on where the zeros are? In backward the pads are swapped":
            kernels.conv2d_input_grad_plain(dy, w, x.shape, STRIDE, swapped(PADS)),
        "did the kernel turn round on the way back? In your dx it is a flipped kernel":
            kernels.conv2d_input_grad_plain(dy, turned(w), x.shape, STRIDE, PADS),
    }, hint="dcols = dY W^T: does every number of dcols return to its own pixel?")  # fmt: skip


TASKS = [
    Task("output_size", "how many windows fit along an axis", check_output_size),
    Task("conv_loops", "the formula, as loops", check_conv_loops),
    Task("im2col", "every window becomes a row", check_im2col),
    Task("col2im", "every number returns to its pixel", check_col2im),
    Task("MyConv", "the layer, forward and backward", check_layer),
]
