"""What is wrong with a wrong gradient? Explanations are tried in order; the first that makes it right is the cause.

An explanation is a generator: it yields what fits (cause, hint and evidence of a Finding), the likeliest first. Only
the first one is ever asked for.

The order is from simple to involved: a factor, a slope, another dy, the right numbers in the wrong places, terms of the
sum lost or paired wrongly, a term of a normalisation, the gradient of a slightly different layer, a term too many. An
explanation counts only if it fits all entries looked at, to 1e-5 of the largest. Where none does, there is no cause,
but the place of the error in words. There is a file for each kind of mistake.
"""

import numpy as np

from minigan.gradcheck.core.subject import Broken
from minigan.gradcheck.layers.explain import (
    activation,
    contributions,
    convolution,
    factors,
    normalisation,
    places,
    terms,
    upstream,
    variants,
)
from minigan.gradcheck.layers.explain.case import Case

EXPLANATIONS = (
    factors.trivial,
    factors.constant,
    variants.swapped,
    activation.slopes,
    upstream.another,
    upstream.activation,
    places.turned,
    factors.along_axes,
    contributions.lost,
    convolution.mispaired,
    normalisation.scale_gradient,
    normalisation.terms,
    factors.unnamed_along_axes,
    variants.other_layer,
    lambda case: factors.and_a_factor(case, upstream.another),
    lambda case: factors.and_a_factor(case, places.turned),
    terms.difference,
    places.misplaced,
    upstream.not_linear,
    variants.unread,
    places.whereabouts,
)


def explain(case: Case) -> dict:
    """The cause, hint and evidence of a Finding; {} if nothing can be said."""
    if not case.indices or not case.same_shape:
        return {}
    for explanation in EXPLANATIONS:
        try:
            with np.errstate(all="ignore"):
                found = next(explanation(case), None)
        except (Broken, ValueError, IndexError, np.linalg.LinAlgError):
            continue  # the layer cannot do what this explanation asks of it, or has no arrays of the shapes it is for
        finally:
            case.subject.put_back()
        if found:
            return found
    return {}
