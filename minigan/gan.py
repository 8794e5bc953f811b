"""The game: Algorithm 1 of Goodfellow et al. 2014 (arXiv:1406.2661), as two functions.

    for each training iteration:
        for k steps:                                              k = 1 in the paper's experiments
            d_step:  sample noise z and real images x;
                     move D to make log D(x) + log(1 - D(G(z))) larger
        g_step:      sample noise z;
                     move G to make log(1 - D(G(z))) smaller      (or log D(G(z)) larger: see `minigan.losses`)

Each step is gradients first, then the optimizer. D's step takes G's images as numbers: G's backward is not called, so
G stays as it is. In G's step the gradient passes through D to the images, and on into G; D stays as it is.

The rules of the game are objects, each a number and its gradient:

    loss       what both players want of D's logits                 `minigan.losses`
    penalties  more of D's objective, by D's parameters             `minigan.penalties`
    terms      more of G's objective, by the images that G drew     `minigan.terms`

A training calls the same functions from `minigan.gan_fused`, which are faster and tested equal.
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
    """What one step of the discriminator saw: the loss and the logits, before D moved."""

    loss: float
    real_logits: np.ndarray
    fake_logits: np.ndarray


class GStep(NamedTuple):
    """What one step of the generator saw: the loss and the logits, before G moved. No logits if it plays without D."""

    loss: float
    fake_logits: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Drawn(Batch):
    """Images x that G drew, the noise z that they were drawn from, and the cache of that pass through G."""

    z: np.ndarray | None = None
    cache: Any = None


def draw(G: Layer, z: np.ndarray, given: Mapping[str, Any] | None = None) -> Drawn:
    """G's images of the noise z (N, z_dim), given the facts of the batch that they are played with."""
    x, cache = G.apply(z, training=True, given=given)
    return Drawn(x, given or {}, z, cache)


def d_step(
    G: Layer, D: Layer, loss: Loss, optimizer: Optimizer, real: np.ndarray, z: np.ndarray, *,
    given: Mapping[str, Any] | None = None, penalties: Sequence = (), rng: np.random.Generator | None = None,
) -> DStep:  # fmt: skip
    """One step of the discriminator.

    real: images (N, H, W, C), in the range of G's output. z: noise (N, z_dim). optimizer: of D.params. given: facts of
    both batches, such as labels. penalties: more of D's objective. rng: what the penalties draw from.
    """
    real = Batch(real, given or {})
    step, grads = d_gradients(D, loss, real, draw(G, z, given), penalties=penalties, rng=rng)
    optimizer.step(grads)
    return step


def d_gradients(
    D: Layer, loss: Loss, real: Batch, fake: Batch, *, penalties: Sequence = (), rng: np.random.Generator | None = None
) -> tuple[DStep, dict]:
    """What the discriminator sees in a batch of real and one of fake images, and the gradients of its objective."""
    check_batches(real.x, fake.x)
    real_logits, real_cache = D.apply(real.x, training=True, given=real.given)
    fake_logits, fake_cache = D.apply(fake.x, training=True, given=fake.given)

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)

    grads = added(D.param_grads(d_real, real_cache), D.param_grads(d_fake, fake_cache))
    for penalty in penalties:
        more, penalty_grads = penalty(D, real, fake, rng)
        value, grads = value + more, added(grads, penalty_grads)
    return DStep(value, real_logits, fake_logits), grads


def g_step(
    G: Layer, D: Layer, loss: Loss, optimizer: Optimizer, z: np.ndarray, *,
    given: Mapping[str, Any] | None = None, real: np.ndarray | None = None, terms: Sequence = (),
) -> GStep:  # fmt: skip
    """One step of the generator.

    z: noise (N, z_dim). optimizer: of G.params. given: facts of the batch, such as labels. terms: more of G's
    objective. real: images, for a loss that compares the two in G's step too (`loss.paired`), and for terms.
    """
    real = None if real is None else Batch(real, given or {})
    step, grads, own_grads = g_gradients(G, D, loss, draw(G, z, given), real=real, terms=terms)
    optimizer.step(grads)
    step_terms(terms, own_grads)
    return step


def g_gradients(
    G: Layer, D: Layer, loss: Loss, fake: Drawn, *, real: Batch | None = None, terms: Sequence = ()
) -> tuple[GStep, dict, list]:
    """What the generator sees when D judges its images, the gradients of its objective, and those of the terms' own
    networks, one dict for each term."""
    fake_logits, d_cache = D.apply(fake.x, training=True, given=fake.given)

    value, d_fake = loss.generator(fake_logits, *also_real(D, loss, real))

    d_images = D.input_grad(d_fake, d_cache)
    value, d_images, own_grads = with_terms(terms, value, d_images, D, fake, real)
    return GStep(value, fake_logits), G.param_grads(d_images, fake.cache), own_grads


def with_terms(
    terms: Sequence, value: float, d_images: np.ndarray, D: Layer, fake: Drawn, real: Batch | None
) -> tuple[float, np.ndarray, list]:
    """value and d_images with those of the terms added, and the gradients of each term's own network."""
    own_grads = []
    for term in terms:
        more, d_more, grads = term(D, fake, real)
        value, d_images = value + more, d_images + d_more
        own_grads.append(grads)
    return value, d_images, own_grads


def step_terms(terms: Sequence, own_grads: list) -> None:
    """Move the networks that the terms train beside G."""
    for term, grads in zip(terms, own_grads, strict=True):
        if grads:
            term.optimizer.step(grads)


def also_real(D: Layer, loss: Loss, real: Batch | None) -> tuple:
    """What a paired loss wants in G's step beside the fake logits: those of the real images, as a 1-tuple."""
    if not loss.paired:
        return ()
    if real is None:
        raise ValueError(f"{type(loss).__name__} compares fake with real images in G's step too; give g_step real=...")
    return (D.apply(real.x, training=True, given=real.given)[0],)


def added(grads: dict, more: dict) -> dict:
    """The sum of two dicts of gradients, key by key; a key that is missing in `more` counts as 0 there."""
    return {key: grad + more[key] if key in more else grad for key, grad in grads.items()}


def check_batches(real: np.ndarray, fake: np.ndarray) -> None:
    """Raise ValueError unless real and fake images have one shape and one dtype. If the dtypes differ, D can cheat by
    the dtype; and a float64 z would turn a float32 network to the slow kind."""
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"real images have shape {real.shape[1:]}, G draws {fake.shape[1:]}; prepare the data to G's size"
        )
    if real.dtype != fake.dtype:
        raise ValueError(
            f"real images are {real.dtype}, G's are {fake.dtype}; make z and real alike, for example "
            "z = rng.standard_normal(shape, dtype=np.float32)"
        )
