"""Flags made from the table of options, for the commands that train, and what several commands share."""

import argparse
from collections.abc import Iterable
from typing import Any

from minigan.recipes.options import OPTIONS, TABLE
from minigan.recipes.rules import Option

GROUPS = (*TABLE, "of plugins")
GAME = GROUPS[2:8]  # the game, the discriminator, the generator, the autoencoder, networks that grow, the optimizers
SHARED = {  # flags that mean the same in several commands
    "--json": {"action": "store_true", "help": "the numbers, for programs"},
    "--quiet": {"action": "store_true", "help": "no progress bar"},
    "--help-all": {"action": "help", "help": "all flags, by groups"},  # also those that --help hides
}


def add_options(parser: Any, names: Iterable[str] = (), groups: Iterable[str] = (), **others: dict) -> None:
    """The flags of these options, and of all options of these groups, under their groups' headings. The help of those
    that are not `first` is hidden unless parser.everything.

    others: {name: {"help": ..., "default": ...}}: what this command says of an option otherwise.
    """
    wanted = [option for option in OPTIONS.values() if option.name in {*names, *others} or option.group in groups]
    chosen = [option for option in wanted if option.name != "plugin"]  # which all commands have
    for group in GROUPS:
        section = parser.add_argument_group(group)
        for option in (option for option in chosen if option.group == group):
            shown = parser.everything or option.first or option.name in others
            add_flag(section, option, shown, **others.get(option.name, {}))


def add_flag(section: Any, option: Option, shown: bool = True, **said: Any) -> None:
    """One flag. An option with a value for the flag alone may be given without one."""
    said = {"help": option.help, "default": None} | said
    if option.alone is not None:
        said["help"] += f" (alone: {option.alone if len(str(option.alone)) < 10 else 'all'})"
    if option.type is bool:
        kind = {"action": argparse.BooleanOptionalAction}
    elif option.several:
        kind = {"action": "append", "metavar": option.metavar}
    else:
        kind = {"type": option.type, "metavar": option.metavar}
        kind |= {} if option.alone is None else {"nargs": "?", "const": option.alone}
    said["help"] = said["help"].replace("%", "%%") if shown else argparse.SUPPRESS
    try:
        section.add_argument(option.flag, **kind, **said)
    except argparse.ArgumentError:
        raise ValueError(f"the plugin {option.plugin} registers the option {option.flag}, which is a flag of this "
                         "command; choose another name") from None  # fmt: skip


def add_shared(parser: Any, *flags: str) -> None:
    """Some of the flags in SHARED."""
    for flag in flags:
        parser.add_argument(flag, **SHARED[flag])


def choices_of(args: argparse.Namespace, but: Iterable[str] = ()) -> dict[str, Any]:
    """What was given of the options, by name."""
    given = {name: getattr(args, name, None) for name in OPTIONS.keys() - set(but)}
    return {name: given[name] for name in OPTIONS if given.get(name) is not None}
