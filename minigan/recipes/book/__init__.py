"""The book of recipes: each a file of this folder, found by itself. To add one, put a file here:

    '''What it is and why, which paper (arXiv number), what the paper shows.'''

    SUMMARY = "one line"
    CHOICES = {"loss": "hinge", ...}        # fields of `minigan.recipes.settings.Settings`

On the command line it bears the file's name, with dashes: wgan_gp.py is --recipe wgan-gp. What a recipe leaves open is
as the preset has it, and whatever the user gives goes before both.
"""

import difflib
import importlib
import pkgutil


def names():
    """The names of all recipes, sorted."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def recipe(name):
    """The module of the recipe `name`, or ValueError that lists the names."""
    known = names()
    if name not in known:
        near = difflib.get_close_matches(str(name).lower(), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"unknown recipe {name!r}; expected one of: {', '.join(known)}{hint}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def choices(name):
    """The choices of the recipe `name`: a dict of fields of Settings. No name, no choices."""
    return dict(recipe(name).CHOICES) if name else {}
