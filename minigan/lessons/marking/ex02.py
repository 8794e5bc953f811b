"""Marking of exercise 02: Dense, LeakyReLU, the logistic loss, and a training step."""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.layers import Dense, LeakyReLU, Sequential
from minigan.lessons.marking import Student, Task, Wrong, as_layer, dx_and_grads, right_gradients, several
from minigan.lessons.marking.values import lent, same_shape, same_values, written
from minigan.losses import sigmoid, softplus

TITLE = "Dense, LeakyReLU and a loss, by hand"
ROWS = lent([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0], [2.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
OUT, AFFINE = ("y", "cache"), lambda x, w, b: x @ w + b


def dense(student: Student) -> tuple[Any, np.ndarray, np.ndarray]:
    """A MyDense with small whole numbers in it, to be followed by hand, and copies of its w and b."""
    layer = student.MyDense(3, 2, np.random.default_rng(0))
    layer.params["w"][...] = np.arange(6).reshape(3, 2) - 2.0
    layer.params["b"][...] = [10.0, 20.0]
    return layer, layer.params["w"].copy(), layer.params["b"].copy()


def dense_forward(student: Student) -> None:
    layer, w, b = dense(student)
    y, _ = several(layer.forward(ROWS), OUT, "MyDense.forward")
    if not np.array_equal(layer.params["w"], w) or not np.array_equal(layer.params["b"], b):
        raise Wrong("which line of forward writes into w or b?")
    suspects = {"where does b come in?": ROWS @ w, "is b added once to each sample?": ROWS @ w + len(ROWS) * b}
    hint = "which row of x and which column of w meet in that entry?"
    same_values(y, ROWS @ w + b, "y", hint, suspects=suspects, case=written(x=ROWS, w=w, b=b))


def dense_backward(student: Student) -> None:
    layer, w, _ = dense(student)
    _, cache = several(layer.forward(ROWS), OUT, "MyDense.forward")
    dy = lent([[1.0, -1.0], [0.5, 2.0], [3.0, 0.0], [-2.0, 1.0]])
    dx, grads = dx_and_grads(layer.backward(dy, cache), "MyDense.backward")
    case, mean = written(dy=dy, x=ROWS, w=w), "every sample in the batch uses it: are its parts added, or averaged?"
    product = "which product of x and dy has one row for each input and one column for each output?"
    once = "b has one entry for each output, and every sample uses it: over which axis do its parts come together?"
    dw, db = ROWS.T @ dy, dy.sum(axis=0)
    which = "dx has one entry for each entry of x: which product has N rows and n_in columns?"
    same_shape(dx, ROWS.shape, "dx", which)
    same_shape(grads["w"], dw.shape, "dw", product)
    same_shape(grads["b"], db.shape, "db", once)
    same_values(dx, dy @ w.T, "dx", "by which entries of w does x[n, i] reach the outputs?", case=case)
    same_values(grads["w"], dw, "dw", product, suspects={mean: dw / len(dy)}, case=case)
    same_values(grads["b"], db, "db", once, suspects={mean: db / len(dy)}, case=case)
    for n_in, n_out in ((4, 3), (3, 3)):  # in a square w a transposed gradient has the right shape
        layer = student.MyDense(n_in, n_out, np.random.default_rng(n_in + n_out))
        right_backward(layer, AFFINE, (5, n_in), layer.params)


def right_backward(layer: Any, forward: Callable, input_shape: tuple[int, ...], params: dict | None = None) -> None:
    """Checks a layer's backward beside the right forward, with the layer's own cache: a mistake in the layer's forward
    does not count as one in its backward."""
    both = as_layer(lambda x, *p: (forward(x, *p), layer.forward(x)[1]), layer.backward, **(params or {}))
    right_gradients(both, input_shape=input_shape)


X = lent([[-2.0, 3.0, -0.5], [1.0, -4.0, 0.25]])


def leaky_forward(student: Student) -> None:
    y, _ = several(student.MyLeakyReLU(0.2).forward(X), OUT, "MyLeakyReLU.forward")
    suspects = {"what becomes of the negative entries: are they gone, or smaller?": np.maximum(X, 0),
                "which side keeps its slope of 1?": np.where(X > 0, 0.2 * X, X)}  # fmt: skip
    hint, case = "is that entry of x above 0?", written(x=X)
    same_values(y, np.where(X > 0, X, 0.2 * X), "y with slope 0.2", hint, suspects=suspects, case=case)
    y, _ = student.MyLeakyReLU(2.0).forward(X)
    steep = "with a slope of 2, is the larger of x and slope * x always the one that was asked for?"
    same_values(y, np.where(X > 0, X, 2 * X), "y with slope 2", steep, case=case)


def leaky_backward(student: Student) -> None:
    dy = lent([[1.0, -1.0, 2.0], [-3.0, 5.0, -0.5]])
    for slope in (0.2, -0.5):
        layer = student.MyLeakyReLU(slope)
        _, cache = several(layer.forward(X), OUT, "MyLeakyReLU.forward")
        dx, _ = several(layer.backward(dy, cache), ("dx", "{}"), "MyLeakyReLU.backward")
        y = np.where(X > 0, X, slope * X)
        suspects = {
            "whose sign decides: that of the gradient, or that of what went in?": np.where(dy > 0, dy, slope * dy),
            "whose sign decides: that of what came out, or that of what went in?": np.where(y > 0, dy, slope * dy),
            "the derivative is there: where is dy, which reaches the layer from above?": np.where(X > 0, 1.0, slope),
            "what is the slope where x is below 0: nothing at all?": np.where(X > 0, dy, 0.0),
        }
        hint = "is x above 0 there, and what is the slope of y on that side?"
        same_values(dx, np.where(X > 0, dy, slope * dy), f"dx with slope {slope}", hint, suspects=suspects,
                    case=written(dy=dy, x=X))  # fmt: skip
    right_backward(student.MyLeakyReLU(0.1), lambda x: np.where(x > 0, x, 0.1 * x), (4, 5))


S = lent([[-3.0], [-0.5], [0.0], [2.0]])
FAR = lent([-1000.0, -40.0, 40.0, 1000.0])
OVERFLOW = "exp(1000) is more than any float holds: can you turn the formula so that exp only sees numbers below 0?"


def stable(function: Callable, right: Callable, name: str) -> None:
    """The function must agree with the right one for usual logits and for extreme ones, without a warning."""
    same_values(function(S), right(S), f"{name}(s)", f"what is {name} at s = 0, by hand?", case=written(s=S))
    with np.errstate(all="ignore"):
        far = np.asarray(function(FAR))
    if not np.isfinite(far).all():
        raise Wrong(OVERFLOW, f"{name}({FAR[~np.isfinite(far)][0]:g}) is {far[~np.isfinite(far)][0]}")
    for s, got, value in zip(FAR, far, right(FAR), strict=True):
        lost = f"near s = {s:g} {name} is tiny, but not 0: which sum swallowed it?" if value < 1e-9 else OVERFLOW
        same_values(got, value, f"{name}({s:g})", lost)
        if value > 0 and got == 0:
            raise Wrong(lost, f"{name}({s:g}) is 0, expected {value:.6g}")
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            function(FAR)
    except FloatingPointError as error:
        raise Wrong(OVERFLOW, f"the values are right, but NumPy says: {error}") from None


def loss(student: Student) -> None:
    labels = lent([[1.0], [0.0], [1.0], [0.0]])
    value, d_logits = several(student.logistic_loss(S, labels), ("value", "d_logits"), "logistic_loss")
    case, t = written(logits=S, labels=labels), 2 * labels - 1
    each, slopes = softplus(-t * S), -t * sigmoid(-t * S)
    same_values(value, each.mean(), "the value", "what does each of the four samples add?", case=case, suspects={
        "is the value a sum over the batch, or a mean, and which of the two was asked for?": each.sum(),
        "which label stands for real, and what should its logit be: large or small?": softplus(t * S).mean(),
    })  # fmt: skip
    same_shape(d_logits, S.shape, "d_logits")
    same_values(d_logits, slopes / S.size, "d_logits", "what is the slope of softplus?", case=case, suspects={
        "the value is a mean over N samples: how much of it does a single one move?": slopes,
        "should the value grow or fall when the logit of a real sample grows?": -slopes / S.size,
        "is that the derivative of softplus at s, or at -s?": -t * sigmoid(t * S) / S.size,
    })  # fmt: skip
    with np.errstate(all="ignore"):
        value, d_logits = student.logistic_loss(np.array([[1000.0], [-1000.0]]), np.array([[0.0], [1.0]]))
    same_values(value, 1000.0, "the value for logits of 1000 and -1000 that are wrong", OVERFLOW)
    same_values(d_logits, [[0.5], [-0.5]], "d_logits for these", OVERFLOW)


def step(student: Student) -> None:
    """The student's network beside the same one in minigan's layers, in float64."""
    rng, lr = np.random.default_rng(3), 0.5
    mine = {"first": student.MyDense(2, 5, rng), "second": student.MyDense(5, 1, rng)}
    same = Sequential(("first", Dense(2, 5, rng=rng)), LeakyReLU(0.2), ("second", Dense(5, 1, rng=rng)))
    same.astype(np.float64)
    arrays = by_name(mine)
    for key, p in arrays.items():
        same.params[key][...] = p
    x, labels = rng.standard_normal((6, 2)), (np.arange(6) % 2).astype(float)[:, None]
    logits, cache = same.forward(x)
    t = 2 * labels - 1
    value, d_logits = np.mean(softplus(-t * logits)), -t * sigmoid(-t * logits) / len(x)
    _, grads = same.backward(d_logits, cache)
    got = student.training_step(mine["first"], student.MyLeakyReLU(0.2), mine["second"], x, labels, lr)
    same_values(got, value, "the loss that training_step returns", "is it the loss before the step that you return?")
    if any(p is not arrays[key] for key, p in by_name(mine).items()):
        raise Wrong("are the parameters changed in place, or does params hold new arrays now?")
    late = late_grads(same, cache, d_logits, grads, lr)
    for key in sorted(arrays, reverse=True):  # the second layer first
        moved, (name, own) = arrays[key] - same.params[key], key.split(".")
        if not np.any(moved):
            raise Wrong(f"which of your lines changes {own} of the {name} layer?", f"{key} did not move")
        hint = "in which order do the gradients go back, and what does each layer hand to the one before it?"
        same_values(moved, -lr * grads[key], f"the change of {key}", hint, suspects={
            "does the step go down the slope, or up?": lr * grads[key],
            "which weights does the first layer's gradient go back through: those of forward, or newer ones?":
                -lr * late[key],
            "how does lr come in?": -grads[key],
        })  # fmt: skip


def by_name(layers: dict[str, Any]) -> dict[str, np.ndarray]:
    """All parameters, as a Sequential names them: "first.w"."""
    return {f"{name}.{key}": p for name, layer in layers.items() for key, p in layer.params.items()}


def late_grads(same: Sequential, cache: Any, d_logits: np.ndarray, grads: dict, lr: float) -> dict[str, np.ndarray]:
    """The gradients of a wrong order: the second layer is updated before the gradient goes back through it."""
    first, activation, second = same.layers.values()
    w = second.params["w"] - lr * grads["second.w"]
    d_hidden, _ = activation.backward(d_logits @ w.T, cache[1])
    _, late = first.backward(d_hidden, cache[0])
    return grads | {f"first.{key}": grad for key, grad in late.items()}


TASKS = [
    Task("MyDense.forward", "y = x w + b, for a batch of rows", dense_forward),
    Task("MyDense.backward", "dx, dw and db from dy", dense_backward, after=("MyDense.forward",)),
    Task("MyLeakyReLU.forward", "x where x > 0, else slope * x", leaky_forward),
    Task("MyLeakyReLU.backward", "dx from dy, by the side of the kink", leaky_backward, after=("MyLeakyReLU.forward",)),
    Task("softplus", "log(1 + exp(s)), for any s", lambda student: stable(student.softplus, softplus, "softplus")),
    Task("sigmoid", "1 / (1 + exp(-s)), for any s", lambda student: stable(student.sigmoid, sigmoid, "sigmoid")),
    Task("logistic_loss", "a mean over the batch, and its gradient", loss),
    Task("training_step", "forward, loss, backward, update", step,
         after=("MyDense.forward", "MyDense.backward", "MyLeakyReLU.forward", "MyLeakyReLU.backward")),
]  # fmt: skip
