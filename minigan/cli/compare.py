"""`minigan compare`: train several recipes, several seeds each, and compare them in one table and one picture.

Baselines (pca, mixture, factor-mixture, som, kde) stand among the recipes: they are fitted to the same samples.

examples:
  minigan compare                                             the recipes, a line each
  minigan compare gan minimax --data ring                     five seeds each
  minigan compare gan minimax --data grid --seeds 10 --steps 20000
  minigan compare gan minimax --data folder:my-pictures --image-size 32
  minigan compare gan mine --plugin my_game.py
  minigan compare gan pca mixture som kde --data digits       what came before GANs, beside one
  minigan compare gan minimax --dry-run                       what would be trained, and what is there
  minigan compare gan unrolled --preset mlp --lr 1e-3 --beta1 0.9
Ctrl-C stops after the steps under way; the same command again goes on from there. --help-all shows all flags.
"""

import json
import sys
from argparse import ArgumentParser, Namespace

from minigan.cli import listings
from minigan.cli.options import GAME, GROUPS, add_options, add_shared, choices_of

LIST = "recipes"
GO_ON = "minigan compare RECIPE RECIPE trains some of them, five seeds each, and compares them"
USAGE = "minigan compare RECIPE... [--data D] [--seeds N] [--steps N] [--preset P] [--out DIR] [more flags, below]"


def add(parser: ArgumentParser) -> None:
    parser.usage = USAGE
    parser.add_argument(
        "recipes",
        metavar="RECIPE",
        nargs="*",
        help="names of recipes, or of baselines (pca, mixture, ...); default: list them",
    )
    parser.add_argument("--seeds", type=int, metavar="N", default=5, help="runs of each recipe (default 5)")
    parser.add_argument("--out", metavar="DIR", help="folder of all runs (default runs/compare-<data>)")
    parser.add_argument("--jobs", type=int, metavar="J", help="runs at the same time (default: one for each core)")
    parser.add_argument("--dry-run", action="store_true", help="list what would be trained and what is there")
    add_shared(parser, "--json", "--quiet", "--help-all")
    add_options(
        parser, groups=(GROUPS[1], *GAME, "of plugins"),
        data={"default": "ring", "help": "ring (default), or any other as for train"},
        steps={"help": "generator steps of each run; default: the recipe's"},
        preset={"help": "networks of every run; default: the recipe's"},
    )  # fmt: skip


def run(args: Namespace) -> int:
    if not args.recipes:
        print(listings.recipes(GO_ON))
        return 0
    from minigan.recipes.compare import compare

    own = dict(out=args.out, jobs=args.jobs, dry_run=args.dry_run, progress=not args.quiet)
    result = compare(args.recipes, args.data, args.seeds, **own, **choices_of(args, but=["data"]))
    if args.json:
        print(json.dumps(result.as_dict(), indent=2))
    elif args.dry_run:
        print(result.listing())
    else:
        print(result.text())
        print(f"written: {result.folder / 'compare.md'}, compare.csv, compare.json, compare.png")
    if result.interrupted:
        print("minigan: interrupted; the same command again goes on from here", file=sys.stderr)
    return 130 if result.interrupted else 1 if result.failed else 0
