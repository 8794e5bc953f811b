"""The two losses of the first GAN paper: Goodfellow et al. 2014, arXiv:1406.2661.

For fixed densities p (of the data) and q (of G's images) D's best answer is D* = p / (p + q), that is, the logit
s* = log p - log q; and with it the value of eq. 1 is -log 4 + 2 JSD(p, q) (Proposition 1 and Theorem 1). So a better D
is a tighter lower bound of the Jensen-Shannon divergence, and the game rests at q = p with all logits 0.
"""

import numpy as np

from minigan.losses.base import Loss
from minigan.losses.checks import both_checked, checked
from minigan.losses.logistic import mean, sigmoid, softplus


class Minimax(Loss):
    """The game of eq. 1:

        min over G, max over D of  E[log D(x)] + E[log(1 - D(G(z)))].

    D maximises it, so its loss is minus it:      mean softplus(-real) + mean softplus(fake).
    G minimises it; only the second term is G's:  -mean softplus(fake), the *saturating* loss: where D is sure that
    a fake is fake (s very negative) its slope -sigmoid(s) is nearly 0, and G learns nothing.

    The gradients, with softplus' = sigmoid, N real and M fake logits:

        discriminator   d_real = -sigmoid(-real) / N      d_fake = sigmoid(fake) / M
        generator                                         d_fake = -sigmoid(fake) / M

    smooth: the target for real images, 1 in the paper. Salimans et al. 2016 (arXiv:1606.03498, section 3.4) take 0.9,
    on the real side only, so that D is not rewarded for being extremely sure:
        -smooth * log D - (1 - smooth) * log (1 - D) = softplus(s) - smooth * s,      slope sigmoid(s) - smooth.
    Raises ValueError unless 0.5 < smooth <= 1.
    """

    def __init__(self, smooth: float = 1.0) -> None:
        if not 0.5 < smooth <= 1:
            raise ValueError(f"smooth is the target for real images; expected 0.5 < smooth <= 1, got {smooth}")
        self.smooth = smooth

    def discriminator(self, real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """(N, 1) and (M, 1) logits -> value, d value / d real_logits, d value / d fake_logits."""
        real, fake = both_checked(real_logits, fake_logits)
        # softplus(s) - smooth * s = softplus(-s) + (1 - smooth) * s: for smooth = 1 nothing large is subtracted.
        value = mean(softplus(-real) + (1 - self.smooth) * real) + mean(softplus(fake))
        # sigmoid(s) - smooth, likewise: for s large and smooth = 1 the difference would lose its digits.
        d_real = ((1 - self.smooth) - sigmoid(-real)) / real.size
        d_fake = sigmoid(fake) / fake.size
        return float(value), d_real.astype(real.dtype), d_fake.astype(fake.dtype)

    def generator(self, fake_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """(N, 1) logits -> value, d value / d fake_logits."""
        fake = checked("fake_logits", fake_logits)
        value = -mean(softplus(fake))
        return float(value), (-sigmoid(fake) / fake.size).astype(fake.dtype)


class NonSaturating(Minimax):
    """The discriminator of `Minimax` against a generator that maximises E[log D(G(z))] instead.

    G's loss is mean softplus(-fake), its slope sigmoid(fake) - 1 = -sigmoid(-fake): strongest just where D is sure that
    the fake is fake. Same fixed point, other dynamics (section 3, last paragraph).
    """

    def generator(self, fake_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """(N, 1) logits -> value, d value / d fake_logits."""
        fake = checked("fake_logits", fake_logits)
        value = mean(softplus(-fake))
        return float(value), (-sigmoid(-fake) / fake.size).astype(fake.dtype)
