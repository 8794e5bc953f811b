"""Stacked digits: three grey digits as the red, green and blue of one picture, so 1,000 kinds that can be counted.

Which digit stands in which channel is drawn at random, so a perfect generator draws every number from 000 to 999
equally often. How many of them a generator never draws is a measure of mode collapse. Sources: Metz et al. 2017
(unrolled GANs, arXiv:1611.02163), section 3.3.1; Srivastava et al. 2017 (VEEGAN, arXiv:1705.07761), section 4.2; Lin et
al. 2018 (PacGAN, arXiv:1712.04086), section 4.2. They stack MNIST, 128,000 pictures in PacGAN.

Here a set is a fifth of that, 25,600, as many as are drawn to count the modes. Each kind still stands there 25 times,
and at 32 x 32 the set takes 315 MB of float32; 128,000 pictures would take 1.6 GB. With enough memory, ask for
`load(..., n=128_000)`.
"""

import numpy as np

from minigan.checks import generator, whole

COUNT = 25_600
PLACES = np.array([100, 10, 1])  # red is the first figure of the label

# What is stacked: the spec of a set -> the spec of the single digits that it is made from.
SOURCES = {"stacked-digits": "mnist", "stacked-digits:digits": "digits", "stacked-digits:digits-8x8": "digits-8x8"}


def stack(images: np.ndarray, labels: np.ndarray, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n pictures, each of three digits chosen at random, any digit as often as it comes.

    Args:
        images: digits, uint8 (M, H, W, 1). labels: (M,), which digit each one is.
        n: number of stacked pictures. rng: numpy.random.Generator.

    Returns:
        (uint8 (n, H, W, 3), labels int64 (n,): 123 is a 1 in red, a 2 in green, a 3 in blue).

    Raises:
        ValueError: n below 1, images that are not grey, other labels than digits, rng not a Generator.
    """
    labels = np.asarray(labels)
    whole("n, the number of stacked pictures,", n)
    if images.ndim != 4 or images.shape[3] != 1 or images.dtype != np.uint8:
        got = f"{images.dtype} {images.shape}"
        raise ValueError(f"expected grey uint8 digits (M, H, W, 1), got {got}; fix: to_channels(images, 1)")
    if labels.shape != (len(images),) or not len(labels) or not ((labels >= 0) & (labels <= 9)).all():
        raise ValueError(f"expected a label of 0..9 for each of the {len(images)} digits, got labels {labels.shape}")
    triples = generator(rng, needed=True).integers(len(images), size=(n, 3))
    stacked = np.empty((n, *images.shape[1:3], 3), np.uint8)
    for channel in range(3):
        stacked[..., channel] = images[triples[:, channel], :, :, 0]
    return stacked, labels[triples].astype(np.int64) @ PLACES
