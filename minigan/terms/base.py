"""A term: a number that is added to G's loss, and its gradient with respect to the images that G drew."""

import numpy as np

from minigan.batch import Batch
from minigan.layers import Layer


class Term:
    """Base of all terms. A subclass writes `__call__`.

    network, optimizer: a network that the term trains beside G, and its optimizer; None: the term has no network.
    """

    network = optimizer = None

    def __call__(self, D: Layer, fake: Batch, real: Batch | None = None) -> tuple[float, np.ndarray, dict]:
        """-> value, d value / d fake.x, and the gradients of the term's network, {} if it has none.

        fake: what G drew, with the noise `fake.z` (`minigan.gan.Drawn`). real: a batch of real images, or None.
        """
        raise NotImplementedError(f"{type(self).__name__} must write __call__(self, D, fake, real)")
