"""Q: a network that recovers from an image the noise it was drawn from."""

import numpy as np

from minigan.layers import Dense, Layer
from minigan.models.variants import with_other_end


def recogniser(D: Layer, n_out: int, *, rng: np.random.Generator | None = None) -> Layer:
    """A discriminator, freshly built, as Q: its last layer, which gives one logit, becomes one with `n_out` outputs.

        Q = recogniser(build("quick", (16, 16, 1), rng=rng)[1], 10, rng=rng)       # logits of ten kinds
        Q = recogniser(mlp((2,), rng=rng)[1], 2 * z_dim, rng=rng)                  # mean and log variance of each z

    samples (N, ...) -> (N, n_out). D's other layers are taken over and not copied, so build a D for this alone: one
    that plays would be trained by both. (In InfoGAN, arXiv:1606.03657, section 5, Q and D do share all layers but the
    last, to save time; with two networks each of them is what it is in the paper's formulas.)
    Raises ValueError if D does not end in a Dense layer.
    """
    return with_other_end(D, lambda name, last: [("noise", Dense(last.n_in, n_out, rng=rng))])
