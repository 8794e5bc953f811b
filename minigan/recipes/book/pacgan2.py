"""PacGAN: D judges two samples together.

Two samples of a collapsed G are alike more often than two real ones, so D, which sees both at once, tells the packs
apart that it could not one by one. Nothing else changes: the first layer has twice the inputs. --pac 3 and 4 for more.

Lin et al. 2018, arXiv:1712.04086: section 4.1 has ring and grid (GAN 6.3 modes of 8 and 17.3 of 25, PacGAN2 7.9 and
23.8), section 4.2 stacked MNIST (PacGAN finds 992 of 1,000 modes as Huang et al. 2024, arXiv:2501.05441, quote it
in table 3). --preset points has its networks.
"""

SUMMARY = "D judges two samples together (--pac 3, 4: more)"
KIND = "view"
CHOICES = {"loss": "non-saturating", "pac": 2}
