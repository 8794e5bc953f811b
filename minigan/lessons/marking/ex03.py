"""Marks exercise 03: a convolution by loops, by im2col and a matrix product, and its backward pass."""

import numpy as np

from minigan import kernels
from minigan.lessons.marking import Task, Wrong, lent, right_gradients, same_count, same_shape, same_values
from minigan.lessons.marking.convolutions import (
    NO_PADS,
    NO_STRIDE,
    column_mistakes,
    columns,
    conv_mistakes,
    convolved,
    described,
    fold_mistakes,
    folded,
    swapped,
    turned,
)
from minigan.lessons.marking.several import dx_and_grads, several

TITLE = "Convolution: loops, im2col, backward"

# Nothing here is equal that could be mixed up: height and width, strides, what is above, below, left and right, and no
# number of channels is a height. The windows fill the padded image to its last pixel, so that no pad is there in vain.
# Only the channels are equal: seven in, seven out, so that swapped ones give numbers and no error.
STRIDE, PADS, KERNEL, CHANNELS = (2, 3), ((2, 1), (1, 3)), (3, 2), 7
X_SHAPE, W_SHAPE = (2, 6, 10, CHANNELS), (*KERNEL, CHANNELS, CHANNELS)  # and y is (2, 4, 5, 7)
CASE = described(X_SHAPE, W_SHAPE, STRIDE, PADS)

# What can be followed by hand: 3 x 4 pixels, the taps 1, 10, 100 and 1000; without stride and pads, and with them.
HAND = lent(np.arange(1.0, 13.0).reshape(1, 3, 4, 1))
HAND_KERNEL = lent(np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(2, 2, 1, 1))
HAND_CASES = {
    "x holds 1 ... 12 in rows of four, stride (1, 1), no pads": (NO_STRIDE, NO_PADS),
    "x holds 1 ... 12 in rows of four, stride (2, 3), pads ((2, 1), (0, 1))": ((2, 3), ((2, 1), (0, 1))),
}


def numbers(*shape, seed=3):
    return lent(np.random.default_rng(seed).standard_normal(shape))


SIZES = {  # (size, kernel, stride, before, after): how many windows
    (5, 3, 1, 0, 0): 3, (5, 3, 1, 1, 1): 5, (7, 3, 1, 2, 0): 7, (7, 3, 1, 0, 2): 7, (7, 3, 2, 1, 0): 3,
    (8, 3, 2, 0, 0): 3, (9, 3, 2, 0, 0): 4, (8, 3, 4, 1, 1): 2, (9, 3, 4, 1, 0): 2,
}  # fmt: skip


def check_output_size(student):
    for case, expected in SIZES.items():
        size, kernel, stride, before, after = case
        way = size + before + after - kernel  # of the first window, to the end
        once = "do before and after count once each?"
        same_count(student.output_size(*case), expected, f"output_size{case}", suspects=[
            ("which is cut into steps: the way that the window goes, or that and 1 for the first window?",
                (way + 1) // stride),
            ("how many fence posts has a fence of three panels? The first window is there before any step is taken",
                way // stride),
            (once, (size + 2 * before - kernel) // stride + 1), (once, (size + 2 * after - kernel) // stride + 1),
            ("how much room is there, with the zeros?", (size - kernel) // stride + 1),
            ("may the last window stick out over the end? What then should become of half a step?",
                -(-way // stride) + 1),
        ], hint="where does window i begin, where does it end, and which is the last that still fits?")  # fmt: skip


def check_conv_loops(student):
    for case, (stride, pads) in HAND_CASES.items():
        y = student.conv_loops(HAND, HAND_KERNEL, stride, pads)
        same_values(y, convolved(HAND, HAND_KERNEL, stride, pads), "y", case=f"{case}, and w 1, 10 and 100, 1000",
                    suspects=conv_mistakes(HAND, HAND_KERNEL, stride, pads),
                    hint="which four pixels are in this number, each times its tap?")  # fmt: skip
    x, w = numbers(*X_SHAPE), numbers(*W_SHAPE)
    same_values(student.conv_loops(x, w, STRIDE, PADS), convolved(x, w, STRIDE, PADS), "y", case=CASE,
                suspects=conv_mistakes(x, w, STRIDE, PADS),
                hint="with one channel and one image it is right: what is different here?")  # fmt: skip


def check_im2col(student):
    for case, (stride, pads) in HAND_CASES.items():
        same_values(student.im2col(HAND, (2, 2), stride, pads), columns(HAND, (2, 2), stride, pads), "cols", case=case,
                    suspects=column_mistakes(HAND, (2, 2), stride, pads),
                    hint="which four pixels are in this window, and in which order?")  # fmt: skip
    x = numbers(*X_SHAPE)
    same_values(student.im2col(x, KERNEL, STRIDE, PADS), columns(x, KERNEL, STRIDE, PADS), "cols", case=CASE,
                suspects=column_mistakes(x, KERNEL, STRIDE, PADS),
                hint="with one channel and one image it is right: what is different here?")  # fmt: skip


def check_col2im(student):
    for stride, pads in HAND_CASES.values():
        taps = lent(np.tile(HAND_KERNEL.ravel(), (6, 1)))  # six windows in both cases
        case = f"each of the 6 rows of cols is 1, 10, 100, 1000, x_shape {HAND.shape}, stride {stride}, pads {pads}"
        check_folded(
            student,
            taps,
            (HAND.shape, (2, 2), stride, pads),
            case,
            "every window has 1, 10, 100 and 1000 at its four pixels: which of them return to this one?",
        )
    cols = lent(numbers(*columns(numbers(*X_SHAPE), KERNEL, STRIDE, PADS).shape))
    check_folded(student, cols, (X_SHAPE, KERNEL, STRIDE, PADS), CASE,
                 "with one channel and one image it is right: what is different here?")  # fmt: skip


def check_folded(student, cols, how, case, hint):
    """col2im of one example; its shape first, since what was forgotten is seen from it. how: its other arguments."""
    x_shape, _, _, ((top, bottom), (left, right)) = how
    N, H, W, C = x_shape
    got = student.col2im(cols, *how)
    rim = "the rim of zeros is not part of x: is it cut off again?"
    padded = np.shape(got) == (N, top + H + bottom, left + W + right, C)
    same_shape(got, x_shape, "what col2im returns", rim if padded else "which part of the padded image is x?", case)
    same_values(got, folded(cols, *how), "what col2im returns", hint, case=case, suspects=fold_mistakes(cols, *how))


def check_layer(student):
    layer, x = student.MyConv(CHANNELS, CHANNELS, KERNEL, STRIDE, PADS), numbers(*X_SHAPE)
    layer.params["b"][...] = np.arange(CHANNELS) / 2 - 1
    w, b = layer.params["w"].copy(), layer.params["b"].copy()
    y, cache = several(layer.forward(x), ("y", "cache"), "MyConv.forward")
    expected = convolved(x, w, STRIDE, PADS) + b
    same_values(y, expected, "y", suspects=forward_mistakes(x, w, b, expected), case=CASE,
                hint="y = cols W + b: which matrix is W, and in which order are its rows?")  # fmt: skip
    dy = numbers(*expected.shape, seed=4)
    dx, grads = dx_and_grads(layer.backward(dy, cache), "MyConv.backward")
    if not np.array_equal(layer.params["w"], w) or not np.array_equal(layer.params["b"], b):
        raise Wrong("who may change w and b, and when?", "after backward they are not what they were before")
    check_backward(x, w, dy, dx, grads["w"], grads["b"])
    right_gradients(student.MyConv(3, 5, (2, 3), (3, 2), ((1, 2), (2, 1))), input_shape=(2, 5, 4, 3))


def forward_mistakes(x, w, b, y):
    """(question, y) for each well-known mistake in y = cols W + b."""
    (N, OH, OW, F), cols = y.shape, columns(x, KERNEL, STRIDE, PADS)
    W = "the columns of cols count (p, q, c): in which order do the rows of your matrix W?"
    axes = "y is (N, OH, OW, F), its rows by (n, i, j): which axes does your reshape make of them, in which order?"
    return [
        ("what became of the bias?", y - b),
        (W, (cols @ w.reshape(F, -1).T + b).reshape(y.shape)),
        (W, (cols @ w.transpose(2, 0, 1, 3).reshape(-1, F) + b).reshape(y.shape)),
        (W, (cols @ w.swapaxes(0, 1).reshape(-1, F) + b).reshape(y.shape)),
        (axes, y.reshape(N, F, OH, OW)), (axes, y.reshape(N, F, OH, OW).transpose(0, 2, 3, 1)),
        (axes, y.reshape(N, OW, OH, F)), (axes, y.reshape(N, OW, OH, F).swapaxes(1, 2)),
    ]  # fmt: skip


def check_backward(x, w, dy, dx, dw, db):
    """The three gradients of one example, with the mistakes that are often made."""
    whole = "every image adds its part to {}: who divided the sum by their number?"
    sign = "if it grows a little, does y grow or shrink? And the loss?"
    expected, rows = dy.sum(axis=(0, 1, 2)), dy[..., 0].size
    same_values(db, expected, "db", suspects={
        "b is added to every pixel of every image: is its gradient their sum, or a mean of them?": expected / rows,
        "b is added to every image: over which axes must its gradient be summed?": dy[0].sum(axis=(0, 1)),
        whole.format("db"): expected / len(x), sign: -expected,
    }, hint="b[f] is added to all of y[..., f]: by how much does the loss grow if b[f] grows?")  # fmt: skip
    expected = kernels.plain.conv2d_weight_grad(x, dy, w.shape, STRIDE, PADS)
    cols, turned_over = columns(x, KERNEL, STRIDE, PADS), "is a reshape to the other shape the same as a transpose?"
    same_values(dw, expected, "dw", suspects=[
        (whole.format("dw"), expected / len(x)),
        ("which axis of w counts the channels that come in? In dw they are swapped", expected.swapaxes(2, 3)),
        (turned_over, (dy.reshape(len(cols), -1).T @ cols).reshape(w.shape)), (sign, -expected),
    ], hint="Y = cols W: which of cols and dY must be transposed to give a matrix of the shape of W?")  # fmt: skip
    check_input_gradient(x, w, dy, dx, turned_over)


def check_input_gradient(x, w, dy, dx, turned_over):
    expected = kernels.plain.conv2d_input_grad(dy, w, x.shape, STRIDE, PADS)
    dcols = dy.reshape(-1, CHANNELS) @ w.reshape(CHANNELS, -1)
    same_values(dx, expected, "dx", suspects=[
        ("which axis of w meets the channels of dy? In your dx they are swapped",
            kernels.plain.conv2d_input_grad(dy, w.swapaxes(2, 3), x.shape, STRIDE, PADS)),
        ("which stride had the forward pass? Your backward goes by single pixels: the stride is forgotten",
            kernels.plain.conv2d_input_grad(dy, w, x.shape, NO_STRIDE, PADS)),
        ("do forward and backward agree on where the zeros are? In backward the pads are swapped",
            kernels.plain.conv2d_input_grad(dy, w, x.shape, STRIDE, swapped(PADS))),
        ("did the kernel turn round on the way back? In your dx it is a flipped kernel",
            kernels.plain.conv2d_input_grad(dy, turned(w), x.shape, STRIDE, PADS)),
        (turned_over, folded(dcols, x.shape, KERNEL, STRIDE, PADS)),
        ("is dx ever filled, and is what you filled what you return?", np.zeros_like(expected)),
        ("if x grows a little, does y grow or shrink? And the loss?", -expected),
    ], hint="dcols = dY W^T: does every number of dcols return to its own pixel?")  # fmt: skip


TASKS = [
    Task("output_size", "how many windows fit along an axis", check_output_size),
    Task("conv_loops", "the formula, as loops", check_conv_loops),
    Task("im2col", "every window becomes a row", check_im2col),
    Task("col2im", "every number returns to its pixel", check_col2im),
    Task("MyConv", "the layer, forward and backward", check_layer),
]
