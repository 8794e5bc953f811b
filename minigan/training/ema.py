"""The average of a generator: a second G whose weights trail behind the first one's.

G circles around the point that the game is about; the average of the places it has been at lies nearer to that point
than any of them (Yazici et al. 2019, arXiv:1806.04498). It costs no gradient, and nothing learns from it.
"""

import copy

from minigan import kernels


class Average:
    """network <- decay * network + (1 - decay) * G, after each step of G, in parameters and running statistics alike.

    The running statistics belong to the weights that made them, so they are averaged too (Brock et al. 2019,
    arXiv:1809.11096, appendix C, instead compute them anew). Early on, when the average still holds the random weights
    that it began with, the decay is smaller: (1 + t) / (10 + t) at step t, until that reaches `decay`, as in
    TensorFlow's ExponentialMovingAverage. t is the caller's count of steps. What is not made of floats, such as a
    counter, is no average of anything, and taken over as it is.
    decay in [0, 1), else ValueError.
    """

    def __init__(self, G, decay=0.999):
        if not 0 <= decay < 1:
            raise ValueError(
                f"decay, the share of the average that is kept at each step, must be in [0, 1), got {decay}"
            )
        self.network, self.decay = copy.deepcopy(G), decay

    def update(self, G, t):
        """Move the average towards G, which has done t steps."""
        decay = min(self.decay, (1 + t) / (10 + t))
        for kept, now in ((self.network.params, G.params), (self.network.state, G.state)):
            for key, average in kept.items():
                kernels.ema_update(average, now[key], decay)  # average <- decay * average + (1 - decay) * now
