"""Networks changed after they are built: each function takes a network and returns one like it, with the same layers
under the same names, but for what it is about. The layers that stay are shared, not copied.

What must be decided while a network is built, because it changes the size of a layer, is an argument of `build`:
PacGAN's discriminator has `pac` times the channels in its first layer.
"""

import copy

import numpy as np

from minigan.checks import whole
from minigan.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    LogSumExp,
    MaxoutDense,
    MinibatchDiscrimination,
    Pack,
    Sequential,
    VirtualBatchNorm,
    WithReference,
)

KERNELS, DIMS = 50, 5  # of minibatch discrimination; Salimans et al. give 100 and 5 for their larger networks


def seen_through(D, *views):
    """D with (name, layer) pairs in front: what changes the samples before D judges them."""
    return Sequential(*views, *D.layers.items())


def packed(D, m, sample_shape):
    """D that judges m samples together (Lin et al. 2018, arXiv:1712.04086). D must have been built for that many
    channels, `build(..., pac=m)`; ValueError if it was not."""
    D = seen_through(D, ("pack", Pack(m)))
    try:
        D.forward(np.zeros((m, *sample_shape), np.float32), training=False)
    except ValueError as error:
        raise ValueError(
            f"this D was not built for packs of {m} samples of shape {tuple(sample_shape)}, which have {m} times the "
            f"channels; write build(..., pac={m}) ({error})"
        ) from error
    return D


def batch_normalised(D):
    """D with batch norm after each convolution and dense layer but the first and the last, before the activation, as in
    DCGAN (Radford et al. 2016, arXiv:1511.06434, section 3: not in D's input layer).

    A layer that takes its LeakyReLU along hands it on to the batch norm; its maximum follows as a layer of its own.
    Its bias is dropped: it would be taken out. Raises ValueError if there is no layer between.
    """
    weights = [name for name, layer in D.layers.items() if isinstance(layer, (Conv2D, Dense))]
    between, layers = weights[1:-1], []
    if not between:
        raise ValueError(f"batch norm goes behind the layers between the first and the last, and D has only {weights}")
    for name, layer in D.layers.items():
        if name not in between:
            layers.append((name, layer))
            continue
        plain, *maxout = layer.apart() if isinstance(layer, MaxoutDense) else (copy.copy(layer),)
        plain.params = {key: array for key, array in layer.params.items() if key != "b"}
        slope, channels = None, layer.n_out if isinstance(layer, Dense) else layer.c_out
        if layer.slope != 1:
            slope, plain.slope = layer.slope, 1.0
        layers += [(name, plain), (f"{name}_norm", BatchNorm(channels, slope=slope))]
        layers += [(f"{name}_maxout", layer) for layer in maxout]
    return Sequential(*layers)


def minibatch_discriminating(D, *, kernels=KERNELS, dims=DIMS, rng=None):
    """D whose logit also sees how near each sample's features are to those of the others in its batch (Salimans et al.
    2016, arXiv:1606.03498, section 3.2): a layer before the last one, which is made anew, for more inputs."""
    body, name, last = before_last(D)
    closeness = MinibatchDiscrimination(last.n_in, kernels, dims, rng=rng)
    return Sequential(*body, ("minibatch", closeness), (name, Dense(last.n_in + kernels, last.n_out, rng=rng)))


def classifying(D, classes, *, rng=None):
    """D as a classifier of `classes` kinds of real samples and "generated" (Salimans et al. 2016, section 5): in place
    of the last layer one that scores each kind, and the log-sum-exp of the scores, which is the logit of "real"."""
    body, name, last = before_last(D)
    scores = Dense(last.n_in, whole("classes", classes, least=2), rng=rng)
    return Sequential(*body, ("classes", scores), (name, LogSumExp()))


def before_last(D):
    """The (name, layer) pairs before D's last layer, its name, and that layer; ValueError unless it is Dense."""
    *body, (name, last) = D.layers.items()
    if not isinstance(last, Dense):
        raise ValueError(f"expected a discriminator that ends in a Dense layer, got one that ends in {name!r}, "
                         f"{type(last).__name__}; change its end before the layers are normalised")  # fmt: skip
    return body, name, last


def virtually_normalised(G, reference):
    """G with virtual batch norm in place of batch norm (Salimans et al. 2016, section 3.5). reference: a batch of noise
    (R, z_dim), R at least 2, drawn once; it is part of G's state. Raises ValueError for a G without batch norm."""
    layers = [
        (name, VirtualBatchNorm(layer.channels, len(reference), eps=layer.eps, slope=layer.slope))
        if isinstance(layer, BatchNorm)
        else (name, layer)
        for name, layer in G.layers.items()
    ]
    if all(new is old for (_, new), old in zip(layers, G.layers.values(), strict=True)):
        raise ValueError(f"virtual batch norm takes the place of batch norm, and this G has none: {list(G.layers)}")
    return WithReference(Sequential(*layers), reference)
