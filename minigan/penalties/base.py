"""What a penalty is: more of D's objective, as a number and its gradient by D's parameters."""

import numpy as np

from minigan.batch import Batch
from minigan.layers import Layer


class Penalty:
    """Base of all penalties. A subclass writes `__call__`.

    weight: its factor, which a schedule may change. state: dict of arrays that a checkpoint keeps; none as a rule.
    """

    weight = 1.0

    @property
    def state(self) -> dict[str, np.ndarray]:
        """What is kept from call to call."""
        return self.__dict__.setdefault("_state", {})

    @state.setter
    def state(self, arrays: dict[str, np.ndarray]) -> None:
        self.__dict__["_state"] = arrays

    def __call__(
        self, D: Layer, real: Batch, fake: Batch, rng: np.random.Generator | None = None
    ) -> tuple[float, dict]:
        """-> value, and the gradients by D.params; a key that is left out counts as 0. rng: for random points."""
        raise NotImplementedError(f"{type(self).__name__} must write __call__(self, D, real, fake, rng)")
