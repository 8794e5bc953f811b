"""What marking modules share: shapes, values, gradients; each raises Wrong, with the next question.

Call them in this order: a wrong shape explains wrong values, and wrong values explain wrong gradients.
"""

import numpy as np

from minigan.gradcheck import check_layer, check_loss
from minigan.lessons.marking.questions import question
from minigan.lessons.marking.task import Wrong


def same_shape(got, shape, what, hint=None):
    """`got` must be an array of the shape (for the shape (): a number). what: its name, such as "y"."""
    if got is None:
        raise Wrong(f"{what} is None: does every way through the function end in a return?")
    try:
        given = np.asarray(got, dtype=float).shape
    except (TypeError, ValueError):
        raise Wrong(f"{what} should be an array of numbers; what does your function return?",
                    f"{what} is a {type(got).__name__}") from None  # fmt: skip
    if given != tuple(shape):
        raise Wrong(hint or f"which axes should {what} have, and how long is each?",
                    f"{what} has the shape {given}, expected {tuple(shape)}")  # fmt: skip


def same_values(got, expected, what, hint=None, *, suspects=None, tolerance=1e-6):
    """`got` must equal `expected`, relative to the largest entry, to the tolerance; the shape is looked at first.

    hint: the question if it does not; default: one that points to the worst entry. suspects: {question: wrong array},
    answers that come from well-known mistakes; where `got` is one of them, its question is asked.
    """
    expected = np.asarray(expected, dtype=float)
    same_shape(got, expected.shape, what)
    got = np.asarray(got, dtype=float)
    if near(got, expected, tolerance):
        return
    for suspicion, wrong in (suspects or {}).items():
        if near(got, np.asarray(wrong, dtype=float), tolerance):
            raise Wrong(suspicion, worst_entry(got, expected, what))
    if not np.isfinite(got).all():
        raise Wrong(f"{what} holds NaN or infinity: where could your formula divide by zero, or overflow?")
    raise Wrong(hint or f"how does {what} come about at that place, by hand?", worst_entry(got, expected, what))


def near(one, two, tolerance):
    scale = max(float(np.abs(two).max(initial=0.0)), 1e-12)
    return one.shape == two.shape and bool(np.all(np.abs(one - two) <= tolerance * scale))


def worst_entry(got, expected, what):
    """The largest difference, as a line."""
    apart = np.where(np.isfinite(got), np.abs(got - expected), np.inf)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(apart), apart.shape))
    place = f"{what}[{', '.join(map(str, index))}]" if index else what
    return f"{place} is {got[index]:.6g}, expected {expected[index]:.6g}"


def right_gradients(subject, x=None, **options):
    """Every gradient of a layer, or both of a loss, against finite differences; where one is wrong, its cause is asked
    for. subject: anything with forward and backward, or with discriminator and generator; for functions, `as_layer`.
    x, options: of check_layer (input_shape, training, tolerance, rng)."""
    if hasattr(subject, "discriminator") and hasattr(subject, "generator"):
        nothing_wrong(check_loss(subject, **options))
    else:
        nothing_wrong(check_layer(subject, x, **options))


def nothing_wrong(report):
    """A Report of minigan.gradcheck, of any of its checks, must have no finding."""
    if report.ok:
        return
    finding = next((finding for finding in report.findings if finding.cause), report.findings[0])
    if "raised NotImplementedError" in finding.message:
        raise NotImplementedError(finding.message)
    seen = [f"at {index}: yours {said:+.6g}, differences say {numeric:+.6g}" for index, said, numeric in finding.worst]
    raise Wrong(question(finding), "; ".join(filter(None, [finding.message, *seen[:1], finding.evidence])))


class FunctionLayer:
    """Two functions as a layer, for the checks."""

    def __init__(self, forward, backward, params):
        self.functions, self.params = (forward, backward), params

    def forward(self, x):
        return self.functions[0](x, *self.params.values())

    def backward(self, dy, cache):
        result = self.functions[1](dy, cache)
        if not self.params and isinstance(result, np.ndarray):
            return result, {}
        if isinstance(result, tuple) and len(result) == 1 + len(self.params):
            return result[0], dict(zip(self.params, result[1:], strict=True))
        return result  # and the check says what is wrong with it


def as_layer(forward, backward, **params):
    """The functions forward(x, w, b) -> y, cache and backward(dy, cache) -> dx, dw, db as a layer whose params are the
    keyword arguments, in their order: right_gradients(as_layer(student.forward, student.backward, w=w, b=b), x).
    Without any, backward may return dx alone."""
    return FunctionLayer(forward, backward, params)
