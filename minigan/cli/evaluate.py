"""`minigan evaluate`: score a run, pictures or features: FID, KID, precision, recall and more, beside the scores of
real images; or list the runs.

examples:
  minigan evaluate                                        the runs, a line each, the newest last
  minigan evaluate runs/digits-lazy-r1-1
  minigan evaluate runs/digits-lazy-r1-1 --against runs/digits-lazy-r1-2
  minigan evaluate runs/digits-lazy-r1-1 -n 2000 --json
  minigan evaluate runs/digits-lazy-r1-1 --by-class       FID, variety and recall of each class
  minigan evaluate --images folder:A --reference folder:B     all pictures of A against all of B
  minigan evaluate --images folder:A --reference mnist        against the test split of a data set
  minigan evaluate --reference folder:B --save-stats B.npz    mean and covariance (mu, sigma), as pytorch-fid has them
  minigan evaluate --images folder:A --reference stats:B.npz  FID against these
  minigan evaluate --features-real A.npz --features-fake B.npz
"""

from argparse import ArgumentParser, BooleanOptionalAction, Namespace

from minigan.cli import listings
from minigan.cli.options import add_shared

GO_ON = "minigan evaluate RUN scores one of them; minigan evaluate --help: pictures and features, too"


def add(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", nargs="?", help="the folder of a run; default: list those in runs/")
    parser.add_argument("-n", "--n", type=int, metavar="N", default=10_000, help="samples to draw (default 10000)")
    parser.add_argument("--against", metavar="RUN2", help="a second run, to compare with")
    parser.add_argument("--images", metavar="SOURCE", help="folder:PATH or npz:FILE: score these instead of a run's")
    parser.add_argument("--reference", metavar="D", dest="reference_name",
                        help="the real side: a data set (its test split), folder:PATH or npz:FILE (all pictures), "
                        "stats:FILE.npz (FID alone); default for a run: its own data")  # fmt: skip
    parser.add_argument("--split", help="of --reference: train (its test split is held against them), or test or all "
                        "where there is nothing else; default train, of folders everything")  # fmt: skip
    parser.add_argument("--network", metavar="D", help="whose feature network looks: the name of a data set, such as "
                        "digits or mnist, or own, that of the reference; default own, and digits where all pictures of "
                        "a grey folder are the reference. FIDs of two networks do not compare")  # fmt: skip
    parser.add_argument("--fake-splits", type=int, metavar="N", help="the Inception Score is a mean over so many "
                        "splits of the generated images (default 10, or as have 10 images each)")  # fmt: skip
    parser.add_argument("--by-class", action="store_true", help="FID, variety and recall of each class also where the "
                        "samples were drawn for no class (those that were always have them): sorted by the class that "
                        "the network reads")  # fmt: skip
    parser.add_argument("--truncation", type=float, metavar="T", help="draw with noise within plus and minus T; 0: any "
                        "noise (default as the run was made with)")  # fmt: skip
    parser.add_argument("--truncation-curve", action=BooleanOptionalAction, help="scores of 2,000 samples for each of "
                        "seven truncations: fidelity against variety (default: of runs told the class)")  # fmt: skip
    parser.add_argument("--standing", type=int, nargs="?", const=16, metavar="B", help="draw with batch norm "
                        "statistics of B fresh batches of noise (default 16) in place of the running ones")  # fmt: skip
    parser.add_argument("--draws", type=int, metavar="K", help="of a run of --game vae: draws for each held-out "
                        "sample, of the bound of log p(x) (default 64)")  # fmt: skip
    parser.add_argument("--save-stats", metavar="FILE", help="write the mean and covariance of the real side to this "
                        ".npz (keys mu, sigma)")  # fmt: skip
    parser.add_argument("--fit", help="what is done to pictures of other shapes in folders: crop, pad or stretch")
    parser.add_argument("--background", help="of folders: under transparent parts and around padded pictures")
    parser.add_argument("--channels", type=int, help="of pictures of yours: 1 (grey) or 3 (colour)")
    parser.add_argument("--features-real", metavar="FILE", help=".npz of features (N, d) of real images, or "
                        "stats:FILE.npz, their mean and covariance")  # fmt: skip
    parser.add_argument("--features-fake", metavar="FILE", help=".npz of features (N, d) of generated images")
    parser.add_argument("--data-dir", metavar="DIR", help="where to look for data files first")
    parser.add_argument("--seed", type=int, default=0, help="of the noise, of subsets and intervals (default 0)")
    parser.add_argument("--out", metavar="DIR", help="folder to write scores.json and pictures to (default "
                        "RUN/evaluation; without a run one in your cache, its path is told)")  # fmt: skip
    add_shared(parser, "--json", "--quiet")


def run(args: Namespace) -> int:
    own = {"command", "version", "plugin", "out", "json", "quiet"}  # evaluate() has arguments for all others
    given = {name: value for name, value in vars(args).items() if name not in own}
    if all(value in (None, False) for name, value in given.items() if name not in ("n", "seed")):
        print(listings.runs(GO_ON))
        return 0
    from minigan.recipes.evaluate import evaluate, write_and_print

    evaluations = evaluate(**given, progress=not args.quiet)
    if evaluations:
        write_and_print(evaluations, place(args), args.json)
    return 0


def place(args: Namespace) -> str | None:
    """Where scores.json and the pictures go; None: nowhere."""
    if args.out or args.run:
        return args.out or f"{args.run}/evaluation"
    if args.json:
        return None
    from minigan.recipes.setup import file_name
    from minigan.report.places import kept

    return str(kept(f"evaluation-{file_name(args.images or args.features_fake)}"))
