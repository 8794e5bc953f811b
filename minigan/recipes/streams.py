"""What a run draws at random: independent streams of one seed, and the noise that its generator is given."""

from typing import Any

import numpy as np

from minigan.models import Noise

# Independent random streams of one seed.
STREAMS = {"training": 0, "data": 1, "fixed noise": 2, "scores": 3, "reference": 4, "labels": 5, "subset": 6,
           "standing": 7}  # fmt: skip


def stream(seed: int, name: str) -> np.random.Generator:
    """A numpy Generator of the run with this seed; each name in STREAMS has its own."""
    return np.random.default_rng([seed, STREAMS[name]])


def noise_of(settings: dict[str, Any]) -> Noise:
    """The Noise that G draws from in a run with these settings, a dict as in its config: `z_dim` numbers, and behind
    them a code if there is one."""
    return Noise(settings["z_dim"], settings.get("codes") or 0, settings.get("truncation") or None)
