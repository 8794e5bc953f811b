"""What a comparison consists of: a run for each recipe or baseline, and seed."""

import os
from math import ceil
from pathlib import Path
from typing import Any

from minigan.baselines import BASELINES
from minigan.recipes import book, plugins
from minigan.recipes.compare import scores
from minigan.recipes.compare.jobs import Job, job_of, kind_of_job
from minigan.recipes.rules import unknown
from minigan.recipes.settings import Settings
from minigan.recipes.setup import file_name

PICTURES = 20  # that a run draws on its way; of points one costs as much as fifty small steps


def plan(recipes: list[str], data: str = "ring", seeds: int = 5, *, out: str | Path | None = None,
         **options: Any) -> list[Job]:  # fmt: skip
    """The Jobs of a comparison, seed 0 of every recipe first, so that it is fair also when it is cut short.

    recipes: names, of recipes and of baselines. seeds: how many. out: folder, by default runs/compare-<data>. options:
    what else to set in every run, such as steps, preset, split, data_dir; None: as the recipe has it.
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
        job_of(name, settings[name].but(seed=seed).resolved(), out / name / f"seed-{seed}")
        for seed in range(seeds)
        for name in recipes
    ]


def of_recipe(name: str, **given: Any) -> Settings:
    """The resolved Settings of a recipe or baseline, with what was given, as far as it concerns it. Raises ValueError
    for a name that is unknown."""
    if name not in (known := [*book.names(), *BASELINES]):
        raise unknown("recipe", name, known)
    takes = kind_of_job(name).takes
    try:
        if takes is not None:  # a baseline: it is fitted in one step
            return Settings(**{key: value for key, value in given.items() if key in takes}, steps=1).resolved()
        full = Settings(recipe=name, **given).resolved()
        return full if given.get("sample_every") else full.but(sample_every=ceil(full.steps / PICTURES))
    except ValueError as error:
        raise ValueError(f"recipe {name!r}: {error}") from error


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
