"""The twin of each kind of layer: what PyTorch calls it, its options, and where its arrays go."""

from collections.abc import Callable

import numpy as np

from minigan.bench.torch.order import (
    Place,
    columns_reordered,
    concatenated,
    image_order,
    order_after,
    reordered,
    same_order,
)
from minigan.layers import (
    AtLabel,
    AveragePool2D,
    BatchNorm,
    ConditionalBatchNorm,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DiffAugment,
    Embedding,
    Equalised,
    Fade,
    Flatten,
    Gain,
    Identity,
    InstanceNoise,
    Layer,
    LeakyReLU,
    LogSumExp,
    Maxout,
    MaxPool2D,
    MinibatchDiscrimination,
    MinibatchStdDev,
    ModulatedBatchNorm,
    Pack,
    PhaseShuffle,
    PixelNorm,
    ReLU,
    Reshape,
    SumPool,
    Tanh,
    UpSampling2D,
    VirtualBatchNorm,
)
from minigan.layers.virtual_norm import Examples, Reference

# Each of the functions that follow writes one kind of layer: (layer, place, following) -> the kind and the options of
# its module, the layouts of its arrays, and the order of the features that come out.


def dense(layer: Dense, place: Place, following: list) -> tuple:
    out_order = order_after(following)
    rows, columns = reordered(place.order), reordered(out_order)
    layouts = {"w": ("weight", lambda w: np.ascontiguousarray(columns(rows(w).T)))}
    if "b" in layer.params:
        layouts["b"] = "bias", columns
    options = {"in_features": layer.n_in, "out_features": layer.n_out, "bias": "b" in layer.params}
    return "Linear", options, layouts, out_order


def batch_norm(layer: BatchNorm, place: Place, following: list) -> tuple:
    options = {"num_features": layer.channels, "eps": layer.eps, "momentum": 1 - layer.momentum}
    keys = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "var": "running_var"}
    layouts = {key: (twin_key, reordered(place.order)) for key, twin_key in keys.items()}
    return ("BatchNorm2d" if len(place.shape) == 3 else "BatchNorm1d"), options, layouts, place.order


def virtual_norm(layer: VirtualBatchNorm, place: Place, following: list) -> tuple:
    options = {"num_features": layer.channels, "reference_size": layer.reference_size, "eps": layer.eps}
    layouts = {"gamma": ("weight", reordered(place.order)), "beta": ("bias", reordered(place.order))}
    return "VirtualBatchNorm", options, layouts, place.order


def conditional_norm(layer: ConditionalBatchNorm, place: Place, following: list) -> tuple:
    """Scale and shift are rows of two tables, by the label."""
    _, options, layouts, order = batch_norm(layer, place, following)
    layouts |= {key: (layouts[key][0], columns_reordered(place.order)) for key in ("gamma", "beta")}
    return "ConditionalBatchNorm", options | {"classes": layer.classes}, layouts, order


def modulated_norm(layer: ModulatedBatchNorm, place: Place, following: list) -> tuple:
    """Scale and shift are products of a condition and a matrix."""
    _, options, layouts, order = batch_norm(layer, place, following)
    layouts = {key: layouts[key] for key in ("mean", "var")}
    layouts |= {key: (key, columns_reordered(place.order)) for key in ("gain", "shift")}
    return "ModulatedBatchNorm", options | {"columns": layer.columns.tolist()}, layouts, order


def gain(layer: Gain, place: Place, following: list) -> tuple:
    return "Gain", {}, {"g": ("g", np.copy)}, place.order


def embedding(layer: Embedding, place: Place, following: list) -> tuple:
    out_order = order_after(following)
    options = {"num_embeddings": layer.classes, "embedding_dim": layer.width}
    return "OfLabel", options, {"w": ("weight", columns_reordered(out_order))}, out_order


def pool(kind: str, **options: bool) -> Callable:
    """The writer of a pool. In the mirror the smaller blocks come first: PyTorch makes them by a pad, which it puts at
    both ends, and in which the second end is in no block. It takes a pad of half a block at most."""

    def write(layer: AveragePool2D | MaxPool2D, place: Place, following: list) -> tuple:
        missing = tuple(-extent % step for extent, step in zip(place.shape, layer.size, strict=False))
        if any(2 * pad > step for pad, step in zip(missing, layer.size, strict=True)):
            raise ValueError(f"a pool of {place.shape[:2]} in blocks of {layer.size} has last blocks of less than half "
                             "their size, which have no PyTorch twin here")  # fmt: skip
        return kind, {"kernel_size": layer.size, "padding": missing} | options, {}, None

    return write


def sum_pool(layer: SumPool, place: Place, following: list) -> tuple:
    return "SumPool", {}, {}, None


def leaky_relu(layer: LeakyReLU, place: Place, following: list) -> tuple:
    return "LeakyReLU", {"negative_slope": layer.slope, "inplace": place.fresh and layer.slope >= 0}, {}, place.order


def reshape(layer: Reshape, place: Place, following: list) -> tuple:
    if len(place.shape) != 1 or len(layer.shape) > 3:
        raise ValueError(f"only a Reshape from a vector has a twin here, got {place.shape} to {layer.shape}")
    *size, channels = layer.shape
    if size and not same_order(place.order, image_order(layer.shape), place.shape):
        raise ValueError("features become an image that has a PyTorch twin only if a Dense makes them, and nothing "
                         "puts them together before the Reshape")  # fmt: skip
    return "Unflatten", {"dim": 1, "unflattened_size": (channels, *size)}, {}, (None if size else place.order)


def minibatch(layer: MinibatchDiscrimination, place: Place, following: list) -> tuple:
    """The closenesses come behind the features, whose order stays."""
    options = {"n_in": layer.n_in, "dims": layer.dims, "kernels": layer.kernels}
    layouts = {"t": ("t", lambda t: reordered(place.order)(t.reshape(layer.n_in, -1)))}
    return "MinibatchDiscrimination", options, layouts, concatenated([place, Place((layer.kernels,))])


def reference(layer: Reference, place: Place, following: list) -> tuple:
    return "Reference", {"shape": layer.state["batch"].shape}, {"batch": ("batch", np.copy)}, place.order


def flatten(layer: Flatten, place: Place, following: list) -> tuple:
    return "Flatten", {}, {}, (image_order(place.shape) if len(place.shape) > 1 else place.order)


def to_twin_kernel(w: np.ndarray) -> np.ndarray:
    """(KH, KW, a, b) -> mirrored (b, a, KH, KW), for both kinds of convolution."""
    return np.ascontiguousarray(w[::-1, ::-1].transpose(3, 2, 0, 1))


def conv(layer: Conv2D, place: Place, following: list) -> tuple:
    """In the mirror, rows that are in no window come first. Those that the pad does not make up for are cropped."""
    size, crop, padding = place.shape[:2], [], []
    pads, out = layer._pads(size), layer.output_shape(place.shape)[:2]
    for extent, OH, k, s, (top, bottom) in zip(size, out, layer.kernel, layer.stride, pads, strict=True):
        start = bottom - (top + extent + bottom - (OH - 1) * s - k)  # above the first row, if not below 0
        crop.append(max(-start, 0))
        padding.append(max(start, 0))
        if (extent - crop[-1] + 2 * padding[-1] - k) // s + 1 != OH:
            raise ValueError(f"a convolution of {size} with kernel {layer.kernel}, stride {layer.stride}, pads {pads} "
                             "is not symmetric in the mirror")  # fmt: skip
    kind, more = ("CroppedConv2d", {"crop": tuple(crop)}) if any(crop) else ("Conv2d", {})
    return conv_twin(kind, layer, {"padding": tuple(padding)} | more)


def conv_transpose(layer: Conv2DTranspose, place: Place, following: list) -> tuple:
    out, pads = layer._size_and_pads(place.shape[:2])
    for extent, OH, k, s, (top, bottom) in zip(place.shape[:2], out, layer.kernel, layer.stride, pads, strict=True):
        if OH != (extent - 1) * s + k - top - bottom or not 0 <= bottom - top < s:
            raise ValueError(f"a transposed convolution with kernel {layer.kernel}, stride {layer.stride} and pads "
                             f"{pads} is not symmetric in the mirror")  # fmt: skip
    padding, extra = zip(*((bottom, bottom - top) for top, bottom in pads), strict=True)
    return conv_twin("ConvTranspose2d", layer, {"padding": padding, "output_padding": extra})


def conv_twin(kind: str, layer: Conv2D | Conv2DTranspose, options: dict) -> tuple:
    """What both have in common."""
    options |= {"in_channels": layer.c_in, "out_channels": layer.c_out, "kernel_size": layer.kernel,
                "stride": layer.stride, "bias": "b" in layer.params}  # fmt: skip
    layouts = {"w": ("weight", to_twin_kernel)} | ({"b": ("bias", np.copy)} if "b" in layer.params else {})
    return kind, options, layouts, None


def to_twin_line(w: np.ndarray) -> np.ndarray:
    """(k, a, b) -> mirrored (b, a, k), for both kinds of convolution along the time."""
    return np.ascontiguousarray(w[::-1].transpose(2, 1, 0))


def line_conv(layer: Conv1D, place: Place, following: list) -> tuple:
    """That of a picture 1 high, without its height."""
    T, OT = place.shape[0], layer.output_shape(place.shape)[0]
    (k, s), (before, after) = (layer.kernel[1], layer.stride[1]), layer._pads(T)[1]
    start = after - (before + T + after - (OT - 1) * s - k)  # see `conv`
    if start < 0 or (T + 2 * start - k) // s + 1 != OT:
        raise ValueError(f"a convolution of {T} steps with kernel {k}, stride {s}, pads {(before, after)} is not "
                         "symmetric in the mirror")  # fmt: skip
    return line_twin("Conv1d", layer, {"padding": start})


def line_transpose(layer: Conv1DTranspose, place: Place, following: list) -> tuple:
    """As `conv_transpose`."""
    T, (OT, pads) = place.shape[0], layer._length_and_pads(place.shape[0])
    (k, s), (before, after) = (layer.kernel[1], layer.stride[1]), pads[1]
    if OT != (T - 1) * s + k - before - after or not 0 <= after - before < s:
        raise ValueError(f"a transposed convolution with kernel {k}, stride {s} and pads {(before, after)} is not "
                         "symmetric in the mirror")  # fmt: skip
    return line_twin("ConvTranspose1d", layer, {"padding": after, "output_padding": after - before})


def line_twin(kind: str, layer: Conv1D | Conv1DTranspose, options: dict) -> tuple:
    """What both have in common."""
    kind, more, layouts, order = conv_twin(kind, layer, options)
    more |= {"kernel_size": layer.kernel[1], "stride": layer.stride[1]}
    return kind, more, layouts | {"w": ("weight", to_twin_line)}, order


def equalised(layer: Equalised, place: Place, following: list) -> tuple:
    """The twin of the layer inside, which multiplies its weight by c."""
    kind, options, layouts, order = TWINS[type(layer.layer)](layer.layer, place, following)
    if kind not in ("Linear", "Conv2d"):
        raise ValueError(f"an Equalised {kind} has no PyTorch twin here; use a Dense, or a Conv2D of stride 1")
    return f"Equalised{kind}", options | {"c": layer.c}, layouts, order


def plain(kind: str, options: Callable = lambda layer: {}) -> Callable:
    """The writer of a layer without parameters that treats all features alike. options: function (layer)."""
    return lambda layer, place, following: (kind, options(layer), {}, place.order)


def gathering(kind: str, options: Callable = lambda layer: {}) -> Callable:
    """The writer of a layer without parameters that puts features together, and so wants them in our order."""

    def write(layer: Layer, place: Place, following: list) -> tuple:
        if not same_order(place.order, None, place.shape):
            raise ValueError(f"features of an image go into a {kind}, which has no twin here; put a Dense between")
        return kind, options(layer), {}, None

    return write


TWINS = {
    Dense: dense, BatchNorm: batch_norm, LeakyReLU: leaky_relu, ReLU: leaky_relu, Tanh: plain("Tanh"),
    Identity: plain("Identity"), Reshape: reshape, Flatten: flatten, Conv2D: conv, Conv2DTranspose: conv_transpose,
    Conv1D: line_conv, Conv1DTranspose: line_transpose,
    PhaseShuffle: plain("PhaseShuffle", lambda layer: {"most": layer.most}),
    UpSampling2D: plain("Upsample", lambda layer: {"scale_factor": layer.size}),
    Maxout: gathering("Maxout", lambda layer: {"pieces": layer.pieces}),
    Pack: gathering("Pack", lambda layer: {"m": layer.pack_size}),
    LogSumExp: gathering("LogSumExp"), MinibatchDiscrimination: minibatch,
    InstanceNoise: plain("InstanceNoise", lambda layer: {"sigma": float(layer.state["sigma"])}),
    DiffAugment: plain("DiffAugment", lambda layer: {"policy": layer.policy, "p": float(layer.state["p"])}),
    AveragePool2D: pool("AvgPool2d", count_include_pad=False), MaxPool2D: pool("MaxPool2d"),
    SumPool: sum_pool, Gain: gain,
    Embedding: embedding, AtLabel: gathering("AtLabel"), ConditionalBatchNorm: conditional_norm,
    ModulatedBatchNorm: modulated_norm, Reference: reference,
    Examples: plain("Examples", lambda layer: {"reference_size": layer.reference_size}),
    VirtualBatchNorm: virtual_norm, Equalised: equalised,
    PixelNorm: plain("PixelNorm", lambda layer: {"eps": layer.eps}),
    MinibatchStdDev: plain("MinibatchStdDev", lambda layer: {"group_size": layer.group_size, "eps": layer.eps}),
    Fade: plain("Fade", lambda layer: {"share": layer.share(None, training=False)}),
}  # fmt: skip
