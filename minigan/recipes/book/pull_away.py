"""The pull-away term: the samples of a batch shall point in different directions, as D's features see them.

The mean squared cosine between the features of all pairs of a batch is added to G's loss. It is 1 if all are alike. It
was made for energy-based GANs; Dai et al. use it as a stand-in for the entropy of G, which it is no bound of
(minigan/terms/features.py says what it does bound).

Zhao, Mathieu & LeCun 2017 (EBGAN), arXiv:1609.03126, section 2.4, weight 0.1; Dai et al. 2017, arXiv:1705.09783,
section 4.
"""

SUMMARY = "G's samples are pushed apart in D's features"
KIND = "entropy"
CHOICES = {"loss": "non-saturating", "term": ("pull-away:0.1",)}  # EBGAN's weight
