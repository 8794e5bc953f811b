"""The modern baseline for rings and grids: the choices of `r3gan` with other weights, in the published networks.

On these data a mode is narrow, and what matters is how sharp G can become between two of them. A weak R1 leaves D
steep at the real points, so that each mode is drawn to its width; the stronger R2, at the generated ones, keeps the
modes in balance: with the weak weight at both they lose it. Both act in every fourth step, four times as strongly
(Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", arXiv:1912.04958, section 3.1), and the
learning rate falls to a quarter, as in the code of the baseline's authors, and not to nothing: G sharpens for as long
as it learns. 70,000 steps are for the grid; on the ring, 20,000 do.

Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern GAN Baseline", arXiv:2501.05441, is the game; the
networks are those of Lin et al. 2018, arXiv:1712.04086, section 4.1 (--preset points). The weights were found here.
"""

from minigan.recipes.book import r3gan

SUMMARY = "r3gan for ring and grid: a weak R1, a stronger R2, many steps"
KIND = "baseline"
CHOICES = r3gan.CHOICES | {
    "preset": "points",
    "penalty": ("r1:0.02:4", "r2:0.2:4"),  # gamma, and how many steps apart
    "lr_last": 0.25,
    "steps": 70_000,
}
