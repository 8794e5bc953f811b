"""The moving average of a generator: a second G, whose weights follow those of the first one slowly.

G circles around the point that the game is about; the average of the places it has been at lies nearer to that point
than any of them (Yazici et al. 2019, arXiv:1806.04498). It costs no gradient, and nothing learns from it.
"""

import copy

from minigan import kernels
from minigan.checks import fraction
from minigan.layers import Layer
from minigan.optim.base import went_on


class Average:
    """network <- decay * network + (1 - decay) * G, after each step of G, in parameters and running statistics alike.

    The running statistics belong to the weights that made them, so they are averaged too (Brock et al. 2019,
    arXiv:1809.11096, appendix C, instead compute them anew). Early on, when the average still holds the random weights
    that it began with, the decay is smaller: (1 + t) / (10 + t) at step t, until that reaches `decay`, as in
    TensorFlow's ExponentialMovingAverage. t is the caller's count of steps. Arrays of whole numbers, such as a counter,
    are not averaged but copied.
    decay in [0, 1), else ValueError. before: steps that the average is made of already, where it comes from another
    training.
    """

    def __init__(self, G: Layer, decay: float = 0.999, before: int = 0) -> None:
        self.decay = fraction("decay, the share of the average that is kept at each step,", decay)
        self.before = before
        self.network = copy.deepcopy(G)

    def replaced(self, G: Layer, before: Layer) -> "Average":
        """The average for a network G that has grown out of the network `before`: the averages of arrays that go on
        (`minigan.optim.base.went_on`) are kept, the others start as copies of G's."""
        new = Average(G, self.decay, self.before)
        for kind in ("params", "state"):
            kept, averages = getattr(new.network, kind), getattr(self.network, kind)
            for key, old_key in went_on(getattr(before, kind), getattr(G, kind)).items():
                kept[key][...] = averages[old_key]
        return new

    def copied(self, G: Layer) -> "Average":
        """A new average that begins as a copy of G."""
        return Average(G, self.decay)

    def update(self, G: Layer, t: int) -> None:
        """Update the average with G after G's t-th step."""
        t += self.before
        decay = min(self.decay, (1 + t) / (10 + t))
        for kept, now in ((self.network.params, G.params), (self.network.state, G.state)):
            for key, average in kept.items():
                kernels.ema_update(average, now[key], decay)  # average <- decay * average + (1 - decay) * now
