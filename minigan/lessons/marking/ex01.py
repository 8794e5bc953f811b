"""Marking of exercise 01: the chain rule, and a gradient check of one's own."""

import numpy as np

from minigan.lessons.marking import Student, Task, Wrong, lent, same_shape, same_values, several

TITLE = "The chain rule, and a gradient check of your own"


def forward(student: Student) -> None:
    out, _ = several(student.multiply_forward(3.0, -2.0), ("out", "cache"), "multiply_forward")
    same_values(out, -6.0, "out of multiply_forward(3, -2)", "what is 3 times -2?")


def backward(student: Student) -> None:
    _, cache = several(student.multiply_forward(3.0, 5.0), ("out", "cache"), "multiply_forward")
    da, db = several(student.multiply_backward(10.0, cache), ("da", "db"), "multiply_backward")
    for got, right, own, a, other in ((da, 50.0, "a", 3.0, "b"), (db, 30.0, "b", 5.0, "a")):
        suspects = {
            f"if {own} grows by a little h, by how much does a b grow: by a times h, or by b times h?": 80.0 - right,
            "how much does the loss change when out changes by h? Where does your formula use dout?": right / 10,
            f"which of dout, a and b does d{own} need, and which not?": right * a,
        }
        hint = f"if {own} grows by h, and {other} stays, by how much does out grow, and then the loss?"
        same_values(got, right, f"d{own} with a = 3, b = 5, dout = 10", hint, suspects=suspects)
    a, b, dout = lent([1.0, 2.0]), lent([3.0, -4.0]), lent([0.5, 7.0])
    da, db = student.multiply_backward(dout, student.multiply_forward(a, b)[1])
    hint = "each entry is a product of its own: does your formula keep them apart?"
    same_values(da, dout * b, "da of two arrays", hint)
    same_values(db, dout * a, "db of two arrays", hint)


def graph(student: Student) -> None:
    """At (3, 2): p = 6, q = 8, f = 24; dq = 3, dp = 3; dx = 8 + 3 * 2, dy = 3 + 3 * 3."""
    f, dx, dy = several(student.graph(3.0, 2.0), ("f", "df/dx", "df/dy"), "graph")
    same_values(f, 24.0, "f of graph(3, 2)", "what are p and q, for x = 3 and y = 2?")
    for got, right, own, parts in ((dx, 14.0, "x", (8.0, 6.0)), (dy, 12.0, "y", (3.0, 9.0))):
        lost = f"{own} is used in two nodes, and each use sends something back: was the first part kept?"
        same_values(got, right, f"d{own} of graph(3, 2)", suspects=[(lost, part) for part in parts],
                    hint=f"in which nodes does {own} appear, and what does each of them send back to it?")  # fmt: skip
    x, y = -0.7, 1.9
    right = x * x * y + x * y, 2 * x * y + y, x * x + x
    for got, value, name in zip(student.graph(x, y), right, ("f", "dx", "dy"), strict=True):
        same_values(got, value, f"{name} of graph(-0.7, 1.9)",
                    "it is right for x = 3 and y = 2: which number in your code fits these alone?")  # fmt: skip


X = lent([[1.0, -2.0, 0.5], [3.0, 0.1, -1.0]])
WEIGHTS = np.arange(1.0, 7.0).reshape(2, 3)


def cubes(x: np.ndarray) -> float:
    """A sum with the weights k = 1, 2, 3, ..., whose gradient is 3 k x^2."""
    return float(np.sum(WEIGHTS * x**3))


def differences(student: Student) -> None:
    x, what = np.array([2.0, -1.0]), "the gradient of 5 x0 - 3 x1"
    before = x.copy()
    got = student.numeric_gradient(lambda x: 5 * x[0] - 3 * x[1], x)
    same_shape(got, (2,), what, "how many slopes has a function of two numbers?")
    same_values(got, [5.0, -3.0], what, suspects={
        "how many entries of x were moved when f was called? One at a time?": [2.0, 2.0],
        "you went h up and h down: how far apart are the two points?": [10.0, -6.0],
        "from the lower point to the higher one: which is taken from which?": [-5.0, 3.0],
    })  # fmt: skip
    if not np.array_equal(x, before):
        raise Wrong("what is in x after the last entry was moved, and who puts it back?", f"x was {before}, is {x}")
    x, right, apart, what = X.copy(), 3 * WEIGHTS * X**2, 3 * WEIGHTS * X * 1e-5, "the gradient of a sum of cubes"
    got = student.numeric_gradient(cubes, x)
    same_shape(got, x.shape, "the gradient of a function of a matrix", "does your loop know that x may have two axes?")
    one_side = "is your difference taken from both sides of x? How does its error shrink when h is halved?"
    hint = "it is nearly right: how far apart are your two points, and is that the h that was handed in?"
    same_values(got, right, what, hint, suspects=[(one_side, right + apart), (one_side, right - apart)], tolerance=1e-8)
    if not np.array_equal(x, X):
        raise Wrong("is x back where it was? x + h - h is not always x", f"x moved by {np.abs(x - X).max():.1e}")
    got = student.numeric_gradient(lambda x: float(x[0] ** 3), np.array([1.0]), h=0.5)
    hint = "which h does your function use: its own, or the one that was handed in?"
    same_values(got, [3.25], "the difference of x^3 at x = 1 with h = 0.5", hint)  # 3 x^2 + h^2, exactly


SIGNS = "what becomes of a difference below 0, or of a negative derivative, in your formula?"
ERRORS = [  # analytic, numeric, the relative error, the hint, and what mistakes give
    (2, 2, 0.0, None, {}),
    (99, 100, 0.01, None, {
        "1 of 100 and 1 of 1: are these errors of one size?": 1.0,
        "the denominator is the larger of the two: which is it here?": 1.0 / 99,
        "what becomes of a difference below 0 in your formula?": -0.01,
    }),
    ([100, 1], [99, 1], 0.01, None, {
        "does one wrong entry among many still show? The largest is asked for, not the mean": 0.005,
    }),
    (2, 1, 0.5, SIGNS, {}), (-2, 2, 2.0, SIGNS, {}), (-4, -2, 0.5, SIGNS, {}),
    ([0, 1], [0, 1], 0.0, "what is 0 divided by 0, and how many right gradients have an entry that is 0?", {}),
    (1e-12, 2e-12, 0.5, "is a small number the same as 0?", {}),
]  # fmt: skip


@np.errstate(all="ignore")
def relative(student: Student) -> None:
    for one, two, right, hint, suspects in ERRORS:
        got = student.relative_error(np.atleast_1d(one).astype(float), np.atleast_1d(two).astype(float))
        same_values(got, right, f"the error of {one} against {two}", hint, suspects=suspects, nan_hint=hint)


def direction(student: Student) -> None:
    right, v, names = 3 * WEIGHTS * X**2, np.random.default_rng(7).standard_normal(X.shape), ("numeric", "analytic")
    answer = student.along_a_direction(cubes, right, X.copy(), np.random.default_rng(7))
    numeric, analytic = several(answer, names, "along_a_direction")
    slope, length = float(np.sum(right * v)), float(np.linalg.norm(v))
    suspects = {
        "a direction of ones cannot see two mistakes that cancel: where does rng come in?": float(np.sum(right)),
        "was v made shorter? The slope asked for is that of t -> f(x + t v)": slope / length,
    }
    hint = "by the chain rule g'(0) is a sum over all entries: of what?"
    same_values(analytic, slope, "the slope by the gradient", hint, suspects=suspects)
    hint = "how far apart are x + h v and x - h v, in steps of t?"
    same_values(numeric, slope, "the slope by differences", hint, suspects=suspects, tolerance=1e-7)
    wrong = right + [[1.0, 0, 0], [0, 0, 0]]
    numeric, analytic = student.along_a_direction(cubes, wrong, X.copy(), np.random.default_rng(7))
    if np.isclose(numeric, analytic, rtol=1e-7):
        raise Wrong("the gradient handed in was wrong, and both slopes agree: does each come from its own source?")


TASKS = [
    Task("multiply_forward", "the product of a and b, and a cache", forward),
    Task("multiply_backward", "how the loss changes with a, and with b", backward, after=("multiply_forward",)),
    Task("graph", "f = (x y + y) x through its nodes, forward and backward", graph),
    Task("numeric_gradient", "central differences, entry by entry", differences),
    Task("relative_error", "the largest |a - n| / max(|a|, |n|)", relative),
    Task("along_a_direction", "the slope along one random direction, twice", direction),
]
