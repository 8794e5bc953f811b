"""DRAGAN: D's slope is held at 1 around real images.

The authors see a collapse begin where D is steep next to a real image. So the penalty looks there: at real images with
noise on them, whatever G draws. The loss is the first game's.

Kodali et al. 2017, arXiv:1705.07215: section 2.3 and algorithm 1, lambda 10; among its experiments are 8 Gaussians, 25
Gaussians and a swiss roll.
"""

SUMMARY = "cross-entropy, with D's slope held at 1 around real images"
KIND = "slope"
CHOICES = {
    "loss": "non-saturating",
    "penalty": ("dragan:10",),  # lambda
    "lr": 1e-4,
    "beta1": 0.5,
    "d_norm": "none",
}
