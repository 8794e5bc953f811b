"""Exercise 07: the minimax game, its best discriminator, both players' losses, and one step of it.

Fill in the functions, in this order, and have them marked as often as you like:

    minigan exercise check ex07 work        (work: the folder that this file is in)

All logits s are plain numbers, and D = sigmoid(s). `sigmoid` and `softplus` are given, and hold for any s:

    log D = -softplus(-s)        log(1 - D) = -softplus(s)        softplus'(s) = sigmoid(s)

See tutorial 07.
"""

import numpy as np  # noqa: F401  (you will need it)

from minigan.losses import sigmoid, softplus  # noqa: F401  (you will need them)


def best_discriminator(p, q):
    """The D that makes V largest: p, q (N,), the densities of data and fakes at some points -> D (N,)."""
    raise NotImplementedError("the best discriminator")


def discriminator_loss(real_logits, fake_logits):
    """What D minimises: minus V, where V = mean of log D over the real + mean of log(1 - D) over the fake logits.

    real_logits (N,), fake_logits (M,) -> value, d_real (N,), d_fake (M,): the derivatives of the value by each logit.
    """
    raise NotImplementedError("the discriminator's loss")


def saturating_loss(fake_logits):
    """What G minimises in the minimax game: its part of V, mean log(1 - D). fake_logits (M,) -> value, d_fake (M,)."""
    raise NotImplementedError("the saturating loss")


def generator_loss(fake_logits):
    """What G minimises instead, a loss that does not saturate: fake_logits (M,) -> value, d_fake (M,)."""
    raise NotImplementedError("the non-saturating loss")


def alternating_step(theta, w, real, z, lr):
    """One step of the game on the line: first D moves, then G, each by lr times its gradient.

    G(z) = z + theta, and D's logit of x is s = w x. real (N,), z (M,): numbers from the data, and noise; G uses this
    same z in both steps. D minimises discriminator_loss, G generator_loss, against the D that has just moved.
    -> new theta, new w.
    """
    raise NotImplementedError("one alternating step")
