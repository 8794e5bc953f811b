"""The relativistic paired loss. Jolicoeur-Martineau 2018, arXiv:1807.00734, section 4.1 (RSGAN)."""

import numpy as np

from minigan.losses.base import Loss
from minigan.losses.checks import pairs_checked
from minigan.losses.logistic import mean, sigmoid, softplus


class RelativisticPaired(Loss):
    """D does not say whether an image is real, but which of two is: sigmoid(real - fake) is the probability that the
    real image is more realistic than the fake one beside it. Both players look at both images (section 4.1):

        D minimises  -E[log sigmoid(D(x) - D(G(z)))] = E[softplus(fake - real)]
        G minimises  -E[log sigmoid(D(G(z)) - D(x))] = E[softplus(real - fake)].

    With softplus' = sigmoid and N pairs, t = fake - real:

        discriminator   d_real = -sigmoid(t) / N      d_fake = sigmoid(t) / N
        generator                                     d_fake = -sigmoid(-t) / N

    (G's loss has a gradient with respect to the real logits, too; but these do not depend on G.)

    Fixed point. A constant D has the loss log 2, so the best D has at most that; and less wherever p (data) and q (G's
    images) differ: log 2 minus D's loss bounds a divergence from below (Jolicoeur-Martineau 2020, arXiv:1901.02474),
    and the game rests at q = p. As only differences count, D's logits may drift together without any change of value.

    The modern baseline (Huang et al. 2024, arXiv:2501.05441, section 2) builds on this loss: a fake image is judged
    against a real one, so G cannot win by gathering all its images on one side of a single boundary, and modes are
    dropped less (Sun et al. 2020, arXiv:2011.04926). As there, G's is the non-saturating form.
    """

    paired = True  # generator(fake_logits, real_logits)

    def discriminator(self, real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """(N, 1) and (N, 1) logits -> value, d value / d real_logits, d value / d fake_logits."""
        real, fake = pairs_checked(real_logits, fake_logits)
        t = fake - real
        d_fake = (sigmoid(t) / t.size).astype(fake.dtype)
        return float(mean(softplus(t))), -d_fake.astype(real.dtype), d_fake

    def generator(self, fake_logits: np.ndarray, real_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """(N, 1) and (N, 1) logits -> value, d value / d fake_logits."""
        real, fake = pairs_checked(real_logits, fake_logits)
        t = fake - real
        return float(mean(softplus(-t))), (-sigmoid(-t) / t.size).astype(fake.dtype)
