"""The game of equation 1, to the letter: what D wins, G loses.

G minimises log(1 - D(G(z))). Where D is sure that a fake is fake, its slope is nearly 0 ("saturates"), and early in
training D is always sure. Worth seeing once, beside `gan`, which is the same game with another loss for G.

Goodfellow et al. 2014, arXiv:1406.2661: equation 1 and algorithm 1; the optimum is theorem 1.
"""

SUMMARY = "equation 1 to the letter: G's loss fades where D is sure"
KIND = "loss"
CHOICES = {"loss": "minimax", "fresh_noise": True}  # algorithm 1: new noise for the step of G
