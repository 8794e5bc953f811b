"""R1 and R2 in one sweep with the loss: the penalty reuses D's passes over the same images.

One after the other, the loss and the penalties go through D's layers seven times with each image: forward, back and
weight gradients for the loss; forward, back to the images, the tangent forward and weight gradients for the penalty.
Four are enough, for a D with one logit s[n] for each image x[n], which depends only on this image.

Run backward with dy = 1 at every logit. delta_k is the dy that layer k receives in this pass. Backward is linear in dy,
and row n of delta_k depends only on s[n]. So with d[n] = d loss / d s[n],

    the loss's       dy_k[n] = d[n] delta_k[n]              its weight gradient    sum_n x_k[n]^T d[n] delta_k[n]
    the penalty's    (see `minigan.penalties.gradient`)                            sum_n t_k[n]^T delta_k[n]

with x_k the input of layer k, and t_k the tangent, which begins as t_1 = u = dP/dg. Both contain delta_k:

    both together    sum_n v_k[n]^T delta_k[n],             v_k[n] = d[n] x_k[n] + t_k[n].

v can be computed layer by layer, without storing x_k. Layer k computes x_k+1 = f (x_k A + b), where each entry of f is
1 or the slope. The tangent has no bias: t_k+1 = f (t_k A). Add d[n] times the first and the second:

    v_1[n] = d[n] x[n] + u[n],          v_k+1[n] = f (v_k[n] A + d[n] b),          db = sum_n d[n] f delta_k[n].

This is `double_backward`, plus d[n] b in each row. `_PUSH_FORWARD` has a function for each layer type, and
`Layer.second_order` calls it for every layer. So the sweep is: forward (which D has done), delta back to the images, v
forward, and the weight gradients. If D has a layer that is not in `_PUSH_FORWARD` (noise, or a student's own), the
penalties are computed separately. WGAN-GP and DRAGAN are always computed separately: they use other images than the
loss. In the sweep, loss and penalty share one dropout mask; a separate penalty draws a new one.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigan import kernels
from minigan.layers import (
    AtLabel,
    AveragePool2D,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Embedding,
    Equalised,
    Fade,
    Flatten,
    Gain,
    Identity,
    Layer,
    LeakyReLU,
    Maxout,
    MaxoutDense,
    MaxPool2D,
    PhaseShuffle,
    ReLU,
    Reshape,
    SpectralNorm,
    SumPool,
    UpSampling2D,
)
from minigan.layers.affine import Affine
from minigan.layers.base import param
from minigan.layers.conv1d import picture
from minigan.penalties.base import Penalty
from minigan.penalties.gradient import R1, R2, GradientPenalty


def sweep(D: Layer, batches: tuple, dlogits: tuple, caches: tuple, penalties: Sequence[Penalty]) -> tuple | None:
    """The gradients of the loss and of R1 and R2 with respect to D's parameters.

    batches: real and fake images. dlogits: d loss / d logits of both, (N, 1) and (M, 1). caches: (cache,) of D's one
    pass over both. penalties: all of D's.
    Returns (value of the included penalties, gradients of loss and included penalties, remaining penalties). Returns
    None, and changes nothing, if no penalty is due in this step, or none can be included.
    """
    included = [penalty for penalty in penalties if images_of(penalty) is not None and penalty.due]
    one_logit = all(d[0].size == 1 for d in dlogits)
    if not included or not one_logit or not has_rules(D):
        return None
    (cache,) = caches
    x, d = np.concatenate(batches), np.concatenate(dlogits)  # (N + M, ...), (N + M, 1)
    g, trace = D.trace_back(np.ones_like(d), cache)

    one_per_image = (len(x),) + (1,) * (x.ndim - 1)  # (N + M, 1, 1, 1)
    v = d.reshape(one_per_image) * x  # v_1[n] = d[n] x[n]; u[n] is added below
    n_real, value = len(batches[0]), 0.0
    rows = {"real": slice(None, n_real), "fake": slice(n_real, None)}
    for penalty in included:
        penalty.count()
        here = rows[images_of(penalty)]
        penalty_value, u = penalty.weighed(g[here].reshape(len(g[here]), -1))
        value, v[here] = value + penalty_value, v[here] + u.reshape(v[here].shape)

    _, grads = D.second_order(v, trace, cache, rule_with(d.reshape(-1)))
    return value, grads, [penalty for penalty in penalties if penalty not in included]


def images_of(penalty: Penalty) -> str | None:
    """The images at which a gradient penalty computes g: "real", "fake", or None for any others."""
    kind = type(penalty)
    if not isinstance(penalty, GradientPenalty) or kind.__call__ is not GradientPenalty.__call__:
        return None
    if kind.points is R1.points:  # R1's and R2's own `points`, also in a subclass that keeps them
        return "real"
    if kind.points is R2.points:
        return "fake"
    return None


def has_rules(D: Layer) -> bool:
    """Whether each logit of D depends on one image only, and `_PUSH_FORWARD` has each of D's layers."""
    layers = [layer.layer if isinstance(layer, SpectralNorm | Equalised) else layer for _, layer in D.linear_parts()]
    return D.per_sample and D.pack_size == 1 and all(type(layer) in _PUSH_FORWARD for layer in layers)


def rule_with(dlogit: np.ndarray) -> Callable:
    """The function (layer, v, delta, cache) -> the next v, and the gradients. dlogit (N,): d loss / d s[n]."""
    return lambda layer, v, delta, cache: _PUSH_FORWARD[type(layer)](layer, v, delta, cache, dlogit)


def linear(layer: Layer, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray) -> tuple[np.ndarray, dict]:
    """A layer without bias: v is pushed forward as a tangent is, by double_backward."""
    return layer.double_backward(v, delta, cache)


def dense(layer: Dense, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray) -> tuple[np.ndarray, dict]:
    """v' = f (v w + dlogit b),    dw = v^T (f delta)."""
    x, y = layer.unseal(cache, delta)
    dz, grads = slope_and_bias(layer, delta, y, dlogit)
    z = kernels.matmul(v, param(layer, "w", x))
    return push(layer, z, y, dlogit), grads | {"w": kernels.matmul(v.T, dz)}


def conv2d(layer: Conv2D, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray) -> tuple[np.ndarray, dict]:
    """v' = f (conv(v, w) + dlogit b),    dw as in Conv2D, with v in place of x and f delta in place of dy."""
    x, pads, y = layer.unseal(cache, delta)
    v, (dz, grads) = np.ascontiguousarray(v), slope_and_bias(layer, delta, y, dlogit)
    dw = kernels.conv2d_weight_grad(v, dz, layer.params["w"].shape, layer.stride, pads)
    z = kernels.conv2d(v, param(layer, "w", x), layer.stride, pads)
    return push(layer, z, y, dlogit), grads | {"w": dw}


def conv2d_transpose(
    layer: Conv2DTranspose, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray
) -> tuple[np.ndarray, dict]:
    """v' = f (conv^T(v, w) + dlogit b),    dw as in Conv2DTranspose, with v in place of x, f delta in place of dy."""
    x, pads, y = layer.unseal(cache, delta)
    v, (dz, grads) = np.ascontiguousarray(v), slope_and_bias(layer, delta, y, dlogit)
    dw = kernels.conv2d_weight_grad(dz, v, layer.params["w"].shape, layer.stride, pads)
    z = kernels.conv2d_input_grad(v, param(layer, "w", x), y.shape, layer.stride, pads)
    return push(layer, z, y, dlogit), grads | {"w": dw}


def conv1d(layer: Conv1D, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray) -> tuple[np.ndarray, dict]:
    """As `conv2d`, of a picture 1 high."""
    x, pads, y = layer.unseal(cache, delta)
    v, (dz, grads) = picture(v), slope_and_bias(layer, delta, y, dlogit)
    z = kernels.conv2d(v, layer.kernel_of(x), layer.stride, pads)[:, 0]
    return push(layer, z, y, dlogit), grads | {"w": layer.weight_grad(v, picture(dz), pads)}


def conv1d_transpose(
    layer: Conv1DTranspose, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray
) -> tuple[np.ndarray, dict]:
    """As `conv2d_transpose`, of a picture 1 high."""
    x, pads, y = layer.unseal(cache, delta)
    v, (dz, grads) = picture(v), slope_and_bias(layer, delta, y, dlogit)
    z = kernels.conv2d_input_grad(v, layer.kernel_of(x), picture(y).shape, layer.stride, pads)[:, 0]
    return push(layer, z, y, dlogit), grads | {"w": layer.weight_grad(picture(dz), v, pads)}


def maxout_dense(
    layer: MaxoutDense, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray
) -> tuple[np.ndarray, dict]:
    """v'[n, u] = (v w + dlogit b)[n, c(n, u)], where c(n, u) is the column that won. dw as in MaxoutDense, with v in
    place of x and delta in place of dy; db with dlogit[n] delta[n] in place of dy[n]."""
    x, winner = layer.unseal(cache, delta)
    dw, db = kernels.maxout_weight_grad(v, delta, winner, layer.pieces, dlogit)
    z = kernels.matmul(v, param(layer, "w", x))
    z = push(layer, z, z, dlogit)  # the slope is 1, so f = 1 for any y: z is given in its place
    grads = {"w": dw} | ({"b": db} if "b" in layer.params else {})
    return kernels.gather_winners(z, winner).reshape(delta.shape), grads


def slope_and_bias(layer: Affine, delta: np.ndarray, y: np.ndarray, dlogit: np.ndarray) -> tuple[np.ndarray, dict]:
    """dz = f delta, and {"b": sum_n dlogit[n] dz[n]} if there is a bias."""
    delta, C = np.ascontiguousarray(delta), y.shape[-1]
    if "b" not in layer.params:
        return layer.rectified(delta, y), {}
    dz, db = kernels.bias_grad(delta.reshape(-1, C), y.reshape(-1, C), layer.slope, dlogit)
    return dz.reshape(delta.shape), {"b": db}


def push(layer: Affine, z: np.ndarray, y: np.ndarray, dlogit: np.ndarray) -> np.ndarray:
    """f (z + dlogit b), with f = 1 where y > 0, else slope. With a bias this is z itself, changed in place."""
    if "b" not in layer.params:
        return layer.rectified(z, y)
    C = y.shape[-1]
    kernels.push_bias(z.reshape(-1, C), y.reshape(-1, C), layer.bias(z), dlogit, layer.slope)
    return z


def embedding(
    layer: Embedding, v: np.ndarray, delta: np.ndarray, cache: Any, dlogit: np.ndarray
) -> tuple[np.ndarray, dict]:
    """y[n] = w[k] is a bias that differs from class to class:    v'[n] = dlogit[n] w[k],    dw = m^T (dlogit delta)."""
    m, y, _ = layer.unseal(cache, delta)
    d = dlogit[:, None]
    return d * y, {"w": kernels.matmul(m.T, d * delta)}


_POINTWISE = LeakyReLU, ReLU, Dropout, Gain, Fade, Identity, AtLabel
_SHAPES = Reshape, Flatten, UpSampling2D, PhaseShuffle
_POOLS = AveragePool2D, MaxPool2D, SumPool, Maxout
_PUSH_FORWARD = dict.fromkeys((*_POINTWISE, *_SHAPES, *_POOLS), linear)
_PUSH_FORWARD |= {Dense: dense, Conv2D: conv2d, Conv2DTranspose: conv2d_transpose, MaxoutDense: maxout_dense}
_PUSH_FORWARD |= {Conv1D: conv1d, Conv1DTranspose: conv1d_transpose, Embedding: embedding}
