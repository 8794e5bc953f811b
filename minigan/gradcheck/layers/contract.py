"""What a layer promises besides right numbers: nothing is changed in secret, nothing is kept on self.

Each promise is broken by a mistake that a gradient check alone does not see, because it calls forward and backward
once and in order. Training a GAN does not: the discriminator is applied twice before its first backward.
"""

import numpy as np

from minigan.gradcheck.core.report import Finding
from minigan.gradcheck.core.subject import (
    Broken,
    Subject,
    called,
    changed,
    described,
    generators,
    same,
    snapshot,
    stored,
    takes,
)
from minigan.gradcheck.layers.statistics import check_statistics


def run(subject, x, rng, add):
    """Forward and backward once, with all promises checked -> y, dy, dx, grads.

    add(Finding) is called for each promise that is broken. Raises Broken where there is nothing to go on with.
    """
    y, cache, layer = checked_forward(subject, x, add)
    dy = rng.standard_normal(y.shape)
    dx, grads = checked_backward(subject, layer, x, dy, cache, add)
    if dx is None:
        raise Broken("dx", "backward returned None for dx", cause="returns", hint="return dx, grads")
    dx, grads = kept(dx), {key: kept(grad) for key, grad in grads.items()}
    names = subject.params.keys()
    if grads.keys() != names:
        got = sorted(grads, key=str)
        message = f"expected one gradient for each of the parameters {sorted(names)}, got gradients for {got}"
        hint = "return {key: gradient} with the keys of self.params, each of them, and no other"
        add(Finding("grads", message, cause="keys", hint=hint))
    check_repeats(subject, layer, x, dy, cache, (dx, grads), add)
    check_options(subject, x, dy, (dx, grads), add)
    return y.copy(), dy, dx, grads


def checked_forward(subject, x, add):
    """-> y, cache, and the copy of the layer that made them."""
    layer, given = subject.fresh(), x.copy()
    state = snapshot(stored(layer))
    y, cache = subject.forward(layer, given)
    if not np.array_equal(x, given):
        hint = "write into a new array: y = np.where(...) or y = x.copy(), not x[...] = ..., x += ..."
        raise Broken("x", "forward changed its input in place", cause="input-changed", hint=hint)
    restore(subject, layer, "forward", add)
    altered = changed(state, stored(layer))
    if subject.training is False and altered:
        message = f"forward(training=False) changed the state {altered}"
        add(Finding("state", message, cause="state-changed", hint="only forward(training=True) may change state"))
    check_shape(subject, x, y, add)
    again = subject.fresh()
    if not same(y, subject.forward(again, x.copy())[0]):
        hint = "draw random numbers from a Generator that the layer keeps, self.rng, made once in __init__"
        raise Broken("forward", "two forward passes over the same input differ", cause="random", hint=hint)
    check_digits(subject, x, y)
    check_statistics(subject, x, add)
    return y, cache, layer


def check_shape(subject, x, y, add):
    """y: one output for each sample, of the shape that the layer promises."""
    joins = getattr(subject.layer, "pack_size", 1)  # a Pack makes one sample of several
    if y.ndim == 0 or len(y) * joins != len(x):
        message = (
            f"y must have one entry along its first axis for each of the {len(x) // joins} samples, got shape {y.shape}"
        )
        add(Finding("y", message, cause="shape", hint="the first axis is the batch, in x and in y"))
    elif callable(getattr(subject.layer, "output_shape", None)):
        promised = called(subject.layer, "output_shape", x.shape[1:])
        if tuple(promised) != y.shape[1:]:
            message = f"output_shape says {tuple(promised)} for one sample, forward gives {y.shape[1:]}"
            hint = "which of the two is right? Count on paper: (H - 1) stride + kernel - padding, or its inverse"
            add(Finding("y", message, cause="output-shape", hint=hint))


def check_digits(subject, x, y):
    """Nothing may be cast to float32: no difference could be taken then. Raises Broken.

    If x rounded to float32 gives the very same y, though a change of a thousandth moves more than y's last digits (a
    batch norm over two numbers gives 1 and -1, whatever they are), x is rounded inside.
    """
    hint = "nothing on the way may cast; make new arrays with np.zeros(shape, x.dtype) or np.empty_like(x)"
    if y.dtype != x.dtype:
        raise Broken("y", f"must have x's dtype {x.dtype}, got {y.dtype}", cause="dtype", hint=hint)
    if through_float32(y, x):
        raise Broken("y", "was rounded to float32 on the way", cause="dtype", hint=hint)
    rounded, moved = (subject.forward(subject.fresh(), v)[0] for v in (x.astype(np.float32).astype(x.dtype), 1.001 * x))
    seen = np.mean(np.abs(moved - y) > 1e-8 * np.abs(y)) > 0.5
    if np.array_equal(rounded, y) and seen and (x != x.astype(np.float32)).any():
        raise Broken("y", "x is rounded to float32 inside forward", cause="dtype", hint=hint)


def checked_backward(subject, layer, x, dy, cache, add):
    """Backward on `layer`, and that it changes nothing."""
    given, state, drawn = dy.copy(), snapshot(stored(layer)), generators(layer)
    dx, grads = subject.backward(layer, given, cache)
    if generators(layer) != drawn:
        hint = "keep the mask of the forward pass in the cache: what was dropped there gets no gradient here"
        add(Finding("backward", "draws random numbers of its own", cause="mask-redrawn", hint=hint))
    if not np.array_equal(dy, given):
        hint = "the caller may need dy again: write dx = dy * ..., not dy *= ..."
        add(Finding("dy", "backward changed the upstream gradient dy in place", cause="dy-changed", hint=hint))
    restore(subject, layer, "backward", add)
    altered = changed(state, stored(layer))
    if altered:
        message = f"backward changed the state {altered}"
        add(Finding("state", message, cause="state-changed", hint="only forward(training=True) may change state"))
    return dx, grads


def check_repeats(subject, layer, x, dy, cache, first, add):
    """Backward twice on one cache; and on the first of two caches."""
    hint = (
        "return new arrays, computed from dy and the cache alone; nothing is added up on self or taken from the cache"
    )
    good = attempt(add, "backward", "the second time on one cache it", subject.backward, layer, dy.copy(), cache,
                   first=first, cause="repeat", hint=hint)  # fmt: skip
    subject.put_back()
    if not good:
        return
    hint = "backward must read what forward computed from its cache, not from self: the second forward overwrites that"
    layer = subject.fresh()
    second = subject if subject.training is not False else Subject(subject.layer, True)  # which may change the state
    try:
        _, cache = subject.forward(layer, x.copy())
        second.forward(layer, another(x))
    except Broken as broken:
        broken.finding.message += " (on a second forward pass)"
        add(broken.finding)
        return
    attempt(add, "backward", "with the first of two caches it", subject.backward, layer, dy.copy(), cache,
            first=first, cause="stale-cache", hint=hint)  # fmt: skip
    subject.put_back()


def check_options(subject, x, dy, first, add):
    """param_grads=False and input_grad=False leave something out; the rest must be as it is without them."""
    for option, part in (("param_grads", 0), ("input_grad", 1)):
        if not takes(subject.layer, "backward", option):
            continue
        layer = subject.fresh()
        _, cache = subject.forward(layer, x.copy())
        attempt(add, "backward", f"with {option}=False it", subject.backward, layer, dy.copy(), cache,
                first=first, cause="option", parts=(part,), **{option: False})  # fmt: skip
        subject.put_back()


def attempt(add, where, what, backward, *args, first, cause, hint="", parts=(0, 1), **options):
    """Backward once more: what comes must be as the `first` (dx, grads) in the `parts` that count. -> whether it is."""
    try:
        result = backward(*args, **options)
    except Broken as broken:
        add(
            Finding(where, f"{what} {broken.finding.message}", cause=cause, hint=hint, evidence=broken.finding.evidence)
        )
        return False
    names = ["dx"] if 0 in parts and not alike(first[0], result[0]) else []
    if 1 in parts:
        names += changed(first[1], result[1])
    if names:
        add(Finding(where, f"{what} returns something else for {', '.join(map(str, names))}", cause=cause, hint=hint))
    return not names


def alike(one, two):
    return (one is None) == (two is None) and same(one, two)


def restore(subject, layer, method, add):
    """Report parameters that `method` changed, and put them back."""
    altered = changed(subject.before, getattr(layer, "params", {}))
    if altered:
        hint = "only the optimizer changes parameters, after backward; backward returns gradients"
        add(Finding("params", f"{method} changed the parameters {altered}", cause="params-changed", hint=hint))
        if method == "backward":
            subject.after = snapshot(layer.params)
        subject.put_back(layer)


def another(x):
    """Another input, with values of the same kind: x turned round and a little smaller."""
    return np.ascontiguousarray(0.9 * np.flip(x))


def kept(value):
    return np.array(value) if isinstance(value, np.ndarray) else value


def through_float32(array, x):
    """Whether every number of it is a float32, though those of x are not. Numbers of few digits, 2 or 0.5 (which is
    sigmoid(0)), are float32 by themselves, and say nothing."""

    def short(a):
        a = a[1024 * a != np.round(1024 * a)]
        return len(a) > 0 and bool((a == a.astype(np.float32)).all())

    return array.dtype == np.float64 and short(array) and not short(x)


def unusable(where, analytic, array):
    """A Finding if `analytic` cannot be the gradient of `array`: its kind, shape, dtype, NaNs; else None."""
    if not isinstance(analytic, np.ndarray):
        return Finding(where, f"the gradient must be an array, got {described(analytic)}", cause="returns")
    if analytic.shape != array.shape:
        message = f"expected the gradient to have shape {array.shape}, got {analytic.shape}"
        if analytic.shape[1:] == array.shape and len(analytic) > 1 and where != "dx":
            hint = "sum over the batch: .sum(axis=0); every sample adds to the gradient of a shared parameter"
            return Finding(where, message, cause="not-summed", hint=hint)
        if analytic.shape == array.shape[::-1]:
            return Finding(where, message, cause="transposed", hint="the axes are the other way round: transpose it")
        return Finding(where, message, cause="shape")
    if analytic.dtype != array.dtype:
        hint = "nothing on the way may cast; make new arrays with np.zeros_like(...)"
        return Finding(where, f"the gradient must be {array.dtype}, got {analytic.dtype}", cause="dtype", hint=hint)
    if not np.isfinite(analytic).all():
        return Finding(where, f"{np.sum(~np.isfinite(analytic))} entries are NaN or infinite", cause="nan")
    return None
