"""Losses: what the two players want, as a number and its gradient.

The discriminator D ends in a logit s, a plain number for each image; the probability that the image is real is
sigmoid(s). Its two log-probabilities, through softplus(s) = log(1 + exp(s)), are

    log D     = log sigmoid(s)       = -softplus(-s)       d/ds = 1 - sigmoid(s)
    log (1-D) = log (1 - sigmoid(s)) = -softplus(s)        d/ds = -sigmoid(s)

which stay finite for any s, where log(sigmoid(s)) gives log(0) from s = -104 on in float32.

Each loss is an object with two methods, both *minimised*, both means over the batch:

    value, d_real, d_fake = loss.discriminator(real_logits, fake_logits)
    value, d_fake         = loss.generator(fake_logits)

where d_real is d value / d real_logits, with its shape, and so on. A mean loss has a mean gradient: the 1/N is in
them, and appears nowhere else.
"""

import numpy as np


def softplus(s):
    """log(1 + exp(s)) = max(s, 0) + log(1 + exp(-|s|)), which never overflows."""
    return np.maximum(s, 0) + np.log1p(np.exp(-np.abs(s)))


def sigmoid(s):
    """1 / (1 + exp(-s)). With e = exp(-|s|), which never overflows, it is 1 / (1 + e) or e / (1 + e): both keep all
    their digits, where 1 - 1 / (1 + e) would lose them."""
    e = np.exp(-np.abs(s))
    return np.where(s >= 0, 1, e) / (1 + e)


class Minimax:
    """The game of Goodfellow et al. 2014 (arXiv:1406.2661), eq. 1:

        min over G, max over D of  E[log D(x)] + E[log(1 - D(G(z)))].

    D maximises it, so its loss is minus it:      mean softplus(-real) + mean softplus(fake).
    G minimises it; only the second term is G's:  -mean softplus(fake), the *saturating* loss: where D is sure that
    a fake is fake (s very negative) its slope -sigmoid(s) is nearly 0, and G learns nothing.

    smooth: the target for real images, 1 in the paper. Salimans et al. 2016 (arXiv:1606.03498, section 3.4) take 0.9,
    on the real side only, so that D is not rewarded for being extremely sure:
        -smooth * log D - (1 - smooth) * log (1 - D) = softplus(s) - smooth * s.
    Raises ValueError unless 0.5 < smooth <= 1.
    """

    def __init__(self, smooth=1.0):
        if not 0.5 < smooth <= 1:
            raise ValueError(f"smooth is the target for real images; expected 0.5 < smooth <= 1, got {smooth}")
        self.smooth = smooth

    def discriminator(self, real_logits, fake_logits):
        """(N, 1) and (M, 1) logits -> value, d value / d real_logits, d value / d fake_logits."""
        real, fake = checked("real_logits", real_logits), checked("fake_logits", fake_logits)
        # softplus(s) - smooth * s = softplus(-s) + (1 - smooth) * s: for smooth = 1 nothing large is subtracted.
        value = np.mean(softplus(-real) + (1 - self.smooth) * real) + np.mean(softplus(fake))
        # sigmoid(s) - smooth, likewise: for s large and smooth = 1 the difference would lose its digits.
        d_real = ((1 - self.smooth) - sigmoid(-real)) / real.size
        d_fake = sigmoid(fake) / fake.size
        return float(value), d_real.astype(real.dtype), d_fake.astype(fake.dtype)

    def generator(self, fake_logits):
        """(N, 1) logits -> value, d value / d fake_logits."""
        fake = checked("fake_logits", fake_logits)
        value = -np.mean(softplus(fake))
        return float(value), (-sigmoid(fake) / fake.size).astype(fake.dtype)


class NonSaturating(Minimax):
    """The discriminator of `Minimax` against a generator that maximises E[log D(G(z))] instead.

    G's loss is mean softplus(-fake), its slope sigmoid(fake) - 1: strongest just where D is sure that the fake is
    fake. Same fixed point, other dynamics (Goodfellow et al. 2014, section 3, last paragraph).
    """

    def generator(self, fake_logits):
        """(N, 1) logits -> value, d value / d fake_logits."""
        fake = checked("fake_logits", fake_logits)
        value = np.mean(softplus(-fake))
        return float(value), (-sigmoid(-fake) / fake.size).astype(fake.dtype)


def softmax_cross_entropy(logits, labels):
    """Mean over the batch of -log softmax(logits)[label], for a classifier.

    logits (N, K), labels (N,) whole numbers in 0..K-1 -> value, d value / d logits = (softmax - onehot) / N, and the
    probabilities softmax(logits) (N, K). The largest logit is taken out first, so nothing overflows.
    Raises ValueError for other shapes or labels out of range.
    """
    labels = np.asarray(labels)
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(f"expected logits (N, K) and N whole-number labels, got {logits.shape} and "
                         f"{labels.shape} of {labels.dtype}")  # fmt: skip
    N, K = logits.shape
    if N == 0 or labels.min() < 0 or labels.max() >= K:
        raise ValueError(f"labels must be in 0..{K - 1}, and at least one")
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    probs = np.exp(log_probs)
    d_logits = probs.copy()
    d_logits[np.arange(N), labels] -= 1
    return float(-log_probs[np.arange(N), labels].mean()), d_logits / N, probs


LOSSES = {"minimax": Minimax, "non-saturating": NonSaturating}


def checked(name, logits):
    """The logits as they are, or ValueError: floats, one for each sample, as (N,) or (N, 1), at least one."""
    logits = np.asarray(logits)
    if logits.dtype not in (np.float32, np.float64):
        raise ValueError(f"{name} expected float32 or float64, got {logits.dtype}; write logits.astype(np.float32)")
    if logits.size == 0 or logits.ndim not in (1, 2) or logits.shape[1:] not in ((), (1,)):
        raise ValueError(
            f"{name} expected one logit for each sample, shape (N, 1) or (N,), got {logits.shape}; "
            "does the discriminator end in Dense(..., 1)?"
        )
    return logits
