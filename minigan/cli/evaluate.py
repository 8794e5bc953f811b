"""`minigan evaluate`: score a run, pictures or features: FID, KID, precision, recall and more, beside the scores of
real images.

examples:
  minigan evaluate runs/digits-quick-1
  minigan evaluate runs/digits-quick-1 --against runs/digits-quick-2
  minigan evaluate runs/digits-quick-1 -n 2000 --json
  minigan evaluate --images folder:my-pictures --reference mnist
  minigan evaluate --features-real A.npz --features-fake B.npz
"""

from argparse import ArgumentParser, Namespace

from minigan.cli.options import add_shared


def add(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help="the folder of a run")
    parser.add_argument("-n", "--n", type=int, metavar="N", default=10_000, help="samples to draw (default 10000)")
    parser.add_argument("--against", metavar="RUN2", help="a second run, to compare with")
    parser.add_argument("--images", metavar="SOURCE", help="folder:PATH or npz:FILE: score these instead of a run's")
    parser.add_argument("--reference", metavar="D", dest="reference_name",
                        help="with --images: the data set to hold them against")  # fmt: skip
    parser.add_argument("--split", help="with --reference: train (default: the test split is held against them), "
                        "or test or all where there is nothing else")  # fmt: skip
    parser.add_argument("--fit", help="with --images: bring images of mixed sizes to one: pad, crop or stretch")
    parser.add_argument("--channels", type=int, help="with --images: 1 (grey) or 3 (colour)")
    parser.add_argument("--features-real", metavar="FILE", help=".npz of features (N, d) of real images")
    parser.add_argument("--features-fake", metavar="FILE", help=".npz of features (N, d) of generated images")
    parser.add_argument("--data-dir", metavar="DIR", help="where to look for data files first")
    parser.add_argument("--seed", type=int, default=0, help="of the noise, of subsets and intervals (default 0)")
    parser.add_argument("--out", metavar="DIR", help="folder to write to (default RUN/evaluation, or evaluation)")
    add_shared(parser, "--json", "--quiet")


def run(args: Namespace) -> int:
    from minigan.recipes.evaluate import evaluate, write_and_print

    own = {"command", "version", "plugin", "out", "json", "quiet"}  # evaluate() has arguments for all others
    given = {name: value for name, value in vars(args).items() if name not in own}
    evaluations = evaluate(**given, progress=not args.quiet)
    folder = args.out or (f"{args.run}/evaluation" if args.run else "evaluation")
    write_and_print(evaluations, folder, args.json)
    return 0
