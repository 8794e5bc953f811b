"""A small convolutional classifier, made of the library's own layers, and what it says of generated images.

The losses of a GAN do not tell whether its digits can be read, or whether all ten are drawn. A network that knows
the real digits does: the histogram of its answers shows missing classes, its confidence shows unreadable ones.
"""

from typing import NamedTuple

import numpy as np

from minigan.data import augment
from minigan.layers import BatchNorm, Conv2D, Dense, Flatten, LeakyReLU, Sequential
from minigan.losses import softmax_cross_entropy
from minigan.optim import Adam


class Verdict(NamedTuple):
    """What the classifier says of a set of images: the share of each class, and its mean confidence in its answers."""

    shares: np.ndarray  # (classes,), sums to 1
    confidence: float  # mean over the images of the largest class probability


def classifier(image_size, channels=1, classes=10, rng=None):
    """Images (N, S, S, channels) in [-1, 1] -> logits (N, classes)."""
    options = {"init": "he", "rng": rng}
    small = -(-image_size // 4)
    return Sequential(
        Conv2D(channels, 16, 5, bias=False, **options), BatchNorm(16), LeakyReLU(0.1),  # (S, S, 16)
        Conv2D(16, 32, 3, stride=2, bias=False, **options), BatchNorm(32), LeakyReLU(0.1),  # (S/2, S/2, 32)
        Conv2D(32, 64, 3, stride=2, bias=False, **options), BatchNorm(64), LeakyReLU(0.1),  # (S/4, S/4, 64)
        Flatten(), Dense(small * small * 64, classes, **options),
    )  # fmt: skip


def train_classifier(images, labels, *, rng, epochs=40, batch_size=64, lr=2e-3):
    """Train a classifier on images (N, S, S, C) in [-1, 1] with labels (N,) -> the network.

    Each batch is slightly shifted and turned, anew every time. The learning rate falls in a straight line to
    a twentieth. Raises ValueError if there are fewer images than a batch.
    """
    if not len(labels) == len(images) >= batch_size:
        raise ValueError(
            f"expected at least {batch_size} images and as many labels, got {len(images)} and {len(labels)}"
        )
    net = classifier(images.shape[1], images.shape[3], int(labels.max()) + 1, rng)
    optimizer = Adam(net.params, lr=lr)
    steps = epochs * (len(images) // batch_size)
    for t in range(steps):
        chosen = rng.choice(len(images), batch_size, replace=False)
        x = augment(images[chosen], rng, shift=1, rotate=10.0)
        logits, cache = net.forward(x)
        _, d_logits, _ = softmax_cross_entropy(logits, labels[chosen])
        _, grads = net.backward(d_logits, cache, input_grad=False)
        optimizer.lr = lr * (1 - 0.95 * t / steps)
        optimizer.step(grads)
    return net


def predict(net, images, batch=256):
    """Class probabilities (N, classes) of images (N, S, S, C) in [-1, 1]."""
    parts = []
    for i in range(0, len(images), batch):
        logits, _ = net.forward(images[i : i + batch], training=False)
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        parts.append(shifted / shifted.sum(axis=1, keepdims=True))
    return np.concatenate(parts)


def judge(net, images):
    """The Verdict of the classifier `net` on images (N, S, S, C) in [-1, 1]."""
    probs = predict(net, images)
    shares = np.bincount(probs.argmax(axis=1), minlength=probs.shape[1]) / len(probs)
    return Verdict(shares, float(probs.max(axis=1).mean()))
