"""Feature matching: G makes the mean of D's features the same on fake as on real images, and does nothing else.

To maximise D's output is to chase one D after the other. The features, what comes in at D's last layer, are what D
found useful to tell the two apart, and their mean over a batch is a steadier target. G has no other loss; D has its
own.

Salimans et al. 2016, arXiv:1606.03498, section 3.1; figure 3 shows samples of MNIST by it, in the semi-supervised
game, beside those by minibatch discrimination: these look better, and D classifies better with the first.
"""

SUMMARY = "G matches the mean of D's features, and nothing else"
KIND = "technique"
CHOICES = {
    "loss": "non-saturating",  # of D
    "adversarial": False,  # it is all that G minimises
    "term": ("feature-matching:1",),
}
