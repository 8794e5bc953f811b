"""What a term is: more of G's objective, as a number and its gradient by the images that G drew."""

import numpy as np

from minigan.batch import Batch
from minigan.layers import Layer


class Term:
    """Base of all terms. A subclass writes `__call__`.

    network, optimizer: a network of the term's own that is trained beside G, and what moves it; None: there is none.
    """

    network = optimizer = None

    def __call__(self, D: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """-> value, d value / d fake.x, and the gradients of the term's own network, {} if it has none.

        fake: what G drew, with the noise `fake.z` (`minigan.gan.Drawn`). real: a batch of real images, or None.
        """
        raise NotImplementedError(f"{type(self).__name__} must write __call__(self, D, fake, real)")
