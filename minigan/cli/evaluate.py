"""`minigan evaluate`: how good is it?"""

from argparse import ArgumentParser, Namespace

HELP = "score a run, pictures or features: FID, KID, precision, recall and more, beside the scores of real images"
EXAMPLES = """examples:
  minigan evaluate runs/digits-quick-1
  minigan evaluate runs/digits-quick-1 --against runs/digits-quick-2
  minigan evaluate runs/digits-quick-1 -n 2000 --json
  minigan evaluate --images folder:my-pictures --reference mnist
  minigan evaluate --features-real A.npz --features-fake B.npz"""


def add(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help="the folder of a run")
    parser.add_argument("-n", "--n", type=int, metavar="N", default=10_000, help="samples to draw (default 10000)")
    parser.add_argument("--against", metavar="RUN2", help="a second run, to compare with")
    parser.add_argument("--images", metavar="SOURCE", help="folder:PATH or npz:FILE: score these instead of a run's")
    parser.add_argument("--reference", metavar="D", help="with --images: the data set to hold them against")
    parser.add_argument("--split", help="with --reference: train (default: the test split is held against them), "
                        "or test or all where there is nothing else")  # fmt: skip
    parser.add_argument("--fit", help="with --images: bring images of mixed sizes to one: pad, crop or stretch")
    parser.add_argument("--channels", type=int, help="with --images: 1 (grey) or 3 (colour)")
    parser.add_argument("--features-real", metavar="FILE", help=".npz of features (N, d) of real images")
    parser.add_argument("--features-fake", metavar="FILE", help=".npz of features (N, d) of generated images")
    parser.add_argument("--data-dir", metavar="DIR", help="where to look for data files first")
    parser.add_argument("--seed", type=int, default=0, help="of the noise, of subsets and intervals (default 0)")
    parser.add_argument("--out", metavar="DIR", help="folder to write to (default RUN/evaluation, or evaluation)")
    parser.add_argument("--json", action="store_true", help="the numbers, for programs")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: Namespace) -> int:
    from minigan.recipes.evaluate import evaluate, write_and_print

    evaluations = evaluate(
        args.run, against=args.against, n=args.n, images=args.images, reference_name=args.reference,
        split=args.split, fit=args.fit, channels=args.channels, features_real=args.features_real,
        features_fake=args.features_fake, data_dir=args.data_dir, seed=args.seed, progress=not args.quiet,
    )  # fmt: skip
    folder = args.out or (f"{args.run}/evaluation" if args.run else "evaluation")
    write_and_print(evaluations, folder, args.json)
    return 0
