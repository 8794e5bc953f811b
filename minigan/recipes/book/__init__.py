"""The book of recipes: each a file of this folder, found by itself. To add one, put a file here:

    '''What it is and why, which paper (arXiv number), what the paper shows.'''

    SUMMARY = "one line"
    KIND = "loss"                           # or another of KINDS: where it stands in the list
    CHOICES = {"loss": "hinge", ...}        # options of `minigan.recipes.options`

On the command line it bears the file's name, with dashes: wgan_gp.py is --recipe wgan-gp. What a recipe leaves open is
as the preset has it, and flags override both.
"""

import importlib
import pkgutil
import sys
from typing import Any

from minigan.baselines import BASELINES
from minigan.recipes.rules import unknown
from minigan.tables import aligned

OWN: dict = {}  # name -> a recipe that a plugin has registered, with the same attributes as the modules here


def names() -> list[str]:
    """The names of all recipes, sorted."""
    return sorted({*OWN, *(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))})


def recipe(name: str) -> Any:
    """The module of the recipe `name`, or ValueError that lists the names."""
    if name in BASELINES and name not in names():
        raise ValueError(f"{name} is a baseline: it is fitted, not trained in steps; fix: minigan compare {name}, "
                         "which takes --data, and sets it beside recipes")  # fmt: skip
    if name not in names():
        raise unknown("recipe", name, names())
    return OWN[name] if name in OWN else importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def choices(name: str | None) -> dict[str, Any]:
    """The choices of the recipe `name`: a dict of fields of Settings. No name, no choices."""
    return dict(recipe(name).CHOICES) if name else {}


BEFORE = "what came before GANs: baselines, fitted and not trained in steps; for minigan compare"

# The order of the list: what the players want; what bounds D's slope; the cures; games with labels; networks that grow;
# the best of them together; other ends than a game or than drawing; and trainings that show how a game fails.
KINDS = ("loss", "slope", "technique", "entropy", "dynamics", "view", "conditional", "growing", "baseline",
         "autoencoder", "enhancer", "demonstration")  # fmt: skip


def contents() -> str:
    """All recipes, a line each: the name, its kind, what it is; those of one kind together."""
    rows = [(name, recipe(name).KIND, recipe(name).SUMMARY) for name in names()]
    rows.sort(key=lambda row: KINDS.index(row[1]) if row[1] in KINDS else len(KINDS))
    return "\n".join(aligned(rows, left=3))


def before() -> str:
    """The baselines, a line each, below a heading."""
    rows = [(f"  {name}", baseline.summary) for name, baseline in BASELINES.items()]
    return "\n".join([BEFORE, *aligned(rows, left=2)])


def page(name: str) -> str:
    """One recipe in full: what its file says, and its choices; or one baseline."""
    if name in BASELINES and name not in names():
        text = sys.modules[BASELINES[name].__module__].__doc__.strip()
        return f"{name}: {BASELINES[name].summary}\n\n{text}\n\nminigan compare gan {name} --data digits"
    module = recipe(name)
    lines = [f"{name}: {module.SUMMARY}", "", module.__doc__.strip(), "", "choices:"]
    width = max(map(len, module.CHOICES))
    for key, value in module.CHOICES.items():
        shown = " ".join(value) if isinstance(value, tuple) else value
        lines.append(f"  {key:<{width}}  {shown}")
    data = " --data ring" if module.CHOICES.get("preset") == "points" else ""  # it would draw digits, too, but badly
    lines += ["", f"minigan train --recipe {name}{data}"]
    return "\n".join(lines)
