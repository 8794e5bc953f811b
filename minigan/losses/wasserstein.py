"""The Wasserstein distance, through its dual. Arjovsky et al. 2017, arXiv:1701.07875."""

import numpy as np

from minigan.checks import at_least_0
from minigan.losses.base import Loss
from minigan.losses.checks import both_checked, checked
from minigan.losses.logistic import mean


class Wasserstein(Loss):
    """How far must the fake images be moved to become the real ones? By eq. 2 (Kantorovich-Rubinstein)

        W(p, q) = max over all D with Lipschitz constant 1 of  E[D(x)] - E[D(G(z))],

    which D (a *critic*: its logit is no probability) maximises and G minimises (eq. 3, Theorem 3, Algorithm 1):

        D's loss   mean fake - mean real      d_real = -1 / N      d_fake = 1 / M
        G's loss   -mean fake                                      d_fake = -1 / M.

    What it bounds: if D is K-Lipschitz, -D's loss is at most K times W; it is the number to watch, since it falls as
    the images get better (Figure 3). G's gradient does not vanish however sure D is: that is what W has before
    Jensen-Shannon, which is log 2 for any two densities that do not overlap (Example 1).

    The loss alone has no fixed point for D: twice the weights are twice the value. So D must be held 1-Lipschitz by
    clipping (the paper's 0.01), by a gradient penalty, or by spectral normalisation.

    drift: the loss sees differences only, so all logits may move away together. Karras et al. 2018 (arXiv:1710.10196,
    appendix A.1) add drift * mean real^2 to D's loss, with drift 0.001; d_real then also has 2 drift real / N.
    Raises ValueError for a drift below 0.
    """

    def __init__(self, drift: float = 0.0) -> None:
        self.drift = at_least_0("drift, the weight of the squared logits,", drift)

    def discriminator(self, real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """(N, 1) and (M, 1) logits -> value, d value / d real_logits, d value / d fake_logits."""
        real, fake = both_checked(real_logits, fake_logits)
        value, d_real = mean(fake) - mean(real), np.full_like(real, -1 / real.size)
        if self.drift:
            value = value + self.drift * mean(real * real)
            d_real += real.dtype.type(2 * self.drift / real.size) * real
        return float(value), d_real, np.full_like(fake, 1 / fake.size)

    def generator(self, fake_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """(N, 1) logits -> value, d value / d fake_logits."""
        fake = checked("fake_logits", fake_logits)
        return -float(mean(fake)), np.full_like(fake, -1 / fake.size)
