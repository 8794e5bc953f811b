"""R1: D shall be flat at real images.

Where G has found the data, D should have nothing left to say. The first game's D has a slope there all the same, and G
is pushed past the data and circles around them. gamma / 2 |grad D(x)|^2 at real images takes it away, and with it the
game converges locally, which WGAN, WGAN-GP and the plain game do not, in general.

Mescheder, Geiger & Nowozin 2018, arXiv:1801.04406: equation 9; which games converge and which do not is its subject.
gamma 10 and RMSProp for pictures. Here Adam without momentum, which is RMSProp that starts unbiased.
"""

SUMMARY = "cross-entropy, with D flat at real images"
KIND = "slope"
CHOICES = {
    "loss": "non-saturating",
    "penalty": ("r1:10",),  # gamma
    "lr": 1e-4,  # as theirs
    "beta1": 0.0,
    "beta2": 0.99,  # RMSProp's alpha
    "d_norm": "none",
}
