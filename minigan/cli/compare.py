"""`minigan compare`: which recipe is better, over several seeds?"""

from minigan.cli import train

HELP = "train several recipes, several seeds each, and compare them in one table and one picture"
EXAMPLES = """examples:
  minigan compare gan minimax --data ring                     five seeds each
  minigan compare gan minimax --data grid --seeds 10 --steps 20000
  minigan compare gan minimax --dry-run                       what would be trained, and what is there
  minigan compare gan unrolled --preset mlp --lr 1e-3 --beta1 0.9
Ctrl-C stops after the steps under way; the same command again goes on from there."""


USAGE = "minigan compare RECIPE... [--data D] [--seeds N] [--steps N] [--preset P] [--out DIR] [more flags, below]"


def add(parser):
    parser.usage = USAGE
    parser.add_argument("recipes", metavar="RECIPE", nargs="+", help="names of recipes")
    parser.add_argument("--data", metavar="D", default="ring",
                        help="ring (default), grid, stacked-digits, digits or mnist")  # fmt: skip
    parser.add_argument("--seeds", type=int, metavar="N", default=5, help="runs of each recipe (default 5)")
    parser.add_argument("--steps", type=int, metavar="N", help="generator steps of each run; default: the recipe's")
    parser.add_argument("--preset", metavar="P", help="networks of every run; default: the recipe's")
    parser.add_argument("--out", metavar="DIR", help="folder of all runs (default runs/compare-<data>)")
    parser.add_argument("--jobs", type=int, metavar="J", help="runs at the same time (default: one for each core)")
    parser.add_argument("--split", help="of the data to train on: train (default), test or all")
    train.add_subset(parser)
    parser.add_argument("--data-dir", metavar="DIR", help="where to look for data files first")
    parser.add_argument("--dry-run", action="store_true", help="list what would be trained and what is there")
    parser.add_argument("--json", action="store_true", help="the numbers, for programs")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("--image-size", type=int, metavar="S", help="of every run; default: the preset's")
    for add_group in (train.add_game, train.add_discriminator, train.add_generator, train.add_optimizers):
        add_group(parser)


def run(args):
    import json
    import sys

    from minigan.recipes import Settings
    from minigan.recipes.compare import compare

    fields = Settings.__dataclass_fields__.keys() - {"data"}
    of_every_run = {name: value for name, value in vars(args).items() if name in fields}
    result = compare(
        args.recipes, args.data, args.seeds, out=args.out, jobs=args.jobs, dry_run=args.dry_run,
        progress=not args.quiet, **of_every_run,
    )  # fmt: skip
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
