"""Odd one out: a picture that G cannot draw is of a kind that G has not seen.

AnoGAN (Schlegl et al. 2017, arXiv:1703.05921) scores a picture x by how far it is from its G(z), z by a search:

    A(x) = (1 - share) * R(x) + share * F(x)          equation 6; share = 0.1
    R(x) = sum of |x - G(z)|                          equation 3, the residual
    F(x) = sum of |f(x) - f(G(z))|                    equation 5; f: features of D, the input of its last layer

A score is good if odd pictures have larger ones than the others. For each threshold there is a share of odd pictures
above it (found: the true positive rate) and a share of the others (false alarms: the false positive rate). All of them
make the ROC curve, and the area below it is the probability that an odd picture has a larger score than another one,
where equals count half (Hanley & McNeil 1982): 0.5 is chance, 1 is no mistake.
"""

import numpy as np

from minigan.layers import Layer
from minigan.terms.features import features_layer

SHARE = 0.1
BLOCK = 512


def residual(x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """R: the sum of |x - G(z)| of each picture (N, H, W, C) -> (N,)."""
    return np.abs(x - g).reshape(len(x), -1).sum(axis=1)


def feature_discrepancy(D: Layer, x: np.ndarray, g: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """F: the sum of |f(x) - f(G(z))| of each picture -> (N,). Raises ValueError for a D without features."""
    below, _ = D.split(features_layer(D))
    return residual(features(below, x, labels), features(below, g, labels))


def features(below: Layer, x: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
    """The features of pictures, in evaluation mode -> (N, F)."""
    parts = []
    for some in (slice(i, i + BLOCK) for i in range(0, len(x), BLOCK)):
        given = None if labels is None else {"labels": labels[some]}
        f, _ = below.apply(x[some], training=False, given=given)
        parts.append(f.reshape(len(f), -1))
    return np.concatenate(parts)


def anogan(residuals: np.ndarray, discrepancies: np.ndarray, share: float = SHARE) -> np.ndarray:
    """A(x) of the docstring, (N,)."""
    return (1 - share) * residuals + share * discrepancies


def roc(scores: np.ndarray, odd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ROC curve of scores (N,), odd: bool (N,) -> false alarms, found: both from 0 to 1, a point for each different
    score and one for "none". Raises ValueError unless there are odd ones and others, and all scores are numbers."""
    scores, odd = np.asarray(scores, np.float64), np.asarray(odd, bool)
    if scores.shape != odd.shape or scores.ndim != 1 or odd.all() or not odd.any() or not np.isfinite(scores).all():
        raise ValueError(f"a ROC curve needs finite scores (N,) of odd samples and of others, got {scores.shape} and "
                         f"{odd.shape}, {np.count_nonzero(odd):,} odd")  # fmt: skip
    order = np.argsort(-scores, kind="stable")
    scores, odd = scores[order], odd[order]
    last = np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1)  # the last of each group of equal scores
    found, alarms = np.cumsum(odd)[last], np.cumsum(~odd)[last]
    return np.append(0, alarms) / alarms[-1], np.append(0, found) / found[-1]


def auc(scores: np.ndarray, odd: np.ndarray) -> float:
    """The area under the ROC curve, by trapezoids; as `roc`."""
    alarms, found = roc(scores, odd)
    return float(np.sum(np.diff(alarms) * (found[1:] + found[:-1]) / 2))
