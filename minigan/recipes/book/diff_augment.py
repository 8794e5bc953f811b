"""DiffAugment: D sees real and fake images moved, cut and recoloured at random, also in G's step.

With few images D learns them by heart. To augment only real images would teach G the augmentation; so both are
augmented, and since every augmentation has a gradient, G learns through it. For little data.

Zhao et al. 2020, arXiv:2006.10738: equations 4 to 6, figure 4; table 5 has 100-image data sets. Its policy is color,translation,cutout.
"""

SUMMARY = "for little data: D sees everything moved, cut and recoloured"
KIND = "view"
CHOICES = {
    "loss": "non-saturating",
    "diff_augment": "translation,cutout,brightness,contrast",
}
