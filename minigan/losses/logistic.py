"""The logistic function of a logit, and its logarithm, so that they hold for any logit.

    softplus(s) = log(1 + exp(s))        d softplus(s) / ds = sigmoid(s)
    sigmoid(s)  = 1 / (1 + exp(-s))      sigmoid(-s) = 1 - sigmoid(s)

With them the two log-probabilities of a discriminator are

    log D       = log sigmoid(s)         = -softplus(-s)       d/ds =  sigmoid(-s)
    log (1 - D) = log (1 - sigmoid(s))   = -softplus(s)        d/ds = -sigmoid(s)
"""

import numpy as np


def softplus(s: np.ndarray) -> np.ndarray:
    """log(1 + exp(s)) = max(s, 0) + log(1 + exp(-|s|)), which never overflows."""
    return np.maximum(s, 0) + np.log1p(np.exp(-np.abs(s)))


def sigmoid(s: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-s)). With e = exp(-|s|), which never overflows, it is 1 / (1 + e) or e / (1 + e): both keep all
    their digits, where 1 - 1 / (1 + e) would lose them."""
    e = np.exp(-np.abs(s))
    return np.where(s >= 0, 1, e) / (1 + e)
