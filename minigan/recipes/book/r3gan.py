"""The modern baseline: pairs of real and fake images, and D flat at both.

The relativistic loss drops few modes but does not converge by itself. With R1 or R2 it does, near the solution
(proposition II). Far from it, with R1 alone, it diverged in their experiments, since early on D is steep at the fakes,
which are far from the real images; with both it did not. With that, no other trick: no normalisation in D, no momentum,
no statistics of the batch. An average of G is shown.

Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern GAN Baseline", arXiv:2501.05441: section 2 is the
loss; on stacked MNIST it finds all 1,000 modes, with a reverse KL of 0.029. As in their published code: no momentum, a
learning rate that falls on a cosine, and a gamma that falls to a tenth. D begins smooth, so that no mode is lost, and
ends sharp, so that each is drawn to its width. Not as there: gamma itself (theirs differs from data set to data set,
0.05 to 150), beta2, which rises from 0.9 to 0.99 there, the end of the cosine, a quarter there and 0 here, the
augmentation of what D sees, and the networks: theirs are residual, without normalisation in G either. The learning rate
is the preset's.
"""

SUMMARY = "the modern baseline: relativistic pairs with R1 and R2"
KIND = "baseline"
CHOICES = {
    "loss": "relativistic",
    "penalty": ("r1:0.2", "r2:0.2"),  # gamma
    "penalty_fade": 0.1,
    "d_norm": "none",
    "beta1": 0.0,  # no momentum
    "beta2": 0.9,
    "lr_schedule": "cosine",
    "ema": 0.999,
}
