"""The parts of a game, made by name: losses, penalties, terms, optimizers.

An option that is `passed` (see `minigan.recipes.rules.Option`) reaches the part whose class has an argument of its
name.
"""

import inspect
from collections.abc import Callable
from typing import Any

from minigan.models import preset
from minigan.models.conditional import CONDITIONALS
from minigan.optim import Clipped, HistoricalAveraging, Orthogonal
from minigan.recipes.options import optimizer_options
from minigan.recipes.settings import Settings


def passed(made: Callable, settings: Settings) -> dict[str, Any]:
    """The options of `settings` that a class or function has arguments of the same name for."""
    arguments = inspect.signature(made).parameters
    return {name: getattr(settings, name) for name, option in settings.options.items()
            if option.passed and name in arguments}  # fmt: skip


def check_passed(settings: Settings) -> None:
    """Raise ValueError for an option that is to reach a part of the game, and reaches none."""
    parts = [settings.kind(name) for name in ("loss", "optimizer") if settings.uses(name)]
    parts += [preset(settings.preset).network]
    parts += [kind for name in ("penalty", "term") for kind, _ in settings.parts(name).values()]
    reached = {name for part in parts for name in passed(part, settings)}
    for name, option in settings.options.items():
        if option.passed and settings.uses(name) and name not in reached:
            raise ValueError(f"{option.flag} {getattr(settings, name)} reaches nothing: no loss, penalty, term, "
                             f"optimizer or network of this game has an argument {name}; leave it out")  # fmt: skip


def make_loss(settings: Settings, classes: int = 0) -> Any:
    """The loss object. classes: of the data, for a conditional game."""
    kind = settings.kind("loss")
    return CONDITIONALS[settings.conditional].loss(kind(**passed(kind, settings)), classes)


def make_optimizer(
    settings: Settings, params: dict, lr: float, clip: float = 0.0, axes: dict[str, int] | None = None
) -> Any:  # fmt: skip
    """A new optimizer of `params`. clip: 0: none. axes: for --orthogonal, the weights whose filters it keeps apart (see
    `minigan.layers.output_axes`); None: none."""
    kind = settings.kind("optimizer")
    options = {own.name: getattr(settings, name) for name, own in optimizer_options(settings.optimizer).items()}
    rule = kind(params, lr=lr, **options | passed(kind, settings))
    rule = Clipped(rule, clip) if clip else rule
    rule = Orthogonal(rule, settings.orthogonal, axes) if settings.orthogonal and axes else rule
    return HistoricalAveraging(rule, settings.historical) if settings.historical else rule


def make_penalties(settings: Settings) -> list:
    """The penalties that D pays, but for `Supervised`, which needs the data."""
    return [kind(**passed(kind, settings) | options) for kind, options in settings.parts("penalty").values()]


def make_terms(settings: Settings, make_recogniser: Callable) -> list:
    """The terms of G's objective.

    make_recogniser: function (n_out) -> a new network that looks at a sample and gives n_out numbers, for those that
    find the noise in it.
    """
    terms = []
    for kind, own in settings.parts("term").values():
        options = passed(kind, settings) | own
        if "network" in inspect.signature(kind).parameters:
            network = make_recogniser(kind.outputs(settings))
            options |= {"network": network, "optimizer": make_optimizer(settings, network.params, settings.g_lr)}
        terms.append(kind(**options))
    return terms
