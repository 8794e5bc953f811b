"""The game: Algorithm 1 of Goodfellow et al. 2014 (arXiv:1406.2661), as two functions.

    for each training iteration:
        for k steps:                                              k = 1 in the paper's experiments
            d_step:  sample noise z and real images x;
                     move D to make log D(x) + log(1 - D(G(z))) larger
        g_step:      sample noise z;
                     move G to make log(1 - D(G(z))) smaller      (or log D(G(z)) larger: see `minigan.losses`)

Each step computes the gradients, then calls the optimizer. D's step does not call G's backward, so G's parameters do
not change. In G's step the gradient passes through D to the images and on into G; D's parameters do not change.
(Running statistics of batch norm do change, in both steps.)

The objectives are made of objects. Each one returns a number and its gradient:

    loss       for both players; gradient with respect to D's logits             `minigan.losses`
    penalties  added for D; gradient with respect to D's parameters              `minigan.penalties`
    terms      added for G; gradient with respect to the images that G drew      `minigan.terms`

A training calls `d_gradients` from `minigan.gan_fused`: faster, tested equal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minigan.batch import Batch
from minigan.layers import Layer
from minigan.losses import Loss
from minigan.optim import Optimizer


class DStep(NamedTuple):
    """The loss and the logits of one step of the discriminator, computed before D is updated."""

    loss: float
    real_logits: np.ndarray
    fake_logits: np.ndarray


class GStep(NamedTuple):
    """The loss and the logits of one step of the generator, before G is updated. No logits if G has terms only."""

    loss: float
    fake_logits: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Drawn(Batch):
    """Images x that G drew, the noise z that they were drawn from, and the cache of G's forward pass."""

    z: np.ndarray | None = None
    cache: Any = None


def draw(G: Layer, z: np.ndarray, given: Mapping[str, Any] | None = None) -> Drawn:
    """G's images for the noise z (N, z_dim). given: the conditions of the batch, such as labels."""
    x, cache = G.apply(z, training=True, given=given)
    return Drawn(x, given or {}, z, cache)


def d_step(
    G: Layer, D: Layer, loss: Loss, optimizer: Optimizer, real: np.ndarray, z: np.ndarray, *,
    given: Mapping[str, Any] | None = None, penalties: Sequence = (), rng: np.random.Generator | None = None,
) -> DStep:  # fmt: skip
    """One step of the discriminator.

    real: images (N, H, W, C), in the range of G's output. z: noise (N, z_dim). optimizer: of D.params. given: the
    conditions of both batches, such as labels. penalties: added to D's loss. rng: for penalties at random images.
    """
    real = Batch(real, given or {})
    step, grads = d_gradients(D, loss, real, draw(G, z, given), penalties=penalties, rng=rng)
    optimizer.step(grads)
    return step


def d_gradients(
    D: Layer, loss: Loss, real: Batch, fake: Batch, *, penalties: Sequence = (), rng: np.random.Generator | None = None
) -> tuple[DStep, dict]:
    """-> the loss and the logits of a real and a fake batch, and the gradients of D's objective (keys of D.params)."""
    check_batches(real.x, fake.x)
    real_logits, real_cache = D.apply(real.x, training=True, given=real.given)
    fake_logits, fake_cache = D.apply(fake.x, training=True, given=fake.given)

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)

    grads = added(D.param_grads(d_real, real_cache), D.param_grads(d_fake, fake_cache))
    for penalty in penalties:
        penalty_value, penalty_grads = penalty(D, real, fake, rng)
        value, grads = value + penalty_value, added(grads, penalty_grads)
    return DStep(value, real_logits, fake_logits), grads


def g_step(
    G: Layer, D: Layer, loss: Loss, optimizer: Optimizer, z: np.ndarray, *,
    given: Mapping[str, Any] | None = None, real: np.ndarray | None = None, terms: Sequence = (),
) -> GStep:  # fmt: skip
    """One step of the generator.

    z: noise (N, z_dim). optimizer: of G.params. given: the conditions of the batch, such as labels. terms: added to
    G's loss. real: images, for a loss that compares real and fake in G's step too (`loss.paired`), and for terms.
    """
    real = None if real is None else Batch(real, given or {})
    step, grads, term_grads = g_gradients(G, D, loss, draw(G, z, given), real=real, terms=terms)
    optimizer.step(grads)
    step_terms(terms, term_grads)
    return step


def g_gradients(
    G: Layer, D: Layer, loss: Loss, fake: Drawn, *, real: Batch | None = None, terms: Sequence = ()
) -> tuple[GStep, dict, list]:
    """-> the loss and D's logits of G's images; the gradients of G's objective, with the keys of G.params; and the
    gradients of each term's network, a list of dicts."""
    fake_logits, d_cache = D.apply(fake.x, training=True, given=fake.given)

    if loss.paired:
        value, d_fake = loss.generator(fake_logits, logits_of_real(D, loss, real))
    else:
        value, d_fake = loss.generator(fake_logits)

    d_images = D.input_grad(d_fake, d_cache)
    value, d_images, term_grads = with_terms(terms, value, d_images, D, fake, real)
    return GStep(value, fake_logits), G.param_grads(d_images, fake.cache), term_grads


def with_terms(
    terms: Sequence, value: float, d_images: np.ndarray, D: Layer, fake: Drawn, real: Batch | None
) -> tuple[float, np.ndarray, list]:
    """value and d_images plus those of the terms, and the gradients of each term's network."""
    term_grads = []
    for term in terms:
        term_value, term_d_images, grads = term(D, fake, real)
        value, d_images = value + term_value, d_images + term_d_images
        term_grads.append(grads)
    return value, d_images, term_grads


def step_terms(terms: Sequence, term_grads: list) -> None:
    """Update the networks that the terms train beside G."""
    for term, grads in zip(terms, term_grads, strict=True):
        if grads:
            term.optimizer.step(grads)


def logits_of_real(D: Layer, loss: Loss, real: Batch | None) -> np.ndarray:
    """D's logits of the real images (N, 1), for a paired loss in G's step."""
    if real is None:
        raise ValueError(f"{type(loss).__name__} compares fake with real images in G's step too; give g_step real=...")
    return D.apply(real.x, training=True, given=real.given)[0]


def added(grads: dict, more: dict) -> dict:
    """grads plus more, key by key, for the keys of `grads`. A key that is missing in `more` counts as 0; keys that only
    `more` has are ignored."""
    return {key: grad + more[key] if key in more else grad for key, grad in grads.items()}


def check_batches(real: np.ndarray, fake: np.ndarray) -> None:
    """Raise ValueError unless real and fake images have the same size, shape[1:], and the same dtype.

    If the dtypes differ, D can cheat by the dtype. And a float64 z makes all of G compute in float64, which is slower.
    """
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"real images have shape {real.shape[1:]}, G draws {fake.shape[1:]}; prepare the data to G's size"
        )
    if real.dtype != fake.dtype:
        raise ValueError(
            f"real images are {real.dtype}, G's are {fake.dtype}; make z and real alike, for example "
            "z = rng.standard_normal(shape, dtype=np.float32)"
        )
