"""Marking of exercise 01: the chain rule, and a gradient check of one's own."""

import numpy as np

from minigan.lessons.marking import Task, Wrong, lent, same_shape, same_values

TITLE = "The chain rule, and a gradient check of your own"


def forward(student):
    out = pair(student.multiply_forward(3.0, -2.0), "multiply_forward", "the product, and a cache")[0]
    same_values(out, -6.0, "out of multiply_forward(3, -2)", "what is 3 times -2?")


def backward(student):
    _, cache = pair(student.multiply_forward(3.0, 5.0), "multiply_forward", "the product, and a cache")
    da, db = pair(student.multiply_backward(10.0, cache), "multiply_backward", "da and db")
    for got, right, name, own, other in ((da, 50.0, "da", "a", "b"), (db, 30.0, "db", "b", "a")):
        suspects = {
            f"if {own} grows by a little h, by how much does a b grow: by a times h, or by b times h?": 80.0 - right,
            "how much does the loss change when out changes by h? Where does your formula use dout?": right / 10,
            f"which of dout, a and b does {name} need, and which not?": right * {"a": 3.0, "b": 5.0}[own],
        }
        hint = f"if {own} grows by h, and {other} stays, by how much does out grow, and then the loss?"
        same_values(got, right, f"{name} with a = 3, b = 5, dout = 10", hint, suspects=suspects)
    a, b, dout = (lent(np.array(values)) for values in ([1.0, 2.0], [3.0, -4.0], [0.5, 7.0]))
    da, db = student.multiply_backward(dout, student.multiply_forward(a, b)[1])
    hint = "each entry is a product of its own: does your formula keep them apart?"
    same_values(da, dout * b, "da of two arrays", hint)
    same_values(db, dout * a, "db of two arrays", hint)


def graph(student):
    x, y = 3.0, 2.0  # p = 6, q = 8, f = 24; dq = 3, dp = 3; dx = 8 + 3 * 2, dy = 3 + 3 * 3
    answer = student.graph(x, y)
    if not isinstance(answer, tuple) or len(answer) != 3:
        raise Wrong("what three things should graph return?", f"it returned {short(answer)}")
    f, dx, dy = answer
    same_values(f, 24.0, "f of graph(3, 2)", "what are p and q, for x = 3 and y = 2?")
    for got, right, name, parts in ((dx, 14.0, "dx", (8.0, 6.0)), (dy, 12.0, "dy", (3.0, 9.0))):
        own = name[1]
        hint = f"in which nodes does {own} appear, and what does each of them send back to it?"
        if got in parts:
            hint = f"{own} is used in two nodes, and each use sends something back: was the first part kept?"
        same_values(got, right, f"{name} of graph(3, 2)", hint)
    x, y = -0.7, 1.9
    hint = "it is right for x = 3 and y = 2: which number in your code belongs to these alone?"
    for got, right, name in zip(student.graph(x, y), (x * x * y + x * y, 2 * x * y + y, x * x + x), ("f", "dx", "dy"),
                                strict=True):  # fmt: skip
        same_values(got, right, f"{name} of graph(-0.7, 1.9)", hint)


def cubes(x):
    """A sum with weights, whose gradient is 3 k x^2 with k = 1, 2, 3, ..."""
    return float(np.sum(weights(x) * x**3))


def weights(x):
    return np.arange(1.0, x.size + 1).reshape(x.shape)


def differences(student):
    line = np.array([2.0, -1.0])
    before = line.copy()
    got = student.numeric_gradient(lambda x: 5 * x[0] - 3 * x[1], line)
    same_shape(got, (2,), "the gradient of 5 x0 - 3 x1", "how many slopes has a function of two numbers?")
    suspects = {"how many entries of x were moved when f was called? One at a time?": [2.0, 2.0],
                "you went h up and h down: how far apart are the two points?": [10.0, -6.0],
                "from the lower point to the higher one: which is taken from which?": [-5.0, 3.0]}  # fmt: skip
    same_values(got, [5.0, -3.0], "the gradient of 5 x0 - 3 x1", suspects=suspects)
    if not np.array_equal(line, before):
        raise Wrong("what is in x after the last entry was moved, and who puts it back?", f"x was {before}, is {line}")
    x = np.array([[1.0, -2.0, 0.5], [3.0, 0.1, -1.0]])
    kept, right = x.copy(), 3 * weights(x) * x**2
    got = student.numeric_gradient(cubes, x)
    same_shape(got, x.shape, "the gradient of a function of a matrix", "does your loop know that x may have two axes?")
    from_one_side = "is your difference taken from both sides of x? How does its error shrink when h is halved?"
    apart = 3 * weights(x) * x * 1e-5
    for suspect in (right + apart, right - apart):
        if np.allclose(got, suspect, rtol=1e-8, atol=1e-8):
            same_values(got, right, "the gradient of a sum of cubes", from_one_side, tolerance=1e-8)
    hint = "it is nearly right: how far apart are your two points, and is that the h that was handed in?"
    same_values(got, right, "the gradient of a sum of cubes", hint, tolerance=1e-8)
    if not np.array_equal(x, kept):
        raise Wrong("is x back where it was? x + h - h is not always x", f"x moved by {np.abs(x - kept).max():.1e}")
    step_is_used(student)


def step_is_used(student):
    """The central difference of x^3 with the step h is 3 x^2 + h^2, exactly: 3.25 here."""
    got = student.numeric_gradient(lambda x: float(x[0] ** 3), np.array([1.0]), h=0.5)
    hint = "which h does your function use: its own, or the one that was handed in?"
    same_values(got, [3.25], "the difference of x^3 at x = 1 with h = 0.5", hint)


def relative(student):
    error = student.relative_error
    same_values(error(np.array([2.0]), np.array([2.0])), 0.0, "the error of 2 against 2")
    suspects = {"1 of 100 and 1 of 1: are these errors of one size?": 1.0,
                "the larger of the two is what counts below the line: which is it here?": 1.0 / 99,
                "what becomes of a difference below 0 in your formula?": -0.01}  # fmt: skip
    same_values(error(np.array([99.0]), np.array([100.0])), 0.01, "the error of 99 against 100", suspects=suspects)
    both = error(np.array([100.0, 1.0]), np.array([99.0, 1.0]))
    suspects = {"does one wrong entry among many still show? The largest is asked for, not the mean": 0.005}
    same_values(both, 0.01, "the error of [100, 1] against [99, 1]", suspects=suspects)
    signs = "what becomes of a difference below 0, or of a negative derivative, in your formula?"
    same_values(error(np.array([2.0]), np.array([1.0])), 0.5, "the error of 2 against 1", signs)
    same_values(error(np.array([-2.0]), np.array([2.0])), 2.0, "the error of -2 against 2", signs)
    same_values(error(np.array([-4.0]), np.array([-2.0])), 0.5, "the error of -4 against -2", signs)
    with np.errstate(all="ignore"):
        got = error(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    hint = "what is 0 divided by 0, and how many right gradients have an entry that is 0?"
    if not np.isfinite(got):
        raise Wrong(hint, f"the error of [0, 1] against [0, 1] is {got}")
    same_values(got, 0.0, "the error of [0, 1] against [0, 1]", hint)
    with np.errstate(all="ignore"):
        tiny = error(np.array([1e-12]), np.array([2e-12]))
    same_values(tiny, 0.5, "the error of 1e-12 against 2e-12", "is a small number the same as 0?")


def direction(student):
    x = np.array([[1.0, -2.0, 0.5], [3.0, 0.1, -1.0]])
    right, v = 3 * weights(x) * x**2, np.random.default_rng(7).standard_normal(x.shape)
    answer = student.along_a_direction(cubes, right, x, np.random.default_rng(7))
    numeric, analytic = pair(answer, "along_a_direction", "the slope by differences, and the slope by the gradient")
    slope, ones = float(np.sum(right * v)), float(np.sum(right))
    fixed = "a direction of ones cannot see two mistakes that cancel: where does rng come in?"
    length = float(np.linalg.norm(v))
    suspects = {fixed: ones, "was v made shorter? The slope asked for is that of t -> f(x + t v)": slope / length}
    same_values(analytic, slope, "the slope by the gradient", "by g'(0) = the sum of what, over all entries?",
                suspects=suspects)  # fmt: skip
    same_values(numeric, slope, "the slope by differences", "how far apart are x + h v and x - h v, in steps of t?",
                suspects=suspects, tolerance=1e-7)  # fmt: skip
    wrong = right.copy()
    wrong[0, 0] += 1.0
    numeric, analytic = student.along_a_direction(cubes, wrong, x, np.random.default_rng(7))
    if np.isclose(numeric, analytic, rtol=1e-7):
        raise Wrong("the gradient handed in was wrong, and both slopes agree: does each come from its own source?")


def pair(answer, function, what):
    """The answer, which must be a tuple of two."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise Wrong(f"{function} should return two things, {what}: which are yours?", f"it returned {short(answer)}")
    return answer


def short(value):
    return "None" if value is None else f"{type(value).__name__} {value!r}"[:80]


TASKS = [
    Task("multiply_forward", "the product of a and b, and a cache", forward),
    Task("multiply_backward", "how the loss changes with a, and with b", backward, after=("multiply_forward",)),
    Task("graph", "f = (x y + y) x through its nodes, forward and backward", graph),
    Task("numeric_gradient", "central differences, entry by entry", differences),
    Task("relative_error", "the largest |a - n| / max(|a|, |n|)", relative),
    Task("along_a_direction", "the slope along one random direction, twice", direction),
]
