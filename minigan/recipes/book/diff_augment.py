"""DiffAugment: D sees real and fake images moved, cut and recoloured at random, also in G's step.

With few images D learns them by heart. To augment only real images would teach G the augmentation; so both are
augmented, and since every augmentation has a gradient, G learns through it. For little data.

Zhao et al. 2020, arXiv:2006.10738, section 3.2; its experiments go down to data sets of 100 images. The policy of its
code is "color,translation,cutout"; color is brightness, saturation and contrast. Here the colours come last, and
saturation is left out, since it needs colours; for pictures that have them:
--diff-augment brightness,saturation,contrast,translation,cutout
"""

SUMMARY = "for little data: D sees everything moved, cut and recoloured"
KIND = "view"
CHOICES = {"loss": "non-saturating", "diff_augment": "translation,cutout,brightness,contrast"}
