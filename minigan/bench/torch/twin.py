"""The PyTorch twin of a minigan network: the same layers and the same weights, in its words and its layout.

    described = describe(D, (32, 32, 1))          # minigan layers -> kinds of torch.nn, options, arrays

What it plays by is in `torch_rules`, and how it plays in `torch_game`.

PyTorch pads both sides alike; TensorFlow's "same", which minigan has, puts the odd row below: a 5x5 kernel of stride 2
on an even size has the pads (top, bottom) = (1, 2). Padding by hand would cost PyTorch time, so the twin lives in the
mirror. Turn the images and the kernels about, in height and width, and the pads become (bottom, top) = (2, 1); the last
of PyTorch's two rows below is then met by no window, and padding = 2 is exact. For a transposed convolution
the pads crop, and the row that is cropped too much below comes back as output_padding = bottom - top.
"""

import numpy as np

MODES = ("channels_last", "contiguous")


def describe(network, input_shape):
    """A Sequential of minigan, for samples of `input_shape` -> a list of dicts, one per layer: "name", "kind" (of
    torch.nn), "options", "arrays", by the twin's names and in its layout, and "spectral_norm": whether to wrap it.

    Raises ValueError for a layer that has no twin, or a padding that the mirror does not make symmetric.
    """
    described = []
    for name, layer, kind, options, layouts in walk(network, input_shape):
        arrays = {twin_key: to_twin(layer.params[key]) for key, (twin_key, to_twin) in layouts.items()}
        for key in layer.state if layouts else ():  # a BatchNorm's "mean" and "var"
            arrays[f"running_{key}"] = layouts["gamma"][1](layer.state[key])
        if kind == "Reference":
            arrays["batch"] = layer.state["batch"].copy()
        wrapped = type(network.layers.get(name)).__name__ == "SpectralNorm"
        described.append({"name": name, "kind": kind, "options": options, "arrays": arrays, "spectral_norm": wrapped})
    return described


def walk(network, input_shape):
    """Yields (name, layer, kind, options, {key: (twin's key, function to the twin's layout)}) for each layer."""
    layers = [part for named in network.layers.items() for part in apart(*named)]
    shape = tuple(input_shape)
    if (order := order_after(layers, shape)) is not None:
        raise ValueError("a network whose input is reshaped to an image before any Dense has no twin here")
    for i, (name, layer) in enumerate(layers):
        write = TWINS.get(type(layer).__name__)
        if write is None:
            raise ValueError(f"layer {name!r}: {type(layer).__name__} has no PyTorch twin here; there are twins of "
                             f"{', '.join(TWINS)}")  # fmt: skip
        kind, options, layouts, order = write(layer, shape, order, layers[i + 1 :])
        yield name, layer, kind, options, layouts
        if type(layer).__name__ != "LeakyReLU" and getattr(layer, "slope", 1) != 1:  # in PyTorch a layer of its own
            yield f"{name}_leaky", layer, *pointwise(layer, shape, order, ())[:2], {}
        shape = layer.output_shape(shape)


def apart(name, layer):
    """The (name, layer) pairs that PyTorch has for one of ours: out of a SpectralNorm, and a MaxoutDense as two."""
    layer = getattr(layer, "layer", layer)
    if type(layer).__name__ != "MaxoutDense":
        return [(name, layer)]
    dense, maxout = layer.apart()
    return [(name, dense), (f"{name}_maxout", maxout)]


def order_after(following, shape):
    """In which order the twin holds the features that go into the layers `following`: twin[t] = ours[order[t]], or
    None for the same order. It is decided by the image that they will become."""
    for _, layer in following:
        if type(layer).__name__ in ("Dense", "Maxout") or len(shape) != 1:
            return None
        if type(layer).__name__ == "Reshape" and len(layer.shape) == 3:
            return image_order(layer.shape)
    return None


def image_order(shape):
    """Our place, in (H, W, C), of each entry of the mirrored image in PyTorch's order (C, H, W)."""
    places = np.arange(int(np.prod(shape))).reshape(shape)
    return places[::-1, ::-1].transpose(2, 0, 1).reshape(-1)


def to_twin_samples(x):
    """Images (N, H, W, C) -> mirrored (N, C, H, W); anything else as it is."""
    return np.ascontiguousarray(x[:, ::-1, ::-1].transpose(0, 3, 1, 2)) if x.ndim == 4 else x


def to_twin_kernel(w):
    """(KH, KW, a, b) -> mirrored (b, a, KH, KW), for both kinds of convolution."""
    return np.ascontiguousarray(w[::-1, ::-1].transpose(3, 2, 0, 1))


def reordered(order):
    """The function that brings a vector of features into the twin's order."""
    return np.copy if order is None else lambda vector: vector[order]


def dense(layer, shape, order, following):
    out_order = order_after(following, (layer.n_out,))
    rows, columns = reordered(order), reordered(out_order)
    layouts = {"w": ("weight", lambda w: np.ascontiguousarray(columns(rows(w).T)))}
    if "b" in layer.params:
        layouts["b"] = "bias", columns
    options = {"in_features": layer.n_in, "out_features": layer.n_out, "bias": "b" in layer.params}
    return "Linear", options, layouts, out_order


def batch_norm(layer, shape, order, following):
    options = {"num_features": layer.channels, "eps": layer.eps, "momentum": 1 - layer.momentum}
    layouts = {"gamma": ("weight", reordered(order)), "beta": ("bias", reordered(order))}
    return ("BatchNorm2d" if len(shape) == 3 else "BatchNorm1d"), options, layouts, order


def pointwise(layer, shape, order, following):
    if type(layer).__name__ == "Tanh":
        return "Tanh", {}, {}, order
    return "LeakyReLU", {"negative_slope": layer.slope, "inplace": layer.slope >= 0}, {}, order


def reshape(layer, shape, order, following):
    if len(shape) != 1 or len(layer.shape) not in (1, 3):
        raise ValueError(f"only a Reshape from a vector has a twin here, got {shape} to {layer.shape}")
    *size, channels = layer.shape
    return "Unflatten", {"dim": 1, "unflattened_size": (channels, *size)}, {}, (None if size else order)


def maxout(layer, shape, order, following):
    if len(shape) == 1 and order_after(following, layer.output_shape(shape)) is not None:
        raise ValueError("features that go from a Maxout into an image have no twin here")
    return "Maxout", {"pieces": layer.pieces}, {}, None


def pack(layer, shape, order, following):
    return "Pack", {"m": layer.pack_size}, {}, None


def log_sum_exp(layer, shape, order, following):
    return "LogSumExp", {}, {}, None


def minibatch(layer, shape, order, following):
    """The closenesses come behind the features, whose order stays."""
    options = {"n_in": layer.n_in, "dims": layer.dims, "kernels": layer.kernels}
    layouts = {"t": ("t", lambda t: reordered(order)(t.reshape(layer.n_in, -1)))}
    behind = None if order is None else np.concatenate([order, np.arange(layer.n_in, layer.n_in + layer.kernels)])
    return "MinibatchDiscrimination", options, layouts, behind


def instance_noise(layer, shape, order, following):
    return "InstanceNoise", {"sigma": float(layer.state["sigma"])}, {}, order


def diff_augment(layer, shape, order, following):
    return "DiffAugment", {"policy": layer.policy, "p": float(layer.state["p"])}, {}, order


def reference(layer, shape, order, following):
    return "Reference", {"shape": layer.state["batch"].shape}, {}, order


def examples(layer, shape, order, following):
    return "Examples", {"reference_size": layer.reference_size}, {}, order


def virtual_norm(layer, shape, order, following):
    options = {"num_features": layer.channels, "reference_size": layer.reference_size, "eps": layer.eps}
    layouts = {"gamma": ("weight", reordered(order)), "beta": ("bias", reordered(order))}
    return "VirtualBatchNorm", options, layouts, order


def flatten(layer, shape, order, following):
    return "Flatten", {}, {}, (image_order(shape) if len(shape) == 3 else order)


def conv(layer, shape, order, following):
    size, pads, out = shape[:2], layer._pads(shape[:2]), layer.output_shape(shape)[:2]
    for extent, OH, k, s, (top, bottom) in zip(size, out, layer.kernel, layer.stride, pads, strict=True):
        exact = top + bottom == (OH - 1) * s + k - extent  # no row is left over: the mirrored windows are the windows
        if not exact or (extent + 2 * bottom - k) // s + 1 != OH:
            raise ValueError(f"a convolution of {size} with kernel {layer.kernel}, stride {layer.stride}, pads {pads} "
                             "is not symmetric in the mirror")  # fmt: skip
    return conv_twin("Conv2d", layer, order, {"padding": tuple(bottom for _, bottom in pads)})


def conv_transpose(layer, shape, order, following):
    out, pads = layer._size_and_pads(shape[:2])
    for extent, OH, k, s, (top, bottom) in zip(shape[:2], out, layer.kernel, layer.stride, pads, strict=True):
        if OH != (extent - 1) * s + k - top - bottom or not 0 <= bottom - top < s:
            raise ValueError(f"a transposed convolution with kernel {layer.kernel}, stride {layer.stride} and pads "
                             f"{pads} is not symmetric in the mirror")  # fmt: skip
    padding, extra = zip(*((bottom, bottom - top) for top, bottom in pads), strict=True)
    return conv_twin("ConvTranspose2d", layer, order, {"padding": padding, "output_padding": extra})


def conv_twin(kind, layer, order, options):
    """What both have in common."""
    options |= {"in_channels": layer.c_in, "out_channels": layer.c_out, "kernel_size": layer.kernel,
                "stride": layer.stride, "bias": "b" in layer.params}  # fmt: skip
    layouts = {"w": ("weight", to_twin_kernel)} | ({"b": ("bias", np.copy)} if "b" in layer.params else {})
    return kind, options, layouts, order


TWINS = {"Dense": dense, "BatchNorm": batch_norm, "LeakyReLU": pointwise, "ReLU": pointwise, "Tanh": pointwise,
         "Reshape": reshape, "Flatten": flatten, "Maxout": maxout, "Pack": pack,
         "Conv2D": conv, "Conv2DTranspose": conv_transpose, "LogSumExp": log_sum_exp,
         "MinibatchDiscrimination": minibatch, "InstanceNoise": instance_noise, "DiffAugment": diff_augment,
         "Reference": reference, "Examples": examples, "VirtualBatchNorm": virtual_norm}  # fmt: skip
