"""What a comparison consists of: a run for each recipe and seed, how far it is, and whether its folder is its own."""

import json
import os
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from minigan.recipes import book, plugins
from minigan.recipes.compare import scores
from minigan.recipes.rules import flag
from minigan.recipes.settings import Settings, saved_settings
from minigan.recipes.setup import file_name
from minigan.report.folder import RunFolder
from minigan.training.checkpoint import read_header

PICTURES = 20  # that a run draws on its way; of points one costs as much as fifty small steps
MAY_DIFFER = ("data_dir", "sample_every", "checkpoint_every", "every")  # they change no number of a training


@dataclass(frozen=True)
class Job:
    """One run: which, how, where. `settings` are resolved."""

    recipe: str
    seed: int
    settings: Settings
    path: Path

    @property
    def name(self) -> str:
        """As its folder is called inside that of the comparison."""
        return f"{self.recipe}/seed-{self.seed}"

    def step(self) -> int:
        """How many steps its checkpoint holds; 0 if there is none. Raises ValueError for a folder that was made with
        other settings, or holds something else."""
        folder = RunFolder(self.path)
        if folder.checkpoint.exists():
            header = read_header(folder.checkpoint)
            self._check_made_with(header["settings"])
            return header["step"]
        if folder.config.exists():
            self._check_made_with(folder.read_config().get("settings", {}))
        elif folder.in_use():
            raise ValueError(f"{self.path} holds something that is not a run of a comparison; choose another --out")
        return 0

    def drawn(self) -> int:
        """How many steps it had done when it last drew a picture: what can be seen of a run under way."""
        names = (path.stem.removeprefix("step_") for path in RunFolder(self.path).samples.glob("step_*.png"))
        return max((int(name) for name in names if name.isdecimal()), default=0)

    def _check_made_with(self, saved):
        """Raise ValueError unless the settings `saved` (a dict) are those of this run."""
        before, now = ([sha256 for _, sha256 in files] for files in (plugins.kept(saved), self.settings.plugin))
        if before != now:
            raise ValueError(f"{self.path} was made with other plugins, or before they changed; choose another --out")
        try:
            before = saved_settings(saved | {"plugin": self.settings.plugin}).resolved()
        except TypeError as error:
            raise ValueError(f"the settings saved in {self.path} are damaged ({error}); move it away") from error
        one, two = (json.loads(json.dumps(settings.as_dict())) for settings in (before, self.settings))
        other = [key for key in one if key not in MAY_DIFFER and one[key] != two[key]]
        if other:
            said = ", ".join(f"{flag(key)} {one[key]} where {two[key]} is asked for now" for key in other[:3])
            raise ValueError(f"{self.path} was made with {said}; choose another --out, or go on with the same settings")


def plan(recipes: list[str], data: str = "ring", seeds: int = 5, *, out: str | Path | None = None,
         **options: Any) -> list[Job]:  # fmt: skip
    """The Jobs of a comparison, seed 0 of every recipe first, so that it is fair also when it is cut short.

    recipes: names. seeds: how many. out: folder, by default runs/compare-<data>. options: what else to set in every
    run, such as steps, preset, split, data_dir; None: as the recipe has it.
    Raises ValueError for a name that is unknown or stands there twice, seeds below 1, a recipe that cannot be set so.
    """
    given = {key: value for key, value in options.items() if value is not None}
    plugins.load(given.get("plugin") or ())
    scores.rule_for(data, given.get("data_as"))  # an unknown name is refused first
    if not recipes:
        raise ValueError("name the recipes to compare, such as: minigan compare gan minimax")
    for name in recipes:
        if recipes.count(name) > 1:
            raise ValueError(f"recipe {name!r} is named {recipes.count(name)} times; once is enough")
    if seeds < 1:
        raise ValueError(f"--seeds must be at least 1, got {seeds}")
    out = Path(out or f"runs/compare-{file_name(data)}")
    settings = {name: of_recipe(name, data=data, **given) for name in recipes}
    return [
        Job(name, seed, settings[name].but(seed=seed).resolved(), out / name / f"seed-{seed}")
        for seed in range(seeds)
        for name in recipes
    ]


def of_recipe(name: str, **given: Any) -> Settings:
    """The resolved Settings of a recipe, with what was given. Raises ValueError for a name that is unknown."""
    book.recipe(name)
    try:
        full = Settings(recipe=name, **given).resolved()
        return full if given.get("sample_every") else full.but(sample_every=ceil(full.steps / PICTURES))
    except ValueError as error:
        raise ValueError(f"recipe {name!r}: {error}") from error


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
