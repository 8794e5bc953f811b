"""Least squares: D's logit shall be 1 on real and 0 on fake images, and G wants it to be 1 on fakes.

The cross-entropy is flat for a fake that lies far on the right side of D's boundary, though it may be far from all
real data. A square is flat at one point only, and pulls such a fake back. Minimising it is minimising a Pearson
chi-squared divergence, for the right targets.

Mao et al. 2017, arXiv:1611.04076: equation 9 has the targets 0, 1, 1; a mixture of 8 Gaussians is among its
experiments.
"""

SUMMARY = "least squares in place of cross-entropy"
KIND = "loss"
CHOICES = {"loss": "least-squares", "beta1": 0.5}  # as DCGAN
