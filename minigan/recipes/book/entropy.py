"""The variational bound of G's entropy: a network Q tells from a sample which noise it was drawn from.

The mutual information of noise and sample is the entropy of G's samples, up to a constant, if G adds no noise of its
own; and E[log Q(z | G(z))] + H(z) is a lower bound of it for any Q. Both G and Q raise it. If all z give one sample, Q
knows nothing of z, and the bound is low.

Dai et al. 2017, arXiv:1702.01691, section 4.2 (the variational bound of the entropy); Barber & Agakov 2003 for
the bound itself, and Chen et al. 2016, arXiv:1606.03657, lemma 5.1.
"""

SUMMARY = "a network Q finds the noise in the sample: a bound of G's entropy"
KIND = "entropy"
CHOICES = {
    "loss": "non-saturating",
    "term": ("entropy:0.1",),
}
