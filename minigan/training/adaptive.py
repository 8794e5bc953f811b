"""Adaptive augmentation: the more D overfits, the more of its images are changed.

Too little augmentation and D learns the few real images by heart; too much and G cannot see what they look like, or
even draws the changes themselves. Karras et al. 2020 (arXiv:2006.06676), section 3, measure the overfitting while the
training goes on, by how sure D is of the images that it is trained on,

    r = E[sign(D(real))]                0: no overfitting, 1: D is right about every real image

and move the probability p of the changes a small step up where r is above a target, and down where it is below.
"""

from numbers import Real

import numpy as np

from minigan.checks import whole
from minigan.gan import DStep
from minigan.layers import DiffAugment


class AdaptiveAugmentation:
    """A hook for `after_d` of a `minigan.objectives.Gan`: sets `layer.state["p"]`.

    layer: the DiffAugment in front of D, made with p=0.
    target: of r, in (-1, 1); 0.6 in the paper.
    every: minibatches that r is the mean of; 4 in the paper. Then p moves by (real images in them) / images.
    images: how many real images p takes from 0 to 1 if it always goes up; 500,000 in the paper, whose trainings show D
        25 million. A short training wants fewer.
    Its counts are in the layer's state, and so in a checkpoint. A packed D's logit counts as one image.
    Raises ValueError for anything else.
    """

    def __init__(self, layer: DiffAugment, target: float = 0.6, every: int = 4, images: int = 500_000) -> None:
        if not isinstance(layer, DiffAugment):
            raise ValueError(f"adaptive augmentation moves the p of a DiffAugment layer, got {type(layer).__name__}")
        if not (isinstance(target, Real) and -1 < target < 1):  # false for NaN as well
            raise ValueError(f"target, of the mean sign of D's logits, must be in (-1, 1), got {target!r}")
        self.layer, self.target = layer, target
        self.every = whole("every, the number of minibatches between two changes of p,", every)
        self.images = whole("images, after which p may have gone from 0 to 1,", images)
        layer.state |= {key: np.zeros((), np.float32) for key in ("signs", "seen", "batches")}

    def __call__(self, d: DStep) -> None:
        """Count the signs of D's logits of the real images, and change p after `every` minibatches. d: of D's step."""
        state = self.layer.state
        state["signs"] += np.sign(d.real_logits).sum()
        state["seen"] += len(d.real_logits)
        state["batches"] += 1
        if state["batches"] < self.every:
            return
        r = state["signs"] / state["seen"]
        p = state["p"] + np.sign(r - self.target) * state["seen"] / self.images
        state["p"][...] = np.clip(p, 0, 1)
        for key in ("signs", "seen", "batches"):
            state[key][...] = 0
