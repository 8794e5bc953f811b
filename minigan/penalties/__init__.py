"""Penalties: numbers that are added to D's loss, with their gradients with respect to D's parameters.

    value, grads = penalty(D, real, fake, rng)        # real, fake: `minigan.batch.Batch`; grads has keys of D.params

`PENALTIES` has those that need only a weight; `Supervised` needs labelled images too.
"""

from minigan.penalties.base import Penalty
from minigan.penalties.gradient import DRAGAN, R1, R2, WGANGP, check_discriminator
from minigan.penalties.supervised import Supervised, accuracy

PENALTIES = {"wgan-gp": WGANGP, "r1": R1, "r2": R2, "dragan": DRAGAN}
