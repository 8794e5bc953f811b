"""Losses: the number that each player minimises, and its gradient. One file for each.

The discriminator D ends in a logit s, a plain number for each image; in the log losses the probability that the image
is real is sigmoid(s). All losses take logits, and are finite for any: log(sigmoid(s)) would give log(0) from s = -104
on in float32.

Each loss is an object with two methods, both *minimised*, both means over the batch:

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    value, d_fake         = loss.generator(fake_logits)

where d_real is d value / d real_logits, with its shape and dtype, and so on. A mean loss has a mean gradient: the 1/N
is in them, and appears nowhere else. A loss whose class says `paired = True` compares each fake image with a real one,
and is called with both in G's step as well:

    value, d_fake         = loss.generator(fake_logits, real_logits)

With logits r of real and f of fake images (means are over each batch; D minimises the sum of real and fake):

    file                  D: real            D: fake            G                     D bounds
    minimax.py            softplus(-r)       softplus(f)        -softplus(f)          Jensen-Shannon
                          softplus(-r)       softplus(f)        softplus(-f)          (non-saturating)
    least_squares.py      (r - b)^2 / 2      (f - a)^2 / 2      (f - c)^2 / 2         Pearson chi^2
    wasserstein.py        -r                 f                  -f                    earth mover's, if 1-Lipschitz
    hinge.py              max(0, 1 - r)      max(0, 1 + f)      -f                    total variation
    relativistic.py       softplus(f - r) of each pair          softplus(r - f)       a divergence of its own
    auxiliary.py          one of these, and the cross entropy of the classes, for both players
"""

import inspect

from minigan.losses.auxiliary import AuxiliaryClassifier
from minigan.losses.base import Loss
from minigan.losses.checks import both_checked, checked, pairs_checked
from minigan.losses.cross_entropy import softmax_cross_entropy
from minigan.losses.hinge import Hinge
from minigan.losses.least_squares import LeastSquares
from minigan.losses.logistic import mean, sigmoid, softplus
from minigan.losses.minimax import Minimax, NonSaturating
from minigan.losses.relativistic import RelativisticPaired
from minigan.losses.wasserstein import Wasserstein

LOSSES = {
    "minimax": Minimax,
    "non-saturating": NonSaturating,
    "least-squares": LeastSquares,
    "wasserstein": Wasserstein,
    "hinge": Hinge,
    "relativistic": RelativisticPaired,
}


def takes_smooth(kind: type[Loss]) -> bool:
    """Whether a loss's class has a target for real images that can be smoothed: an argument `smooth`."""
    return "smooth" in inspect.signature(kind).parameters
