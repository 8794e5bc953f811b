"""The hinge: D is done with an image that it has on the right side by a margin of 1.

D minimises max(0, 1 - D(x)) + max(0, 1 + D(G(z))), and G minimises -D(G(z)). Images beyond the margin no longer move
D, as with a support vector machine, so D does not grow without end. Best with D's slope bounded: see `sn-gan`.

Lim & Ye 2017, arXiv:1705.02894, equations 8 and 9; Miyato et al. 2018, arXiv:1802.05957, equations 16 and 17.
"""

SUMMARY = "the hinge loss: no reward beyond a margin"
KIND = "loss"
CHOICES = {"loss": "hinge", "beta1": 0.5}
