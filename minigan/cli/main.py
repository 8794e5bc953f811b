"""Generative adversarial networks from scratch: every gradient derived by hand.

examples:
  minigan train                               a DCGAN on the bundled digits, {train}
  minigan train --data ring                   points on a ring, {ring}
  minigan train --data ring --recipe r3gan    the same by another game; minigan recipes lists them
  minigan train --plugin my_game.py           with losses, networks, recipes, ... from a file of yours
  minigan sample runs/digits-lazy-r1-1 -n 64  fresh digits from a finished run
  minigan evaluate runs/digits-lazy-r1-1      how good is it? FID and other scores, beside those of real images
  minigan summary dcgan                       the networks, layer by layer
  minigan gradcheck my_layers.py              is the backward pass right, and if not, what is wrong?
  minigan tutorial                            lessons, from the chain rule to a GAN that works; and exercises
"""
# The command line as a whole: the parser put together from the commands, and errors as one line. The docstring of each
# file in this folder, of this one too, is what --help says; {train} stands for what minigan/durations.py says of it.

import argparse
import os
import sys
from typing import Any

import minigan
from minigan.cli import (
    bench,
    compare,
    data,
    edit,
    evaluate,
    exercise,
    gradcheck,
    recipes,
    sample,
    summary,
    train,
    tutorial,
)
from minigan.cli.one_line import one_line
from minigan.cli.options import add_flag
from minigan.cli.stray import in_other_words, listed_later, refuse_stray
from minigan.cli.terminal import say_in_any_encoding
from minigan.durations import DURATIONS
from minigan.recipes.options import OPTIONS

# Each is a module with add(parser) and run(args) -> exit code, and maybe LIST: the name of its list of words.
MODULES = train, recipes, sample, edit, evaluate, compare, data, summary, bench, gradcheck, tutorial, exercise
COMMANDS = {module.__name__.rpartition(".")[2]: module for module in MODULES}
WITHOUT_PLUGINS = ("gradcheck", "tutorial", "exercise")  # gradcheck is given the file itself


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line. everything: whether the help shows all flags."""

    def __init__(self, *args: Any, everything: bool = False, **options: Any):
        super().__init__(*args, **options)
        self.everything = everything

    def error(self, message: str) -> None:
        self.exit(2, f"minigan: error: {in_other_words(message)}; see {self.prog} --help\n")


def parser(everything: bool = False) -> Parser:
    """The argument parser."""
    layout = argparse.RawDescriptionHelpFormatter
    about, _, examples = __doc__.strip().format(**DURATIONS).partition("\n\n")
    top = Parser(prog="minigan", description=about, epilog=examples, formatter_class=layout)
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, module in COMMANDS.items():
        title, _, examples = module.__doc__.strip().partition("\n\n")
        line = " ".join(title.split()).removeprefix(f"`minigan {name}`: ").removesuffix(".")
        said = {"help": line, "description": line, "epilog": examples, "formatter_class": layout}
        command = commands.add_parser(name, everything=everything, **said)
        module.add(command)
        if name not in WITHOUT_PLUGINS:
            add_flag(command, OPTIONS["plugin"])
    return top


def load_plugins(argv: list[str]) -> None:
    """Run the plugins that the command line names: they may bring flags of their own. Raises ValueError as
    `minigan.recipes.plugins.load` does."""
    first = Parser(add_help=False, allow_abbrev=False)
    first.add_argument("--plugin", action="append")
    files = first.parse_known_args(argv)[0].plugin
    if files and argv[0] not in WITHOUT_PLUGINS:
        from minigan.recipes import plugins

        plugins.give(files)


def run(argv: list[str]) -> int:
    """Run one command -> its exit code: 0 done, 1 a training that met a NaN, a gradient that is wrong, an exercise that
    is not done, 2 wrong input, 130 Ctrl-C."""
    say_in_any_encoding()
    try:
        load_plugins(argv)
        top = parser("--help-all" in argv)
        args, stray = top.parse_known_args(argv)
        stray = listed_later(args, stray, getattr(COMMANDS.get(args.command), "LIST", None))
        refuse_stray(top, args.command, stray)
        if args.version:
            print(f"minigan {minigan.__version__}")
            return 0
        if args.command is None:
            top.print_help()
            return 0
        return COMMANDS[args.command].run(args)
    except KeyboardInterrupt as stop:
        print(" ".join(["minigan: interrupted", *map(str, stop.args)]), file=sys.stderr)
        return 130
    except BrokenPipeError:  # `minigan ... | head`: nobody reads on, and that is no mistake
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError, MemoryError) as error:
        print(f"minigan: error: {one_line(error)}", file=sys.stderr)
        return 1 if type(error).__name__ == "Diverged" else 2
