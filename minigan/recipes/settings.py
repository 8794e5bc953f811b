"""Everything that decides a training, as one flat record: what is given on the command line, and what a checkpoint and
config.json keep."""

import inspect
import math
from dataclasses import asdict, dataclass, fields, replace

from minigan.losses import LOSSES
from minigan.models import preset
from minigan.optim import OPTIMIZERS

POINT_SETS = ("ring", "grid", "swiss-roll")
POINTS_Z_DIM = 2  # a plane of noise covers a plane of points: with 16 dimensions more modes were lost
MAY_CHANGE_ON_RESUME = ("steps", "sample_every", "checkpoint_every", "every", "data_dir")


@dataclass(frozen=True)
class Settings:
    """The choices of one training. None means: as the preset has it, or as fits the data."""

    data: str = "digits"
    split: str = "train"
    data_dir: str | None = None
    fit: str | None = None
    channels: int | None = None
    image_size: int | None = None
    shift: int = 0
    rotate: float = 0.0
    flip: bool = False
    preset: str | None = None
    z_dim: int | None = None
    dropout: float | None = None
    loss: str | None = None
    smooth: float | None = None
    optimizer: str | None = None
    lr: float | None = None
    beta1: float | None = None
    steps: int | None = None
    batch_size: int | None = None
    k: int = 1
    fresh_noise: bool = False
    seed: int = 0
    sample_every: int | None = None
    checkpoint_every: int | None = None
    every: int | None = None  # steps between scores; None: no scores

    def resolved(self):
        """The same with every None filled in from the preset. Raises ValueError for any value out of range."""
        points = self.data in POINT_SETS
        name = self.preset or ("mlp" if points else "quick")
        choice = preset(name)
        if points and choice.network != "mlp":
            raise ValueError(f"preset {name!r} draws images and {self.data!r} are points; use --preset mlp")
        filled = {
            f.name: getattr(choice, f.name)
            for f in fields(self)
            if getattr(self, f.name) is None and hasattr(choice, f.name)
        }
        if points and self.z_dim is None:
            filled["z_dim"] = POINTS_Z_DIM
        full = replace(self, **filled | {"preset": name})
        full._check_ranges()
        every = max(1, math.ceil(full.steps / 40))
        return replace(
            full,
            sample_every=full.sample_every or every,
            checkpoint_every=full.checkpoint_every or max(1, math.ceil(full.steps / 10)),
        )

    def _check_ranges(self):
        for name, least in (("steps", 1), ("batch_size", 2), ("k", 1), ("z_dim", 1), ("seed", 0), ("shift", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{flag(name)} must be at least {least}, got {getattr(self, name)}")
        for name in ("sample_every", "checkpoint_every", "every", "image_size"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{flag(name)} must be at least 1, got {getattr(self, name)}")
        if not (math.isfinite(self.lr) and self.lr > 0):
            raise ValueError(f"--lr must be a finite number above 0, got {self.lr}")
        if self.data in POINT_SETS and self.image_size is not None:
            raise ValueError(f"--image-size is for images, and {self.data!r} are points; leave it out")
        if not 0 <= self.beta1 < 1:
            raise ValueError(f"--beta1 must be in [0, 1), got {self.beta1}")
        if not 0.5 < self.smooth <= 1:
            raise ValueError(f"--smooth must be in (0.5, 1], got {self.smooth}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"--dropout must be in [0, 1), got {self.dropout}")
        for name, known in (("loss", LOSSES), ("optimizer", OPTIMIZERS)):
            if getattr(self, name) not in known:
                raise ValueError(f"unknown {name} {getattr(self, name)!r}; expected one of: {', '.join(known)}")

    def merged_for_resume(self, saved, given):
        """The settings to go on with: those of the checkpoint (`saved`, a dict), with what may change and was given.

        given: the names of the settings that the user gave. Raises ValueError if one of them contradicts the
        checkpoint and cannot change in the middle of a run.
        """
        known = {f.name for f in fields(self)}
        before = Settings(**{key: value for key, value in saved.items() if key in known})
        try:
            before.resolved()
        except TypeError as error:
            raise ValueError(f"the settings in the checkpoint are damaged ({error}); use an older copy") from error
        for name in given:
            if name not in MAY_CHANGE_ON_RESUME and getattr(self, name) != getattr(before, name):
                raise ValueError(
                    f"the checkpoint was made with {flag(name)} {getattr(before, name)}, got {getattr(self, name)}; "
                    "a run cannot change that half-way: leave it out, or start a new run in another --out"
                )
        changed = {name: getattr(self, name) for name in given if name in MAY_CHANGE_ON_RESUME}
        return replace(before, **changed).resolved()

    def as_dict(self):
        """A dict that JSON can hold."""
        return asdict(self)

    def make_loss(self):
        """The loss object."""
        return LOSSES[self.loss](smooth=self.smooth)

    def make_optimizer(self, params):
        """A new optimizer of `params`."""
        rule = OPTIMIZERS[self.optimizer]
        options = {"beta1": self.beta1} if "beta1" in inspect.signature(rule).parameters else {}
        return rule(params, lr=self.lr, **options)


def flag(name):
    """The command-line flag of a setting."""
    return "--" + name.replace("_", "-")
