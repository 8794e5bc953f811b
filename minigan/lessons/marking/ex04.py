"""Marks exercise 04: the transposed convolution by painting, its size, and its backward pass."""

import numpy as np

from minigan import kernels
from minigan.lessons.marking import Task, Wrong, right_gradients, same_shape, same_values
from minigan.lessons.marking.convolutions import folded_by_assignment, swapped, turned

TITLE = "Transposed convolution: painting, sizes, backward"

STRIDE, PADS, KERNEL = (2, 3), ((1, 0), (0, 2)), (3, 4)
X_SHAPE, Y_SHAPE = (2, 3, 4, 2), (2, 6, 11, 2)  # two channels in, two out: swapped ones give numbers and no error
COPIES = "how many copies lie on a pixel in the middle? What should come of them all? Do you write = or +=?"
HAND = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(1, 2, 2, 1)
HAND_KERNEL = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1)


def numbers(*shape):
    return np.random.default_rng(5).standard_normal(shape)


def painted(x, w, stride, pads):
    height, width = ((x.shape[a] - 1) * stride[a - 1] + w.shape[a - 1] - sum(pads[a - 1]) for a in (1, 2))
    return kernels.conv2d_input_grad_plain(x, w, (len(x), height, width, w.shape[2]), stride, pads)


def painted_by_assignment(x, w, stride, pads, by_taps):
    """What comes of = for +=: of the copies on a pixel one is left."""
    (_, H, W, C), y = x.shape, painted(x, w, stride, pads)
    cols = x.reshape(-1, C) @ w.reshape(-1, C).T  # in each row what one pixel paints
    return folded_by_assignment(cols, y.shape, w.shape[:2], stride, pads, (H, W), by_taps)


def check_output_size(student):
    for case, expected in {(4, 4, 2, 1, 1): 8, (5, 3, 1, 0, 0): 7, (3, 5, 2, 2, 1): 6, (1, 4, 3, 0, 0): 4}.items():
        size, kernel, stride, before, after = case
        same_values(student.output_size(*case), expected, f"output_size{case}", suspects={
            "this formula is that of the convolution, from large to small: which way does a generator go?":
                (size + before + after - kernel) // stride + 1,
            "where does the last pixel begin to paint? The first begins at 0": size * stride + kernel - before - after,
            "are pads more pixels here, or fewer?": (size - 1) * stride + kernel + before + after,
        }, hint="where does the last pixel begin to paint, and where does it end? What is cropped then?")  # fmt: skip


def check_same_crop(student):
    for kernel, stride in [(4, 2), (5, 2), (3, 1), (3, 3), (6, 3)]:
        total, case = kernel - stride, f"same_crop{kernel, stride}"
        got = student.same_crop(kernel, stride)
        same_shape(got, (2,), case)
        same_values(got, (total // 2, total - total // 2), case, suspects={
            "an odd number of pixels is to be cropped: at which end is the odd one?": (total - total // 2, total // 2),
            "that is the padding of a convolution of stride 1; how many pixels does output_size give with it?":
                ((kernel - 1) // 2, kernel - 1 - (kernel - 1) // 2),
        }, hint="set output_size to size * stride: what does that leave for before + after?")  # fmt: skip


def check_conv_transpose(student):
    none = ((0, 0), (0, 0))
    y = student.conv_transpose(HAND, HAND_KERNEL, (1, 1), none)
    same_shape(y, (1, 3, 3, 1), "y for 2 x 2 pixels and a kernel of 2 x 2, stride 1")
    same_values(y, painted(HAND, HAND_KERNEL, (1, 1), none), "y", suspects={
        COPIES: painted_by_assignment(HAND, HAND_KERNEL, (1, 1), none, by_taps=True),
        f"the last one wins in yours; {COPIES}": painted_by_assignment(HAND, HAND_KERNEL, (1, 1), none, by_taps=False),
        "which tap lands on the top left of what a pixel paints? Yours paints a flipped kernel":
            painted(HAND, turned(HAND_KERNEL), (1, 1), none),
    }, hint="the pixels are 1, 10 and 100, 1000, the taps 1 ... 4: who paints on this place?")  # fmt: skip
    x, w = numbers(*X_SHAPE), numbers(*KERNEL, 2, 2)
    y = student.conv_transpose(x, w, STRIDE, PADS)
    same_shape(y, Y_SHAPE, f"y for x {x.shape}, w {w.shape}, stride {STRIDE}, pads {PADS}",
               "how far apart do neighbours paint, in rows and in columns? And what is cropped?")  # fmt: skip
    same_values(y, painted(x, w, STRIDE, PADS), "y", suspects={
        COPIES: painted_by_assignment(x, w, STRIDE, PADS, by_taps=True),
        f"the last one wins in yours; {COPIES}": painted_by_assignment(x, w, STRIDE, PADS, by_taps=False),
        "w is (KH, KW, F, C): which axis of w meets the channels of x?": painted(x, w.swapaxes(2, 3), STRIDE, PADS),
        "which rows of the canvas are kept? Yours is cropped at the other end": painted(x, w, STRIDE, swapped(PADS)),
        "which tap lands on the top left of what a pixel paints? Yours paints a flipped kernel":
            painted(x, turned(w), STRIDE, PADS),
    }, hint="which pixels paint on this place, each with which tap?")  # fmt: skip


def check_layer(student):
    layer, x = student.MyTransposed(2, 2, KERNEL, STRIDE, PADS), numbers(*X_SHAPE)
    layer.params["b"][...] = [0.5, -2.0]
    w, b = layer.params["w"], layer.params["b"]
    y, cache = layer.forward(x)
    without = painted(x, w, STRIDE, PADS)
    same_shape(y, without.shape, "y")
    same_values(y, without + b, "y", suspects={"what became of the bias?": without})
    dy = np.random.default_rng(6).standard_normal(y.shape)
    answer = layer.backward(dy, cache)
    if not (isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], dict)):
        raise Wrong("backward returns two things, an array and a dict of two arrays: what does yours return?")
    dx, grads = answer
    check_backward(x, w, dy, dx, grads)
    right_gradients(student.MyTransposed(2, 3, (3, 4), (3, 2), ((0, 2), (1, 0))), input_shape=(2, 2, 3, 2))


def check_backward(x, w, dy, dx, grads):
    """The gradients of one example, with the mistakes that are often made."""
    expected = kernels.conv2d_plain(dy, w, STRIDE, PADS)
    same_shape(dx, expected.shape, "dx", "forward made the picture larger: which kind of layer leads back? Does your "
               "dx come of one that goes up instead of down?")  # fmt: skip
    same_values(dx, expected, "dx", suspects={
        "how far apart do neighbours paint? In your backward the stride is forgotten":
            kernels.conv2d_plain(dy, w, (1, 1), PADS)[:, : x.shape[1], : x.shape[2]],
        "which axis of w meets the channels of dy?": kernels.conv2d_plain(dy, w.swapaxes(2, 3), STRIDE, PADS),
        "where was y cropped? In backward the pads are swapped": kernels.conv2d_plain(dy, w, STRIDE, swapped(PADS)),
        "does the kernel turn round on the way back? Yours is a flipped kernel":
            kernels.conv2d_plain(dy, turned(w), STRIDE, PADS),
    }, hint="dx = A dy: which convolution is A? Try <A dy, x> = <dy, At x> with your own two functions")  # fmt: skip
    if set(grads) != {"w", "b"}:
        raise Wrong("are the gradients under the names of the parameters?", f"their names are {', '.join(grads)}")
    expected = kernels.conv2d_weight_grad_plain(dy, x, w.shape, STRIDE, PADS)
    same_values(grads["w"], expected, "dw", suspects={
        "of x and dy, which of the two is the large picture, with the channels that w has first?":
            expected.swapaxes(2, 3),
        "the loss is a sum over images: who divided by their number?": expected / len(x),
    })  # fmt: skip
    expected = dy.sum(axis=(0, 1, 2))
    same_values(grads["b"], expected, "db", suspects={
        "b is added everywhere: is its gradient a sum or a mean?": dy.mean(axis=(0, 1, 2)),
    })  # fmt: skip


TASKS = [
    Task("output_size", "how large the painted picture is", check_output_size),
    Task("same_crop", 'what to crop for padding "same"', check_same_crop),
    Task("conv_transpose", "every pixel paints a copy of the kernel", check_conv_transpose),
    Task("MyTransposed", "the layer, forward and backward", check_layer),
]
