"""R1 and R2 in one sweep with the loss: the penalty reuses D's passes over the same images.

One after the other, the loss and the penalties go through D's layers seven times with each image: forward, back and
weight gradients for the loss; forward, back to the images, the tangent forward and weight gradients for the penalty.
Four are enough, for a D that gives one logit s[n] for each image x[n] and looks at it alone.

Let delta be what backward makes of 1 at each logit, layer by layer, and delta_k what it hands to layer k. Backward is
linear in dy, and row n of it depends on s[n] alone. So with d[n] = d loss / d s[n],

    the loss's       dy_k[n] = d[n] delta_k[n]              its weight gradient    sum_n x_k[n]^T d[n] delta_k[n]
    the penalty's    (see `minigan.penalties.gradient`)                            sum_n t_k[n]^T delta_k[n]

with x_k the input of layer k, and t_k the tangent, which begins as t_1 = u = dP/dg. The two have delta in common:

    both together    sum_n v_k[n]^T delta_k[n],             v_k[n] = d[n] x_k[n] + t_k[n].

And v needs no x_k: it can be pushed through the layers as the tangent is. A layer y = f (x A + b), with f = 1 or the
slope, entry by entry, makes x_k to x_k+1 = f (x_k A + b), and t_k to t_k+1 = f (t_k A), without the bias, so

    v_1[n] = d[n] x[n] + u[n],          v_k+1[n] = f (v_k[n] A + d[n] b),          db = sum_n d[n] f delta_k[n].

That is `double_backward` with the share d[n] of the bias in it: `RULES` has the line for each layer with a bias, and
`Layer.second_order` takes it through the network. So the sweep is: forward (which D has done), delta back to the
images, v forward, and the weight gradients. Where a layer is not in `RULES` (it adds something else to x, as noise
does, or is a student's own), the penalties are computed apart, as WGAN-GP and DRAGAN always are, whose points D has not
seen. A Dropout has one mask for both here, and draws another when apart.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigan import kernels
from minigan.layers import (
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    Identity,
    Layer,
    LeakyReLU,
    Maxout,
    MaxoutDense,
    ReLU,
    Reshape,
    SpectralNorm,
    UpSampling2D,
)
from minigan.layers.affine import Affine
from minigan.layers.base import param
from minigan.penalties.base import Penalty
from minigan.penalties.gradient import R1, R2, GradientPenalty


def sweep(D: Layer, batches: tuple, slopes: tuple, caches: tuple, penalties: Sequence[Penalty]) -> tuple | None:
    """The gradients by D.params of the loss and of those penalties that look at real or at fake images.

    batches: real and fake images. slopes: d loss / d logits of both, (N, 1) and (M, 1). caches: of D's one pass over
    both. penalties: all of D's.
    Returns the value of the penalties in it, the gradients, and the list of penalties that are not in it. Or None if
    none of them can be, or is due: nothing was done then.
    """
    own = [penalty for penalty in penalties if place(penalty) is not None and penalty.due]
    if not own or not has_rules(D):
        return None
    x, d = np.concatenate(batches), np.concatenate(slopes)
    g, trace = D.trace_back(np.ones_like(d), *caches)

    v, value = d.reshape(-1, *[1] * (x.ndim - 1)) * x, 0.0
    rows = slice(len(batches[0])), slice(len(batches[0]), None)
    for penalty in own:
        penalty.count()
        here = rows[place(penalty)]
        more, u = penalty.weighed(g[here].reshape(len(g[here]), -1))
        value, v[here] = value + more, v[here] + u.reshape(v[here].shape)

    _, grads = D.second_order(v, trace, *caches, rule_with(d.reshape(-1)))
    return value, grads, [penalty for penalty in penalties if penalty not in own]


def place(penalty: Penalty) -> int | None:
    """0 for a penalty that looks at the real images just as they are, 1 at the fake ones, else None."""
    kind = type(penalty)
    if not isinstance(penalty, GradientPenalty) or kind.__call__ is not GradientPenalty.__call__:
        return None
    return {R1.points: 0, R2.points: 1}.get(kind.points)


def has_rules(D: Layer) -> bool:
    """Whether D looks at each image for itself, and each of its layers has a rule."""
    layers = [layer.layer if isinstance(layer, SpectralNorm) else layer for _, layer in D.leaves()]
    return D.per_sample and D.pack_size == 1 and all(type(layer) in RULES for layer in layers)


def rule_with(share: np.ndarray) -> Callable:
    """The function (layer, v, delta, cache) -> the next v, and the gradients, with share[n] of the bias in v[n]."""
    return lambda layer, v, delta, cache: RULES[type(layer)](layer, v, delta, cache, share)


def linear(layer: Layer, v: np.ndarray, delta: np.ndarray, cache: Any, share: np.ndarray) -> tuple[np.ndarray, dict]:
    """A layer that adds nothing to x: v goes its tangent's way."""
    return layer.double_backward(v, delta, cache)


def dense(layer: Dense, v: np.ndarray, delta: np.ndarray, cache: Any, share: np.ndarray) -> tuple[np.ndarray, dict]:
    """v' = f (v w + share b),    dw = v^T f delta."""
    x, y = layer.unseal(cache, delta)
    dz, grads = slope_and_bias(layer, delta, y, share)
    z = kernels.matmul(v, param(layer, "w", x))
    return push(layer, z, y, share), grads | {"w": kernels.matmul(v.T, dz)}


def conv2d(layer: Conv2D, v: np.ndarray, delta: np.ndarray, cache: Any, share: np.ndarray) -> tuple[np.ndarray, dict]:
    """The same, with a convolution for the product."""
    x, pads, y = layer.unseal(cache, delta)
    v, (dz, grads) = np.ascontiguousarray(v), slope_and_bias(layer, delta, y, share)
    dw = kernels.conv2d_weight_grad(v, dz, layer.params["w"].shape, layer.stride, pads)
    return push(layer, kernels.conv2d(v, param(layer, "w", x), layer.stride, pads), y, share), grads | {"w": dw}


def conv2d_transpose(
    layer: Conv2DTranspose, v: np.ndarray, delta: np.ndarray, cache: Any, share: np.ndarray
) -> tuple[np.ndarray, dict]:
    """The same, with its adjoint for the product."""
    x, pads, y = layer.unseal(cache, delta)
    v, (dz, grads) = np.ascontiguousarray(v), slope_and_bias(layer, delta, y, share)
    dw = kernels.conv2d_weight_grad(dz, v, layer.params["w"].shape, layer.stride, pads)
    z = kernels.conv2d_input_grad(v, param(layer, "w", x), y.shape, layer.stride, pads)
    return push(layer, z, y, share), grads | {"w": dw}


def maxout_dense(
    layer: MaxoutDense, v: np.ndarray, delta: np.ndarray, cache: Any, share: np.ndarray
) -> tuple[np.ndarray, dict]:
    """The same, for the columns of w and b that won."""
    x, winner = layer.unseal(cache, delta)
    dw, db = kernels.maxout_weight_grad(v, delta, winner, layer.pieces, share)
    z = kernels.matmul(v, param(layer, "w", x))
    z = push(layer, z, z, share)
    return kernels.gather_winners(z, winner).reshape(delta.shape), {"w": dw} | (
        {"b": db} if "b" in layer.params else {}
    )


def slope_and_bias(layer: Affine, delta: np.ndarray, y: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, dict]:
    """dz = f delta, and {"b": the sum of share dz} if there is a bias."""
    delta, C = np.ascontiguousarray(delta), y.shape[-1]
    if "b" not in layer.params:
        return layer.rectified(delta, y), {}
    dz, db = kernels.bias_grad(delta.reshape(-1, C), y.reshape(-1, C), layer.slope, share)
    return dz.reshape(delta.shape), {"b": db}


def push(layer: Affine, z: np.ndarray, y: np.ndarray, share: np.ndarray) -> np.ndarray:
    """f (z + share b), with f = 1 where y > 0, else slope."""
    if "b" not in layer.params:
        return layer.rectified(z, y)
    C = y.shape[-1]
    kernels.push_bias(z.reshape(-1, C), y.reshape(-1, C), layer.bias(z), share, layer.slope)
    return z


RULES = dict.fromkeys((LeakyReLU, ReLU, Dropout, Reshape, Flatten, UpSampling2D, Maxout, Identity), linear)
RULES |= {Dense: dense, Conv2D: conv2d, Conv2DTranspose: conv2d_transpose, MaxoutDense: maxout_dense}
