"""Marks exercise 13: Winograd's trick in one dimension, its count, and the float32 trap."""

import numpy as np

from minigan.lessons.marking import Task, Wrong, lent, same_count, same_shape, same_values

TITLE = "Winograd's trick: four products for six, in float32"

DATA = np.array([[1.0, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
FILTER = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
BACK = np.array([[1.0, 1, 1, 0], [0, 1, -1, -1]])
HAND = lent(np.array([1.0, 10.0, 100.0, 1000.0]))
TAPS = lent(np.array([2.0, 4.0, 8.0]))


def numbers(*shape):
    return lent(np.random.default_rng(7).standard_normal(shape))


def kept(got, dtype, what):
    """`got` must have the dtype of what came in."""
    if np.asarray(got).dtype != dtype:
        raise Wrong(f"float32 goes in, and {np.asarray(got).dtype} comes out: which constant or array on the way is no "
                    "Python number and no float32?", f"{what} is {np.asarray(got).dtype}")  # fmt: skip


def signs_changed(matrix, rows):
    changed = matrix.copy()
    changed[list(rows)] *= -1
    return changed


def check_data(student):
    v = student.transform_data(HAND)
    same_values(v, DATA @ HAND, "v", suspects={
        "m2: which way round is the difference? What would m2 do to y0 with the other sign?":
            signs_changed(DATA, [2]) @ HAND,
        "m3: which way round is the difference? With which sign does m3 enter y1?": signs_changed(DATA, [3]) @ HAND,
        "m0: which way round is the difference?": signs_changed(DATA, [0]) @ HAND,
    }, hint="the data are 1, 10, 100, 1000: which two of them are in this number?")  # fmt: skip
    tiles = numbers(3, 5, 4)
    same_shape(student.transform_data(tiles), (3, 5, 4), "v for d of (3, 5, 4)", "which axis holds the four numbers?")
    same_values(student.transform_data(tiles), tiles @ DATA.T, "v", "which axis holds the four numbers?")
    kept(student.transform_data(HAND.astype(np.float32)), np.float32, "v")


def check_filter(student):
    u = student.transform_filter(TAPS)
    twice = FILTER * [[1], [2], [2], [1]]
    same_values(u, FILTER @ TAPS, "u", suspects={
        "P + Q and P - Q are twice as large as m1 and m2: what must be divided by 2?": twice @ TAPS,
        "which of the three taps changes its sign in m2?": FILTER[[0, 2, 1, 3]] @ TAPS,
    }, hint="the taps are 2, 4, 8: which are in this number, with which factors?")  # fmt: skip
    kept(student.transform_filter(TAPS.astype(np.float32)), np.float32, "u")


def check_back(student):
    y = student.transform_back(HAND)
    same_values(y, BACK @ HAND, "y", suspects={
        "with which sign does m3 enter y1? What is in m3?": BACK @ (HAND * [1, 1, 1, -1]),
        "m2 stands in y0 and in y1: with the same sign?": [BACK[0] @ HAND, np.dot([0, 1, 1, -1], HAND)],
    }, hint="the products are 1, 10, 100, 1000: which are in this output?")  # fmt: skip
    tiles = numbers(3, 5, 4)
    same_values(student.transform_back(tiles), tiles @ BACK.T, "y", "which axis holds the four products?")
    kept(student.transform_back(HAND.astype(np.float32)), np.float32, "y")


def check_filtered(student):
    same_values(student.filtered(HAND, TAPS), slid(HAND, TAPS), "y of one tile", suspects={
        "which tap lies on x[k], the first or the last? Yours is a flipped filter": slid(HAND, TAPS[::-1]),
    }, hint="which four products does this tile have, and what does your transform_back make of them?")  # fmt: skip
    x = numbers(10)
    y = student.filtered(x, TAPS)
    same_shape(y, (8,), "y for x of 10 numbers", "a tile of 4 numbers gives 2 outputs: how far is it from one tile to "
               "the next, and by how many numbers do they overlap?")  # fmt: skip
    same_values(y, slid(x, TAPS), "y", "which numbers of x are in this output? In which tile are they?")
    kept(student.filtered(x.astype(np.float32), TAPS.astype(np.float32)), np.float32, "y")


def slid(x, g):
    """The formula."""
    return np.array([x[k : k + 3] @ g for k in range(len(x) - 2)])


def check_products(student):
    for case, expected in {(2, 3, 2, 2): 16, (2, 3, 8, 6): 192, (4, 3, 8, 4): 72, (2, 5, 4, 4): 144}.items():
        size, taps, height, width = case
        same_count(student.products(*case), expected, f"products{case}", suspects={
            "that is the count of the formula, taps x taps for each output: how many places has a tile that is "
            "transformed?": taps**2 * height * width,
            "how many outputs does a tile give, and how many tiles are there?": (size + taps - 1) ** 2 * height * width,
            "how many products in two dimensions, if one has size + taps - 1?":
                (size + taps - 1) * (height // size) * (width // size),
        }, hint="how many numbers does a tile have on its way in, for size x size outputs?")  # fmt: skip


def check_scaled(student):
    w = numbers(3, 4)
    same_values(student.scaled(w, 50), w * np.sqrt(2 / 50), "scaled(w, 50)", suspects={
        "a variance of 2 / n_in: and what is multiplied by, the variance or its root?": w * 2 / 50,
    }, hint="which number is a weight of 1 to become, if n_in is 50?")  # fmt: skip
    for n in (50, 3):
        kept(student.scaled(w.astype(np.float32), n), np.float32, f"scaled(w, {n})")
    kept(student.scaled(w, 50), np.float64, "scaled(w, 50) of a float64 w")


TASKS = [
    Task("transform_data", "what the data brings to the products", check_data),
    Task("transform_filter", "what the filter brings", check_filter),
    Task("transform_back", "the outputs from the products", check_back),
    Task("filtered", "a whole signal, tile by tile", check_filtered),
    Task("products", "how many products, in two dimensions", check_products),
    Task("scaled", "a factor, without leaving float32", check_scaled),
]
