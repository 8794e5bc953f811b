"""A penalty with an option of its own: D's logits shall not drift away together.

    minigan train --plugin drift.py --loss relativistic --penalty drift:0.01 --drift-centre 0.5

A relativistic loss sees differences of logits alone, so nothing holds their mean. Karras et al. 2018 (arXiv:1710.10196,
appendix A.1) add 0.001 E[D(x)^2] for real images x; here the centre is an option:

    P = weight * mean over real images of (D(x) - centre)^2,        dP/ds[n] = 2 weight (s[n] - centre) / N
"""

from minigan import register
from minigan.penalties import Penalty

register.option(register.Option("drift_centre", "where the penalty drift holds D's logits", float, default=0.0))


@register.penalty("drift")
class Drift(Penalty):
    """weight * mean (D(x) - drift_centre)^2 over the real images."""

    def __init__(self, weight=0.001, drift_centre=0.0):
        self.weight, self.centre = weight, drift_centre

    def __call__(self, D, real, fake, rng=None):
        logits, cache = D.apply(real.x, training=True, given=real.given)
        off = logits - logits.dtype.type(self.centre)
        grads = D.param_grads(off * logits.dtype.type(2 * self.weight / len(off)), cache)
        return float(self.weight * (off**2).mean()), grads
