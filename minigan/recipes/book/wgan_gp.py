"""Wasserstein, with D's slope held at 1 by a penalty on the lines between real and fake images.

Clipping pushes the weights to the sides of their box, and D to simple functions. The best critic has slope 1 along the
lines that join real images with the fakes they are matched with; so just that is asked for, at a random point of a
line, by lambda (|grad D| - 1)^2. No batch norm in D: the penalty is about the gradient of each image's own score.

Gulrajani et al. 2017, arXiv:1704.00028: algorithm 1 has all numbers; figure 1 shows what clipping does to the critic
on 8 Gaussians, 25 Gaussians and a swiss roll.
"""

SUMMARY = "Wasserstein distance by a critic with a gradient penalty"
KIND = "slope"
CHOICES = {
    "loss": "wasserstein",
    "penalty": ("wgan-gp:10",),  # lambda of algorithm 1
    "lr": 1e-4,  # alpha of algorithm 1
    "beta1": 0.0,
    "beta2": 0.9,
    "k": 5,  # n_critic of algorithm 1
    "d_norm": "none",  # section 4
}
