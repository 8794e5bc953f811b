"""The loss of a classifier with K classes."""

import numpy as np


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
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
