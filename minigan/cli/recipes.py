"""`minigan recipes`: the recipes: losses, penalties and cures by their papers' names.

examples:
  minigan recipes                             all of them, a line each
  minigan recipes wgan-gp                     what it is, its paper, its choices
  minigan train --recipe wgan-gp --data ring  train with it
"""

from argparse import ArgumentParser, Namespace

from minigan.cli import listings

GO_ON = "minigan recipes NAME shows one in full; minigan train --recipe NAME trains by it"


def add(parser: ArgumentParser) -> None:
    parser.add_argument("recipe", metavar="NAME", nargs="?", help="one of them, in full; default: all, a line each")


def run(args: Namespace) -> int:
    from minigan.recipes import book

    print(book.page(args.recipe) if args.recipe else listings.recipes(GO_ON))
    return 0
