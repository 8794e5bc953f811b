"""What marking modules share: shapes, values, gradients; each raises Wrong, with the next question.

Call them in this order: a wrong shape explains wrong values, and wrong values explain wrong gradients.
"""

import numpy as np

from minigan.gradcheck import check_layer, check_loss
from minigan.lessons.marking.questions import question
from minigan.lessons.marking.task import Wrong

WHOLE = "what does an array of whole numbers do with a half? Which dtype has yours, and where did it get that?"


def same_shape(got, shape, what, hint=None, case=""):
    """`got` must be an array of the shape (for the shape (): a number). what: its name, such as "y". case: what went
    in, in a few words."""
    given = as_array(got, what).shape
    if given != tuple(shape):
        hint = hint or f"which axes should {what} have, and how long is each?"
        if 0 in given and 0 not in shape:
            hint = "one axis has no entries: what is a[0:-0]?"
        raise Wrong(hint, with_case(f"{what} has the shape {given}, expected {tuple(shape)}", case))


def same_values(got, expected, what, hint=None, *, case="", suspects=None, shape_hint=None, tolerance=1e-6):
    """`got` must equal `expected`, relative to the largest entry, to the tolerance.

    hint: the question if it does not; default: one that points to the worst entry. case: what went in, in a few words,
    where the name does not say it; whoever is to follow a number by hand needs it. suspects: {question: wrong array},
    answers that come from well-known mistakes, also such of another shape; where `got` is one of them, its question is
    asked; or pairs of the two. shape_hint: the question if the shape is wrong.
    """
    got, expected = as_array(got, what), np.asarray(expected)
    if near(got, expected, tolerance):
        return
    for suspicion, wrong in suspects.items() if isinstance(suspects, dict) else suspects or ():
        if near(got, np.asarray(wrong, dtype=float), tolerance):
            raise Wrong(suspicion, with_case(difference(got, expected, what), case))
    same_shape(got, expected.shape, what, shape_hint, case)
    if cut_off(got, expected):
        hint = WHOLE
    if not np.isfinite(got).all():
        hint = f"{what} holds NaN or infinity: where could your formula divide by zero, or overflow?"
    hint = hint or f"how does {what} come about at that place, by hand?"
    raise Wrong(hint, with_case(difference(got, expected, what), case))


def same_count(got, expected, what, hint=None, *, suspects=None):
    """`got` must be the whole number `expected`, or several of them, and no float that happens to be whole: as a size
    or an index a float will not do."""
    same_values(got, expected, what, hint, suspects=suspects)
    if as_array(got, what).dtype.kind not in "iu":
        raise Wrong("is it a whole number, as a size must be?",
                    f"{what} is {np.asarray(got).tolist()}, expected {expected}: yours is a float")  # fmt: skip


def as_array(got, what):
    """What a function returned, which must be an array, a number, or a list of numbers."""
    if got is None:
        raise Wrong(f"{what} is None: does every way through the function end in a return?")
    try:
        floats = np.asarray(got, dtype=float)
        return np.asarray(got) if np.asarray(got).dtype.kind in "iu" else floats
    except (TypeError, ValueError):
        raise Wrong(f"{what} should be an array of numbers; what does your function return?",
                    f"{what} is a {type(got).__name__}") from None  # fmt: skip


def near(one, two, tolerance):
    if one.shape != two.shape:
        return False
    scale = max(float(np.abs(two).max(initial=0.0)), 1e-12)
    return bool(np.all(np.abs(one.astype(float) - two) <= tolerance * scale))


def cut_off(got, expected):
    """Is `got` an array of whole numbers where others were to be kept, so that what is behind the point is lost?"""
    if got.dtype.kind not in "iu" or expected.dtype.kind != "f" or got.ndim == 0:
        return False
    return bool(np.any(expected % 1) or np.all(np.abs(got - expected) <= 1.001))


def difference(got, expected, what):
    """The shapes if they differ, else the entries with the largest difference; as a line."""
    if got.shape != expected.shape:
        return f"{what} has the shape {got.shape}, expected {expected.shape}"
    apart = np.where(np.isfinite(got), np.abs(got.astype(float) - expected), np.inf)
    index = tuple(int(i) for i in np.unravel_index(np.argmax(apart), apart.shape))
    place = f"[{', '.join(map(str, index))}]" if index else ""
    if place and " " in what:
        place = f" at {place}"
    yours, right = apart_in_digits(float(got[index]), float(expected[index]))
    return f"{what}{place} is {yours}, expected {right}"


def apart_in_digits(one, two):
    """Two numbers as text, with six digits, or with as many as it takes to tell them apart."""
    for digits in range(6, 18):
        texts = f"{one:.{digits}g}", f"{two:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def written(**arrays):
    """Small arrays as a student may type them: "x is [[1, 0.5], [0, 2]], lr is 0.1"."""

    def text(a):
        return f"[{', '.join(map(text, a))}]" if np.ndim(a) else f"{a:g}"

    return ", ".join(f"{name} is {text(a)}" for name, a in arrays.items())


def lent(array):
    """The array, for reading only: whoever writes into it is told at which line."""
    array.flags.writeable = False
    return array


def with_case(seen, case):
    return f"{seen}; here {case}" if case else seen


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
