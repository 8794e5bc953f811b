"""The game: Algorithm 1 of Goodfellow et al. 2014 (arXiv:1406.2661), as two functions.

    for each training iteration:
        for k steps:                                              k = 1 in the paper's experiments
            d_step:  sample noise z and real images x;
                     move D to make log D(x) + log(1 - D(G(z))) larger
        g_step:      sample noise z;
                     move G to make log(1 - D(G(z))) smaller      (or log D(G(z)) larger: see `minigan.losses`)

G's images enter `d_step` as numbers: nothing is "detached", because G's backward is simply not called. In `g_step` the
gradient passes through D to the images and on into G; D's own parameter gradients are not computed.
"""

from typing import NamedTuple

import numpy as np


class DStep(NamedTuple):
    """What one discriminator step saw: its loss, the logits before the update, and what G drew (images and cache)."""

    loss: float
    real_logits: np.ndarray
    fake_logits: np.ndarray
    drawn: tuple


class GStep(NamedTuple):
    """What one generator step saw: its loss and the logits before the update."""

    loss: float
    fake_logits: np.ndarray


def d_step(G, D, loss, optimizer, real, z):
    """One step of the discriminator.

    real: a batch of images (N, H, W, C), in the range of G's output. z: noise (N, z_dim). optimizer: of D.params.
    """
    fake, g_cache = G.forward(z, training=True)
    check_batches(real, fake)
    (real_logits, fake_logits), d_caches = judge(D, real, fake)

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)

    optimizer.step(judge_backward(D, d_real, d_fake, d_caches))
    return DStep(value, real_logits, fake_logits, (fake, g_cache))


def judge(D, real, fake):
    """D's logits of both batches, ((N, 1), (M, 1)), and the caches of its passes.

    If D looks at each sample for itself, both go through it as one batch, which is faster. If it does not (a batch norm
    takes its mean over the batch), they go one after the other, as in the paper, each with its own cache.
    """
    if getattr(D, "per_sample", False):
        logits, cache = D.forward(np.concatenate([real, fake]), training=True)
        return (logits[: len(real)], logits[len(real) :]), (cache,)
    real_logits, real_cache = D.forward(real, training=True)
    fake_logits, fake_cache = D.forward(fake, training=True)
    return (real_logits, fake_logits), (real_cache, fake_cache)


def judge_backward(D, d_real, d_fake, caches):
    """D's gradients: the loss is a sum of a real and a fake part, so the two gradients add."""
    if len(caches) == 1:
        return D.backward(np.concatenate([d_real, d_fake]), *caches, input_grad=False)[1]
    _, real_grads = D.backward(d_real, caches[0], input_grad=False)
    _, fake_grads = D.backward(d_fake, caches[1], input_grad=False)
    return {key: real_grads[key] + fake_grads[key] for key in real_grads}


def g_step(G, D, loss, optimizer, z, drawn=None):
    """One step of the generator. z: noise (N, z_dim). optimizer: of G.params.

    drawn: what G drew from this very z in the D step before, to save drawing it again, as PyTorch's DCGAN example does;
    the paper samples new noise. G has not changed since, so its cache still holds; D has, so D looks anew.
    """
    fake, g_cache = drawn or G.forward(z, training=True)
    fake_logits, d_cache = D.forward(fake, training=True)

    value, d_fake = loss.generator(fake_logits)

    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    _, grads = G.backward(d_images, g_cache, input_grad=False)
    optimizer.step(grads)
    return GStep(value, fake_logits)


def check_batches(real, fake):
    """Raise ValueError unless real and fake images have one shape and one dtype: what D can tell apart by its type is
    no lesson to G, and a float64 z would turn a whole float32 network to the slow kind."""
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"real images have shape {real.shape[1:]}, G draws {fake.shape[1:]}; prepare the data to G's size"
        )
    if real.dtype != fake.dtype:
        raise ValueError(
            f"real images are {real.dtype}, G's are {fake.dtype}; make z and real alike, for example "
            "z = rng.standard_normal(shape, dtype=np.float32)"
        )
