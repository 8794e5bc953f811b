"""Semi-supervised: D tells the classes of the real images apart, and the fakes from all of them.

D has a logit for each class, and is a probability by D(x) = Z / (Z + 1) with Z = sum of exp(logits): "fake" is a class
whose logit is 0. A hundred labelled images teach it the classes, all others that they are of one of them. G matches
features. D becomes a good classifier from few labels.

Salimans et al. 2016, arXiv:1606.03498, section 5; table 1 has the errors on MNIST with 20 to 200 labels.
"""

SUMMARY = "D learns the classes from a hundred labels; G matches features"
KIND = "technique"
CHOICES = {
    "loss": "non-saturating",
    "labels": 100,  # table 1
    "adversarial": False,
    "term": ("feature-matching:1",),  # section 3.1: best together with semi-supervised learning
}
