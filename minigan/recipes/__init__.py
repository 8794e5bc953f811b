"""Named trainings: settings in, a run folder out.

    from minigan.recipes import Settings, load_generator, sample, train

These load when they are named: the command line reads the table of options in this folder, and nothing else.
"""

import importlib
from typing import Any

PLACES = {"Settings": "settings", "load_generator": "sampling", "sample": "sampling", "train": "run"}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{PLACES[name]}"), name)
