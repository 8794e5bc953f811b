"""PacGAN: D judges two samples together.

Two samples of a collapsed G are alike more often than two real ones, so D, which sees both at once, tells the packs
apart that it could not one by one. Nothing else changes: the first layer has twice the inputs. --pac 3 and 4 for more.

Lin et al. 2018, arXiv:1712.04086: figure 3 is the idea, tables 1 and 2 the 2D-ring and 2D-grid (GAN 6.3 and 17.3 modes,
PacGAN2 7.9 and 23.8 of 8 and 25), table 3 on stacked MNIST.
"""

SUMMARY = "D judges two samples together (--pac 3, 4: more)"
KIND = "view"
CHOICES = {
    "loss": "non-saturating",
    "pac": 2,
}
