"""Relativistic: D says how much more real a real image is than a fake one, of a pair of both.

Both players see only differences of logits: D minimises softplus(D(G(z)) - D(x)), and G softplus(D(x) - D(G(z))). With
any other loss G may gather all its samples on the good side of one boundary; here each is held against a real one,
which moves the boundary for real images that nobody draws: fewer modes are dropped (Sun et al. 2020,
arXiv:2011.04926).

Jolicoeur-Martineau 2018, arXiv:1807.00734: RSGAN of section 4.1.
"""

SUMMARY = "D compares pairs of a real and a fake image"
KIND = "loss"
CHOICES = {"loss": "relativistic", "beta1": 0.5}
