"""Unrolled: G looks ahead, at the D that five more steps would make.

A collapsed G fools the D of now, and is caught by the D of the next steps; it moves its one mode, and D follows, in
circles. If G's step goes against the D that has answered already, there is nothing to gain from the move.

Metz et al. 2017, arXiv:1611.02163: equation 10; figure 1 is a mixture of 8 Gaussians on a ring, where 0 to 10 steps are
looked ahead, and table 1 stacked MNIST.
"""

SUMMARY = "G steps against the D that five more steps would make"
KIND = "dynamics"
CHOICES = {
    "loss": "non-saturating",
    "unroll": 5,  # figure 1 has 10; 5 in most of the others
}
