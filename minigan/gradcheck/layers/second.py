"""check_double_backward: second order, by looking at backward as if it were the forward pass of another layer.

For one x, backward maps dy to dx, and is linear in dy. double_backward(ddx, dy, cache) is the backward pass of that
map: given ddx = dP/d(dx) it returns ddy = dP/d(dy), and P's gradients by the parameters. So all that `check_layer`
knows about a layer it can say about this one, with other names for the arrays.
"""

import copy
import re
import time
from fractions import Fraction

import numpy as np

from minigan.gradcheck.core.numeric import differences
from minigan.gradcheck.core.report import Finding, Report
from minigan.gradcheck.core.subject import Broken, Subject, in_float64, prepared, takes
from minigan.gradcheck.layers.check import check_layer, drawn

NAMES = {"forward": "backward", "backward": "double_backward", "dx": "ddy", "dy": "ddx", "x": "dy", "y": "dx",
         "L": "P"}  # fmt: skip
LOOKED_AT = 40  # entries of which differences are taken for a diagnosis
CAUSES = {
    "backward-wrong": "backward itself is wrong, so that its derivatives are of no use.",
    "bias-forward": "The bias was added to ddx's way forward, but dx does not contain it.",
    "bias-counted": "The bias got a gradient, but dx does not contain it.",
    "slope-twice": "The slope of the activation was multiplied in twice.",
    "slope-forgotten": "The slope of the activation, or the mask, was left out.",
    "slope-from-ddx": "The slope was chosen by the sign of ddx, not of x.",
    "dx-returned": "The dx of the first backward pass was returned where dP/d(dy) was wanted.",
    "backward-for-forward": "ddx was sent backwards through the layer; dP/d(dy) is its way forwards.",
    "x-for-ddx": "The input x was used in place of ddx.",
    "ddx-ignored": "The gradient does not depend on ddx.",
    "depends-on-x": "dx depends on x smoothly, so that the penalty has a term which double_backward cannot return.",
}


def check_double_backward(layer, x=None, *, input_shape=None, rng=None, tolerance=1e-6, training=None):
    """Check double_backward(ddx, dy, cache) -> ddy, grads, against differences of P = sum(ddx * dx(dy, params)).

    Arguments and Report as for `check_layer`. First backward itself is checked: the second derivative of a wrong first
    one is of no use. A mode for which the layer raises NotImplementedError is "not checked".
    Raises ValueError if neither x nor input_shape is given.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    if x is None and input_shape is None:
        raise ValueError("check_double_backward expected an input x or an input_shape (batch included), got neither")
    x = drawn(rng, input_shape) if x is None else np.array(x, np.float64)
    started, name = time.perf_counter(), f"{type(layer).__name__}.double_backward"
    first = check_layer(layer, x, rng=rng, tolerance=tolerance, training=training)
    if first.ok:
        report = second_order(layer, x, rng, tolerance, training)
        report.notes = first.notes  # dy has the shape that the layer gives it
    else:
        report = Report(name, [as_of_backward(finding) for finding in first.findings])
    report.name, report.seconds = name, time.perf_counter() - started
    return report


def as_of_backward(finding):
    """What check_layer found; it comes first."""
    finding.where, finding.evidence = f"first order: {finding.where}", finding.evidence or f"cause: {finding.cause}"
    if finding.cause != "not-checked":
        finding.cause = "backward-wrong"
    return finding


def second_order(layer, x, rng, tolerance, training):
    """The Report on double_backward of a layer whose backward is right."""
    try:
        layer = in_float64(copy.deepcopy(layer))
        adjoint = Adjoint(layer, x)
        y = Subject(layer, True if takes(layer, "forward", "training") else None).forward(copy.deepcopy(layer), x)[0]
    except Broken as broken:
        return Report("", [broken.finding])
    if not takes(layer, "forward", "training"):
        training = True  # the adjoint takes it in any case; one mode is enough
    dy = rng.standard_normal(y.shape)
    report = check_layer(adjoint, dy, rng=rng, tolerance=tolerance, training=training)
    for name in ("errors", "bounds", "sampled"):
        setattr(report, name, {renamed(where): value for where, value in getattr(report, name).items()})
    why = {}
    for finding in report.findings:
        translate(finding)
        if finding.cause in ("not-checked", "raises", "signature"):
            continue
        if not why:
            why = suspects(adjoint, x, dy, training is not False, rng)
        for key, value in why.get(finding.where, {}).items():
            setattr(finding, key, value)
    if report.ok:
        check_linear(report, adjoint, x, dy, training, rng)
    return report


class Adjoint:
    """The map dy -> dx of one layer at one x, written as a layer."""

    def __init__(self, layer, x):
        self.layer, self.x = layer, x

    @property
    def pack_size(self):
        return Fraction(1, getattr(self.layer, "pack_size", 1))  # a Pack's way back takes one sample to several

    @property
    def params(self):
        return getattr(self.layer, "params", {})

    @property
    def state(self):
        return getattr(self.layer, "state", {})

    def forward(self, dy, training=True):
        options = {"training": training} if takes(self.layer, "forward", "training") else {}
        _, cache = self.layer.forward(self.x, **options)
        return self.layer.backward(dy, cache)[0], (dy, cache)

    def backward(self, ddx, kept):
        return self.layer.double_backward(ddx, *kept)


def translate(finding):
    """check_layer's words about the adjoint, as words about the layer."""
    finding.where, finding.hint = renamed(finding.where), renamed(finding.hint)
    finding.message = renamed(finding.message) if finding.cause != "raises" else finding.message
    if "NotImplementedError" in finding.message:
        finding.message = finding.message.replace("raised NotImplementedError: ", "not checked: ")
        finding.cause, finding.evidence = "not-checked", ""
        finding.hint = "a layer that is linear in x, or piecewise linear, can have one: see Layer.double_backward"


def renamed(text):
    return re.sub(r"\b(forward|backward|dx|dy|x|y|L)\b", lambda match: NAMES[match[0]], text)


def check_linear(report, adjoint, x, dy, training, rng):
    """Where dx depends on x other than by jumps, P has a derivative by x, for which double_backward has no place."""
    for mode in (True, False) if training is None else (training,):
        P, x, ddx = scalar(adjoint, x, dy, mode, rng)
        numeric = differences(P, x, chosen(x, rng))
        usual = np.abs(P.dx * ddx).sum() / np.sqrt(x.size)
        bent = numeric.smooth & (np.abs(numeric.gradient) > 1e-4 * usual + 10 * numeric.error)
        if bent.any():
            evidence = f"dP/dx is not 0 in {bent.sum()} of {len(bent)} entries; {numeric.gradient[bent][0]:+.3e} in one"
            hint = "raise NotImplementedError; only layers that are linear in x, or piecewise linear, can do without it"
            message = "dx depends on x: the penalty has a derivative by x, which double_backward does not return"
            report.add(Finding("x", message, cause="depends-on-x", hint=hint, evidence=evidence))
            return


def scalar(adjoint, x, dy, mode, rng):
    """P = sum(ddx * dx) as a function of nothing, an x that it reads, and ddx; the parameters moved."""
    adjoint = prepared(adjoint, dy, (mode,), rng)
    x = adjoint.x = x.copy()
    ddx = rng.standard_normal(x.shape)

    def P():
        return float(np.sum(copy.deepcopy(adjoint, {id(x): x}).forward(dy, training=mode)[0] * ddx))

    P.dx, P.adjoint = copy.deepcopy(adjoint).forward(dy, training=mode)[0], adjoint
    return P, x, ddx


def chosen(array, rng):
    """The indices of up to LOOKED_AT entries."""
    flat = rng.permutation(array.size)[:LOOKED_AT]
    return [tuple(int(i) for i in np.unravel_index(k, array.shape)) for k in flat]


def suspects(adjoint, x, dy, mode, rng):
    """Explanations for what is wrong with ddy and the gradients -> where -> cause, hint, evidence."""
    try:
        P, x, ddx = scalar(adjoint, x, dy, mode, rng)
        layer = P.adjoint.layer
        _, cache = copy.deepcopy(layer).forward(
            x, **({"training": mode} if takes(layer, "forward", "training") else {})
        )
        dx, first_grads = copy.deepcopy(layer).backward(dy, cache)
        ddy, grads = copy.deepcopy(layer).double_backward(ddx, dy, cache)
        other_grads = copy.deepcopy(layer).double_backward(dx, dy, cache)[1]
    except Exception:  # then the report says already what is raised
        return {}
    found = {"ddy": about_ddy(P, layer, ddx, dx, dy, ddy, cache, rng)}
    for key, p in layer.params.items():
        if key in grads and np.shape(grads[key]) == p.shape:
            found[key] = about_gradient(P, key, p, (grads[key], first_grads[key], other_grads[key]), rng)
    return found


def about_ddy(P, layer, ddx, dx, dy, ddy, cache, rng):
    """Explanations for a wrong ddy."""
    if not isinstance(ddy, np.ndarray) or ddy.shape != dy.shape:
        if np.shape(ddy) == dx.shape and np.allclose(ddy, dx):
            return because("dx-returned", "return what ddx becomes on its way forward, with the shape of dy", "== dx")
        if np.shape(ddy) == dx.shape and np.allclose(ddy, ddx):
            return because("slope-forgotten", "ddx itself was returned; it has the shape of dx, not of dy", "== ddx")
        return {}
    indices = chosen(dy, rng)
    right = differences(P, dy, indices).gradient
    said = np.array([ddy[i] for i in indices])
    if close(said, right):
        return {}
    for key, p in layer.params.items():
        if p.shape == dy.shape[-1:] and close(said - right, np.array([p[i[-1]] for i in indices])):
            return because("bias-forward", f"leave {key} out: dx = A^T dy does not contain it", f"ddy - right = {key}")
    if ddx.shape == dy.shape:
        at_ddx, at_dx = (np.array([a[i] for i in indices]) for a in (ddx, dx))
        if close(said * at_ddx, right * right):
            return because("slope-twice", "multiply ddx by the slope once", "ddy * ddx = right^2 in each entry")
        if close(said, at_ddx):
            return because("slope-forgotten", "multiply ddx by what dy was multiplied by", "ddy = ddx in each entry")
        ratio, positive = said / at_ddx, at_ddx > 0
        if len(set(positive)) == 2 and all(
            close(ratio[m], np.full(m.sum(), ratio[m][0])) for m in (positive, ~positive)
        ):
            return because("slope-from-ddx", "where x > 0, not where ddx > 0", "ddy / ddx depends on the sign of ddx")
        if close(said, at_dx):
            return because("dx-returned", "return what ddx becomes on its way forward", "ddy = dx in each entry")
        back = np.asarray(copy.deepcopy(layer).backward(ddx, cache)[0])
        if close(said, np.array([back[i] for i in indices])):
            hint = "use the same linear map as forward, without bias: ddx w where backward has dy w^T"
            return because("backward-for-forward", hint, "ddy = what backward makes of ddx")
    return {}


def about_gradient(P, key, p, candidates, rng):
    """Explanations for a wrong gradient of the parameter `p`. candidates: the gradient, the one of the first backward
    pass, and the one for another ddx."""
    grad, first, other = candidates
    indices = chosen(p, rng)
    right = differences(P, p, indices).gradient
    said = np.array([grad[i] for i in indices])
    if close(said, right) or not said.any():
        return {}
    if close(said, np.array([first[i] for i in indices])):
        if np.abs(right).max() <= 1e-9 * np.abs(said).max():
            hint = f"dx does not depend on {key}: return zeros"
            return because("bias-counted", hint, "it is what backward returns for it")
        hint = "it is the gradient of the first backward pass; put ddx where that one has x"
        return because("x-for-ddx", hint, "it is what backward returns for it")
    if np.array_equal(grad, other):
        return because("ddx-ignored", "dP/dw is made of ddx and dy", "with another ddx it is the same")
    return {}


def because(cause, hint, evidence):
    return {"cause": cause, "hint": hint, "evidence": evidence}


def close(one, two):
    return bool(np.abs(one - two).max() <= 1e-6 * max(np.abs(one).max(), np.abs(two).max()))
