"""The game of `minigan.gan`, faster: the same functions, with the same signatures and results.

Three things are done differently, and none changes the game:

- if D looks at each sample for itself, real and fake images go through D as one batch;
- R1 and R2 look where the loss has looked already, so they share its passes through D (`minigan.penalties.joint`);
- where nobody asks for a gradient, it is not computed (that holds for `minigan.gan`, too).

If D looks at the whole batch (a batch norm takes its mean over it), the two batches go one after the other, as in the
paper.
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

    swept = sweep(D, (real.x, fake.x), (d_real, d_fake), caches, penalties) if len(caches) == 1 else None
    more, grads, apart = swept or (0.0, judge_backward(D, d_real, d_fake, caches), penalties)
    value += more
    for penalty in apart:
        more, penalty_grads = penalty(D, real, fake, rng)
        value, grads = value + more, added(grads, penalty_grads)
    return DStep(value, real_logits, fake_logits), grads


def judge(D: Layer, real: Batch, fake: Batch) -> tuple[tuple, tuple]:
    """D's logits of both batches, ((N, 1), (M, 1)), and the caches of its passes: one, or one for each batch."""
    if as_one(D, real):
        both = joined(real, fake)
        logits, cache = D.apply(both.x, training=True, given=both.given)
        packs = len(real) // D.pack_size
        return (logits[:packs], logits[packs:]), (cache,)
    real_logits, real_cache = D.apply(real.x, training=True, given=real.given)
    fake_logits, fake_cache = D.apply(fake.x, training=True, given=fake.given)
    return (real_logits, fake_logits), (real_cache, fake_cache)


def as_one(D: Layer, real: Batch) -> bool:
    """Whether real and fake images may go through D as one batch: if no sample sees another, and no pack holds both."""
    return D.per_sample and len(real) % D.pack_size == 0


def judge_backward(D: Layer, d_real: np.ndarray, d_fake: np.ndarray, caches: tuple) -> dict:
    """D's gradients: the loss is a sum of a real and a fake part, so the two gradients add."""
    if len(caches) == 1:
        return D.param_grads(np.concatenate([d_real, d_fake]), *caches)
    return added(D.param_grads(d_real, caches[0]), D.param_grads(d_fake, caches[1]))
