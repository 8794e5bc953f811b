"""Terms: what the generator's objective has beside its loss, as a number and its gradient by the images it drew.

value, d_images, grads = term(D, fake, z, real)   # grads: of term.network, for term.optimizer; {} if it has none
"""

from minigan.terms.information import CodeInformation, VariationalEntropy

TERMS = {"entropy": VariationalEntropy, "information": CodeInformation}
from minigan.terms.features import FeatureMatching, PullAway, features_layer

TERMS = {"feature-matching": FeatureMatching, "pull-away": PullAway}

__all__ = ["TERMS", "FeatureMatching", "PullAway", "features_layer"]
