"""The networks that grow (recipe progressive) in the plain game with R1 at every eighth step.

Mescheder et al. 2018 (arXiv:1801.04406) trained deep networks on images of 256 x 256 and 1024 x 1024 pixels with the
non-saturating loss and R1, without an inner loop or a drift term, and without growing. Here it is the game of networks
that grow. R1 is computed at every eighth step (see the recipe lazy-r1), so a step costs less: 49 to 64 ms on one core
of an AMD EPYC, in the mean over the trainings of three seeds, where WGAN-GP takes 65.
"""

from minigan.recipes.book import progressive

SUMMARY = "networks that grow, in the plain game with R1"
KIND = "growing"
CHOICES = {key: value for key, value in progressive.CHOICES.items() if key != "drift"} | {
    "loss": "non-saturating",
    "penalty": ("r1:0.5:8",),
    "ema": 0.995,
    "steps": 3500,
}
