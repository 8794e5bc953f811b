"""The settings of a run that begins with the networks of another one, `--from RUN`.

What is not given is as it was in that run, but for how long it trains and what it writes when. With a recipe, the game
is the recipe's, and only what shapes the networks is as it was.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from minigan.data import catalogue
from minigan.recipes import book, plugins, stages
from minigan.recipes.options import OPTIONS
from minigan.recipes.settings import Settings, saved_settings
from minigan.report.folder import RunFolder
from minigan.training.checkpoint import read_header

USUAL_GAME = OPTIONS["game"].default
OF_THE_DATA = {"split", "subset", "fit", "background", "data_as"}  # with other data, these are chosen anew


def inherited(settings: Settings, source: str | Path, say: Callable[[str], Any]) -> Settings:
    """`settings`, where what is None is as in the run in folder `source`, as far as a new run takes it over.

    Raises ValueError if `source` is not a run, one of its plugins is missing, it is of another game, or it draws
    pictures and the data are none, or the other way round.
    """
    folder = RunFolder(source)
    saved = read_header(folder.checkpoint)["settings"]
    saved = plugins.recalled(saved, given=settings.plugin, note=lambda text: say(f"note: {text}"))
    try:
        old = saved_settings(saved).resolved()
    except TypeError as error:
        raise ValueError(f"the settings in {folder.checkpoint} are damaged ({error})") from error
    settings = settings.but(plugin=old.plugin)
    if settings.data is not None and catalogue.is_points(settings.data) != old.points:
        one, two = ("no pictures", "pictures") if old.points else ("pictures", "none")
        raise ValueError(
            f"the run {source} draws {one}, and {settings.data!r} holds {two}; choose data of the same kind"
        )
    check_game(settings, old, source)
    kept = {name: value for name, value in old.as_dict().items() if not old.options[name].on_resume}
    kept |= sizes(folder, old)
    if settings.recipe is not None:
        chosen = book.choices(settings.recipe)
        kept = {name: value for name, value in kept.items() if old.options[name].shapes and name not in chosen}
    if settings.data not in (None, old.data):
        kept = {name: value for name, value in kept.items() if name not in OF_THE_DATA}
    if settings.stages is not None and len(stages.parse(settings.stages)) < 2:
        kept.pop("fade", None)  # nothing grows any more
    if settings.optimizer not in (None, old.optimizer):
        kept = {name: value for name, value in kept.items() if name not in ("beta1", "beta2", "eps")}
    rates = {name: kept[name] for name in ("g_lr", "d_lr") if kept.get(name)}
    if settings.lr is not None and rates:  # --lr is the larger of the two, as with a recipe
        kept |= {name: settings.lr * rate / max(rates.values()) for name, rate in rates.items()}
    return settings.filled(kept)


def check_game(settings: Settings, old: Settings, source: str | Path) -> None:
    """Raise ValueError if the game that is asked for, by itself or by a recipe, is not that of the run."""
    asked = settings.game or (book.choices(settings.recipe).get("game", USUAL_GAME) if settings.recipe else old.game)
    if asked != old.game:
        by = f"--recipe {settings.recipe}, which is of --game {asked}" if not settings.game else f"--game {asked}"
        raise ValueError(f"the run {source} is of --game {old.game} (its recipe is {old.recipe}), and a game begins "
                         f"with networks of its own kind; got {by}; leave it out, or leave --from out")  # fmt: skip


def sizes(folder: RunFolder, old: Settings) -> dict[str, Any]:
    """The size and the channels of the images that the run was trained on, which its own settings may leave to the
    data."""
    try:
        shape = folder.read_config()["data"]["sample_shape"]
    except (ValueError, KeyError, TypeError):
        return {}
    if len(shape) != 3:
        return {}
    return {"channels": shape[2]} | ({} if old.phases else {"image_size": tuple(shape[:2])})
