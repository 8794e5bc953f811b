"""check_layer: every gradient of one layer (or one network) against finite differences.

The layer maps x to y; a random upstream gradient dy makes of it the scalar L = sum of y * dy, whose derivatives with
respect to x and every parameter are just what backward(dy) must return. The upstream gradient is random because one
of ones hides mistakes: a batch norm's dx is then zero, right or wrong.
"""

import copy
import time

import numpy as np

from minigan.gradcheck.numeric import numeric_gradient, relative_error
from minigan.gradcheck.report import Finding, Report


def check_layer(layer, x=None, *, input_shape=None, rng=None, training=True, tolerance=1e-6):
    """Check dx and the gradient of every parameter of `layer` -> Report, whose `ok` says whether all are right.

    x: an input, batch first; or input_shape, batch included, for a random one. rng: numpy Generator (default:
    seed 0). The layer itself is not touched: a float64 copy is checked, its parameters and state moved off their
    initial values, its randomness frozen. tolerance: largest relative error that counts as right.
    Raises ValueError if neither x nor input_shape is given.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    if x is None and input_shape is None:
        raise ValueError("check_layer expected an input x or an input_shape (batch included), got neither")
    x = rng.standard_normal(input_shape) if x is None else np.array(x, np.float64)
    started = time.perf_counter()
    layer = moved(copy.deepcopy(layer).astype(np.float64), rng)
    report = Report(type(layer).__name__)

    def forward(on=layer):
        return copy.deepcopy(on).apply(x, training)  # a fresh copy each time: same state, same random draws

    before = x.copy()
    y, cache = forward()
    if not np.array_equal(x, before):
        report.findings.append(Finding("x", "forward changed its input in place"))
        return report
    dy = rng.standard_normal(y.shape)
    other, _ = forward()
    if not np.array_equal(y, other):
        report.findings.append(Finding("forward", "two forward passes over the same input differ"))
        return report
    dx, grads = layer.pull_back(dy, cache)
    if not np.array_equal(x, before):
        report.findings.append(Finding("x", "backward changed the input in place"))
        x[...] = before
    if grads.keys() != layer.params.keys():
        names = f"{sorted(layer.params)}, got gradients for {sorted(grads)}"
        report.findings.append(Finding("grads", f"expected one gradient for each of the parameters {names}"))

    pairs = {"dx": (x, dx)} | {key: (p, grads[key]) for key, p in layer.params.items() if key in grads}
    for where, (array, analytic) in pairs.items():
        compare(report, where, array, analytic, lambda: float(np.sum(forward()[0] * dy)), tolerance)
    report.seconds = time.perf_counter() - started
    return report


def compare(report, where, array, analytic, f, tolerance):
    """Hold `analytic` against the differences of f with respect to `array`, and note in `report` what comes out."""
    if np.shape(analytic) != array.shape:
        message = f"expected the gradient to have shape {array.shape}, got {np.shape(analytic)}"
        report.findings.append(Finding(where, message))
        return
    numeric = numeric_gradient(f, array)
    report.checked += int(numeric.smooth.sum())
    report.kinks += int((~numeric.smooth).sum())
    if numeric.smooth.mean() < 0.5:
        message = "not checked: more than half of the entries have no derivative (kinks)"
        report.findings.append(Finding(where, message))
        return
    error = np.where(numeric.smooth, relative_error(analytic, numeric.gradient, noise=3e-5 * (1 + abs(f()))), 0.0)
    error = np.where(np.isfinite(error), error, np.inf)
    report.errors[where] = float(error.max(initial=0.0))
    if report.errors[where] > tolerance:
        order = np.argsort(-error, axis=None)[:3]
        indices = [tuple(int(i) for i in np.unravel_index(k, array.shape)) for k in order]
        worst = [(i, float(analytic[i]), float(numeric.gradient[i])) for i in indices]
        message = f"wrong: relative error {report.errors[where]:.1e}, allowed {tolerance:.0e}"
        report.findings.append(Finding(where, message, report.errors[where], worst))


def moved(layer, rng):
    """The layer with parameters and state moved off their initial values: a gradient that forgets gamma is right as
    long as gamma is 1, one that forgets the bias as long as it is 0. Variances stay positive."""
    for array in layer.params.values():
        array += 0.5 * rng.standard_normal(array.shape) * (1 + np.abs(array).mean())
    for key, array in layer.state.items():
        if np.issubdtype(array.dtype, np.floating):
            array[...] = (
                np.exp(0.3 * rng.standard_normal(array.shape)) if "var" in key else array + rng.normal(size=array.shape)
            )
    return layer
