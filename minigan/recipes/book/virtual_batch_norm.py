"""Virtual batch normalisation: G's layers are normalised by a batch that is fixed once and for all.

With batch norm each sample depends on the others of its batch, and they come out alike. Here each sample is normalised
by the mean and variance of a reference batch of noise, drawn at the start, and of itself. The reference goes through G
in each step, which costs a second forward pass, so the paper uses it in G only.

Salimans et al. 2016, arXiv:1606.03498, section 3.5.
"""

SUMMARY = "G is normalised by a batch that is fixed at the start"
KIND = "technique"
CHOICES = {"loss": "non-saturating", "virtual_batch_norm": True}
