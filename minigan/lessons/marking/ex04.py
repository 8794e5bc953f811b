"""Marks exercise 04: the transposed convolution by painting, its size, and its backward pass."""

import numpy as np

from minigan import kernels
from minigan.lessons.marking import Task, Wrong, lent, right_gradients, same_count, same_shape, same_values
from minigan.lessons.marking.convolutions import (
    NO_PADS,
    NO_STRIDE,
    SIDES,
    STRIDES,
    described,
    folded_by_assignment,
    swapped,
    turned,
)
from minigan.lessons.marking.several import dx_and_grads, several

TITLE = "Transposed convolution: painting, sizes, backward"

# All lengths differ, so that no axis passes for another. Only the channels do not: seven in, seven out, so that swapped
# ones give numbers and no error.
STRIDE, PADS, KERNEL, CHANNELS = (2, 3), ((2, 1), (1, 3)), (3, 4), 7
X_SHAPE, W_SHAPE = (2, 5, 6, CHANNELS), (*KERNEL, CHANNELS, CHANNELS)  # and y is (2, 8, 15, 7)
CASE = described(X_SHAPE, W_SHAPE, STRIDE, PADS)

# What can be followed by hand: each pixel has a decimal place of its own.
HAND = lent(np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(1, 2, 2, 1))
HAND_KERNEL = lent(np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1))
HAND_CASES = {
    "the pixels of x are 1, 10 and 100, 1000, the taps 1, 2 and 3, 4, stride (1, 1), no pads": (NO_STRIDE, NO_PADS),
    "the pixels of x are 1, 10 and 100, 1000, the taps 1, 2 and 3, 4, stride (1, 3), pads ((1, 0), (0, 2))":
        ((1, 3), ((1, 0), (0, 2))),
}  # fmt: skip


def numbers(*shape, seed=5):
    return lent(np.random.default_rng(seed).standard_normal(shape))


def painted_size(x, w, stride, pads):
    return tuple((x.shape[a] - 1) * stride[a - 1] + w.shape[a - 1] - sum(pads[a - 1]) for a in (1, 2))


def painted(x, w, stride, pads, size=None):
    """y; size: (OH, OW), if not what the formula says."""
    shape = (len(x), *(size or painted_size(x, w, stride, pads)), w.shape[2])
    return kernels.plain.conv2d_input_grad(x, w, shape, stride, pads)


def painted_by_assignment(x, w, stride, pads, by_taps):
    """What comes of = for +=: of the copies on a pixel one is left."""
    (_, H, W, C), y = x.shape, painted(x, w, stride, pads)
    cols = x.reshape(-1, C) @ w.reshape(-1, C).T  # in each row what one pixel paints
    return folded_by_assignment(cols, y.shape, w.shape[:2], stride, pads, (H, W), by_taps)


SIZES = {(4, 4, 3, 1, 1): 11, (5, 3, 1, 0, 0): 7, (3, 5, 2, 2, 1): 6, (3, 5, 2, 0, 1): 8, (1, 4, 3, 0, 0): 4}


def check_output_size(student):
    for case, expected in SIZES.items():
        size, kernel, stride, before, after = case
        canvas, begins = (size - 1) * stride + kernel, "where does the last pixel begin to paint? The first begins at 0"
        once = "do before and after count once each?"
        same_count(student.output_size(*case), expected, f"output_size{case}", suspects=[
            ("this formula is that of the convolution, from large to small: which way does a generator go?",
                (size + before + after - kernel) // stride + 1),
            (begins, canvas + stride - before - after),
            ("are pads more pixels here, or fewer?", canvas + before + after),
            (once, canvas - 2 * before), (once, canvas - 2 * after), ("what is cropped from the canvas?", canvas),
        ], hint="where does the last pixel begin to paint, and where does it end? What is cropped then?")  # fmt: skip


def check_same_crop(student):
    for kernel, stride in [(4, 2), (5, 2), (3, 1), (3, 3), (6, 3)]:
        total, case = kernel - stride, f"same_crop{kernel, stride}"
        got = student.same_crop(kernel, stride)
        same_shape(got, (2,), case)
        same_count(got, (total // 2, total - total // 2), case, suspects={
            "an odd number of pixels is to be cropped: at which end is the odd one?": (total - total // 2, total // 2),
            "that is the padding of a convolution of stride 1; how many pixels does output_size give with it?":
                ((kernel - 1) // 2, kernel - 1 - (kernel - 1) // 2),
        }, hint="set output_size to size * stride: what does that leave for before + after?")  # fmt: skip


def check_conv_transpose(student):
    apart = "how far apart do neighbours paint, in rows and in columns? And what is cropped?"
    for case, (stride, pads) in HAND_CASES.items():
        same_values(student.conv_transpose(HAND, HAND_KERNEL, stride, pads), painted(HAND, HAND_KERNEL, stride, pads),
                    "y", case=case, suspects=painting_mistakes(HAND, HAND_KERNEL, stride, pads), shape_hint=apart,
                    hint="which pixels paint on this place, each with which tap?")  # fmt: skip
    x, w = numbers(*X_SHAPE), numbers(*W_SHAPE)
    same_values(student.conv_transpose(x, w, STRIDE, PADS), painted(x, w, STRIDE, PADS), "y", case=CASE,
                suspects=painting_mistakes(x, w, STRIDE, PADS), shape_hint=apart,
                hint="with one channel and one image it is right: what is different here?")  # fmt: skip


def painting_mistakes(x, w, stride, pads):
    """(question, y) for each well-known mistake in y = conv_transpose(x, w)."""
    size, rows = painted_size(x, w, stride, pads), "which rows and columns of the canvas are kept? "
    last = "how many copies lie on a pixel in the middle? Is it all of them that are in yours, or only the last?"
    wrong = [
        (last, painted_by_assignment(x, w, stride, pads, by_taps=True)),
        (last, painted_by_assignment(x, w, stride, pads, by_taps=False)),
        (f"{rows}Yours is cropped at the other end", painted(x, w, stride, swapped(pads))),
        (f"{rows}Where do they begin?", painted(x, w, stride, NO_PADS, size)),
        (f"{rows}Yours is the whole canvas", painted(x, w, stride, NO_PADS)),
        (SIDES, painted(x, w, stride, pads[::-1])), (SIDES, painted(x, w, stride, pads[::-1], size)),
        (STRIDES, painted(x, w, stride[::-1], pads)), (STRIDES, painted(x, w, stride[::-1], pads, size)),
        ("how far apart do neighbours paint? Yours do one pixel apart: the stride is forgotten",
            painted(x, w, NO_STRIDE, pads, size)),
        ("which tap lands on the top left of what a pixel paints? Yours paints a flipped kernel",
            painted(x, turned(w), stride, pads)),
        ("how many channels of a pixel paint? In yours only the first does",
            painted(x[..., :1], w[..., :1], stride, pads)),
        ("whose pixels paint here? In yours only those of the first image",
            painted(np.repeat(x[:1], len(x), axis=0), w, stride, pads)),
    ]  # fmt: skip
    if w.shape[2] == w.shape[3]:
        asked = "w is (KH, KW, F, C): which axis of w meets the channels of x?"
        wrong.append((asked, painted(x, w.swapaxes(2, 3), stride, pads)))
    return wrong


def check_layer(student):
    layer, x = student.MyTransposed(CHANNELS, CHANNELS, KERNEL, STRIDE, PADS), numbers(*X_SHAPE)
    layer.params["b"][...] = np.arange(CHANNELS) / 2 - 1
    w, b = layer.params["w"].copy(), layer.params["b"].copy()
    y, cache = several(layer.forward(x), ("y", "cache"), "MyTransposed.forward")
    without = painted(x, w, STRIDE, PADS)
    same_values(y, without + b, "y", suspects={"what became of the bias?": without}, case=CASE,
                hint="which of your functions gives y, but for b? With which arguments?")  # fmt: skip
    dy = numbers(*without.shape, seed=6)
    dx, grads = dx_and_grads(layer.backward(dy, cache), "MyTransposed.backward")
    if not np.array_equal(layer.params["w"], w) or not np.array_equal(layer.params["b"], b):
        raise Wrong("who may change w and b, and when?", "after backward they are not what they were before")
    check_backward(x, w, dy, dx, grads)
    right_gradients(student.MyTransposed(4, 6, (3, 4), (3, 2), ((1, 2), (2, 1))), input_shape=(2, 3, 5, 4))


def check_backward(x, w, dy, dx, grads):
    """The gradients of one example, with the mistakes that are often made."""
    expected = kernels.plain.conv2d(dy, w, STRIDE, PADS)
    same_values(dx, expected, "dx", suspects={
        "how far apart do neighbours paint? In your backward the stride is forgotten":
            kernels.plain.conv2d(dy, w, NO_STRIDE, PADS)[:, : x.shape[1], : x.shape[2]],
        "how far apart do neighbours paint? In your backward the stride is forgotten, and dx is larger than x":
            kernels.plain.conv2d(dy, w, NO_STRIDE, PADS),
        "which axis of w meets the channels of dy?": kernels.plain.conv2d(dy, w.swapaxes(2, 3), STRIDE, PADS),
        "where was y cropped? In backward the pads are swapped": kernels.plain.conv2d(dy, w, STRIDE, swapped(PADS)),
        "where was y cropped? In backward there are no pads": kernels.plain.conv2d(dy, w, STRIDE, NO_PADS),
        "does the kernel turn round on the way back? Yours is a flipped kernel":
            kernels.plain.conv2d(dy, turned(w), STRIDE, PADS),
    }, hint="dx = A dy: which convolution is A? Try <A dy, x> = <dy, At x> with your own two functions",
        shape_hint="forward made the picture larger: which kind of layer leads back? Does your dx come of one that "
        "goes up instead of down?")  # fmt: skip
    expected = kernels.plain.conv2d_weight_grad(dy, x, w.shape, STRIDE, PADS)
    same_values(grads["w"], expected, "dw", suspects={
        "of x and dy, which of the two is the large picture, with the channels that w has first?":
            expected.swapaxes(2, 3),
        "every image adds its part to dw: who divided the sum by their number?": expected / len(x),
    }, hint="a tap w[p, q] joins each pixel of x with one of dy: which one? What do they add to dw[p, q]?")  # fmt: skip
    expected = dy.sum(axis=(0, 1, 2))
    same_values(grads["b"], expected, "db", suspects={
        "b is added everywhere: is its gradient a sum or a mean?": dy.mean(axis=(0, 1, 2)),
        "every image adds its part to db: who divided the sum by their number?": expected / len(x),
    }, hint="b[f] is added to all of y[..., f]: by how much does the loss grow if b[f] grows?")  # fmt: skip


TASKS = [
    Task("output_size", "how large the painted picture is", check_output_size),
    Task("same_crop", 'what to crop for padding "same"', check_same_crop),
    Task("conv_transpose", "every pixel paints a copy of the kernel", check_conv_transpose),
    Task("MyTransposed", "the layer, forward and backward", check_layer),
]
