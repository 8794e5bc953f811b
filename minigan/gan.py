"""The game: Algorithm 1 of Goodfellow et al. 2014 (arXiv:1406.2661), as two functions.

    for each training iteration:
        for k steps:                                              k = 1 in the paper's experiments
            d_step:  sample noise z and real images x;
                     move D to make log D(x) + log(1 - D(G(z))) larger
        g_step:      sample noise z;
                     move G to make log(1 - D(G(z))) smaller      (or log D(G(z)) larger: see `minigan.losses`)

G's images enter `d_step` as numbers: nothing is "detached", because G's backward is simply not called. In `g_step` the
gradient passes through D to the images and on into G; D's own parameter gradients are not computed.

The game's other rules come in as objects, each a number and its gradient:

    loss       what both players think of D's logits                       `minigan.losses`
    penalties  what D's objective has beside it, by D's parameters:        `minigan.penalties`
                   value, grads = penalty(D, real, fake, rng)
    terms      what G's objective has beside it, by the images G drew:     `minigan.terms`
                   value, d_images, grads = term(D, fake, z, real)
               where grads are those of a network of the term's own (term.network, moved by term.optimizer), or {}
"""

from typing import NamedTuple

import numpy as np

from minigan.penalties.joint import sweep


class DStep(NamedTuple):
    """What one discriminator step saw: its loss, the logits before the update, and what G drew (images and cache)."""

    loss: float
    real_logits: np.ndarray
    fake_logits: np.ndarray
    drawn: tuple


class GStep(NamedTuple):
    """What one generator step saw: its loss and the logits before the update, if it asked for them."""

    loss: float
    fake_logits: np.ndarray


def d_step(G, D, loss, optimizer, real, z, *, penalties=(), rng=None):
    """One step of the discriminator.

    real: a batch of images (N, H, W, C), in the range of G's output. z: noise (N, z_dim). optimizer: of D.params.
    penalties: more terms of D's objective; rng: the numpy Generator that they draw from.
    """
    fake, g_cache = G.forward(z, training=True)
    check_batches(real, fake)
    (real_logits, fake_logits), d_caches = judge(D, real, fake)

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)

    swept = sweep(D, (real, fake), (d_real, d_fake), d_caches, penalties)  # R1 and R2 cost less beside the loss
    more, grads, penalties = swept or (0.0, judge_backward(D, d_real, d_fake, d_caches), penalties)
    value += more
    for penalty in penalties:
        more, penalty_grads = penalty(D, real, fake, rng)
        value, grads = value + more, added(grads, penalty_grads)
    optimizer.step(grads)
    return DStep(value, real_logits, fake_logits, (fake, g_cache))


def judge(D, real, fake):
    """D's logits of both batches, ((N, 1), (M, 1)), and the caches of its passes.

    If D looks at each sample for itself, or at packs of them, both go through it as one batch, which is faster. If it
    does not (a batch norm takes its mean over the batch), they go one after the other, as in the paper, each with its
    own cache.
    """
    if as_one(D, real):
        logits, cache = D.forward(np.concatenate([real, fake]), training=True)
        packs = len(real) // getattr(D, "joins", 1)
        return (logits[:packs], logits[packs:]), (cache,)
    real_logits, real_cache = D.forward(real, training=True)
    fake_logits, fake_cache = D.forward(fake, training=True)
    return (real_logits, fake_logits), (real_cache, fake_cache)


def as_one(D, real):
    """Whether real and fake images may go through D as one batch: if no sample sees another, and no pack holds both."""
    return getattr(D, "per_sample", False) and len(real) % getattr(D, "joins", 1) == 0


def judge_backward(D, d_real, d_fake, caches):
    """D's gradients: the loss is a sum of a real and a fake part, so the two gradients add."""
    if len(caches) == 1:
        return D.backward(np.concatenate([d_real, d_fake]), *caches, input_grad=False)[1]
    _, real_grads = D.backward(d_real, caches[0], input_grad=False)
    _, fake_grads = D.backward(d_fake, caches[1], input_grad=False)
    return added(real_grads, fake_grads)


def added(grads, more):
    """The sum of two dicts of gradients, key by key; a key that is missing in `more` counts as 0 there."""
    return {key: grad + more[key] if key in more else grad for key, grad in grads.items()}


def g_step(G, D, loss, optimizer, z, drawn=None, *, real=None, terms=()):
    """One step of the generator. z: noise (N, z_dim). optimizer: of G.params.

    drawn: what G drew from this very z in the D step before, to save drawing it again, as PyTorch's DCGAN example does;
    the paper samples new noise. G has not changed since, so its cache still holds; D has, so D looks anew.
    real: a batch of images, for a loss that compares the two in G's step too (`loss.paired`), and for terms.
    terms: more terms of G's objective.
    """
    fake, g_cache = drawn or G.forward(z, training=True)
    fake_logits, d_cache = D.forward(fake, training=True)

    value, d_fake = loss.generator(fake_logits, *others(D, loss, real))

    d_images, _ = D.backward(d_fake, d_cache, param_grads=False)
    value, d_images, owned = with_terms(terms, value, d_images, D, fake, z, real)
    _, grads = G.backward(d_images, g_cache, input_grad=False)
    optimizer.step(grads)
    for term_optimizer, term_grads in owned:
        term_optimizer.step(term_grads)
    return GStep(value, fake_logits)


def terms_step(G, D, optimizer, z, drawn=None, *, real=None, terms):
    """`g_step` for a G that does not play against D's logit, but for its terms alone (see `OnlyDiscriminator`). D is
    not asked, and the GStep has no logits."""
    fake, g_cache = drawn or G.forward(z, training=True)
    value, d_images, owned = with_terms(terms, 0.0, np.zeros_like(fake), D, fake, z, real)
    _, grads = G.backward(d_images, g_cache, input_grad=False)
    optimizer.step(grads)
    for term_optimizer, term_grads in owned:
        term_optimizer.step(term_grads)
    return GStep(value, None)


def with_terms(terms, value, d_images, D, fake, z, real):
    """value and d_images with those of the terms added, and the (optimizer, gradients) of the terms' own networks."""
    owned = []
    for term in terms:
        more, d_more, term_grads = term(D, fake, z, real)
        value, d_images = value + more, d_images + d_more
        owned += [(term.optimizer, term_grads)] if term_grads else []
    return value, d_images, owned


def others(D, loss, real):
    """What a paired loss wants to know in G's step beside the fake logits: those of the real images, as a 1-tuple."""
    if not getattr(loss, "paired", False):
        return ()
    if real is None:
        raise ValueError(f"{type(loss).__name__} compares fake with real images in G's step too; give g_step real=...")
    return (D.forward(real, training=True)[0],)


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
