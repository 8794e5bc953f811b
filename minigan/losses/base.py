"""A loss: for each player a number to minimise, computed from D's logits, and its gradient."""

from collections.abc import Mapping
from typing import Any

import numpy as np


class Loss:
    """Base of all losses. A subclass writes the two methods; both values are minimised, both are means over the batch.

    paired: whether G's loss compares each fake image with a real one. Then `generator` is called with the real logits
    beside the fake ones.
    """

    paired = False

    def discriminator(self, real_logits: np.ndarray, fake_logits: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """(N, 1) and (M, 1) logits -> value, d value / d real_logits, d value / d fake_logits."""
        raise NotImplementedError(f"{type(self).__name__} must write discriminator(self, real_logits, fake_logits)")

    def generator(self, fake_logits: np.ndarray) -> tuple[float, np.ndarray]:
        """(N, 1) logits -> value, d value / d fake_logits."""
        raise NotImplementedError(f"{type(self).__name__} must write generator(self, fake_logits)")

    @property
    def game(self) -> "Loss":
        """The loss of the logits alone, without what a loss may add for further outputs of D."""
        return self

    def logits(self, outputs: np.ndarray) -> np.ndarray:
        """The logits of "real" (N, 1) among D's outputs; most losses have no others."""
        return outputs

    def about(self, given: Mapping[str, Any]) -> "Loss":
        """The loss for a batch with these conditions, such as labels. Most losses do not use them."""
        return self
