"""Attend and self_attention: each place of a map takes a mean of features of all places, near or far."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import generator, whole
from minigan.layers.base import Layer, Visit
from minigan.layers.combine.base import ERRORS, Composite, joined_name, prefixed, raise_named
from minigan.layers.combine.parallel import Identity, Sum, added_up
from minigan.layers.combine.sequential import Sequential
from minigan.layers.conv import Conv2D
from minigan.layers.gain import Gain
from minigan.layers.pool import MaxPool2D


class Attend(Composite):
    """y[n, i] = sum over j of a[n, i, j] v[n, j],        a[n, i, j] = softmax over j of q[n, i] . k[n, j].

    Three networks get the same x: q = query(x) asks at each place i, k = key(x) answers at each place j, v = value(x)
    is what is taken from there. i runs over the P places of q's map, j over the M places of k's and v's:
        q (N, H, W, d), k (N, H', W', d), v (N, H', W', c)  ->  y (N, H, W, c)
    A convolution sees its window; this sees the whole map, in one step. Source: Zhang et al. 2019, "Self-attention
    generative adversarial networks", arXiv:1805.08318, eqs. 1 and 2 (their s_ij is q_j . k_i; y here is the sum inside
    their v( ), and o = v(y) is what `out` in `self_attention` gives); Wang et al. 2018, arXiv:1711.07971, section 3.2.
    Without Vaswani's factor 1 / sqrt(d), as there.

    Backward. For one sample, with matrices of a row for each place: S = Q K^T, A = softmax of each row of S, Y = A V.
        dA = dY V^T,        dV = A^T dY                                      from Y = A V
    A row of A is a = exp(s) / sum exp(s), so da_j / ds_l = a_j (1 if j = l else 0) - a_j a_l, a symmetric matrix:
        ds_l = sum_j da_j a_j [j = l] - sum_j da_j a_j a_l = a_l (da_l - sum_j a_j da_j)
        dS = A * (dA - the row sums of A * dA)
        dQ = dS K,          dK = dS^T Q                                      from S = Q K^T
    Backward of the three networks follows, and dx is the sum of their dx. `kernels.attend` and `attend_grad` compute
    this, `kernels.plain` line by line.

    dx depends on x through a, q, k and v, so double_backward would need the softmax's second derivative. There is none.

    query, key, value: layers or networks; their parameters are "query.w", ... . SpectralNorm may be around those.
    Raises ValueError for maps that do not fit together.
    """

    curved = (
        "the softmax of its weights is curved, and a gradient penalty would need its second derivative; leave out the "
        "penalty, and bound D's slope by spectral normalisation, as SAGAN and BigGAN do (--spectral-norm)"
    )

    def __init__(self, *, query: Layer, key: Layer, value: Layer) -> None:
        super().__init__(("query", query), ("key", key), ("value", value))

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        maps, caches = [], []
        for name, layer in self.layers.items():
            try:
                y, cache = layer.apply(x, training, given)
            except ERRORS as error:
                raise_named(error, name)
            maps.append(y)
            caches.append(cache)
        y, q, k, v, a = attended(*maps)
        return y, self.seal(q, k, v, a, [one.shape for one in maps], caches, shape=y.shape)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        q, k, v, a, shapes, caches = self.unseal(cache, dy)
        rows = kernels.attend_grad(dy.reshape(*q.shape[:2], -1), q, k, v, a)
        dxs, grads = [], {}
        for (name, layer), d, shape, layer_cache in zip(self.layers.items(), rows, shapes, caches, strict=True):
            try:
                dx, layer_grads = layer.pull_back(d.reshape(shape), layer_cache, param_grads, input_grad)
            except ERRORS as error:
                raise_named(error, name)
            dxs.append(dx)
            grads.update(prefixed(name, layer_grads))
        return (added_up(dxs) if input_grad else None), grads

    def walk(self, x: np.ndarray, training: bool = False, given: dict | None = None, name: str = "") -> Iterator[Visit]:
        maps = []
        for key, layer in self.layers.items():
            maps.append((yield from layer.walk(x, training, given, joined_name(name, key))))
        y, _, k, *_ = attended(*maps)
        yield Visit(joined_name(name, "weights"), Weights(k.shape[1]), maps[0], y)
        return y

    def replacement(self, key: str, new_layers: Any) -> dict[str, Layer]:
        return {key: Sequential(*new_layers) if isinstance(new_layers, list) else new_layers}


class Weights(Layer):
    """Stands in `walk` for what Attend does after its three networks: a row of its own in tables and reports.

    places: M, how many places each place looks at.
    """

    per_sample = parameter_free = True

    def __init__(self, places: int) -> None:
        self.places = places


def attended(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> tuple:
    """The maps of the three networks -> y as a map, and q (N, P, d), k (N, M, d), v (N, M, c), a, as `kernels.attend`
    has them. ValueError if they do not fit."""
    if any(one.ndim != 4 for one in (q, k, v)) or k.shape[:3] != v.shape[:3] or q.shape[::3] != k.shape[::3]:
        raise ValueError(
            "Attend expected a query (N, H, W, d), a key (N, H', W', d) and a value (N, H', W', c), got "
            f"{q.shape}, {k.shape} and {v.shape}; give query and key as many channels, and pool key and value alike"
        )
    (N, H, W, _), c = q.shape, v.shape[-1]
    q, k, v = (one.reshape(N, -1, one.shape[-1]) for one in (q, k, v))
    y, a = kernels.attend(q, k, v)
    return y.reshape(N, H, W, c), q, k, v, a


def self_attention(channels: int, *, rng: np.random.Generator | None = None, pool: bool = True,
                   init: str | Callable = "glorot") -> Sum:  # fmt: skip
    """y = x + gain * out(attend(x)), for maps x (N, H, W, channels): Zhang et al. 2019, arXiv:1805.08318, eq. 3.

    Query and key have channels / 8 channels, the value channels / 2 (rounded down, at least 1), and `out` leads back:
    1x1 convolutions without bias. With `pool`, key and value are max-pooled, 2 x 2: a has a quarter of the
    columns. Both are as in the published code of SAGAN and BigGAN (the paper's text has channels / 8 for all and no
    pool). The gain is 0 at first: y = x, and the network learns to look further than its neighbours.

    init, rng: of the convolutions. Raises ValueError for channels < 1.
    """
    channels, rng = whole("channels", channels), generator(rng)
    narrow, half = max(1, channels // 8), max(1, channels // 2)

    def conv(c_in: int, c_out: int) -> Conv2D:
        return Conv2D(c_in, c_out, 1, bias=False, init=init, rng=rng)

    def looked_at(c_out: int) -> Layer:
        return Sequential(("conv", conv(channels, c_out)), ("pool", MaxPool2D(2))) if pool else conv(channels, c_out)

    attend = Attend(query=conv(channels, narrow), key=looked_at(narrow), value=looked_at(half))
    branch = Sequential(("attend", attend), ("out", conv(half, channels)), ("gain", Gain()))
    return Sum(("skip", Identity()), ("attention", branch))
