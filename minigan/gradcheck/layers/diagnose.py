"""What is wrong with a wrong gradient? Explanations are tried in order; the first that makes it right is the cause.

The order is from simple to involved: a factor, a slope, another dy, the right numbers in the wrong places, terms of the
sum lost or paired wrongly, a term of a normalisation, the gradient of a slightly different layer, a term too many. An
explanation counts only if it fits all entries looked at, to 1e-5 of the largest. Where none
does, there is no cause, but the place of the error in words. `explain/` has a file for each kind.
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
)
from minigan.gradcheck.layers.explain.factors import as_known_factor
from minigan.gradcheck.layers.explain.upstream import activation as activation_at_the_end
from minigan.gradcheck.layers.explain.upstream import another, not_linear
from minigan.gradcheck.layers.explain.variants import other_layer, swapped, unread
from minigan.gradcheck.layers.explain.whereabouts import whereabouts

__all__ = ["as_known_factor", "explain"]

EXPLANATIONS = (
    factors.trivial,
    factors.constant,
    swapped,
    activation.slopes,
    another,
    activation_at_the_end,
    places.turned,
    factors.along_axes,
    contributions.lost,
    convolution.mispaired,
    normalisation.scale_gradient,
    normalisation.terms,
    factors.unnamed_along_axes,
    other_layer,
    lambda case: factors.and_a_factor(case, another),
    lambda case: factors.and_a_factor(case, places.turned),
    terms.difference,
    places.misplaced,
    not_linear,
    unread,
    whereabouts,
)


def explain(case):
    """A Case (see `explain/case.py`) -> dict with cause, hint, evidence; {} if nothing can be said."""
    if not case.indices or not case.same_shape:
        return {}
    for explanation in EXPLANATIONS:
        try:
            with np.errstate(all="ignore"):
                found = explanation(case)
        except (Broken, ValueError, IndexError, np.linalg.LinAlgError):
            continue  # the layer cannot do what this explanation asks of it, or has no arrays of the shapes it is for
        finally:
            case.subject.put_back()
        if found:
            return found
    return {}
