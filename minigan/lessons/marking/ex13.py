"""Marking of exercise 13: Winograd's trick in one dimension, its count, and the float32 trap."""

from collections.abc import Callable

import numpy as np

from minigan.lessons.marking import Student, Task, Wrong, lent, normal, same_count, same_shape, same_values

TITLE = "Winograd's trick: four products for six, in float32"

DATA = np.array([[1.0, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
FILTER = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
BACK = np.array([[1.0, 1, 1, 0], [0, 1, -1, -1]])
HAND, TAPS, TILES = lent([1.0, 10.0, 100.0, 1000.0]), lent([2.0, 4.0, 8.0]), normal(7, 3, 5, 4)


def kept(function: Callable, what: str, *arrays: np.ndarray, dtype: type = np.float32) -> None:
    """The result must have the dtype of the arrays that go in."""
    got = np.asarray(function(*(a.astype(dtype) for a in arrays))).dtype
    if got != dtype:
        raise Wrong(f"{np.dtype(dtype)} goes in, and {got} comes out: which constant or array on the way is no Python "
                    f"number and no {np.dtype(dtype)}?", f"{what} is {got}")  # fmt: skip


def signs_changed(row: int) -> np.ndarray:
    """DATA with another sign in one of its rows."""
    return DATA * np.where(np.arange(4) == row, -1, 1)[:, None]


def check_data(student: Student) -> None:
    same_values(student.transform_data(HAND), DATA @ HAND, "v", suspects={
        "m2: which way round is the difference? What would m2 do to y0 with the other sign?": signs_changed(2) @ HAND,
        "m3: which way round is the difference? With which sign does m3 enter y1?": signs_changed(3) @ HAND,
        "m0: which way round is the difference?": signs_changed(0) @ HAND,
    }, hint="the data are 1, 10, 100, 1000: which two of them are in this number?")  # fmt: skip
    v, hint = student.transform_data(TILES), "which axis holds the four numbers?"
    same_shape(v, TILES.shape, "v for d of (3, 5, 4)", hint)
    same_values(v, TILES @ DATA.T, "v", hint)
    kept(student.transform_data, "v", HAND)


def check_filter(student: Student) -> None:
    same_values(student.transform_filter(TAPS), FILTER @ TAPS, "u", suspects={
        "P + Q and P - Q are twice as large as m1 and m2: what must be divided by 2?":
            FILTER * [[1], [2], [2], [1]] @ TAPS,
        "which of the three taps changes its sign in m2?": FILTER[[0, 2, 1, 3]] @ TAPS,
    }, hint="the taps are 2, 4, 8: which are in this number, with which factors?")  # fmt: skip
    kept(student.transform_filter, "u", TAPS)


def check_back(student: Student) -> None:
    same_values(student.transform_back(HAND), BACK @ HAND, "y", suspects={
        "with which sign does m3 enter y1? What is in m3?": BACK @ (HAND * [1, 1, 1, -1]),
        "m2 stands in y0 and in y1: with the same sign?": [BACK[0] @ HAND, np.dot([0, 1, 1, -1], HAND)],
    }, hint="the products are 1, 10, 100, 1000: which are in this output?")  # fmt: skip
    same_values(student.transform_back(TILES), TILES @ BACK.T, "y", "which axis holds the four products?")
    kept(student.transform_back, "y", HAND)


def check_filtered(student: Student) -> None:
    same_values(student.filtered(HAND, TAPS), np.convolve(HAND, TAPS[::-1], "valid"), "y of one tile", suspects={
        "which tap lies on x[k], the first or the last? Yours is a flipped filter": np.convolve(HAND, TAPS, "valid"),
    }, hint="which four products does this tile have, and what does your transform_back make of them?")  # fmt: skip
    x = normal(7, 10)
    y = student.filtered(x, TAPS)
    same_shape(y, (8,), "y for x of 10 numbers", "a tile of 4 numbers gives 2 outputs: how far is it from one tile to "
               "the next, and by how many numbers do they overlap?")  # fmt: skip
    hint = "which numbers of x are in this output? In which tile are they?"
    same_values(y, np.convolve(x, TAPS[::-1], "valid"), "y", hint)
    kept(student.filtered, "y", x, TAPS)


def check_products(student: Student) -> None:
    for case, expected in {(2, 3, 2, 2): 16, (2, 3, 8, 6): 192, (4, 3, 8, 4): 72, (2, 5, 4, 4): 144}.items():
        size, taps, height, width = case
        same_count(student.products(*case), expected, f"products{case}", suspects={
            "that is the count of the formula, taps x taps for each output: how many places has a tile that is "
            "transformed?": taps**2 * height * width,
            "how many outputs does a tile give, and how many tiles are there?": (size + taps - 1) ** 2 * height * width,
            "how many products in two dimensions, if one has size + taps - 1?":
                (size + taps - 1) * (height // size) * (width // size),
        }, hint="how many numbers does a tile have on its way in, for size x size outputs?")  # fmt: skip


def check_scaled(student: Student) -> None:
    w = normal(7, 3, 4)
    same_values(student.scaled(w, 50), w * np.sqrt(2 / 50), "scaled(w, 50)", suspects={
        "the variance is to be 2 / n_in: do you multiply by the variance, or by its root?": w * 2 / 50,
    }, hint="which number should a weight of 1 become, if n_in is 50?")  # fmt: skip
    for n in (50, 3):
        kept(lambda w, n=n: student.scaled(w, n), f"scaled(w, {n})", w)
    kept(lambda w: student.scaled(w, 50), "scaled(w, 50) of a float64 w", w, dtype=np.float64)


TASKS = [
    Task("transform_data", "what the data brings to the products", check_data),
    Task("transform_filter", "what the filter brings", check_filter),
    Task("transform_back", "the outputs from the products", check_back),
    Task("filtered", "a whole signal, tile by tile", check_filtered),
    Task("products", "how many products, in two dimensions", check_products),
    Task("scaled", "a factor, without leaving float32", check_scaled),
]
