"""Relativistic: D says how much more real a real image is than a fake one, of a pair of both.

Both players see only the differences of the logits, D minimises softplus(-(D(x) - D(G(z)))) and G the opposite. A G that
puts all its samples where D is fooled now must also be better than the real image beside it, and D's landscape changes
for real images that nobody draws: fewer collapses to one mode (Sun et al. 2020, arXiv:2011.04926).

Jolicoeur-Martineau 2018, arXiv:1807.00734: equations 5 and 6 with f = softplus, RSGAN of its tables 1 and 2.
"""

SUMMARY = "D compares pairs of a real and a fake image"
KIND = "loss"
CHOICES = {
    "loss": "relativistic",
    "beta1": 0.5,
}
