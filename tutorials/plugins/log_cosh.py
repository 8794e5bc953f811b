"""A loss: least squares near its target, and straight lines far from it, so that no sample pulls with all its distance.

    minigan train --plugin log_cosh.py --loss log-cosh

With t = s - target, log cosh t is t^2 / 2 for small t and |t| - log 2 for large t; its slope is tanh t.
"""

import numpy as np

from minigan import register
from minigan.losses import Loss, both_checked, checked


def log_cosh(t):
    """log((e^t + e^-t) / 2) = |t| + log(1 + e^(-2|t|)) - log 2, which never overflows."""
    return np.abs(t) + np.log1p(np.exp(-2 * np.abs(t))) - np.log(2.0).astype(t.dtype)


@register.loss("log-cosh")
class LogCosh(Loss):
    """D: mean log cosh(real - 1) + mean log cosh(fake + 1). G: mean log cosh(fake - 1)."""

    def discriminator(self, real_logits, fake_logits):
        real, fake = both_checked(real_logits, fake_logits)
        value = log_cosh(real - 1).mean() + log_cosh(fake + 1).mean()
        return float(value), np.tanh(real - 1) / real.size, np.tanh(fake + 1) / fake.size

    def generator(self, fake_logits):
        fake = checked("fake_logits", fake_logits)
        return float(log_cosh(fake - 1).mean()), np.tanh(fake - 1) / fake.size
