"""Unrolled: G looks ahead, at the D that five more steps would make.

A collapsed G fools the D of now, and is caught by the D of the next steps; it moves its one mode, and D follows, in
circles. If G's step goes against the D that has answered already, there is nothing to gain from the move.

Metz et al. 2017, arXiv:1611.02163: equations 6 to 12, with the second term of 12 (how D would answer); figure 1 is a
mixture of 8 Gaussians on a ring, and stacked MNIST is among its experiments.
"""

SUMMARY = "G steps against the D that five more steps would make"
KIND = "dynamics"
CHOICES = {"loss": "non-saturating", "unroll": 5}
