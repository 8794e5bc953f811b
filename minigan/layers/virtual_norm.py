"""Virtual batch normalisation: each sample is normalised by a reference batch that is chosen once, and by itself."""

from typing import Any

import numpy as np

from minigan import kernels
from minigan.batch import Batch, of_samples
from minigan.checks import whole
from minigan.layers.base import Layer, expect, param
from minigan.layers.combine.sequential import Sequential


class VirtualBatchNorm(Layer):
    """y = gamma * xhat + beta, xhat = (x - mean) / sqrt(var + eps), with a mean and a variance for each sample.

    x (R + N, ..., C): the first R = reference_size samples are the reference, the others are examples; `WithReference`
    puts them together. Each has P positions (pixels; 1 for features) -> y of x's shape; gamma, beta (C,).
    Reference samples are normalised by the R P values of the reference, mean_R and var_R: an ordinary batch norm.
    Example n is normalised by the reference and itself, (R + 1) P values. With a = R / (R + 1), b = 1 / (R + 1), and
    mean_n, var_n those of its own P values,

        mean = a mean_R + b mean_n
        var  = a var_R + b var_n + a b (mean_n - mean_R)^2,

    the last because the two means differ. The y of an example does not depend on other examples, in training and in
    evaluation; there are no running statistics. Source: Salimans et al. 2016, arXiv:1606.03498, section 3.5.

    Backward. g = gamma f dy (f as in `BatchNorm`), r = 1 / sqrt(var + eps). If a value x_p has the weight w in a
    sample's statistics (all weights add up to 1), then d mean / d x_p = w and d var / d x_p = 2 w (x_p - mean): the
    part of var through the mean is 0, since the weighted deviations add up to 0. So, with sums over the positions of
    that sample,
        dmean = -r sum g,   dvar = -1/2 r^3 sum(g (x - mean)),   x_p gathers w (dmean + 2 dvar (x_p - mean)).
    x_p of an example counts with w = b / P in its own statistics:
        dx_p = r g_p + b/P (dmean + 2 dvar (x_p - mean))
    x_q of the reference counts with w = 1 / (R P) in the reference's statistics, and with a / (R P) in those of each
    example, whose mean is mean_R + b d with d = mean_n - mean_R, so that x_q - mean = (x_q - mean_R) - b d. With
    dmean_R, dvar_R from the sums over the whole reference:
        dx_q = r_R g_q + 1/(R P) (A + 2 B (x_q - mean_R))
        A = dmean_R + a sum_n (dmean_n - 2 b dvar_n d_n),     B = dvar_R + a sum_n dvar_n
    In both: dgamma = sum(f dy xhat), dbeta = sum(f dy).

    slope: if given, LeakyReLU(slope) follows, as in `BatchNorm`. reference_size: at least 2, because a single value
    has the variance 0. Raises ValueError for sizes, eps or slope out of range, or fewer than reference_size samples.
    """

    def __init__(self, channels: int, reference_size: int, *, eps: float = 1e-5, slope: float | None = None) -> None:
        self.channels = whole("channels", channels)
        self.reference_size = whole("reference_size", reference_size, least=2)
        if not 0 < eps <= 0.1:
            raise ValueError(f"eps must be in (0, 0.1], got {eps}")
        if slope is not None and not np.isfinite(slope):
            raise ValueError(f"slope must be None or a finite number, got {slope}")
        self.eps, self.slope = eps, 1.0 if slope is None else slope
        self.params = {"gamma": np.ones(channels, np.float32), "beta": np.zeros(channels, np.float32)}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None, channels=self.channels)
        R = self.reference_size
        if len(x) < R:
            raise ValueError(f"VirtualBatchNorm expected the {R} samples of the reference before its examples, got "
                             f"{len(x)} samples; wrap the network: WithReference(network, reference)")  # fmt: skip
        values = np.ascontiguousarray(x).reshape(len(x), -1, self.channels)  # (R + N, P, C)
        mean, var, shift = self._statistics(values)
        r = 1 / np.sqrt(var + x.dtype.type(self.eps))
        y = kernels.normalise_samples(values, mean, param(self, "gamma", x) * r, self._beta(values), self.slope)
        return y.reshape(x.shape), self.seal(values, mean, r, shift, shape=x.shape)

    def _beta(self, values):
        """beta for each sample, (R + N, C)."""
        return np.tile(param(self, "beta", values), (len(values), 1))

    def _statistics(self, values):
        """(R + N, P, C) -> mean and var for each sample, (R + N, C), and shift = d_n = mean_n - mean_R, (N, C)."""
        R, a, b = self._weights(values)
        mean_R, var_R = kernels.channel_moments(values[:R].reshape(-1, self.channels))
        shift, square = kernels.sample_moments(values[R:], mean_R)
        mean, var = np.tile(mean_R, (len(values), 1)), np.tile(var_R, (len(values), 1))
        mean[R:] += b * shift
        var[R:] = a * var_R + b * (square - shift**2) + a * b * shift**2
        return mean, var, shift

    def _weights(self, values):
        """R, and the weights a of the reference and b of the example in the example's statistics."""
        R = self.reference_size
        return R, values.dtype.type(R / (R + 1)), values.dtype.type(1 / (R + 1))

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        values, mean, r, shift = self.unseal(cache, dy)
        dy_values = np.ascontiguousarray(dy).reshape(values.shape)  # (R + N, P, C)
        gamma, beta = param(self, "gamma", values), self._beta(values)
        scale = gamma * r  # y = leaky(scale (x - mean) + beta)
        # over the positions of each sample: sum of f dy, sum of f dy (x - mean), (R + N, C) both
        sums, products = kernels.sample_sums(dy_values, values, mean, scale, beta, self.slope)
        dmean, dvar = self._gather(-gamma * r * sums, gamma * r**3 * products / -2, shift, values)
        dx = kernels.normalise_samples_grad(dy_values, values, mean, scale, beta, self.slope, -2 * dvar, -dmean)
        grads = {"gamma": (r * products).sum(axis=0), "beta": sums.sum(axis=0)} if param_grads else {}
        return dx.reshape(dy.shape), grads

    def _gather(self, dmean, dvar, shift, values):
        """dmean and dvar of each sample's normalisation, (R + N, C) -> the coefficients of each sample's dx, in place:
        dx = r g + dmean + 2 dvar (x - mean)."""
        (R, a, b), P = self._weights(values), values.shape[1]
        A = dmean[:R].sum(axis=0) + a * (dmean[R:] - 2 * b * dvar[R:] * shift).sum(axis=0)
        B = dvar[:R].sum(axis=0) + a * dvar[R:].sum(axis=0)
        for d, total in ((dmean, A), (dvar, B)):
            d[R:] *= b / P
            d[:R] = total / (R * P)
        return dmean, dvar

    def output_shape(self, input_shape: tuple) -> tuple:
        return input_shape


class Reference(Layer):
    """y = the fixed reference batch, and after it x. (N, ...) -> (R + N, ...); dx is the last N rows of dy.

    given: the conditions of the reference batch, if the network needs any (`minigan.batch.Batch`). Both are state:
    "batch", and "given.labels" and so on, so that a checkpoint keeps them together.
    """

    per_sample = parameter_free = True

    def __init__(self, reference: np.ndarray, given: dict | None = None) -> None:
        reference = np.asarray(reference)
        if reference.dtype not in (np.float32, np.float64) or reference.ndim < 2 or len(reference) < 2:
            raise ValueError(
                "the reference must be a batch of at least 2 inputs of the network, of float32 or float64, got an "
                f"array of {reference.dtype} and shape {reference.shape}"
            )
        given = {name: np.array(c) for name, c in Batch(reference, given or {}).given.items() if of_samples(c)}
        self.state = {"batch": reference.copy(), **{f"given.{name}": c for name, c in given.items()}}

    @property
    def given(self) -> dict[str, np.ndarray]:
        """The conditions of the reference batch."""
        return {key.removeprefix("given."): c for key, c in self.state.items() if key != "batch"}

    def hand_on(self, given: dict | None) -> dict | None:
        """The conditions of the reference, and after them those of x."""
        if not given:
            return given
        arrays = {name: c for name, c in given.items() if of_samples(c)}
        if arrays.keys() - self.given.keys():
            raise ValueError(
                f"the reference batch was made without {sorted(arrays.keys() - self.given.keys())}; "
                "write WithReference(network, reference, given=...)"
            )
        return {**given, **{name: np.concatenate([self.given[name], c]) for name, c in arrays.items()}}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        batch = self.state["batch"]
        if x.shape[1:] != batch.shape[1:]:
            raise ValueError(f"expected inputs like those of the reference, {batch.shape[1:]} each, got {x.shape[1:]}")
        y = np.concatenate([batch.astype(x.dtype, copy=False), x])
        return y, self.seal(shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.unseal(cache, dy)
        return dy[len(self.state["batch"]) :].copy(), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = dy without its first R samples, so ddy = ddx with zeros for those."""
        self.unseal(cache, dy)
        size = len(self.state["batch"])
        self.expect_ddx(ddx, dy[size:].shape)
        return np.concatenate([np.zeros_like(dy[:size]), ddx]), {}


class Examples(Layer):
    """y = x without its first `reference_size` samples: (R + N, ...) -> (N, ...). dx is dy, and 0 for the others."""

    per_sample = parameter_free = True

    def __init__(self, reference_size: int) -> None:
        self.reference_size = whole("reference_size", reference_size)

    def hand_on(self, given: dict | None) -> dict | None:
        return given and {name: c[self.reference_size :] if of_samples(c) else c for name, c in given.items()}

    def forward(self, x: np.ndarray, training: bool = True) -> tuple[np.ndarray, Any]:
        expect(self, x, ndim=None)
        y = x[self.reference_size :].copy()
        return y, self.seal(shape=y.shape)

    def backward(self, dy: np.ndarray, cache: Any, param_grads: bool = True) -> tuple[np.ndarray, dict]:
        self.unseal(cache, dy)
        return np.concatenate([np.zeros((self.reference_size, *dy.shape[1:]), dy.dtype), dy]), {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        """dx = zeros and dy, so ddy = ddx without what belongs to the zeros."""
        self.unseal(cache, dy)
        self.expect_ddx(ddx, (self.reference_size + len(dy), *dy.shape[1:]))
        return ddx[self.reference_size :].copy(), {}


class WithReference(Sequential):
    """A network with `VirtualBatchNorm` in it, made complete: the reference is put before the inputs, and cut off the
    outputs.

    network: any layer. reference: a batch (R, ...) of its inputs, drawn once, R the reference_size of every
    VirtualBatchNorm in it. It is state, "reference.batch": a checkpoint keeps it, nothing trains it. The gradient
    reaches the parameters through the activations of the reference too, by the layers' own backward.
    Each output depends only on its input and the reference: per_sample is True, unless another layer's is False.
    A forward pass costs R samples more; that is why the paper has it in G only (section 3.5).

        G = WithReference(Sequential(Dense(64, 128), VirtualBatchNorm(128, 100), ...), reference=z)     # z (100, 64)

    Raises ValueError if a VirtualBatchNorm expects another number of samples.
    """

    def __init__(self, network: Layer, reference: np.ndarray, given: dict | None = None) -> None:
        first = Reference(reference, given)
        size = len(first.state["batch"])
        for name, norm in virtual_norms(network):
            if norm.reference_size != size:
                raise ValueError(
                    f"layer {name!r} was made for a reference of {norm.reference_size} samples, got a reference of "
                    f"{size}; write VirtualBatchNorm(channels, {size})"
                )
        super().__init__(("reference", first), *network.parts(), ("examples", Examples(size)))

    @property
    def per_sample(self) -> bool:
        return all(isinstance(layer, VirtualBatchNorm) or layer.per_sample for _, layer in self.leaves())

    def split(self, name: str) -> tuple[Sequential, Sequential]:
        """As for Sequential; what is before the layer `name` keeps the reference. ValueError if a VirtualBatchNorm
        comes after it, which would have none."""
        first, *items, _ = self.layers.items()
        lower, upper = Sequential(*items).split(name)
        if virtual_norms(upper):
            raise ValueError(
                f"split at {name!r}, the second network would have a VirtualBatchNorm and no reference; split after "
                "the last of them"
            )
        lower = WithReference(lower, self.state["reference.batch"], first[1].given)
        lower.layers["reference"] = first[1]
        return lower, upper


def virtual_norms(network: Layer) -> list[tuple[str, VirtualBatchNorm]]:
    """(name, layer) of every VirtualBatchNorm in a network."""
    return [(name, layer) for name, layer in network.leaves() if isinstance(layer, VirtualBatchNorm)]
