"""Everything that decides a training, as one flat record: what is given on the command line, and what a checkpoint and
config.json keep."""

import math
import re
from dataclasses import asdict, dataclass, fields, replace

from minigan.models import preset
from minigan.recipes import book
from minigan.recipes.combinations import POINT_SETS, check, flag
from minigan.recipes.parts import WHOLE_POLICY, listed, optimizer_defaults, optimizer_options

POINTS_Z_DIM = 2  # a plane of noise covers a plane of points: with 16 dimensions more modes were lost
MAY_CHANGE_ON_RESUME = ("steps", "sample_every", "checkpoint_every", "every", "data_dir")

# What neither the user, nor the recipe, nor the preset decides. Zero, one, nothing: the game as it began.
DEFAULTS = {
    "k": 1, "fresh_noise": False, "penalty": (), "term": (), "adversarial": True, "spectral_norm": False, "clip": 0.0,
    "minibatch": False, "virtual_batch_norm": False, "d_norm": "none", "historical": 0.0, "labels": 0, "codes": 0,
    "unroll": 0, "pac": 1, "ema": 0.0, "lr_schedule": "constant", "lr_last": 0.0, "instance_noise": 0.0, "ada": 0.0,
    "penalty_fade": 1.0,
}  # fmt: skip

# The flags that take out what a recipe brings along.
WITHOUT = {
    "penalty": "--penalty none", "term": "--term none", "clip": "--clip 0", "smooth": "--smooth 1",
    "penalty_fade": "--penalty-fade 1", "lr_last": "--lr-last 0", "codes": "--codes 0", "labels": "--labels 0",
    "pac": "--pac 1", "unroll": "--unroll 0", "historical": "--historical 0", "instance_noise": "--instance-noise 0",
    "diff_augment": "--diff-augment none", "ada": "--ada 0", "d_norm": "--d-norm none", "adversarial": "--adversarial",
    "spectral_norm": "--no-spectral-norm", "minibatch": "--no-minibatch",
    "virtual_batch_norm": "--no-virtual-batch-norm",
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The choices of one training. None means: as the recipe has it, then the preset, then as fits the data."""

    data: str = "digits"
    split: str = "train"
    subset: int | None = None  # train on so many samples of the split only
    data_dir: str | None = None
    fit: str | None = None
    channels: int | None = None
    image_size: int | None = None
    shift: int = 0
    rotate: float = 0.0
    flip: bool = False
    recipe: str | None = None
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
    k: int | None = None  # steps of D for each of G
    fresh_noise: bool | None = None
    seed: int = 0
    sample_every: int | None = None
    checkpoint_every: int | None = None
    every: int | None = None  # steps between scores; None: no scores
    # The objective of D, and of G.
    penalty: tuple | None = None  # "name:weight", or "name:weight:every", each
    penalty_fade: float | None = None  # share of their weight that penalties end with
    term: tuple | None = None  # "name:weight", each
    adversarial: bool | None = None  # False: G has only its terms
    historical: float | None = None  # weight of historical averaging, for both players
    labels: int | None = None  # labelled samples for a semi-supervised D
    unroll: int | None = None  # steps of D that G's step looks ahead
    # The networks, and what D sees.
    spectral_norm: bool | None = None
    d_norm: str | None = None  # "none" or "batch"
    minibatch: bool | None = None  # minibatch discrimination in D
    virtual_batch_norm: bool | None = None  # in G, in place of batch norm
    codes: int | None = None  # kinds of a categorical code beside the noise
    pac: int | None = None  # samples that D judges together
    instance_noise: float | None = None  # its standard deviation
    diff_augment: str | None = None  # "translation,cutout,brightness,contrast", or some of them
    ada: float | None = None  # target of adaptive augmentation
    # The optimizers, and what goes around the step.
    g_lr: float | None = None
    d_lr: float | None = None
    beta2: float | None = None  # RMSProp's only decay rate, rho, too
    eps: float | None = None
    clip: float | None = None  # D's weights are kept within plus and minus this
    lr_schedule: str | None = None
    lr_last: float | None = None  # share of the learning rate that the schedule ends with
    ema: float | None = None  # decay of the average of G

    def __post_init__(self):
        for name in ("penalty", "term"):  # JSON knows only lists
            object.__setattr__(self, name, listed(getattr(self, name)))
        if self.diff_augment is not None:
            names = "" if self.diff_augment == "none" else self.diff_augment
            object.__setattr__(self, "diff_augment", ",".join(name.strip() for name in names.split(",")))

    def resolved(self):
        """The same with every None filled in. Raises ValueError for any value out of range, and for choices that do
        not go together."""
        points = self.data in POINT_SETS
        recipe = book.choices(self.recipe)
        name = self.preset or recipe.get("preset") or ("mlp" if points else "quick")
        choice = preset(name)
        if points and choice.network != "mlp":
            raise ValueError(f"preset {name!r} draws images and {self.data!r} are points; use --preset mlp")
        usual = {f.name: getattr(choice, f.name) for f in fields(self) if hasattr(choice, f.name)}
        if points:
            usual["z_dim"] = POINTS_Z_DIM
        full = self.filled(self._recipe_after_flags(recipe)).filled(usual).filled(DEFAULTS)
        full = replace(full, preset=name).filled({"g_lr": full.lr, "d_lr": full.lr})
        full = full.filled(optimizer_defaults(full.optimizer))
        full = full.filled({"diff_augment": WHOLE_POLICY if full.ada else ""})
        try:
            check(full)
        except ValueError as error:
            raise ValueError(f"{error}{self._of_the_recipe(str(error), recipe)}") from None
        return full.filled({
            "sample_every": max(1, math.ceil(full.steps / 40)),
            "checkpoint_every": max(1, math.ceil(full.steps / 10)),
        })  # fmt: skip

    def filled(self, choices):
        """The same, where what is None here is as in `choices` (a dict that may hold other names too)."""
        missing = {f.name for f in fields(self) if getattr(self, f.name) is None}
        return replace(self, **{name: value for name, value in choices.items() if name in missing})

    def _recipe_after_flags(self, recipe):
        """The choices of the recipe as the user's flags leave them. Of two learning rates --lr is the larger one, and
        the other keeps its proportion; what another optimizer does not know is left out."""
        rates = {name: recipe[name] for name in ("g_lr", "d_lr") if name in recipe and self.lr is not None}
        recipe |= {name: self.lr * rate / max(rates.values()) for name, rate in rates.items()}
        foreign = {"beta2", "eps"} - optimizer_options(self.optimizer).keys() if self.optimizer else ()
        return {name: value for name, value in recipe.items() if name not in foreign}

    def _of_the_recipe(self, refusal, recipe):
        """What a refusal names and the user has not given, but the recipe; and how to do without."""
        hints = []
        for name, without in WITHOUT.items():
            named = re.search(f"--(no-)?{flag(name)[2:]}(?![\\w-])", refusal)
            if named and name in recipe and getattr(self, name) is None:
                hints.append(f"{named[0]} is the recipe's, and {without} takes it out")
        return "".join(f" ({hint})" for hint in hints)

    def merged_for_resume(self, saved, given):
        """The settings to go on with: those of the checkpoint (`saved`, a dict), with what may change and was given.

        given: the names of the settings that the user gave. Raises ValueError if one of them contradicts the
        checkpoint and cannot change in the middle of a run.
        """
        known = {f.name for f in fields(self)}
        before = Settings(**{key: value for key, value in saved.items() if key in known})
        try:
            full = before.resolved()
        except TypeError as error:
            raise ValueError(f"the settings in the checkpoint are damaged ({error}); use an older copy") from error
        for name in given:
            if name not in MAY_CHANGE_ON_RESUME and getattr(self, name) != getattr(full, name):
                raise ValueError(
                    f"the checkpoint was made with {flag(name)} {getattr(full, name)}, got {getattr(self, name)}; "
                    "a run cannot change that half-way: leave it out, or start a new run in another --out"
                )
        if "steps" in given and self.steps != full.steps and full.laid_out:
            raise ValueError(
                f"the run's {full.laid_out} was laid out over --steps {full.steps}, got {self.steps}; leave --steps "
                "out, or start a new run in another --out"
            )
        changed = {name: getattr(self, name) for name in given if name in MAY_CHANGE_ON_RESUME}
        return replace(before, **changed).resolved()

    @property
    def laid_out(self):
        """The flag of what follows the share of all steps that is done, so that --steps cannot change; or ""."""
        if self.lr_schedule != "constant":
            return f"--lr-schedule {self.lr_schedule}"
        if self.penalty_fade != 1:
            return f"--penalty-fade {self.penalty_fade}"
        return f"--instance-noise {self.instance_noise}, which falls to 0," if self.instance_noise else ""

    def as_dict(self):
        """A dict that JSON can hold."""
        return asdict(self)
