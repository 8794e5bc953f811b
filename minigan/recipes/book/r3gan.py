"""The modern baseline: pairs of real and fake images, and D flat at both.

The relativistic loss drops few modes but does not converge by itself. With R1 and R2 together it does, near the
solution; with R1 alone it diverged in their experiments, since early on D is steep at the fakes, which are far from
the real images. With that, no other trick: no normalisation in D, no momentum, no statistics of the batch. An average
of G is shown.

Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern GAN Baseline", arXiv:2501.05441: section 2 is the
loss; on stacked MNIST it finds all 1,000 modes, with a reverse KL of 0.029. Of their settings for CIFAR-10 (published
code) are Adam's, the learning rate and that it falls; gamma goes from 0.05 to 0.005 there and beta2 from 0.9 to 0.99
in the course of the training, which is not done here. Nor are their networks: residual, without normalisation in G
either.
"""

SUMMARY = "the modern baseline: relativistic pairs with R1 and R2"
KIND = "baseline"
CHOICES = {
    "loss": "relativistic",
    "penalty": ("r1:0.1", "r2:0.1"),  # gamma; theirs differs from data set to data set, 0.05 to 150
    "d_norm": "none",
    "beta1": 0.0,  # no momentum
    "beta2": 0.9,  # theirs goes from 0.9 to 0.99
    "lr": 2e-4,  # theirs goes from 2e-4 to 5e-5, on a cosine
    "lr_schedule": "cosine",
    "ema": 0.999,
}
