"""Growing: a training that goes on with larger networks half-way (Karras et al. 2018, arXiv:1710.10196, section 2)."""

from collections.abc import Callable, Sequence

from minigan.checks import whole


class Growth:
    """The stages of a training.

    starts: the steps before which the stages 1, 2, ... begin, in rising order; stage 0 begins with the training.
    build: function (stage, G, D) -> (G, D, samples): the networks of a stage, made from those of the stage before, and
        the samples at their size. Layers that stay are shared, so that their arrays and optimizers go on.
    Raises ValueError for starts that do not rise.
    """

    def __init__(self, starts: Sequence[int], build: Callable) -> None:
        self.starts, self.build = [whole("the step at which a stage begins", start) for start in starts], build
        if any(late <= early for early, late in zip(self.starts, self.starts[1:], strict=False)):
            raise ValueError(f"each stage must begin later than the one before, got the steps {self.starts}")

    def due(self, stage: int, t: int) -> bool:
        """Whether the stage after `stage` begins after t steps."""
        return stage < len(self.starts) and t >= self.starts[stage]
