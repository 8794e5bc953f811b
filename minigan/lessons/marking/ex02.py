"""Marking of exercise 02: Dense, LeakyReLU, the logistic loss, and a training step."""

import numpy as np

from minigan.layers import Dense, LeakyReLU, Sequential
from minigan.lessons.marking import Task, Wrong, as_layer, lent, right_gradients, same_shape, same_values, written
from minigan.lessons.marking.several import dx_and_grads, several
from minigan.losses import sigmoid, softplus

TITLE = "Dense, LeakyReLU and a loss, by hand"


def dense(student, n_in=3, n_out=2):
    """A MyDense with small whole numbers in it, and an x that can be followed by hand."""
    layer = student.MyDense(n_in, n_out, np.random.default_rng(0))
    layer.params["w"][...] = np.arange(n_in * n_out).reshape(n_in, n_out) - 2.0
    layer.params["b"][...] = 10.0 * np.arange(1, n_out + 1)
    return layer, lent(np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0], [2.0, 1.0, 0.0], [1.0, 1.0, 1.0]]))


def dense_forward(student):
    layer, x = dense(student)
    w, b = layer.params["w"].copy(), layer.params["b"].copy()
    y, _ = several(layer.forward(x), ("y", "cache"), "MyDense.forward")
    if not np.array_equal(layer.params["w"], w) or not np.array_equal(layer.params["b"], b):
        raise Wrong("which line of forward writes into w or b?")
    suspects = {"where does b come in?": x @ w, "is b added once to each sample?": x @ w + len(x) * b}
    same_values(y, x @ w + b, "y", "which row of x and which column of w meet in that entry?", suspects=suspects,
                case=written(x=x, w=w, b=b))  # fmt: skip


def dense_backward(student):
    layer, x = dense(student)
    _, cache = several(layer.forward(x), ("y", "cache"), "MyDense.forward")
    dy = lent(np.array([[1.0, -1.0], [0.5, 2.0], [3.0, 0.0], [-2.0, 1.0]]))
    dx, grads = dx_and_grads(layer.backward(dy, cache), "MyDense.backward")
    case = written(dy=dy, x=x, w=layer.params["w"])
    same_shape(dx, x.shape, "dx", "dx has one entry for each entry of x: which product has N rows and n_in columns?")
    turned = "which product of x and dy has one row for each input and one column for each output?"
    same_shape(grads["w"], (3, 2), "dw", turned)
    once = "b has one entry for each output, and every sample uses it: over which axis do its parts come together?"
    same_shape(grads["b"], (2,), "db", once)
    mean = "every sample in the batch uses it: are the parts that come back added, or averaged?"
    same_values(dx, dy @ layer.params["w"].T, "dx", "by which entries of w does x[n, i] reach the outputs?",
                case=case)  # fmt: skip
    same_values(grads["w"], x.T @ dy, "dw", turned, suspects={mean: x.T @ dy / len(x)}, case=case)
    same_values(grads["b"], dy.sum(axis=0), "db", once, suspects={mean: dy.mean(axis=0)}, case=case)
    right_backward(student.MyDense(4, 3, np.random.default_rng(1)), lambda x, w, b: x @ w + b, input_shape=(5, 4))
    square = student.MyDense(3, 3, np.random.default_rng(2))  # here a transposed gradient has the right shape
    right_backward(square, lambda x, w, b: x @ w + b, input_shape=(3, 3))


def right_backward(layer, forward, input_shape):
    """The gradients of a layer beside a forward that is right, with the layer's own cache: a mistake in its forward is
    not put down to its backward."""
    params = getattr(layer, "params", {})
    both = as_layer(lambda x, *params: (forward(x, *params), layer.forward(x)[1]), layer.backward, **params)
    right_gradients(both, input_shape=input_shape)


X = lent(np.array([[-2.0, 3.0, -0.5], [1.0, -4.0, 0.25]]))
CASE = written(x=X)


def leaky_forward(student):
    y, _ = several(student.MyLeakyReLU(0.2).forward(X), ("y", "cache"), "MyLeakyReLU.forward")
    suspects = {"what becomes of the negative entries: are they gone, or smaller?": np.maximum(X, 0),
                "which side keeps its slope of 1?": np.where(X > 0, 0.2 * X, X)}  # fmt: skip
    same_values(y, np.where(X > 0, X, 0.2 * X), "y with slope 0.2", "is that entry of x above 0?", suspects=suspects,
                case=CASE)  # fmt: skip
    y, _ = student.MyLeakyReLU(2.0).forward(X)
    steep = "with a slope of 2, is the larger of x and slope * x always the one that was asked for?"
    same_values(y, np.where(X > 0, X, 2 * X), "y with slope 2", steep, case=CASE)


def leaky_backward(student):
    dy = lent(np.array([[1.0, -1.0, 2.0], [-3.0, 5.0, -0.5]]))
    for slope in (0.2, -0.5):
        layer = student.MyLeakyReLU(slope)
        _, cache = several(layer.forward(X), ("y", "cache"), "MyLeakyReLU.forward")
        dx, _ = several(layer.backward(dy, cache), ("dx", "{}"), "MyLeakyReLU.backward")
        y = np.where(X > 0, X, slope * X)
        suspects = {
            "whose sign decides: that of the gradient, or that of what went in?": np.where(dy > 0, dy, slope * dy),
            "whose sign decides: that of what came out, or that of what went in?": np.where(y > 0, dy, slope * dy),
            "the derivative is there: where is what reaches the layer from above?": np.where(X > 0, 1.0, slope),
            "what is the slope where x is below 0: nothing at all?": np.where(X > 0, dy, 0.0),
        }
        expected = np.where(X > 0, dy, slope * dy)
        hint = "is x above 0 there, and what is the slope of y on that side?"
        same_values(dx, expected, f"dx with slope {slope}", hint, suspects=suspects, case=written(dy=dy, x=X))
    right_backward(student.MyLeakyReLU(0.1), lambda x: np.where(x > 0, x, 0.1 * x), input_shape=(4, 5))


S = lent(np.array([[-3.0], [-0.5], [0.0], [2.0]]))
FAR = lent(np.array([-1000.0, -40.0, 40.0, 1000.0]))
OVERFLOW = "exp(1000) is more than any float holds: can the formula be turned so that exp only sees numbers below 0?"


def stable(function, expected, name):
    """The function must agree for usual logits, and for extreme ones too, without a warning."""
    same_values(function(S), expected(S), f"{name}(s)", f"what is {name} at s = 0, by hand?", case=written(s=S))
    with np.errstate(all="ignore"):
        far = np.asarray(function(FAR))
    if not np.isfinite(far).all():
        raise Wrong(OVERFLOW, f"{name}({FAR[~np.isfinite(far)][0]:g}) is {far[~np.isfinite(far)][0]}")
    for s, got, right in zip(FAR, far, expected(FAR), strict=True):
        lost = f"near s = {s:g} {name} is tiny, but not 0: which sum swallowed it?" if right < 1e-9 else OVERFLOW
        same_values(got, right, f"{name}({s:g})", lost)
        if right > 0 and got == 0:
            raise Wrong(lost, f"{name}({s:g}) is 0, expected {right:.6g}")
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        try:
            function(FAR)
        except FloatingPointError as error:
            raise Wrong(OVERFLOW, f"the values are right, but NumPy says: {error}") from None


def softplus_task(student):
    stable(student.softplus, softplus, "softplus")


def sigmoid_task(student):
    stable(student.sigmoid, sigmoid, "sigmoid")


LABELS = lent(np.array([[1.0], [0.0], [1.0], [0.0]]))


def loss(student):
    value, d_logits = several(student.logistic_loss(S, LABELS), ("value", "d_logits"), "logistic_loss")
    case = written(logits=S, labels=LABELS)
    t = 2 * LABELS - 1
    each, slopes = softplus(-t * S), -t * sigmoid(-t * S)
    added = "is the value a sum over the batch, or a mean, and which of the two was asked for?"
    suspects = {added: each.sum(), "which label stands for real, and what should its logit be: large or small?":
                softplus(t * S).mean()}  # fmt: skip
    same_values(value, each.mean(), "the value", "what does each of the four samples add?", suspects=suspects,
                case=case)  # fmt: skip
    same_shape(d_logits, S.shape, "d_logits")
    suspects = {"the value is a mean over N samples: how much of it does a single one move?": slopes,
                "should the value grow or fall when the logit of a real sample grows?": -slopes / S.size,
                "is that the derivative of softplus at s, or at -s?": -t * sigmoid(t * S) / S.size}  # fmt: skip
    same_values(d_logits, slopes / S.size, "d_logits", "what is the slope of softplus?", suspects=suspects, case=case)
    far = np.array([[1000.0], [-1000.0]])
    with np.errstate(all="ignore"):
        value, d_logits = student.logistic_loss(far, np.array([[0.0], [1.0]]))
    same_values(value, 1000.0, "the value for logits of 1000 and -1000 that are wrong", OVERFLOW)
    same_values(d_logits, [[0.5], [-0.5]], "d_logits for these", OVERFLOW)


def network(student):
    """The student's network, and the same in the library's layers, in float64."""
    rng = np.random.default_rng(3)
    mine = student.MyDense(2, 5, rng), student.MyLeakyReLU(0.2), student.MyDense(5, 1, rng)
    same = Sequential(("first", Dense(2, 5, rng=rng)), LeakyReLU(0.2), ("second", Dense(5, 1, rng=rng)))
    same.astype(np.float64)
    for name, layer in (("first", mine[0]), ("second", mine[2])):
        for key in layer.params:
            same.params[f"{name}.{key}"][...] = layer.params[key]
    return mine, same, rng.standard_normal((6, 2)), (np.arange(6) % 2).astype(float)[:, None]


def step(student):
    mine, same, x, labels = network(student)
    logits, cache = same.forward(x)
    t = 2 * labels - 1
    value, d_logits = np.mean(softplus(-t * logits)), -t * sigmoid(-t * logits) / len(x)
    _, grads = same.backward(d_logits, cache)
    before = {key: p.copy() for key, p in same.params.items()}
    arrays = [layer.params[key] for layer in mine[::2] for key in layer.params]
    got = student.training_step(*mine, x, labels, 0.5)
    same_values(got, value, "the loss that training_step returns", "is it the loss before the step that you return?")
    if any(array is not layer.params[key] for array, (layer, key) in
           zip(arrays, ((layer, key) for layer in mine[::2] for key in layer.params), strict=True)):  # fmt: skip
        raise Wrong("are the parameters changed in place, or does params hold new arrays now?")
    late = late_grads(same, cache, d_logits, grads)
    for name, layer in (("second", mine[2]), ("first", mine[0])):
        for key, p in layer.params.items():
            moved, where = p - before[f"{name}.{key}"], f"{name}.{key}"
            suspects = {
                "does the step go down the slope, or up?": 0.5 * grads[where],
                "which weights does the first layer's gradient go back through: those of forward, or newer ones?":
                    -0.5 * late[where],
                "how does lr come in?": -grads[where],
            }  # fmt: skip
            if not np.any(moved):
                raise Wrong(f"which of your lines changes {key} of the {name} layer?", f"{where} did not move")
            hint = "in which order do the gradients go back, and what does each layer hand to the one before it?"
            same_values(moved, -0.5 * grads[where], f"the change of {where}", hint, suspects=suspects)


def late_grads(same, cache, d_logits, grads):
    """The gradients of somebody who updates the second layer before going back through it."""
    first, activation, second = same.layers.values()
    w = second.params["w"] - 0.5 * grads["second.w"]
    d_hidden, _ = activation.backward(d_logits @ w.T, cache[1])
    _, late = first.backward(d_hidden, cache[0])
    return grads | {f"first.{key}": grad for key, grad in late.items()}


TASKS = [
    Task("MyDense.forward", "y = x w + b, for a batch of rows", dense_forward),
    Task("MyDense.backward", "dx, dw and db from dy", dense_backward, after=("MyDense.forward",)),
    Task("MyLeakyReLU.forward", "x where x > 0, else slope * x", leaky_forward),
    Task("MyLeakyReLU.backward", "dx from dy, by the side of the kink", leaky_backward, after=("MyLeakyReLU.forward",)),
    Task("softplus", "log(1 + exp(s)), for any s", softplus_task),
    Task("sigmoid", "1 / (1 + exp(-s)), for any s", sigmoid_task),
    Task("logistic_loss", "a mean over the batch, and its gradient", loss),
    Task("training_step", "forward, loss, backward, update", step,
         after=("MyDense.forward", "MyDense.backward", "MyLeakyReLU.forward", "MyLeakyReLU.backward")),
]  # fmt: skip
