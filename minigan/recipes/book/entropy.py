"""The variational bound of G's entropy: a network Q tells from a sample which noise it was drawn from.

The mutual information of noise and sample is the entropy of G's samples, up to a constant, if G adds no noise of its
own; and E[log Q(z | G(z))] + H(z) is a lower bound of it for any Q. Both G and Q raise it. If all z give one sample, Q
knows nothing of z, and the bound is low.

Dai et al. 2017, arXiv:1705.09783, section 4; Barber & Agakov 2003 for the bound itself. What it bounds and what not is
in minigan/terms/information.py.
"""

SUMMARY = "a network Q finds the noise in the sample: a bound of G's entropy"
KIND = "entropy"
CHOICES = {"loss": "non-saturating", "term": ("entropy:0.1",)}
