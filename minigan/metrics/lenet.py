"""The feature network: a small LeNet, made of the library's own layers, that scores look at images with.

Pixels are a poor measure: a digit moved by one pixel is far from itself. Scores compare *features* instead: the last
activations before the logits of a network that learnt to classify the real images. After LeNet-5 (LeCun et al. 1998,
"Gradient-based learning applied to document recognition", figure 2): convolutions, then a layer of 84, then the
classes. Two things differ: strides take the place of pooling, and LeakyReLU that of tanh.

The 84 activations are what FID, KID, precision and recall, density and coverage are computed on; the class
probabilities serve the Inception Score and the histogram of classes.
"""

from typing import NamedTuple

import numpy as np

from minigan.data import augment, hash_arrays
from minigan.data.steps import check_range
from minigan.layers import Conv2D, Dense, Flatten, LeakyReLU, Sequential
from minigan.losses import softmax_cross_entropy
from minigan.optim import Adam

FEATURES = 84  # F6 of LeNet-5
SCALED_ON = 2000  # images
BATCH = 64  # images in a step of its training
RECIPE = 1  # raise it when a change below makes another network: networks of older recipes are no longer read


class Seen(NamedTuple):
    """What the network makes of N images: features (N, 84) and class probabilities (N, K), both float64. probs is None
    where no network looked. labels (N,): the classes that generated images were drawn for, or None."""

    features: np.ndarray
    probs: np.ndarray | None
    labels: np.ndarray | None = None


class Verdict(NamedTuple):
    """The network's answers for a set of images: the share of each class, and its mean confidence."""

    shares: np.ndarray  # (classes,), sums to 1
    confidence: float  # mean over the images of the largest class probability


class LeNet:
    """A feature network for images (N, S, S, channels) in [-1, 1].

    net: the Sequential. sizes: (S, channels, classes). Raises ValueError for sizes that no network can have.
    """

    def __init__(self, image_size: int, channels: int = 1, classes: int = 10, rng: np.random.Generator | None = None):
        self.sizes = (image_size, channels, classes)
        options = {"init": "he", "rng": rng}
        small = -(-image_size // 4)  # image_size / 4, rounded up
        self.net = Sequential(
            Conv2D(channels, 8, 5, **options), LeakyReLU(0.1),  # (S, S, 8)
            Conv2D(8, 16, 5, stride=2, **options), LeakyReLU(0.1),  # (S/2, S/2, 16)
            Conv2D(16, 32, 3, stride=2, **options), LeakyReLU(0.1),  # (S/4, S/4, 32)
            Flatten(), ("features", Dense(small * small * 32, FEATURES, **options)), LeakyReLU(0.1),  # (84)
            ("logits", Dense(FEATURES, classes, **options)),  # (classes)
        )  # fmt: skip

    @property
    def sha256(self) -> str:
        """The hash that names this network, and that its scores carry: of its sizes and all its weights."""
        return hash_arrays(np.array(self.sizes, np.int64), *self.net.params.values())

    def look(self, images: np.ndarray, batch: int = 256) -> Seen:
        """Seen, of images (N, S, S, channels) in [-1, 1]. Raises ValueError for other shapes or values out of range."""
        images = self._checked(images)
        body, head = self.net.split("logits")
        features = [body.forward(images[i : i + batch], training=False)[0] for i in range(0, len(images), batch)]
        logits = [head.forward(x, training=False)[0] for x in features]
        return Seen(np.concatenate(features).astype(np.float64), softmax(np.concatenate(logits).astype(np.float64)))

    def judge(self, images: np.ndarray) -> Verdict:
        """The Verdict on images (N, S, S, channels) in [-1, 1]."""
        return verdict(self.look(images).probs)

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """The share of images whose label (N,) is the class with the largest probability."""
        return float(np.mean(self.look(images).probs.argmax(axis=1) == labels))

    def _checked(self, images):
        S, channels, _ = self.sizes
        images = np.asarray(images)
        if images.dtype.kind != "f" or images.shape[1:] != (S, S, channels) or not len(images):
            raise ValueError(f"this network looks at float images (N, {S}, {S}, {channels}) in [-1, 1], got "
                             f"{images.dtype} {images.shape}; "
                             f"fix: minigan.data.prepare(dataset, {S}, {channels})")  # fmt: skip
        check_range(images, -1, 1, "fix: minigan.data.normalise, or look for NaNs")
        return images.astype(np.float32, copy=False)


def train_lenet(images: np.ndarray, labels: np.ndarray, *, rng: np.random.Generator, classes: int | None = None,
                steps: int | None = None, batch_size: int = BATCH, lr: float = 2e-3,
                progress: bool = False) -> LeNet:  # fmt: skip
    """Train a LeNet on images (N, S, S, C) in [-1, 1] with labels (N,) -> LeNet.

    classes: their number, by default the largest label + 1. steps: by default 1,500, and more for large sets: four
    times through. Each batch is slightly shifted and turned, anew every time. The learning rate falls in a straight
    line to a twentieth. At the end the features are scaled, and the weights rounded to float16, so that what is used
    is what a small file can hold.
    Raises ValueError if there are fewer images than a batch.
    """
    from tqdm import tqdm

    if not len(labels) == len(images) >= batch_size:
        raise ValueError(f"expected at least {batch_size} images, as many labels, got {len(images)}, {len(labels)}")
    lenet = LeNet(images.shape[1], images.shape[3], classes or int(labels.max()) + 1, rng)
    optimizer = Adam(lenet.net.params, lr=lr)
    steps = steps or max(1500, 4 * len(images) // batch_size)
    for t in tqdm(range(steps), desc="training the feature network", unit=" steps", disable=not progress, leave=False):
        chosen = rng.choice(len(images), batch_size, replace=False)
        logits, cache = lenet.net.forward(augment(images[chosen], rng, shift=1, rotate=10.0))
        _, d_logits, _ = softmax_cross_entropy(logits, labels[chosen])
        _, grads = lenet.net.backward(d_logits, cache, input_grad=False)
        optimizer.lr = lr * (1 - 0.95 * t / steps)
        optimizer.step(grads)
    scale_features(lenet, images[:SCALED_ON])
    for p in lenet.net.params.values():
        p[...] = p.astype(np.float16)
    return lenet


def scale_features(lenet: LeNet, images: np.ndarray) -> None:
    """Change the unit of the features so that their variance over `images`, on average over the features, is 1.

    With features ten times as large and last weights ten times as small, a network gives the same answers, but a FID
    a hundred times as large. LeakyReLU passes a positive factor through, so dividing the weights and biases before it
    divides the features.
    """
    deviation = float(np.sqrt(lenet.look(images).features.var(axis=0).mean()))
    params = lenet.net.params
    for key, factor in (("features.w", 1 / deviation), ("features.b", 1 / deviation), ("logits.w", deviation)):
        params[key][...] *= factor


def softmax(logits: np.ndarray) -> np.ndarray:
    """exp(s) / sum of exp(s) over the last axis; the largest s is subtracted first, so nothing overflows."""
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def verdict(probs: np.ndarray) -> Verdict:
    """The Verdict from class probabilities (N, K)."""
    shares = np.bincount(probs.argmax(axis=1), minlength=probs.shape[1]) / len(probs)
    return Verdict(shares, float(probs.max(axis=1).mean()))
