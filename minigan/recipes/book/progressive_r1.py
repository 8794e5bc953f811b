"""The networks that grow (recipe progressive) in the plain game with R1 at every eighth step.

Mescheder et al. 2018 (arXiv:1801.04406, section 5.2) trained such networks with the non-saturating loss and R1, and found it
as good as WGAN-GP, without an inner loop or a drift term. With R1 at every eighth step (see the recipe lazy-r1) a step
costs about half.
"""

from minigan.recipes.book import progressive

SUMMARY = "networks that grow, in the plain game with R1"
KIND = "growing"
CHOICES = {key: value for key, value in progressive.CHOICES.items() if key != "drift"} | {
    "loss": "non-saturating",
    "penalty": ("r1:0.1:8",),
}
