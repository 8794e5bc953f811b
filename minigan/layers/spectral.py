"""SpectralNorm: a layer whose weight is divided by the largest factor by which it can stretch a vector."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from minigan import kernels
from minigan.checks import generator, whole
from minigan.layers.affine import Affine
from minigan.layers.base import Layer
from minigan.layers.combine.base import Composite, joined_name
from minigan.layers.norm import BatchNorm

FIRST_ITERATIONS = 15  # when the layer is made, as in PyTorch: from a random u, a single one gives too small a sigma
EPS = 1e-12  # a vector or a sigma below this counts as zero


class SpectralNorm(Layer):
    """The layer with wbar = w / sigma(w) in place of w, where sigma is w's largest singular value: max |W v| / |v|.

    Source: Miyato et al. 2018, "Spectral normalization for GANs", arXiv:1802.05957, eqs. 6 to 12 and algorithm 1.

    layer: a Dense, Conv2D or Conv2DTranspose, with all its options; `params` are the layer's own, the raw w and b, and
    that is what the optimizer moves.

    The matrix. W has a row for each output and a column for each number that the output sums over. So one window v of
    the input becomes W v (section 4 of the paper, "d_out x (d_in h w)"):
        Dense            w (n_in, n_out)            W[o, i]         = w[i, o]           (n_out, n_in)
        Conv2D           w (KH, KW, c_in, c_out)    W[f, (p, q, c)] = w[p, q, c, f]     (c_out, KH KW c_in)
        Conv2DTranspose  w (KH, KW, c_out, c_in)    W[f, (p, q, c)] = w[p, q, f, c]     (c_out, KH KW c_in)
    A Dense is then Lipschitz with constant 1. The windows of a convolution overlap, and a number that is in m windows
    counts m times: its constant is at most sqrt(m), with m = ceil(KH / sh) ceil(KW / sw) for Conv2D, and m = KH KW for
    Conv2DTranspose, where each number is painted into so many outputs.

    Power iteration. u (outputs) and v (inputs) of length 1 converge to the first singular vectors (algorithm 1 and
    appendix A):
        v <- W^T u / |W^T u|        u <- W v / |W v|        sigma = u^T W v
    They live on in `state`, so that one iteration for each step of the optimizer is enough: w moves little, and u
    follows it. Only the first forward(training=True) after a change of w does it: in one step D runs on real and
    on fake images, and both must meet the same D. Evaluation takes u and v as they are. An estimate from u
    and v is never above the true sigma, so wbar is stretched a little more than 1 until they have converged.
    `fingerprint` in `state` tells which w was seen last, as four numbers below 2^16 (exact in float32 too), so that a
    resumed training does what the uninterrupted one would have done.

    Backward. With G = dL/dwbar from the layer's backward, and u, v as constants, sigma = u^T W v is linear
    in w and d sigma / dW = u v^T, so (section 2.3, eqs. 10 to 12)
        dL/dW = (G - <G, Wbar> u v^T) / sigma,    <G, Wbar> = sum over o, i of G[o, i] Wbar[o, i]
    What this is the exact derivative of:
        - of y = layer(x; w / u^T W v) for any fixed u, v, whether they have converged or not: so it is in evaluation;
        - in training, where u and v follow w, of that y too once u and v have converged and the largest singular value
          is a single one: there u^T W dv = sigma v^T dv = 0, since v keeps its length, and du likewise. Before that it
          is the derivative with u and v held, as in the paper and in PyTorch, not that of the whole iteration.

    An average of several networks (`minigan.training.ema`) has u and v that are shorter than 1; their length is divided
    out. Where |sigma| < 1e-12 there is no direction to be stretched in: w is used as it is, and u stays.

    iterations: at each change of w; 1 in the paper. rng: numpy Generator that the first u is drawn from.
    Raises ValueError for any other layer.
    """

    def __init__(self, layer: Layer, *, iterations: int = 1, rng: np.random.Generator | None = None) -> None:
        self.axis = output_axis(layer)
        self.layer, self.iterations = layer, whole("iterations", iterations)
        self.takes = type(self).takes - ({"given"} - layer.takes)  # conditions, if the layer inside takes any
        rows = self.rows()
        u = generator(rng).standard_normal(rows.shape[1]).astype(rows.dtype)
        v = np.zeros(len(rows), rows.dtype)
        self.state = {"u": unit(u), "v": v, "fingerprint": np.full(4, -1, rows.dtype)}
        self.iterate(FIRST_ITERATIONS)

    @property
    def params(self) -> dict[str, np.ndarray]:
        """The trained arrays of the layer inside: w as it is before it is divided."""
        return self.layer.params

    @property
    def per_sample(self) -> bool:
        return self.layer.per_sample

    def rows(self) -> np.ndarray:
        """W^T: w as a matrix (inputs, outputs)."""
        w = np.moveaxis(self.layer.params["w"], self.axis, -1)
        return w.reshape(-1, w.shape[-1])

    def iterate(self, times: int) -> None:
        """Algorithm 1, unless w is the one that u and v have seen last."""
        seen = pieces(kernels.fingerprint(self.layer.params["w"]))
        if np.array_equal(self.state["fingerprint"], seen):
            return
        rows, u, v = self.rows(), self.state["u"], self.state["v"]
        for _ in range(times):
            v[...] = unit(times_vector(rows, u))  # W^T u
            u[...] = unit(vector_times(v, rows), otherwise=u)  # W v
        self.state["fingerprint"][...] = seen

    def sigma(self) -> tuple[float, np.ndarray, np.ndarray]:
        """u^T W v, and the u and v of length 1 (copies) that it is made of."""
        u, v = unit(self.state["u"]), unit(self.state["v"])
        return (vector_times(v, self.rows()) * u).sum(), u, v

    def forward(self, x: np.ndarray, training: bool = True, given: dict | None = None) -> tuple[np.ndarray, Any]:
        if training:
            self.iterate(self.iterations)
        sigma, u, v = self.sigma()
        if abs(sigma) < EPS:
            sigma = None
        wbar = self.layer.params["w"] if sigma is None else self.layer.params["w"] / sigma
        normalised = copy.copy(self.layer)  # the same layer, but for its weight
        normalised.params = {**self.layer.params, "w": wbar}
        y, cache = normalised.apply(x, training, given)
        return y, self.seal(normalised, cache, sigma, u, v, shape=y.shape)

    def hand_on(self, given: dict | None) -> dict | None:
        return self.layer.hand_on(given)

    def backward(
        self, dy: np.ndarray, cache: Any, param_grads: bool = True, input_grad: bool = True
    ) -> tuple[np.ndarray | None, dict]:
        normalised, inner, *through = self.unseal(cache, dy)
        dx, grads = normalised.pull_back(dy, inner, param_grads, input_grad)
        return dx, self.raw(grads, normalised, *through) if param_grads else {}

    def double_backward(self, ddx: np.ndarray, dy: np.ndarray, cache: Any) -> tuple[np.ndarray, dict]:
        return self.second_order(ddx, dy, cache, lambda layer, *rest: layer.double_backward(*rest))

    def second_order(self, ddx: np.ndarray, dy: np.ndarray, cache: Any, rule: Callable) -> tuple[np.ndarray, dict]:
        """dx depends on w only through wbar, and so does P. So ddy and H = dP/dwbar are those of the layer inside, with
        wbar, and dP/dW = (H - <H, Wbar> u v^T) / sigma, as in backward. Exact where backward is. dP/db = 0."""
        normalised, inner, *through = self.unseal(cache, dy)
        ddy, grads = rule(normalised, ddx, dy, inner)
        return ddy, self.raw(grads, normalised, *through)

    def raw(self, grads: dict, normalised: np.ndarray, sigma: float | None, u: np.ndarray, v: np.ndarray) -> dict:
        """The gradients with respect to w and b, from those with respect to wbar and b: eq. 12."""
        if sigma is None:
            return grads
        G, wbar = grads["w"], normalised.params["w"]
        along = (G * wbar).sum()
        columns = v.reshape(np.delete(wbar.shape, self.axis))
        uv = np.moveaxis(np.multiply.outer(columns, u), -1, self.axis)  # u v^T, in the order of w
        return {**grads, "w": (G - along * uv) / sigma}


def spectral_normalised(network: Layer, *, rng: np.random.Generator | None = None) -> Layer:
    """A network like this one with SpectralNorm around every Dense, Conv2D and Conv2DTranspose, also in the branches of
    a residual block. Names are kept, so the keys of params are the same; the layers are shared, and so are the arrays.

    The other layers stay as they are. A BatchNorm among them divides by the deviation of its batch, which may be small:
    then nothing bounds the gradient norm of the whole network, and Miyato et al. use none in D.
    rng: numpy Generator for the first u of each. Raises ValueError if there is nothing to normalise.
    """
    rng = generator(rng)
    if not any(isinstance(layer, Affine) for _, layer in network.leaves()):
        raise ValueError(
            "spectral_normalised expected a network with a Dense, Conv2D or Conv2DTranspose that is not normalised "
            f"yet, got layers {', '.join(type(layer).__name__ for _, layer in network.leaves())}"
        )
    return network.rebuilt(lambda name, layer: SpectralNorm(layer, rng=rng) if isinstance(layer, Affine) else layer)


def not_normalised(network: Layer) -> list[str]:
    """The layers with a weight of at least two axes that no SpectralNorm divides: "logit (Projection)"."""
    weighty = (
        (name, type(layer).__name__)
        for name, layer in network.leaves()
        if not isinstance(layer, SpectralNorm) and any(p.ndim > 1 for p in layer.params.values())
    )
    return [f"{name} ({kind})" for name, kind in weighty]


def output_axis(layer: Layer, who: str = "SpectralNorm") -> int:
    """The axis of w that counts the layer's outputs, or ValueError for a layer without such a weight, which `who` does
    not wrap."""
    if isinstance(layer, Affine):
        return layer.output_axis
    reason = "has no weight matrix"
    if isinstance(layer, BatchNorm):
        reason = (
            "has no weight matrix: it divides each channel by its deviation in the batch, however small that is, so "
            "its gradient norm has no bound; leave it out of D (Miyato et al. 2018)"
        )
    elif isinstance(layer, SpectralNorm):
        reason = "is normalised already"
    elif isinstance(layer, Composite):
        reason = "is a network: write spectral_normalised(network)"
    known = "Dense, Conv2D, Conv2DTranspose, Conv1D, Conv1DTranspose"
    raise ValueError(f"{who} expected one of {known}; {type(layer).__name__} {reason}")


def output_axes(network: Layer) -> dict[str, int]:
    """{"conv.w": 3, ...}: for every Dense, Conv2D and Conv2DTranspose of a network, also inside of a SpectralNorm, the
    axis of w that counts the outputs, for `minigan.optim.Orthogonal`. Weights with one output are left out: a single
    filter has no other to be like. So are weights of other layers (norms, embeddings)."""
    bare = {name: layer.layer if isinstance(layer, SpectralNorm) else layer for name, layer in network.leaves()}
    axes = {joined_name(name, "w"): layer for name, layer in bare.items() if isinstance(layer, Affine)}
    return {key: layer.output_axis for key, layer in axes.items() if layer.params["w"].shape[layer.output_axis] > 1}


def unit(vector: np.ndarray, otherwise: np.ndarray | None = None) -> np.ndarray:
    """The vector brought to length 1; `otherwise` (by default the vector itself) if it is too short for that."""
    length = np.sqrt((vector * vector).sum())
    if length < EPS:
        return vector.copy() if otherwise is None else otherwise
    return vector / length


def times_vector(rows: np.ndarray, u: np.ndarray) -> np.ndarray:
    """rows (I, O) times u (O,) -> (I,)."""
    return kernels.matmul(rows, u[:, None])[:, 0]


def vector_times(v: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """v (I,) times rows (I, O) -> (O,)."""
    return kernels.matmul(v[None], rows)[0]


def pieces(number: int) -> list[int]:
    """A whole number of 64 bits as four of 16, lowest first."""
    return [number >> shift & 0xFFFF for shift in (0, 16, 32, 48)]
