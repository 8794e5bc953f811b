"""The game as it is played everywhere: D's cross-entropy, and G's loss that does not fade.

D minimises -log D(x) - log(1 - D(G(z))), and G minimises -log D(G(z)) in place of log(1 - D(G(z))), whose slope is
nearly 0 while D is sure that a fake is fake. It is what all others are measured against. It loses modes: nothing in
G's loss asks for more than one good sample.

Goodfellow et al. 2014, arXiv:1406.2661: the loss is the last paragraph of section 3, the samples are figures 2 and 3.
Adam with beta1 0.5 is of Radford et al. 2016 (DCGAN, arXiv:1511.06434), section 4.
"""

SUMMARY = "the game as it is usually played: cross-entropy, non-saturating for G"
KIND = "loss"
CHOICES = {"loss": "non-saturating", "beta1": 0.5}  # DCGAN, section 4: the usual 0.9 made training oscillate
