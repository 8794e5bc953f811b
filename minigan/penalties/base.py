"""A penalty: a number that is added to D's loss, and its gradient with respect to D's parameters."""

import numpy as np

from minigan.batch import Batch
from minigan.layers import Layer


class Penalty:
    """Base of all penalties. A subclass writes `__call__`.

    weight: its factor, which a schedule may change. state: dict of arrays for a checkpoint; most penalties have none.
    """

    weight = 1.0

    @property
    def state(self) -> dict[str, np.ndarray]:
        """Arrays that are kept from call to call, by name."""
        return self.__dict__.setdefault("_state", {})

    @state.setter
    def state(self, arrays: dict[str, np.ndarray]) -> None:
        self.__dict__["_state"] = arrays

    def __call__(
        self, D: Layer, real: Batch, fake: Batch, rng: np.random.Generator | None = None
    ) -> tuple[float, dict]:
        """-> value, and its gradients with respect to D's parameters, by key. A key that is left out counts as 0.
        rng: for penalties at random images."""
        raise NotImplementedError(f"{type(self).__name__} must write __call__(self, D, real, fake, rng)")
