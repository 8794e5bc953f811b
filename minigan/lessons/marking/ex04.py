"""Marking of exercise 04: the transposed convolution by painting, its size, and its backward pass."""

import numpy as np

from minigan.lessons.marking import Student, Task, lent, normal, right_gradients, same_count, same_shape, same_values
from minigan.lessons.marking import convolutions as conv
from minigan.lessons.marking.convolutions import CHANNELS, NO_PADS, NO_STRIDE, PADS, STRIDE

TITLE = "Transposed convolution: painting, sizes, backward"

# Two examples to follow by hand, in which each pixel has a decimal place of its own; in the third y is (2, 8, 15, 7).
HAND, HAND_KERNEL = lent([[[[1.0], [10.0]], [[100.0], [1000.0]]]]), lent([[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]])
X, W = normal(5, 2, 5, 6, CHANNELS), normal(5, 3, 4, CHANNELS, CHANNELS)
CASE, IN_WORDS = conv.described(X.shape, W.shape, STRIDE, PADS), "the pixels of x are 1, 10 and 100, 1000, the taps "
EXAMPLES = [  # x, w, stride and pads, and what they are in words
    (HAND, HAND_KERNEL, (NO_STRIDE, NO_PADS), f"{IN_WORDS}1, 2 and 3, 4, stride (1, 1), no pads"),
    (HAND, HAND_KERNEL, ((1, 3), ((1, 0), (0, 2))), f"{IN_WORDS}1, 2 and 3, 4, stride (1, 3), pads ((1, 0), (0, 2))"),
    (X, W, (STRIDE, PADS), CASE),
]
SIZES = {(4, 4, 3, 1, 1): 11, (5, 3, 1, 0, 0): 7, (3, 5, 2, 2, 1): 6, (3, 5, 2, 0, 1): 8, (1, 4, 3, 0, 0): 4}


def check_output_size(student: Student) -> None:
    for case, expected in SIZES.items():
        size, kernel, stride, before, after = case
        canvas, begins = (size - 1) * stride + kernel, "where does the last pixel begin to paint? The first begins at 0"
        same_count(student.output_size(*case), expected, f"output_size{case}", suspects=[
            ("this formula is that of the convolution, from large to small: which way does a generator go?",
                (size + before + after - kernel) // stride + 1),
            (begins, canvas + stride - before - after),
            ("are pads more pixels here, or fewer?", canvas + before + after),
            (conv.ONCE, canvas - 2 * before), (conv.ONCE, canvas - 2 * after),
            ("what is cropped from the canvas?", canvas),
        ], hint="where does the last pixel begin to paint, and where does it end? What is cropped then?")  # fmt: skip


def check_same_crop(student: Student) -> None:
    for kernel, stride in [(4, 2), (5, 2), (3, 1), (3, 3), (6, 3)]:
        total, case, got = kernel - stride, f"same_crop{kernel, stride}", student.same_crop(kernel, stride)
        same_shape(got, (2,), case)
        same_count(got, (total // 2, total - total // 2), case, suspects={
            "an odd number of pixels is to be cropped: at which end is the odd one?": (total - total // 2, total // 2),
            "that is the padding of a convolution of stride 1; how many pixels does output_size give with it?":
                ((kernel - 1) // 2, kernel - 1 - (kernel - 1) // 2),
        }, hint="set output_size to size * stride: what does that leave for before + after?")  # fmt: skip


def painted(x: np.ndarray, w: np.ndarray, stride: conv.Pair, pads: conv.Pads, size: conv.Pair | None = None,
            kept: str = "sum") -> np.ndarray:  # fmt: skip
    """y; size: (OH, OW), if not what the formula says. kept: as in `folded`."""
    size = size or tuple((x.shape[a] - 1) * stride[a - 1] + w.shape[a - 1] - sum(pads[a - 1]) for a in (1, 2))
    cols = x.reshape(-1, x.shape[3]) @ w.reshape(-1, w.shape[3]).T  # in each row what one pixel paints
    return conv.folded(cols, (len(x), *size, w.shape[2]), w.shape[:2], stride, pads, x.shape[1:3], kept)


def check_conv_transpose(student: Student) -> None:
    apart = "how far apart do neighbours paint, in rows and in columns? And what is cropped?"
    for x, w, how, case in EXAMPLES:
        hint = conv.ALONE if x is X else "which pixels paint on this place, each with which tap?"
        same_values(student.conv_transpose(x, w, *how), painted(x, w, *how), "y", hint, case=case, shape_hint=apart,
                    suspects=painting_mistakes(x, w, *how))  # fmt: skip


def painting_mistakes(x: np.ndarray, w: np.ndarray, stride: conv.Pair, pads: conv.Pads) -> conv.Mistakes:
    """(question, y) for each well-known mistake in y = conv_transpose(x, w)."""
    size, rows = painted(x, w, stride, pads).shape[1:3], "which rows and columns of the canvas are kept? "
    last = "how many copies lie on a pixel in the middle? Is it all of them that are in yours, or only the last?"
    wrong = [
        (last, painted(x, w, stride, pads, kept="last tap")), (last, painted(x, w, stride, pads, kept="last window")),
        (f"{rows}Yours is cropped at the other end", painted(x, w, stride, conv.swapped(pads))),
        (f"{rows}Where do they begin?", painted(x, w, stride, NO_PADS, size)),
        (f"{rows}Yours is the whole canvas", painted(x, w, stride, NO_PADS)),
        (conv.SIDES, painted(x, w, stride, pads[::-1])), (conv.SIDES, painted(x, w, stride, pads[::-1], size)),
        (conv.STRIDES, painted(x, w, stride[::-1], pads)), (conv.STRIDES, painted(x, w, stride[::-1], pads, size)),
        ("how far apart do neighbours paint? Yours do one pixel apart: the stride is forgotten",
            painted(x, w, NO_STRIDE, pads, size)),
        ("which tap lands on the top left of what a pixel paints? Yours paints a flipped kernel",
            painted(x, conv.turned(w), stride, pads)),
        ("how many channels of a pixel paint? In yours only the first does",
            painted(x[..., :1], w[..., :1], stride, pads)),
        ("whose pixels paint here? In yours only those of the first image",
            painted(np.repeat(x[:1], len(x), axis=0), w, stride, pads)),
    ]  # fmt: skip
    if w.shape[2] == w.shape[3]:
        asked = "w is (KH, KW, F, C): which axis of w meets the channels of x?"
        wrong.append((asked, painted(x, w.swapaxes(2, 3), stride, pads)))
    return wrong


def check_layer(student: Student) -> None:
    layer = student.MyTransposed(CHANNELS, CHANNELS, W.shape[:2], STRIDE, PADS)
    hint = "which of your functions gives y, but for b? With which arguments?"
    check_backward(*conv.layer_gradients(
        layer, X, lambda x, w: painted(x, w, STRIDE, PADS), lambda x, w, b, y: [("what became of the bias?", y - b)],
        hint, CASE))  # fmt: skip
    right_gradients(student.MyTransposed(4, 6, (3, 4), (3, 2), ((1, 2), (2, 1))), input_shape=(2, 3, 5, 4))


def check_backward(w: np.ndarray, dy: np.ndarray, dx: np.ndarray, dw: np.ndarray) -> None:
    """dx and dw of one example, with the mistakes that are often made."""
    apart = "how far apart do neighbours paint? In your backward the stride is forgotten"
    unstrided = conv.convolved(dy, w, NO_STRIDE, PADS)
    same_values(dx, conv.convolved(dy, w, STRIDE, PADS), "dx", suspects={
        apart: unstrided[:, : X.shape[1], : X.shape[2]], f"{apart}, and dx is larger than x": unstrided,
        "which axis of w meets the channels of dy?": conv.convolved(dy, w.swapaxes(2, 3), STRIDE, PADS),
        "where was y cropped? In backward the pads are swapped": conv.convolved(dy, w, STRIDE, conv.swapped(PADS)),
        "where was y cropped? In backward there are no pads": conv.convolved(dy, w, STRIDE, NO_PADS),
        "does the kernel turn round on the way back? Yours is a flipped kernel":
            conv.convolved(dy, conv.turned(w), STRIDE, PADS),
    }, hint="dx = A dy: which convolution is A? Try <A dy, x> = <dy, At x> with your own two functions",
        shape_hint="forward made the picture larger: which kind of layer leads back? Does your dx come of one that "
        "goes up instead of down?")  # fmt: skip
    expected = conv.weight_grad(dy, X, w, STRIDE, PADS)
    same_values(dw, expected, "dw", suspects={
        "of x and dy, which of the two is the large picture, with the channels that w has first?":
            expected.swapaxes(2, 3),
        conv.WHOLE.format("dw"): expected / len(X),
    }, hint="a tap w[p, q] joins each pixel of x with one of dy: which one? What do they add to dw[p, q]?")  # fmt: skip


TASKS = [
    Task("output_size", "how large the painted picture is", check_output_size),
    Task("same_crop", 'what to crop for padding "same"', check_same_crop),
    Task("conv_transpose", "every pixel paints a copy of the kernel", check_conv_transpose),
    Task("MyTransposed", "the layer, forward and backward", check_layer),
]
