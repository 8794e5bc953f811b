"""Stacked digits seen by a network that reads single ones: each colour is a digit, looked at by itself.

A network for the 1,000 kinds would have 25 pictures of each to learn from. So the network for single digits looks at
each channel by itself. Metz et al. 2017 (arXiv:1611.02163), section 3.3.1, VEEGAN and PacGAN count the modes so.

Real digits do not get 1,000 modes and a KL of 0; what they get is the floor. Of N samples of M equally likely modes
about M exp(-N / M) are missing, and the reverse KL is about (M - 1) / (2 N): 0.0195 for the usual 25,600 samples of
1,000 modes. MNIST's digits are not equally common, which adds 0.005, and a network that misreads a share e of single
digits moves about 3 e of the stacked ones to another mode. Measured, on 25,600 stacked from held-out digits: the
bundled digits, of which the network reads 99.4 % right, find 1,000 modes with KL 0.021; those of a fifth of MNIST's
t10k half, 98.8 % right by a network that learnt from the other four, 1,000 modes with KL 0.029 (by their labels 0.030).
"""

import numpy as np

from minigan.data import hash_arrays, prepare_images, to_uint8
from minigan.metrics.bootstrap import Rng
from minigan.metrics.lenet import LeNet, Seen, Verdict, verdict
from minigan.metrics.modes import stacked_mode_coverage
from minigan.metrics.score import Score

CHANNELS = 3


class StackedLeNet:
    """A LeNet for single digits, as one for stacked ones: images (N, S, S, 3) in [-1, 1].

    Its features are those of the three channels side by side, (N, 3 * 84), and its classes the K^3 modes: the
    probability of 123 is that of 1 in red, times that of 2 in green, times that of 3 in blue.
    digits: the LeNet. Raises ValueError if that does not look at one channel.
    """

    def __init__(self, digits: LeNet):
        if not isinstance(digits, LeNet) or digits.sizes[1] != 1:
            got = f"one of {digits.sizes[1]} channels" if isinstance(digits, LeNet) else type(digits).__name__
            raise ValueError(f"expected a LeNet that looks at single digits, in one channel, got {got}")
        size, _, classes = digits.sizes
        self.digits, self.classes, self.sizes = digits, classes, (size, CHANNELS, classes**CHANNELS)

    @property
    def sha256(self) -> str:
        """Its own hash: its features are not those of the single digits, and scores of the two do not compare."""
        return hash_arrays(np.array(self.sizes, np.int64), np.frombuffer(bytes.fromhex(self.digits.sha256), np.uint8))

    def look(self, images: np.ndarray) -> Seen:
        """Seen, of images (N, S, S, 3) in [-1, 1]. Raises ValueError for other shapes or values out of range."""
        red, green, blue = self._channels(images)
        probs = np.einsum("ni,nj,nk->nijk", red.probs, green.probs, blue.probs)
        features = np.concatenate([red.features, green.features, blue.features], axis=1)
        return Seen(features, probs.reshape(len(features), -1))

    def read(self, images: np.ndarray) -> np.ndarray:
        """The class probabilities of each channel, (N, 3, K)."""
        return np.stack([seen.probs for seen in self._channels(images)], axis=1)

    def figures(self, probs: np.ndarray) -> np.ndarray:
        """The class probabilities of each channel, (N, 3, K), from those of the modes, (N, K^3): 1 in red is 1xx."""
        cube = probs.reshape(len(probs), *CHANNELS * [self.classes])
        return np.stack([cube.sum(axis=others) for others in ((2, 3), (1, 3), (1, 2))], axis=1)

    def judge(self, images: np.ndarray) -> Verdict:
        """The Verdict on images (N, S, S, 3) in [-1, 1], of the K^3 modes."""
        return verdict(self.look(images).probs)

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """The share of images whose label (N,) is right in all three figures."""
        return float(np.mean(self.read(images).argmax(axis=2) @ self.classes ** np.array([2, 1, 0]) == labels))

    def _channels(self, images):
        if np.ndim(images) != 4 or np.shape(images)[3] != CHANNELS:
            raise ValueError(f"expected stacked digits (N, S, S, 3), a digit in each channel, got {np.shape(images)}")
        return [self.digits.look(images[..., [channel]]) for channel in range(CHANNELS)]


def score_stacked(samples: np.ndarray, network: LeNet | StackedLeNet, *, replicates: int = 0, rng: Rng = 0) -> Score:
    """The modes that stacked digits find -> Score: as `stacked_mode_coverage`, with the network's hash in it.

    samples: uint8 images (N, H, W, 3), or floats in [0, 1], of any size; they are brought to the network's as the real
        digits were that it learnt from (`prepare_images`).
    network: the LeNet of the single digits, `feature_network(load("mnist"))`, or a StackedLeNet of it.
    replicates, rng: for the bootstrap intervals. Raises ValueError for other images.
    """
    network = network if isinstance(network, StackedLeNet) else StackedLeNet(network)
    samples = to_uint8(np.asarray(samples))
    if samples.ndim != 4 or samples.shape[3] != CHANNELS or not len(samples):
        raise ValueError(f"expected stacked digits (N, H, W, 3), a digit in each channel, got {samples.shape}")
    probs = network.read(prepare_images(samples, network.sizes[0], CHANNELS))
    return stacked_mode_coverage(probs, replicates=replicates, rng=rng).seen_by(network.sha256)
