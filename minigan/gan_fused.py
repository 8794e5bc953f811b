"""`d_gradients` of `minigan.gan`, faster: the same arguments, the same results.

Two things differ:

- if each of D's logits depends on one sample only (`per_sample`), or on a group of them, real and fake images go through
  D as one batch;
- R1 and R2 use the same images as the loss, so they reuse its passes through D (`minigan.penalties.joint`).

If a logit depends on the whole batch (a batch norm takes its mean over it), the two batches go one after the other, as
in the paper. `g_gradients` is that of `minigan.gan`.
"""

from collections.abc import Sequence

import numpy as np

from minigan.batch import Batch, joined
from minigan.gan import DStep, added, check_batches
from minigan.gan import g_gradients as g_gradients
from minigan.layers import Layer
from minigan.losses import Loss
from minigan.penalties.joint import sweep


def d_gradients(
    D: Layer, loss: Loss, real: Batch, fake: Batch, *, penalties: Sequence = (), rng: np.random.Generator | None = None
) -> tuple[DStep, dict]:
    """See `minigan.gan.d_gradients`."""
    check_batches(real.x, fake.x)
    (real_logits, fake_logits), caches = judge(D, real, fake)

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)

    in_one_pass = len(caches) == 1
    swept = sweep(D, (real.x, fake.x), (d_real, d_fake), caches, penalties) if in_one_pass else None
    if swept is None:
        penalty_value, grads, remaining = 0.0, judge_backward(D, d_real, d_fake, caches), penalties
    else:
        penalty_value, grads, remaining = swept
    value += penalty_value
    for penalty in remaining:
        penalty_value, penalty_grads = penalty(D, real, fake, rng)
        value, grads = value + penalty_value, added(grads, penalty_grads)
    return DStep(value, real_logits, fake_logits), grads


def judge(D: Layer, real: Batch, fake: Batch) -> tuple[tuple, tuple]:
    """D's logits of both batches, ((N, 1), (M, 1)), and the caches of its passes: one, or one for each batch."""
    if as_one(D, real):
        real_and_fake = joined(real, fake)
        logits, cache = D.apply(real_and_fake.x, training=True, given=real_and_fake.given)
        packs = len(real) // D.pack_size
        return (logits[:packs], logits[packs:]), (cache,)
    real_logits, real_cache = D.apply(real.x, training=True, given=real.given)
    fake_logits, fake_cache = D.apply(fake.x, training=True, given=fake.given)
    return (real_logits, fake_logits), (real_cache, fake_cache)


def as_one(D: Layer, real: Batch) -> bool:
    """Whether real and fake images may go through D as one batch: each logit depends on one sample, one pack or one
    group, and no pack and no group holds both kinds."""
    if D.per_sample:
        return len(real) % D.pack_size == 0
    groups = [layer.group_size for _, layer in D.leaves() if not layer.per_sample]
    return D.pack_size == 1 and bool(groups) and all(size and len(real) % size == 0 for size in groups)


def judge_backward(D: Layer, d_real: np.ndarray, d_fake: np.ndarray, caches: tuple) -> dict:
    """D's gradients: the loss is a sum of a real and a fake part, so the two gradients add."""
    if len(caches) == 1:
        (cache,) = caches
        return D.param_grads(np.concatenate([d_real, d_fake]), cache)
    real_cache, fake_cache = caches
    return added(D.param_grads(d_real, real_cache), D.param_grads(d_fake, fake_cache))
