"""Names for what you have written yourself: losses, penalties, networks, recipes, ..., in a file of your own.

    # my_game.py
    from minigan import register
    from minigan.losses import Loss, softplus

    @register.loss("log-cosh")
    class LogCosh(Loss):
        def __init__(self, sharpness=1.0): ...
        def discriminator(self, real_logits, fake_logits): ...
        def generator(self, fake_logits): ...

    register.option(register.Option("sharpness", "how sharp log-cosh is", float, default=1.0, range="(0, inf)"))
    register.recipe("mine", {"loss": "log-cosh", "sharpness": 2.0}, summary="a sharper game")

    minigan train --plugin my_game.py --recipe mine --sharpness 3

What is registered stands in the same dicts as minigan's own (`minigan.losses.LOSSES`, ...) and is chosen by the same
flags. In a notebook the calls work as they are, without a plugin.

An option of your own reaches a loss, penalty, term, optimizer or network by its name: the class or function that has an
argument of the same name gets its value. Read it there, and nowhere else is anything to be changed.

Each function raises ValueError for a name that is taken, unless the same file takes it again, and for one that cannot
stand on a command line.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from minigan.recipes.rules import Conflict, Option, apart, needs  # noqa: F401 (what an option of yours is made with)

_file = ""  # the plugin that is being read; "": a notebook, or a program
_taken: dict[tuple[str, str], tuple[str, tuple]] = {}  # (kind, name) -> who registered it; the dicts where it stands


def loss(name: str) -> Callable:
    """A decorator for the class of a loss, as those in `minigan.losses`: `--loss NAME`."""
    return _by_name("loss", name)


def penalty(name: str) -> Callable:
    """A decorator for the class of a penalty, made with `weight` and `every` where they are given:
    `--penalty NAME:WEIGHT:EVERY`. See `minigan.penalties`."""
    return _by_name("penalty", name)


def term(name: str) -> Callable:
    """A decorator for the class of a term of G's objective, made with `weight`: `--term NAME:WEIGHT`. One with the
    arguments `network` and `optimizer` gets a network Q that looks at samples; its class says with `outputs(settings)`,
    a static method, how many numbers Q gives. See `minigan.terms`."""
    return _by_name("term", name)


def optimizer(name: str) -> Callable:
    """A decorator for the class of an optimizer, as those in `minigan.optim`: `--optimizer NAME`."""
    return _by_name("optimizer", name)


def schedule(name: str) -> Callable:
    """A decorator for a function (t, steps) -> factor of the learning rate: `--lr-schedule NAME`."""
    return _by_name("lr_schedule", name)


def network(name: str, **preset_options: Any) -> Callable:
    """A decorator for a function that builds two networks, and a preset of the same name for it: `--preset NAME`.

        @register.network("resnet", z_dim=64, image_size=32)
        def resnet(sample_shape, *, z_dim, rng):
            '''Residual networks.'''
            return G, D

    sample_shape: (H, W, C), or (d,) of a table, (2,) of points, (T, C) of signals, for a preset that says points=True
    or signals=True. z_dim: numbers of noise. rng: numpy Generator, for the first weights.
    If the function has the arguments `dropout`, `pac`, `classes` (how many labels the data have, 0 for none), it gets
    them too, and any option that a plugin has registered. preset_options: as for `preset`.
    """

    def put(function: Callable) -> Callable:
        preset(name, network=function, **preset_options)
        return function

    return put


def preset(name: str, *, network: Callable, description: str = "", **fields: Any) -> None:
    """A network and the settings that it trains well with: `--preset NAME`.

    network: a function as for `register.network`. fields: of `minigan.models.Preset`: z_dim, image_size, options,
    batch_size, steps, lr, points, stages, ...
    """
    from minigan.models.presets import PRESETS, Preset

    words = description or (network.__doc__ or name).strip().partition("\n")[0]
    _put("preset", name, Preset(words, network=network, **fields), PRESETS)


def recipe(name: str, choices: dict[str, Any], *, summary: str = "", text: str = "", kind: str = "own") -> None:
    """Choices of options under one name: `--recipe NAME`. summary: a line for `minigan recipes`; text: what it is, and
    from which paper."""
    from minigan.baselines import BASELINES
    from minigan.recipes import book

    made = SimpleNamespace(SUMMARY=summary or name, KIND=kind, CHOICES=dict(choices), __doc__=text or summary or name)
    _put("recipe", name, made, book.OWN, taken=name in (*book.names(), *BASELINES))


def data(name: str, read: Callable, description: str = "", **more: Any) -> None:
    """A data set: `--data NAME`. read: function (split, rng, n) -> x, labels. more: points=True, if x are points, and
    the names of `classes`. See `minigan.data.catalogue.register`."""
    from minigan.data import catalogue

    _claim("data set", name, catalogue.SOURCES, catalogue.DESCRIPTIONS)
    catalogue.register(name, read, description or name, **more)


def option(made: Option) -> None:
    """An option of your own: a flag for `train`, `compare` and `bench`, and a field of Settings."""
    from minigan.recipes.options import OPTIONS

    if not made.name.isidentifier():
        raise ValueError(f"an option's name is also that of an argument, such as my_weight; got {made.name!r}")
    _put("option", made.name, replace(made, plugin=_file, passed=True), OPTIONS)


def _by_name(kind: str, name: str) -> Callable:
    from minigan.recipes.options import OPTIONS

    def put(value: Any) -> Any:
        _put(kind, name, value, OPTIONS[kind].known())
        return value

    return put


def _put(kind: str, name: str, value: Any, table: dict, taken: bool = False) -> None:
    """table[name] = value. taken: whether the name is taken elsewhere."""
    _claim(kind, name, table, taken=taken)
    table[name] = value


def _claim(kind: str, name: str, *tables: dict, taken: bool = False) -> None:
    """The name is this file's from now on. Raises ValueError for a name of another file, or that cannot be."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise ValueError(f"a name ({kind}) is made of letters, digits, dashes and dots, got {name!r}")
    owner = _taken.get((kind, name), (None,))[0]
    if (taken or name in tables[0]) and owner != _file:
        whose = "minigan has one" if owner is None else f"{owner or 'this program'} has registered one"
        raise ValueError(f"the {kind} {name!r} is there already: {whose}; choose another name")
    _taken[kind, name] = _file, tables


@contextmanager
def of_file(path: str) -> Iterator[None]:
    """Whatever is registered inside belongs to this plugin. What it had registered before, when it was read for the
    first time, is forgotten. If it fails, nothing of it is left."""
    global _file
    forget(path)
    before, _file = _file, path
    try:
        yield
    except BaseException:
        forget(path)
        raise
    finally:
        _file = before


def forget(path: str) -> None:
    """Take back all that a plugin has registered."""
    for (kind, name), (owner, tables) in list(_taken.items()):
        if owner == path:
            del _taken[kind, name]
            for table in tables:
                table.pop(name, None)
