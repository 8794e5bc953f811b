"""What a layer promises besides right numbers: it changes nothing in secret, and keeps nothing on self.

A gradient check alone misses these mistakes, because it calls forward and backward once and in order. Training a GAN
does not: the discriminator is applied twice before its first backward.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.core.subject import (
    Broken,
    Subject,
    called,
    changed,
    described,
    generators,
    pack_size,
    same,
    snapshot,
    stored,
    takes,
)
from minigan.gradcheck.layers.causes import because
from minigan.gradcheck.layers.statistics import check_statistics


def run(subject: Subject, x: np.ndarray, rng: np.random.Generator, add: Callable) -> tuple:
    """Forward and backward once, with all promises checked -> y, dy, dx, grads.

    add(Finding) is called for each broken promise. Raises Broken where there is nothing to go on with.
    """
    y, cache, layer = checked_forward(subject, x, add)
    dy = rng.standard_normal(y.shape)
    dx, grads = checked_backward(subject, layer, dy, cache, add)
    if dx is None:
        raise Broken("dx", "backward returned None for dx", **because("returns", hint="return dx, grads"))
    dx, grads = kept(dx), {key: kept(grad) for key, grad in grads.items()}
    names = subject.params.keys()
    if grads.keys() - learnt(subject.given).keys() != names:
        got = sorted(grads, key=str)
        message = f"expected one gradient for each of the parameters {sorted(names)}, got gradients for {got}"
        add(Finding("grads", message, **because("keys")))
    check_repeats(subject, layer, x, dy, cache, (dx, grads), add)
    check_options(subject, x, dy, (dx, grads), add)
    return y.copy(), dy, dx, grads


def learnt(given: dict | None) -> dict:
    """The arrays of floats among what a layer is given: conditions that another layer may have made. A layer may return
    the gradient of such a condition, under its name, beside those of its parameters."""
    return {key: value for key, value in (given or {}).items() if getattr(value, "dtype", None) == np.float64}


def checked_forward(subject: Subject, x: np.ndarray, add: Callable) -> tuple:
    """-> y, cache, and the copy of the layer that made them."""
    layer, lent = subject.fresh(), x.copy()
    state = snapshot(stored(layer))
    y, cache = subject.forward(layer, lent)
    if not np.array_equal(x, lent):
        raise Broken("x", "forward changed its input in place", **because("input-changed"))
    restore(subject, layer, "forward", add)
    if subject.training is False:
        check_state(state, layer, "forward(training=False)", add)
    check_shape(subject, x, y, add)
    if not same(y, subject.forward(subject.fresh(), x.copy())[0]):
        raise Broken("forward", "two forward passes over the same input differ", **because("random"))
    check_digits(subject, x, y)
    check_statistics(subject, x, add)
    return y, cache, layer


def check_state(before: dict, layer: Any, method: str, add: Callable) -> None:
    """`method` must have left the state as it was."""
    if altered := changed(before, stored(layer)):
        add(Finding("state", f"{method} changed the state {altered}", **because("state-changed")))


def check_shape(subject: Subject, x: np.ndarray, y: np.ndarray, add: Callable) -> None:
    """y: one output for each sample, of the shape that the layer promises."""
    samples = len(x) / pack_size(subject.layer)
    if y.ndim == 0 or len(y) != samples:
        wanted = f"one entry along its first axis for each of the {int(samples)} samples"
        message = f"y must have {wanted}, got shape {y.shape}"
        add(Finding("y", message, **because("shape", hint="the first axis is the batch, in x and in y")))
    elif callable(getattr(subject.layer, "output_shape", None)):
        try:
            promised = called(subject.fresh(), "output_shape", x.shape[1:])  # on a copy: it may run forward
        except Broken:
            if subject.given is None:
                raise
            return  # it may run forward, which can do nothing without what is given
        if tuple(promised) != y.shape[1:]:
            message = f"output_shape says {tuple(promised)} for one sample, forward gives {y.shape[1:]}"
            add(Finding("y", message, **because("output-shape")))


def check_digits(subject: Subject, x: np.ndarray, y: np.ndarray) -> None:
    """Nothing may be cast to float32: no difference could be taken then. Raises Broken.

    x is rounded inside if two things hold: x rounded to float32 gives the very same y, and a change of a thousandth
    moves more than y's last digits. (A batch norm over two numbers gives 1 and -1, whatever they are.)
    """
    if y.dtype != x.dtype:
        raise Broken("y", f"must have x's dtype {x.dtype}, got {y.dtype}", **because("dtype"))
    if through_float32(y, x):
        raise Broken("y", "was rounded to float32 on the way", **because("dtype"))
    rounded, moved = (subject.forward(subject.fresh(), v)[0] for v in (x.astype(np.float32).astype(x.dtype), 1.001 * x))
    seen = np.mean(np.abs(moved - y) > 1e-8 * np.abs(y)) > 0.5
    if np.array_equal(rounded, y) and seen and (x != x.astype(np.float32)).any():
        raise Broken("y", "x is rounded to float32 inside forward", **because("dtype"))


def checked_backward(subject: Subject, layer: Any, dy: np.ndarray, cache: Any, add: Callable) -> tuple:
    """Backward on `layer`; it must change nothing."""
    lent, state, drawn = dy.copy(), snapshot(stored(layer)), generators(layer)
    dx, grads = subject.backward(layer, lent, cache)
    if generators(layer) != drawn:
        hint = "keep the mask of the forward pass in the cache: what was dropped there gets no gradient here"
        add(Finding("backward", "draws random numbers of its own", **because("mask-redrawn", hint=hint)))
    if not np.array_equal(dy, lent):
        add(Finding("dy", "backward changed the upstream gradient dy in place", **because("dy-changed")))
    restore(subject, layer, "backward", add)
    check_state(state, layer, "backward", add)
    return dx, grads


def check_repeats(subject: Subject, layer: Any, x: np.ndarray, dy: np.ndarray, cache: Any, first: tuple,
                  add: Callable) -> None:  # fmt: skip
    """Backward twice on one cache; and on the first of two caches."""
    what = "the second time on one cache it"
    if not again(subject, what, layer, dy, cache, first, add, "repeat"):
        return
    layer = subject.fresh()
    second = subject if subject.training is not False else subject.in_mode(True)  # which may change the state
    try:
        _, cache = subject.forward(layer, x.copy())
        second.forward(layer, another(x))
    except Broken as broken:
        broken.finding.message += " (on a second forward pass)"
        add(broken.finding)
        return
    again(subject, "with the first of two caches it", layer, dy, cache, first, add, "stale-cache")


def check_options(subject: Subject, x: np.ndarray, dy: np.ndarray, first: tuple, add: Callable) -> None:
    """param_grads=False and input_grad=False leave something out, and do not change the rest."""
    for option, part in (("param_grads", 0), ("input_grad", 1)):
        if takes(subject.layer, "backward", option):
            layer = subject.fresh()
            _, cache = subject.forward(layer, x.copy())
            again(subject, f"with {option}=False it", layer, dy, cache, first, add, "option", (part,), {option: False})


def again(subject: Subject, what: str, layer: Any, dy: np.ndarray, cache: Any, first: tuple, add: Callable, cause: str,
          parts: tuple = (0, 1), options: dict | None = None) -> bool:  # fmt: skip
    """Backward once more must return what the `first` pass did, in the `parts` (0: dx, 1: grads) that count -> whether
    it does."""
    try:
        dx, grads = subject.backward(layer, dy.copy(), cache, **options or {})
    except Broken as broken:
        message, evidence = f"{what} {broken.finding.message}", broken.finding.evidence
        add(Finding("backward", message, **because(cause, evidence)))
        return False
    finally:
        subject.put_back()
    equal = (first[0] is None) == (dx is None) and same(first[0], dx)
    names = ["dx"] if 0 in parts and not equal else []
    names += changed(first[1], grads) if 1 in parts else []
    if names:
        message = f"{what} returns something else for {', '.join(map(str, names))}"
        add(Finding("backward", message, **because(cause)))
    return not names


def restore(subject: Subject, layer: Any, method: str, add: Callable) -> None:
    """Report parameters that `method` changed, and put them back."""
    if altered := changed(subject.before, getattr(layer, "params", {})):
        add(Finding("params", f"{method} changed the parameters {altered}", **because("params-changed")))
        if method == "backward":
            subject.after = snapshot(layer.params)
        subject.put_back(layer)


def another(x: np.ndarray) -> np.ndarray:
    """Another input, with values of the same kind: x turned round and a little smaller."""
    return np.ascontiguousarray(0.9 * np.flip(x))


def kept(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


def through_float32(array: np.ndarray, x: np.ndarray) -> bool:
    """Whether every number of `array` is a float32, though those of x are not. Numbers of few digits, 2 or 0.5 (which
    is sigmoid(0)), are always float32, and say nothing."""

    def short(a):
        a = a[1024 * a != np.round(1024 * a)]
        return len(a) > 0 and bool((a == a.astype(np.float32)).all())

    return array.dtype == np.float64 and short(array) and not short(x)


def unusable(where: str, analytic: Any, array: np.ndarray) -> Finding | None:
    """A Finding if `analytic` cannot be the gradient of `array`: its kind, shape, dtype, NaNs; else None."""
    if not isinstance(analytic, np.ndarray):
        return Finding(where, f"the gradient must be an array, got {described(analytic)}", **because("returns"))
    if analytic.shape != array.shape:
        cause, hint = "shape", ""
        if analytic.shape[1:] == array.shape and len(analytic) > 1 and where != "dx":
            hint = "sum over the batch: .sum(axis=0); every sample adds to the gradient of a shared parameter"
            cause = "not-summed"
        elif analytic.shape == array.shape[::-1]:
            cause, hint = "transposed", "the axes are the other way round: transpose it"
        message = f"expected the gradient to have shape {array.shape}, got {analytic.shape}"
        return Finding(where, message, **because(cause, hint=hint))
    if analytic.dtype != array.dtype:
        why = because("dtype", hint="nothing on the way may cast; make new arrays with np.zeros_like(...)")
        return Finding(where, f"the gradient must be {array.dtype}, got {analytic.dtype}", **why)
    if not np.isfinite(analytic).all():
        return Finding(where, f"{np.sum(~np.isfinite(analytic))} entries are NaN or infinite", **because("nan"))
    return None
