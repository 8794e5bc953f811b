"""Terms: numbers that are added to G's loss, with their gradients with respect to the images that G drew.

value, d_images, grads = term(D, fake, real)      # grads: of term.network, for term.optimizer; {} if it has none
"""

from minigan.terms.base import Term
from minigan.terms.content import Content
from minigan.terms.features import FeatureMatching, PullAway, features_layer
from minigan.terms.information import CodeInformation, VariationalEntropy

TERMS = {
    "feature-matching": FeatureMatching,
    "pull-away": PullAway,
    "entropy": VariationalEntropy,
    "information": CodeInformation,
    "content": Content,
}
