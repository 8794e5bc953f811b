"""Are the data of a run's name still those that it was trained on?"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from minigan.recipes.settings import saved_settings
from minigan.recipes.setup import load_data

# What a name meant in earlier versions: today's name of those data.
FORMER = {"digits": "digits-8x8", "stacked-digits:digits": "stacked-digits:digits-8x8"}


def settings_of(path: str | Path, config: dict[str, Any], *, data_dir: str | None = None,
                say: Callable[[str], Any]) -> dict[str, Any]:  # fmt: skip
    """The settings of the run in folder `path`, a dict, with the name under which its data are found today.

    Raises ValueError if the name now means other data; scores against those would say nothing of the run.
    """
    settings, then = config["settings"], config["data"].get("sha256")
    name = settings["data"]
    now = sha256_of(settings, data_dir)
    if then in (None, now):
        return settings
    if name in FORMER and sha256_of(settings | {"data": FORMER[name]}, data_dir) == then:
        say(f"note: {path} was trained on data that were called {name} then and are {FORMER[name]} now; it is held "
            f"against {FORMER[name]}")  # fmt: skip
        return settings | {"data": FORMER[name]}
    raise ValueError(f"{path} was trained on other data than {name} is now (SHA-256 {then[:12]} then, {now[:12]} now); "
                     "fix: restore the data, or say what to hold it against with --reference")  # fmt: skip


def sha256_of(settings: dict[str, Any], data_dir: str | None = None) -> str:
    """The hash of the data that a training by these settings learns from."""
    return load_data(saved_settings(settings | {"data_dir": data_dir or settings["data_dir"]})).sha256
