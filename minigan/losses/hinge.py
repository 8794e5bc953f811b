"""The hinge loss: D as a support vector machine. Lim & Ye 2017 (Geometric GAN, arXiv:1705.02894), in the form
of Miyato et al. 2018 (spectral normalisation, arXiv:1802.05957), eqs. 16 and 17."""

import numpy as np

from minigan.losses.base import Loss
from minigan.losses.checks import both_checked, checked
from minigan.losses.logistic import mean


class Hinge(Loss):
    """D pushes real logits above 1 and fake ones below -1, and cares no more for those that are there:

        D minimises  E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]       minus eq. 16, since min(0, -t) = -max(0, t)
        G minimises  -E[D(G(z))]                                         eq. 17.

    max(0, t) has slope 1 for t > 0 and 0 for t < 0; at its kink 0 is as good as 1, and taken. So

        discriminator   d_real = -[real < 1] / N      d_fake = [fake > -1] / M
        generator                                     d_fake = -1 / M.

    Only the samples within the margin move D: they are the support vectors. G has no hinge: its gradient does not
    vanish where D is sure.

    Fixed point. The densities are p (data) and q (G's images). p max(0, 1 - s) + q max(0, 1 + s) is linear between -1
    and 1, so D's best answer is s* = 1 where p > q and -1 where p < q. With it D's loss is the integral of
    2 min(p, q) = 2 - 2 TV(p, q): a better D is a tighter bound of the total variation. At q = p the loss is 2, as with
    all logits 0.
    """

    def discriminator(self, real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """(N, 1) and (M, 1) logits -> value, d value / d real_logits, d value / d fake_logits."""
        real, fake = both_checked(real_logits, fake_logits)
        value = mean(np.maximum(0, 1 - real)) + mean(np.maximum(0, 1 + fake))
        d_real = np.where(real < 1, -1 / real.size, 0)
        d_fake = np.where(fake > -1, 1 / fake.size, 0)
        return float(value), d_real.astype(real.dtype), d_fake.astype(fake.dtype)

    def generator(self, fake_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """(N, 1) logits -> value, d value / d fake_logits."""
        fake = checked("fake_logits", fake_logits)
        return -float(mean(fake)), np.full_like(fake, -1 / fake.size)
