"""The parts of a game, made by name: losses, penalties, terms, optimizers.

An option that is `passed` (see `minigan.recipes.rules.Option`) reaches the part whose class has an argument of its
name.
"""

import inspect
from collections.abc import Callable
from typing import Any

from minigan.losses import LOSSES
from minigan.models import preset
from minigan.optim import OPTIMIZERS, Clipped, HistoricalAveraging
from minigan.penalties import PENALTIES
from minigan.recipes.options import optimizer_options
from minigan.recipes.settings import Settings
from minigan.terms import TERMS

OUTPUTS = {  # terms with a network that finds the noise in a sample: how many numbers that gives
    "entropy": lambda settings: 2 * settings.z_dim,  # a mean and a variance for each
    "information": lambda settings: settings.codes,
}


def passed(made: Callable, settings: Settings) -> dict[str, Any]:
    """The options of `settings` that a class or function has arguments of the same name for."""
    arguments = inspect.signature(made).parameters
    return {name: getattr(settings, name) for name, option in settings.options.items()
            if option.passed and name in arguments}  # fmt: skip


def check_passed(settings: Settings) -> None:
    """Raise ValueError for an option that is to reach a part of the game, and reaches none."""
    parts = [LOSSES[settings.loss], OPTIMIZERS[settings.optimizer], preset(settings.preset).network]
    parts += [table[part.name] for name, table in (("penalty", PENALTIES), ("term", TERMS))
              for part in settings.parts(name)]  # fmt: skip
    reached = {name for part in parts for name in passed(part, settings)}
    for name, option in settings.options.items():
        if option.passed and settings.uses(name) and name not in reached:
            raise ValueError(f"{option.flag} {getattr(settings, name)} reaches nothing: no loss, penalty, term, "
                             f"optimizer or network of this game has an argument {name}; leave it out")  # fmt: skip


def make_loss(settings: Settings) -> Any:
    """The loss object."""
    kind = LOSSES[settings.loss]
    return kind(**passed(kind, settings))


def make_optimizer(settings: Settings, params: dict, lr: float, clip: float = 0.0) -> Any:
    """A new optimizer of `params`. clip: 0: none."""
    kind = OPTIMIZERS[settings.optimizer]
    options = {own.name: getattr(settings, name) for name, own in optimizer_options(settings.optimizer).items()}
    rule = kind(params, lr=lr, **options | passed(kind, settings))
    rule = Clipped(rule, clip) if clip else rule
    return HistoricalAveraging(rule, settings.historical) if settings.historical else rule


def make_penalties(settings: Settings) -> list:
    """The penalties that D pays, but for `Supervised`, which needs the data."""
    kinds = [(PENALTIES[part.name], part) for part in settings.parts("penalty")]
    return [kind(**passed(kind, settings) | part.options) for kind, part in kinds]


def make_terms(settings: Settings, make_recogniser: Callable) -> list:
    """The terms of G's objective.

    make_recogniser: function (n_out) -> a new network that looks at a sample and gives n_out numbers, for those that
    find the noise in it.
    """
    terms = []
    for part in settings.parts("term"):
        kind = TERMS[part.name]
        options = passed(kind, settings) | part.options
        if "network" in inspect.signature(kind).parameters:
            network = make_recogniser(OUTPUTS.get(part.name, getattr(kind, "outputs", None))(settings))
            options |= {"network": network, "optimizer": make_optimizer(settings, network.params, settings.g_lr)}
        terms.append(kind(**options))
    return terms
