"""Minibatch discrimination: D sees how near each sample is to the others of its batch.

A collapsed G draws one sample again and again, each of which alone looks real. D cannot say so, since it looks at one
at a time. Here a layer before D's logit compares the features of the samples of a batch, and tells each how close the
others are, so that a batch without variety gives itself away.

Salimans et al. 2016, arXiv:1606.03498, section 3.2, figure 1; figure 3 has samples of MNIST by it.
"""

SUMMARY = "D sees how near each sample is to the others of its batch"
KIND = "technique"
CHOICES = {"loss": "non-saturating", "minibatch": True}
