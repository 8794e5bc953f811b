"""Growing: a training that goes on with larger networks half-way (Karras et al. 2018, arXiv:1710.10196, section 2)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from minigan import kernels
from minigan.batch import Batch
from minigan.checks import whole

DOUBLE = (2, 2)  # each stage has twice the height and width of the one before


class Growth:
    """The stages of a training.

    starts: the steps before which the stages 1, 2, ... begin, in rising order; stage 0 begins with the training.
    build: function (stage, G, D) -> (G, D, samples): the networks of a stage, made from those of the stage before, and
        the samples at their size. Layers that stay are shared, so that their arrays and optimizers go on.
    fades: {stage: steps} of the stages in which new layers fade in. Networks are then told alpha, which rises in a
        straight line to 1 (`minigan.layers.Fade`), and the real images are faded, too: `faded`.
    Raises ValueError for starts that do not rise.
    """

    def __init__(self, starts: Sequence[int], build: Callable, fades: Mapping[int, int] | None = None) -> None:
        self.starts, self.build = [whole("the step at which a stage begins", start) for start in starts], build
        if any(late <= early for early, late in zip(self.starts, self.starts[1:], strict=False)):
            raise ValueError(f"each stage must begin later than the one before, got the steps {self.starts}")
        self.fades = {stage: whole("the steps of a fade", steps) for stage, steps in (fades or {}).items()}

    def due(self, stage: int, t: int) -> bool:
        """Whether the stage after `stage` begins after t steps."""
        return stage < len(self.starts) and t >= self.starts[stage]

    def told(self, stage: int, t: int) -> dict[str, Any]:
        """What the networks are told in the step after t steps: {"alpha": ...} in a training that fades. In a fade of n
        steps alpha is 1 / n in the first of them and 1 in the last; else it is 1."""
        if not self.fades:
            return {}
        if stage not in self.fades:
            return {"alpha": 1.0}
        done = t - self.starts[stage - 1]
        return {"alpha": min(1.0, max(0.0, (done + 1) / self.fades[stage]))}

    def seen(self, batch: Batch) -> Batch:
        """A batch of real samples as D sees them: faded as far as the networks are."""
        if batch.given.get("alpha", 1.0) == 1 or not self.fades:
            return batch
        return Batch(faded(batch.x, batch.given["alpha"]), batch.given)


def faded(x: np.ndarray, alpha: float) -> np.ndarray:
    """Real images x (N, H, W, C) while a size fades in: (1 - alpha) up(down(x)) + alpha x, where down takes the mean of
    2x2 pixels and up makes each pixel 2x2 again. So D cannot tell real from fake by their sharpness (the authors' code,
    `process_reals` in train.py)."""
    small = kernels.block_sums(np.ascontiguousarray(x), DOUBLE)
    small *= x.dtype.type((1 - alpha) / 4)
    return kernels.block_repeat(small, DOUBLE, x.shape) + x.dtype.type(alpha) * x
