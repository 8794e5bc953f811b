"""Adaptive augmentation: as DiffAugment, but only as often as D's overfitting asks for.

If D learns its images by heart, its logits of real images drift away from 0. The share of positive ones, less that of
negative ones, is r_t; if it is above 0.6, the probability of each augmentation goes up a little, else down.

Karras et al. 2020, arXiv:2006.06676: section 3 has r_t (equation 1) and the target of 0.6; figure 1 shows the
overfitting. The augmentations here are DiffAugment's (Zhao et al. 2020, arXiv:2006.10738), not their
eighteen.
"""

SUMMARY = "for little data: augmentation as often as D overfits"
KIND = "view"
CHOICES = {
    "loss": "non-saturating",
    "ada": 0.6,  # section 3
    "diff_augment": "translation,cutout,brightness,contrast",
}
