"""check_double_backward: second order, by looking at backward as if it were the forward pass of another layer.

For one x, backward maps dy to dx, and is linear in dy. double_backward(ddx, dy, cache) is the backward pass of that
map: given ddx = dP/d(dx) it returns ddy = dP/d(dy), and P's gradients by the parameters. So `check_layer` can check it,
with other names for the arrays.
"""

import copy
import re
from fractions import Fraction
from typing import Any

import numpy as np

from minigan.gradcheck.core.causes import Cause, Causes
from minigan.gradcheck.core.numeric import differences
from minigan.gradcheck.core.report import Finding, Report, timed
from minigan.gradcheck.core.subject import Broken, Subject, in_float64, options, pack_size, prepared, takes
from minigan.gradcheck.layers.causes import LAYER
from minigan.gradcheck.layers.check import check_layer, input_of

NAMES = {"forward": "backward", "backward": "double_backward", "dx": "ddy", "dy": "ddx", "x": "dy", "y": "dx",
         "L": "P"}  # fmt: skip
LOOKED_AT = 40  # entries of which differences are taken for a diagnosis
# fmt: off
BIAS = "does the bias occur in dx at all?"
SLOPE = "how often does the slope of the activation stand in dx, and at which input is it taken?"
WHICH_WAY = "dP/d(dy) or dx: which is asked for, and which way does ddx travel for it?"
PRODUCT = "dx is a product of w and dy: what stands by each of them when P is differentiated?"
SECOND = Causes(
    Cause("backward-wrong", "backward itself is wrong, so that its derivatives are of no use.", "",
          "are the gradients of the networks right by themselves?"),
    Cause("bias-forward", "The bias was added to ddx's way forward, but dx does not contain it.",
          "leave {key} out: dx = A^T dy does not contain it", BIAS),
    Cause("bias-counted", "The bias got a gradient, but dx does not contain it.",
          "dx does not depend on {key}: return zeros", BIAS),
    Cause("slope-twice", "The slope of the activation was multiplied in twice.", "multiply ddx by the slope once",
          SLOPE),
    Cause("slope-forgotten", "The slope of the activation, or the mask, was left out.",
          "multiply ddx by what dy was multiplied by", SLOPE),
    Cause("slope-from-ddx", "The slope was chosen by the sign of ddx, not of x.", "where x > 0, not where ddx > 0",
          SLOPE),
    Cause("dx-returned", "The dx of the first backward pass was returned where dP/d(dy) was wanted.",
          "return what ddx becomes on its way forward", WHICH_WAY),
    Cause("backward-for-forward", "ddx was sent backwards through the layer; dP/d(dy) is its way forwards.",
          "use the same linear map as forward, without bias: ddx w where backward has dy w^T", WHICH_WAY),
    Cause("x-for-ddx", "The input x was used in place of ddx.",
          "it is the gradient of the first backward pass; put ddx where that one has x", PRODUCT),
    Cause("ddx-ignored", "The gradient does not depend on ddx.", "dP/dw is made of ddx and dy", PRODUCT),
    Cause("depends-on-x",
          "dx depends on x smoothly, so that the penalty has a term which double_backward cannot return.",
          "raise NotImplementedError; only layers that are linear in x, or piecewise linear, can do without it",
          "does dx depend on x itself: may this layer have a double_backward?"),
    base=LAYER.values(),
)
# fmt: on
because = SECOND.because


@timed
def check_double_backward(layer: Any, x: np.ndarray | None = None, *, input_shape: tuple | None = None,
                          rng: np.random.Generator | None = None, tolerance: float = 1e-6, training: bool | None = None,
                          given: dict | None = None) -> Report:  # fmt: skip
    """Check double_backward(ddx, dy, cache) -> ddy, grads, against differences of P = sum(ddx * dx(dy, params)).

    Arguments and Report as for `check_layer`. First backward itself is checked: the second derivative of a wrong first
    one is of no use. A mode for which the layer raises NotImplementedError is "not checked".
    Raises ValueError if neither x nor input_shape is given.
    """
    if x is None and input_shape is None:
        raise ValueError("check_double_backward expected an input x or an input_shape (batch included), got neither")
    x, rng = input_of(layer, x, input_shape, rng)
    first = check_layer(layer, x, rng=rng, tolerance=tolerance, training=training, given=given)
    if first.ok:
        report = second_order(layer, x, rng, tolerance, training, given)
        report.notes = first.notes  # dy has the shape that the layer gives it
    else:
        report = Report("", [as_of_backward(finding) for finding in first.findings])
    report.name = f"{type(layer).__name__}.double_backward"
    return report


def as_of_backward(finding: Finding) -> Finding:
    """What check_layer found; it comes first."""
    finding.where, finding.evidence = f"first order: {finding.where}", finding.evidence or f"cause: {finding.cause}"
    if finding.cause != "not-checked":
        finding.cause = SECOND["backward-wrong"]
    return finding


def second_order(layer: Any, x: np.ndarray, rng: np.random.Generator, tolerance: float, training: bool | None,
                 given: dict | None = None) -> Report:  # fmt: skip
    """The Report on double_backward of a layer whose backward is right."""
    try:
        layer = in_float64(copy.deepcopy(layer))
        adjoint = Adjoint(layer, x, given)
        y = Subject(layer, True, given).forward(copy.deepcopy(layer), x)[0]
    except Broken as broken:
        return Report("", [broken.finding])
    if not takes(layer, "forward", "training"):
        training = True  # the adjoint takes it in any case; one mode is enough
    dy = rng.standard_normal(y.shape)
    report, why = check_layer(adjoint, dy, rng=rng, tolerance=tolerance, training=training), {}
    for name in ("errors", "bounds", "sampled"):
        setattr(report, name, {renamed(where): value for where, value in getattr(report, name).items()})
    for finding in report.findings:
        translate(finding)
        if finding.cause in ("not-checked", "raises", "signature"):
            continue
        why = why or suspects(adjoint, x, dy, training is not False, rng)
        finding.explain(why.get(finding.where, {}))
    if report.ok:
        check_linear(report, adjoint, x, dy, training, rng)
    return report


class Adjoint:
    """The map dy -> dx of one layer at one x, written as a layer."""

    def __init__(self, layer: Any, x: np.ndarray, given: dict | None = None):
        self.layer, self.x, self.given = layer, x, given

    @property
    def pack_size(self) -> Fraction:
        return Fraction(1, pack_size(self.layer))  # a Pack's way back takes one sample to several

    params = property(lambda self: getattr(self.layer, "params", {}))
    state = property(lambda self: getattr(self.layer, "state", {}))

    def pulled(self, dy: np.ndarray, training: bool) -> tuple:
        """dx, the gradients of the parameters, and the cache."""
        _, cache = self.layer.forward(self.x, **options(self.layer, training, self.given))
        return *self.layer.backward(dy, cache), cache

    def forward(self, dy: np.ndarray, training: bool = True) -> tuple:
        dx, _, cache = self.pulled(dy, training)
        return dx, (dy, cache)

    def backward(self, ddx: np.ndarray, kept: tuple) -> tuple:
        return self.layer.double_backward(ddx, *kept)


def translate(finding: Finding) -> None:
    """Turn check_layer's words about the adjoint into words about the layer."""
    finding.where, finding.hint = renamed(finding.where), renamed(finding.hint)
    finding.message = renamed(finding.message) if finding.cause != "raises" else finding.message
    if "NotImplementedError" in finding.message:
        finding.message = finding.message.replace("raised NotImplementedError: ", "not checked: ")
        finding.cause, finding.evidence = SECOND["not-checked"], ""
        finding.hint = "a layer that is linear in x, or piecewise linear, can have one: see Layer.double_backward"


def renamed(text: str) -> str:
    return re.sub(r"\b(forward|backward|dx|dy|x|y|L)\b", lambda match: NAMES[match[0]], text)


def check_linear(report: Report, adjoint: Adjoint, x: np.ndarray, dy: np.ndarray, training: bool | None,
                 rng: np.random.Generator) -> None:  # fmt: skip
    """Where dx depends on x other than by jumps, P has a derivative by x, for which double_backward has no place: it is
    what the layer's `bend` returns, and 0 for a layer without one."""
    for mode in (True, False) if training is None else (training,):
        P, x, ddx = scalar(adjoint, x, dy, mode, rng)
        places, bend = chosen(x, rng), bend_of(P.adjoint, ddx, dy, mode)
        numeric = differences(P, x, places)
        told = np.zeros(len(places)) if bend is None else np.array([bend[place] for place in places])
        usual = np.abs(P.dx * ddx).sum() / np.sqrt(x.size)
        bent = numeric.smooth & (np.abs(numeric.gradient - told) > 1e-4 * usual + 10 * numeric.error)
        if bent.any():
            k = np.flatnonzero(bent)[0]
            by = "which double_backward does not return" if bend is None else "and bend returns another"
            evidence = (f"dP/dx is not {'0' if bend is None else 'what bend says'} in {bent.sum()} of {len(bent)} "
                        f"entries; {numeric.gradient[k]:+.3e} in one")  # fmt: skip
            message = f"dx depends on x: the penalty has a derivative by x, {by}"
            report.add(Finding("x", message, **because("depends-on-x", evidence)))
            return


def bend_of(adjoint: Adjoint, ddx: np.ndarray, dy: np.ndarray, mode: bool) -> np.ndarray | None:
    """dP/dx as a curved layer's `bend` returns it (see `minigan.layers.Layer`); None for a layer without one."""
    layer = copy.deepcopy(adjoint.layer)
    if not hasattr(layer, "bend"):
        return None
    _, cache = layer.forward(adjoint.x, **options(layer, mode, adjoint.given))
    return layer.bend(ddx, dy, cache)


def scalar(adjoint: Adjoint, x: np.ndarray, dy: np.ndarray, mode: bool, rng: np.random.Generator) -> tuple:
    """P = sum(ddx * dx) as a function of nothing, an x that it reads, and ddx; the parameters moved."""
    adjoint = prepared(adjoint, dy, (mode,), rng)
    x = adjoint.x = x.copy()
    ddx = rng.standard_normal(x.shape)

    def P():
        return float(np.sum(copy.deepcopy(adjoint, {id(x): x}).forward(dy, training=mode)[0] * ddx))

    P.dx, P.adjoint = copy.deepcopy(adjoint).forward(dy, training=mode)[0], adjoint
    return P, x, ddx


def chosen(array: np.ndarray, rng: np.random.Generator) -> list[tuple]:
    """The indices of up to LOOKED_AT entries."""
    flat = rng.permutation(array.size)[:LOOKED_AT]
    return [tuple(int(i) for i in np.unravel_index(k, array.shape)) for k in flat]


def suspects(adjoint: Adjoint, x: np.ndarray, dy: np.ndarray, mode: bool, rng: np.random.Generator) -> dict:
    """Explanations for what is wrong with ddy and the gradients -> where -> cause, hint, evidence."""
    try:
        P, x, ddx = scalar(adjoint, x, dy, mode, rng)
        layer = P.adjoint.layer
        dx, first_grads, cache = copy.deepcopy(P.adjoint).pulled(dy, mode)
        ddy, grads = copy.deepcopy(layer).double_backward(ddx, dy, cache)
        other_grads = copy.deepcopy(layer).double_backward(dx, dy, cache)[1]
        back = copy.deepcopy(layer).backward(ddx, cache)[0] if ddx.shape == dy.shape else None
    except Exception:  # then the report says already what is raised
        return {}
    found = {"ddy": about_ddy(P, layer.params, ddx, dx, dy, ddy, back, rng)}
    for key, p in layer.params.items():
        if key in grads and np.shape(grads[key]) == p.shape:
            found[key] = about_gradient(P, key, p, (grads[key], first_grads[key], other_grads[key]), rng)
    return found


def about_ddy(P: Any, params: dict, ddx: np.ndarray, dx: np.ndarray, dy: np.ndarray, ddy: Any, back: np.ndarray | None,
              rng: np.random.Generator) -> dict:  # fmt: skip
    """Explanations for a wrong ddy. back: what backward makes of ddx, where it can."""
    if not isinstance(ddy, np.ndarray) or ddy.shape != dy.shape:
        return about_shape(ddx, dx, ddy)
    indices = chosen(dy, rng)

    def at(array):
        return np.array([array[i] for i in indices])

    right, said = differences(P, dy, indices).gradient, at(ddy)
    if close(said, right):
        return {}
    for key, p in params.items():
        if p.shape == dy.shape[-1:] and close(said - right, np.array([p[i[-1]] for i in indices])):
            return because("bias-forward", f"ddy - right = {key}", key=key)
    if ddx.shape != dy.shape:
        return {}
    positive = at(ddx) > 0
    sides = [(said / at(ddx))[side] for side in (positive, ~positive)]
    tried = {
        ("slope-twice", "ddy * ddx = right^2 in each entry"): close(said * at(ddx), right * right),
        ("slope-forgotten", "ddy = ddx in each entry"): close(said, at(ddx)),
        ("slope-from-ddx", "ddy / ddx depends on the sign of ddx"): all(len(s) and close(s, s[:1]) for s in sides),
        ("dx-returned", "ddy = dx in each entry"): close(said, at(dx)),
        ("backward-for-forward", "ddy = what backward makes of ddx"): close(said, at(back)),
    }
    return next((because(cause, evidence) for (cause, evidence), fits in tried.items() if fits), {})


def about_shape(ddx: np.ndarray, dx: np.ndarray, ddy: Any) -> dict:
    """Explanations for a ddy that has not the shape of dy."""
    if np.shape(ddy) == dx.shape and np.allclose(ddy, dx):
        return because("dx-returned", "== dx", "return what ddx becomes on its way forward, with the shape of dy")
    if np.shape(ddy) == dx.shape and np.allclose(ddy, ddx):
        return because("slope-forgotten", "== ddx", "ddx itself was returned; it has the shape of dx, not of dy")
    return {}


def about_gradient(P: Any, key: str, p: np.ndarray, candidates: tuple, rng: np.random.Generator) -> dict:
    """Explanations for a wrong gradient of the parameter `p`. candidates: the gradient, the one of the first backward
    pass, and the one for another ddx."""
    grad, first, other = candidates
    indices = chosen(p, rng)
    right, said = differences(P, p, indices).gradient, np.array([grad[i] for i in indices])
    if close(said, right) or not said.any():
        return {}
    if close(said, np.array([first[i] for i in indices])):
        nothing = np.abs(right).max() <= 1e-9 * np.abs(said).max()
        return because("bias-counted" if nothing else "x-for-ddx", "it is what backward returns for it", key=key)
    return because("ddx-ignored", "with another ddx it is the same") if np.array_equal(grad, other) else {}


def close(one: np.ndarray, two: np.ndarray) -> bool:
    return bool(np.abs(one - two).max() <= 1e-6 * max(np.abs(one).max(), np.abs(two).max()))
