"""The modern baseline: pairs of real and fake images, and D flat at both.

The relativistic loss alone does not converge; R1 and R2 together make it, near the solution, and R1 alone did not in
their experiments, since early on real and fake images are far apart and D is steep at the fake ones. With that, no
other trick: no normalisation in D, no momentum, no mini-batch statistics. An average of G is shown.

Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441: equations 1, 3 and 4 and section 2; stacked
MNIST (1,000 modes of 1,000, reverse KL 0.029) is their table of mode coverage. Their networks (residual, grouped
convolutions, no normalisation in G either) and their slow change of gamma and beta2 in training are not here: gamma is
that of the start of their CIFAR-10 run, 0.05 to 0.005, rounded up, since D here is far smaller.
"""

SUMMARY = "the modern baseline: relativistic pairs with R1 and R2"
KIND = "baseline"
CHOICES = {
    "loss": "relativistic",
    "penalty": ("r1:0.1", "r2:0.1"),
    "d_norm": "none",
    "beta1": 0.0,  # no momentum
    "beta2": 0.9,  # theirs goes from 0.9 to 0.99
    "lr": 2e-4,  # theirs goes from 2e-4 to 5e-5, on a cosine
    "lr_schedule": "cosine",
    "ema": 0.999,
}
