"""Least squares: D's logit is a regression to a code. Mao et al. 2017, arXiv:1611.04076.

A fake that lies far on the right side of the boundary costs nothing in the log losses; here it is pulled back to its
code, so its gradient does not vanish.
"""

import numpy as np

from minigan.checks import number
from minigan.losses.base import Loss
from minigan.losses.checks import both_checked, checked
from minigan.losses.logistic import mean


class LeastSquares(Loss):
    """Eq. 2 of the paper, on raw logits, with the codes a for fake images, b for real ones, and c, which G wants D to
    say of its images:

        D minimises  1/2 E[(D(x) - b)^2] + 1/2 E[(D(G(z)) - a)^2]
        G minimises  1/2 E[(D(G(z)) - c)^2].

    The derivative of a square's half is its root, so with N real and M fake logits

        discriminator   d_real = (real - b) / N      d_fake = (fake - a) / M
        generator                                    d_fake = (fake - c) / M.

    Fixed point. The densities are p (data) and q (G's images). Each s minimises p (s - b)^2 + q (s - a)^2, so D's best
    answer is the codes' weighted mean, s* = (b p + a q) / (p + q). Up to a term that does not depend on G, G's loss is
    then 1/2 integral of ((b - c)(p + q) - (b - a) q)^2 / (p + q):

        b - c = 1, b - a = 2, as a = -1, b = 1, c = 0:  half the Pearson chi^2 of p + q and 2 q, 0 only at q = p;
        b = c = 1, a = 0, the paper's 0-1 codes:        1/2 integral of q^2 / (p + q), by Cauchy-Schwarz at least 1/4,
                                                        and 1/4 only at q = p.

    One-sided label smoothing (see `Minimax`) is a smaller b: LeastSquares(b=0.9).
    Raises ValueError unless the codes are finite, a is below b, and c above a: else G would be content where D is.
    """

    def __init__(self, a: float = 0.0, b: float = 1.0, c: float = 1.0) -> None:
        self.a, self.b, self.c = (number(name, code) for name, code in (("a", a), ("b", b), ("c", c)))
        if not (self.a < self.b and self.a < self.c):
            raise ValueError(
                f"the code of fakes, a, must be below that of real images, b, and below G's target, c; got a={a}, "
                f"b={b}, c={c}; the paper's pairs are a=0, b=1, c=1 and a=-1, b=1, c=0"
            )

    def discriminator(self, real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """(N, 1) and (M, 1) logits -> value, d value / d real_logits, d value / d fake_logits."""
        real, fake = both_checked(real_logits, fake_logits)
        real, fake = real - self.b, fake - self.a
        return float(mean(real**2) + mean(fake**2)) / 2, real / real.size, fake / fake.size

    def generator(self, fake_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """(N, 1) logits -> value, d value / d fake_logits."""
        fake = checked("fake_logits", fake_logits) - self.c
        return float(mean(fake**2)) / 2, fake / fake.size
