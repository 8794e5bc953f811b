"""SAGAN: attention lets far parts of an image see each other; spectral norm in both players keeps the game steady.

A convolution sees its neighbourhood. Attention adds to each position a weighted mean of the features of all positions;
the weights say how well two positions match. A learnt factor, 0 at first, multiplies it. The rest: residual blocks, the
hinge loss, projection and batch norm by class, and two learning rates, D's four times G's.

Zhang, Goodfellow, Metaxas & Odena 2019, arXiv:1805.08318: section 3 (attention), 4.1 (spectral norm in G, too), 4.2
(two learning rates: 1e-4 and 4e-4 there, beta1 0). There: 128x128 images of 1,000 classes, attention at 32x32 or 64x64
maps, 64 to 1,024 channels, a million steps. Here: 16 to 64 channels, and larger learning rates, for some thousand
steps.
"""

SUMMARY = "conditional: self-attention, spectral norm in both players, residual networks"
KIND = "conditional"
CHOICES = {
    "preset": "resnet-small",
    "conditional": "projection",
    "loss": "hinge",
    "attention": 14,
    "spectral_norm": True,
    "g_spectral_norm": True,
    "g_lr": 5e-4,
    "d_lr": 2e-3,
    "beta1": 0.0,
    "ema": 0.998,
}
