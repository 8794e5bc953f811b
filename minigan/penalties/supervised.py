"""Supervised: a discriminator with K + 1 classes also learns the labels of the few images that have one.

Salimans et al. 2016, arXiv:1606.03498, section 5. D is a classifier of K real classes and "generated", whose score is
fixed at 0 (see `LogSumExp`). The log-likelihood of a labelled image is that of "real" and of its class, given that it
is real, so D's loss is a sum of two:

    L_unsupervised = - E[log D(x)] - E[log (1 - D(G(z)))],      D(x) = Z / (Z + 1), Z = sum_k exp(l_k)
    L_supervised   = - E[log p(label | x, real)],               p(k | x, real) = exp(l_k) / Z

The first is the ordinary game on the logit log Z, from images that need no labels. The second, which is what is here,
is softmax cross entropy on the scores l before that.
"""

import numpy as np

from minigan.batch import Batch, as_batch
from minigan.checks import at_least_0, whole
from minigan.layers import Layer, LogSumExp
from minigan.losses import softmax_cross_entropy
from minigan.penalties.base import Penalty


class Supervised(Penalty):
    """weight * mean over a labelled batch of -log softmax(l)[label], with l (N, K) the class scores of D.

    images (M, ...), with the shape and dtype of the real images; labels (M,) whole numbers from 0 to K - 1.
    batch_size: how many are drawn for each step, none twice; at most M.
    Raises ValueError for anything else, and when called: for a D that does not end in `LogSumExp`, one with fewer
    classes than the labels name, one that packs several images into one (whose label would it be?), or without rng.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int, weight: float = 1.0) -> None:
        self.images, self.labels = np.asarray(images), checked_labels(images, labels)
        self.batch_size, self.weight = whole("batch_size", batch_size), at_least_0("the weight of Supervised", weight)
        if self.batch_size > len(self.images):
            raise ValueError(f"batch_size must be at most the number of labelled images, {len(self.images)}, got "
                             f"{batch_size}")  # fmt: skip

    def __call__(
        self, D: Layer, real: Batch, fake: Batch, rng: np.random.Generator | None = None
    ) -> tuple[float, dict]:
        """-> value, and its gradient with respect to D's parameters. See `minigan.gan`."""
        if rng is None:
            raise ValueError("Supervised draws labelled images; give d_step rng=np.random.default_rng(seed)")
        real = as_batch(real)
        if self.images.shape[1:] != real.x.shape[1:] or self.images.dtype != real.x.dtype:
            raise ValueError(
                f"the labelled images are {self.images.shape[1:]} of {self.images.dtype}, the real ones "
                f"{real.x.shape[1:]} of {real.x.dtype}; prepare both alike"
            )
        chosen = rng.choice(len(self.images), self.batch_size, replace=False)
        network = classifier(D)
        scores, cache = network.apply(self.images[chosen], training=True)  # (N, K)
        check_scores(scores, self.batch_size, self.labels)
        value, d_scores, _ = softmax_cross_entropy(scores, self.labels[chosen])
        return self.weight * value, network.param_grads(self.weight * d_scores, cache)


def classifier(D: Layer) -> Layer:
    """The layers of D up to its class scores, those before its LogSumExp. ValueError for another D."""
    ends = [name for name, layer in D.leaves() if isinstance(layer, LogSumExp)]
    below, head = D.split(ends[-1]) if ends and ends[-1] else (None, None)
    if head is None or len(list(head.leaves())) > 1:
        raise ValueError(
            "a semi-supervised discriminator ends in its class scores and LogSumExp: Sequential(..., "
            f'("classes", Dense(n, K)), ("logit", LogSumExp())); got {", ".join(key for key, _ in D.leaves()) or D!r}'
        )
    return below


def accuracy(D: Layer, images: np.ndarray, labels: np.ndarray, batch_size: int = 500) -> float:
    """The share of `images` whose largest class score is that of their label. D as it is in evaluation."""
    labels = checked_labels(images, labels)
    network, right = classifier(D), 0
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        scores, _ = network.apply(batch, training=False)
        check_scores(scores, len(batch), labels)
        right += int(np.sum(scores.argmax(axis=1) == labels[start : start + batch_size]))
    return right / len(images)


def checked_labels(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The labels as an array; ValueError unless there is one for each image, a whole number from 0 on."""
    labels = np.asarray(labels)
    if labels.shape != np.shape(images)[:1] or not labels.size or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise ValueError(
            f"expected a label for each of the {len(images)} images, whole numbers from 0 on, got an array of "
            f"{labels.dtype} and shape {labels.shape}" + (f", least {labels.min()}" if labels.size else "")
        )
    return labels


def check_scores(scores: np.ndarray, N: int, labels: np.ndarray) -> None:
    """Raise ValueError unless there is a row of scores for each of N images, with a score for each label."""
    if scores.ndim != 2 or len(scores) != N:
        raise ValueError(
            f"expected D's class scores as ({N}, K), one row for each image, got {scores.shape}; a discriminator that "
            "packs several images into one cannot say the class of each"
        )
    if labels.max() >= scores.shape[1]:
        raise ValueError(f"D knows {scores.shape[1]} classes, and there is a label {labels.max()}; make the layer "
                         f"before LogSumExp give {labels.max() + 1} scores")  # fmt: skip
