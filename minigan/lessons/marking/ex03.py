"""Marking of exercise 03: a convolution by loops, by im2col and a matrix product, and its backward pass."""

import numpy as np

from minigan.lessons.marking import Student, Task, lent, normal, right_gradients, same_count, same_shape, same_values
from minigan.lessons.marking import convolutions as conv
from minigan.lessons.marking.convolutions import CHANNELS, NO_PADS, NO_STRIDE, PADS, STRIDE

TITLE = "Convolution: loops, im2col, backward"

# Two examples to follow by hand: 3 x 4 pixels, the taps 1, 10, 100 and 1000; without stride and pads, and with them.
# In the third the windows fill the padded image to its last pixel, so that no pad is there in vain; y is (2, 4, 5, 7).
HAND, HAND_KERNEL = lent(np.arange(1.0, 13.0).reshape(1, 3, 4, 1)), lent([[[[1.0]], [[10.0]]], [[[100.0]], [[1000.0]]]])
X, W, KERNEL = normal(3, 2, 6, 10, CHANNELS), normal(3, 3, 2, CHANNELS, CHANNELS), (3, 2)
CASE = conv.described(X.shape, W.shape, STRIDE, PADS)
EXAMPLES = [  # x, w, stride and pads, and what they are in words
    (HAND, HAND_KERNEL, (NO_STRIDE, NO_PADS), "x holds 1 ... 12 in rows of four, stride (1, 1), no pads"),
    (HAND, HAND_KERNEL, (STRIDE, ((2, 1), (0, 1))),
     "x holds 1 ... 12 in rows of four, stride (2, 3), pads ((2, 1), (0, 1))"),
    (X, W, (STRIDE, PADS), CASE),
]  # fmt: skip

SIZES = {  # (size, kernel, stride, before, after): how many windows
    (5, 3, 1, 0, 0): 3, (5, 3, 1, 1, 1): 5, (7, 3, 1, 2, 0): 7, (7, 3, 1, 0, 2): 7, (7, 3, 2, 1, 0): 3,
    (8, 3, 2, 0, 0): 3, (9, 3, 2, 0, 0): 4, (8, 3, 4, 1, 1): 2, (9, 3, 4, 1, 0): 2,
}  # fmt: skip


def check_output_size(student: Student) -> None:
    for case, expected in SIZES.items():
        size, kernel, stride, before, after = case
        way = size + before + after - kernel  # of the first window, to the end
        same_count(student.output_size(*case), expected, f"output_size{case}", suspects=[
            ("which is cut into steps: the way that the window goes, or that and 1 for the first window?",
                (way + 1) // stride),
            ("how many fence posts has a fence of three panels? The first window is there before any step is taken",
                way // stride),
            (conv.ONCE, (size + 2 * before - kernel) // stride + 1),
            (conv.ONCE, (size + 2 * after - kernel) // stride + 1),
            ("how much room is there, with the zeros?", (size - kernel) // stride + 1),
            ("may the last window stick out over the end? What then should become of half a step?",
                -(-way // stride) + 1),
        ], hint="where does window i begin, where does it end, and which is the last that still fits?")  # fmt: skip


def check_conv_loops(student: Student) -> None:
    for x, w, how, case in EXAMPLES:
        hint = conv.ALONE if x is X else "which four pixels are in this number, each times its tap?"
        case += "" if x is X else ", and w 1, 10 and 100, 1000"
        same_values(student.conv_loops(x, w, *how), conv.convolved(x, w, *how), "y", hint, case=case,
                    suspects=conv.conv_mistakes(x, w, *how))  # fmt: skip


def check_im2col(student: Student) -> None:
    for x, w, how, case in EXAMPLES:
        hint = conv.ALONE if x is X else "which four pixels are in this window, and in which order?"
        same_values(student.im2col(x, w.shape[:2], *how), conv.columns(x, w.shape[:2], *how), "cols", hint, case=case,
                    suspects=conv.column_mistakes(x, w.shape[:2], *how))  # fmt: skip


def check_col2im(student: Student) -> None:
    hint = "every window has 1, 10, 100 and 1000 at its four pixels: which of them return to this one?"
    for x, w, (stride, pads), _ in EXAMPLES[:2]:
        cols = lent(np.tile(w.ravel(), (6, 1)))  # six windows in both cases
        case = f"each of the 6 rows of cols is 1, 10, 100, 1000, x_shape {x.shape}, stride {stride}, pads {pads}"
        check_folded(student, cols, (x.shape, (2, 2), stride, pads), case, hint)
    cols = normal(3, *conv.columns(X, KERNEL, STRIDE, PADS).shape)
    check_folded(student, cols, (X.shape, KERNEL, STRIDE, PADS), CASE, conv.ALONE)


def check_folded(student: Student, cols: np.ndarray, how: tuple, case: str, hint: str) -> None:
    """col2im of one example; its shape first, since what was forgotten is seen from it. how: its other arguments."""
    (N, H, W, C), _, _, ((top, bottom), (left, right)) = how
    got, what = student.col2im(cols, *how), "what col2im returns"
    padded = np.shape(got) == (N, top + H + bottom, left + W + right, C)
    rim, part = "the rim of zeros is not part of x: is it cut off again?", "which part of the padded image is x?"
    same_shape(got, how[0], what, rim if padded else part, case)
    same_values(got, conv.folded(cols, *how), what, hint, case=case, suspects=conv.fold_mistakes(cols, *how))


def check_layer(student: Student) -> None:
    layer = student.MyConv(CHANNELS, CHANNELS, KERNEL, STRIDE, PADS)
    hint = "y = cols W + b: which matrix is W, and in which order are its rows?"
    right = lambda x, w: conv.convolved(x, w, STRIDE, PADS)  # noqa: E731
    check_backward(*conv.layer_gradients(layer, X, right, forward_mistakes, hint, CASE))
    right_gradients(student.MyConv(3, 5, (2, 3), (3, 2), ((1, 2), (2, 1))), input_shape=(2, 5, 4, 3))


def forward_mistakes(x: np.ndarray, w: np.ndarray, b: np.ndarray, y: np.ndarray) -> conv.Mistakes:
    """(question, y) for each well-known mistake in y = cols W + b."""
    (N, OH, OW, F), cols = y.shape, conv.columns(x, KERNEL, STRIDE, PADS)
    rows = "the columns of cols count (p, q, c): in which order do the rows of your matrix W?"
    axes = "y is (N, OH, OW, F), its rows by (n, i, j): which axes does your reshape make of them, in which order?"
    wrong = w.reshape(F, -1).T, w.transpose(2, 0, 1, 3).reshape(-1, F), w.swapaxes(0, 1).reshape(-1, F)
    return [
        ("what became of the bias?", y - b), *((rows, (cols @ W + b).reshape(y.shape)) for W in wrong),
        (axes, y.reshape(N, F, OH, OW)), (axes, y.reshape(N, F, OH, OW).transpose(0, 2, 3, 1)),
        (axes, y.reshape(N, OW, OH, F)), (axes, y.reshape(N, OW, OH, F).swapaxes(1, 2)),
    ]  # fmt: skip


def check_backward(w: np.ndarray, dy: np.ndarray, dx: np.ndarray, dw: np.ndarray) -> None:
    """dw and dx of one example, with the mistakes that are often made."""
    sign = "if it grows a little, does y grow or shrink? And the loss?"
    turned_over = "is a reshape to the other shape the same as a transpose?"
    expected, cols = conv.weight_grad(X, dy, w, STRIDE, PADS), conv.columns(X, KERNEL, STRIDE, PADS)
    same_values(dw, expected, "dw", suspects=[
        (conv.WHOLE.format("dw"), expected / len(X)), (sign, -expected),
        ("which axis of w counts the channels that come in? In dw they are swapped", expected.swapaxes(2, 3)),
        (turned_over, (dy.reshape(len(cols), -1).T @ cols).reshape(w.shape)),
    ], hint="Y = cols W: which of cols and dY must be transposed to give a matrix of the shape of W?")  # fmt: skip

    def grad(w: np.ndarray, stride: conv.Pair = STRIDE, pads: conv.Pads = PADS) -> np.ndarray:
        return conv.input_grad(dy, w, X.shape, stride, pads)

    same_values(dx, grad(w), "dx", suspects=[
        ("which axis of w meets the channels of dy? In your dx they are swapped", grad(w.swapaxes(2, 3))),
        ("which stride had the forward pass? Your backward goes by single pixels: the stride is forgotten",
            grad(w, NO_STRIDE)),
        ("do forward and backward agree on where the zeros are? In backward the pads are swapped",
            grad(w, pads=conv.swapped(PADS))),
        ("did the kernel turn round on the way back? In your dx it is a flipped kernel", grad(conv.turned(w))),
        (turned_over, conv.folded(dy.reshape(-1, CHANNELS) @ w.reshape(CHANNELS, -1), X.shape, KERNEL, STRIDE, PADS)),
        ("is dx ever filled, and is what you filled what you return?", np.zeros(X.shape)), (sign, -grad(w)),
    ], hint="dcols = dY W^T: does every number of dcols return to its own pixel?")  # fmt: skip


TASKS = [
    Task("output_size", "how many windows fit along an axis", check_output_size),
    Task("conv_loops", "the formula, as loops", check_conv_loops),
    Task("im2col", "every window becomes a row", check_im2col),
    Task("col2im", "every number returns to its pixel", check_col2im),
    Task("MyConv", "the layer, forward and backward", check_layer),
]
